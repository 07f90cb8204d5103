#!/usr/bin/env python3
"""A model in the formats of other programs gives the map that unetflow-predict gives, within rounding: ONNX in onnxruntime,
TorchScript in PyTorch, BioImage.IO in its own validator; for U-Nets and residual ones, with and without GroupNorm, with values
scaled by type and by percentiles; for FCN-8s. Refusals are one line. usage: convert.py SOURCE_DIR BIN_DIR, with PYTHONPATH=python"""

import os
import subprocess
import sys
import tempfile
import unittest

import numpy as np
import onnx
import onnxruntime
import tifffile
import torch
from PIL import Image
from bioimageio.core import create_prediction_pipeline, load_model_description, test_model
from bioimageio.core.digest_spec import create_sample_for_model

from unetflow.convert import Model, scaled_by

SOURCE, BIN = (os.path.abspath(argument) for argument in (sys.argv.pop(1), sys.argv.pop(1)))
NETWORKS = {
    "plain": "--set /network/normalisation='\"none\"'",
    "grouped": "--set /network/normalisation='\"group\"' --set /network/width=12",
    "residual": "--set /network/architecture='\"residual_unet\"' --set /network/normalisation='\"group\"'",
    "fcn8s": "--set /network/architecture='\"fcn8s\"' --set /epochs=1",
}


def make(run, train_flags, ingest_flags=""):
    subprocess.run(["make", "--no-print-directory", "-C", SOURCE, "-f", "Makefile.data", "PIPELINE=tiny", "config=tests/pipeline/tiny",
                    f"work={os.getcwd()}/{run}", f"bin={BIN}/unetflow-", "flags=--quiet --threads 2", f"train_flags={train_flags}",
                    f"ingest_flags={ingest_flags}", "exported"], check=True, stdout=subprocess.DEVNULL)
    return f"{run}/exported/tiny.safetensors"


def convert(*arguments):
    return subprocess.run([sys.executable, "-m", "unetflow.convert", *arguments], capture_output=True, text=True)


class Convert(unittest.TestCase):
    def converted(self, model, name, *arguments):
        result = convert(model, name, *arguments)
        self.assertEqual((result.stderr, result.returncode), ("", 0))
        return name

    def check(self, model, run):
        """All formats on an image that is one tile."""
        about = Model(model)
        random = np.random.default_rng(1)
        image = random.integers(30, 220, (about.output_size, about.output_size), dtype=np.uint8)
        Image.fromarray(image).save(f"{run}.png")
        subprocess.run([f"{BIN}/unetflow-predict", "--quiet", "--model", model, f"{run}.png", "-o", f"{run}.out"], check=True)
        expected = tifffile.imread(f"{run}.out/{run}.probability.tif")
        # Scaled as a whole, then mirrored.
        scaled = np.float32(scaled_by(about)[0](np.float32(image)[None, None]))
        tile = np.pad(scaled, [(0, 0), (0, 0), *[(about.margin + about.border,) * 2] * 2], "symmetric")
        self.assertEqual(tile.shape[2], about.input_size + 2 * about.border)
        inner = slice(about.border, about.border + about.output_size)

        file = self.converted(model, f"{run}.onnx")
        onnx.checker.check_model(onnx.load(file), full_check=True)
        found = onnxruntime.InferenceSession(file).run(None, {"image": tile})[0]
        self.assertEqual(found.shape[2:], (about.output_size + 2 * about.border,) * 2)
        np.testing.assert_allclose(found[0, 1, inner, inner], expected, atol=2e-5)
        np.testing.assert_allclose(found.sum(1), 1, atol=1e-5)

        file = self.converted(model, f"{run}.pt")
        np.testing.assert_allclose(torch.jit.load(file)(torch.from_numpy(tile)).numpy()[0, 1, inner, inner], expected, atol=2e-5)

        file = self.converted(model, f"{run}.zip", "--author", "Ada Lovelace")
        summary = test_model(file)
        self.assertEqual(summary.status, "passed", summary.format())
        return file, tile, found

    def test_networks_give_the_same_map_everywhere(self):
        for run, train_flags in NETWORKS.items():
            with self.subTest(run):
                self.check(make(run, train_flags), run)

    def test_percentiles_are_part_of_a_bioimageio_package(self):
        model = make("percentiles", NETWORKS["grouped"], "--set /scaling/rule='\"percentiles\"'")
        file, _, _ = self.check(model, "percentiles")
        about = Model(model)
        raw = np.float32(np.random.default_rng(2).normal(100, 20, (1, 1, about.input_size, about.input_size)))
        description = load_model_description(file)
        sample = create_sample_for_model(description, inputs={"image": raw})
        with create_prediction_pipeline(description) as pipeline:
            found = pipeline.predict_sample_without_blocking(sample).members["probability"].data.to_numpy()
        scaled = np.float32(scaled_by(about)[0](raw))
        expected = onnxruntime.InferenceSession("percentiles.onnx").run(None, {"image": scaled})[0]
        np.testing.assert_allclose(found, expected, atol=1e-5)

    def test_equal_models_give_equal_bytes(self):
        model = make("plain", NETWORKS["plain"])
        for name in ("x.onnx", "x.zip"):
            first, second = (open(self.converted(model, f"{n}{name}", "--author", "A"), "rb").read() for n in (1, 2))
            self.assertEqual(first, second)

    def test_refuses_in_one_line(self):
        model = make("plain", NETWORKS["plain"])
        weights = "plain/model/model.safetensors"
        for line, arguments in {
            f"{weights}: cannot be read as a model: expected a file that unetflow-export wrote": (weights, "no.onnx"),
            "no.safetensors: cannot be read as a model: No such file or directory": ("no.safetensors", "no.onnx"),
            "no.tflite: has an unknown ending, expected .onnx, .pt (TorchScript) or .zip (BioImage.IO)": (model, "no.tflite"),
            "--author: is missing, which BioImage.IO asks for": (model, "no.zip"),
            "--title: is 'tiny', expected 5 to 128 letters, digits, blanks and any of _-()":
                (model, "no.zip", "--author", "A", "--title", "tiny"),
        }.items():
            result = convert(*arguments)
            self.assertEqual((result.stderr, result.returncode), (f"unetflow.convert: {line}\n", 2))
        result = convert(model, "nowhere/no.onnx")
        self.assertEqual((result.stderr, result.returncode),
                         ("unetflow.convert: nowhere/no.onnx: cannot be written: No such file or directory\n", 1))
        self.assertEqual([name for name in os.listdir(".") if "no." in name or "partial" in name], [])


with tempfile.TemporaryDirectory() as folder:
    os.chdir(folder)
    unittest.main(exit=False).result.wasSuccessful() or sys.exit(1)
