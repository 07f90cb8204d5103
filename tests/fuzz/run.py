#!/usr/bin/env python3
"""Fuzzes each target for some seconds of processor time, and prints a table.

  run.py BIN [SECONDS] [--targets png,...] [--jobs N] [--seed N] [--results FILE]

BIN is the folder of the programs of the preset asan-ubsan. What is found grows in BIN/../corpus; an input that
crashes its target is kept in crashes/TARGET, where every later test replays it. Exit 1 if there was one. Crashes
inside libhdf5, which the programs tell with exit 2 (core/crash.hpp), are counted apart and not kept.
"""
import argparse
import concurrent.futures
import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
import threading

HERE = os.path.dirname(os.path.realpath(__file__))
LONGEST = {"augmented": 16384, "pictures": 16384, "hdf5_stack": 8192}  # bytes; else 4096
# libhdf5 asks for as much memory as a damaged file says, and takes it well when it is refused.
THROUGH_HDF5 = {"hdf5_stack", "augmented", "pictures"}
RUNS = re.compile(r"^stat::number_of_executed_units: *(\d+)", re.M)
LAST = re.compile(r"^#(\d+)\t.*cov: (\d+)", re.M)
FRAME = re.compile(r"^ *#\d+ 0x[0-9a-f]+ (.*)$", re.M)
MOST_CRASHES = 10  # of one target in one run


def inside_libhdf5(log):
    """Whether a crash's stack has libhdf5 above all sources of ours."""
    for frame in FRAME.findall(log):
        if "libhdf5" in frame:
            return True
        if ".cpp:" in frame or ".hpp:" in frame:
            return False
    return False


def fuzz(programs, target, seconds, seed, scratch):
    corpus = os.path.join(programs, "..", "corpus", target)
    crashes = os.path.join(HERE, "crashes", target)
    for folder in (corpus, crashes):
        os.makedirs(folder, exist_ok=True)
    before = set(os.listdir(crashes))
    seeds = [folder for folder in (os.path.join(scratch, "seeds", target), os.path.join(HERE, "seeds", target))
             if os.path.isdir(folder)]
    through_hdf5 = target in THROUGH_HDF5
    command = [os.path.join(programs, "fuzz_" + target), corpus, *seeds, crashes, "-timeout=60", "-rss_limit_mb=4096",
               f"-malloc_limit_mb={100000 if through_hdf5 else 2048}", f"-max_len={LONGEST.get(target, 4096)}",
               f"-artifact_prefix={crashes}/", "-print_final_stats=1", f"-seed={seed}"]
    environment = dict(os.environ, UNETFLOW_FUZZ_FOLDER=scratch, TMPDIR=scratch,
                       ASAN_OPTIONS=f"allocator_may_return_null={int(through_hdf5)}",
                       LSAN_OPTIONS=f"suppressions={HERE}/lsan.supp:print_suppressions=0")
    log = os.path.join(programs, "..", f"fuzz-{target}.log")
    result = {"row": "fuzz", "target": target, "executions": 0, "processor_seconds": 0, "edges": 0, "crashes": 0,
              "inside_libhdf5": 0}
    # On a machine with other work, libFuzzer's limit on wall time leaves processor time over.
    known = set(before)
    while round(left := seconds - result["processor_seconds"]) > 0 and result["crashes"] < MOST_CRASHES:
        with open(log, "w") as file:
            process = subprocess.Popen([*command, f"-max_total_time={round(left)}"], env=environment, stdout=file, stderr=file)
            _, status, usage = os.wait4(process.pid, 0)
            process.returncode = os.waitstatus_to_exitcode(status)
        with open(log, errors="replace") as file:
            text = file.read()
        runs, states = RUNS.search(text), LAST.findall(text)
        # A program that crashed prints no sums; its last state is a little before.
        result["executions"] += int(runs[1]) if runs else int(states[-1][0]) if states else 0
        result["edges"] = max([result["edges"]] + [int(edges) for _, edges in states])
        result["processor_seconds"] += usage.ru_utime + usage.ru_stime
        if process.returncode != 0:
            found = set(os.listdir(crashes)) - known
            if through_hdf5 and inside_libhdf5(text):
                result["inside_libhdf5"] += 1
                for name in found:
                    os.remove(os.path.join(crashes, name))
                continue
            known |= found
            result["crashes"] += 1
            os.replace(log, f"{log}.crash{result['crashes']}")
    result["processor_seconds"] = round(result["processor_seconds"])
    result["new_files"] = sorted(set(os.listdir(crashes)) - before)
    return result


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("bin")
    parser.add_argument("seconds", type=int, nargs="?", default=3600)
    parser.add_argument("--targets", default="")
    parser.add_argument("--jobs", type=int, default=1)
    parser.add_argument("--seed", type=int, default=0, help="repeats a run, as in CI; 0: another one each time")
    parser.add_argument("--results")
    options = parser.parse_args()
    scratch = tempfile.mkdtemp(prefix="unetflow-fuzz-", dir="/dev/shm" if os.path.isdir("/dev/shm") else None)
    lock = threading.Lock()
    failed = []
    try:
        subprocess.run([os.path.join(options.bin, "replay_fuzz"), "--write", os.path.join(scratch, "seeds")], check=True,
                       env=dict(os.environ, ASAN_OPTIONS="detect_leaks=0"))
        targets = options.targets.split(",") if options.targets else sorted(
            name[len("fuzz_"):] for name in os.listdir(options.bin) if name.startswith("fuzz_"))

        def one(target):
            result = fuzz(options.bin, target, options.seconds, options.seed, scratch)
            with lock:
                failed.extend([target] * result["crashes"])
                lines = [f"{target:16} {result['executions']:10} executions in {result['processor_seconds']:6} s, "
                         f"{result['edges']:6} edges, {result['crashes']} crashes"]
                if result["inside_libhdf5"]:
                    lines[0] += f", {result['inside_libhdf5']} inside libhdf5"
                lines += [f"  crashes/{target}/{name}" for name in result["new_files"]]
                print("\n".join(lines), flush=True)
                if options.results:
                    with open(options.results, "a") as file:
                        file.write(json.dumps(result) + "\n")

        with concurrent.futures.ThreadPoolExecutor(options.jobs) as pool:
            list(pool.map(one, targets))
    finally:
        shutil.rmtree(scratch, ignore_errors=True)
    sys.exit(bool(failed))


if __name__ == "__main__":
    main()
