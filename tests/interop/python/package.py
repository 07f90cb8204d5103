#!/usr/bin/env python3
"""The Python package gives the very arrays, tables and layers that are in the artifacts, and says what is missing or
damaged. usage: package.py BIN_DIR, with PYTHONPATH=python"""

import json
import os
import subprocess
import sys
import tempfile
import unittest
from pathlib import Path

import h5py
import npe2
import numpy as np

import unetflow
import unetflow.napari

BIN = os.path.abspath(sys.argv.pop(1))
SHARDS = ["00000-of-00002.json", "00001-of-00002.json"]

def run(stage, *arguments):
    subprocess.run([f"{BIN}/unetflow-{stage}", "--quiet", *map(str, arguments)], check=True)


def make(folder):
    """Four synthetic images in two shards, with tiles, weights and an evaluation of themselves."""
    sources = json.dumps([{"pictures": "image/*.png", "labels": "label/*.png"}])
    run("phantom", "--set", "/pictures=4", "--set", "/size=64", "--output", "source/phantom.json")
    for shard in SHARDS:
        run("ingest", "--set", "/pixel_size=[0.5, 0.25]", "--set", f"/sources={sources}", "--input", "source/phantom.json",
            "--output", folder / "images" / shard)
        run("tile", "--set", "/depth=2", "--set", "/input_size=60", "--set", "/output_size=20", "--set", "/stride=20",
            "--input", folder / "images" / shard, "--output", folder / "tiles" / shard)
        run("weightmap", "--input", folder / "tiles" / shard, "--output", folder / "weights" / shard)
    run("split", "--set", '/holdout=["3"]', "--input", *(folder / "images" / shard for shard in SHARDS),
        "--output", folder / "split/split.json")
    run("evaluate", "--labels", "source/label", "--predictions", "source/image", "--set", "/bootstrap/resamples=10",
        "--output", folder / "evaluation/evaluation.json")


def shard(kind, number):
    return h5py.File(f"run/{kind}/{SHARDS[number]}".replace(".json", ".h5"))


class Package(unittest.TestCase):
    def setUp(self):
        self.run_ = unetflow.open("run")

    def test_images(self):
        self.assertEqual(self.run_.keys(), ["images", "split", "tiles", "weights", "evaluation"])
        self.assertEqual([p.name for p in self.run_.pictures], ["0", "1", "2", "3"])
        for i, picture in enumerate(self.run_.pictures):
            with shard("images", i // 2) as file:
                for name in "image", "label":
                    np.testing.assert_array_equal(picture[name], file[f"pictures/{i:05d}/{name}"][()])
                    self.assertEqual(picture[name].dtype, file[f"pictures/{i:05d}/{name}"].dtype)
            self.assertEqual(picture.pixel_size_um, (0.5, 0.25))
            self.assertEqual(picture.subset, "holdout" if i == 3 else "train")
        self.assertEqual(self.run_.picture("2").index, self.run_.picture(2).index)

    def test_samples(self):
        tiles = self.run_["tiles"]
        self.assertEqual(tiles.axes("input"), ("sample", "channel", "y", "x"))
        self.assertEqual(tiles.axes("position"), ("sample", "y", "x"))
        self.assertEqual(tiles.unit("position"), "px")
        with shard("tiles", 0) as first, shard("tiles", 1) as second:
            whole = np.concatenate([first["input"][()], second["input"][()]])
        self.assertEqual(tiles["input"].shape, whole.shape)
        np.testing.assert_array_equal(np.asarray(tiles["input"]), whole)
        for index in 0, len(whole) // 2, len(whole) - 1, -1:
            np.testing.assert_array_equal(tiles["input"][index], whole[index])
        np.testing.assert_array_equal(tiles["input"][1:9:3], whole[1:9:3])
        self.assertRaises(IndexError, lambda: tiles["input"][len(whole)])

    def test_tables(self):
        evaluation = self.run_["evaluation"]
        table = evaluation.table
        self.assertEqual(len(table["threshold"]), len(table["v_rand"]))
        self.assertEqual(evaluation.metrics, json.loads(Path("run/evaluation/metrics.json").read_bytes()))
        self.assertEqual(len(evaluation.of_pictures["name"]), 4 * len(table["threshold"]))

    def test_what_is_missing_is_named(self):
        for wrong, expected in (
            (lambda: unetflow.open("source/image"), "source/image: there is no manifest of unetflow"),
            (lambda: self.run_["model"], "run: there is no 'model'; there are images, split, tiles, weights, evaluation"),
            (lambda: self.run_["tiles"]["weight"], "there is no dataset 'weight'; there are input, label, position, sample"),
            (lambda: self.run_.picture("7"), "run: no images are called '7'; there are 0 (0), 1 (1), 2 (2), 3 (3)"),
            (lambda: self.run_.picture("0")["segments"], "image 0: there is no 'segments'; there are image, label"),
            (lambda: self.run_["tiles"].log, "an artifact of kind 'tiles' has no metrics.jsonl"),
        ):
            with self.assertRaises(unetflow.NotFound) as raised:
                wrong()
            self.assertIn(expected, str(raised.exception))

    def test_damage_is_seen(self):
        for kind in self.run_:
            self.run_[kind].verify()
        data = Path("run/weights/00001-of-00002.h5")
        whole = data.read_bytes()
        try:
            data.write_bytes(whole[:-1] + bytes([whole[-1] ^ 1]))
            with self.assertRaises(unetflow.Damaged) as raised:
                self.run_["weights"].verify()
            self.assertIn("00001-of-00002.h5: does not have the digest", str(raised.exception))
        finally:
            data.write_bytes(whole)

    def test_layers(self):
        npe2.PluginManifest.from_file(Path(unetflow.__file__).with_name("napari.yaml"))
        layers = unetflow.napari.get_reader("run")("run")
        self.assertEqual([(options["name"], kind) for _, options, kind in layers], [("image", "image"), ("label", "labels")])
        for values, options, _ in layers:
            self.assertEqual(values.shape, (4, 64, 64))
            self.assertEqual(options["scale"], [1, 0.5, 0.25])
            self.assertEqual(options["units"], ("pixel", "um", "um"))
            self.assertEqual(options["axis_labels"], ("picture", "y", "x"))
        np.testing.assert_array_equal(layers[1][0][3], self.run_.picture("3")["label"])
        for path, names in (("run/tiles", ["input", "label"]), (f"run/weights/{SHARDS[0]}", ["weight"]), (["run/images"], ["image", "label"])):
            self.assertEqual([layer[1]["name"] for layer in unetflow.napari.get_reader(path)(path)], names)
        for path in "source", "source/image", "run/split", "absent":
            self.assertIsNone(unetflow.napari.get_reader(path), path)


if __name__ == "__main__":
    with tempfile.TemporaryDirectory() as work:
        os.chdir(work)
        make(Path("run"))
        result = unittest.main(exit=False).result
        os.chdir("/")
    sys.exit(not result.wasSuccessful())
