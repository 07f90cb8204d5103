"""The document's own Unet, run from the document, gives the same probabilities and the same loss as
ours with the same weights. Its output channel 0 is the interior, which is our class 1: the two are
swapped.

usage: compare_document.py NETWORK_STEPS SHARED_FOLDER
"""
import copy
import importlib.util
import pathlib
import sys

import torch

from networks import CASE, group, run

SKIPPED = 77

torch.set_num_threads(1)
shared = pathlib.Path(sys.argv[2])
loader, text = shared / "baselines/seed_python.py", shared / "reference/u-net-summary.md"
if not (loader.exists() and text.exists()):
    print(f"skipped: there is no {loader} or no {text}")
    sys.exit(SKIPPED)

spec = importlib.util.spec_from_file_location("loader", loader)
module = importlib.util.module_from_spec(spec)
spec.loader.exec_module(module)
network = module.load(str(text), "")["Unet"]()

case = copy.deepcopy(CASE)
case["network"].update(depth=4, width=64)
case.update(batch=1, input=572, steps=0)
tensors = run(sys.argv[1], case)


def swapped(weights):
    return {k: v.flip(0) if k.startswith("prediction.") else v for k, v in weights.items()}


network.load_state_dict(swapped(group(tensors, "first/")))
with torch.no_grad():
    p = network(tensors["input"])
label, weight = tensors["label"].unsqueeze(1), tensors["weight"].unsqueeze(1)
loss = -(weight * (p[:, 0:1].log() * label + p[:, 1:2].log() * (1 - label))).mean()
difference = (tensors["logits"].softmax(1).flip(1) - p).abs().max().item()
ours = tensors["loss"].item()
print(f"loss {ours:.7f}, the document's {loss.item():.7f}; probabilities differ by {difference:.1e}")
sys.exit(0 if difference < 1e-5 and abs(ours / loss.item() - 1) < 1e-5 else 1)
