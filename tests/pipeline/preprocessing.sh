#!/usr/bin/env bash
# A model carries what was done to the images that it was trained on, and predict compares: other gray
# values, channels and pixel sizes are refused in one line that says what to do, or predicted on the
# model's pixel size; what is not known is told. usage: preprocessing.sh SOURCE_DIR BIN_DIR
set -u
config=$1/tests/pipeline/tiny
bin=$2/unetflow-
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
python=$1/.venv/bin/python
[ -x "$python" ] || { echo "SKIPPED: no .venv/bin/python to make the pictures with"; exit 77; }
cd "$work" || exit 1
shard=00000-of-00001
failures=0
fail() { echo "FAILED: $*"; cat message; failures=$((failures + 1)); }

"${bin}phantom" --quiet --set /pictures=4 --set /size=96 --output source/phantom.json || exit 1
"$python" - <<'END'
import pathlib
import numpy as np
from PIL import Image
for name in ("rgb", "fine", "deep"):
    pathlib.Path("source", name).mkdir()
for path in pathlib.Path("source/image").glob("*.png"):
    image = Image.open(path)
    image.convert("RGB").save(f"source/rgb/{path.name}")
    image.resize((192, 144), Image.Resampling.BICUBIC).save(f"source/fine/{path.name}")
    Image.fromarray(np.array(image).astype(np.uint16) * 257).save(f"source/deep/{path.name}")
END
images() { # images NAME PICTURES SETTING...: as NAME, without labels unless PICTURES is image
  local name=$1 pictures=$2 labels=
  shift 2
  [ "$pictures" != image ] || labels="label/*.png"
  "${bin}ingest" --quiet --set "/sources=[{\"pictures\": \"$pictures/*.png\", \"labels\": \"$labels\"}]" "$@" \
    --input source --output "$name/$shard.json" || exit 1
}
images here image --set /pixel_size='[0.3, 0.4]'
"${bin}tile" --quiet --config "$config/tile.json" --input here/$shard.json --output tiles/$shard.json || exit 1
"${bin}train" --quiet --config "$config/train.json" --set /epochs=8 --input tiles/$shard.json --output model/model.json || exit 1

predict() { # predict NAME OPTION...: of the images NAME
  local name=$1
  shift
  code=0
  "${bin}predict" "$@" --set '/subsets=["train", "test"]' --input model/model.json "$name/$shard.json" \
    --output "predicted-$name/$shard.json" 2>all || code=$?
  grep -v "^predict: \|: computes on the processor in " all >message # progress, and the device
}
refused() { # refused NAME WORDS OPTION...
  local name=$1 words=$2
  shift 2
  predict "$name" "$@"
  [ "$code" = 2 ] && [ "$(wc -l <message)" = 1 ] && grep -qF "$words" message || fail "$name $* gave $code"
  [ ! -e "predicted-$name/$shard.json" ] || fail "$name $* left a prediction"
}
done_with() { # done_with LINES NAME OPTION...
  local lines=$1 name=$2
  shift 2
  predict "$name" "$@"
  [ "$code" = 0 ] && [ "$(grep -c . message)" = "$lines" ] || fail "$name $* gave $code"
}

done_with 0 here --quiet
images stretched image --set '/scaling/rule="percentiles"' --set /pixel_size='[0.3, 0.4]'
refused stretched "stretched/$shard.json: has gray values that were scaled by percentiles, 0.5 to 99.5, expected by their type, 0"
done_with 0 stretched --quiet --set /any_scaling=true
images deep deep --set /pixel_size='[0.3, 0.4]'
refused deep "has gray values that were scaled by their type, 0 to 65535, expected by their type, 0 to 255 as in model/model.json"
images rgb rgb --set /pixel_size='[0.3, 0.4]'
refused rgb "has images of 3 channels, expected 1 channel as in model/model.json"
images fine fine --set /pixel_size='[0.2, 0.2]'
refused fine "has pixels of 0.2 x 0.2 um (y, x), expected 0.3 x 0.4 as in model/model.json: predict with --resample"
done_with 0 fine --quiet --resample
images unknown image
done_with 1 unknown
grep -q "unknown/$shard.json does not say a pixel size: not compared" message || fail "an unknown pixel size is not told"
images unsaid image
refused unsaid "unsaid/$shard.json: cannot be resampled: unsaid/$shard.json does not say a pixel size" --resample
images near image --set /pixel_size='[0.31, 0.39]'
done_with 0 near --quiet

