#!/usr/bin/env bash
# Bad input gives one line on standard error that names file and place, exit code 2, and leaves
# nothing under a final name; every program explains itself. usage: command_line.sh BIN_DIR
set -u
bin=$1
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
failures=0

# expect CODE TEXT COMMAND...: the command exits with CODE, and its one line of error holds TEXT.
expect() {
  local code=$1 text=$2 got=0
  shift 2
  "$@" >"$work/out" 2>"$work/err" || got=$?
  if [ "$got" != "$code" ] || ! grep -qF -- "$text" "$work/err" || [ "$(wc -l <"$work/err")" != 1 ]; then
    echo "FAILED: $* gave $got, expected $code and one line with: $text"
    cat "$work/err"
    failures=$((failures + 1))
  fi
}

echo '{}' >"$work/empty.json"
echo '{"strid": 3}' >"$work/typo.json"
echo '{"stride": }' >"$work/broken.json"
echo '{"input_size": 570}' >"$work/size.json"
# 8 x 8 pictures: a gray ramp and a label of two values, as binary PGM turned to PNG by our phantom.
echo '{"pictures": 2, "size": 64}' >"$work/phantom.json"
phantom="$work/source/phantom.json"
images="$work/images/00000-of-00001.json"
echo '{"sources": [{"pictures": "image/*.png", "labels": "label/*.png"}]}' >"$work/ingest.json"
tile() { "$bin/unetflow-tile" --input "$images" --output "$work/tiles/00000-of-00001.json" "$@"; }

"$bin/unetflow-phantom" --config "$work/phantom.json" --output "$phantom" --quiet || exit 1
"$bin/unetflow-ingest" --config "$work/ingest.json" --input "$phantom" --output "$images" --quiet || exit 1

expect 2 "--input is required" "$bin/unetflow-tile"
expect 2 "no/such.json: cannot be read" tile --config no/such.json
expect 2 "typo.json: unknown key \"strid\"" tile --config "$work/typo.json"
expect 2 "broken.json:1:12: is not valid JSON" tile --config "$work/broken.json"
expect 2 "the nearest sizes are 556 (output 372) and 572 (output 388)" tile --config "$work/size.json"
expect 2 "expected \"images\"" "$bin/unetflow-tile" --config "$work/empty.json" --input "$phantom" \
  --output "$work/tiles/00000-of-00001.json"
expect 2 "is not the name of a shard" "$bin/unetflow-ingest" --config "$work/ingest.json" --input "$phantom" \
  --output "$work/images/all.json"
echo '{"sources": [{"pictures": "none/*.png"}]}' >"$work/none.json"
expect 2 "none/*.png" "$bin/unetflow-ingest" --config "$work/none.json" --input "$phantom" \
  --output "$work/images2/00000-of-00001.json"
echo '{"sources": [{"pictures": "image/0.png", "labels": "label/*.png"}]}' >"$work/fewer.json"
expect 2 "label/1.png: has no image that is named like it" "$bin/unetflow-ingest" --config "$work/fewer.json" \
  --input "$phantom" --output "$work/images2/00000-of-00001.json"
expect 2 "ingest.json and --set: \"holdout\" belongs to split.json now" "$bin/unetflow-ingest" \
  --config "$work/ingest.json" --set '/holdout=["7"]' --input "$phantom" --output "$work/images2/00000-of-00001.json"
echo '{"holdout": ["0", "mouse7/*"]}' >"$work/split.json"
expect 2 "split.json at /holdout/1: \"mouse7/*\" matches no labelled image" "$bin/unetflow-split" \
  --config "$work/split.json" --input "$images" --output "$work/split/split.json"
expect 2 "unetflow-split: --set at /folds/count: is 3, but there are 2 groups" "$bin/unetflow-split" \
  --set /folds/count=3 --input "$images" --output "$work/split/split.json"
