#!/usr/bin/env bash
# What ends a training, or only tries to: each of the five signals that ask it to stop, at any moment;
# signals that are ignored; a standard error that is closed or has nobody at its other end; a terminal
# that is closed; files that may not grow. It ends with exit code 1, a line that says so and what it
# learned in a checkpoint, or goes on; and when it is run again, it ends in the very bytes of one that
# was never stopped. usage: stopped.sh SOURCE_DIR BIN_DIR
set -u
config=$1/tests/pipeline/tiny
bin=$2/unetflow-
here=$(dirname "$(readlink -f "$0")")
. "$here/../scratch.sh"
RANDOM=1

. "$here/tiny_tiles.sh"

# train NAME [HOW...]: a training, started by HOW, an env or nohup that sets its signals.
train() {
  local name=$1
  local threads=1
  shift
  [ "${1:-}" != --threads ] || { threads=$2 && shift 2; }
  exec env --default-signal=INT,TERM,HUP,USR1,XCPU "$@" "${bin}train" --config "$config/train.json" \
    --augment "$config/augment.json" --input tiles/$shard.json --output "$name/model.json" \
    --threads "$threads" --set /epochs=50 ${settings:-}
}
updates() { cat "$1"/checkpoints/*/metrics.jsonl 2>/dev/null | grep -c learning_rate; }
# learns PID NAME N: waits until the training has made N updates more.
learns() {
  local until=$(($(updates "$2") + $3))
  while [ "$(updates "$2")" -lt "$until" ] && kill -0 "$1" 2>/dev/null; do sleep 0.02; done
}
same() { # same NAME WHAT: it ended like the one that was never stopped
  for file in model.safetensors metrics.jsonl model.json; do
    cmp "whole/$file" "$1/$file" || fail "$file differs after $2"
  done
}

(train whole) 2>message || fail "a training that nobody stops gave $?"

# With other threads each time: float32 gives the same bytes.
threads=0
for signal in INT TERM HUP USR1 XCPU; do
  threads=$((threads % 3 + 1))
  (train asked --threads $threads) 2>message &
  pid=$!
  learns $pid asked 20
  kill "-$signal" $pid
  code=0
  wait $pid || code=$?
  [ "$code" = 1 ] && grep -qE "stopped by SIG$signal after update [0-9]+; run again to resume" message ||
    fail "SIG$signal gave $code"
  step=$(sed -n 's/.*after update \([0-9]*\);.*/\1/p' message | tail -n 1)
  [ -e asked/checkpoints/*/"$(printf '%09d' "${step:-0}")".json ] || fail "SIG$signal left no checkpoint"
  [ ! -e asked/model.json ] || fail "SIG$signal left a model"
done

# It is not continued with other convolutions: that would give the bytes of neither.
code=0
(settings='--set /convolution="direct"' && train asked) 2>message || code=$?
[ "$code" = 2 ] && [ "$(wc -l <message)" = 1 ] &&
  grep -qE "asked/checkpoints/[0-9a-f]+: .* begun with winograd; this run has direct: continue it with --set '/convolution=\"auto\"', or" message ||
  fail "other convolutions gave $code"

# An edited checkpoint is not believed, and leads to the one before; this one says that all is done.
newest=$(find asked/checkpoints -name '0*.json' | sort | tail -n 1)
python3 - "$newest" <<'END'
import hashlib, json, struct, sys
manifest_path = sys.argv[1]
path = manifest_path.replace(".json", ".safetensors")
data = open(path, "rb").read()
length = struct.unpack("<Q", data[:8])[0]
header = json.loads(data[8:8 + length])
said = json.loads(header["__metadata__"]["checkpoint"])
said["position"].update(epoch=99, samples_done=0)
header["__metadata__"]["checkpoint"] = json.dumps(said)
text = json.dumps(header).encode()
text += b" " * (-len(text) % 8)
data = struct.pack("<Q", len(text)) + text + data[8 + length:]
open(path, "wb").write(data)
manifest = json.load(open(manifest_path))
manifest["files"][0].update(bytes=len(data), sha256=hashlib.sha256(data).hexdigest())
json.dump(manifest, open(manifest_path, "w"))
END
(train asked) 2>message || fail "the training that was stopped five times gave $?"
grep -qF "a checkpoint is not used: ${newest%.json}.safetensors at /position/epoch: is 99, expected less than 50" message &&
  grep -q "resumes after update" message || fail "an edited checkpoint"
same asked "five signals and an edited checkpoint"

# At any moment, also while it starts and loads: then the signal may come before this program.
for _ in 1 2 3 4 5 6 7 8 9 10; do
  (train early) 2>message &
  pid=$!
  sleep "0.$((RANDOM % 900 + 100))"
  kill -TERM $pid 2>/dev/null || break  # it has ended
  code=0
  wait $pid || code=$?
  [ "$code" = 143 ] || [ -e early/model.json ] || { [ "$code" = 1 ] && grep -qE "stopped by SIGTERM (after update|before training)" message; } ||
    fail "an early SIGTERM gave $code"
done
(train early) 2>message || fail "the training that was stopped early gave $?"
same early "early signals"

# What is ignored stays ignored, as nohup and a shell's background jobs want it.
(train ignored env --ignore-signal=INT,USR1 nohup) 2>message &
pid=$!
learns $pid ignored 20
kill -INT $pid && kill -USR1 $pid && kill -HUP $pid || fail "a training that ignores signals ended"
wait $pid || fail "a training that ignores signals gave $?"
same ignored "ignored signals"

(train closed) 2>&- || fail "with a closed standard error it gave $?"
same closed "closing standard error"
(train unread) 2> >(true) || fail "with nobody at the other end of standard error it gave $?"
same unread "losing the reader of standard error"

# A terminal that is closed: SIGHUP, and writing to it fails.
python3 - "${bin}train" "$config" "$shard" <<'END' || fail "a closed terminal"
import fcntl, glob, os, pty, signal, sys, termios, time
train, config, shard = sys.argv[1:]
for name, ignore in [("hung_up", False), ("hung_up_nohup", True)]:
    master, slave = pty.openpty()
    pid = os.fork()
    if pid == 0:
        os.close(master)
        os.setsid()
        fcntl.ioctl(slave, termios.TIOCSCTTY, 0)
        signal.signal(signal.SIGHUP, signal.SIG_IGN if ignore else signal.SIG_DFL)
        for number in (1, 2):
            os.dup2(slave, number)
        os.execv(train, [train, "--config", f"{config}/train.json", "--augment", f"{config}/augment.json",
                         "--input", f"tiles/{shard}.json", "--output", f"{name}/model.json",
                         "--threads", "1", "--set", "/epochs=50"])
    os.close(slave)
    while not any(os.path.getsize(log) > 2000 for log in glob.glob(f"{name}/checkpoints/*/metrics.jsonl")):
        time.sleep(0.02)
    os.close(master)
    code = os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])
    if code != (0 if ignore else 1):
        sys.exit(f"{name} gave {code}")
    if not ignore and not glob.glob(f"{name}/checkpoints/*/*.safetensors"):
        sys.exit(f"{name} left no checkpoint")
END
same hung_up_nohup "closing its terminal"
(train hung_up) 2>message || fail "after its terminal was closed it gave $?"
same hung_up "closing its terminal"

# A checkpoint that cannot be written when it is asked to stop, and a log that cannot grow.
(ulimit -f 8 && train full) 2>message &
pid=$!
learns $pid full 20
kill -TERM $pid
code=0
wait $pid || code=$?
[ "$code" = 1 ] && grep -qE "stopped by SIGTERM after update [0-9]+, and its checkpoint is not saved: .*File too large" message ||
  fail "a checkpoint that cannot be written gave $code"
code=0
(ulimit -f 8 && train full) 2>message || code=$?
[ "$code" = 1 ] && [ "$(grep -c "metrics.jsonl: cannot be written: File too large" message)" = 1 ] ||
  fail "a log that cannot grow gave $code"
(train full) 2>message || fail "with files that may grow it gave $?"
same full "files that may not grow"

[ "$failures" = 0 ] && echo "Stopped in every way, trainings end in the same bytes."
