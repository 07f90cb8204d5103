#!/usr/bin/env bash
# evaluate on stacks that someone else's tool made: right, and wrong in every way that people get
# them wrong, which gives one line that names file and page, and exit code 2. usage: evaluate.sh BIN_DIR
set -u
bin=$1
here=$(dirname "$(readlink -f "$0")")
. "$here/../scratch.sh"

# expect CODE TEXT OPTIONS...: evaluate exits with CODE, and its one line of error holds TEXT.
expect() {
  local code=$1 text=$2 got=0
  shift 2
  "$bin/unetflow-evaluate" "$@" >out 2>err || got=$?
  [ "$got" = "$code" ] && grep -qF -- "$text" err && [ "$(wc -l <err)" = 1 ] ||
    fail "evaluate $* gave $got, expected $code and one line with: $text"
}

# tiff FILE WIDTH HEIGHT BITS FORMAT BYTES: one page; FORMAT 1 unsigned, 3 float; BYTES as \x...
tiff() {
  local bytes=$(($2 * $3 * $4 / 8))
  le16() { printf '\\x%02x\\x%02x' $(($1 % 256)) $(($1 / 256)); }
  tag() { le16 "$1"; le16 3; le16 1; le16 0; le16 "$2"; le16 0; }
  printf "II\x2a\x00$(le16 $((8 + bytes)))\x00\x00$6$(le16 9)$(tag 256 "$2")$(tag 257 "$3")$(tag 258 "$4")$(tag 259 1)$(
    tag 262 1)$(tag 273 8)$(tag 278 "$3")$(tag 279 $bytes)$(tag 339 "$5")\x00\x00\x00\x00" >"$1"
}

# Labels and pictures of two sizes and numbers; the pictures serve as predictions.
phantom() {
  echo "{\"pictures\": $2, \"size\": $3}" >"$1.json"
  "$bin/unetflow-phantom" --config "$1.json" --output "$1/phantom.json" --quiet || exit 1
}
phantom a 3 64
phantom b 3 72
phantom c 2 64
mkdir -p mixed && cp a/image/0.png a/image/1.png mixed/ && cp b/image/2.png mixed/
tiff label.tif 2 2 8 1 '\xff\x00\xff\xff'
tiff half.tif 2 2 8 1 '\x80\x80\x80\x80'
tiff float.tif 2 2 32 3 '\x00\x00\x80\x3f\x00\x00\x00\x00\x00\x00\x80\x3f\x00\x00\x80\x3f'
tiff nan.tif 2 2 32 3 '\x00\x00\x80\x3f\x00\x00\x00\x00\x00\x00\xc0\x7f\x00\x00\x80\x3f'
tiff large.tif 2 2 32 3 '\x00\x00\x00\x3f\x00\x00\x00\x00\x00\x00\x7f\x43\x00\x00\x80\x3f'
tiff wide.tif 2 2 32 1 '\x01\x00\x00\x00\x00\x00\x00\x00\x01\x00\x00\x00\x01\x00\x00\x00'
tiff deep.tif 2 2 16 1 '\xff\xff\x00\x00\xff\xff\xff\xff'
mkdir -p types && cp half.tif types/1.tif && cp float.tif types/2.tif
mkdir -p labels && cp label.tif labels/1.tif && cp label.tif labels/2.tif

expect 2 "expected either --input or both --labels and --predictions"
expect 2 "expected either --input or both --labels and --predictions" --labels label.tif
expect 2 "none.tif: matches no file" --labels label.tif --predictions none.tif
expect 2 "a/label/2.png: has no image that is named like it, as other labels have" --labels a/label --predictions c/image
expect 2 "b/image/0.png page 0: is 72 x 72 (height x width), expected 64 x 64 like a/label/0.png page 0" \
  --labels a/label --predictions b/image
expect 2 "mixed/2.png page 0: is 72 x 72" --labels a/label --predictions mixed
expect 2 "nan.tif page 0: has the value nan at y = 1, x = 0" --labels label.tif --predictions nan.tif
expect 2 "nan.tif page 0: has the label nan" --labels nan.tif --predictions half.tif
expect 2 "large.tif page 0: has the value 255 at y = 1, x = 0" --labels label.tif --predictions large.tif
expect 2 "--labels-are cells: expected probabilities, mask, ids or classes" --labels label.tif --predictions half.tif \
  --labels-are cells
expect 2 "--axes: is \"YQ\", expected the letters of a file's axes" --labels label.tif --predictions half.tif --axes YQ
expect 2 "label.tif: has 1 page, which the axes T2YX do not fit" --labels label.tif --predictions half.tif --label-axes T2YX
expect 2 "usage: expected either --instances or --labels-are" --labels label.tif --predictions half.tif --instances \
  --labels-are mask
expect 2 "--set at /subsets: is for shards" --labels label.tif --predictions half.tif --set '/subsets=["test"]'
expect 2 "--ignored white: expected a whole number" --labels label.tif --predictions half.tif --ignored white
expect 2 "types/2.tif page 0: has float values, expected 8-bit like the first page" \
  --labels labels --predictions types --predictions-are probabilities
