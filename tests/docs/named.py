#!/usr/bin/env python3
"""What docs name is still there: each function of docs/paper.md in its file, each message of docs/troubleshooting.md in the sources.
usage: named.py SOURCE_DIR"""
import pathlib
import re
import sys

ROOT = pathlib.Path(sys.argv[1])


def rows(page):
    """Cells of each row, without heads and lines."""
    for line in (ROOT / "docs" / page).read_text().splitlines():
        if line.startswith("| ") and not line.startswith(("| it says", "| in the paper")):
            yield [part.strip() for part in line.strip("|").split(" | ")]


def quoted(text):
    return re.findall(r"`([^`]+)`", text)


missing, count = [], 0
for *_, functions, files in rows("paper.md"):
    for function in quoted(functions):
        count += 1
        texts = [(ROOT / file).read_text() for file in quoted(files)]
        if not any(re.search(rf"\b{function}\b", text) for text in texts):
            missing.append(f"paper.md: {function} in {files}")
sources = " ".join(path.read_text() for folder in ("lib", "stages") for path in sorted((ROOT / folder).rglob("*.cpp")))
sources = re.sub(r'"\s*"', "", sources).replace('\\"', '"')  # literals in several pieces
sources = re.sub(r"\{[^{}\s]*\}", "…", sources)
for message, *_ in rows("troubleshooting.md"):
    count += 1
    for part in quoted(message)[0].split("…"):
        if part.strip() not in sources:
            missing.append(f"troubleshooting.md: {part.strip()}")
if missing or count < 40:
    sys.exit("FAILED: not there:\n" + "\n".join(missing))
