#!/usr/bin/env python3
"""A plan on paper: what a pipeline of any size takes, which limit it reaches first, and how long a trainer waits.

usage: scale.py. The constants were measured on one machine of two cores (docs/scale.md); prices are assumptions, as are file systems."""
import heapq
import math

# ---- measured here: seconds of one core, bytes
START = 0.012  # a stage: loading it and asking whether its artifact is up to date
MAKE = 60e-6  # make itself, per target
LIST = 21e-6  # naming a source file, by each shard's ingest
IMAGE = 0.5e-3  # an image in a shard, besides its pixels
INGEST, TILE, SEGMENT, EVALUATE = 250e-9, 60e-9, 250e-9, 1060e-9  # per pixel of 4,000 x 4,000
DIGEST = 1 / 1.8e9  # SHA-256, per byte
DECODE, MAKE_SAMPLE = 2.9e-3, 4.1e-3  # a stored tile of 572 x 572; its augmentation and loss weight map
TILE_BYTES, MANIFEST_BYTES, ROW_BYTES = 0.91e6, 1130, 100  # a stored tile; an image in a manifest; a tile in a trainer
# ---- assumed
STRIDE, STEP = 388, 4e-3  # px; seconds of a GPU per sample
SHARD = 8e9  # bytes of tiles in a shard
CORE_HOUR, GPU_HOUR, GB_MONTH = 0.04, 2.5, 0.02  # US dollars
FILE_SYSTEM = 1e9  # bytes per second

CASES = {"30 images of 512²": (30, 512), "100,000 of 32²": (100_000, 32), "1,000 of 4,000²": (1_000, 4_000),
         "100,000 of 4,000²": (100_000, 4_000), "94,000 of 40,000²": (94_000, 40_000)}


def plan(images, side):
    pixels = images * side**2
    tiles = images * max(1, round(side / STRIDE))**2
    tile = TILE_BYTES * min(1, side / STRIDE)**2
    shards = max(1, math.ceil(tiles * tile / SHARD), math.ceil(images / 100_000))
    hours = {"list": shards * images * LIST, "ingest": images * IMAGE + pixels * INGEST, "tile": pixels * TILE,
             "segment": pixels * SEGMENT, "evaluate": pixels * EVALUATE, "an epoch's samples": tiles * tile / TILE_BYTES * (DECODE + MAKE_SAMPLE)}
    hours = {stage: seconds / 3600 for stage, seconds in hours.items()}
    stored = tiles * tile + pixels * (2.7 + 2 + 0.2)  # tiles; images, probabilities and segments, deflated
    limits = {  # what it is, and what may be
        "shards that a trainer holds open (ulimit -n)": (shards, 1024),
        "hours of digests before a training begins": (tiles * tile * DIGEST / 3600, 1),
        "listing, of all ingest's time": (hours["list"] / (hours["list"] + hours["ingest"]), 0.5),
        "GB of a trainer's list of tiles": (tiles * ROW_BYTES / 1e9, 64),
        "shards, by the five digits of their names": (shards, 99_999),
        "MiB of a manifest": (images / shards * MANIFEST_BYTES / 2**20, 256),
    }
    return {"pixels": pixels, "tiles": tiles, "shards": shards, "manifests": 6 * shards + 6, "stored": stored,
            "asking": (6 * shards + 6) * (START + MAKE), "hours": hours, "limits": limits,
            "cores": sum(hours.values()), "gpu": tiles * tile / TILE_BYTES * STEP / 3600}


def waiting(threads, made_in, step, read=0.0, samples=4000, batch=1):
    """The share of a trainer's time that it waits, with so many data threads: the flow graph of lib/flow. A read holds
    a thread, one at a time; so many batches are in flight as the graph has tokens."""
    tokens = (3 + math.ceil(threads / batch)) * batch
    free = [0.0] * threads
    given_back = [0.0] * tokens
    reader = trainer = waited = 0.0
    for i in range(samples):
        begin = max(given_back[i % tokens], reader, heapq.heappop(free))
        reader = begin + read
        made = reader + made_in
        heapq.heappush(free, made)
        if i >= tokens:
            waited += max(0.0, made - trainer)
        trainer = max(trainer, made) + step
        given_back[i % tokens] = trainer
    return waited / trainer


def table(rows):
    widths = [max(len(str(row[i])) for row in rows) for i in range(len(rows[0]))]
    for i, row in enumerate(rows):
        print("| " + " | ".join(str(cell).ljust(width) for cell, width in zip(row, widths)) + " |")
        if i == 0:
            print("|" + "|".join("-" * (width + 2) for width in widths) + "|")
    print()


def main():
    plans = {name: plan(*case) for name, case in CASES.items()}
    table([["", "tiles", "shards", "manifests", "asked in", "stored", "core hours", "GPU hours per epoch", "US dollars", "kept a month"]]
          + [[name, f"{p['tiles']:,}", f"{p['shards']:,}", f"{p['manifests']:,}", f"{p['asking']:,.1f} s", f"{p['stored'] / 1e9:,.3g} GB",
              f"{p['cores']:,.3g}", f"{p['gpu']:,.3g}", f"{p['cores'] * CORE_HOUR + p['gpu'] * GPU_HOUR:,.2f}",
              f"{p['stored'] / 1e9 * GB_MONTH:,.2f}"] for name, p in plans.items()])
    for name, p in plans.items():
        broken = [f"{what} {value:,.3g} of {most:,}" for what, (value, most) in p["limits"].items() if value > most]
        print(f"{name}: " + ("; ".join(broken) or "within all limits"))
    print()
    table([["data threads", "tiles kept", "stored, in the cache", "stored, read in 2 ms", "in 10 ms"]]
          + [[threads] + [f"{100 * waiting(threads, made, STEP, read):.0f} %" for made, read in (
              (MAKE_SAMPLE, 0), (DECODE + MAKE_SAMPLE, 0), (DECODE + MAKE_SAMPLE, 2e-3), (DECODE + MAKE_SAMPLE, 10e-3))]
             for threads in (1, 2, 3, 4, 8)])
    fed = FILE_SYSTEM / (TILE_BYTES / STEP)
    print(f"A file system of {FILE_SYSTEM / 1e9:.0f} GB/s feeds {fed:.1f} trainers of {1000 * STEP:.0f} ms per sample.")


if __name__ == "__main__":
    main()
