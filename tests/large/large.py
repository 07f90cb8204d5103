#!/usr/bin/env python3
"""Images larger than memory: a tiled 16-bit BigTIFF goes through every stage, each within a limit of
resident memory.

large.py BIN SIZE GIB MIB [--compare] [--folder FOLDER]

GIB is what stages are allowed by --memory, MIB the most that they may hold. With --compare, all of it is done again in ordinary memory, and must end in the same bytes."""
import argparse
import json
import os
import pathlib
import subprocess
import sys
import tempfile
import time

import numpy
import tifffile

TILE = 512  # px
SMALL = 400  # px; of the image that the network is trained on


def pattern(top, left, height, width):
    """Cells between membranes that bend, unlike from place to place: gray values, and the mask of cells."""
    y = numpy.arange(top, top + height, dtype=numpy.float32)[:, None]
    x = numpy.arange(left, left + width, dtype=numpy.float32)[None, :]
    v = y + 9 * numpy.sin(x / 37) + 5 * numpy.sin((x + 2 * y) / 53)
    u = x + 8 * numpy.sin(y / 41) + 4 * numpy.sin((y - 3 * x) / 67)
    distance = numpy.minimum(numpy.abs(numpy.sin(v / 11)), numpy.abs(numpy.sin(u / 13)))
    noise = numpy.sin(y * 12.9898 + x * 78.233) * 43758.547
    gray = numpy.minimum(distance * 2, 1) * 0.8 + 0.2 * (noise - numpy.floor(noise))
    return (gray * 60000).astype(numpy.uint16), (distance > 0.2).astype(numpy.uint8) * 255


def write(folder, size, name):
    for part, (kind, dtype) in enumerate((("image", numpy.uint16), ("label", numpy.uint8))):
        (folder / kind).mkdir(parents=True, exist_ok=True)

        def tiles():
            for top in range(0, size, TILE):
                for left in range(0, size, TILE):
                    yield pattern(top, left, TILE, TILE)[part]

        tifffile.imwrite(folder / kind / f"{name}.tif", tiles(), shape=(size, size), dtype=dtype, tile=(TILE, TILE),
                         bigtiff=True, photometric="minisblack", compression="zlib" if part else None)


class Run:
    def __init__(self, bin_folder, folder, limit, memory):
        self.bin, self.folder, self.limit, self.memory = bin_folder, folder, limit, memory
        self.too_much = []

    def stage(self, name, inputs, output, config=None, limited=True, threads=None):
        self.folder.mkdir(exist_ok=True)
        command = [f"{self.bin}/unetflow-{name}", "--output", str(self.folder / output), "--memory", str(self.memory)]
        for path in inputs:
            command += ["--input", str(path)]
        if config is not None:
            path = self.folder / f"{name}.config"
            path.write_text(json.dumps(config))
            command += ["--config", str(path)]
        if threads is not None:
            command += ["--threads", str(threads)]
        start = time.monotonic()
        child = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE,
                                 text=True)
        said = child.stderr.read()
        _, status, usage = os.wait4(child.pid, 0)
        if status != 0:
            sys.exit(f"{' '.join(command)}\n{said}")
        mib = usage.ru_maxrss / 1024
        print(f"{name:10} {time.monotonic() - start:8.1f} s {mib:8.0f} MiB   "
              + " ".join(line.split(": ", 1)[1] for line in said.splitlines() if "lay in files" in line), flush=True)
        if limited and self.limit and mib > self.limit:
            self.too_much.append(f"{name} held {mib:.0f} MiB, expected at most {self.limit}")
        return self.folder / output


def pipeline(run, source):
    shard = "00000-of-00001.json"
    ingest = {"sources": [{"pictures": "image/*.tif", "labels": "label/*.tif"}]}
    small = run.stage("ingest", [source / "small"], "small/" + shard, ingest, limited=False)
    tiles = run.stage("tile", [small], "tiles/" + shard,
                      {"input_size": 140, "output_size": 100, "stride": 100, "depth": 2}, limited=False)
    model = run.stage("train", [tiles], "model/model.json",
                      {"epochs": 6, "network": {"width": 4}, "optimiser": {"kind": "adamw", "learning_rate": 0.01}},
                      limited=False)
    images = run.stage("ingest", [source / "large"], "images/" + shard, ingest)
    run.stage("tile", [images], "large_tiles/" + shard,
              {"input_size": 540, "output_size": 500, "stride": 4000, "depth": 2})
    predictions = run.stage("predict", [model, images], "predictions/" + shard, {"subsets": ["train"]})
    segments = run.stage("segment", [predictions], "segments/" + shard,
                         {"threshold": 0.5, "task": "membranes", "min_size": 30, "max_hole": 30, "border": "thin"})
    evaluation = run.stage("evaluate", [images, predictions, segments], "evaluation/evaluation.json",
                           {"subsets": ["train"], "warping": False}, threads=1)  # which takes the least room
    return [images, predictions, segments, evaluation, evaluation.parent / "metrics.json"]


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("bin")
    parser.add_argument("size", type=int)
    parser.add_argument("gib", type=float)
    parser.add_argument("mib", type=float)
    parser.add_argument("--compare", action="store_true")
    parser.add_argument("--folder")
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory(dir=arguments.folder) as name:
        folder = pathlib.Path(name)
        write(folder / "source" / "small", SMALL, "small")
        write(folder / "source" / "large", arguments.size, "large")
        run = Run(arguments.bin, folder / "streamed", arguments.mib, arguments.gib)
        made = pipeline(run, folder / "source")
        if arguments.compare:
            whole = Run(arguments.bin, folder / "whole", 0, 1000)
            for one, other in zip(made, pipeline(whole, folder / "source")):
                if one.read_bytes() != other.read_bytes():
                    run.too_much.append(f"{one} and {other} differ")
        if run.too_much:
            sys.exit("\n".join(run.too_much))


if __name__ == "__main__":
    main()
