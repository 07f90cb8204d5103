#!/usr/bin/env bash
# Three classes and two channels through the whole pipeline: both foreground classes are found on a
# picture that was held out. usage: classes.sh SOURCE_DIR BIN_DIR
set -eu
source_dir=$1
bin=$2
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
python=$source_dir/.venv/bin/python
[ -x "$python" ] || { echo "SKIPPED: no .venv/bin/python to make the pictures with"; exit 77; }
"$python" "$source_dir/tests/pipeline/classes/make_pictures.py" "$work/source"
make --no-print-directory -C "$source_dir" -f Makefile.data PIPELINE=classes config=tests/pipeline/classes \
  work="$work" bin="$bin/unetflow-" flags=--quiet
"$python" - "$work/evaluation/metrics.json" <<'END'
import json, sys
metrics = json.load(open(sys.argv[1]))
print(json.dumps(metrics["classes"], indent=1))
for found in metrics["classes"]:
    assert found["iou"] > 0.7, f"class {found} was not learned"
assert len(metrics["classes"]) == 2, "expected both foreground classes"
END
[ -s "$work/report/report.html" ] || { echo "FAILED: no report"; exit 1; }
