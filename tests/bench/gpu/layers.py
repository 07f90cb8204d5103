#!/usr/bin/env python3
"""What LibTorch's own kernels can do for the U-Net on this card: copying and multiplying at most, its convolutions one by one, and
a whole step in PyTorch, kernel by kernel, recorded, and compiled. In bfloat16 and channels_last.

usage: layers.py OUT.json [--seconds 200] [--small]        --small: a dry run
"""
import argparse
import json
import statistics
import time

import torch
from torch.nn import functional

parser = argparse.ArgumentParser()
parser.add_argument("out")
parser.add_argument("--seconds", type=float, default=200)
parser.add_argument("--small", action="store_true")
ARGS = parser.parse_args()
GPU = torch.cuda.is_available()
DEVICE = "cuda" if GPU else "cpu"
SIDE, WIDTH, LEVELS = (188, 4, 5) if ARGS.small else (572, 64, 5)
END = time.monotonic() + ARGS.seconds
RESULT = {"torch": torch.__version__}
LAST = torch.channels_last


def milliseconds(work, least=0.15):
    """The median."""
    for _ in range(3):
        work()
    times, stop = [], time.monotonic() + least
    while len(times) < (10 if GPU else 1) or time.monotonic() < stop and len(times) < 300:
        if GPU:
            begin, end = (torch.cuda.Event(enable_timing=True) for _ in range(2))
            begin.record()
            work()
            end.record()
            end.synchronize()
            times.append(begin.elapsed_time(end))
        else:
            begin = time.perf_counter()
            work()
            times.append(1000 * (time.perf_counter() - begin))
    return statistics.median(times)


def ceilings():
    size = 1 << (30 if GPU else 16)
    a = torch.rand(size, device=DEVICE)
    b = torch.empty_like(a)
    RESULT["copy, TB/s"] = 8 * size / milliseconds(lambda: b.copy_(a)) / 1e9
    del a, b
    side = 8192 if GPU else 64
    x, y = (torch.randn(side, side, device=DEVICE, dtype=torch.bfloat16) for _ in range(2))
    RESULT["product, TFLOP/s"] = 2 * side**3 / milliseconds(lambda: x @ y) / 1e9
    print({key: round(value, 2) for key, value in RESULT.items() if isinstance(value, float)})


def convolutions():
    """Name, channels in and out, side of the input: of the network's 3x3 convolutions, in order."""
    side, before = SIDE, 1
    for level in range(LEVELS):
        for channels in (before, WIDTH << level):
            yield f"down {level}", channels, WIDTH << level, side
            side -= 2
        before = WIDTH << level
        side = side // 2 if level < LEVELS - 1 else side
    for level in reversed(range(LEVELS - 1)):
        side *= 2
        for channels in (2, 1):
            yield f"up {level}", channels * (WIDTH << level), WIDTH << level, side
            side -= 2


def table(batch):
    rows = []
    for name, before, after, side in convolutions():
        if END - time.monotonic() < 60 and GPU:
            break
        x = torch.randn(batch, before, side, side, device=DEVICE, dtype=torch.bfloat16)
        x = torch.empty(x.shape, device=DEVICE, dtype=x.dtype, memory_format=LAST).copy_(x)
        weight = torch.randn(after, before, 3, 3, device=DEVICE, dtype=torch.bfloat16).to(memory_format=LAST)
        bias = torch.randn(after, device=DEVICE, dtype=torch.bfloat16)
        gradient = torch.randn_like(functional.conv2d(x, weight))

        def backward(of_input, of_weight, x=x, weight=weight, gradient=gradient):
            return torch.ops.aten.convolution_backward(gradient, x, weight, None, [1, 1], [0, 0], [1, 1], False, [0, 0], 1,
                                                       [of_input, of_weight, False])

        row = {"layer": name, "in": before, "out": after, "side": side, "gflop": 2 * 9 * before * gradient.numel() / 1e9}
        for found in (False, True):
            torch.backends.cudnn.benchmark = found
            end = " found" if found else ""
            row["forward" + end] = milliseconds(lambda x=x, weight=weight: functional.conv2d(x, weight))
            row["of weight" + end] = milliseconds(lambda: backward(False, True))
            if before > 1:
                row["of input" + end] = milliseconds(lambda: backward(True, False))
            if GPU and before % 8 == 0:
                row["with bias, ReLU" + end] = milliseconds(
                    lambda x=x, weight=weight, bias=bias: torch.cudnn_convolution_relu(x, weight, bias, [1, 1], [0, 0], [1, 1], 1))
        row["apart"] = milliseconds(lambda x=x, weight=weight, bias=bias: functional.conv2d(x, weight, bias).relu_())
        rows.append(row)
        print(f"{name:7}{before:5}{after:5}{side:4}", *(f"{key} {1000 * row[key]:.0f}" for key in row if isinstance(row[key], float) and key != "gflop"), "us")
    best = sum(min(row.get(key, 0), row.get(key + " found", 0)) for row in rows for key in ("forward", "of weight", "of input"))
    flop = sum(row["gflop"] * (3 if row["in"] > 1 else 2) for row in rows)
    print(f"batch {batch}: convolutions {best:.2f} ms, {flop / max(best, 1e-9):.0f} GFLOP/ms")
    RESULT[f"convolutions, batch {batch}"] = rows


