#!/usr/bin/env python3
"""Labels as other tools write them, through ingest: ROIs of ImageJ (written by roifile), COCO, GeoJSON as QuPath exports it,
and images and masks in GIF, BMP and JPEG 2000 (written by Pillow). usage: outlines.py BIN_DIR"""
import json
import os
import shutil
import subprocess
import sys
import tempfile
import zipfile

import h5py
import numpy as np
import tifffile
from matplotlib.path import Path
from PIL import Image
from roifile import ROI_SUBTYPE, ROI_TYPE, ImagejRoi

BIN = os.path.abspath(sys.argv[1])
H, W = 24, 32
YX = np.mgrid[0:H, 0:W] + 0.5  # the middles of pixels


def inside(points):
    """The pixels whose middles a polygon of (x, y) contains."""
    return Path(np.vstack([points, points[:1]]), closed=True).contains_points(np.stack([YX[1].ravel(), YX[0].ravel()], 1)).reshape(H, W)


def ids(*masks):
    out = np.zeros((H, W), "uint32")
    for i, one in enumerate(masks):
        out[one] = i + 1
    return out


def box(top, left, bottom, right):
    out = np.zeros((H, W), bool)
    out[top:bottom, left:right] = True
    return out


def ingest(labels, kind="instances", pictures="image/*", **source):
    """Of each image: values, label, instances; and what was told. Or the message."""
    with open("ingest.json", "w") as file:
        json.dump({"sources": [{"pictures": pictures, "labels": labels, **source}], "labels": {"kind": kind}}, file)
    shutil.rmtree("out", ignore_errors=True)
    output = "out/00000-of-00001.json"
    result = subprocess.run([f"{BIN}/unetflow-ingest", "--config", "ingest.json", "--input", ".", "--output", output],
                            capture_output=True, text=True)
    if result.returncode != 0:
        assert result.returncode == 2 and result.stderr.count("\n") == 1, result.stderr
        return result.stderr
    images = []
    with open(output) as manifest, h5py.File(output.replace(".json", ".h5")) as shard:
        for entry in json.load(manifest)["contents"]["pictures"]:
            group = shard[f"pictures/{entry['index']:05}"]
            images.append({name: group[name][:] for name in group})
    return images, result.stderr


def roi(kind, top=0, left=0, bottom=0, right=0, **more):
    return ImagejRoi(roitype=kind, top=top, left=left, bottom=bottom, right=right, version=228, **more)


def zipped(name, *rois):
    os.makedirs(os.path.dirname(name) or ".", exist_ok=True)
    with zipfile.ZipFile(name, "w", zipfile.ZIP_DEFLATED) as file:
        for i, one in enumerate(rois):
            file.writestr(f"{i:04}.roi", one.tobytes())


TRIANGLE = np.array([[2, 2], [16, 3], [4, 13]])
HALVES = np.array([[18.25, 3.5], [29.75, 4.0], [24.5, 17.25], [20.0, 12.75]], "float32")


def polygon(points, **more):
    return ImagejRoi.frompoints(points, **more)


def freehand():
    return roi(ROI_TYPE.TRACED, 15, 1, 22, 9, n_coordinates=4, integer_coordinates=np.array([[0, 0], [8, 0], [8, 7], [0, 7]], "i4"))


def composite():
    """A square with a square hole, as paths of java.awt.geom."""
    path = [0, 10, 2, 1, 20, 2, 1, 20, 12, 1, 10, 12, 4, 0, 13, 5, 1, 17, 5, 1, 17, 9, 1, 13, 9, 4]
    return roi(ROI_TYPE.RECT, 2, 10, 12, 20, multi_coordinates=np.array(path, "f4"), shape_roi_size=len(path))


