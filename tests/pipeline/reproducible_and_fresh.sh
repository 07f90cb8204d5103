#!/usr/bin/env bash
# The whole pipeline on a few small pictures: twice in two folders, with 1 and 3 threads and with
# what is left of LibTorch held to no vectors, it gives the same bytes, report included; each artifact
# can be made again from its chain, and compared with what was published; a second make does nothing; a changed configuration reruns its stage
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
ATEN_CPU_CAPABILITY=default run b "--threads 3" ""
files() { (cd "$work/$1" && find . -type f ! -name '*.log' ! -name '*.digests' | sort); }
[ "$(files a)" = "$(files b)" ] || fail "other files with other threads"
for file in $(files a); do
  cmp "$work/a/$file" "$work/b/$file" || fail "$file depends on threads"
done
run a "--threads 1" publish
run b "--threads 1" reproduce >"$work/said" || fail "what was published is not what was made"
grep -q "^model/model: the published bytes" "$work/said" || fail "$(cat "$work/said")"
"$bin/unetflow-inspect" --reproduce "$work/b/predictions/00000-of-00002.json" >"$work/said" || fail "cannot be made again"
grep -q "^predictions/00000-of-00002: the same" "$work/said" || fail "$(cat "$work/said")"
sed -i 's/"revision": 4/"revision": 2/' "$work/config/published.json"
run b "--threads 1" reproduce >/dev/null 2>"$work/said" && fail "another revision counts as published"
grep -q "model/model is made by revision 4 of stage train, and was by revision 2" "$work/said" || fail "$(cat "$work/said")"
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
