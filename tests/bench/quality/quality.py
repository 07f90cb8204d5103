"""Sets unetflow beside other packages: each trains by its own recipe on the same 25 images of EM 2012 for the same
processor time, predicts, and is measured by unetflow-evaluate. README.md says how.

usage: quality.py run RECIPE OUT --data EM_2012_DIR --processor-minutes M     nnunet, monai_unet, milesial or torch_em_unet
       quality.py measure NAME OUT --work WORK/PIPELINE [--processor-minutes M --mebibytes M]    a pipeline's predictions
       quality.py table OUT
`run` repeats nothing that is done: training, prediction and measuring each leave a file when they end.
"""
import argparse
import csv
import json
import os
import pathlib
import shutil
import subprocess
import sys

HERE = pathlib.Path(__file__).resolve().parent
METRICS = {"v_rand": max, "v_info": max, "pixel_error": min}  # and which of two values is better
# Memory that is freed stays with the program instead of being mapped and cleared in each update.
KEEP_MEMORY = {"MALLOC_MMAP_MAX_": "0", "MALLOC_TRIM_THRESHOLD_": str(2**34), "MALLOC_TOP_PAD_": str(2**28)}


def measured(command, log):
    """Runs it; processor time with all its children's, and the largest memory of any one of these processes."""
    with open(log, "w") as output:
        process = subprocess.Popen([str(part) for part in command], stdout=output, stderr=subprocess.STDOUT, cwd=HERE)
        _, status, usage = os.wait4(process.pid, 0)
    if status != 0:
        sys.exit(f"{command[1]} failed, see {log}")
    return {"processor_minutes": (usage.ru_utime + usage.ru_stime) / 60, "mebibytes": usage.ru_maxrss / 1024}


def run(options):
    folder = options.out.resolve() / options.recipe
    folder.mkdir(parents=True, exist_ok=True)
    os.environ.update(KEEP_MEMORY, OMP_NUM_THREADS=str(options.threads))
    for part in ("prepare", "train", "predict"):
        if not (folder / f"{part}.json").exists():
            command = [sys.executable, HERE / f"{options.recipe}.py", part, options.data.resolve(), folder, 60 * options.processor_minutes]
            usage = measured(command, folder / f"{part}.log")
            (folder / f"{part}.json").write_text(json.dumps(usage))
    for part in ("training", "holdout"):
        labels = folder / f"labels-{part}"
        labels.mkdir(exist_ok=True)
        for prediction in (folder / part).glob("*.tif"):
            shutil.copy(options.data / f"train/label/{prediction.stem}.png", labels)
        evaluate(options, folder / part, ["--labels", labels, "--predictions", folder / part])


def measure(options):
    """The pipeline predicts the eight training images for calibrate."""
    folder = options.out / options.recipe
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "train.json").write_text(json.dumps({"processor_minutes": options.processor_minutes, "mebibytes": options.mebibytes}))
    updates = json.loads((options.work / "model/model.json").read_text())["contents"]["steps"]
    (folder / "updates.json").write_text(json.dumps(updates))
    inputs = [*options.work.glob("images/*.json"), *options.work.glob("predictions/*.json")]
    for part, subset in (("training", "train"), ("holdout", "holdout")):
        evaluate(options, folder / part, ["--input", *inputs, "--set", f'/subsets=["{subset}"]'])


def evaluate(options, part, given):
    output = part.parent / f"evaluation-{part.name}/evaluation.json"
    subprocess.run([options.bin / "unetflow-evaluate", *given, "--set", "/warping=false", "--output", output, "--quiet",
                    "--threads", str(options.threads)], check=True)


def curve(folder, part, metric):
    """Threshold to value."""
    with open(folder / f"evaluation-{part}/metrics.csv") as file:
        return {row["threshold"]: float(row[metric]) for row in csv.DictReader(file) if row[metric]}


def table(options):
    print("| recipe | updates | processor minutes | MiB | V_rand | V_info | pixel error | best V_rand | best V_info | best pixel error |")
    print("|---|---|---|---|---|---|---|---|---|---|")
    for folder in sorted(path.parent for path in options.out.glob("*/evaluation-holdout")):
        usage = json.loads((folder / "train.json").read_text())
        chosen, best = [], []
        for metric, better in METRICS.items():
            training, holdout = (curve(folder, part, metric) for part in ("training", "holdout"))
            chosen.append(holdout[better(training, key=training.get)])
            best.append(better(holdout.values()))
        cells = [folder.name, json.loads((folder / "updates.json").read_text()),
                 *("-" if value is None else f"{value:.0f}" for value in (usage["processor_minutes"], usage["mebibytes"])),
                 *(f"{value:.4f}" for value in chosen + best)]
        print("| " + " | ".join(str(cell) for cell in cells) + " |")


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("task", choices=("run", "measure", "table"))
    parser.add_argument("recipe", nargs="?")
    parser.add_argument("out", type=pathlib.Path)
    parser.add_argument("--data", type=pathlib.Path)
    parser.add_argument("--work", type=pathlib.Path)
    parser.add_argument("--processor-minutes", type=float)
    parser.add_argument("--mebibytes", type=float, help="of the pipeline's training, as /usr/bin/time says")
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--bin", type=pathlib.Path, default=HERE.parents[2] / "build/bin")
    options = parser.parse_args()
    {"run": run, "measure": measure, "table": table}[options.task](options)


main()
