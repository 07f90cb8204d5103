"""Sets a training step of `unetflow-train` beside a bare LibTorch loop on tensors that stay the same
(tests/bench/network_bench.cpp) and, if asked, beside the document's own Python loop: one picture's four
tiles of 572 x 572, varied and weighed as they pass. All in one run, ours and the bare loop in turns;
medians.

usage: training.py BIN_DIR EM_2012_DIR [--width 64] [--epochs 1] [--turns 2] [--document LOADER TEXT]
"""
import argparse
import json
import os
import pathlib
import re
import statistics
import subprocess
import sys
import tempfile

SOURCE = pathlib.Path(__file__).resolve().parents[2]


def run(*command):
    environment = {**os.environ, "OMP_WAIT_POLICY": "passive"}  # as unetflow-train has it
    done = subprocess.run([str(part) for part in command], check=True, capture_output=True, text=True, env=environment)
    return done.stdout


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("bin", type=pathlib.Path)
    parser.add_argument("data", type=pathlib.Path)
    parser.add_argument("--width", type=int, default=64)
    parser.add_argument("--epochs", type=int, default=1)
    parser.add_argument("--turns", type=int, default=2)
    parser.add_argument("--document", nargs=2)
    options = parser.parse_args()
    stage = lambda name: options.bin / f"unetflow-{name}"
    with tempfile.TemporaryDirectory() as folder:
        work = pathlib.Path(folder)
        images, tiles = (work / kind / "00000-of-00001.json" for kind in ("images", "tiles"))
        sources = [{"pictures": "train/image/0.png", "labels": "train/label/0.png"}]
        (work / "ingest.json").write_text(json.dumps({"sources": sources}))
        run(stage("ingest"), "--config", work / "ingest.json", "--input", options.data, "--output", images, "--quiet")
        config = SOURCE / "pipelines/em2012"
        run(stage("tile"), "--config", config / "tile.json", "--input", images, "--output", tiles, "--quiet")
        ours, waiting, bare = [], [], []
        for turn in range(options.turns):
            output = run(options.bin / "bench_network", f"--benchmark_filter=^training_step/(float32|bfloat16)/{options.width}/",
                         "--benchmark_format=json", "--benchmark_min_time=0.01",
                         f"--benchmark_repetitions={4 * options.epochs}")
            times = {}
            for entry in json.loads(output[output.index("{"):])["benchmarks"]:
                if entry.get("run_type") == "iteration" and not entry.get("error_occurred"):
                    times.setdefault(entry["run_name"], []).append(entry["real_time"])
            bare.append(min(statistics.median(values) for values in times.values()))
            model = work / f"model{turn}" / "model.json"
            run(stage("train"), "--config", config / "train.json", "--augment", config / "augment.json",
                "--input", tiles, "--output", model, "--set", f"/epochs={options.epochs}",
                "--set", f"/network/width={options.width}", "--quiet")
            log = json.loads(model.with_suffix(".log").read_text())
            ours.append(log["milliseconds_per_batch"])
            waiting.append(log["waiting_share"])
    own, loop = statistics.median(ours), statistics.median(bare)
    print(f"unetflow-train            {own:10.0f} ms a step, waiting for samples {100 * max(waiting):.2f} % at most")
    print(f"bare LibTorch loop        {loop:10.0f} ms a step; ours takes {own / loop:.3f} times as long")
    if options.document:
        loader, text = options.document
        output = run(sys.executable, loader, text, options.data, "train", 4 * options.epochs)
        document = 1000 * float(re.search(r"seed_train_s_per_step\": ([0-9.]+)", output)[1])
        print(f"the document's Python     {document:10.0f} ms a step; {document / own:.2f} times as long as ours")


main()
