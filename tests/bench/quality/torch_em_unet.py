"""torch-em by its own experiment on ISBI 2012 (experiments/unet-segmentation/neuron-segmentation/isbi2012, 2D
boundaries): U-Net 32 wide, whole images in batches of one, mirrored; Dice loss of the membranes, AdamW at 0.0001, less where
validation stops falling. The weights of the best validation are kept."""
from functools import partial

import recipe  # first, see there
import numpy
import torch_em
from PIL import Image
from torch_em.model import UNet2d
from torch_em.util import load_model
from torch_em.util.prediction import predict_with_padding

NAME = "boundaries"
scaled = partial(torch_em.transform.raw.normalize, minval=0, maxval=255)


class OutOfTime(Exception):
    pass


class Clock:
    """Takes the place of the progress bar, and ends training when its time is over."""

    def __init__(self, seconds):
        self.seconds, self.updates = seconds, 0

    def update(self, count):
        self.updates += count
        if recipe.processor_seconds() >= self.seconds:
            raise OutOfTime

    def set_description(self, text, refresh=False):
        print(text, flush=True)


def membranes(cells):
    return (cells == 0).astype(numpy.float32)


def train(images, folder, seconds):
    def loader(names):
        raw, labels = ([str(images.path(kind, name)) for name in names] for kind in ("image", "label"))
        return torch_em.default_segmentation_loader(raw, None, labels, None, batch_size=1, patch_shape=(512, 512), ndim=2,
                                                    raw_transform=scaled, label_transform=membranes, shuffle=True, pin_memory=False)

    loss, clock = torch_em.loss.DiceLoss(), Clock(seconds)
    trainer = torch_em.default_segmentation_trainer(NAME, UNet2d(1, 1, final_activation="Sigmoid"), loader(recipe.FITTED),
                                                    loader(recipe.VALIDATION), loss, loss, learning_rate=1e-4, log_image_interval=50,
                                                    device="cpu", save_root=str(folder))
    try:
        trainer.fit(iterations=10**6, progress=clock)
    except OutOfTime:
        if not (folder / "checkpoints" / NAME / "best.pt").exists():  # within the first epoch
            trainer.save_checkpoint("best", 0, 0)
    return clock.updates


def load(folder):
    model = load_model(str(folder / "checkpoints" / NAME), device="cpu")
    model.eval()
    return lambda path: 1 - predict_with_padding(model, scaled(numpy.asarray(Image.open(path))), (16, 16))[0, 0]


recipe.main(train, load)
