#!/usr/bin/env python3
"""Runs clang-tidy's checks (.clang-tidy) on lib and stages: tidy.py BUILD [--jobs N].

Nearly all of clang-tidy's time goes into headers, so the files of a folder are looked at as one file that includes
them. Files that cannot be one, because two give a name to different things, are looked at in halves, down to each
alone; so are kernels, which Highway includes several times. BUILD is one by clang and without LibTorch, whose headers would
take minutes for each file (`cmake --preset asan-ubsan`).
Exit 1 and the findings, if there are any.
"""
import argparse
import json
import os
import re
import shlex
import shutil
import subprocess
import sys
import tempfile
from collections import defaultdict
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
# Of a compiler's command: how it is launched, where the result goes, and the precompiled header, which has to come first.
NOT_NEEDED = r"^.*?ccache |-Winvalid-pch|(-Xclang )+-include(-pch)? -Xclang \S+|-Xclang -fno-pch-timestamp| -o .*$"
# Names that hide others do so in one file only.
TOGETHER = " -Wno-shadow -Wno-unused -Wno-unneeded-internal-declaration"


def groups(build):
    """Files of one folder with one command, kernels each alone: [(command, folder of the command, files)]."""
    together = defaultdict(list)
    for entry in json.loads((build / "compile_commands.json").read_text()):
        file = Path(entry["file"])
        if not file.is_relative_to(ROOT / "lib") and not file.is_relative_to(ROOT / "stages"):
            continue
        command = re.sub(NOT_NEEDED, "", entry["command"])
        alone = file if "foreach_target" in file.read_text() else file.parent
        together[command, entry["directory"], alone].append(file)
    return [(command, folder, files) for (command, folder, _), files in together.items()]


def own_names(file):
    """What every program has is given its own name."""
    return "".join(f"#define {name} {name}_of_{file.stem}\n" for name in ("main", "kRevision"))


def batches(group, scratch):
    """The group's files as few files that compile: (command, folder, file)."""
    command, folder, files = group
    if len(files) == 1:
        return [(command, folder, files[0])]
    place = scratch / files[0].parent.relative_to(ROOT)  # beneath the checks of its folder
    place.mkdir(parents=True, exist_ok=True)
    one = Path(tempfile.mkdtemp(dir=place)) / "batch.cpp"
    one.write_text("".join(own_names(file) + f'#include "{file}"\n#undef main\n#undef kRevision\n' for file in files))
    command_of_all = command + TOGETHER
    if subprocess.run(f"{command_of_all} -fsyntax-only {one}", shell=True, cwd=folder, capture_output=True).returncode == 0:
        return [(command_of_all, folder, one)]
    half = len(files) // 2
    return [batch for part in (files[:half], files[half:]) for batch in batches((command, folder, part), scratch)]


def findings(batch):
    command, folder, file = batch
    run = subprocess.run(
        ["clang-tidy-16", "--quiet", "--header-filter=.*/(lib|stages)/.*", str(file), "--", *shlex.split(command)[1:]],
        cwd=folder, capture_output=True, text=True)
    return run.stdout + run.stderr if run.returncode != 0 else ""


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("build", type=Path)
    parser.add_argument("--jobs", type=int, default=os.cpu_count())
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder, ThreadPoolExecutor(options.jobs) as pool:
        scratch = Path(folder)
        for checks in (ROOT / ".clang-tidy", ROOT / "stages" / ".clang-tidy"):
            place = scratch / checks.parent.relative_to(ROOT)
            place.mkdir(exist_ok=True)
            shutil.copy(checks, place)
        found = groups(options.build.resolve())
        if not found:
            sys.exit(f"{options.build}: no file of lib or stages is built there")
        looked_at = [batch for part in pool.map(lambda group: batches(group, scratch), found) for batch in part]
        texts = [text for text in pool.map(findings, looked_at) if text]
    print("\n".join(texts) or f"clang-tidy: {sum(len(files) for *_, files in found)} files, no finding")
    sys.exit(bool(texts))


if __name__ == "__main__":
    main()
