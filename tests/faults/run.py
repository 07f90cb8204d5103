#!/usr/bin/env python3
"""Runs every stage under faults and compares all bytes: what is written is whole, or it is not there.

  run.py BIN SHIM [--rows kill,fail,...] [--stages tile,...] [--sample N] [--seed S] [--results FILE]

BIN is the folder of the programs, SHIM the library made from shim.cpp. Each row prints one line of JSON;
what went wrong is told on standard error, a line per case with the flag --only that repeats it. Exit 1
if anything went wrong. Standard library only.
"""
import argparse
import concurrent.futures
import errno
import os
import random
import re
import shutil
import signal
import sys
import threading
import time

import several
import streams
from world import (LIBRARY_WORDS, World, contradictions, differences, record, scratch_folder, snapshot,
                   tree)

ERRORS = ["EIO", "ENOSPC", "EDQUOT", "EINVAL", "ENOLCK"]
PROMISES = {
    "kill": "killed at any call that writes, then run again: the bytes of an undisturbed run, no leftovers",
    "fail": "one call on a file fails: exit 1 and one line (2 where reading fails), nothing under a final name",
    "gnuplot": "a write by gnuplot fails, or kills it, while it draws the report: exit 1 and one line, or all bytes",
    "full": "three processes on a full disk: each writes its bytes, or one line and nothing",
    "pairs": "two processes with one output: its bytes, or one line that names the other",
    "makes": "two `make pipeline` in one tree: the bytes of one, or one line that names the other",
    "streams": "standard streams closed, full or gone: the work is done all the same",
}


class Counts:
    """A row of the table."""

    KINDS = ["silent", "signals", "hangs", "wrong_exits", "wrong_lines", "left_behind"]

    def __init__(self, row):
        self.row, self.cases, self.start = row, 0, time.time()
        self.wrong = dict.fromkeys(self.KINDS, 0)
        self.by_call = {}
        self.lock = threading.Lock()

    def add(self, case, complaints):
        with self.lock:
            self.cases += 1
            for kind in {kind for kind, _ in complaints}:
                self.wrong[kind] += 1
            for kind, text in complaints:
                told = text.replace("\n", " | ")
                print(f"FAILED: {kind}: {told}: --only '{case}'", file=sys.stderr, flush=True)

    def json(self):
        return {"row": self.row, "promise": PROMISES[self.row], "tree": tree(), "cases": self.cases, **self.wrong,
                "seconds": round(time.time() - self.start)}


class Call:
    """A line of the shim's list."""

    # Caches, timings and locks, what a cache is called until it is whole, and scratch files.
    BESIDE = re.compile(r"\.(digests|log|lock)|/\.[^/]+\.partial-[^/]+$|^tmp/")

    def __init__(self, line):
        fields = line.rstrip("\n").split("\t")
        self.number, self.name, self.access, self.path = int(fields[0]), *fields[1:4]
        self.done = fields[4] if len(fields) > 4 else None

    @property
    def writes(self):
        return self.access == "w" or self.name in ("fsync", "rename")

    @property
    def is_effort(self):
        """Whether a run may do without it: caches and timings, locks, folders' fsync, cleaning up."""
        return (self.access != "w" and self.name != "fsync" or self.name == "fsync" and self.access == "d"
                or self.name in ("lock", "unlink", "rmdir") or self.BESIDE.search(self.path) is not None)

    def may_pass(self, result):
        """Whether exit 0 with the right bytes is right: one call may be done without, or was tried again; or
        the file system cannot sync, and that is said."""
        cannot_sync = self.name == "fsync" and self.done == str(errno.EINVAL) and len(result.lines) == 1
        return self.is_effort or self.done == "short" or self.name == "open" or cannot_sync

    def __str__(self):
        return f"{self.name} of {self.path}"


class Faults:
    """Runs a stage with the shim in a worker's own folder."""

    def __init__(self, world, shim, scratch):
        self.world, self.shim, self.scratch = world, os.path.realpath(shim), scratch
        self.local = threading.local()
        self.workers = 0
        self.lock = threading.Lock()

    @property
    def out(self):
        if not hasattr(self.local, "out"):
            with self.lock:
                self.workers += 1
                self.local.out = f"out{self.workers}"
        return self.local.out

    def run(self, stage, at=0, act="", on=False):
        """Returns the result and the calls that were counted."""
        count, log = (os.path.join(self.scratch, f"{self.out}.{name}") for name in ("count", "calls"))
        with open(count, "wb") as file:
            file.write(bytes(8))
        open(log, "w").close()
        environment = {"LD_PRELOAD": self.shim, "UNETFLOW_FAULT_BELOW": self.world.folder,
                       "UNETFLOW_FAULT_COUNT": count, "UNETFLOW_FAULT_LOG": log,
                       "UNETFLOW_FAULT_AT": str(at), "UNETFLOW_FAULT_DO": act}
        if on:
            environment["UNETFLOW_FAULT_ON"] = "1"
        result = self.world.run(stage, self.out, environment=environment)
        with open(log) as file:
            return result, [Call(line) for line in file]

    def calls(self, stage, variant):
        self.world.prepare(stage, self.out, variant)
        result, calls = self.run(stage)
        if result.code != 0 or result.err:
            raise SystemExit(f"{stage.name} below the shim gave {result.code}: {result.err}")
        return calls


