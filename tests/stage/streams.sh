#!/usr/bin/env bash
# Telling the user cannot fail the work, and what the user asked for is not lost in silence: standard
# streams that are closed, full or without a reader. usage: streams.sh BIN_DIR
set -u
bin=$1
here=$(dirname "$(readlink -f "$0")")
. "$here/../scratch.sh"

# code EXPECTED WHAT: what the last command gave.
code() {
  local got=$?
  [ "$got" = "$1" ] || fail "$2 gave $got, expected $1"
}

# one_line TEXT: standard error was one line with TEXT.
one_line() {
  [ "$(wc -l <err)" = 1 ] && grep -qF -- "$1" err || fail "expected one line with: $1"
}

# gone COMMAND...: with a standard output or error (descriptor $1) that nobody reads any more.
gone() {
  local stream=$1
  shift
  python3 -c '
import os, subprocess, sys
stream = int(sys.argv[1])
reading, writing = os.pipe()
os.close(reading)
sys.exit(subprocess.run(sys.argv[2:], **{"stdout" if stream == 1 else "stderr": writing}).returncode)
' "$stream" "$@"
}

echo '{"pictures": 2, "size": 64}' >phantom.json
"$bin/unetflow-phantom" --config phantom.json --output source/phantom.json --quiet || exit 1
"$bin/unetflow-ingest" --input source/phantom.json --output images/00000-of-00001.json --quiet || exit 1
tile=("$bin/unetflow-tile" --set /depth=2 --set /input_size=60 --set /output_size=20
  --input images/00000-of-00001.json --output)
inspect=("$bin/unetflow-inspect" images/00000-of-00001.json)
evaluate=("$bin/unetflow-evaluate" --labels source/label --predictions source/image --set /bootstrap/resamples=100)
no_space="standard output: cannot be written: No space left on device"

# Standard error: the artifact is the same, whatever becomes of what is told.
"${tile[@]}" whole/00000-of-00001.json 2>err || fail "tile"
same() {
  cmp -s whole/00000-of-00001.h5 "$1/00000-of-00001.h5" && cmp -s whole/00000-of-00001.json "$1/00000-of-00001.json" ||
    fail "$1 has other bytes"
}
"${tile[@]}" full/00000-of-00001.json 2>/dev/full
code 0 "tile with a full standard error"
same full
"${tile[@]}" closed/00000-of-00001.json 2>&-
code 0 "tile with a closed standard error"
same closed
"${tile[@]}" all/00000-of-00001.json <&- >&- 2>&-
code 0 "tile with all streams closed"
same all
gone 2 "${tile[@]}" gone/00000-of-00001.json
code 0 "tile whose standard error nobody reads"
same gone
gone 2 "$bin/unetflow-tile" --input absent.json --output never/00000-of-00001.json
code 2 "bad input whose message nobody reads"

# Standard output: exit 1 and one line, after the work.
for arguments in --help --version images/00000-of-00001.json; do
  "$bin/unetflow-inspect" $arguments >/dev/full 2>err
  code 1 "inspect $arguments with a full standard output"
  one_line "$no_space"
done
"${inspect[@]}" >&- 2>err
code 1 "inspect with a closed standard output"
one_line "standard output: cannot be written: Bad file descriptor"
gone 1 "${inspect[@]}" 2>err
code 1 "inspect whose standard output nobody reads"
one_line "standard output: cannot be written: Broken pipe"
"${tile[@]}" whole/00000-of-00001.json --why >/dev/full 2>err
code 1 "--why with a full standard output"
one_line "$no_space"
"${evaluate[@]}" >/dev/full 2>err
code 1 "evaluate with a full standard output"
grep -qF "$no_space" err || fail "expected: $no_space"
"${evaluate[@]}" --output evaluation/evaluation.json >/dev/full 2>err
code 1 "evaluate to an artifact with a full standard output"
grep -qF "$no_space" err || fail "expected: $no_space"
"${evaluate[@]}" --output evaluation/evaluation.json 2>err
code 0 "evaluate again"
one_line "evaluation.json: up to date"

# A file above the limit is a write that fails, not a signal.
(ulimit -f 4 && exec "${tile[@]}" limited/00000-of-00001.json --quiet 2>err)
code 1 "tile above the limit on files"
one_line "File too large"
[ -z "$(find limited -name '*.json' -o -name '*.h5')" ] || fail "a failed run left $(ls limited)"

[ "$failures" = 0 ]
