#!/usr/bin/env python3
"""Writes the recorded results into docs/reliability.md, so that nobody types figures.

  table.py [--check]     --check only says whether the page has these figures, and the tests that it names are there
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
    head = "| row | promise | cases | " + " | ".join(COLUMNS.values()) + " | tree | again with |"
    lines = [head, "|---" * (head.count("|") - 1) + "|"]
    for name, row in newest.items():
        counts = " | ".join(str(row[key]) if key in row else "" for key in COLUMNS)
        lines.append(f"| {name} | {row['promise']} | {row['cases']} | {counts} | {row['tree']} | `make faults ROWS={name}` |")
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


def missing_tests(page):
    """The tests that the page names and that are not there."""
    root = os.path.join(HERE, "..")
    sources = ""
    for parent, _, names in os.walk(root):
        for name in names:
            if name.endswith("_test.cpp"):
                with open(os.path.join(parent, name)) as file:
                    sources += file.read()
    missing = []
    for suite, test in re.findall(r"`(\w+)\.(\w+)`", page):
        is_program = any(os.path.exists(os.path.join(root, suite, test + end)) for end in (".sh", ".py"))
        if not is_program and not re.search(rf"TEST(_F|_P)?\({suite}, {test}\)", sources) and test not in ("cpp", "py", "replay"):
            missing.append(f"{suite}.{test}")
    return missing


def main():
    with open(PAGE) as file:
        page = file.read()
    made = page
    for name, text in (("promises", promises(results("results.jsonl"))), ("fuzzing", fuzzing(results("../fuzz/results.jsonl")))):
        made = re.sub(rf"(<!-- {name}[^>]*-->\n).*?(<!-- end -->)", lambda m: m[1] + text + "\n" + m[2], made, flags=re.S)
    if "--check" in sys.argv:
        for name in missing_tests(page):
            print(f"{os.path.normpath(PAGE)} names the test {name}, which is not there")
        sys.exit(made != page or bool(missing_tests(page)))
    with open(PAGE, "w") as file:
        file.write(made)


if __name__ == "__main__":
    main()
