#!/usr/bin/env python3
"""Many small images: rates, memory, files opened, and make's own time when nothing is to be made.

many.py BIN [--images 100000] [--shards 64] [--pages 40000] [--folder FOLDER]"""
import argparse
import collections
import os
import pathlib
import random
import re
import shutil
import struct
import subprocess
import sys
import tempfile
import time
import zlib

SIDE = 32  # px
MOST_MEMORY = 700  # MiB: 256 of a shard, and what manifests say of 40,000 images
MOST_OPENED = 4  # times: to list it, for its digest, to know its format, to read it
MOST_OF_MAKE = 2  # seconds
ROOT = pathlib.Path(__file__).resolve().parents[2]
LABEL = [bytes(255 if x % 8 and y % 8 else 0 for x in range(SIDE)) for y in range(SIDE)]


def gray(source):
    return [source.randbytes(SIDE)] * SIDE


def png(rows):
    def chunk(kind, data):
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))
    header = struct.pack(">IIBBBBB", SIDE, SIDE, 8, 0, 0, 0, 0)
    pixels = zlib.compress(b"".join(b"\0" + row for row in rows), 1)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", pixels) + chunk(b"IEND", b"")


def write_images(folder, count):
    source = random.Random(1)
    for kind in ("image", "label"):
        (folder / kind).mkdir(parents=True)
    label = png(LABEL)
    for i in range(count):
        (folder / "image" / f"{i:06}.png").write_bytes(png(gray(source)))
        (folder / "label" / f"{i:06}.png").write_bytes(label)


def write_stack(path, pages, rows):
    """A TIFF of 8-bit pages, one strip each."""
    with open(path, "wb") as file:
        file.write(b"II*\0" + struct.pack("<I", 8))
        for page in range(pages):
            data = file.tell() + 2 + 9 * 12 + 4
            end = data + SIDE * SIDE
            tags = [(256, SIDE), (257, SIDE), (258, 8), (259, 1), (262, 1), (273, data), (277, 1), (278, SIDE),
                    (279, SIDE * SIDE)]
            file.write(struct.pack("<H", len(tags)))
            file.write(b"".join(struct.pack("<HHII", tag, 4, 1, value) for tag, value in tags))
            file.write(struct.pack("<I", end if page + 1 < pages else 0) + b"".join(rows()))


class Run:
    def __init__(self):
        self.wrong = []

    def __call__(self, title, command, **options):
        """Runs it to its end; seconds of processors, with those of its children that it waited for."""
        start = time.monotonic()
        child = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True, **options)
        said = child.stderr.read()
        _, status, usage = os.wait4(child.pid, 0)
        if status != 0:
            sys.exit(f"{' '.join(map(str, command))}\n{said}")
        seconds = usage.ru_utime + usage.ru_stime
        print(f"{title:48} {time.monotonic() - start:8.1f} s, {seconds:8.1f} s of processors, "
              f"{usage.ru_maxrss / 1024:6.0f} MiB", flush=True)
        return seconds, usage.ru_maxrss / 1024

    def expect(self, what, value, most):
        if value > most:
            self.wrong.append(f"{what}: {value}, expected at most {most}")


def make(folder, bin_folder, shards, *targets):
    pipeline = folder / "pipelines" / "many"
    pipeline.mkdir(parents=True, exist_ok=True)
    (pipeline / "pipeline.mk").write_text(f"shards ?= {shards}\nsource := source\n")
    (pipeline / "ingest.json").write_text('{"sources": [{"pictures": "image/*.png", "labels": "label/*.png"}]}')
    (pipeline / "tile.json").write_text('{"input_size": 44, "output_size": 4, "stride": 28, "depth": 2}')
    return ["make", "-s", "-f", ROOT / "Makefile.data", "PIPELINE=many", f"bin={bin_folder}/unetflow-",
            "flags=--quiet --threads 1", *targets]


def without_stages(folder):
    """Programs that do nothing, in the stages' place."""
    nothing = folder / "nothing"
    nothing.mkdir()
    for stage in re.findall(r"call stage,(\w+)", (ROOT / "Makefile.data").read_text()) + ["calibrate", "report"]:
        shutil.copy("/bin/true", nothing / f"unetflow-{stage}")
    return nothing


def opened(folder, command):
    """How often each source file is opened."""
    subprocess.run(["strace", "-f", "-e", "trace=open,openat", "-o", "opened", *command], cwd=folder, check=True)
    names = re.findall(r'"(source/[^"]*\.png)"', (folder / "opened").read_text())
    return collections.Counter(names)


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("bin", type=lambda name: pathlib.Path(name).resolve())
    parser.add_argument("--images", type=int, default=100_000)
    parser.add_argument("--shards", type=int, default=64)
    parser.add_argument("--pages", type=int, default=40_000)
    parser.add_argument("--folder")
    given = parser.parse_args()
    run = Run()
    with tempfile.TemporaryDirectory(dir=given.folder) as name:
        folder = pathlib.Path(name)
        write_images(folder / "source", given.images)
        here = {"cwd": folder}
        ingest = [given.bin / "unetflow-ingest", "--quiet", "--config", "pipelines/many/ingest.json", "--input",
                  "source", "--output", f"one/00000-of-{given.shards:05}.json"]
        all_of_it = make(folder, given.bin, given.shards, "tiles")
        run("images and tiles", all_of_it, **here)
        run("the same again: nothing is stale", all_of_it, **here)
        _, memory = run("images of one shard", ingest, **here)
        run.expect("MiB of one shard", memory, MOST_MEMORY)
        shutil.rmtree(folder / "one")
        times = opened(folder, ingest)
        run.expect("times that a file of another shard is opened", times[f"source/image/{given.images - 1:06}.png"], 1)
        run.expect("times that a file is opened", max(times.values()), MOST_OPENED)

        (folder / "stack").mkdir()
        source = random.Random(1)
        write_stack(folder / "stack" / "image.tif", given.pages, lambda: gray(source))
        write_stack(folder / "stack" / "label.tif", given.pages, lambda: LABEL)
        (folder / "stack.json").write_text('{"sources": [{"pictures": "image.tif", "labels": "label.tif"}]}')
        _, memory = run(f"{given.pages} pages of a stack in one shard",
                        [given.bin / "unetflow-ingest", "--quiet", "--config", "stack.json", "--input", "stack",
                         "--output", "pages/00000-of-00001.json"], **here)
        run.expect("MiB of a stack", memory, MOST_MEMORY)

        nothing = make(folder, without_stages(folder), 166, "shards=166", "work=none", "report")
        seconds, _ = run("make itself, 1,000 targets", nothing, **here)
        run.expect("seconds of make", seconds, MOST_OF_MAKE)
    if run.wrong:
        sys.exit("\n".join(run.wrong))


if __name__ == "__main__":
    main()
