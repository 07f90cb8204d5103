"""Prints how long lib/sample takes for one training sample beside what a user would pick instead, on one
thread, in one run: our benchmark before and after the others, so that a machine whose speed drifts is
seen to. Medians over repetitions, in milliseconds of CPU time; a ratio above 1 is how many times as
long the other takes.

usage: ratios.py BENCH_SAMPLE PYTHON PEERS_PY LABEL_PNG [DOCUMENT_LOADER DOCUMENT EM_2012_DIR]
"""
import json
import subprocess
import sys

OURS = {"deformation": "deformation", "weight map": "weight_map_of_tile"}


def ours(program):
    names = "|".join(OURS.values())
    output = subprocess.run(
        [program, f"--benchmark_filter=^({names})$", "--benchmark_format=json",
         "--benchmark_repetitions=9", "--benchmark_report_aggregates_only=true"],
        check=True, capture_output=True, text=True,
    ).stdout
    return {
        run["run_name"]: run["cpu_time"]
        for run in json.loads(output)["benchmarks"]
        if run["aggregate_name"] == "median"
    }


def main():
    program, python, peers, *rest = sys.argv[1:]
    before = ours(program)
    others = json.loads(
        subprocess.run([python, peers, *rest], check=True, stdout=subprocess.PIPE, text=True).stdout
    )
    after = ours(program)
    print(f"{'':42}{'ms':>10}{'ratio':>10}")
    for kind, name in OURS.items():
        own = (before[name] + after[name]) / 2
        print(f"{kind + ', unetflow':42}{own:10.2f}{1:10.1f}   (before {before[name]:.2f}, after {after[name]:.2f})")
        for other, seconds in others.items():
            if other.startswith(kind + "/"):
                print(f"{kind + ', ' + other.split('/', 1)[1]:42}{1000 * seconds:10.2f}{1000 * seconds / own:10.1f}")


main()
