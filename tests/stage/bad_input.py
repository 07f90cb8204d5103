#!/usr/bin/env python3
"""Bad input and bad usage, as a table: each gives one line that names the place, what is wrong and what
was expected, exit code 2, nothing under a final name, and no library's words. usage: bad_input.py BIN_DIR"""

import json
import os
import shutil
import struct
import subprocess
import sys
import tempfile

BIN = os.path.abspath(sys.argv[1])
HERE = os.path.dirname(os.path.abspath(__file__))
IMAGES, TILES = "images/00000-of-00001.json", "tiles/00000-of-00001.json"
OUT = "out/00000-of-00001.json"
LIBRARY_WORDS = ["json.exception", "vector::", "basic_string", "std::", "terminate", "_M_", "stoi", "filesystem error"]

TILE = ["tile", "--input", IMAGES, "--output", OUT]
INGEST = ["ingest", "--input", "source", "--output", OUT]
SPLIT = ["split", "--input", IMAGES, "--output", "out/split.json"]
AUGMENT = ["augment", "--input", TILES, "--output", OUT]
WEIGHTMAP = ["weightmap", "--input", TILES, "--output", OUT]
PHANTOM = ["phantom", "--output", "out/phantom.json"]
STACKS = ["evaluate", "--labels", "source/label", "--predictions", "source/image"]
SEGMENT = ["segment", "--input", "calibration/calibration.json", "--output", OUT]
CALIBRATION = {
    "format": "unetflow-artifact-1", "kind": "calibration", "stage": "calibrate", "version": "test", "config": {},
    "inputs": [], "sources": [], "files": [], "datasets": None,
    "contents": {"chosen_on": [], "rule": {"task": "objects", "threshold": 0.5, "min_size": 0, "max_hole": 0,
                                           "border": "keep"}}}
REPORT = ["report", "--input", "evaluation/evaluation.json", "--output", "out/report.json"]
TRAIN = ["train", "--input", TILES, "--output", "out/model.json"]
PREDICT = ["predict", "--input", IMAGES, "--output", OUT]


def sources(entry):
    return ["--set", "/sources=" + json.dumps([entry])]


NEW_LINE = "new\nline\x1b[31m\u202e"
SHOWN = "new\\nline\\x1b[31m\\u202e"
STRIDE = "expected integer from 1 to 100000"
KNOWN = "known are cut_touching, depth, input_size, output_size, pixel_size, rim, stride"

