#!/usr/bin/env bash
# From a folder of images and labels to a report, by the pipeline that unetflow-new writes: of membranes, and of RGB images
# smaller than a tile with a file per object and a mask; and what it refuses leaves nothing.
# usage: new.sh SOURCE_DIR BIN_DIR
set -eu
source_dir=$(realpath "$1") bin=$(realpath "$2")
python=$source_dir/.venv/bin/python
[ -x "$python" ] || { echo "SKIPPED: no .venv/bin/python to make the pictures with"; exit 77; }
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
failed() { echo "FAILED: $*"; exit 1; }
cd "$work"
"$bin/unetflow-phantom" --quiet --set /pictures=4 --set /size=96 --output my\ cells/phantom.json
"$python" - <<'END'
import pathlib
import numpy as np
from PIL import Image
random = np.random.default_rng(1)
y, x = np.mgrid[:50, :60]
for image in range(5):
    folder = pathlib.Path(f"nuclei/{image}")
    for part in ("images", "masks", "field"):
        (folder / part).mkdir(parents=True)
    picture = random.integers(0, 40, (50, 60, 3), dtype=np.uint8)
    for cell, (v, u) in enumerate([(12, 14), (32, 20), (20, 42)]):
        inside = (y - v - image) ** 2 + (x - u) ** 2 < 36
        picture[inside] += np.uint8(120)
        Image.fromarray(np.uint8(255 * inside)).save(folder / f"masks/{image}_{cell}.png")
    Image.fromarray(picture).save(folder / f"images/{image}.png")
    Image.fromarray(np.uint8(255 * (x < 55))).save(folder / f"field/{image}.png")
END
run() {  # run NAME: from its pipeline to its report
  make --no-print-directory -f "$source_dir/Makefile.data" PIPELINE="$1" bin="$bin/unetflow-" flags=--quiet \
    train_flags='--set /epochs=1' predict_flags='--set /test_time_augmentation=false' > "$1.log" 2>&1 || { cat "$1.log"; failed "$1"; }
  [ -s "work/$1/report/report.html" ] || failed "no report of $1"
}
new() { "$bin/unetflow-new" "$@" > said 2>&1; }

new --minutes 1 --images "my cells/image" --labels "my cells/label" --folder pipelines/membranes || failed "$(cat said)"
grep -q "membranes, large ones .* 1 of 4 labelled images held out" said || failed "$(cat said)"
run membranes
new --minutes 1 --images "nuclei/*/images" --labels "nuclei/*/masks" --mask "nuclei/*/field" --folder pipelines/nuclei || failed "$(cat said)"
grep -q '"kind": "objects"' pipelines/nuclei/ingest.json || failed "$(cat pipelines/nuclei/ingest.json)"
run nuclei

refuses() {  # refuses LINE ARGUMENT...: exactly this line, exit 2, no folder
  local line="unetflow-new: $1" code=0
  shift
  new "$@" || code=$?
  [ "$code" = 2 ] && [ "$(cat said)" = "$line" ] || failed "exit $code: $(cat said); expected $line"
}
refuses "pipelines/nuclei: is there already: remove it, or choose another name" \
  --images nuclei --labels nuclei --folder pipelines/nuclei
refuses "--labels my cells/labels: matches no file, expected at least one" \
  --images "my cells/image" --labels "my cells/labels" --folder pipelines/third
refuses "my cells/label/0.png page 0: has the values of a label, and my cells/image/0.png page 0 those of an image: have images and labels been swapped?" \
  --images "my cells/label" --labels "my cells/image" --folder pipelines/third
refuses "--minutes: is soon, expected a number above 0" \
  --images "my cells/image" --labels "my cells/label" --folder pipelines/third --minutes soon
refuses "--pairs: is a list of all files, expected no --images, --labels or --mask beside it" \
  --images "my cells/image" --pairs "my cells/pairs.csv" --folder pipelines/third
printf 'picture,label\n%s' "$(for i in 0 1 2 3; do echo "image/$i.png,label/$i.png"; done)" > "my cells/pairs.csv"
new --minutes 1 --pairs "my cells/pairs.csv" --folder pipelines/listed || failed "$(cat said)"
grep -q '"pairs": "pairs.csv"' pipelines/listed/ingest.json || failed "$(cat pipelines/listed/ingest.json)"
run listed
cmp work/listed/model/model.safetensors work/membranes/model/model.safetensors || failed "a list of pairs gives another model"
rm -r pipelines/listed "my cells/image/3.png"
refuses "my cells/label/3.png: has no image that is named like it, as other labels have; expected labels named like their images, or their pairs in a list (\"pairs\" of ingest's sources, --pairs of new)" \
  --images "my cells/image" --labels "my cells/label" --folder pipelines/third
[ "$(ls -A pipelines)" = "membranes
nuclei" ] || failed "$(ls -A pipelines)"
