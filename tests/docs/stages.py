#!/usr/bin/env python3
"""Writes docs/stages.md from what the programs' --help says, which is made from their schemas; with --check, says whether the page is that.
usage: stages.py BIN_DIR docs/stages.md [--check]"""
import pathlib
import re
import subprocess
import sys

BIN, PAGE = pathlib.Path(sys.argv[1]).resolve(), pathlib.Path(sys.argv[2])
STAGES = ["new", "phantom", "ingest", "split", "tile", "augment", "weightmap", "train", "predict", "calibrate", "segment", "evaluate", "compare", "report",
          "export", "inspect"]
HEAD = """# The stages

What each program reads and writes, and the keys of its configuration. This page is made from their `--help`, which is made from `schemas/`:
`python3 tests/docs/stages.py build/bin docs/stages.md`.

All of them take `--config FILE` (JSON with comments; what is not in it keeps its default), `--set POINTER=VALUE` (as in `--set /seed=2`),
`--input`, `--output` (a manifest), `--threads`, `--memory`, `--quiet`, `--why` (says what has changed, and makes nothing), `--version`, `--help`;
`new`, `compare`, `export` and `inspect` refuse those of them that would have no effect.
"""


def unwrapped(lines):
    return " ".join(line.strip() for line in lines)


def cell(text):
    return re.sub(r"([*_<>])", r"\\\1", text).replace("|", "\\|")


def parts(stage):
    """What --help says: summary, options by name, keys by name, example."""
    text = subprocess.run([BIN / f"unetflow-{stage}", "--help"], check=True, capture_output=True, text=True).stdout
    summary, rest = text.split("\nUsage:", 1)
    rest, example = rest.rsplit("\nExample:\n", 1)
    options, _, keys = rest.partition("\nConfiguration:\n")
    found = re.findall(r"^  ((?:-\w,)?--[\w-]+)[^\n]*?(?:\n {20,}|  +)(\S[^\n]*)", options, re.MULTILINE)
    keys = re.findall(r"^  (\S+): ([^\n]*)\n((?:      [^\n]*\n?)*)", keys, re.MULTILINE)
    return summary.strip(), found, [(name, kind, unwrapped(said.splitlines())) for name, kind, said in keys], example.strip()


def page():
    programs = {file.name.removeprefix("unetflow-") for file in BIN.glob("unetflow-*")}
    if programs != set(STAGES):
        sys.exit(f"FAILED: STAGES lacks, or has too many of, {', '.join(sorted(programs ^ set(STAGES)))}")
    text, all_parts = HEAD, {stage: parts(stage) for stage in STAGES}
    shared = {name for name, _ in all_parts["ingest"][1]}
    for stage, (summary, options, keys, example) in all_parts.items():
        text += f"\n## {stage}\n\n{summary}\n\n```\n{example}\n```\n"
        own = [(name, said) for name, said in options if name not in shared]
        if own:
            text += "\n| option | |\n|---|---|\n" + "".join(f"| `{name}` | {cell(said)} |\n" for name, said in own)
        if keys:
            text += "\n| key | value | |\n|---|---|---|\n" + "".join(f"| `{name}` | {cell(kind)} | {cell(said)} |\n" for name, kind, said in keys)
    return text


if "--check" in sys.argv:
    if PAGE.read_text() != page():
        sys.exit(f"FAILED: {PAGE} is not what --help says: run python3 tests/docs/stages.py BIN_DIR docs/stages.md")
else:
    PAGE.write_text(page())
