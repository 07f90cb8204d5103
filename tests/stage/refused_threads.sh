#!/usr/bin/env bash
# A system that refuses a thread ends a stage with one line and exit code 1: no crash, no hang, and
# nothing under a final name. A stage that does not need that many threads does its work.
# usage: refused_threads.sh SOURCE_DIR BIN_DIR LIBRARY
set -u
config=$1/tests/pipeline/tiny
bin=$2/unetflow-
library=$3
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work" || exit 1
ulimit -c 0
failures=0
refused=0
shard=00000-of-00001
line="threads cannot be started: Resource temporarily unavailable"

fail() {
  echo "FAILED: $*"
  head -n 3 err
  failures=$((failures + 1))
}

# each STAGE OUTPUT OPTIONS...: with each of the first 8 threads refused, alone and with all after it.
each() {
  local stage=$1 output=$2 variable n got
  shift 2
  for variable in REFUSE_THREAD REFUSE_THREADS_FROM; do
    for n in 1 2 3 4 5 6 7 8; do
      rm -rf out
      got=0
      env "$variable=$n" LD_PRELOAD="$library" timeout 120 "$bin$stage" --quiet --threads 4 "$@" \
        --output "out/$output" >std 2>err || got=$?
      if [ "$got" = 0 ]; then
        [ -e "out/$output" ] && [ ! -s err ] || fail "$stage with $variable=$n gave 0"
        [ "$n" -gt 1 ] || [ "$stage" != train ] || fail "train does without threads"
        continue
      fi
      refused=$((refused + 1))
      [ "$got" = 1 ] || fail "$stage with $variable=$n gave $got"
      [ "$(cat err)" = "unetflow-$stage: $line" ] || fail "$stage with $variable=$n says something else"
      [ ! -e "out/$output" ] || fail "$stage with $variable=$n left an artifact"
    done
  done
}

"${bin}phantom" --quiet --config "$config/phantom.json" --output source/phantom.json &&
  "${bin}ingest" --quiet --config "$config/ingest.json" --input source/phantom.json --output images/$shard.json &&
  "${bin}split" --quiet --config "$config/split.json" --input images/$shard.json --output split/split.json &&
  "${bin}tile" --quiet --config "$config/tile.json" --input images/$shard.json --output tiles/$shard.json || exit 1

each augment $shard.json --config "$config/augment.json" --input tiles/$shard.json
each weightmap $shard.json --input tiles/$shard.json
each evaluate evaluation.json --labels source/label --predictions source/image
if [ -e "${bin}train" ]; then
  each train model.json --config "$config/train.json" --augment "$config/augment.json" \
    --input split/split.json tiles/$shard.json
  "${bin}train" --quiet --config "$config/train.json" --augment "$config/augment.json" \
    --input split/split.json tiles/$shard.json --output model/model.json || exit 1
  each predict $shard.json --set '/precision="float32"' --input model/model.json split/split.json images/$shard.json
fi
[ "$refused" -gt 0 ] || [ "$(nproc)" = 1 ] || fail "no thread was refused"
echo "Of the runs, $refused ended because a thread was refused."

[ "$failures" = 0 ]
