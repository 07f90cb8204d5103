"""Times, on one thread, what a user would pick instead of lib/sample for one training sample: the
elastic deformation (alpha 50, sigma 5, 25 wide) of a 572 x 572 input with its label, and the weight
map of a 388 x 388 label. Prints {name: median seconds} as JSON; a package that is missing is left
out.

usage: peers.py LABEL_PNG [DOCUMENT_LOADER DOCUMENT EM_2012_DIR]
"""
import importlib.util
import json
import os
import sys
import time

os.environ["OMP_NUM_THREADS"] = "1"
import numpy as np
from PIL import Image

SIDE, ALPHA, SIGMA, KERNEL, W0 = 572, 50.0, 5.0, 25, 10.0


def median_seconds(work, repeats):
    work()
    seconds = []
    for _ in range(repeats):
        start = time.perf_counter()
        work()
        seconds.append(time.perf_counter() - start)
    return float(np.median(seconds))


def deformations(image, label):
    """Each package's own way to deform a picture and its label alike."""
    rng = np.random.default_rng(0)
    try:
        import cv2

        cv2.setNumThreads(1)
        grid_x, grid_y = np.meshgrid(*[np.arange(SIDE, dtype=np.float32)] * 2)

        def by_hand():
            dx, dy = (
                ALPHA
                * cv2.GaussianBlur(
                    rng.random((SIDE, SIDE), dtype=np.float32) * 2 - 1,
                    (KERNEL, KERNEL),
                    SIGMA,
                    borderType=cv2.BORDER_CONSTANT,
                )
                for _ in range(2)
            )
            x, y = grid_x + dx, grid_y + dy
            inner = slice(92, 480)
            cv2.remap(image, x, y, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REFLECT)
            cv2.remap(
                label, x[inner, inner], y[inner, inner], cv2.INTER_NEAREST, borderMode=cv2.BORDER_REFLECT
            )

        yield "deformation/OpenCV by hand", by_hand, 20
    except ImportError:
        pass
    try:
        import albumentations

        transform = albumentations.ElasticTransform(alpha=ALPHA, sigma=SIGMA, p=1.0)
        yield "deformation/albumentations", lambda: transform(image=image, mask=label), 20
    except ImportError:
        pass
    try:
        from batchgenerators.augmentations.spatial_transformations import augment_spatial

        yield "deformation/batchgenerators", lambda: augment_spatial(
            image[None, None],
            label[None, None],
            (SIDE, SIDE),
            random_crop=False,
            do_elastic_deform=True,
            alpha=(ALPHA, ALPHA),
            sigma=(SIGMA, SIGMA),
            do_rotation=False,
            do_scale=False,
            order_data=1,
            order_seg=0,
        ), 5
    except ImportError:
        pass
    try:
        import torch
        from monai.transforms import Rand2DElasticd

        torch.set_num_threads(1)
        transform_monai = Rand2DElasticd(
            keys=["image", "label"],
            spacing=(30, 30),
            magnitude_range=(5, 10),
            prob=1.0,
            mode=["bilinear", "nearest"],
            padding_mode="reflection",
        )
        yield "deformation/MONAI", lambda: transform_monai(
            {"image": image[None], "label": label[None]}
        ), 10
    except ImportError:
        pass


def weight_maps(mask):
    """The map written down with SciPy, a whole-picture distance transform for each cell."""
    try:
        from scipy import ndimage

        def scipy_map():
            cells, count = ndimage.label(mask, np.ones((3, 3)))
            distances = np.full((2,) + mask.shape, np.inf)
            for cell in range(1, count + 1):
                own = cells == cell
                border = own & ~ndimage.binary_erosion(own, border_value=1)
                d = ndimage.distance_transform_edt(~border)
                distances = np.sort(np.concatenate([distances, d[None]]), axis=0)[:2]
            balance = np.where(mask, 1, mask.sum() / max((~mask).sum(), 1))
            return balance + W0 * np.exp(-(distances.sum(axis=0) ** 2) / (2 * SIGMA**2))

        yield "weight map/SciPy, cell by cell", scipy_map, 3
    except ImportError:
        pass


def document(loader, text, data):
    """The document's own Python, run from the document."""
    spec = importlib.util.spec_from_file_location("document_loader", loader)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    names = module.load(text, data)
    images, labels = names["load_dataset"]()
    def dataset(deformed):
        return names["EM_Dataset"](
            images, labels, stride=124, transformation=deformed, probability=1.0, alpha=50, sigma=5, kernel_dim=25
        )

    deformed, mask = dataset(True), dataset(False)[0][1].unsqueeze(0)
    yield "deformation/the document's Python", lambda: deformed[0], 3
    yield "weight map/the document's Python", lambda: names["compute_weight_map"](mask, 10, 5), 3


def main():
    mask = np.asarray(Image.open(sys.argv[1]))[:388, :388] > 0
    rng = np.random.default_rng(0)
    image = rng.random((SIDE, SIDE), dtype=np.float32)
    label = np.pad(mask, 92, mode="symmetric").astype(np.uint8)
    works = [*deformations(image, label), *weight_maps(mask)]
    if len(sys.argv) > 4:
        works += document(*sys.argv[2:5])
    print(json.dumps({name: median_seconds(work, repeats) for name, work, repeats in works}, indent=1))


main()
