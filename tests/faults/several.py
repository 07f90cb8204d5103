"""Several processes at once: on a full disk, on one output, and two `make pipeline` in one tree."""
import os
import random
import re
import shutil
import subprocess
import time

from world import HANGS, Result, contradictions, differences, run, snapshot

# What a process says that finds another at work.
WAITS = re.compile(r"is being written by process \d+ on \S+ since ")


def whole_size(folder):
    return sum(os.path.getsize(os.path.join(parent, name)) for parent, _, names in os.walk(folder) for name in names)


def start(world, stage, out, change=()):
    return subprocess.Popen(world.command(stage, out, change), env=world.environment, stdin=subprocess.DEVNULL,
                            stdout=subprocess.PIPE, stderr=subprocess.PIPE, start_new_session=True)


def finish(process, timeout=HANGS):
    try:
        out, err = process.communicate(timeout=timeout)
        return Result(process.returncode, out.decode(errors="replace"), err.decode(errors="replace"), False)
    except subprocess.TimeoutExpired:
        process.kill()
        process.communicate()
        return Result(process.returncode, "", "", True)


def can_mount(folder):
    probe = os.path.join(folder, "probe")
    os.makedirs(probe, exist_ok=True)
    if subprocess.run(["mount", "-t", "tmpfs", "none", probe], capture_output=True).returncode != 0:
        return False
    subprocess.run(["umount", probe], check=True)
    return True