def check(name, found, *expected):
    """Whether the instances of each image are those expected, or the message holds the text."""
    if isinstance(expected[0], str):
        text = found if isinstance(found, str) else found[1]
        return [] if expected[0] in text else [f"{name}: expected '{expected[0]}' in: {text}"]
    if isinstance(found, str):
        return [f"{name}: {found}"]
    return [f"{name}: image {i} is wrong:\n{image['instances']}\nexpected\n{wanted}" for i, (image, wanted) in
            enumerate(zip(found[0], expected, strict=True)) if not np.array_equal(image["instances"], wanted)]


def of_imagej():
    os.makedirs("image", exist_ok=True)
    Image.fromarray(np.arange(H * W, dtype="uint8").reshape(H, W)).save("image/a.png")
    zipped("rois/a.zip", polygon(TRIANGLE), polygon(HALVES), freehand(), roi(ROI_TYPE.RECT, 14, 20, 22, 31))
    yield from check("polygons", ingest("rois/*.zip"),
                     ids(inside(TRIANGLE), inside(HALVES), box(15, 1, 22, 9), box(14, 20, 22, 31)))
    zipped("rois/a.zip", roi(ROI_TYPE.OVAL, 3, 4, 13, 18))
    oval = ((YX[1] - 11) / 7) ** 2 + ((YX[0] - 8) / 5) ** 2 <= 1
    yield from check("an oval", ingest("rois/*.zip"), ids(oval))
    zipped("rois/a.zip", composite())
    yield from check("a composite", ingest("rois/*.zip"), ids(box(2, 10, 12, 20) & ~box(5, 13, 9, 17)))
    for kind, name in ((ROI_TYPE.LINE, "a line"), (ROI_TYPE.POLYLINE, "a polyline"), (ROI_TYPE.POINT, "a point"), (ROI_TYPE.ANGLE, "an angle")):
        zipped("rois/a.zip", roi(ROI_TYPE.RECT, 1, 1, 3, 3), roi(kind, 1, 1, 3, 3))
        yield from check(name, ingest("rois/*.zip"), f"a.zip entry 0001.roi: is {name}, expected an area: polygon, freehand")
    zipped("rois/a.zip", roi(ROI_TYPE.RECT, 1, 1, 3, 3, subtype=ROI_SUBTYPE.TEXT))
    yield from check("a text", ingest("rois/*.zip"), "is a text, an arrow or an overlaid image")
    zipped("rois/a.zip", roi(ROI_TYPE.RECT, 1, 1, 3, 3), roi(ROI_TYPE.RECT, 90, 90, 95, 95))
    yield from check("one outside", ingest("rois/*.zip"), "rois/a.zip page 0: has outlines that cover no pixel of the image")
    zipped("rois/a.zip", polygon(TRIANGLE, position=1), polygon(HALVES, position=3))
    yield from check("of a stack for one image", ingest("rois/*.zip"), "a.zip: has outlines at 2 positions of a stack, but belongs to a single image")
    zipped("rois/a.zip", polygon(TRIANGLE, position=2), polygon(HALVES, position=2))
    yield from check("of one slice", ingest("rois/*.zip"), ids(inside(TRIANGLE), inside(HALVES)))
    zipped("rois/a.zip", roi(ROI_TYPE.RECT, 1, 1, 3, 3))
    yield from check("as classes", ingest("rois/*.zip", kind="classes"), "has outlines without a category")
    os.makedirs("single/a", exist_ok=True)
    for i, one in enumerate((polygon(TRIANGLE), freehand())):
        one.tofile(f"single/a/{i}.roi")
    yield from check("a file per cell", ingest("single/*/*.roi", kind="objects"), ids(inside(TRIANGLE), box(15, 1, 22, 9)))
    with zipfile.ZipFile("rois/a.zip", "w") as file:
        file.writestr("notes.txt", "none")
    yield from check("another ZIP", ingest("rois/*.zip"), "rois/a.zip entry notes.txt: is not an ImageJ ROI")
    yield from check("ROIs as images", ingest("", pictures="rois/*.zip"), "is a ZIP file, which is not read here")
    tifffile.imwrite("stack.tif", np.zeros((3, H, W), "uint8"), imagej=True, metadata={"axes": "TYX"})
    zipped("stack.zip", polygon(TRIANGLE, position=0), polygon(HALVES, t=2), polygon(TRIANGLE, position=2))
    yield from check("a stack", ingest("stack.zip", pictures="stack.tif"), ids(inside(TRIANGLE)), ids(), ids(inside(HALVES), inside(TRIANGLE)))
    zipped("stack.zip", polygon(TRIANGLE))
    yield from check("a stack without positions", ingest("stack.zip", pictures="stack.tif"), "without a position in the stack of 3 images")


