"""Sets a training step of `unetflow-train` beside bare loops on tensors that stay the same
(tests/bench/training_bench.cpp), with LibTorch's convolutions and with this project's, and, if asked,
beside the document's own Python loop: one picture's four tiles of 572 x 572, augmented and weighted as
they pass. All in one run, ours and the bare loops in turns; medians, and the largest memory of each.

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
    """What the command prints, and the largest memory it had, MiB."""
    environment = {**os.environ, "OMP_WAIT_POLICY": "passive"}  # as unetflow-train has it
    with tempfile.TemporaryFile("w+") as output:
        process = subprocess.Popen([str(part) for part in command], stdout=output, stderr=subprocess.DEVNULL, env=environment)
        _, status, usage = os.wait4(process.pid, 0)
        output.seek(0)
        if status != 0:
            sys.exit(f"{command[0]} failed with status {status}")
        return output.read(), usage.ru_maxrss / 1024


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
        ours, waiting, loops, memory = [], [], {"float32": [], "float32_direct": [], "bfloat16": []}, {}
        for turn in range(options.turns):
            for kind, times in loops.items():
                output, memory[kind] = run(options.bin / "bench_training", f"--benchmark_filter=^training_step/{kind}/{options.width}/",
                                           "--benchmark_format=json", "--benchmark_min_time=0.01",
                                           f"--benchmark_repetitions={4 * options.epochs}")
                times += [entry["real_time"] for entry in json.loads(output[output.index("{"):])["benchmarks"]
                          if entry.get("run_type") == "iteration" and not entry.get("error_occurred")]
            model = work / f"model{turn}" / "model.json"
            _, memory["ours"] = run(stage("train"), "--config", config / "train.json", "--augment", config / "augment.json",
                "--input", tiles, "--output", model, "--set", f"/epochs={options.epochs}",
                "--set", f"/network/width={options.width}", "--quiet")
            log = json.loads(model.with_suffix(".log").read_text())
            ours.append(log["milliseconds_per_batch"])
            waiting.append(log["waiting_share"])
    own = statistics.median(ours)

    def line(name, milliseconds, mebibytes):
        print(f"{name:48}{milliseconds:8.0f} ms per step, {milliseconds / own:5.2f} times as long as ours, {mebibytes:6.0f} MiB")

    line("unetflow-train", own, memory["ours"])
    print(f"    it waits for samples {100 * max(waiting):.2f} % of the time at most")
    line("bare loop, this project's convolutions", statistics.median(loops["float32"]), memory["float32"])
    line("bare loop, LibTorch's convolutions", statistics.median(loops["float32_direct"]), memory["float32_direct"])
    if loops["bfloat16"]:
        line("bare loop, LibTorch's convolutions in bfloat16", statistics.median(loops["bfloat16"]), memory["bfloat16"])
    if options.document:
        loader, text = options.document
        output, mebibytes = run(sys.executable, loader, text, options.data, "train", 4 * options.epochs)
        line("the document's Python", 1000 * float(re.search(r"seed_train_s_per_step\": ([0-9.]+)", output)[1]), mebibytes)


main()
