#!/usr/bin/env python3
"""Pipelines that `make new` writes against those made by hand, with the same images held out and trained for as long.

usage: new.py BIN_DIR WORK NAME[@EPOCHS]=SOURCE:IMAGES,LABELS[,MASKS] ...
NAME is a pipeline of this project whose data are in SOURCE, a folder or a phantom's manifest; images, labels and masks are
folders below it. With EPOCHS it trains for so many instead of its own, and `make new` gets as few minutes. Prints the score
by which each task is judged, V_rand or SEG, of both, and the processor time of both trainings; what an earlier run has left in
WORK is used again.
"""
import json, os, pathlib, re, resource, subprocess, sys

root = pathlib.Path(__file__).resolve().parents[2]
bin_dir, work = pathlib.Path(sys.argv[1]).resolve(), pathlib.Path(sys.argv[2]).resolve()
threads = len(os.sched_getaffinity(0))


def stripped(file):
    return json.loads(re.sub(r"^\s*//.*$", "", file.read_text(), flags=re.M))


def run(name, config, source, epochs, *targets):
    """Processor seconds of `make`."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    command = ["make", "--no-print-directory", "-f", root / "Makefile.data", f"PIPELINE={name}", f"config={config}", f"work={work / name}",
               f"bin={bin_dir}/unetflow-", f"source={source}", "flags=--quiet", *([f"train_flags=--set /epochs={epochs}"] if epochs else []), *targets]
    subprocess.run(command, cwd=root, check=True, stdout=subprocess.DEVNULL)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return after.ru_utime - before.ru_utime + after.ru_stime - before.ru_stime


def made(name, config, source, epochs=""):
    """The score, its name, and processor seconds of training."""
    times = work / f"{name}.seconds"
    run(name, config, source, epochs, "weights")
    if not times.exists():
        times.write_text(str(run(name, config, source, epochs, "model")))
    run(name, config, source, epochs)
    contents = json.loads((work / name / "calibration/calibration.json").read_text())["contents"]
    key = "v_rand" if contents["rule"]["task"] == "membranes" else "seg"
    pictures = json.loads((work / name / "evaluation/metrics.json").read_text())["pictures"]
    return sum(picture[key] for picture in pictures) / len(pictures), key, float(times.read_text())


def holdout_of(name):
    """As the pipeline says, or that which it is based on."""
    folder = root / "pipelines" / name
    if (folder / "split.json").exists():
        return stripped(folder / "split.json")["holdout"]
    return holdout_of(re.search(r"^based_on := (\S+)", (folder / "pipeline.mk").read_text(), re.M)[1])


print("| pipeline | task's score | by hand | by make new | share | processor seconds |\n|---|---|---|---|---|---|")
for argument in sys.argv[3:]:
    name, given = argument.split("=", 1)
    name, _, epochs = name.partition("@")
    source, given = given.split(":", 1)
    source = pathlib.Path(source).resolve()
    below = source if source.is_dir() else source.parent
    hand, key, seconds = made(name, root / "pipelines" / name, source, epochs)
    folder = work / "pipelines" / f"{name}-new"
    if not folder.exists():
        folder.parent.mkdir(parents=True, exist_ok=True)
        options = [word for option, path in zip(("--images", "--labels", "--mask"), given.split(",")) for word in (option, below / path)]
        subprocess.run([bin_dir / "unetflow-new", "--quiet", "--folder", folder, *options, "--minutes", f"{seconds / threads / 60:.2f}"],
                       check=True, stdout=subprocess.DEVNULL)
        (folder / "split.json").write_text(json.dumps({"holdout": holdout_of(name)}))
    new, _, new_seconds = made(folder.name, folder, (below / given.split(",")[0]).parent)
    print(f"| {name} | {key} | {hand:.4f} | {new:.4f} | {100 * new / hand:.1f} % | {seconds:.0f}, {new_seconds:.0f} |", flush=True)
