"""Sets `unetflow-predict` on one picture of 512 x 512 beside the document's way to predict one: four tiles of 572 x 572
through LibTorch in float32, here those whose corners lie 128 px apart, so that both see the same grid of poolings. Both as
whole programs, in turns: seconds, and processor time, which other work on the machine does not change much. Says how far the
maps are apart.

usage: prediction.py BIN_DIR EM_2012_DIR [--width 64] [--turns 3] [--threads 2]
It needs the packages that python/ converts with (.venv has them).
"""
import argparse
import json
import os
import pathlib
import statistics
import subprocess
import sys
import tempfile
import time

SOURCE = pathlib.Path(__file__).resolve().parents[2]
FOUR_TILES = """
import sys, numpy, torch
from PIL import Image
model, picture, result, threads = sys.argv[1:]
torch.set_num_threads(int(threads))
network = torch.jit.load(model).eval()
image = numpy.asarray(Image.open(picture), numpy.float32) / 255
tile, margin, step = 388, 92, 128
around = numpy.pad(image, ((margin, margin + step + tile - 512),) * 2, mode="symmetric")
probabilities = numpy.zeros((step + tile,) * 2, numpy.float32)
with torch.no_grad():
    for y in (0, step):
        for x in (0, step):
            given = torch.from_numpy(around[None, None, y : y + tile + 2 * margin, x : x + tile + 2 * margin].copy())
            probabilities[y : y + tile, x : x + tile] = network(given)[0, 1].numpy()
numpy.save(result, probabilities[:512, :512])
"""


def run(*command):
    """Seconds that it took, and seconds of processor time."""
    began = time.monotonic()
    process = subprocess.Popen([str(part) for part in command], stderr=subprocess.PIPE, env={**os.environ, "OMP_WAIT_POLICY": "passive"})
    error = process.stderr.read().decode()
    _, status, usage = os.wait4(process.pid, 0)
    if status != 0:
        sys.exit(f"{command[0]} failed with status {status}:\n{error}")
    return time.monotonic() - began, usage.ru_utime + usage.ru_stime


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("bin", type=pathlib.Path)
    parser.add_argument("data", type=pathlib.Path)
    parser.add_argument("--width", type=int, default=64)
    parser.add_argument("--turns", type=int, default=3)
    parser.add_argument("--threads", type=int, default=2)
    options = parser.parse_args()
    stage = lambda name: options.bin.resolve() / f"unetflow-{name}"
    with tempfile.TemporaryDirectory() as folder:
        work = pathlib.Path(folder)
        images, tiles = (work / kind / "00000-of-00001.json" for kind in ("images", "tiles"))
        model, exported, prediction = work / "model/model.json", work / "exported/model.json", work / "predictions/00000-of-00001.json"
        (work / "ingest.json").write_text(json.dumps({"sources": [{"pictures": "train/image/0.png", "labels": "train/label/0.png"}]}))
        config = SOURCE / "pipelines/em2012"
        run(stage("ingest"), "--config", work / "ingest.json", "--input", options.data, "--output", images, "--quiet")
        run(stage("tile"), "--config", config / "tile.json", "--input", images, "--output", tiles, "--quiet")
        run(stage("train"), "--config", config / "train.json", "--augment", config / "augment.json", "--input", tiles, "--output", model,
            "--set", "/epochs=1", "--set", f"/network/width={options.width}", "--quiet")
        run(stage("export"), "--input", model, "--output", exported, "--quiet")
        script, converted, result = work / "four_tiles.py", work / "model.pt", work / "map.npy"
        script.write_text(FOUR_TILES)
        os.environ["PYTHONPATH"] = str(SOURCE / "python")
        run(sys.executable, "-m", "unetflow.convert", exported.with_suffix(".safetensors"), converted)
        ours, theirs = [], []
        for _ in range(options.turns):
            prediction.unlink(missing_ok=True)
            ours.append(run(stage("predict"), "--input", model, images, "--output", prediction, "--set", '/subsets=["train"]',
                            "--threads", options.threads, "--quiet"))
            theirs.append(run(sys.executable, script, converted, options.data / "train/image/0.png", result, options.threads))
        show(ours, theirs)
        import h5py
        import numpy
        with h5py.File(prediction.with_suffix(".h5")) as shard:
            own = shard["pictures/00000/probability"][1]
        print(f"largest difference of the probabilities: {numpy.abs(own - numpy.load(result)).max():.1e}")


def show(ours, theirs):
    for kind, place in (("seconds", 0), ("processor time, s", 1)):
        own, other = (statistics.median(turn[place] for turn in turns) for turns in (ours, theirs))
        print(f"{kind:20} unetflow-predict {own:6.2f}    four tiles through LibTorch {other:6.2f}    {other / own:5.2f} times as long")


main()
