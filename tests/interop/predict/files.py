#!/usr/bin/env python3
"""A model as one file predicts image files without a pipeline: the maps and cells that the pipeline makes, a table that
scikit-image agrees with, and refusals that name the file. usage: files.py SOURCE_DIR BIN_DIR, with PYTHONPATH=python"""

import csv
import os
import subprocess
import sys
import tempfile
import unittest

import h5py
import numpy as np
import skimage.measure
import tifffile
import zarr
from PIL import Image

import unetflow

SOURCE, BIN = (os.path.abspath(argument) for argument in (sys.argv.pop(1), sys.argv.pop(1)))
IMAGES = "run/source/image"
MODEL = "run/exported/tiny.safetensors"


def make(*targets):
    subprocess.run(["make", "--no-print-directory", "-C", SOURCE, "-f", "Makefile.data", "PIPELINE=tiny", "config=tests/pipeline/tiny",
                    f"work={os.getcwd()}/run", f"bin={BIN}/unetflow-", "flags=--quiet --threads 2", *targets],
                   check=True, stdout=subprocess.DEVNULL)


def predict(*arguments):
    return subprocess.run([f"{BIN}/unetflow-predict", "--quiet", "--threads", "2", "--model", *arguments], capture_output=True, text=True)


def table(folder):
    with open(f"{folder}/cells.csv", newline="") as file:
        return list(csv.DictReader(file))