def of_json():
    ring = [[2, 2], [14, 2], [14, 14], [2, 14], [2, 2]]
    hole = [[5, 5], [9, 5], [9, 9], [5, 9], [5, 5]]
    far = [[[20, 3], [28, 3], [28, 9], [20, 9], [20, 3]]]
    features = [{"type": "Feature", "properties": {"objectType": "annotation"}, "geometry": geometry} for geometry in
                ({"type": "Polygon", "coordinates": [ring, hole]}, {"type": "MultiPolygon", "coordinates": [far, [[[20, 12], [24, 12], [24, 16]]]]})]
    expected = ids(box(2, 2, 14, 14) & ~box(5, 5, 9, 9), box(3, 20, 9, 28) | inside(np.array([[20, 12], [24, 12], [24, 16]])))
    for name, content in (("a collection", {"type": "FeatureCollection", "features": features}), ("a list", features)):
        with open("a.geojson", "w") as file:
            json.dump(content, file)
        yield from check(name, ingest("a.geojson"), expected)
    features[0]["geometry"] = {"type": "LineString", "coordinates": ring}
    with open("a.geojson", "w") as file:
        json.dump(features, file)
    yield from check("a line", ingest("a.geojson"), './a.geojson at /0/geometry/type: is "LineString", expected Polygon or MultiPolygon')

    Image.fromarray(np.zeros((6, 8), "uint8")).save("image/b.png")
    coco = {"images": [{"id": 7, "file_name": "b.png", "height": 6, "width": 8}, {"id": 3, "file_name": "a.png", "height": H, "width": W}],
            "annotations": [{"image_id": 3, "segmentation": [[2, 2, 14, 2, 14, 14, 2, 14], [20, 3, 28, 3, 28, 9, 20, 9]], "iscrowd": 0},
                            # What pycocotools makes of a mask with a hole.
                            {"image_id": 7, "segmentation": {"size": [6, 8], "counts": "5172LNN02200005"}},
                            {"image_id": 7, "segmentation": {"size": [6, 8], "counts": [42, 6]}, "iscrowd": 1}]}
    b = np.zeros((6, 8), "uint32")
    b[1:4, 2:7], b[2, 3], b[5, 0] = 1, 0, 1

    def written(**changes):
        with open("coco.json", "w") as file:
            json.dump({**coco, **changes}, file)
        return ingest("coco.json")
    found = written()
    yield from check("COCO", found, ids(box(2, 2, 14, 14) | box(3, 20, 9, 28)), b)
    if isinstance(found, tuple) and not ((found[0][1]["label"][:, 7] == 255).all() and (found[0][1]["label"] == 255).sum() == 6):
        yield "a crowd is not ignored"
    for name, changes, expected in (
            ("another size", {"images": [{**coco["images"][0], "height": 5}, coco["images"][1]]}, 'expected [5, 8], the image\'s height and width'),
            ("images that are not there", {"images": [{**image, "file_name": f"c{image['id']}.png"} for image in coco["images"]]},
             "is not there, nor are the others that it names"),
            ("an annotation of no image", {"annotations": [{"image_id": 4, "segmentation": []}]}, "at /annotations/0/image_id: is 4"),
            ("too few runs", {"annotations": [{"image_id": 7, "segmentation": {"size": [6, 8], "counts": [1, 2]}}]}, "has runs of 3 pixels, expected 48"),
            ("boxes alone", {"annotations": [{"image_id": 7, "bbox": [1, 2, 3, 4]}]}, 'at /annotations/0: has no "segmentation"')):
        yield from check(name, written(**changes), expected)
    os.remove("image/b.png")


