"""A small world for the fault harness: every stage with inputs so small that a run takes milliseconds,
and what an artifact's folder contains. Standard library only."""
import hashlib
import json
import os
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import time

SHARD = "00000-of-00001.json"

CONFIGURATIONS = {
    "phantom": {"pictures": 2, "size": 64},
    "ingest": {"sources": [{"pictures": "image/*.png", "labels": "label/*.png"}]},
    "split": {"holdout": ["1"]},
    "tile": {"depth": 2, "input_size": 60, "output_size": 20, "stride": 40},
    "augment": {"epochs": [0], "flips": {"probability": 0.5}, "noise": {"probability": 1, "sigma": 0.05}},
    "weightmap": {},
    "train": {"epochs": 2, "batch": 2, "network": {"width": 2}, "precision": "float32", "checkpoint_minutes": 0},
    "predict": {"png": True, "tiff": True},
    "calibrate": {},
    "segment": {},
    "evaluate": {},
    "report": {},
}

# What no user should ever read: words of the libraries below.
LIBRARY_WORDS = re.compile(
    r"\[json\.exception|std::|_M_range|basic_string|terminate called|HDF5-DIAG|H5[A-Z][a-z]|what\(\)|"
    r"filesystem error|iostream|\bc10\b|ATen|pure virtual|Assertion|AddressSanitizer|stack smashing|gnuplot failed")
# Seconds after which a run counts as hanging, on a machine with other work to do.
HANGS = 300
# Beside an artifact, but not part of it.
BESIDE = (".log", ".digests")


class Stage:
    """A program and its arguments; `out` is the folder for what it makes."""

    def __init__(self, name, arguments, manifest, change=()):
        self.name = name
        self.arguments = arguments  # relative to the world
        self.manifest = manifest  # None: prints, and makes nothing
        self.change = list(change)  # makes another artifact, an older one to be replaced
        self.needs_libtorch = name in ("train", "predict")
        self.is_slow = self.needs_libtorch or name == "report"  # gnuplot draws: seconds
        self.expected = None
        self.printed = None


def stages():
    def shards(*folders):
        return [f"{folder}/{SHARD}" for folder in folders]

    everything = shards("images") + ["split/split.json"] + shards("tiles", "augmented", "weights") + [
        "model/model.json"] + shards("predictions") + [
        "calibration/calibration.json"] + shards("segments") + ["evaluation/evaluation.json"]
    return [
        Stage("phantom", [], "phantom.json", ["--set", "/pictures=3"]),
        Stage("ingest", ["--input", "source/phantom.json"], SHARD, ["--set", '/scaling={"rule": "percentiles"}']),
        Stage("split", ["--input", *shards("images")], "split.json", ["--set", '/holdout=["0"]']),
        Stage("tile", ["--input", *shards("images")], SHARD, ["--set", "/stride=20"]),
        Stage("augment", ["--input", *shards("tiles")], SHARD, ["--set", "/seed=7"]),
        Stage("weightmap", ["--input", *shards("augmented")], SHARD, ["--set", "/sigma=2"]),
        Stage("train", ["--input", "split/split.json", *shards("tiles")], "model.json", ["--set", "/seed=7"]),
        Stage("predict", ["--input", "model/model.json", "split/split.json", *shards("images")], SHARD,
              ["--set", "/png=false"]),
        Stage("calibrate", ["--input", *shards("images", "predictions")], "calibration.json",
              ["--set", "/threshold=0.5"]),
        Stage("segment", ["--input", *shards("predictions"), "calibration/calibration.json"], SHARD,
              ["--set", "/threshold=0.5"]),
        Stage("evaluate", ["--input", *shards("images", "predictions", "segments")], "evaluation.json",
              ["--set", "/subsets=[\"holdout\"]"]),
        Stage("report", ["--input", *everything], "report.json", ["--set", '/name="old"']),
        Stage("inspect", ["predictions/" + SHARD], None),
    ]


# The folder of each stage's artifact in the world.
FOLDERS = {"phantom": "source", "ingest": "images", "split": "split", "tile": "tiles", "augment": "augmented",
           "weightmap": "weights", "train": "model", "predict": "predictions",
           "calibrate": "calibration", "segment": "segments", "evaluate": "evaluation", "report": "report"}


def scratch_folder(name):
    """In memory where there is such a place. A driver that is stopped removes it on its way out."""
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))
    return tempfile.mkdtemp(prefix=f"unetflow-{name}-", dir="/dev/shm" if os.path.isdir("/dev/shm") else None)


def record(result, file):
    """Prints a row's result as a line of JSON, and adds it to the file if one is given."""
    line = json.dumps(result)
    print(line, flush=True)
    if file:
        with open(file, "a") as results:
            results.write(line + "\n")


def tree():
    """The commit of the tree that is run."""
    return subprocess.run(["git", "-C", os.path.dirname(os.path.realpath(__file__)), "describe", "--always", "--dirty"],
                          capture_output=True, text=True).stdout.strip()


def digest(path):
    with open(path, "rb") as file:
        return hashlib.sha256(file.read()).hexdigest()


def snapshot(folder):
    """The digest of each file below a folder, by name; timings and caches of digests aside."""
    found = {}
    for parent, _, names in os.walk(folder):
        for name in names:
            path = os.path.join(parent, name)
            if name.endswith(BESIDE):
                continue
            found[os.path.relpath(path, folder)] = "link" if os.path.islink(path) else digest(path)
    return found


