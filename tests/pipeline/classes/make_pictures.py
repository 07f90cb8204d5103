"""Writes four pictures of two channels with labels of three classes: discs (class 1) bright in the first
channel, squares (class 2) bright in the second, noise everywhere.

usage: make_pictures.py FOLDER
"""
import pathlib
import sys

import numpy as np
import tifffile

SIDE = 96
folder = pathlib.Path(sys.argv[1])
for kind in ("image", "label"):
    (folder / kind).mkdir(parents=True, exist_ok=True)
rng = np.random.default_rng(1)
y, x = np.mgrid[:SIDE, :SIDE]
for number in range(4):
    label = np.zeros((SIDE, SIDE), np.uint8)
    for _ in range(6):
        cy, cx, radius = rng.integers(10, SIDE - 10, 2).tolist() + [int(rng.integers(6, 12))]
        if rng.random() < 0.5:
            label[(y - cy) ** 2 + (x - cx) ** 2 < radius**2] = 1
        else:
            label[(abs(y - cy) < radius) & (abs(x - cx) < radius)] = 2
    image = np.stack([label == 1, label == 2]) * 120 + rng.integers(0, 100, (2, SIDE, SIDE))
    tifffile.imwrite(folder / f"image/{number}.tif", image.astype(np.uint8), photometric="minisblack", planarconfig="separate")
    tifffile.imwrite(folder / f"label/{number}.tif", label)
