#!/usr/bin/env python3
"""A movie and images of two sizes through the whole pipeline: the TIFFs, OME-TIFFs and OME-Zarrs of predictions and segments
have the axes, the names and the pixel size that ImageJ, Fiji and napari read (through tifffile, ome-types and zarr).
usage: written.py BIN_DIR"""

import glob
import json
import os
import subprocess
import sys
import tempfile

import numpy as np
import ome_types
import tifffile
import zarr

BIN = os.path.abspath(sys.argv[1])
SHARD = "00000-of-00001.json"


def run(stage, config, *arguments):
    with open(f"{stage}.json", "w") as file:
        json.dump(config, file)
    subprocess.run([f"{BIN}/unetflow-{stage}", "--config", f"{stage}.json", *arguments, "--quiet"], check=True)


def squares(frames, height, width):
    """Frames of bright squares that move, and their labels."""
    image, label = np.zeros((2, frames, height, width), "uint8")
    for t in range(frames):
        label[t, 10 + t:40 + t, 20:50] = label[t, 50:70, 60 + t:80 + t] = 255
    image[label > 0] = 200
    return image, label


def segments_of(folder, sources):
    """Ingests, trains for one epoch, predicts and segments below `folder`."""
    os.makedirs(folder, exist_ok=True)
    at = lambda name: f"{folder}/{name}"
    run("ingest", {"sources": sources}, "--input", ".", "--output", at("images/" + SHARD))
    run("tile", {"input_size": 116, "output_size": 76, "stride": 76, "depth": 2}, "--input", at("images/" + SHARD),
        "--output", at("tiles/" + SHARD))
    run("train", {"epochs": 1, "batch": 2, "network": {"width": 4}, "precision": "float32"}, "--input",
        at("tiles/" + SHARD), "--output", at("model/model.json"))
    run("predict", {"tiff": True, "ome_tiff": True, "ome_zarr": True, "png": True, "subsets": ["train"]}, "--input", at("model/model.json"),
        at("images/" + SHARD), "--output", at("predictions/" + SHARD))
    run("segment", {"tiff": True, "ome_tiff": True, "ome_zarr": True, "threshold": 0.5}, "--input", at("predictions/" + SHARD), "--output",
        at("segments/" + SHARD))


def check_ome(stage, dtype):
    """The same movie as OME-TIFF and OME-Zarr."""
    stem = f"a/{stage}/{SHARD.replace('.json', '')}"
    values = tifffile.imread(stem + ".tif")
    with tifffile.TiffFile(stem + ".ome.tif") as file:
        series = file.series[0]
        assert file.is_ome and series.axes == "TYX" and series.dtype == dtype, series
        assert np.array_equal(series.asarray(), values)
    pixels = ome_types.from_tiff(stem + ".ome.tif").images[0].pixels  # which validates the XML
    assert (pixels.size_t, pixels.size_z, pixels.size_c) == (3, 1, 1), pixels
    assert [pixels.physical_size_y, pixels.physical_size_x] == [0.325, 0.65], pixels
    assert [data.first_t for data in pixels.tiff_data_blocks] == [0, 1, 2]
    group = zarr.open_group(stem + ".ome.zarr", mode="r")
    image = group.attrs["multiscales"][0]
    assert [axis["name"] for axis in image["axes"]] == ["t", "y", "x"], image
    dataset = image["datasets"][0]
    assert dataset["coordinateTransformations"] == [{"type": "scale", "scale": [1.0, 0.325, 0.65]}], dataset
    assert np.array_equal(group[dataset["path"]][:], values) and group[dataset["path"]].dtype == dtype
    assert group.attrs["names"][2] == "movie:2 end", group.attrs["names"]


def read_again(file, pixel_size):
    """The manifest of what was written, ingested."""
    run("ingest", {"sources": [{"pictures": file}]}, "--input", ".", "--output", "again/" + SHARD)
    with open("again/" + SHARD) as manifest:
        contents = json.load(manifest)["contents"]
    assert contents["pixel_size_um"] == pixel_size, contents
    return contents["pictures"]


def check_movie():
    image, label = squares(3, 96, 100)
    names = ["start", "µm", "end"]
    tifffile.imwrite("movie.tif", image, imagej=True, resolution=(1 / 0.65, 1 / 0.325),
                     metadata={"axes": "TYX", "unit": "um", "Labels": names})
    tifffile.imwrite("movie_label.tif", label, imagej=True, metadata={"axes": "TYX"})
    segments_of("a", [{"pictures": "movie.tif", "labels": "movie_label.tif"}])
    with open("a/images/" + SHARD) as file:
        contents = json.load(file)["contents"]
    assert contents["pixel_size_um"] == [0.325, 0.65], contents
    for stage, dtype in (("predictions", "float32"), ("segments", "uint16")):
        with tifffile.TiffFile(f"a/{stage}/{SHARD.replace('json', 'tif')}") as file:
            series = file.series[0]
            assert series.axes == "TYX" and series.shape == (3, 96, 100), (series.axes, series.shape)
            assert series.dtype == dtype, series.dtype
            metadata = file.imagej_metadata
            assert metadata["unit"] == "um" and metadata["frames"] == 3, metadata
            assert metadata["Labels"] == [f"movie:{i} {name}" for i, name in enumerate(names)], metadata
            for i, page in enumerate(file.pages):
                per_um = [tag[0] / tag[1] for tag in (page.tags["YResolution"].value, page.tags["XResolution"].value)]
                assert np.allclose(1 / np.array(per_um), [0.325, 0.65], rtol=1e-4), per_um
                assert page.tags["PageName"].value.startswith(f"movie:{i}"), page.tags["PageName"]
        check_ome(stage, dtype)
    # What was written is read again as what it is.
    for ending in "tif", "ome.tif", "ome.zarr":
        pictures = read_again(f"a/predictions/{SHARD.replace('json', ending)}", [0.325, 0.65])
        assert [p["time_and_depth"] for p in pictures] in ([[t, 0] for t in range(3)], [[t, -1] for t in range(3)]), pictures
    names = sorted(os.path.basename(name) for name in glob.glob("a/predictions/*.png"))
    assert names == [f"0000{i}-movie_{i}.png" for i in range(3)], names


def check_two_sizes():
    for i, size in enumerate(((96, 100), (110, 96))):
        image, label = squares(1, *size)
        tifffile.imwrite(f"two/image/{i}.tif", image[0], metadata=None)
        tifffile.imwrite(f"two/label/{i}.tif", label[0], metadata=None)
    segments_of("b", [{"pictures": "two/image/*.tif", "labels": "two/label/*.tif"}])
    for stage in ("predictions", "segments"):
        names = sorted(os.path.basename(name) for name in glob.glob(f"b/{stage}/*.tif") + glob.glob(f"b/{stage}/*.zarr"))
        assert names == [f"0000{i}-{i}.{ending}" for i in range(2) for ending in ("ome.tif", "ome.zarr", "tif")], names
        assert zarr.open_array(f"b/{stage}/00001-1.ome.zarr/0", mode="r").shape == (110, 96)
        assert tifffile.imread(f"b/{stage}/00001-1.tif").shape == (110, 96)


def main():
    with tempfile.TemporaryDirectory() as work:
        os.chdir(work)
        for folder in "image", "label":
            os.makedirs(f"two/{folder}")
        check_movie()
        check_two_sizes()
        os.chdir("/")
    print("all is as it was meant")


if __name__ == "__main__":
    sys.exit(main())