# Arguments, and the line behind "unetflow-STAGE: ".
CASES = [
    # Values of the configuration.
    (TILE + ["--set", "/stride=1e30"], f"--set at /stride: is 1e+30, {STRIDE}"),
    (TILE + ["--set", "/stride=-1"], f"--set at /stride: is -1, {STRIDE}"),
    (TILE + ["--set", "/stride=1.5"], f"--set at /stride: is 1.5, {STRIDE}"),
    (TILE + ["--set", "/stride=null"], f"--set at /stride: is null, {STRIDE}"),
    (TILE + ["--set", "/stride=[1]"], f"--set at /stride: is [1], {STRIDE}"),
    (TILE + ["--set", "/stride=18446744073709551615"], f"--set at /stride: is 18446744073709551615, {STRIDE}"),
    (TILE + ["--set", "/stride=1e999"], "--set /stride, its value:1:5: is a number that is too large"),
    (TILE + ["--set", "/strid=3"], f'--set: unknown key "strid"; {KNOWN}'),
    (TILE + ["--set", "/stride/x=3"], f'--set at /stride: is {{"x":3}}, {STRIDE}'),
    (AUGMENT + ["--set", "/seed=9223372036854775808"],
     "--set at /seed: is 9223372036854775808, expected integer from 0 to 9223372036854775807"),
    (AUGMENT + ["--set", "/epochs=[]"],
     "--set at /epochs: is [], expected array of integer from 0 to 2147483647 with at least 1, each once"),
    (AUGMENT + ["--set", "/epochs=[0,0]"],
     "--set at /epochs: is [0,0], expected array of integer from 0 to 2147483647 with at least 1, each once"),
    (AUGMENT + ["--set", "/epochs=[-1]"], "--set at /epochs/0: is -1, expected integer from 0 to 2147483647"),
    (AUGMENT + ["--set", "/elastic=3"], "--set at /elastic: is 3, expected object"),
    (AUGMENT + ["--set", "/elastic/kernel=4"],
     "--set at /elastic/kernel: is 4, expected an odd width: the Gaussian has a middle pixel"),
    (AUGMENT + ["--set", "/mirror={}"], '--set: "mirror" was renamed to "flips"'),
    (AUGMENT + ["--set", "/gamma/largest=2"],
     '--set at /gamma/largest: has no effect while "probability": 0 is the default; state it, too'),
    (WEIGHTMAP + ["--set", "/class_balance=1"], "--set at /class_balance: is 1, expected boolean"),
    (WEIGHTMAP + ["--set", "/sigma=0"], "--set at /sigma: is 0, expected number from 0.1 to 100"),
    (PHANTOM + ["--set", "/smallest_cell=50", "--set", "/largest_cell=10"],
     "--set at /largest_cell: is 10, expected at least smallest_cell, 50"),
    (INGEST + ["--set", "/scaling/percentiles=[50]"],
     '--set at /scaling/percentiles: has no effect beside "rule": "dtype", expected "rule": "percentiles"'),
    (INGEST + ["--set", '/scaling={"rule": "percentiles", "percentiles": [50]}'],
     "--set at /scaling/percentiles: is [50.0], expected two values, the lower one first"),
    (INGEST + ["--set", '/labels={"kind": "classes", "foreground": 1}'],
     '--set at /labels/foreground: has no effect beside "kind": "classes", expected "kind": "binary" or "objects"'),
    (INGEST + ["--set", '/labels={"foreground": 1, "threshold": 3}'],
     "--set at /labels/foreground: has no effect beside labels.threshold, from which on values are foreground"),
    (INGEST + ["--set", '/labels={"foreground": 1, "values": {"0": 0, "1": 1}}'],
     "--set at /labels/foreground: has no effect beside labels.values, which says the class of each"),
    (INGEST + ["--set", '/labels={"threshold": 3, "values": {"0": 0, "1": 1}}'],
     "--set at /labels/values: and labels.threshold contradict each other, expected one"),
    (INGEST + ["--set", "/labels/classes=3"],
     '--set at /labels/classes: has no effect beside "kind": "binary", expected "kind": "classes"'),
    (INGEST + ["--set", '/labels={"foreground": 7, "ignore": 7}'],
     "--set at /labels/ignore: has labels.foreground, 7"),
    (INGEST + ["--set", '/labels={"ignore": 7, "values": {"0": 0, "7": 1}}'],
     '--set at /labels/values: gives "7" a class, which labels.ignore has too'),
    (INGEST + sources({"pairs": "pairs.csv", "labels": "label/*.png"}),
     "--set at /sources/0/labels: has no effect beside pairs, which lists images and labels"),
    (INGEST + sources({"pairs": "pairs.csv", "pictures": "*.png"}),
     "--set at /sources/0/pictures: has no effect beside pairs, which lists images and labels"),
    (INGEST + sources({"pictures": "image/*.png", "label_axes": "CYX"}),
     "--set at /sources/0/label_axes: has no effect without labels"),
    (["evaluate", "--input", IMAGES, "--axes", "TYX"],
     "--axes: is for --labels and --predictions; shards say what they hold"),
    (INGEST + sources({"subset": "x"}), '--set at /sources/0/subset: is "x", expected one of "train", "test"'),
    (INGEST + sources({"axes": "CQYX"}),
     '--set at /sources/0/axes: is "CQYX", expected the letters of a file\'s axes, the slowest first: Y, X and some of T, '
     'Z and C, each once, with its size behind it where that is not clear, as in "TCYX" or "TC2YX"'),
    (INGEST + sources({"pictures": "image/0.png", "axes": "T2YX"}),
     "source/image/0.png: has 1 page, which the axes T2YX do not fit"),
    (INGEST + sources({"pictures": "bad/mouse.czi"}),
     "source/bad/mouse.czi: is a Zeiss CZI file, which is not read here; expected OME-TIFF, as Fiji, bfconvert "
     "(Bio-Formats) or bioformats2raw with raw2ometiff make of it"),
    (INGEST + sources({"pictures": "bad/crashes_libhdf5.h5:data"}),
     "source/bad/crashes_libhdf5.h5 dataset data: is damaged: HDF5's library crashed over it"),
    (INGEST + sources({"pictures": "bad/cut_ome.tif"}),
     "source/bad/cut_ome.tif: has OME metadata that are not well-formed XML at byte 11; expected its axes to be stated, "
     'as in "axes": "TCYX"'),
    (INGEST + ["--set", "/sources=[]"], "--set at /sources: is [], expected array of object with at least 1"),
    (SPLIT + ["--set", '/holdout=[""]'],
     '--set at /holdout/0: is "", expected string of a length of at least 1'),
    (SPLIT + ["--set", '/holdout=["[["]'], '--set at /holdout/0: "[[" matches no labelled image'),
    (SPLIT + ["--set", '/folds={"count":2,"held":5}'],
     "--set at /folds/held: is 5, expected a number below /folds/count, 2"),
    (STACKS + ["--set", "/bootstrap/confidence=1"],
     "--set at /bootstrap/confidence: is 1, expected number > 0 and < 1"),
    (SEGMENT + ["--set", '/border="x"'], '--set at /border: is "x", expected one of "keep", "thin", "close", null'),
    (REPORT + ["--set", "/examples=0"], "--set at /examples: is 0, expected integer from 1 to 12"),
    (TRAIN + ["--set", "/network/depth=3"],
     "--set at /network: \"depth\" is that of the tiles: set tile's /depth and sizes"),
    (TRAIN + ["--set", "/epochs=0"], "--set at /epochs: is 0, expected integer from 1 to 1000000"),
    # What --set cannot do.
    (TILE + ["--set", ""], "--set : expected a JSON pointer, = and a JSON value"),
    (TILE + ["--set", "stride=3"], "--set stride=3: expected a JSON pointer, = and a JSON value"),
    (TILE + ["--set", "/stride="], "--set /stride, its value:1:1: is not valid JSON"),
    (TILE + ["--set", "/stride=twelve"], "--set /stride, its value:1:2: is not valid JSON"),
    (TILE + ["--set", "/~2=3"], "--set /~2: points to a key that cannot be set"),
    (TILE + ["--set", '/stride={"a":1,"a":2}'], '--set /stride, its value:1:10: "a" is given twice'),
    (TILE + ["--set", "/stride=" + "[" * 60000], "--set /stride, its value:1:65: nests deeper than 64 levels"),
    (INGEST + ["--config", "sources.json", "--set", "/sources/1000000000={}"],
     "--set /sources/1000000000: points to a key that cannot be set"),
    (INGEST + ["--config", "sources.json", "--set", "/sources/-1={}"],
     "--set /sources/-1: points to a key that cannot be set"),
    (INGEST + ["--config", "sources.json", "--set", "/sources/x={}"],
     "--set /sources/x: points to a key that cannot be set"),
    # The configuration's file.
    (TILE + ["--config", "absent.json"], "absent.json: cannot be read: No such file or directory"),
    (TILE + ["--config", "folder"], "folder: is a folder, expected a file"),
    (TILE + ["--config", "pipe"], "pipe: is a pipe or a device, expected a file"),
    (TILE + ["--config", "/dev/zero"], "/dev/zero: is a pipe or a device, expected a file"),
    (TILE + ["--config", "/proc/self/mem"], "/proc/self/mem: cannot be read: Input/output error"),
    (TILE + ["--config", "loop"], "loop: cannot be read: Too many levels of symbolic links"),
    (TILE + ["--config", "empty"], "empty:1:1: is not valid JSON"),
    (TILE + ["--config", "source/image/0.png"], "source/image/0.png:1:1: is not UTF-8"),
    (TILE + ["--config", "utf16.json"], "utf16.json: is text in UTF-16, expected UTF-8, which editors and Excel offer where files are saved"),
    (TILE + ["--config", "array.json"], "array.json: is [], expected object"),
    (TILE + ["--config", "deep.json"], "deep.json:1:65: nests deeper than 64 levels"),
    (TILE + ["--config", "twice.json"], 'twice.json:2:22: "stride" is given twice'),
    (TILE + ["--config", "zero.json"], "zero.json:1:14: is a text with the character U+0000"),
    (TILE + ["--config", NEW_LINE], f"{SHOWN}: cannot be read: No such file or directory"),
    (TILE + ["--config", b"not-\xff"], "not-\\xff: cannot be read: No such file or directory"),
    (TILE + ["--config", "unreadable.json"], "unreadable.json: cannot be read: Permission denied"),
    # Inputs.
    (["tile", "--input", "absent.json", "--output", OUT], "absent.json: is missing"),
    (["tile", "--input", "empty", "--output", OUT], "empty:1:1: is not valid JSON"),
    (["tile", "--input", "folder", "--output", OUT], "folder: is not an ordinary file"),
    (["tile", "--input", "pipe", "--output", OUT], "pipe: is not an ordinary file"),
    (["tile", "--input", "deep.json", "--output", OUT], "deep.json:1:65: nests deeper than 64 levels"),
    (["tile", "--input", "array.json", "--output", OUT], "array.json: is [], expected object"),
    (["tile", "--input", "", "--output", OUT], "--input: is empty, expected a manifest's name"),
    (["tile", "--input", TILES, "--output", OUT],
     f'{TILES}: is an artifact of kind "tiles", expected "images"'),
    (["tile", "--input", IMAGES, IMAGES, "--output", OUT], "--input: names 2 manifests, expected one"),
    (["ingest", "--input", "empty", "--output", OUT], "empty: is a file, expected a folder or a manifest"),
    (["ingest", "--input", "pipe", "--output", OUT], "pipe: is a file, expected a folder or a manifest"),
    (["split", "--input", b"x\xff/00000-of-00001.json", "--output", "out/split.json"],
     "../x\\xff/00000-of-00001.json: has a name that is not UTF-8"),
    (["augment", "--input", IMAGES, "--output", OUT],
     f'{IMAGES}: is an artifact of kind "images", expected "tiles"'),
    (["segment", "--input", "calibration/calibration.json", "--output", OUT, "--set", "/threshold=0.5"],
     '--input: names 0 manifests of kind "predictions", expected one'),
    (["inspect", "folder"], "folder: is not an ordinary file"),
    (["inspect", NEW_LINE], f"{SHOWN}: is missing"),
    (PREDICT, '--input: names 0 manifests of kind "model", expected one'),
    # Pictures.
    (INGEST + sources({"pictures": "none/*.png"}), "source/none/*.png: matches no file, expected at least one"),
    (INGEST + sources({"pictures": "/etc/passwd"}),
     "/etc/passwd: is an absolute path, expected one below source"),
    (INGEST + sources({"pictures": "bad/empty.png"}),
     "source/bad/empty.png: is not an image of a known format, expected one of PNG, TIFF, JPEG, JPEG 2000, GIF, BMP, Zarr, HDF5"),
    (INGEST + sources({"pictures": "bad/pipe.png"}), "source/bad/pipe.png: is not a file"),
    (INGEST + sources({"pictures": "bad/dangling.png"}), "source/bad/dangling.png: is not a file"),
    (INGEST + sources({"pictures": "bad/not-*"}), "source/bad/not-\\xff.png: has a name that is not UTF-8"),
    (INGEST + sources({"pictures": "bad/new*"}),
     f"source/bad/{SHOWN}.png page 0: is damaged or cut short: the file ends too early"),
    (INGEST + sources({"pictures": "image/0.png:raw"}), "source/image/0.png: is a PNG file, which has no dataset raw"),
    (INGEST + sources({"pictures": "image/0.png", "labels": "label/*.png"}),
     "source/label/1.png: has no image that is named like it, as other labels have; expected labels named like their "
     'images, or their pairs in a list ("pairs" of ingest\'s sources, --pairs of new)'),
    (["evaluate", "--labels", "source/label", "--predictions", "pipe"], "pipe: is not a file"),
    # Outputs.
    (["tile", "--input", IMAGES, "--output", ""],
     "--output : is empty, expected the name of a manifest, ending in .json"),
    (["tile", "--input", IMAGES, "--output", "folder"],
     "--output folder: is a folder, expected the name of a manifest, ending in .json"),
    (["tile", "--input", IMAGES, "--output", "folder.json"],
     "--output folder.json: is a folder, expected the name of a manifest, ending in .json"),
    (["tile", "--input", IMAGES, "--output", "/dev/null"],
     "--output /dev/null: is another name, expected the name of a manifest, ending in .json"),
    (["tile", "--input", IMAGES, "--output", "loop/a.json"],
     "--output loop/a.json: cannot be looked at: Too many levels of symbolic links"),
    (["tile", "--input", IMAGES, "--output", "a" * 300 + ".json"],
     f"--output {'a' * 300}.json: cannot be looked at: File name too long"),
    (["tile", "--input", IMAGES, "--output", IMAGES], f"--output {IMAGES}: is also an input"),
    (["tile", "--input", IMAGES, "--config", "sources.json", "--output", "folder/../sources.json"],
     "--output folder/../sources.json: is also the configuration"),
    (["tile", "--input", IMAGES, "--output", "empty/x/a.json"], "empty/x: cannot be created: Not a directory"),
    (STACKS + ["--output", "evaluation.txt"],
     "--output evaluation.txt: is another name, expected the name of a manifest, ending in .json"),
    # Other options.
    (["tile"], "command line: --input is required (see --help)"),
    (["tile", "--input", IMAGES], "command line: --output is required (see --help)"),
    (TILE + ["--threads", "0"], "command line: --threads: Value 0 not in range 1 to 1024 (see --help)"),
    (TILE + ["--threads", "9" * 30],
     f"command line: --threads: Value {'9' * 30} not in range 1 to 1024 (see --help)"),
    (TILE + ["--bo\ngus"], "command line: The following argument was not expected: --bo\\ngus (see --help)"),
    (["evaluate", "--why"], "--why: expected --output as well"),
    (["evaluate"], "usage: expected either --input or both --labels and --predictions"),
    (STACKS + ["--compare", "x"], "--compare x: expected NAME=MANIFEST"),
    (STACKS + ["--compare", "=evaluation/evaluation.json"],
     "--compare =evaluation/evaluation.json: expected NAME=MANIFEST"),
    (STACKS + ["--compare", b"\xff=evaluation/evaluation.json", "--output", "out/evaluation.json"],
     "command line: has text that is not UTF-8"),
    (STACKS + ["--compare", f"x={TILES}"], f'{TILES}: is an artifact of kind "tiles", expected "evaluation"'),
    (STACKS + ["--set", "/baseline=true"],
     "--set at /baseline: needs the images, expected images manifests as --input"),
    (REPORT + ["--terminal"], "--terminal: expected --training as well"),
    (REPORT + ["--training", "pipe"], "pipe: is a pipe or a device, expected a file"),
    (REPORT + ["--training", "array.json"], "array.json line 1: is not a JSON object"),
    (TRAIN + ["--augment", "absent.json"], "absent.json: cannot be read: No such file or directory"),
]


