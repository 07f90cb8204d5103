#!/usr/bin/env bash
# Processes that train one network together end in the bytes of one that trains alone, whatever their number and whoever
# launches them; one that is killed, stopped or cannot read its input ends all, with one line; and another number of
# them resumes. usage: together.sh SOURCE_DIR BIN_DIR LAUNCHER, which is env (no launcher: this script sets the variables
# itself), mpirun or torchrun; skipped where it is missing.
set -u
config=$1/tests/pipeline/tiny
bin=$2/unetflow-
launcher=$3
torchrun=$(command -v torchrun "$1/.venv/bin/torchrun" | head -n 1)
case $launcher in
mpirun) command -v mpirun >/dev/null || { echo "skipped: there is no mpirun" && exit 77; } ;;
torchrun) [ -n "$torchrun" ] || { echo "skipped: there is no torchrun" && exit 77; } ;;
esac
here=$(dirname "$(readlink -f "$0")")
. "$here/../scratch.sh"

. "$here/../pipeline/tiny_tiles.sh"

# launch N COMMAND...: N processes of the command.
launch() {
  local n=$1 rank pids=() code=0
  shift
  case $launcher in
  mpirun) mpirun --allow-run-as-root --oversubscribe --bind-to none -n "$n" "$@" ;;
  torchrun) OMP_NUM_THREADS=1 "$torchrun" --no-python --nproc-per-node "$n" "$@" ;;
  env)
    # The last comes first, and the first last.
    local codes=()
    for ((rank = n - 1; rank >= 0; --rank)); do
      RANK=$rank WORLD_SIZE=$n "$@" &
      pids[rank]=$!
    done
    echo "${pids[@]}" >pids.new && mv pids.new pids
    for rank in "${!pids[@]}"; do
      wait "${pids[rank]}"
      codes[rank]=$?
      [ "${codes[rank]}" = 0 ] || code=${codes[rank]}
    done
    echo "${codes[@]}" >codes
    return "$code"
    ;;
  esac
}
# train N NAME [OPTION...]: with groups of 4 batches to share out, the last of an epoch smaller.
train() {
  local n=$1 name=$2
  shift 2
  launch "$n" "${bin}train" --config "$config/train.json" --augment "$config/augment.json" --input tiles/$shard.json \
    --output "$name/model.json" --threads 1 --set /accumulation_steps=4 --set /ema_decay=0.9 \
    --set /optimiser/gradient_clip=0.5 --set /checkpoint_minutes=0 --set "/epochs=${epochs:-3}" "$@"
}
same() { # same NAME WHAT
  for file in model.safetensors metrics.jsonl model.json; do
    cmp "whole/$file" "$1/$file" || fail "$file differs: $2"
  done
}
alone() { RANK=0 WORLD_SIZE=1 launcher=env train 1 "$@"; }
lines() { grep -c '^unetflow-train: .*' message; }

alone whole --quiet 2>message || fail "one process gave $?"
for n in 2 3; do
  train $n together$n 2>message || fail "$n processes gave $?"
  same together$n "$n processes"
  [ "$(grep -c "$n processes share out the 4 batches of each update" message)" = 1 ] || fail "$n processes tell it otherwise than once"
  [ -z "$(find together$n -name '.*')" ] || fail "$n processes leave $(find together$n -name '.*')"
  train $n together$n 2>message || fail "$n processes that are up to date gave $?"
  [ "$(grep -c 'up to date' message)" = 1 ] || fail "up to date"
done

# Bad input: one line, exit code 2.
code=0
train 2 refused --set /accumulation_steps=1 2>message || code=$?
[ "$(grep -c 'at /accumulation_steps: 2 processes share out the batches of an update, which are 1: expected at least 2, or fewer processes' message)" = 1 ] &&
  [ ! -e refused/model.json ] || fail "a batch for two processes"
[ $launcher = torchrun ] || [ $code = 2 ] || fail "a batch for two processes gave $code"
train 2 refused --unknown 2>message && fail "an unknown option"
[ "$(lines)" = 1 ] || fail "an unknown option is told $(lines) times"
[ $launcher = env ] || { [ "$failures" = 0 ] && echo "By $launcher: the same bytes." && exit 0 || exit 1; }

updates() { cat "$1"/checkpoints/*/metrics.jsonl 2>/dev/null | grep -c learning_rate; }
# begin N NAME [OPTION...]: starts a training and waits until it has made five updates.
begin() {
  rm -f pids
  local until=$(($(updates "$2") + 5))
  train "$@" --quiet 2>message &
  for _ in $(seq 300); do [ ! -e pids ] || [ "$(updates "$2")" -lt $until ] || return 0; sleep 0.05; done
  fail "$2 does not learn"
}
epochs=100
rm -rf whole
alone whole --quiet 2>message || fail "one process gave $?"

# Killed, whichever it is: the others end within seconds, and one of them says who is missing.
for lost in 0 1 2; do
  begin 3 killed
  kill -KILL "$(cut -d ' ' -f $((lost + 1)) pids)"
  since=$SECONDS
  wait $!
  [ $((SECONDS - since)) -le 5 ] || fail "after rank $lost was killed the others took $((SECONDS - since)) s"
  sed -i '/Killed/d' message
  [ "$(grep -cE "^unetflow-train: rank $lost of 3, on .*, is lost$" message)" = 1 ] && [ "$(lines)" = 1 ] ||
    fail "rank $lost was killed"
  [ "$(tr ' ' '\n' <codes | sort -n | tr '\n' ' ')" = "1 1 137 " ] || fail "rank $lost was killed: exit codes $(cat codes)"
  [ ! -e killed/model.json ] || fail "rank $lost was killed: there is a model"
done
train 2 killed 2>message || fail "two processes that resume what three began gave $?"
grep -q "resumes after update" message || fail "two processes do not resume"
same killed "killed three times, and ended by two"

# Asked to stop, whichever it is.
for asked in 0 1; do
  begin 2 stopped
  kill -TERM "$(cut -d ' ' -f $((asked + 1)) pids)"
  wait $!
  grep -qE "^unetflow-train: stopped by SIGTERM after update [0-9]+; run again to resume$" message && [ "$(lines)" = 1 ] ||
    fail "rank $asked was asked to stop"
  [ "$(cat codes)" = "1 1" ] || fail "rank $asked was asked to stop: exit codes $(cat codes)"
done
alone stopped 2>message || fail "one process that resumes what two began gave $?"
grep -q "resumes after update" message || fail "one process does not resume"
same stopped "stopped twice, and ended by one"

# A damaged sample, whoever makes it.
python3 - tiles/$shard.h5 <<'END'
import sys
data = bytearray(open(sys.argv[1], "rb").read())
data[len(data) // 2] ^= 255
open(sys.argv[1], "wb").write(data)
END
train 3 damaged --quiet 2>message && fail "damaged tiles"
[ "$(lines)" = 1 ] && grep -q "tiles/$shard" message && [ "$(tr ' ' '\n' <codes | sort -u)" = 2 ] || fail "damaged tiles: exit codes $(cat codes)"

[ "$failures" = 0 ] && echo "Together, stopped, killed and resumed by others: the same bytes."
