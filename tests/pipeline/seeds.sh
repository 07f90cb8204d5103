#!/usr/bin/env bash
# Two seeds train two networks, side by side, on the same images, split and tiles; their figures' mean
# and range are those of the two evaluations.
# usage: seeds.sh SOURCE_DIR BIN_DIR
set -eu
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
make --no-print-directory -j2 -C "$1" -f Makefile.data PIPELINE=tiny config=tests/pipeline/tiny work="$work" \
  bin="$2/unetflow-" flags='--quiet --threads 1' train_flags='--set /epochs=1' seeds=2 seeds
cmp -s "$work"/seeds/[12]/model/model.safetensors && { echo "FAILED: both seeds made one network"; exit 1; }
made=$(cd "$work" && find . -name images -o -name tiles -o -name split | sort | tr '\n' ' ')
[ "$made" = "./images ./split ./tiles " ] || { echo "FAILED: seeds made $made"; exit 1; }
python3 - "$work/seeds" <<'END'
import json, sys

def metrics(name):
    return json.load(open(f"{sys.argv[1]}/{name}/metrics.json"))

first, second = (metrics(f"{seed}/evaluation")["pooled"]["pixel_error"]["value"] for seed in (1, 2))
shown = {row["name"]: row["pixel_error"] for row in metrics("evaluation")["comparison"]}
assert shown["this run"] == first and shown["seed 2"] == second, shown
assert abs(shown["mean"] - (first + second) / 2) < 1e-12, shown
assert (shown["lowest"], shown["highest"]) == (min(first, second), max(first, second)), shown
END