def run(arguments, user=None):
    command = [os.path.join(BIN, "unetflow-" + arguments[0])] + arguments[1:]
    return subprocess.run(command, capture_output=True, timeout=60, user=user)


def tiff(description):
    """A TIFF of two gray pixels that says this of itself."""
    text = description + b"\0"
    tags = ((256, 4, 1, 2), (257, 4, 1, 1), (258, 3, 1, 8), (262, 3, 1, 1), (270, 2, len(text), 8), (273, 4, 1, 6),
            (279, 4, 1, 2))
    directory = struct.pack("<H", len(tags)) + b"".join(struct.pack("<HHII", *tag) for tag in tags) + bytes(4)
    return b"II*\0" + struct.pack("<I", 8 + len(text)) + text + directory


def prepare():
    for arguments in (
        ["phantom", "--set", "/pictures=2", "--set", "/size=64", "--output", "source/phantom.json"],
        ["ingest", "--input", "source/phantom.json", "--output", IMAGES],
        ["tile", "--set", "/depth=2", "--set", "/input_size=60", "--set", "/output_size=20",
         "--input", IMAGES, "--output", TILES],
        STACKS + ["--set", "/bootstrap/resamples=10", "--output", "evaluation/evaluation.json"],
    ):
        result = run(arguments)
        if result.returncode != 0:
            sys.exit(result.stderr.decode())
    for folder in "folder", "folder.json", "source/bad", "calibration":
        os.mkdir(folder)
    shutil.copytree("images", os.fsdecode(b"x\xff"))
    for pipe in "pipe", "source/bad/pipe.png":
        os.mkfifo(pipe)
    os.symlink("loop", "loop")
    os.symlink("nowhere", "source/bad/dangling.png")
    # Found by fuzzing: libhdf5 1.10.8 follows a size in it to memory that is not there.
    shutil.copy(os.path.join(HERE, "crashes_libhdf5.h5"), "source/bad")
    whole = open("source/image/0.png", "rb").read()
    for name, content in (
        ("empty", b""),
        ("source/bad/empty.png", b""),
        (b"source/bad/not-\xff.png", whole),
        (f"source/bad/{NEW_LINE}.png", whole[:200]),
        ("source/bad/mouse.czi", b"ZISRAWFILE\0\0"),
        ("source/bad/cut_ome.tif", tiff(b"<OME><Image>")),
        ("utf16.json", "{}".encode("utf-16")),
        ("array.json", b"[]"),
        ("deep.json", b"[" * 200000),
        ("twice.json", b'{"depth": 2,\n "stride": 1, "stride": 2}'),
        ("zero.json", b'{"depth\\u0000": 1}'),
        ("sources.json", b'{"sources": [{}]}'),
        ("unreadable.json", b"{}"),
        ("calibration/calibration.json", json.dumps(CALIBRATION).encode()),
    ):
        with open(name, "wb") as file:
            file.write(content)
    os.chmod("unreadable.json", 0)


