#!/usr/bin/env bash
# Three classes and two channels through the whole pipeline: both foreground classes are found on a
# picture that was held out, and predicted to the same bytes whatever tile size is asked for;
# with gaps closed, probabilities still add up to 1. What is scored are the cells in the files, which do not
# flood the background.
# usage: classes.sh SOURCE_DIR BIN_DIR
set -eu
source_dir=$1
bin=$2
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
python=$source_dir/.venv/bin/python
[ -x "$python" ] || { echo "SKIPPED: no .venv/bin/python to make the pictures with"; exit 77; }
"$python" "$source_dir/tests/pipeline/classes/make_pictures.py" "$work/source"
make --no-print-directory -C "$source_dir" -f Makefile.data PIPELINE=classes config=tests/pipeline/classes \
  work="$work" bin="$bin/unetflow-" flags=--quiet
"$python" - "$work/evaluation/metrics.json" <<'END'
import json, sys
metrics = json.load(open(sys.argv[1]))
print(json.dumps(metrics["classes"], indent=1))
for found in metrics["classes"]:
    assert found["iou"] > 0.7, f"class {found} was not learned"
assert len(metrics["classes"]) == 2, "expected both foreground classes"
END
"$python" - "$work" <<'END'
import glob, json, sys
import h5py
work, pairs = sys.argv[1], []
for path in glob.glob(f"{work}/segments/*.json"):
    contents = json.load(open(path))["contents"]
    assert contents["rule"]["task"] == "objects" and contents["rule"]["threshold"] > 0, contents["rule"]
    for entry in contents["pictures"]:
        if entry["subset"] != "holdout":
            continue
        group = f"pictures/{entry['index']:05}"
        found = h5py.File(path.replace(".json", ".h5"))[group]
        truth = h5py.File(path.replace("segments", "images").replace(".json", ".h5"))[group]["label"][()]
        assert ((found["segments"][()] > 0) == (found["class"][()] > 0)).all()
        assert (found["class"][()] > 0).mean() < 1.5 * (truth > 0).mean(), "cells flood the background"
        pairs.append((found["class"][()], truth))
assert pairs, "no image that is held out has segments"
for scored in json.load(open(f"{work}/evaluation/metrics.json"))["classes"]:
    masks = [(found == scored["class"], truth == scored["class"]) for found, truth in pairs]
    iou = sum((a & b).sum() for a, b in masks) / sum((a | b).sum() for a, b in masks)
    assert abs(iou - scored["iou"]) < 1e-9, f"class {scored} of the files has the IoU {iou}"
END
mkdir "$work/small"
shard=$(basename "$(grep -l '"subset": "holdout"' "$work"/predictions/*.json | head -1)" .json)
"$bin/unetflow-predict" --quiet --set /tile_size=8 \
  --input "$work/model/model.json" "$work/split/split.json" \
  "$work/images/$shard.json" --output "$work/small/$shard.json"
cmp "$work/predictions/$shard.h5" "$work/small/$shard.h5"
mkdir "$work/closed"
"$bin/unetflow-predict" --quiet --set /close_gaps=1 \
  --input "$work/model/model.json" "$work/split/split.json" \
  "$work/images/$shard.json" --output "$work/closed/$shard.json"
"$python" - "$work/predictions/$shard.h5" "$work/closed/$shard.h5" <<'END'
import sys
import h5py, numpy
before, after = (h5py.File(path)["pictures"] for path in sys.argv[1:])
for name in before:
    old, new = before[name]["probability"][()], after[name]["probability"][()]
    assert (new[0] >= old[0]).all() and (new[0] > old[0]).any(), "close_gaps closes nothing"
    assert numpy.abs(new.sum(0) - 1).max() < 1e-5, "probabilities do not add up to 1"
END
[ -s "$work/report/report.html" ] || { echo "FAILED: no report"; exit 1; }
