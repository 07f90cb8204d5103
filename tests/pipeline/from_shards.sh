#!/usr/bin/env bash
# Training on augmented/ and weights/ shards equals training on the stream, bit for bit; so do other
# numbers of shards. usage: from_shards.sh SOURCE_DIR BIN_DIR
set -eu
source_dir=$1
bin=$2
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
config=$source_dir/tests/pipeline/tiny

data() { # data SHARDS FOLDER
  make --no-print-directory -C "$source_dir" -f Makefile.data PIPELINE=tiny config="$config" shards="$1" \
    work="$work/$2" bin="$bin/unetflow-" flags=--quiet tiles weights
}
train() { # train NAME INPUT...
  local name=$1
  shift
  "$bin/unetflow-train" --config "$config/train.json" --augment "$config/augment.json" \
    --output "$work/$name/model.json" --threads 1 --quiet --input "$@"
}
data 2 two
data 3 three
train stream "$work"/two/tiles/*.json
train shards "$work"/two/augmented/*.json "$work"/two/weights/*.json
train others "$work"/three/tiles/*.json
for other in shards others; do
  for file in model.safetensors metrics.jsonl; do
    cmp "$work/stream/$file" "$work/$other/$file" || { echo "FAILED: $file of $other differs"; exit 1; }
  done
done

# An epoch that was not written out is named.
code=0
train more "$work"/two/augmented/*.json "$work"/two/weights/*.json --set /epochs=3 2>"$work/message" || code=$?
[ "$code" = 2 ] && grep -q "epoch 2" "$work/message" || { echo "FAILED: $code $(cat "$work/message")"; exit 1; }
echo "Stream, shards and other shards train the same network."