def of_formats():
    gray = np.random.default_rng(1).integers(0, 255, (H, W), "uint8")
    colour = np.random.default_rng(2).integers(0, 255, (H, W, 3), "uint8")
    mask = box(4, 4, 20, 20)
    for ending, more in (("gif", {}), ("bmp", {}), ("jp2", {"irreversible": False}), ("j2k", {"irreversible": False, "no_jp2": True})):
        for name, data in (("gray", gray), ("colour", colour)):
            if ending == "gif" and name == "colour":
                continue  # Pillow chooses 256 colours
            os.makedirs(f"{ending}-{name}", exist_ok=True)
            Image.fromarray(data).save(f"{ending}-{name}/a.{ending}", **more)
            Image.fromarray(mask.astype("uint8") * 255).save(f"mask.{ending}", **more)
            found = ingest(f"mask.{ending}", "binary", f"{ending}-{name}")
            if isinstance(found, str):
                yield f"{ending}: {found}"
                continue
            wanted = data[None] if data.ndim == 2 else np.moveaxis(data, 2, 0)
            if not np.array_equal(np.round(found[0][0]["image"] * 255), wanted):
                yield f"{ending} {name}: other values"
            if not np.array_equal(found[0][0]["label"], mask):
                yield f"{ending} {name}: another label"
    Image.fromarray(mask).save("bits.bmp")
    Image.fromarray(gray).convert("P").save("palette.bmp")
    found = ingest("bits.bmp", "binary", "palette.bmp")
    if isinstance(found, str) or not np.array_equal(found[0][0]["label"], mask):
        yield f"1 bit: {found}"
    deep = (np.arange(H * W).reshape(H, W) * 80).astype("uint16")
    Image.fromarray(deep).save("deep.jp2", irreversible=False)
    found = ingest("", pictures="deep.jp2")
    if isinstance(found, str) or not np.array_equal(np.round(found[0][0]["image"][0] * 65535), deep):
        yield f"16 bits: {found}"
    Image.fromarray(mask.astype("uint8") * 255).save("lossy.jp2", irreversible=True)
    yield from check("a lossy label", ingest("lossy.jp2", "binary", "gif-gray"), "lossy.jp2 page 0: is compressed in a way that changes label values")
    Image.fromarray(gray).save("frames.gif", save_all=True, append_images=[Image.fromarray(gray[::-1])])
    yield from check("two frames", ingest("", pictures="frames.gif"), "2 images of 1 channel")
    # As DRIVE has them: a mask of the field of view in GIF, outside of which nothing counts.
    os.makedirs("fov", exist_ok=True)
    tifffile.imwrite("fov/21_training.tif", colour)
    Image.fromarray(box(0, 0, 12, 32).astype("uint8") * 255).save("fov/21_manual1.gif")
    Image.fromarray(mask.astype("uint8") * 255).save("fov/21_training_mask.gif")
    found = ingest("fov/*manual1.gif", "binary", "fov/*.tif", mask="fov/*mask.gif")
    wanted = np.where(mask, box(0, 0, 12, 32), 255)
    if isinstance(found, str) or not np.array_equal(found[0][0]["label"], wanted):
        yield f"a field of view: {found}"
    yield from check("a mask that is an image", ingest("fov/*manual1.gif", "binary", "fov/*.tif", mask="gif-gray"), "has more values than 0 and another")


def main():
    failures = 0
    with tempfile.TemporaryDirectory() as work:
        os.chdir(work)
        for group in (of_imagej, of_json, of_formats):
            for wrong in group():
                failures += 1
                print(f"FAILED: {group.__name__.replace('_', ' ')}: {wrong}")
        os.chdir("/")
    print(f"{failures} failed")
    return failures > 0


if __name__ == "__main__":
    sys.exit(main())
