#!/usr/bin/env python3
"""What the trainer does on a GPU, measured in less than ten minutes on a machine that has PyPI's torch and what pack.sh made.

usage: measure.py [--out FOLDER] [--seconds 570] [--bin FOLDER] [--dry]

Facts, tests, the memory checker, trainings in some settings, kernels by time, and what the card can do layer by layer
(layers.py); each has a limit of time of its own, and what fails is told and the rest goes on. Tables are at the end, and all
figures in FOLDER/results.json. --bin takes programs as they were built, --dry runs everything small on a CPU.
"""
import argparse
import csv
import filecmp
import glob
import json
import os
import re
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections import Counter

HERE = os.path.dirname(os.path.abspath(__file__))
BEGUN = time.monotonic()
parser = argparse.ArgumentParser()
parser.add_argument("--out", default=os.environ.get("OUT", "gpu-results"))
parser.add_argument("--seconds", type=float, default=570)
parser.add_argument("--bin", help="the folder with bin/ and libexec/")
parser.add_argument("--pipelines", default=os.path.join(HERE, "pipelines"))
parser.add_argument("--dry", action="store_true")
parser.add_argument("--parts", default="tests,trainings,kernels,layers", help="which of them")
ARGS = parser.parse_args()
SCRATCH = tempfile.mkdtemp(prefix="unetflow-gpu-")
RESULTS = {"dry": ARGS.dry}
os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")  # threads of LibTorch that wait leave the processor to others
WIDTH = 4 if ARGS.dry else 64
# Samples per second on an H200, of the U-Net 64 wide, 572 -> 388, in bfloat16.
GOALS = {"batch 1": 250, "batch 8": 350}
# Arithmetic of a training step of that network for one sample, and what the cards do at most in bfloat16.
STEP_TFLOP = 0.902
PEAKS = {"H100": 990, "H200": 990, "A100": 312, "L4": 121}


def left():
    return ARGS.seconds - (time.monotonic() - BEGUN)


def section(name):
    print(f"\n### {name} (at {time.monotonic() - BEGUN:.0f} s)", flush=True)


def run(command, seconds, **options):
    """Standard output and error and the exit code, or nothing if there was no time left."""
    limit = min(seconds, left() - 5)
    if limit < 1:
        print("no time left for", command[0])
        return None
    try:
        return subprocess.run(command, timeout=limit, text=True, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                              errors="replace", **options)
    except FileNotFoundError:
        print("there is no", command[0])
    except subprocess.TimeoutExpired as late:
        print(command[0], f"took longer than {limit:.0f} s:", str(late.output or "")[-400:])
    return None


def unpack():
    """The folder of the programs, which find their libraries then."""
    folder = ARGS.bin
    if not folder:
        subprocess.run(["tar", "-xJf", os.path.join(HERE, "programs.tar.xz"), "-C", SCRATCH], check=True)
        folder = SCRATCH
        import torch
        beside = os.path.dirname(os.path.dirname(torch.__file__))
        places = [os.path.join(SCRATCH, "lib"), os.path.join(beside, "torch", "lib")]
        places += glob.glob(os.path.join(beside, "nvidia", "*", "lib"))
        os.environ["LD_LIBRARY_PATH"] = ":".join(places)
    return folder


def facts():
    section("facts")
    for command in (["nvidia-smi", "--query-gpu=name,memory.total,driver_version,clocks.max.sm", "--format=csv,noheader"],
                    ["sh", "-c", "nproc; lscpu | grep 'Model name'"],
                    [sys.executable, "-c", "import torch; print(torch.__version__, torch.backends.cudnn.version())"]):
        done = run(command, 30)
        if done:
            RESULTS.setdefault("facts", []).append(done.stdout.strip())
            print(done.stdout.strip())


def tests():
    section("tests, with the GPU")
    for room in ("gpu", "network", "training"):
        done = run([f"{PROGRAMS}/bin/test_{room}", "--gtest_brief=1", "--gtest_filter=" + ("On/R*" if ARGS.dry else "*")], 90)
        if done:
            RESULTS[f"test_{room}"] = {"exit": done.returncode, "end": done.stdout[-1500:]}
            print(f"test_{room}: exit {done.returncode}\n" + "\n".join(done.stdout.splitlines()[-12:]))
    if not ARGS.dry:
        done = run(["compute-sanitizer", "--tool", "memcheck", f"{PROGRAMS}/bin/test_training",
                    "--gtest_filter=On/RecordedSteps.*/cuda:On/BatchUploads.*/cuda", "--gtest_brief=1"], 60)
        if done:
            RESULTS["memcheck"] = done.stdout[-1500:]
            print("\n".join(done.stdout.splitlines()[-4:]))


