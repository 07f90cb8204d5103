"""Training a few steps in C++ equals training in PyTorch from the same weights: outputs, losses,
weights, learning rates.

usage: compare.py NETWORK_STEPS
"""
import copy
import sys

import torch
from torch.nn.functional import cross_entropy, one_hot

from networks import CASE, Fcn8s, ResidualUNet, UNet, group, run

torch.set_num_threads(1)


def changed(**sections):
    case = copy.deepcopy(CASE)
    for name, value in sections.items():
        if isinstance(value, dict):
            case[name].update(value)
        else:
            case[name] = value
    return case


CASES = {
    "unet, sgd": changed(),
    "unet of depth 4": changed(network={"depth": 4}, input=188),
    "unet, several channels and classes": changed(network={"channels": 3, "classes": 4}),
    "unet with GroupNorm": changed(network={"normalisation": "group", "width": 6}),
    "residual unet": changed(network={"architecture": "residual_unet"}),
    "residual unet with GroupNorm": changed(
        network={"architecture": "residual_unet", "normalisation": "group", "width": 6, "channels": 3}
    ),
    "sgd with weight decay": changed(optimiser={"weight_decay": 0.1}),
    "sgd without momentum": changed(optimiser={"momentum": 0}),
    "clipped gradients": changed(optimiser={"gradient_clip": 0.1}),
    "adamw": changed(optimiser={"kind": "adamw", "weight_decay": 0.1}),
    "adamw, clipped gradients": changed(optimiser={"kind": "adamw", "gradient_clip": 0.5}),
    "soft Dice": changed(loss={"dice": 0.5}, network={"classes": 3}),
    "cosine": changed(schedule={"kind": "cosine"}, steps=8),
    "one cycle": changed(schedule={"kind": "one_cycle", "warmup_fraction": 0.3}, steps=8),
    "fcn8s": changed(network={"architecture": "fcn8s"}, input=131),
    "fcn8s of width 1, rgb": changed(
        network={"architecture": "fcn8s", "width": 1, "channels": 3, "depth": 1}, input=96
    ),
}


def loss_of(logits, label, weight, dice):
    loss = (weight * cross_entropy(logits, label, reduction="none")).mean()
    if dice:
        p = logits.softmax(1).transpose(0, 1)[1:].flatten(1)
        y = one_hot(label, logits.shape[1]).movedim(-1, 0)[1:].flatten(1)
        loss = loss + dice * (1 - ((2 * (p * y).sum(1) + 1) / (p.sum(1) + y.sum(1) + 1)).mean())
    return loss


def scheduler(optimiser, case):
    schedule, steps = case["schedule"], case["steps"]
    if schedule["kind"] == "cosine":
        return torch.optim.lr_scheduler.CosineAnnealingLR(optimiser, steps)
    if schedule["kind"] == "one_cycle":
        return torch.optim.lr_scheduler.OneCycleLR(
            optimiser,
            case["optimiser"]["learning_rate"],
            total_steps=steps,
            pct_start=schedule["warmup_fraction"],
            cycle_momentum=False,
        )
    return torch.optim.lr_scheduler.ConstantLR(optimiser, 1)


def optimiser_of(network, kind, learning_rate, momentum, weight_decay, **_):
    if kind == "adamw":
        return torch.optim.AdamW(network.parameters(), lr=learning_rate, weight_decay=weight_decay)
    return torch.optim.SGD(
        network.parameters(), lr=learning_rate, momentum=momentum, weight_decay=weight_decay
    )


def train(case, tensors):
    """The same training in PyTorch, under the names that network_steps uses."""
    make = {"unet": UNet, "residual_unet": ResidualUNet, "fcn8s": Fcn8s}[case["network"]["architecture"]]
    network = make(**case["network"])
    network.load_state_dict(group(tensors, "first/"))
    optimiser = optimiser_of(network, **case["optimiser"])
    schedule = scheduler(optimiser, case)
    average = torch.optim.swa_utils.AveragedModel(
        network,
        multi_avg_fn=lambda averaged, current, number: torch._foreach_lerp_(
            averaged, current, 1 - min(0.7, number.item() / (number.item() + 1))
        ),
    )
    label = tensors["label"].long()
    result = {"losses": [], "rates": []}
    for step in range(case["steps"]):
        loss = loss_of(network(tensors["input"]), label, tensors["weight"], case["loss"]["dice"])
        result["losses"].append(loss.item())
        result["rates"].append(schedule.get_last_lr()[0])
        optimiser.zero_grad()
        loss.backward()
        if case["optimiser"]["gradient_clip"]:
            torch.nn.utils.clip_grad_norm_(network.parameters(), case["optimiser"]["gradient_clip"])
        optimiser.step()
        schedule.step()
        average.update_parameters(network)
        if step == 0:
            result |= {f"second/{k}": v.clone() for k, v in network.state_dict().items()}
    result |= {f"last/{k}": v for k, v in network.state_dict().items()}
    result |= {f"ema/{k}": v for k, v in average.module.state_dict().items()}
    result["logits"] = network(tensors["input"]).detach()
    result["loss"] = loss_of(result["logits"], label, tensors["weight"], case["loss"]["dice"])
    return {name: torch.as_tensor(value) for name, value in result.items()}


def compare(name, case, program):
    tensors = run(program, case)
    expected = train(case, tensors)
    worst = {}
    for key, value in expected.items():
        scale = max(value.abs().max().item(), 1e-3)
        difference = (tensors[key] - value).abs().max().item() / scale
        what = key.split("/")[0]
        worst[what] = max(worst.get(what, 0), difference)
    unknown = set(tensors) - set(expected) - {"input", "label", "weight"}
    unknown = {key for key in unknown if not key.startswith("first/")}
    # AdamW divides by the root of the mean square: where that is tiny, so is what PyTorch's kernels round otherwise from
    # processor to processor, but not the quotient (2e-5 with AVX2).
    allowed = 1e-4 if "adamw" in name else 1e-5
    passed = not unknown and max(worst.values()) <= allowed
    moved = max((tensors["last/" + k] - v).abs().max() for k, v in group(tensors, "first/").items())
    print("ok  " if passed and moved > 1e-4 else "FAIL", name, {k: f"{v:.0e}" for k, v in worst.items()})
    return passed and moved > 1e-4


outcomes = [compare(name, case, sys.argv[1]) for name, case in CASES.items()]
sys.exit(0 if all(outcomes) else 1)
