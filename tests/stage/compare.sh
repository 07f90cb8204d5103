#!/usr/bin/env bash
# compare on evaluations of two pipelines: a verdict, none, and what it refuses. usage: compare.sh BIN_DIR
set -u
bin=$1
here=$(dirname "$(readlink -f "$0")")
. "$here/../scratch.sh"

# Labels, and predictions of them that are blurred by noise of a seed; `good` ones less.
python3 - <<'P' || exit 1
import random
def pgm(name, rows):
    import struct, zlib
    def chunk(kind, data):
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))
    raw = b"".join(b"\0" + bytes(row) for row in rows)
    with open(name, "wb") as file:
        file.write(b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", struct.pack(">2I5B", len(rows[0]), len(rows), 8, 0, 0, 0, 0))
                   + chunk(b"IDAT", zlib.compress(raw)) + chunk(b"IEND", b""))
import os
for folder in ("labels", "good1", "good2", "bad1", "bad2"):
    os.mkdir(folder)
for image in range(4):
    truth = [[255 if 8 < (y + image) % 24 and 8 < x % 24 else 0 for x in range(48)] for y in range(48)]
    pgm(f"labels/{image}.png", truth)
    for name, wrong in (("good", 0.02), ("bad", 0.2)):
        for seed in (1, 2):
            noise = random.Random(f"{name}{seed}{image}")
            pgm(f"{name}{seed}/{image}.png",
                [[255 - v if noise.random() < wrong else v for v in row] for row in truth])
P
for run in good1 good2 bad1 bad2; do
  "$bin/unetflow-evaluate" --labels labels --predictions $run --predictions-are probabilities \
    --output $run/evaluation.json --quiet 2>err || fail "evaluate $run"
done
good="good=good1/evaluation.json good=good2/evaluation.json"
bad="bad=bad1/evaluation.json bad=bad2/evaluation.json"

# shellcheck disable=SC2086
"$bin/unetflow-compare" --of $bad $good >out 2>err || fail "compare"
grep -q '^Pixel error .* good is better$' out || fail "the better one is not named"
# shellcheck disable=SC2086
"$bin/unetflow-compare" --of $good $bad >out 2>err || fail "compare"
grep -q '^Pixel error .* good is better$' out || fail "the order changes the verdict"
# shellcheck disable=SC2086
"$bin/unetflow-compare" --of ${good% *} $bad >out 2>err || fail "compare one seed"
grep -q '^Pixel error .* no verdict: one seed tells no spread$' out || fail "one seed has a spread"
"$bin/unetflow-compare" --of a=good1/evaluation.json a=good2/evaluation.json \
  b=good2/evaluation.json b=good1/evaluation.json >out 2>err || fail "compare equals"
grep -q '^Pixel error .* no verdict: the interval holds 0$' out || fail "equals differ"

# refuses TEXT EVALUATIONS...
refuses() {
  local text=$1 got=0
  shift
  "$bin/unetflow-compare" --of "$@" >out 2>err || got=$?
  [ $got = 2 ] && grep -qF -- "$text" err && [ "$(wc -l <err)" = 1 ] || fail "$* gave $got, expected: $text"
}
refuses "names 1 pipelines, expected two" a=good1/evaluation.json
refuses "expected NAME=MANIFEST" good1/evaluation.json
rm labels/3.png
"$bin/unetflow-evaluate" --labels labels --predictions good1 --predictions-are probabilities \
  --output fewer/evaluation.json --quiet 2>err || fail "evaluate fewer"
refuses "fewer/evaluation.json: is of other images" a=good1/evaluation.json b=fewer/evaluation.json
[ $failures = 0 ] || exit 1
