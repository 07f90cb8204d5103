#!/usr/bin/env bash
# Cells that touch, through the whole pipeline: rims and cores are learned, cells grow from their cores, and
# are told apart on a picture that was held out, as annotated and on its own pixels, which are smaller than
# those that were learned on; the exported model makes the same cells.
# usage: touching.sh SOURCE_DIR BIN_DIR
set -eu
source_dir=$1
bin=$2/unetflow-
. "$source_dir/tests/scratch.sh"
python=$source_dir/.venv/bin/python
[ -x "$python" ] || { echo "SKIPPED: no .venv/bin/python to make the pictures with"; exit 77; }
"$python" "$source_dir/tests/pipeline/touching/make_pictures.py" source
make --no-print-directory -C "$source_dir" -f Makefile.data PIPELINE=touching config=tests/pipeline/touching \
  work="$work" bin="$bin" flags=--quiet report exported

"${bin}predict" --quiet --resample --pixel-size 0.5 --model exported/touching.safetensors source/image/3.tif -o files
"$python" - <<'END'
import glob, json
import h5py, tifffile
pooled = json.load(open("evaluation/metrics.json"))["pooled"]
print({name: value["value"] for name, value in pooled.items()})
assert pooled["seg"]["value"] > 0.8, "cells that touch were not told apart"
for path in glob.glob("predictions/*.json"):
    contents = json.load(open(path))["contents"]
    assert (contents["classes"], contents["rim"]) == (3, 3), contents
    cells = json.load(open(path.replace("predictions", "segments")))["contents"]
    assert cells["classes"] == 2 and len(cells["chosen_on"]) == 3, cells
    for entry in contents["pictures"]:
        if entry["name"] == "3":
            found = h5py.File(path.replace("predictions", "segments").replace(".json", ".h5"))
            segments = found[f"pictures/{entry['index']:05}/segments"][()]
            assert (segments == tifffile.imread("files/3.cells.tif")).all(), "the exported model makes other cells"
END

"$python" "$source_dir/tests/pipeline/classes/make_pictures.py" classes
"${bin}ingest" --quiet --config "$source_dir/tests/pipeline/classes/ingest.json" --input classes \
  --output kinds/00000-of-00001.json
refused() { # refused MESSAGE OPTIONS...: the tiles of kinds of cells
  local code=0
  "${bin}tile" --quiet --input kinds/00000-of-00001.json --output tiles-of-kinds/00000-of-00001.json \
    "${@:2}" 2>err || code=$?
  [ "$code" = 2 ] || fail "tile ${*:2} gave $code"
  [ "$(wc -l <err)" = 1 ] && grep -q "$1" err || fail "tile ${*:2} did not say: $1"
}
refused "at /rim: is for cells of one class, kinds/00000-of-00001.json has 3 classes: expected 0" --set /rim=4
refused "at /pixel_size: needs that of the images, expected kinds/00000-of-00001.json to say it" \
  --set '/pixel_size=[1, 1]'
exit "$failures"
