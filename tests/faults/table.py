#!/usr/bin/env python3
"""Writes the recorded results into docs/reliability.md, so that nobody types figures.

  table.py [--check]     --check only says whether the page has the figures of the results
"""
import json
import os
import re
import sys

HERE = os.path.dirname(os.path.realpath(__file__))
PAGE = os.path.join(HERE, "../../docs/reliability.md")
FAULTS = ["kill", "fail", "gnuplot", "full", "pairs", "makes", "streams"]
COLUMNS = {"silent": "silent", "signals": "signals", "hangs": "hangs", "wrong_exits": "exit codes",
           "wrong_lines": "lines", "left_behind": "left behind"}


def results(path):
    with open(os.path.join(HERE, path)) as file:
        return [json.loads(line) for line in file]


def promises(rows):
    """The newest result of each row."""
    newest = {row["row"]: row for row in rows}
    head = "| row | promise | cases | " + " | ".join(COLUMNS.values()) + " | again with |"
    lines = [head, "|---" * (head.count("|") - 1) + "|"]
    for name, row in newest.items():
        counts = " | ".join(str(row[key]) if key in row else "" for key in COLUMNS)
        lines.append(f"| {name} | {row['promise']} | {row['cases']} | {counts} | `make faults ROWS={name}` |")
    faults = sum(row["cases"] for name, row in newest.items() if name in FAULTS)
    damaged = sum(row["cases"] for name, row in newest.items() if name not in FAULTS)
    minutes = sum(row["seconds"] for row in newest.values()) / 60
    lines.append(f"\n{faults} injected faults and {damaged} damaged inputs, in {minutes:.0f} minutes.")
    return "\n".join(lines)


def fuzzing(rows):
    """Sums over all runs of a target."""
    lines = ["| target | executions | processor time, min | edges | crashes | again with |",
             "|---|---|---|---|---|---|"]
    for target in sorted({row["target"] for row in rows}):
        own = [row for row in rows if row["target"] == target]
        crashes = sum(row["crashes"] for row in own)
        lines.append(f"| {target} | {sum(row['executions'] for row in own)} | "
                     f"{sum(row['processor_seconds'] for row in own) / 60:.0f} | {max(row['edges'] for row in own)} | "
                     f"{crashes} | `make fuzz TARGETS={target}` |")
    return "\n".join(lines)


def main():
    with open(PAGE) as file:
        page = file.read()
    made = page
    for name, text in (("promises", promises(results("results.jsonl"))), ("fuzzing", fuzzing(results("../fuzz/results.jsonl")))):
        made = re.sub(rf"(<!-- {name}[^>]*-->\n).*?(<!-- end -->)", lambda m: m[1] + text + "\n" + m[2], made, flags=re.S)
    if "--check" in sys.argv:
        sys.exit(made != page)
    with open(PAGE, "w") as file:
        file.write(made)


if __name__ == "__main__":
    main()
