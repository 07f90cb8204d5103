#!/usr/bin/env bash
# A training that measures itself on a validation image stops when that no longer gets better, and keeps
# the weights that did best: predicting and evaluating with the model gives the very scores that were
# measured in that epoch. Stopped in between and resumed, it ends in the same bytes.
# usage: early_stopping.sh SOURCE_DIR BIN_DIR
set -eu
config=$1/tests/pipeline/tiny
bin=$2/unetflow-
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
shard=00000-of-00001
fail() { echo "FAILED: $*"; exit 1; }

"${bin}phantom" --quiet --config "$config/phantom.json" --output "$work/source/phantom.json"
"${bin}ingest" --quiet --config "$config/ingest.json" --input "$work/source/phantom.json" --output "$work/images/$shard.json"
echo '{"validation": ["1"], "holdout": ["3"]}' >"$work/split-config.json"
"${bin}split" --quiet --config "$work/split-config.json" --input "$work/images/$shard.json" --output "$work/split/split.json"
"${bin}tile" --quiet --config "$config/tile.json" --input "$work/images/$shard.json" --output "$work/tiles/$shard.json"
train() { # train NAME
  exec "${bin}train" --config "$config/train.json" --augment "$config/augment.json" \
    --input "$work/split/split.json" "$work/tiles/$shard.json" "$work/images/$shard.json" \
    --output "$work/$1/model.json" --threads 1 --quiet --set /epochs=200 --set '/validation={"every": 1, "patience": 1}' \
    --set /network/width=8 --set '/network/normalisation="group"' --set /checkpoint_minutes=0 --set /ema_decay=0.9
}
(train model)

echo '{"subsets": ["validation"], "precision": "float32"}' >"$work/predict.json"
"${bin}predict" --quiet --config "$work/predict.json" --threads 1 \
  --input "$work/model/model.json" "$work/split/split.json" "$work/images/$shard.json" --output "$work/predictions/$shard.json"
"${bin}evaluate" --quiet \
  --input "$work/images/$shard.json" "$work/predictions/$shard.json" --output "$work/evaluation/evaluation.json"

python3 - "$work" <<'END'
import json, pathlib, sys
work = pathlib.Path(sys.argv[1])
lines = [json.loads(line) for line in (work / "model/metrics.jsonl").read_text().splitlines()]
scores = [line["validation"] for line in lines if "mean_loss" in line]
v_rand = [score["v_rand"] for score in scores]
best = v_rand.index(max(v_rand))
print("V_rand by epoch:", " ".join(f"{value:.4f}" for value in v_rand))
contents = json.loads((work / "model/model.json").read_text())["contents"]
assert 2 < len(v_rand) < 200, f"trained for {len(v_rand)} epochs"
assert contents["best_epoch"] == best == len(v_rand) - 2, f"kept epoch {contents['best_epoch']}, the best is {best}"
pooled = json.loads((work / "evaluation/metrics.json").read_text())["pooled"]
for name, measured in scores[best].items():
    found = pooled[name]["value"]
    assert abs(found - measured) < 1e-9, f"{name} was {measured} in training, evaluation finds {found}"
END

(train stopped) 2>"$work/message" &
pid=$!
while [ -z "$(find "$work/stopped/checkpoints" -name '00000001*.json' 2>/dev/null)" ]; do
  kill -0 "$pid" 2>/dev/null || fail "the training ended early: $(cat "$work/message")"
  sleep 0.02
done
kill -TERM "$pid"
code=0
wait "$pid" || code=$?
[ "$code" = 1 ] || fail "SIGTERM gave $code: $(cat "$work/message")"
(train stopped)
for file in model.safetensors metrics.jsonl model.json; do
  cmp "$work/model/$file" "$work/stopped/$file" || fail "$file differs after stopping and resuming"
done
