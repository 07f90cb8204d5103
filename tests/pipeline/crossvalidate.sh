#!/usr/bin/env bash
# Cross-validation predicts each training picture once, by the network that has not seen it, and leaves
# out what is held out. usage: crossvalidate.sh SOURCE_DIR BIN_DIR
set -eu
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
make --no-print-directory -C "$1" -f Makefile.data PIPELINE=tiny config=tests/pipeline/tiny work="$work" \
  bin="$2/unetflow-" flags=--quiet train_flags='--set /epochs=1' folds=3 crossvalidate
found=$(cut -d, -f1 "$work/folds/of-3/evaluation/pictures.csv" | tail -n +2 | sort -u | tr '\n' ' ')
[ "$found" = "0 1 2 " ] || { echo "FAILED: evaluated pictures $found, expected 0 1 2"; exit 1; }