def complaint(arguments, expected):
    """What is wrong with how a program refuses these arguments; empty when nothing is."""
    nobody = 65534 if os.geteuid() == 0 and "unreadable.json" in arguments else None
    try:
        result = run(arguments, nobody)
    except PermissionError:  # root's tree, which nobody else may look into
        return ""
    line = f"unetflow-{arguments[0]}: {expected}\n"
    told = result.stderr.decode("utf-8", "backslashreplace")
    if result.returncode != 2:
        return f"exit code {result.returncode}, expected 2; it said: {told}"
    if told != line:
        return f"it said:  {told}expected: {line}"
    if any(word in told for word in LIBRARY_WORDS):
        return f"a library's words: {told}"
    left = [name for _, _, names in os.walk("out") for name in names if not name.endswith(".digests")]
    return f"it left {left}" if left else ""


def main():
    failures = 0
    with tempfile.TemporaryDirectory() as work:
        os.chmod(work, 0o755)
        os.chdir(work)
        prepare()
        for arguments, expected in CASES:
            if not os.path.exists(os.path.join(BIN, "unetflow-" + arguments[0])):
                continue  # built without the network
            wrong = complaint(arguments, expected)
            if wrong:
                failures += 1
                print("FAILED:", " ".join(repr(a)[:200] for a in arguments), "\n ", wrong)
            shutil.rmtree("out", ignore_errors=True)
        os.chdir("/")
    print(f"{len(CASES)} cases, {failures} failed")
    return failures > 0


if __name__ == "__main__":
    sys.exit(main())