def contradictions(folder, replaced=False):
    """Where a manifest is below a folder, but its files are not what it says. While an artifact is
    replaced, files that only the older manifest names go first; every reader notices that."""
    wrong = []
    for parent, folders, names in os.walk(folder):
        folders[:] = [name for name in folders if not name.startswith(".")]  # where artifacts are written
        for name in names:
            if not name.endswith(".json"):
                continue
            try:
                with open(os.path.join(parent, name)) as file:
                    manifest = json.load(file)
            except ValueError:
                wrong.append(f"{name} is not JSON")
                continue
            if not isinstance(manifest, dict) or "files" not in manifest:
                continue
            for record in manifest["files"]:
                path = os.path.join(parent, record["name"])
                if not os.path.exists(path):
                    wrong += [] if replaced else [f"{name} names {record['name']}, which is gone"]
                elif digest(path) != record["sha256"]:
                    wrong.append(f"{name} names {record['name']}, which is not what it says")
    return wrong


def differences(got, expected):
    names = sorted(name for name in got.keys() | expected.keys() if got.get(name) != expected.get(name))
    how = {n: "missing" if n not in got else "left" if n not in expected else "other bytes" for n in names}
    return ", ".join(f"{how[n]}: {n}" for n in names[:4]) + (" ..." if len(names) > 4 else "")


class Result:
    def __init__(self, code, out, err, hang):
        self.code, self.out, self.err, self.hang = code, out, err, hang
        self.lines = [line for line in err.split("\n") if line]


def run(command, environment=None, timeout=HANGS, folder=None, **files):
    """Runs a program in a session of its own, of which nothing outlives it."""
    process = subprocess.Popen(command, env=environment, cwd=folder, start_new_session=True,
                               stdin=files.get("stdin", subprocess.DEVNULL),
                               stdout=files.get("stdout", subprocess.PIPE),
                               stderr=files.get("stderr", subprocess.PIPE))
    hang = False
    try:
        out, err = process.communicate(timeout=timeout)
    except subprocess.TimeoutExpired:
        hang = True
        os.killpg(process.pid, signal.SIGKILL)
        out, err = process.communicate()
    if process.returncode < 0 and not hang:  # what it has started may still be there
        try:
            os.killpg(process.pid, signal.SIGKILL)
        except ProcessLookupError:
            pass
    return Result(process.returncode, (out or b"").decode(errors="replace"), (err or b"").decode(errors="replace"), hang)


class World:
    """The artifacts of one finished pipeline in `folder`, made by the programs in `programs`."""

    def __init__(self, programs, folder):
        self.programs = os.path.realpath(programs)
        self.folder = os.path.realpath(folder)
        self.has_network = os.path.exists(os.path.join(self.programs, "unetflow-train"))
        self.stages = stages()
        self.environment = {"PATH": os.environ["PATH"], "LC_ALL": "C.UTF-8", "TMPDIR": os.path.join(self.folder, "tmp"),
                            "OMP_NUM_THREADS": "1", "HOME": self.folder}

    def command(self, stage, out, change=()):
        command = [os.path.join(self.programs, "unetflow-" + stage.name)]
        if stage.name in CONFIGURATIONS:
            command += ["--config", os.path.join(self.folder, "conf", stage.name + ".json")]
        command += [os.path.join(self.folder, a) if "/" in a and not a.startswith("/") else a
                    for a in stage.arguments]
        if stage.manifest:
            command += ["--output", os.path.join(self.folder, out, stage.manifest)]
        return command + ["--quiet", "--threads", "1", *change]

    def run(self, stage, out, change=(), timeout=HANGS, **more):
        environment = dict(self.environment, **more.pop("environment", {}))
        return run(self.command(stage, out, change), environment, timeout, **more)

    def build(self):
        """Makes all artifacts, and older ones below old/; notes what an undisturbed run gives."""
        shutil.rmtree(self.folder, ignore_errors=True)
        os.makedirs(os.path.join(self.folder, "conf"))
        os.makedirs(os.path.join(self.folder, "tmp"))
        for name, configuration in CONFIGURATIONS.items():
            with open(os.path.join(self.folder, "conf", name + ".json"), "w") as file:
                json.dump(configuration, file)
        for stage in self.stages:
            if stage.needs_libtorch and not self.has_network:
                raise SystemExit("SKIPPED: the programs were built without LibTorch")
            self.make(stage, FOLDERS.get(stage.name))
        # Digests of files that have just been written are not kept, so that runs differ until then.
        time.sleep(2.1)
        return self

    def make(self, stage, folder):
        start = time.time()
        result = self.run(stage, folder)
        if result.code != 0 or result.err:
            raise SystemExit(f"{' '.join(self.command(stage, folder))}\ngave {result.code}: {result.err}")
        stage.seconds = time.time() - start
        stage.printed = result.out
        if stage.manifest is None:
            return
        stage.expected = snapshot(os.path.join(self.folder, folder))
        old = os.path.join("old", stage.name)
        result = self.run(stage, old, stage.change)
        if result.code != 0:
            raise SystemExit(f"{stage.name} {stage.change} gave {result.code}: {result.err}")
        stage.old = snapshot(os.path.join(self.folder, old))

    def prepare(self, stage, out, variant):
        """An empty folder for a run, or one with an older artifact."""
        path = os.path.join(self.folder, out)
        shutil.rmtree(path, ignore_errors=True)
        if variant == "over":
            shutil.copytree(os.path.join(self.folder, "old", stage.name), path)
        return path
