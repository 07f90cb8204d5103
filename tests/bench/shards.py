#!/usr/bin/env python3
"""How much faster shards go side by side: make with one and two jobs, over 1 to 64 shards, and with srun over one and two nodes
of a Slurm on this machine (as root, with slurm-wlm and munge).

usage: shards.py SOURCE_DIR BIN_DIR [IMAGES]. 64 images of the phantom, each stage with one thread. Timed are the stages up to the
loss weights (ingest, tile, augment, weightmap), and predict with segment; the split, training and choice of a threshold
between them, each of one job, are not. Efficiency is against as many jobs as there are, or shards where these are fewer. Every
row ends in the same bytes of the shards that it shares with the row before it, or the program fails."""
import argparse
import hashlib
import os
import pathlib
import subprocess
import sys
import tempfile
import time

PIPELINE = {
    "pipeline.mk": "",
    "ingest.json": '{"sources": [{"pictures": "image/*.png", "labels": "label/*.png"}]}',
    "split.json": '{"holdout": ["0"]}',
    "tile.json": '{"input_size": 220, "output_size": 132, "stride": 124, "depth": 3}',
    "augment.json": '{"elastic": {"probability": 1, "alpha": 20}, "rigid": {"probability": 1}}',
    "train.json": '{"epochs": 1, "batch": 4, "network": {"width": 12}, "optimiser": {"kind": "adamw", "learning_rate": 0.001}}',
}


class Bench:
    def __init__(self, source, programs, folder):
        self.source, self.programs, self.folder = source, programs, folder
        (folder / "pipeline").mkdir()
        for name, text in PIPELINE.items():
            (folder / "pipeline" / name).write_text(text)

    def make(self, name, shards, *arguments):
        """Seconds that make takes."""
        start = time.monotonic()
        done = subprocess.run(["make", "--no-print-directory", "-C", self.source, "-f", "Makefile.data", "PIPELINE=shards",
                               f"config={self.folder}/pipeline", f"work={self.folder}/{name}", f"bin={self.programs}/unetflow-",
                               f"source={self.folder}/source/phantom.json", f"shards={shards}", "flags=--quiet --threads 1", *arguments],
                              stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True)
        if done.returncode != 0:
            sys.exit(f"make {' '.join(arguments)}: {done.stderr}")
        return time.monotonic() - start

    def run(self, name, shards, *arguments):
        """Seconds of both parts, and the digest of what was made."""
        before = self.make(name, shards, "weights", *arguments)
        self.make(name, shards, "model", "calibration")
        after = self.make(name, shards, "segments", *arguments)
        made = hashlib.sha256()
        for path in sorted((self.folder / name).rglob("*.h5")):
            made.update(hashlib.sha256(path.read_bytes()).digest())
        return before, after, made.hexdigest()


def table(title, rows):
    print(f"\n| {title} | up to weights, s | speedup | efficiency | predict and segment, s | speedup | efficiency |\n|---|---|---|---|---|---|---|")
    for label, times, first, jobs in rows:
        cells = [f"{seconds:.1f} | {one / seconds:.2f} | {one / seconds / jobs:.0%}" for seconds, one in zip(times, first)]
        print(f"| {label} | {' | '.join(cells)} |", flush=True)


def by_make(bench):
    for shards in (1, 4, 16, 64):
        found = {jobs: bench.run(f"make-{shards}-{jobs}", shards, f"-j{jobs}") for jobs in (1, 2)}
        if found[1][2] != found[2][2]:
            sys.exit(f"{shards} shards: two jobs make other bytes than one")
        yield from ((f"{shards} shards, {jobs} jobs", found[jobs][:2], found[1][:2], min(jobs, shards)) for jobs in (1, 2))


def by_slurm(bench, shards):
    found = {}
    for nodes, where in ((1, "--nodelist=n1"), (2, "")):
        # A job takes a node's two processors, so that a node has one at a time.
        found[nodes] = bench.run(f"slurm-{nodes}", shards, f"-j{2 * nodes}", f"run=srun {where} -N1 -n1 -c2 -Q")
    if found[1][2] != found[2][2]:
        sys.exit("two nodes make other bytes than one")
    return [(f"{shards} shards, {nodes} nodes", found[nodes][:2], found[1][:2], nodes) for nodes in found]


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("source", type=pathlib.Path)
    parser.add_argument("bin", type=pathlib.Path)
    parser.add_argument("images", type=int, nargs="?", default=64)
    parser.add_argument("--slurm", action="store_true", help="within the cluster that SLURM_CONF names")
    arguments = parser.parse_args()
    source, programs = arguments.source.resolve(), arguments.bin.resolve()
    with tempfile.TemporaryDirectory(prefix="unetflow-shards-") as name:
        folder = pathlib.Path(name)
        bench = Bench(source, programs, folder)
        subprocess.run([programs / "unetflow-phantom", "--set", f"/pictures={arguments.images}", "--set", "/size=256", "--quiet",
                        "--output", folder / "source/phantom.json"], check=True)
        if arguments.slurm:
            table("slurm", by_slurm(bench, 16))
            return
        table("make", by_make(bench))
        if os.geteuid() != 0 or subprocess.run(["which", "slurmctld", "munged"], stdout=subprocess.DEVNULL).returncode != 0:
            print("skipped: Slurm's rows, which only root can measure, with slurm-wlm and munge")
            return
        again = " ".join(map(str, (sys.executable, __file__, source, programs, arguments.images, "--slurm")))
        subprocess.run(["bash", "-euc", f". {source}/tests/slurm/cluster.sh; trap cluster_stop EXIT; "
                        f"cluster_start {folder}/cluster; {again}"], check=True)


if __name__ == "__main__":
    main()