# Validation compares, too.
"${bin}split" --quiet --set '/validation=["1"]' --input stretched/$shard.json --output split.json || exit 1
code=0
"${bin}train" --quiet --set /validation/every=1 --input tiles/$shard.json split.json stretched/$shard.json \
  --output validated/model.json 2>message || code=$?
[ "$code" = 2 ] && grep -q "stretched/$shard.json: has gray values that were scaled by percentiles" message ||
  fail "validation images that were scaled otherwise gave $code"

# Tiles may have been cut on other pixels than the images': validation measures what predict --resample gives.
"${bin}split" --quiet --set '/validation=["1"]' --input here/$shard.json --output here/split.json || exit 1
"${bin}tile" --quiet --config "$config/tile.json" --set '/pixel_size=[0.25, 0.3]' --input here/$shard.json --output finer/$shard.json || exit 1
"${bin}train" --quiet --config "$config/train.json" --set /validation/every=1 --set /epochs=1 \
  --input finer/$shard.json here/split.json here/$shard.json --output finer/model.json 2>message || fail "validation on other pixels gave $?"
"${bin}predict" --quiet --resample --set '/subsets=["validation"]' --input finer/model.json here/split.json here/$shard.json \
  --output validated/$shard.json 2>message || fail "predicting them gave $?"
"${bin}evaluate" --quiet --input here/$shard.json validated/$shard.json --output validated/evaluation.json
python3 - <<'END' || fail "validation on other pixels measures something else"
import json
scores = [line["validation"] for line in map(json.loads, open("finer/metrics.jsonl")) if "validation" in line][-1]
found = json.load(open("validated/metrics.json"))["pooled"]
for name, measured in scores.items():
    assert abs(found[name]["value"] - measured) < 1e-9, (name, measured, found[name]["value"])
END

# Images that nothing is said to be predicted of.
"${bin}predict" --set '/subsets=["test"]' --input model/model.json here/$shard.json --output none/$shard.json 2>message || fail "no image gave $?"
grep -q "no image is of subset test: none is predicted" message || fail "that nothing is predicted is not told"
# Without labels they are, by default.
"${bin}predict" --quiet --resample --input model/model.json fine/$shard.json --output unlabelled/$shard.json || fail "unlabelled images gave $?"

# The result of resampling is that of the images on the model's pixels, within what interpolation loses.
"$python" - <<'END' || fail "resampling is not accurate"
import h5py, numpy as np
from PIL import Image
def maps(folder):
    with h5py.File(f"{folder}/00000-of-00001.h5") as file:
        return [group["probability"][1] for _, group in sorted(file["pictures"].items())]
for coarse, fine, unlabelled in zip(maps("predicted-here"), maps("predicted-fine"), maps("unlabelled"), strict=True):
    assert fine.shape == (144, 192), fine.shape
    assert (fine == unlabelled).all()
    expected = np.array(Image.fromarray(coarse).resize((192, 144), Image.Resampling.BILINEAR))
    disagree = ((fine > 0.5) != (expected > 0.5)).mean()
    print(f"{100 * disagree:.1f} % of the pixels have another class, mean difference {abs(fine - expected).mean():.3f}")
    assert disagree < 0.05
END

# What the weights file says of itself, and a model that does not.
"$python" - <<'END' || fail "the weights file does not say what it was trained on"
import hashlib, json, struct
data = open("model/model.safetensors", "rb").read()
length = struct.unpack("<Q", data[:8])[0]
header = json.loads(data[8:8 + length])
said = json.loads(header["__metadata__"].pop("preprocessing"))
assert said["pixel_size_um"] == [0.3, 0.4] and said["scaling"]["rule"] == "dtype" and said["labels"]["kind"] == "binary", said
manifest = json.load(open("model/model.json"))
assert manifest["contents"].pop("preprocessing") == said
text = json.dumps(header).encode()
data = struct.pack("<Q", len(text)) + text + data[8 + length:]
open("model/model.safetensors", "wb").write(data)
manifest["files"] = [f for f in manifest["files"] if f["name"] != "model.safetensors"] + [
    {"name": "model.safetensors", "bytes": len(data), "sha256": hashlib.sha256(data).hexdigest()}]
json.dump(manifest, open("model/model.json", "w"))
END
done_with 1 deep
grep -q "model/model.json does not say how gray values were scaled; model/model.json does not say a pixel size: not compared" message ||
  fail "a model from before is not told"

[ "$failures" = 0 ] && echo "A model is only used on images like those that it was trained on."
