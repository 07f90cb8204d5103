"""How much of each stage's processor time goes into the digests of its inputs: their bytes over the
speed of SHA-256 on this machine. The first form stands before a stage's command, as `run` of a pipeline:

  make -f Makefile.data PIPELINE=em2012-quick work=DIR train_flags='--set /epochs=1' \\
    run='python3 tests/bench/verification.py run /tmp/stages.jsonl'
  python3 tests/bench/verification.py table /tmp/stages.jsonl
"""
import collections
import hashlib
import json
import os
import pathlib
import sys
import time


MANIFESTS_ONLY = {"unetflow-split"}  # reads no shard


def input_bytes(command):
    """Bytes of the manifests that are inputs, and of the files that they name."""
    if pathlib.Path(command[0]).name in MANIFESTS_ONLY:
        return 0
    end = next((i for i, word in enumerate(command) if word == "--output"), len(command))
    total = 0
    for path in map(pathlib.Path, command[command.index("--input") + 1 : end] if "--input" in command else []):
        if path.suffix == ".json" and path.is_file():
            total += path.stat().st_size + sum(file["bytes"] for file in json.loads(path.read_text()).get("files", []))
    return total


def run(log, command):
    size = input_bytes(command)
    pid = os.spawnvp(os.P_NOWAIT, command[0], command)
    _, status, usage = os.wait4(pid, 0)
    row = {"stage": pathlib.Path(command[0]).name, "bytes": size, "seconds": usage.ru_utime + usage.ru_stime}
    with open(log, "a") as file:
        file.write(json.dumps(row) + "\n")
    sys.exit(os.waitstatus_to_exitcode(status))


def seconds_per_byte():
    data = os.urandom(1 << 26)
    times = []
    for _ in range(5):
        start = time.process_time()
        hashlib.sha256(data)
        times.append(time.process_time() - start)
    return sorted(times)[2] / len(data)


def table(log):
    cost = seconds_per_byte()
    totals = collections.defaultdict(lambda: [0, 0, 0.0])
    for line in open(log):
        row = json.loads(line)
        total = totals[row["stage"]]
        for i, value in enumerate((1, row["bytes"], row["seconds"])):
            total[i] += value
    print(f"SHA-256: {1e-9 / cost:.2f} GB/s\n")
    print("| stage | runs | MB of inputs | s | digests of inputs |\n|---|---|---|---|---|")
    for stage, (runs, size, seconds) in totals.items():
        print(f"| {stage} | {runs} | {size / 1e6:.1f} | {seconds:.2f} | {100 * size * cost / seconds:.1f} % |")


if __name__ == "__main__":
    if len(sys.argv) > 3 and sys.argv[1] == "run":
        run(sys.argv[2], sys.argv[3:])
    elif len(sys.argv) == 3 and sys.argv[1] == "table":
        table(sys.argv[2])
    else:
        sys.exit(__doc__)