def common(result, killed=False):
    """What no run may do, whatever happens to it."""
    complaints = []
    if result.hang:
        complaints.append(("hangs", "it hangs"))
    elif result.code < 0 and not (killed and result.code == -signal.SIGKILL):
        complaints.append(("signals", f"signal {-result.code}: {result.err.strip()[-200:]}"))
    if LIBRARY_WORDS.search(result.err):
        complaints.append(("wrong_lines", f"a library's words: {result.err.strip()[:300]}"))
    return complaints


def again(world, stage, out):
    """Runs once more, without a fault."""
    result = world.run(stage, out)
    complaints = common(result)
    if result.code != 0 and not complaints:
        complaints.append(("wrong_exits", f"run again, it gives {result.code}: {result.err.strip()[:300]}"))
    if stage.manifest is None:
        return complaints
    got = snapshot(os.path.join(world.folder, out))
    if result.code == 0 and got != stage.expected:
        other = any(got.get(name) != value for name, value in stage.expected.items())
        complaints.append(("silent" if other else "left_behind", f"run again: {differences(got, stage.expected)}"))
    return complaints


def left_by_failure(world, stage, out, call, variant):
    """What a run that has failed may not leave: final names, except those of a whole artifact."""
    folder = os.path.join(world.folder, out)
    wrong = [("silent", text) for text in contradictions(folder, variant == "over")]
    got = snapshot(folder)
    is_whole = all(got.get(name) == value for name, value in stage.expected.items())
    if is_whole and call.is_effort:  # what came after the manifest's rename failed
        return wrong
    before = stage.old if variant == "over" else {}
    finals = [n for n in got if got[n] == stage.expected.get(n) and got[n] != before.get(n)]
    if finals and stage.name != "train":
        wrong.append(("left_behind", f"failed, and left {', '.join(sorted(finals)[:4])}"))
    return wrong


def judge(world, stage, out, variant, result, call, on):
    """What is wrong with a run in which `call` failed."""
    complaints = common(result)
    if complaints and complaints[0][0] in ("hangs", "signals"):
        return complaints
    if result.code == 0:
        if len(result.lines) > 1:
            complaints.append(("wrong_lines", f"exit 0 with {len(result.lines)} lines: {result.lines[0][:200]}"))
        if not call.may_pass(result):
            complaints.append(("silent", f"exit 0 though {call} failed with {call.done}"))
        if stage.manifest is None:
            if result.out != stage.printed:
                complaints.append(("silent", "printed something else"))
            return complaints
        got = snapshot(os.path.join(world.folder, out))
        if any(got.get(name) != value for name, value in stage.expected.items()):
            complaints.append(("silent", f"exit 0: {differences(got, stage.expected)}"))
        return complaints
    # A folder that cannot be made where --output wants it is bad input, unless the disk is the cause.
    is_name = call.name == "mkdir" and call.done in (str(errno.EINVAL), str(errno.ENOLCK))
    allowed = (1,) if call.writes and not call.is_effort and not is_name else (1, 2)
    if result.code not in allowed:
        complaints.append(("wrong_exits", f"exit {result.code} where {call} failed: {result.err.strip()[:300]}"))
    # A disk that stays full fails the cache of digests first, which says so.
    lines = [line for line in result.lines if not (on and line.endswith("files will be read again"))]
    if len(lines) != 1 or not lines[0].startswith("unetflow-"):
        complaints.append(("wrong_lines", f"{len(result.lines)} lines: {result.err[:300]!r}"))
    if stage.manifest is not None:
        complaints += left_by_failure(world, stage, out, call, variant)
    return complaints


def fail_case(faults, stage, variant, number, act, on):
    world = faults.world
    world.prepare(stage, faults.out, variant)
    code = act if act == "short" else str(getattr(errno, act))
    result, calls = faults.run(stage, number, code, on)
    hit = next((call for call in calls if call.done), None)
    if hit is None:
        return None
    return judge(world, stage, faults.out, variant, result, hit, on) + again(world, stage, faults.out)


def kill_case(faults, stage, variant, number, act):
    world = faults.world
    world.prepare(stage, faults.out, variant)
    result, calls = faults.run(stage, number, act)
    hit = next((call for call in calls if call.done), None)
    if hit is None:
        return None
    complaints = common(result, killed=True)
    folder = os.path.join(world.folder, faults.out)
    complaints += [("silent", text) for text in contradictions(folder, variant == "over")]
    return complaints + again(world, stage, faults.out)