def data():
    """48 tiles 572 -> 388 of twelve synthetic images of 512 x 512."""
    section("data")
    images = 2 if ARGS.dry else 12
    steps = (("phantom", "phantom/phantom.json", [], "source/phantom.json", ["--set", "/size=512", "--set", f"/pictures={images}"]),
             ("ingest", "phantom/ingest.json", ["source/phantom.json"], "images/00000-of-00001.json", []),
             ("tile", "em2012/tile.json", ["images/00000-of-00001.json"], "tiles/00000-of-00001.json", []))
    for stage, config, inputs, output, flags in steps:
        given = os.path.join(ARGS.pipelines, config)
        command = [f"{PROGRAMS}/bin/unetflow-{stage}", "--output", f"{SCRATCH}/{output}", "--quiet", *flags]
        command += ["--config", given] if os.path.exists(given) else []
        command += ["--input", *(f"{SCRATCH}/{i}" for i in inputs)] if inputs else []
        os.makedirs(os.path.dirname(f"{SCRATCH}/{output}"), exist_ok=True)
        done = run(command, 60)
        if not done or done.returncode:
            sys.exit(f"{stage} failed: {done and done.stdout}")


def training_command(name, flags):
    device = "cpu" if ARGS.dry else "cuda"
    return [f"{PROGRAMS}/bin/unetflow-train", "--input", *sorted(glob.glob(f"{SCRATCH}/tiles/*.json")),
            "--config", f"{ARGS.pipelines}/em2012/train.json", "--augment", f"{ARGS.pipelines}/em2012/augment.json",
            "--weightmap", f"{ARGS.pipelines}/em2012/weightmap.json", "--output", f"{SCRATCH}/{name}/model.json",
            "--set", f'/device="{device}"', "--set", f"/network/width={WIDTH}", *flags]


def train(name, seconds, epochs, *settings):
    flags = [word for setting in (f"/epochs={1 if ARGS.dry else epochs}", *settings) for word in
             (("--set", setting) if setting.startswith("/") else setting.split())]
    os.makedirs(f"{SCRATCH}/{name}", exist_ok=True)
    begun = time.monotonic()
    done = run(training_command(name, flags), seconds)
    if not done or done.returncode:
        RESULTS.setdefault("trainings", {})[name] = {"error": done and done.stdout[-500:]}
        print(name, "failed:", done and done.stdout[-500:])
        return
    with open(f"{SCRATCH}/{name}/model.json") as file:
        model = json.load(file)["contents"]
    with open(f"{SCRATCH}/{name}/model.log") as file:
        timing = json.load(file)
    with open(f"{SCRATCH}/{name}/metrics.jsonl") as file:
        losses = [line["loss"] for line in map(json.loads, file) if "loss" in line]
    batch = next((int(s[7:]) for s in settings if s.startswith("/batch=")), 1)
    samples = model["samples_per_epoch"] * model["epochs"]
    row = {"precision": model["precision"], "updates": model["steps"], "milliseconds": timing["milliseconds_per_batch"],
           "per_second": 1000 * batch / timing["milliseconds_per_batch"], "waiting": timing["waiting_share"],
           "with_start": samples / (time.monotonic() - begun), "seconds": time.monotonic() - begun,
           "first_loss": losses[0], "last_loss": statistics.mean(losses[-20:]),
           "said": [line for line in done.stdout.splitlines() if "unetflow-train:" in line]}
    RESULTS.setdefault("trainings", {})[name] = row
    print(f"{name}: {row['milliseconds']:.2f} ms, {row['per_second']:.0f}/s", *row["said"], sep="\n  ", flush=True)


