#!/usr/bin/env python3
"""Several runs with one output: of two at once one wins, and the other says who is writing or finds the artifact up
to date; what a killed run left is taken over; so it is on file systems that cannot lock, and work is kept on those
that cannot sync. usage: pairs.py BIN_DIR"""
import json
import os
import pathlib
import random
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import time

bin_dir = pathlib.Path(sys.argv[1]).resolve()
top = pathlib.Path(tempfile.mkdtemp())
out = top / "out"
NAME = "00000-of-00001"
BUSY = re.compile(r"unetflow-tile: out/00000-of-00001\.json: is being written by process \d+ on \S+ since "
                  r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ")

# A file system without flock, or without fsync, for a program that is started with these in its environment.
SHIM = r"""
#include <errno.h>
#include <stdlib.h>
int flock(int file, int operation) { (void)file; (void)operation; errno = ENOLCK; return -1; }
#ifdef NO_SYNC
int fsync(int file) { (void)file; errno = EINVAL; return -1; }
#endif
"""


def program(stage, *arguments, env=None):
    return subprocess.Popen([bin_dir / f"unetflow-{stage}", *arguments, "--quiet"], cwd=top, env=env, text=True,
                            stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)


def tile(stride=40, env=None):
    return program("tile", "--config", "tile.json", "--set", f"/stride={stride}", "--input", f"images/{NAME}.json",
                   "--output", f"out/{NAME}.json", env=env)


def ended(process):
    error = process.communicate(timeout=60)[1]
    return process.returncode, error


def files():
    """All that is there by name and content, but for timings and what only saves time."""
    return {file.relative_to(out): file.read_bytes() for file in out.rglob("*")
            if file.is_file() and file.suffix not in (".log", ".digests")}


def expect_whole(*expected):
    found = files()
    assert any(found == one for one in expected), f"{sorted(map(str, found))} are not those of one run"


def alone(**how):
    shutil.rmtree(out, ignore_errors=True)
    code, error = ended(tile(**how))
    assert code == 0, error
    return files()


def pairs(count, env=None):
    """Returns how often one said that the other was writing."""
    expected, other = alone(), alone(stride=20)
    busy = 0
    for number in range(count):
        if number % 2:  # else over what the last ones left
            shutil.rmtree(out)
        differ = number % 4 > 1
        processes = [tile(env=env), tile(stride=20 if differ else 40, env=env)]
        codes = []
        for code, error in map(ended, processes):
            assert code == 0 or code == 1 and BUSY.match(error) and error.count("\n") == 1, (number, code, error)
            codes.append(code)
        assert 0 in codes, f"pair {number}: nobody won"
        busy += sum(codes)
        expect_whole(expected, *([other] if differ else []))
    return busy


def two_at_once():
    busy = pairs(200)
    assert busy > 0, "no two ever met"
    print(f"  200 pairs, of which {busy} met")


def two_at_once_without_flock():
    print(f"  40 pairs, of which {pairs(40, shim())} met")


def killed(env=None):
    start = time.monotonic()
    expected = alone()
    seconds = time.monotonic() - start
    chance = random.Random(1)
    left = 0
    for _ in range(40):
        shutil.rmtree(out)
        process = tile(env=env)
        time.sleep(chance.random() * seconds)
        process.send_signal(signal.SIGKILL)
        process.communicate()
        left += out.exists() and any(file.name.startswith(".") for file in out.iterdir())
        code, error = ended(tile(env=env))
        assert code == 0, error
        expect_whole(expected)
        assert not [file for file in out.iterdir() if file.name.startswith(".")], list(out.iterdir())
    assert left > 0, "no killed run left anything"


def killed_runs_are_cleared_away():
    killed()


def killed_runs_are_cleared_away_without_flock():
    killed(shim())


def leftovers_beside_an_artifact_that_is_up_to_date():
    expected = alone()
    (out / f".{NAME}.partial-1-0").mkdir()
    (out / f".{NAME}.partial-1-0" / "x.h5").write_text("x")
    (out / f".{NAME}.lock").write_text("")
    code, error = ended(tile())
    assert code == 0 and error == "", error
    expect_whole(expected)


def a_lock_of_another_host_without_flock():
    shutil.rmtree(out, ignore_errors=True)
    out.mkdir()
    lock = out / f".{NAME}.lock"
    lock.write_text(json.dumps({"host": "elsewhere", "processes": "pid:[1]", "process": 7, "started": 1,
                                "since": "2026-01-02T03:04:05Z"}))
    code, error = ended(tile(env=shim()))
    assert code == 1 and error == (
        f"unetflow-tile: out/{NAME}.json: is being written by process 7 on elsewhere since 2026-01-02T03:04:05Z; if "
        f"that process is gone, remove out/.{NAME}.lock\n"), error
    assert list(out.iterdir()) == [lock]
    lock.unlink()
    code, error = ended(tile(env=shim()))
    assert code == 0, error


def a_file_system_that_cannot_sync():
    expected = alone()
    shutil.rmtree(out)
    code, error = ended(tile(env=shim("-DNO_SYNC")))
    assert code == 0, error
    assert error.count("\n") == 1 and "cannot sync it (Invalid argument); the work is kept" in error, error
    expect_whole(expected)


def shim(*flags):
    library = top / f"shim{len(flags)}.so"
    if not library.exists():
        subprocess.run([os.environ.get("CC", "cc"), *flags, "-shared", "-fPIC", "-xc", "-", "-o", library], input=SHIM,
                       text=True, check=True)
    options = os.environ.get("ASAN_OPTIONS", "") + ":verify_asan_link_order=0"
    return {**os.environ, "LD_PRELOAD": str(library), "ASAN_OPTIONS": options}


CASES = [two_at_once, two_at_once_without_flock, killed_runs_are_cleared_away,
         killed_runs_are_cleared_away_without_flock, leftovers_beside_an_artifact_that_is_up_to_date,
         a_lock_of_another_host_without_flock, a_file_system_that_cannot_sync]


def main():
    (top / "phantom.json").write_text('{"pictures": 1, "size": 64}')
    (top / "ingest.json").write_text('{"sources": [{"pictures": "image/*.png", "labels": "label/*.png"}]}')
    (top / "tile.json").write_text('{"depth": 2, "input_size": 60, "output_size": 20}')
    for process in (lambda: program("phantom", "--config", "phantom.json", "--output", "source/phantom.json"),
                    lambda: program("ingest", "--config", "ingest.json", "--input", "source/phantom.json", "--output",
                                    f"images/{NAME}.json")):
        code, error = ended(process())
        assert code == 0, error
    failures = 0
    for case in CASES:
        print(case.__name__.replace("_", " "), flush=True)
        try:
            case()
        except AssertionError as error:
            print(f"  FAILED: {error}", flush=True)
            failures += 1
    return failures > 0


try:
    status = main()
finally:
    shutil.rmtree(top)
sys.exit(status)
