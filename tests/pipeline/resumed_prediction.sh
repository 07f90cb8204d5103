#!/usr/bin/env bash
# A prediction that ends anywhere within a shard resumes after the rows of tiles that were finished, and ends in the very
# bytes of one that was never stopped: killed, asked to stop, and ended by files that may not grow; and several processes
# that share its images end in them too. Work is counted, not timed. usage: resumed_prediction.sh SOURCE_DIR BIN_DIR
set -u
config=$1/tests/pipeline/tiny
bin=$2/unetflow-
here=$(dirname "$(readlink -f "$0")")
. "$here/../scratch.sh"
. "$here/tiny_tiles.sh"
"${bin}train" --quiet --config "$config/train.json" --augment "$config/augment.json" --input tiles/$shard.json --output model/model.json \
  --set /epochs=1 || exit 1

# predict NAME [OPTION...]: 4 images, each of 24 rows of tiles, of 3.1 KiB when they are finished.
predict() {
  local name=$1
  shift
  exec "${bin}predict" --input model/model.json images/$shard.json --output "$name/$shard.json" --threads 1 \
    --set '/subsets=["train"]' --set /tile_size=4 --set /tiff=true "$@"
}
same() { # same NAME WHAT [WHOLE]
  for file in $shard.h5 $shard.tif $shard.json; do
    cmp "${3:-whole}/$file" "$1/$file" || fail "$file differs: $2"
  done
  [ -z "$(find "$1" -name '.*')" ] || fail "$2 left $(find "$1" -name '.*')"
}
# resumes NAME DONE ALL [OPTION...]: run again, it begins after so many rows, and predicts no more than the rest.
resumes() {
  local name=$1 done=$2 all=$3
  shift 3
  (predict "$name" "$@") 2>message || fail "run again, $name gave $?"
  grep -q "resumes: $done of $all .* are done" message || fail "$name resumes elsewhere than after $done of $all"
  grep -q "\"predicted\":$((all - done)),\"resumed\":$done," "$name/$shard.log" || fail "$name: $(cat "$name/$shard.log")"
}
# stops KIB NAME [OPTION...]: no file may grow beyond that.
stops() {
  local code=0
  (ulimit -f "$1" && shift && predict "$@") 2>message || code=$?
  [ "$code" = 1 ] && grep -q "rows: cannot be written: File too large" message || fail "files that may not grow gave $code"
}

(predict whole) 2>message || fail "an undisturbed prediction gave $?"
grep -q '"predicted":96,"resumed":0,' "whole/$shard.log" || fail "undisturbed: $(cat "whole/$shard.log")"

# Three times at a record that is half written; the second run resumes after the first, and so on.
for kib in 2 51 99; do stops $kib grown; done
resumes grown 47 96
same grown "files that may not grow"