expect 2 "phantom.json: is an artifact of kind \"pictures\"" --input a/phantom.json
expect 2 "--compare other: expected NAME=MANIFEST" --labels label.tif --predictions half.tif --compare other \
  --output failed/evaluation.json
[ ! -e failed/evaluation.json ] || fail "a failed run left an evaluation"

# right DESCRIPTION OPTIONS...: runs in silence.
right() {
  local what=$1
  shift
  "$bin/unetflow-evaluate" --quiet "$@" >out 2>err && [ ! -s err ] && [ ! -s out ] || fail "$what"
}
right "float and 8 bits" --labels label.tif --predictions float.tif --output perfect/evaluation.json
right "16 bits" --labels label.tif --predictions deep.tif --output deep/evaluation.json
cmp -s perfect/metrics.csv deep/metrics.csv || fail "65535 of 16 bits is not 1.0"
grep -q '"index": 0' perfect/metrics.json || fail "no pictures in metrics.json"
[ "$(wc -l <perfect/metrics.csv)" = 2 ] || fail "metrics.csv has no single row for a mask"

# A perfect mask or perfect ids score 1 in each metric, whatever they are stored in; the table says how they were taken.
tiff ids.tif 2 2 8 1 '\x01\x00\x02\x02'
tiff ids32.tif 2 2 32 1 '\x01\x00\x00\x00\x00\x00\x00\x00\x02\x00\x00\x00\x02\x00\x00\x00'
tiff ones.tif 2 2 8 1 '\x01\x00\x01\x01'
for pair in "label.tif ones.tif" "ones.tif wide.tif" "ids.tif ids32.tif" "ids32.tif ids.tif"; do
  "$bin/unetflow-evaluate" --labels ${pair% *} --predictions ${pair#* } >out 2>err || fail "$pair"
  grep -qE '^V_rand +1.0000' out && grep -qE '^IoU +1.0000' out && grep -qE '^AP +1.0000' out &&
    grep -qE '^SEG +1.0000' out || fail "$pair do not agree"
done
grep -q '^labels are taken as ids of cells: they have ' out || fail "the table does not say how labels were taken"
"$bin/unetflow-evaluate" --labels ids.tif --predictions ids.tif --predictions-are probabilities >out 2>err || fail "stated"
grep -q '^predictions are stated to be probabilities' out || fail "a statement is not obeyed"

# What is the other way round is said, and measured all the same.
tiff background.tif 2 2 8 1 '\x00\x01\x00\x00'
"$bin/unetflow-evaluate" --labels ones.tif --predictions background.tif >out 2>err || fail "the background as prediction"
grep -q 'predictions differ from labels by 100 % of the pixels, and by 0 % if one of them were inverted' err ||
  fail "an inverted mask is not doubted"
"$bin/unetflow-evaluate" --labels ones.tif --predictions ones.tif >out 2>err && ! grep -q inverted err || fail "a right mask is doubted"

# Names join labels with predictions, not their order.
mkdir -p truth found
cp label.tif truth/A_mask.tif && cp ids.tif truth/A_crop_mask.tif && cp label.tif found/A.tif && cp ids.tif found/A_crop.tif
"$bin/unetflow-evaluate" --labels truth --predictions found --labels-are mask --predictions-are mask >out 2>err || fail "names"
grep -qE '^IoU +1.0000' out || fail "labels and predictions are crossed"

# Folders and patterns are the same stack; threads change nothing.
right "a folder" --labels a/label --predictions a/image --threads 1 --output one/evaluation.json
right "a pattern" --labels 'a/label/*.png' --predictions 'a/image/[0-9].png' --threads 2 --output two/evaluation.json
for file in evaluation.json metrics.json metrics.csv pictures.csv; do
  cmp -s one/$file two/$file || fail "$file depends on threads"
done
[ "$(wc -l <one/pictures.csv)" = 34 ] || fail "pictures.csv has no row for each of 3 pictures and 11 thresholds"
"$bin/unetflow-inspect" one/evaluation.json >out 2>err || fail "inspect does not read the evaluation"

# The table, and a comparison.
"$bin/unetflow-evaluate" --labels a/label --predictions a/image --compare before=one/evaluation.json \
  --output three/evaluation.json >out 2>err || fail "compare"
grep -qE '^V_rand +0\.[0-9]{4} ' out || fail "no V_rand in the table"
grep -qE '^comparison +this run +before$' out || fail "no comparison in the table"
grep -A 9 '^comparison' out | awk 'NR > 1 && $NF != $(NF - 1) { exit 1 }' ||
  fail "equal evaluations compare as different"
grep -q '"name": "before"' three/metrics.json || fail "no comparison in metrics.json"
grep -q '"path": "../one/evaluation.json"' three/evaluation.json || fail "the other evaluation is not among the inputs"

[ "$failures" = 0 ]