def full_cases(world, stages, options):
    if not can_mount(world.folder):
        print("SKIPPED: full: mounting a tmpfs needs root", flush=True)
        return []
    cases = []
    for stage in stages:
        if stage.manifest is None or stage.needs_libtorch:
            continue
        sizes = 6 if stage.is_slow else 60
        # From less than one artifact to more than three, with their temporary files.
        most = 8 * (whole_size(os.path.join(world.folder, "old", stage.name)) // 4096 + 8)
        step = max(1, most // sizes)
        cases += [f"full/{stage.name}/{pages * 4096}" for pages in range(2, most, step)]
    return cases


def full_case(world, stage, size, again, common):
    """Three processes write the same artifact to three folders of a file system of `size` bytes."""
    disk = os.path.join(world.folder, "disk")
    os.makedirs(disk, exist_ok=True)
    expected = expected_below(world, stage)
    subprocess.run(["mount", "-t", "tmpfs", "-o", f"size={size}", "none", disk], check=True)
    complaints = []
    try:
        processes = [start(world, stage, f"disk/{name}") for name in "abc"]
        for name, process in zip("abc", processes):
            result = finish(process)
            complaints += common(result)
            folder = os.path.join(disk, name)
            complaints += [("silent", text) for text in contradictions(folder)]
            if result.code == 0 and not result.hang:
                if differences(snapshot(folder), expected):
                    complaints.append(("silent", f"exit 0: {differences(snapshot(folder), expected)}"))
            elif result.code == 1:
                # A cache that cannot be written is told of too, and fails nothing.
                lines = [line for line in result.lines if not line.endswith("files will be read again")]
                if len(lines) != 1:
                    complaints.append(("wrong_lines", f"{len(lines)} lines: {result.err[:300]!r}"))
                if os.path.exists(os.path.join(folder, stage.manifest)):
                    complaints.append(("left_behind", "exit 1 with a manifest"))
            elif result.code > 0:
                complaints.append(("wrong_exits", f"exit {result.code}: {result.err[:300]}"))
        subprocess.run(["mount", "-o", "remount,size=64m", disk], check=True)
        for name in "abc":
            result = world.run(stage, f"disk/{name}")
            difference = differences(snapshot(os.path.join(disk, name)), expected)
            if result.code != 0 or difference:
                complaints.append(("left_behind", f"run again with room: exit {result.code}: {difference}"))
    finally:
        subprocess.run(["umount", "-l", disk], check=True)
    return complaints


def expected_below(world, stage):
    """What an undisturbed run gives in a folder one deeper: manifests name inputs relative to themselves."""
    if not hasattr(stage, "deeper"):
        result = world.run(stage, "deeper/" + stage.name)
        if result.code != 0:
            raise SystemExit(f"{stage.name} gave {result.code}: {result.err}")
        stage.deeper = snapshot(os.path.join(world.folder, "deeper", stage.name))
    return stage.deeper


def pair_cases(stages, options):
    stages = [stage for stage in stages if stage.manifest is not None]
    cases = []
    for stage in stages:
        for number in range(max(2, options.pairs // 10) if stage.is_slow else options.pairs):
            cases.append(f"pairs/{stage.name}/{'same' if number % 2 else 'other'}/{number}")
    return cases


def pair_case(world, stage, out, kind, number, again, common):
    """Two at once with one output: the same twice, or two that would make different artifacts."""
    chance = random.Random(number)
    world.prepare(stage, out, "over" if number % 4 < 2 else "fresh")
    change = stage.change if kind == "other" else ()
    first = start(world, stage, out)
    time.sleep(chance.random() * min(stage.seconds, 1))
    second = start(world, stage, out, change)
    results = [finish(first), finish(second)]
    complaints = []
    for result in results:
        complaints += common(result)
        if result.code in (1, 2) and (len(result.lines) != 1 or not WAITS.search(result.err)):
            complaints.append(("wrong_exits", f"exit {result.code}: {result.err.strip()[:300]}"))
        if result.code == 0 and len(result.lines) > 1:
            complaints.append(("wrong_lines", f"{len(result.lines)} lines: {result.err[:300]!r}"))
    folder = os.path.join(world.folder, out)
    complaints += [("silent", text) for text in contradictions(folder)]
    codes = [result.code for result in results]
    got = snapshot(folder)
    if 0 not in codes:
        complaints.append(("wrong_exits", f"neither came through: {codes}"))
    elif kind == "same" or codes[1] != 0:
        if got != stage.expected:
            complaints.append(("silent", f"exits {codes}: {differences(got, stage.expected)}"))
    return complaints + again(world, stage, out)


def makes(programs, scratch, add, pairs=6):
    """Pairs of `make -f Makefile.data` in one tree."""
    root = os.path.dirname(os.path.dirname(os.path.dirname(os.path.realpath(__file__))))
    config = os.path.join(root, "tests/pipeline/tiny")

    def command(work):
        return ["make", "--no-print-directory", "-f", "Makefile.data", "PIPELINE=tiny", f"config={config}",
                f"work={work}", f"bin={os.path.realpath(programs)}/unetflow-", "flags=--quiet --threads 1"]

    alone = os.path.join(scratch, "alone")
    result = run(command(alone), timeout=1800, folder=root)
    if result.code != 0:
        raise SystemExit(f"make gave {result.code}: {result.err}")
    expected = snapshot(alone)
    for pair in range(pairs):
        work = os.path.join(scratch, "both")
        shutil.rmtree(work, ignore_errors=True)
        processes = []
        for _ in range(2):
            processes.append(subprocess.Popen(command(work), cwd=root, stdin=subprocess.DEVNULL,
                                              stdout=subprocess.PIPE, stderr=subprocess.PIPE))
            time.sleep(random.Random(pair).random() * 4)
        results = [finish(process, 1800) for process in processes]
        complaints = []
        for result in results:
            if result.hang:
                complaints.append(("hangs", "make hangs"))
            elif result.code != 0 and not WAITS.search(result.err):
                complaints.append(("wrong_exits", f"make gave {result.code}: {result.err.strip()[:400]}"))
        if all(result.code != 0 for result in results):
            complaints.append(("wrong_exits", "neither came through"))
        complaints += [("silent", text) for text in contradictions(work)]
        again = run(command(work), timeout=1800, folder=root)
        if again.code != 0:
            complaints.append(("wrong_exits", f"make, once more, gave {again.code}: {again.err.strip()[:400]}"))
        got = snapshot(work)
        if got != expected:
            names = sorted(n for n in got.keys() | expected.keys() if got.get(n) != expected.get(n))
            other = any(n in expected for n in names)
            complaints.append(("silent" if other else "left_behind", f"another tree: {differences(got, expected)}"))
        add(f"makes/{pair}", complaints)