# Killed and asked to stop, at whatever moment that is.
for signal in KILL TERM; do
  (predict killed) 2>/dev/null &
  pid=$!
  before=$(cat killed/.*.rows/* 2>/dev/null | wc -c)
  while [ "$(cat killed/.*.rows/* 2>/dev/null | wc -c)" -le $((before + 20000)) ] && kill -0 $pid 2>/dev/null; do sleep 0.01; done
  kill -$signal $pid 2>/dev/null || fail "it ended before SIG$signal"
  wait $pid 2>/dev/null
  [ ! -e killed/$shard.json ] || fail "SIG$signal left a shard"
done
finished=$(($(cat killed/.*.rows/* | wc -c) / 3200))
[ "$finished" -ge 12 ] || fail "$finished rows are finished after two signals"
(predict killed) 2>message || fail "run again, it gave $?"
resumed=$(sed -n 's/.*resumes: \([0-9]*\) of 96 .*/\1/p' message)
[ "${resumed:-0}" -ge 10 ] || fail "it resumes after ${resumed:-none} of about $finished rows"
same killed "two signals"

# Another configuration does not resume it, and leaves nothing of it.
(predict whole8 --set /tile_size=8) 2>message || fail "other tiles gave $?"
stops 100 other
(predict other --set /tile_size=8) 2>message || fail "other tiles gave $?"
grep -q resumes message && fail "another configuration resumes"
same other "another configuration" whole8

# The mean of two models comes in rows of tiles, too.
"${bin}train" --quiet --config "$config/train.json" --augment "$config/augment.json" --input tiles/$shard.json --output other_model/model.json \
  --set /epochs=1 --set /seed=8 || exit 1
mean() { predict "$1" --input other_model/model.json; }
(mean whole_mean) 2>message || fail "two models gave $?"
grep -q '"predicted":96,' "whole_mean/$shard.log" || fail "two models: $(cat "whole_mean/$shard.log")"
cmp -s whole/$shard.h5 whole_mean/$shard.h5 && fail "two models predict what one does"
code=0
(ulimit -f 51 && mean mean) 2>message || code=$?
[ "$code" = 1 ] || fail "files that may not grow gave $code for two models"
(mean mean) 2>message || fail "two models, run again, gave $?"
grep -q "resumes: [1-9][0-9]* of 96 rows of tiles are done" message || fail "two models do not resume: $(cat message)"
same mean "two models" whole_mean

# Damaged rows are never used.
stops 99 damaged
python3 - damaged/.*.rows/* <<'END'
import sys
data = bytearray(open(sys.argv[1], "rb").read())
data[1000] ^= 1
open(sys.argv[1], "wb").write(data)
END
code=0
(predict damaged) 2>message || code=$?
[ $code = 1 ] && grep -q "rows: is damaged, and was removed; run again" message || fail "damaged rows gave $code"
resumes damaged 65 96
same damaged "damaged rows"

# Where maps are made whole, after the images that were finished.
(predict whole_tta --set /test_time_augmentation=true --set /tile_size=100) 2>message || fail "whole maps gave $?"
stops 200 tta --set /test_time_augmentation=true --set /tile_size=100
resumes tta 2 4 --set /test_time_augmentation=true --set /tile_size=100
same tta "whole maps" whole_tta

# Image files by a model in one file.
"${bin}export" --quiet --input model/model.json --output exported/tiny.json || exit 1
files() { exec "${bin}predict" --threads 1 --set /tile_size=4 --model exported/tiny.safetensors source/image/*.png -o "$1"; }
(files whole_files) 2>message || fail "image files gave $?"
(ulimit -f 99 && files stopped_files) 2>message && fail "image files that may not grow"
(files stopped_files) 2>message || fail "image files, run again, gave $?"
grep -q "resumes after what an earlier run has finished" message || fail "image files do not resume"
diff -r -x '*.log' -x '*.digests' whole_files stopped_files || fail "image files differ"

# together N NAME: N processes share the images; the exit code of the last that fails.
together() {
  local n=$1 name=$2 rank
  pids=()
  for ((rank = n - 1; rank >= 0; --rank)); do
    (export RANK=$rank WORLD_SIZE=$n && predict "$name") 2>>message &
    pids[rank]=$!
  done
}
ends() {
  local rank code=0
  for rank in "${!pids[@]}"; do wait "${pids[rank]}" 2>/dev/null || code=$?; done
  return $code
}
together 3 shared
ends || fail "three processes gave $?"
same shared "three processes"

: >message
together 3 lost
while [ "$(cat lost/.*.rows/* 2>/dev/null | wc -c)" -le 20000 ] && kill -0 "${pids[1]}" 2>/dev/null; do sleep 0.01; done
kill -KILL "${pids[1]}" || fail "it ended before SIGKILL"
ends && fail "a process was killed, and all is well"
grep -qE "^unetflow-predict: rank 1 of 3, on .*, is lost$" message || fail "a lost process"
[ ! -e lost/$shard.json ] || fail "a lost process left a shard"
: >message
together 2 lost
ends || fail "two processes that resume what three began gave $?"
[ "$(grep -c "resumes: " message)" = 1 ] || fail "two processes do not resume"
same lost "one of three processes was lost, and two resumed"

[ "$failures" = 0 ] && echo "Stopped anywhere, and shared by processes: the same bytes."