def trainings():
    section("trainings")
    train("batch 1", 60, 63)  # 3,024 updates
    train("batch 8", 60, 50, "/batch=8")
    for name in ("deterministic", "deterministic again"):
        train(name, 25, 10, "/deterministic=true")
    files = [f"{SCRATCH}/{name}/model.safetensors" for name in ("deterministic", "deterministic again")]
    if all(map(os.path.exists, files)):
        same = filecmp.cmp(*files, shallow=False)
        RESULTS["deterministic_runs_are_equal"] = same
        print("two deterministic runs end in", "the same bytes" if same else "DIFFERENT BYTES")
    train("short last batch", 25, 10, "/batch=7")
    train("float32 (TF32)", 25, 10, '/precision="float32"')
    train("accumulated 4", 25, 20, "/accumulation_steps=4")
    train("average", 25, 10, "/ema_decay=0.99")
    train("dropout", 25, 10, "/network/dropout=0.5")
    train("groups, AdamW", 25, 10, '/network/normalisation="group"', '/optimiser/kind="adamw"')
    train("4 threads", 25, 10, "--threads 4")


def kernels():
    section("kernels of a step, by time")
    if ARGS.dry:
        return
    log = f"{ARGS.out}/kernels.csv"
    command = ["ncu", "--target-processes", "all", "--clock-control", "none", "--graph-profiling", "node", "--csv", "--metrics",
               "gpu__time_duration.sum", "--launch-skip", "3000", "--launch-count", "500", "--log-file", log]
    os.makedirs(f"{SCRATCH}/ncu", exist_ok=True)
    run(command + training_command("ncu", ["--quiet", "--set", "/epochs=1", "--set", "/time_limit_minutes=0.5"]), 75)
    if not os.path.exists(log):
        return
    count, spent = Counter(), Counter()
    with open(log, errors="replace") as file:
        for row in csv.DictReader(line for line in file if line.startswith('"')):
            try:
                scale = {"ns": 1e-3, "nsecond": 1e-3, "us": 1, "usecond": 1, "ms": 1e3}[row["Metric Unit"]]
                name = re.sub(r"[<(].*", "", row["Kernel Name"])[:70]
                spent[name] += float(row["Metric Value"].replace(",", "")) * scale
                count[name] += 1
            except (KeyError, ValueError, TypeError):
                continue
    RESULTS["kernels"] = [[name, count[name], time_us] for name, time_us in spent.most_common()]


def layers():
    section("layer by layer")
    command = [sys.executable, os.path.join(HERE, "layers.py"), f"{ARGS.out}/layers.json", "--seconds", str(int(left() - 15))]
    done = run(command + (["--small"] if ARGS.dry else []), left() - 8)
    if done:
        print(done.stdout[-8000:])


def tables():
    section("tables")
    card = next((name for name in PEAKS if name in str(RESULTS.get("facts"))), None)
    print("| training | precision | updates | ms per batch | samples/s | with start | waiting | share of peak | goal | loss |")
    print("|---|---|---|---|---|---|---|---|---|---|")
    for name, row in RESULTS.get("trainings", {}).items():
        if "error" in row:
            print(f"| {name} | failed |")
            continue
        share = f"{100 * row['per_second'] * STEP_TFLOP / PEAKS[card]:.0f} %" if card else ""
        goal = f"{GOALS[name]}: {'met' if row['per_second'] >= GOALS[name] else 'MISSED'}" if name in GOALS and not ARGS.dry else ""
        print(f"| {name} | {row['precision']} | {row['updates']} | {row['milliseconds']:.2f} | {row['per_second']:.0f} | "
              f"{row['with_start']:.0f} | {100 * row['waiting']:.1f} % | {share} | {goal} | "
              f"{row['first_loss']:.3f} to {row['last_loss']:.3f} |")
    for name, number, spent in RESULTS.get("kernels", [])[:25]:
        print(f"{spent:9.0f} us {number:5}  {name}")
    with open(f"{ARGS.out}/results.json", "w") as file:
        json.dump(RESULTS, file, indent=1)
    print(f"{time.monotonic() - BEGUN:.0f} s in all")


os.makedirs(ARGS.out, exist_ok=True)
try:
    PROGRAMS = unpack()
    facts()
    data()
    for part in (tests, trainings, kernels, layers):
        if part.__name__ in ARGS.parts.split(","):
            part()
finally:
    tables()
    shutil.rmtree(SCRATCH, ignore_errors=True)
