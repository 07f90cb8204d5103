"""Writes four pictures of cells that touch, with their ids as labels: the parts of a disc that are nearest to
one of a few points, with dark edges and noise.

usage: make_pictures.py FOLDER
"""
import pathlib
import sys

import numpy as np
import tifffile

SIDE = 96
folder = pathlib.Path(sys.argv[1])
for kind in ("image", "cells"):
    (folder / kind).mkdir(parents=True, exist_ok=True)
rng = np.random.default_rng(1)
y, x = np.mgrid[:SIDE, :SIDE]
for number in range(4):
    points = np.array([(24 * row + 12, 24 * column + 12) for row in range(4) for column in range(4)])
    points = points + rng.integers(-5, 6, points.shape)
    distances = np.sqrt((y[..., None] - points[:, 0]) ** 2 + (x[..., None] - points[:, 1]) ** 2)
    first, second = np.sort(distances)[..., :2].transpose(2, 0, 1)
    inside = (y - SIDE / 2) ** 2 + (x - SIDE / 2) ** 2 < (0.46 * SIDE) ** 2
    cells = np.where(inside, distances.argmin(-1) + 1, 0)
    image = np.where(inside, 120, 40) - 60 * (inside & (second - first < 2)) + rng.integers(0, 60, (SIDE, SIDE))
    tifffile.imwrite(folder / f"image/{number}.tif", image.astype(np.uint8))
    tifffile.imwrite(folder / f"cells/{number}.tif", cells.astype(np.uint16))
