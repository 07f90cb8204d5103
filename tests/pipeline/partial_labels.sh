#!/usr/bin/env bash
# Training on images of which one cell in four is annotated and the rest is ignored comes close to training
# on all cells; the same annotation with the rest as background does not. Tiles without any annotation are left
# out, and nothing to learn from is refused.
# usage: partial_labels.sh SOURCE_DIR BIN_DIR
set -eu
bin=$2/unetflow-
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
python=$1/.venv/bin/python
[ -x "$python" ] || { echo "SKIPPED: no .venv/bin/python to draw the labels with"; exit 77; }
"${bin}ingest" --help | grep -q "labels.ignore" || { echo "SKIPPED: ingest takes no value to ignore"; exit 77; }
shard=00000-of-00001

"${bin}phantom" --quiet --set /pictures=5 --set /size=160 --output "$work/source/phantom.json"
"$python" - "$work/source" <<'END'
import pathlib, sys
import numpy as np
from PIL import Image
from scipy import ndimage

source = pathlib.Path(sys.argv[1])
rng = np.random.default_rng(1)
for kind in ("ignored", "background", "corner", "nothing"):
    (source / kind).mkdir()
for path in sorted((source / "label").glob("*.png")):
    truth = np.array(Image.open(path)) > 0
    cells, count = ndimage.label(truth)
    chosen = np.isin(cells, 1 + rng.permutation(count)[:count // 4])
    membrane = ndimage.binary_dilation(chosen, iterations=4) & ~truth
    for kind, rest in (("ignored", 128), ("background", 0)):
        label = np.where(chosen, 255, np.where(membrane, 0, rest)).astype(np.uint8)
        Image.fromarray(label).save(source / kind / path.name)
    corner = np.full(truth.shape, 128, np.uint8)
    Image.fromarray(corner).save(source / "nothing" / path.name)
    corner[:9, :9] = 255 * truth[:9, :9]
    Image.fromarray(corner).save(source / "corner" / path.name)
END

tiles() { # tiles LABELS [--quiet]
  local labels=$1 out=$work/$1
  echo "{\"sources\": [{\"pictures\": \"image/*.png\", \"labels\": \"$labels/*.png\"}],
         \"labels\": {\"foreground\": 255, \"ignore\": 128}}" >"$work/ingest.json"
  "${bin}ingest" --quiet --config "$work/ingest.json" --input "$work/source" --output "$out/images/$shard.json"
  "${bin}tile" ${2:-} --set /input_size=116 --set /output_size=76 --set /stride=42 --set /depth=2 \
    --input "$out/images/$shard.json" --output "$out/tiles/$shard.json"
}
score() { # score LABELS: trains on them, and measures the prediction of a whole image by its true label
  local out=$work/$1
  tiles "$1" --quiet
  "${bin}split" --quiet --set '/holdout=["4"]' --input "$out/images/$shard.json" --output "$out/split/split.json"
  "${bin}train" --quiet --set /epochs=12 --set /network/width=8 --set '/network/normalisation="group"' \
    --set '/optimiser={"kind": "adamw", "learning_rate": 0.01}' --set '/schedule/kind="one_cycle"' --set '/precision="float32"' \
    --input "$out/split/split.json" "$out/tiles/$shard.json" --output "$out/model/model.json"
  "${bin}predict" --quiet --input "$out/model/model.json" "$out/split/split.json" "$work/label/images/$shard.json" \
    --output "$out/predictions/$shard.json"
  "${bin}evaluate" --quiet --input "$work/label/images/$shard.json" "$out/predictions/$shard.json" \
    --output "$out/evaluation/evaluation.json"
}
tiles corner 2>&1 | grep -q "40 of 45 tiles have no annotated pixel and are left out" || { echo "FAILED: tiles that are ignored"; exit 1; }
tiles nothing --quiet
code=0
"${bin}train" --quiet --input "$work/nothing/tiles/$shard.json" --output "$work/nothing/model/model.json" 2>"$work/message" || code=$?
[ "$code" = 2 ] && grep -q "none of the tiles shards holds a sample; expected an image with annotated pixels" "$work/message" ||
  { echo "FAILED: nothing to learn from gave $code: $(cat "$work/message")"; exit 1; }
for labels in label ignored background; do score $labels; done
"$python" - "$work" <<'END'
import json, sys
def iou(name):
    return json.load(open(f"{sys.argv[1]}/{name}/evaluation/metrics.json"))["pooled"]["iou"]["value"]
full, ignored, background = map(iou, ("label", "ignored", "background"))
print(f"IoU of all cells {full:.3f}, of one in four with the rest ignored {ignored:.3f}, as background {background:.3f}")
assert full > 0.8, "all cells are not learned"
assert ignored > full - 0.1, "ignored pixels are not left out"
assert background < ignored - 0.3, "this annotation does not need to be ignored elsewhere"
END
