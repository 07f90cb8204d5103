#!/usr/bin/env bash
# A write that fails once must fail the stage: each write of an artifact's file fails in turn (strace
# injects EIO), and so do closing it and bringing it to the disk. Each time the stage must exit with
# 1 and one line, and leave nothing under a final name. usage: failing_writes.sh BIN_DIR
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

# each CALL MOST FILE COMMAND...: the n-th CALL on out/FILE.partial fails, for each n up to MOST.
each() {
  local call=$1 most=$2 file=$3 n got
  shift 3
  for n in $(seq 1 "$most"); do
    rm -rf out && mkdir out
    got=0
    strace -f -qq -o trace -P "$work/out/$file.partial" -e "trace=$call" \
      -e "inject=$call:error=EIO:when=$n" "$@" >std 2>err || got=$?
    if ! grep -q INJECTED trace; then
      [ "$got" = 0 ] && [ -e "out/$file" ] || fail "without a failing $call, $* gave $got"
      [ "$n" -gt 1 ] || fail "$* makes no $call on $file"
      return
    fi
    [ "$got" = 1 ] || fail "$call $n on $file failed, and $1 gave $got"
    [ "$(wc -l <err)" = 1 ] || fail "$call $n on $file failed, and $1 did not write exactly one line"
    [ ! -e "out/$file" ] && [ ! -e "${!#}" ] || fail "$call $n on $file failed, and $1 left $(ls out)"
  done
  [ "$most" = 1 ] || fail "$* has more than $most calls of $call"
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

# The first close is the writer's; those after it have only read.
each pwrite64 200 "$name.h5" "${ingest[@]}" "out/$name.json"
each fsync 9 "$name.h5" "${ingest[@]}" "out/$name.json"
each close 1 "$name.h5" "${ingest[@]}" "out/$name.json"
each pwrite64 200 "$name.h5" "${tile[@]}" "out/$name.json"
each pwrite64 200 "$name.h5" "${augment[@]}" "out/$name.json"
each pwrite64 200 "$name.h5" "${weightmap[@]}" "out/$name.json"
each write 99 image/0.png "${phantom[@]}" out/phantom.json
each close 1 image/0.png "${phantom[@]}" out/phantom.json
each write,writev 9 "$name.json" "${ingest[@]}" "out/$name.json"
each close 1 "$name.json" "${ingest[@]}" "out/$name.json"

[ "$failures" = 0 ]
