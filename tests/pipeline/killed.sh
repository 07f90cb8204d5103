#!/usr/bin/env bash
# A training that is killed at any moment resumes when it is run again, and ends in the very bytes of
# one that was never stopped: killed twenty times with SIGKILL, and once asked to stop with SIGTERM.
# usage: killed.sh SOURCE_DIR BIN_DIR
set -eu
source_dir=$1
bin=$2
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
config=$source_dir/tests/pipeline/tiny
RANDOM=1

make --no-print-directory -C "$source_dir" -f Makefile.data PIPELINE=tiny config="$config" \
  work="$work" bin="$bin/unetflow-" flags=--quiet tiles
train() { # train NAME: with a checkpoint after every update, so that a kill may hit one half written
  exec "$bin/unetflow-train" --config "$config/train.json" --augment "$config/augment.json" \
    --input "$work"/tiles/*.json --output "$work/$1/model.json" \
    --threads 1 --quiet --set /epochs=12 --set /checkpoint_minutes=0
}
same() {
  for file in model.safetensors metrics.jsonl model.json; do
    cmp "$work/whole/$file" "$work/$1/$file" || { echo "FAILED: $file differs after $2"; exit 1; }
  done
  rm -rf "${work:?}/$1"
}

(train whole)
[ ! -e "$work/whole/checkpoints" ] || { echo "FAILED: checkpoints are left after the end"; exit 1; }

kills=0
while [ "$kills" -lt 20 ]; do
  (train killed) 2>/dev/null &
  pid=$!
  sleep "$((RANDOM % 2)).$((RANDOM % 900 + 100))"
  if kill -KILL "$pid" 2>/dev/null; then kills=$((kills + 1)); fi
  # It may have come to its end first: compare, and start again from scratch.
  if wait "$pid" 2>/dev/null; then same killed "$kills kills"; fi
done
if [ -d "$work/killed" ]; then
  (train killed)
  same killed "$kills kills"
fi

(train asked) 2>"$work/message" &
pid=$!
while [ -z "$(find "$work/asked/checkpoints" -name '*.json' 2>/dev/null)" ]; do sleep 0.05; done
kill -TERM "$pid"
code=0
wait "$pid" || code=$?
[ "$code" = 1 ] && grep -q "stopped by SIGTERM after update" "$work/message" ||
  { echo "FAILED: SIGTERM gave $code: $(cat "$work/message")"; exit 1; }
[ ! -e "$work/asked/model.json" ] || { echo "FAILED: a stopped training left a model"; exit 1; }
cp -r "$work/asked/checkpoints" "$work/left"
mkdir "$work/left/another"
(train asked)

# A run that was killed when the model was whole left its checkpoints; those of another training stay.
mv "$work/left" "$work/asked/checkpoints"
(train asked)
[ "$(ls "$work/asked/checkpoints")" = another ] || { echo "FAILED: checkpoints stay when their training is done"; exit 1; }
same asked "SIGTERM"
echo "Killed $kills times and stopped once, trainings end in the same bytes."
