#!/usr/bin/env bash
# Cross-validation predicts each training image once, by the network that has not seen it, and leaves
# out what is held out. Its folds share images and tiles, run side by side, and a second make does
# nothing. usage: crossvalidate.sh SOURCE_DIR BIN_DIR
set -eu
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
crossvalidate() {
  make --no-print-directory -j2 -C "$1" -f Makefile.data PIPELINE=tiny config=tests/pipeline/tiny work="$work" \
    bin="$2/unetflow-" flags='--quiet --threads 1' train_flags='--set /epochs=1' folds=3 crossvalidate
}
fail() {
  echo "FAILED: $*"
  exit 1
}
logs() { find "$work" -name '*.log' -exec stat -c '%n %i %y' {} + | sort; }

crossvalidate "$1" "$2"
found=$(cut -d, -f1 "$work/folds/of-3/evaluation/pictures.csv" | tail -n +2 | sort -u | tr '\n' ' ')
[ "$found" = "0 1 2 " ] || fail "evaluated pictures $found, expected 0 1 2"
made=$(cd "$work" && find . -name '*.h5' -path '*/images/*' -o -name '*.h5' -path '*/tiles/*' | sort | tr '\n' ' ')
[ "$made" = "./images/00000-of-00002.h5 ./images/00001-of-00002.h5 ./tiles/00000-of-00002.h5 ./tiles/00001-of-00002.h5 " ] ||
  fail "images and tiles were made as $made"
for fold in 0 1 2; do
  python3 - "$work/folds/of-3/$fold" "$fold" <<'END'
import json, sys
folder, fold = sys.argv[1], int(sys.argv[2])
split = json.load(open(f"{folder}/split/split.json"))["contents"]["pictures"]
held = [entry["index"] for entry in split if entry["subset"] == "validation"]
assert held == [entry["index"] for entry in split if entry.get("fold") == fold], split
assert [entry["subset"] for entry in split if entry["name"] == "3"] == ["holdout"], split
predicted = [entry["index"] for shard in ("00000", "00001")
             for entry in json.load(open(f"{folder}/predictions/{shard}-of-00002.json"))["contents"]["pictures"]]
assert predicted == held and len(held) == 1, (predicted, held)
END
done
cmp -s "$work"/folds/of-3/[01]/model/model.safetensors && fail "two folds made one network"

logs >"$work/before"
crossvalidate "$1" "$2"
logs | cmp - "$work/before" || fail "a second cross-validation did work again"