class PredictFiles(unittest.TestCase):
    def refused(self, line, *arguments):
        result = predict(*arguments, "-o", "refused")
        self.assertEqual((result.stderr, result.returncode), (f"unetflow-predict: {line}\n", 2))
        left = [name for name in os.listdir("refused") if not name.endswith(".digests")] if os.path.isdir("refused") else []
        self.assertEqual(left, [])

    def check(self, result, told=""):
        self.assertRegex(result.stderr, f"^{told}$")
        self.assertEqual(result.returncode, 0)

    def test_gives_what_the_pipeline_gives(self):
        self.check(predict(MODEL, IMAGES, "-o", "out"))
        run = unetflow.open("run")
        scored = [picture for picture in run.pictures if "segments" in picture]
        self.assertTrue(scored)
        for picture in scored:
            np.testing.assert_array_equal(tifffile.imread(f"out/{picture.name}.probability.tif"), 1 - picture["probability"][0])
            np.testing.assert_array_equal(tifffile.imread(f"out/{picture.name}.cells.tif"), picture["segments"])
        # All but the memory of digests, which learns of files once they are two seconds old.
        written = lambda: {name: os.stat(f"out/{name}").st_mtime_ns for name in os.listdir("out") if not name.endswith(".digests")}
        before = written()
        self.check(predict(MODEL, IMAGES, "-o", "out"))
        self.assertEqual(before, written())
        unetflow.open("out").verify()

    def test_table_is_of_the_cells(self):
        self.check(predict(MODEL, f"{IMAGES}/0.png", "--pixel-size", "0.5,0.25", "-o", "table"))
        cells, gray = tifffile.imread("table/0.cells.tif"), np.asarray(Image.open(f"{IMAGES}/0.png"))
        rows = table("table")
        expected = skimage.measure.regionprops(cells, gray)
        self.assertEqual([int(row["cell"]) for row in rows], [region.label for region in expected])
        for row, region in zip(rows, expected):
            self.assertEqual(row["picture"], "0")
            self.assertEqual(int(row["area_px"]), region.area)
            self.assertAlmostEqual(float(row["area_um2"]), region.area * 0.125)
            np.testing.assert_allclose([float(row["centroid_y_px"]), float(row["centroid_x_px"])], region.centroid)
            self.assertEqual([int(row[key]) for key in ("top_px", "left_px", "bottom_px", "right_px")],
                             [region.bbox[0], region.bbox[1], region.bbox[2] - 1, region.bbox[3] - 1])
            self.assertAlmostEqual(float(row["mean_gray"]), region.intensity_mean, places=3)
        self.check(predict(MODEL, f"{IMAGES}/0.png", "-o", "square"))
        for row, region in zip(table("square"), expected):
            padded = np.pad(cells == region.label, 1)
            self.assertAlmostEqual(float(row["perimeter_px"]), skimage.measure.perimeter_crofton(padded, 4), places=6)
        with tifffile.TiffFile("table/0.cells.tif") as file:
            unit, per_um = file.imagej_metadata["unit"], file.pages[0].tags["XResolution"].value
        self.assertEqual((unit, per_um[0] / per_um[1]), ("um", 4))

    def test_takes_stacks_datasets_and_odd_names(self):
        pages = np.stack([np.asarray(Image.open(f"{IMAGES}/{i}.png")) for i in range(3)])
        tifffile.imwrite("stack [1].tif", pages, photometric="minisblack")
        with h5py.File("stack.h5", "w") as file:
            file["raw/data"] = pages
        self.check(predict(MODEL, IMAGES, "stack [1].tif", "stack.h5:raw/data", "-o", "mixed"),
                   r"unetflow-predict: stack \[1\].tif page 0: is, pixel by pixel, the same image as .*\n")
        for kind in "probability", "cells":
            single = np.stack([tifffile.imread(f"mixed/{i}.{kind}.tif") for i in range(3)])
            for name in "stack [1]", "stack_raw_data":
                np.testing.assert_array_equal(tifffile.imread(f"mixed/{name}.{kind}.tif"), single)
        counts = {}
        for row in table("mixed"):
            counts[row["picture"]] = counts.get(row["picture"], 0) + 1
        self.assertEqual(counts["stack [1]:2"], counts["2"])

    def test_writes_ome_tiff_and_ome_zarr_in_place_of_tiff(self):
        self.check(predict(MODEL, f"{IMAGES}/0.png", "-o", "plain"))
        self.check(predict(MODEL, f"{IMAGES}/0.png", "-o", "ome", "--pixel-size", "0.5", "--set", "/ome_tiff=true", "--set", "/ome_zarr=true"))
        self.assertFalse(os.path.exists("ome/0.cells.tif"))
        for kind in "probability", "cells":
            expected = tifffile.imread(f"plain/0.{kind}.tif")
            with tifffile.TiffFile(f"ome/0.{kind}.ome.tif") as file:
                self.assertIn('PhysicalSizeX="0.5"', file.ome_metadata)
                np.testing.assert_array_equal(np.squeeze(file.asarray()), expected)
            np.testing.assert_array_equal(np.squeeze(zarr.open(f"ome/0.{kind}.ome.zarr", mode="r")["0"][:]), expected)

    def test_a_file_that_fails_does_not_lose_the_others(self):
        gray = np.asarray(Image.open(f"{IMAGES}/0.png"))
        Image.fromarray(np.stack([gray, gray // 2, gray], -1)).save("colours.png")
        given = (f"{IMAGES}/0.png", "colours.png", f"{IMAGES}/1.png")
        for _ in range(2):  # it is not up to date
            result = predict(MODEL, *given, "-o", "most")
            self.assertEqual(result.returncode, 2)
            self.assertRegex(result.stderr, r"^unetflow-predict: colours\.png.* 3 channels, .* \(1 of 3 files could not be predicted\)\n$")
            run = unetflow.open("most")
            run.verify()
            self.assertEqual([picture.name for picture in run.pictures], ["0", "1"])
            self.assertEqual({row["picture"] for row in table("most")}, {"0", "1"})
        self.check(predict(MODEL, given[0], given[2], "-o", "both"))
        for name in "0.cells.tif", "1.probability.tif", "cells.csv":
            with open(f"most/{name}", "rb") as most, open(f"both/{name}", "rb") as both:
                self.assertEqual(most.read(), both.read())

    def test_does_not_replace_what_others_would_miss(self):
        self.check(predict(MODEL, f"{IMAGES}/0.png", "-o", "kept"))
        other = predict(MODEL, f"{IMAGES}/1.png", "-o", "kept")
        self.assertEqual((other.returncode, other.stderr), (2, "unetflow-predict: kept: holds what was predicted of 0.png, which would "
                                                               "be lost: predict all images in one call, or into another folder\n"))
        self.check(predict(MODEL, f"{IMAGES}/0.png", f"{IMAGES}/1.png", "-o", "kept"))
        cells = tifffile.imread("kept/0.cells.tif")
        tifffile.imwrite("kept/0.cells.tif", np.where(cells == 1, 0, cells))  # corrected by hand
        again = predict(MODEL, f"{IMAGES}/0.png", f"{IMAGES}/1.png", "-o", "kept")
        self.assertEqual(again.returncode, 2)
        self.assertIn("kept/0.cells.tif: was changed since it was predicted", again.stderr)
        self.assertNotIn(1, tifffile.imread("kept/0.cells.tif"))

    def test_refuses_other_images_and_files(self):
        gray = np.asarray(Image.open(f"{IMAGES}/0.png"))
        Image.fromarray(np.stack([gray, gray // 2, gray], -1)).save("colour.png")
        Image.fromarray(gray).save("0.tif")
        tifffile.imwrite("sixteen.tif", gray.astype("uint16"))
        with open("cut.png", "wb") as file, open(f"{IMAGES}/0.png", "rb") as whole:
            file.write(whole.read()[:100])
        unetflow_says = predict(MODEL, "colour.png", "-o", "refused").stderr
        self.assertRegex(unetflow_says, r"^unetflow-predict: colour\.png.* 3 channels, .*1")
        self.assertRegex(predict(MODEL, "sixteen.tif", "-o", "refused").stderr, r"^unetflow-predict: sixteen\.tif.*65535")
        self.assertRegex(predict(MODEL, "cut.png", "-o", "refused").stderr, r"^unetflow-predict: cut\.png")
        self.refused("0.tif: has results of the same name as run/source/image/0.png: predict them into two folders", MODEL, IMAGES, "0.tif")
        self.refused("absent.png: matches no file, expected at least one", MODEL, "absent.png")
        self.refused("absent.safetensors: is missing", "absent.safetensors", f"{IMAGES}/0.png")
        self.refused("run/model/model.safetensors: does not say what its network is, expected a file that unetflow-export wrote",
                     "run/model/model.safetensors", f"{IMAGES}/0.png")
        self.refused("--set at /png: is for shards: with --model, maps and cells are TIFF, OME-TIFF or OME-Zarr", MODEL, f"{IMAGES}/0.png",
                     "--set", "/png=true")
        self.refused("--pixel-size: is 0,1, expected um, as in 0.5 or 0.5,0.25 (height, width)", MODEL, f"{IMAGES}/0.png", "--pixel-size", "0,1")


if __name__ == "__main__":
    with tempfile.TemporaryDirectory() as work:
        os.chdir(work)
        make("segments", "exported")
        result = unittest.main(exit=False).result
        os.chdir("/")
    sys.exit(not result.wasSuccessful())
