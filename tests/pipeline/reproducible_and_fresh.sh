#!/usr/bin/env bash
# The whole pipeline on a few small pictures: twice in two folders with 1 and 2 threads the data
# stages give the same bytes; a second make does nothing; a changed configuration reruns its stage
# and what depends on it, nothing else. usage: reproducible_and_fresh.sh SOURCE_DIR BIN_DIR
set -eu
source_dir=$1
bin=$2
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cp -r "$source_dir/tests/pipeline/tiny" "$work/config"
run() { # run FOLDER FLAGS TARGET
  make --no-print-directory -C "$source_dir" -f Makefile.data PIPELINE=tiny config="$work/config" \
    work="$work/$1" bin="$bin/unetflow-" flags="--quiet $2" $3
}
fail() {
  echo "FAILED: $*"
  exit 1
}

run a "--threads 1" ""
run b "--threads 2" "images tiles augmented weights"
for folder in source images tiles augmented weights; do
  for file in $(cd "$work/b/$folder" && find . -type f ! -name '*.log' ! -name '*.digests'); do
    cmp "$work/a/$folder/$file" "$work/b/$folder/$file" || fail "$folder/$file depends on threads"
  done
done
[ -s "$work/a/report/report.html" ] || fail "no report"
! grep -rIlF "$work" "$work/a" --include='*.json' || fail "an artifact holds an absolute path"

logs() { stat -c '%n %i %y' "$work"/a/*/*.log; }
logs >"$work/before"
run a "--threads 2" all
logs | cmp - "$work/before" || fail "a second make, with other threads, did work again"

stages() { make --no-print-directory -C "$source_dir" -f Makefile.data PIPELINE=tiny config="$work/config" \
  work="$work/a" bin="$bin/unetflow-" why | sed -n '/: up to date$/!s/ .*//p' | sort -u | tr '\n' ' '; }
echo '{"w0": 5}' >"$work/config/weightmap.json"
[ "$(stages)" = "calibrate evaluate predict report segment train weightmap " ] || fail "changing weightmap.json reruns: $(stages)"
run a "--threads 2" all
[ "$(stages)" = "" ] || fail "a finished run would run: $(stages)"
echo '{"bootstrap": {"seed": 5}}' >"$work/config/evaluate.json"
[ "$(stages)" = "evaluate report " ] || fail "changing evaluate.json reruns: $(stages)"
echo "The pipeline is reproducible, and make reruns what is stale and nothing else."
