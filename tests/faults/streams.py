"""Standard streams that are closed, full or gone; and faults in gnuplot, by strace."""
import collections
import os
import re
import shutil
import subprocess

from world import contradictions, differences, run, snapshot

# Shell redirections around a command.
STREAMS = {
    "stdin closed": "<&-",
    "stdout closed": ">&-",
    "stderr closed": "2>&-",
    "all closed": "<&- >&- 2>&-",
    "stderr full": "2>/dev/full",
    "stdout full": ">/dev/full",
    "both full": ">/dev/full 2>/dev/full",
    "stderr a pipe without a reader": "2> >(exec true)",
}


def cases(stages):
    return [f"streams/{stage.name}/{name}" for stage in stages for name in STREAMS]


def case(world, stage, out, name, again, common):
    """With progress, so that there is something to tell."""
    world.prepare(stage, out, "fresh")
    command = [word for word in world.command(stage, out) if word != "--quiet"]
    redirection = STREAMS[name]
    result = run(["bash", "-c", f'"$@" {redirection}', "bash", *command],
                 dict(world.environment))
    if result.code > 128:
        result.code = 128 - result.code
    complaints = [c for c in common(result)]
    # What a program prints on standard output is its work; what it tells on standard error is not.
    loses = stage.name in ("evaluate", "inspect") and ("stdout" in name or "both" in name or "all" in name)
    if result.code != (1 if loses else 0) and result.code >= 0:
        complaints.append(("wrong_exits", f"{name}: exit {result.code}: {result.err.strip()[:200]}"))
    if stage.manifest is None:
        return complaints
    got = snapshot(os.path.join(world.folder, out))
    if got != stage.expected:
        complaints.append(("silent", f"{name}: {differences(got, stage.expected)}"))
    return complaints + again(world, stage, out)


# What gnuplot writes goes through the C library's streams, whose calls the shim does not see. (Of our own programs
# it sees all that write, sync, rename and remove: counts are those of strace.)
ERRORS = ("EIO", "ENOSPC", "EDQUOT", "EINVAL", "kill")
TRACED = re.compile(r"(write|writev|pwrite64)\(\d+<([^>]*)>")


def strace(world, stage, out, inject=()):
    log = os.path.join(world.folder, f"{out}.trace")
    command = ["strace", "-f", "-qq", "-y", "-o", log, "-e", "trace=write,writev", *inject, *world.command(stage, out)]
    environment = dict(world.environment, ASAN_OPTIONS="detect_leaks=0")
    result = run(command, environment)
    with open(log, errors="replace") as file:
        return result, file.read().split("\n")


def gnuplot_cases(world, stages):
    if shutil.which("strace") is None or subprocess.run(["strace", "-o", os.devnull, "true"],
                                                        capture_output=True).returncode != 0:
        print("SKIPPED: gnuplot: strace is missing or may not trace here", flush=True)
        return []
    found = []
    for stage in stages:
        if stage.name != "report":
            continue
        world.prepare(stage, "traced", "fresh")
        _, lines = strace(world, stage, "traced")
        # strace counts the calls of each thread by itself.
        calls = max(collections.Counter(line.split()[0] for line in lines if TRACED.search(line)).values())
        found += [f"gnuplot/{stage.name}/{number}/{error}" for number in range(1, calls + 1) for error in ERRORS]
    return found


def gnuplot_case(world, stage, out, number, error, again, common):
    world.prepare(stage, out, "fresh")
    act = "signal=SIGKILL" if error == "kill" else f"error={error}"
    result, lines = strace(world, stage, out, ["-e", f"inject=write,writev:{act}:when={number}"])
    hit = next((line for line in lines if "INJECTED" in line or "SIGKILL" in line), None)
    if hit is None:
        return None
    path = next(iter(TRACED.findall(hit)), ("", ""))[1]
    complaints = common(result, killed=error == "kill")
    folder = os.path.join(world.folder, out)
    complaints += [("silent", text) for text in contradictions(folder)]
    inside = path.startswith(folder + "/") and ".digests" not in path and ".log" not in path
    if error != "kill" and inside:
        if result.code == 0:
            complaints.append(("silent", f"exit 0 though writing {path} failed"))
        elif result.code != 1:
            complaints.append(("wrong_exits", f"exit {result.code}: {result.err[:200]}"))
        if len(result.lines) != 1:
            complaints.append(("wrong_lines", f"{len(result.lines)} lines: {result.err[:300]!r}"))
    return complaints + again(world, stage, out)