def kill_cases(faults, stages):
    for stage in stages:
        for variant in ("fresh", "over") if stage.manifest else ():
            for call in faults.calls(stage, variant):
                if not call.writes:
                    continue
                for act in ("before", "torn", "after") if call.name == "write" else ("before", "after"):
                    yield f"kill/{stage.name}/{variant}/{call.number}/{act}"


def fail_cases(faults, stages):
    for stage in stages:
        for variant in ("fresh", "over") if stage.manifest else ("fresh",):
            for call in faults.calls(stage, variant):
                for act in ERRORS + ["short"] * (call.name in ("read", "write")):
                    yield f"fail/{stage.name}/{variant}/{call.number}/{act}"
                if call.writes and not call.is_effort:  # as on a disk that stays full
                    yield f"fail/{stage.name}/{variant}/{call.number}/ENOSPC+"


def run_case(faults, case):
    row, name, *rest = case.split("/")
    stage = next(stage for stage in faults.world.stages if stage.name == name)
    if row == "kill":
        return kill_case(faults, stage, rest[0], int(rest[1]), rest[2])
    if row == "fail":
        return fail_case(faults, stage, rest[0], int(rest[1]), rest[2].rstrip("+"), rest[2].endswith("+"))
    if row == "full":
        return several.full_case(faults.world, stage, int(rest[0]), again, common)
    if row == "pairs":
        return several.pair_case(faults.world, stage, faults.out, rest[0], int(rest[1]), again, common)
    if row == "streams":
        return streams.case(faults.world, stage, faults.out, rest[0], again, common)
    return streams.gnuplot_case(faults.world, stage, faults.out, int(rest[0]), rest[1], again, common)


def cases_of(row, faults, stages, options):
    if row in ("kill", "fail"):
        make = kill_cases if row == "kill" else fail_cases
        chance = random.Random(options.seed)
        cases = []
        for stage in stages:
            own = list(make(faults, [stage]))
            cases += chance.sample(own, min(len(own), options.slow)) if stage.is_slow else own
        return cases
    if row == "full":
        return several.full_cases(faults.world, stages, options)
    if row == "pairs":
        return several.pair_cases(stages, options)
    if row == "streams":
        return streams.cases(stages)
    cases = streams.gnuplot_cases(faults.world, stages)  # each takes seconds
    return random.Random(options.seed).sample(cases, min(len(cases), options.slow // 4))


def run_row(row, faults, cases, jobs):
    counts = Counts(row)

    def one(case):
        complaints = run_case(faults, case)
        if complaints is not None:  # None: the call did not come up this time
            counts.add(case, complaints)

    # These put more than one process on the processor, and a file system each.
    with concurrent.futures.ThreadPoolExecutor(1 if row in ("full", "pairs") else jobs) as pool:
        for done in pool.map(one, cases):
            pass
    return counts


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("bin")
    parser.add_argument("shim")
    parser.add_argument("--rows", default=",".join(PROMISES), help="of " + ", ".join(PROMISES))
    parser.add_argument("--stages", default="", help="only these")
    parser.add_argument("--only", help="one case")
    parser.add_argument("--sample", type=int, default=0, help="draw so many cases of each row (0: all)")
    parser.add_argument("--slow", type=int, default=100, help="cases per row of each stage that takes seconds")
    parser.add_argument("--pairs", type=int, default=30, help="of each stage that is fast")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--jobs", type=int, default=os.cpu_count())
    parser.add_argument("--results", help="adds the lines of JSON to this file, too")
    options = parser.parse_args()
    scratch = scratch_folder("faults")
    failed = False
    try:
        world = World(options.bin, os.path.join(scratch, "world")).build()
        faults = Faults(world, options.shim, scratch)
        if options.only:
            print(run_case(faults, options.only))
            return
        names = options.stages.split(",") if options.stages else [stage.name for stage in world.stages]
        stages = [stage for stage in world.stages if stage.name in names]
        for row in filter(PROMISES.get, options.rows.split(",")):  # the others are damaged.py's
            if row == "makes":
                counts = Counts(row)
                several.makes(options.bin, scratch, counts.add)
            else:
                cases = cases_of(row, faults, stages, options)
                if options.sample and options.sample < len(cases):
                    cases = random.Random(options.seed).sample(cases, options.sample)
                counts = run_row(row, faults, cases, options.jobs)
            failed |= any(counts.wrong.values()) or counts.cases == 0
            record(counts.json(), options.results)
    finally:
        shutil.rmtree(scratch, ignore_errors=True)
    sys.exit(failed)


if __name__ == "__main__":
    main()