# What would have no effect is not taken.
expect 2 "not expected" "$bin/unetflow-new" --images "$work/source/image" --folder "$work/mine" --set /epochs=1
expect 2 "not expected" "$bin/unetflow-new" --images "$work/source/image" --folder "$work/mine" "$images"
expect 2 "not expected" "$bin/unetflow-inspect" "$images" --config "$work/empty.json"
if [ -x "$bin/unetflow-predict" ]; then  # The builds with sanitizers have no LibTorch.
  expect 2 "not expected" "$bin/unetflow-export" --input "$images" --output "$work/e.json" --set /x=1
  expect 2 "not expected" "$bin/unetflow-predict" --model m.safetensors a.png -o "$work/p" --output "$work/p.json"
fi
cp "$work/source/image/1.png" "$work/whole.png"
truncate -s 100 "$work/source/image/1.png"
expect 2 "image/1.png page 0" "$bin/unetflow-ingest" --config "$work/ingest.json" \
  --input "$work/source" --output "$work/images2/00000-of-00001.json"
mv "$work/whole.png" "$work/source/image/1.png"
if [ -n "$(find "$work/images2" "$work/tiles" "$work/split" -type f ! -name '*.digests' 2>/dev/null)" ]; then
  echo "FAILED: a failed run left: $(find "$work/images2" "$work/tiles" "$work/split" -type f)"
  failures=$((failures + 1))
fi

for program in "$bin"/unetflow-*; do
  "$program" --help | grep "Example:" >"$work/out" || { echo "FAILED: $program --help has no example"; failures=$((failures + 1)); }
  "$program" --version | grep -qE '^unetflow-[a-z]+ [0-9]+\.[0-9]+\.[0-9]+$' ||
    { echo "FAILED: $program --version"; failures=$((failures + 1)); }
done

echo '{"a": 1e999}' >"$work/large.json"
expect 2 "large.json:1:12: is a number that is too large" tile --config "$work/large.json"
expect 2 "$work: is a folder, expected a file" tile --config "$work"
expect 2 "empty.json and --set at /stride: is 0" tile --config "$work/empty.json" --set /stride=0
expect 2 "is also an input" "$bin/unetflow-tile" --config "$work/empty.json" --input "$images" --output "$images"
expect 2 "points to a key that cannot be set" "$bin/unetflow-ingest" --config "$work/ingest.json" --set '/sources/x/labels=""' \
  --input "$phantom" --output "$work/broken/00000-of-00001.json"

# A dataset of an HDF5 file is a stack, in ingest as in evaluate: what ingest wrote, read again.
again() {
  echo "{\"sources\": [{\"pictures\": \"$1\", \"labels\": \"$2\"}], \"labels\": {\"foreground\": 1}}" >"$work/again.json"
  "$bin/unetflow-ingest" --config "$work/again.json" --input "$work/images" --quiet \
    --output "$work/again/00000-of-00001.json"
}
shard=00000-of-00001.h5
again "*.h5:pictures/00000/image" "$shard:pictures/00000/label" ||
  { echo "FAILED: ingest does not read HDF5"; failures=$((failures + 1)); }
"$bin/unetflow-inspect" "$work/again/00000-of-00001.json" | grep -A 20 '"pictures"' | grep '"labelled": true' >"$work/out" ||
  { echo "FAILED: ingest does not read labels from HDF5"; failures=$((failures + 1)); }
rm -rf "$work/again"
expect 2 "$shard: is an HDF5 file, expected FILE:DATASET" again "$shard" ""
expect 2 "$shard dataset raw: is missing" again "$shard:raw" ""

# A digest that no longer agrees is found, also far up the chain.
tile --config "$work/empty.json" --set /depth=2 --set /input_size=60 --set /output_size=20 --quiet || exit 1
"$bin/unetflow-inspect" "$work/tiles/00000-of-00001.json" >"$work/out" ||
  { echo "FAILED: inspect finds something in a whole chain"; failures=$((failures + 1)); }
"$bin/unetflow-inspect" "$images" | grep "pictures/00000/image: float32 \[1, 64, 64\]" >"$work/out" ||
  { echo "FAILED: inspect does not show the datasets"; failures=$((failures + 1)); }
printf 'x' | dd of="${images%.json}.h5" bs=1 seek=5000 conv=notrunc status=none
expect 2 "is damaged" "$bin/unetflow-inspect" "$images"
expect 2 "or are damaged" "$bin/unetflow-inspect" "$work/tiles/00000-of-00001.json"

[ "$failures" = 0 ]