class UNet(torch.nn.Module):
    """As the project's."""

    def __init__(self):
        super().__init__()
        nn, wide = torch.nn, [WIDTH << level for level in range(LEVELS)]

        def block(before, after):
            return nn.Sequential(nn.Conv2d(before, after, 3), nn.ReLU(True), nn.Conv2d(after, after, 3), nn.ReLU(True))

        self.down = nn.ModuleList(block(wide[level - 1] if level else 1, wide[level]) for level in range(LEVELS))
        self.grow = nn.ModuleList(nn.ConvTranspose2d(wide[level + 1], wide[level], 2, 2) for level in range(LEVELS - 1))
        self.up = nn.ModuleList(block(wide[level + 1], wide[level]) for level in range(LEVELS - 1))
        self.prediction = nn.Conv2d(WIDTH, 2, 1)

    def forward(self, x):
        skipped = []
        for level, block in enumerate(self.down):
            x = block(x if level == 0 else functional.max_pool2d(x, 2))
            skipped.append(x)
        for level in reversed(range(LEVELS - 1)):
            x = self.grow[level](x)
            border = (skipped[level].shape[2] - x.shape[2]) // 2
            x = self.up[level](torch.cat([functional.pad(skipped[level], (-border,) * 4), x], 1))
        return self.prediction(x)


def step(batch, how):
    torch.backends.cudnn.benchmark = True
    network = UNet().to(DEVICE).to(memory_format=LAST)
    x = torch.empty(batch, 1, SIDE, SIDE, device=DEVICE, memory_format=LAST).normal_()
    out = SIDE - 184
    label = torch.randint(2, (batch, out, out), device=DEVICE)
    weight = torch.rand(batch, out, out, device=DEVICE)
    optimiser = torch.optim.SGD(network.parameters(), 1e-4, 0.99, fused=True)
    forward = torch.compile(network, dynamic=False) if how == "compiled" else network

    def once():
        with torch.autocast(DEVICE, torch.bfloat16):
            y = forward(x)
        (functional.cross_entropy(y.float(), label, reduction="none") * weight).mean().backward()
        optimiser.step()
        optimiser.zero_grad(set_to_none=True)

    if how == "kernel by kernel" or not GPU:
        return milliseconds(once, 1)
    beside = torch.cuda.Stream()
    beside.wait_stream(torch.cuda.current_stream())
    with torch.cuda.stream(beside):
        for _ in range(4):
            once()
    torch.cuda.current_stream().wait_stream(beside)
    graph = torch.cuda.CUDAGraph()
    with torch.cuda.graph(graph):
        once()
    return milliseconds(graph.replay, 1)


def steps():
    for batch in (1, 8) if GPU else (1,):
        for how in ("kernel by kernel", "recorded", "compiled"):
            if END - time.monotonic() < (90 if how == "compiled" else 15) or (how == "compiled" and not GPU):
                print(f"no time for a step of {batch}, {how}")
                continue
            try:
                taken = step(batch, how)
            except Exception as error:  # the rest goes on
                print(f"a step of {batch}, {how}, failed:", str(error).splitlines()[0])
                continue
            RESULT[f"step of {batch}, {how}, ms"] = taken
            print(f"a step of {batch}, {how}: {taken:.2f} ms, {1000 * batch / taken:.0f}/s")


for part in (ceilings, lambda: table(1), lambda: table(8) if GPU else None, steps):
    part()
    with open(ARGS.out, "w") as file:
        json.dump(RESULT, file, indent=1)
