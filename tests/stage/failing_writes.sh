#!/usr/bin/env bash
# A write that fails once must fail the stage: each write fails in turn (strace injects EIO), and so do
# bringing files to the disk, renaming and closing them. Each time the stage must exit with 1 and one line
# that names a file, and leave nothing behind. usage: failing_writes.sh BIN_DIR
set -u
bin=$(realpath "$1")
export ASAN_OPTIONS="${ASAN_OPTIONS:+$ASAN_OPTIONS:}detect_leaks=0" # which needs ptrace for itself
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work" || exit 1
failures=0

if ! command -v strace >/dev/null; then
  echo "SKIPPED: there is no strace"
  exit 77
fi
if ! strace -o trace true 2>/dev/null; then
  echo "SKIPPED: strace may not trace here (ptrace is not permitted)"
  exit 77
fi

# each CALLS COMMAND...: each call of CALLS, a list or an expression of strace's, fails in turn. For `close`,
# which also ends what was only read, it will do that the artifact is whole.
each() {
  local calls=$1 n got left
  shift
  rm -rf out && "$@" 2>err || fail "$* does not work"
  mv out whole
  for n in $(seq 1 500); do
    rm -rf out
    got=0
    strace -f -qq -o trace -e "trace=$calls" -e "inject=$calls:error=EIO:when=$n" "$@" >std 2>err || got=$?
    if ! grep -q INJECTED trace; then
      [ "$got" = 0 ] || fail "without a failing $calls, $* gave $got"
      [ "$n" -gt 1 ] || fail "$* makes no $calls"
      rm -rf whole
      return
    fi
    # The digests beside an artifact only save time.
    if [ "$got" = 0 ] && { [ "$calls" = close ] || grep -q "will be read again" err; }; then
      diff -r -q -x '*.log' -x '*.digests' out whole >std || fail "$calls $n failed, $1 gave 0: $(cat std)"
      continue
    fi
    # Closed before the stage began, or after it was done.
    if grep -qE "error while loading shared libraries|standard output: cannot be written" err; then continue; fi
    [ "$got" = 1 ] || fail "$calls $n failed, and $1 gave $got: $(cat trace)"
    [ "$(wc -l <err)" = 1 ] || fail "$calls $n failed, and $1 did not write exactly one line"
    grep -q "out[:/]" err && ! grep -q partial err || fail "$calls $n failed, and $1 does not name the file"
    left=$(find out -mindepth 1 ! -name '*.digests' 2>/dev/null)
    [ -z "$left" ] || fail "$calls $n failed, and $1 left $left"
  done
  fail "$* has more than 500 calls of $calls"
}

fail() {
  echo "FAILED: $*"
  head -n 3 err
  failures=$((failures + 1))
}

echo '{"pictures": 1, "size": 64}' >phantom.json
echo '{"sources": [{"pictures": "image/*.png", "labels": "label/*.png"}]}' >ingest.json
echo '{"depth": 2, "input_size": 60, "output_size": 20, "stride": 40}' >tile.json
name=00000-of-00001
phantom=("$bin/unetflow-phantom" --config phantom.json --quiet --output)
ingest=("$bin/unetflow-ingest" --config ingest.json --input source/phantom.json --quiet --output)
tile=("$bin/unetflow-tile" --config tile.json --input "images/$name.json" --quiet --output)
echo '{"epochs": [1]}' >augment.json
echo '{}' >weightmap.json
augment=("$bin/unetflow-augment" --config augment.json --input "tiles/$name.json" --quiet --output)
weightmap=("$bin/unetflow-weightmap" --config weightmap.json --input "tiles/$name.json" --quiet --output)
"${phantom[@]}" source/phantom.json || exit 1
"${ingest[@]}" "images/$name.json" || exit 1
"${tile[@]}" "tiles/$name.json" || exit 1

for calls in pwrite64 fsync /^rename close; do
  each $calls "${phantom[@]}" out/phantom.json
  each $calls "${ingest[@]}" "out/$name.json"
done
each pwrite64 "${tile[@]}" "out/$name.json"
each pwrite64 "${augment[@]}" "out/$name.json"
each pwrite64 "${weightmap[@]}" "out/$name.json"

[ "$failures" = 0 ]
