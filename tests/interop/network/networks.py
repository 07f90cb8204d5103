"""The networks as plain PyTorch modules, and what network_steps writes, for the comparisons beside."""
import json
import pathlib
import subprocess
import tempfile

import numpy as np
import torch
from torch import nn

CASE = {
    "network": {
        "architecture": "unet",
        "depth": 2,
        "width": 4,
        "channels": 1,
        "classes": 2,
        "normalisation": "none",
        "dropout": 0,
    },
    "optimiser": {
        "kind": "sgd",
        "learning_rate": 0.01,
        "momentum": 0.9,
        "weight_decay": 0,
        "gradient_clip": 0,
    },
    "schedule": {"kind": "constant", "warmup_fraction": 0.1},
    "loss": {"dice": 0},
    "batch": 2,
    "input": 60,
    "steps": 3,
}


def read_safetensors(path):
    """The format written down: header length, JSON header, float32 values."""
    data = pathlib.Path(path).read_bytes()
    length = int.from_bytes(data[:8], "little")
    tensors = {}
    for name, entry in json.loads(data[8 : 8 + length]).items():
        if name != "__metadata__":
            assert entry["dtype"] == "F32", entry
            first, last = (8 + length + offset for offset in entry["data_offsets"])
            values = np.frombuffer(data[first:last], "<f4").reshape(entry["shape"])
            tensors[name] = torch.from_numpy(values.copy())
    return tensors


def run(program, case):
    """What the C++ program makes of a case."""
    with tempfile.TemporaryDirectory() as folder:
        given, result = pathlib.Path(folder, "case.json"), pathlib.Path(folder, "out.safetensors")
        given.write_text(json.dumps(case))
        subprocess.run([program, given, result], check=True, env={"OMP_NUM_THREADS": str(torch.get_num_threads())})
        return read_safetensors(result)


def group(tensors, prefix):
    return {name[len(prefix) :]: t for name, t in tensors.items() if name.startswith(prefix)}


def normalisations(normalisation, channels):
    return [nn.GroupNorm(np.gcd(8, channels).item(), channels)] if normalisation == "group" else []


class Block(nn.Sequential):
    """Two valid convolutions."""

    def __init__(self, incoming, outgoing, normalisation):
        layers = []
        for number in (incoming, outgoing):
            layers += [nn.Conv2d(number, outgoing, 3), *normalisations(normalisation, outgoing), nn.ReLU()]
        super().__init__(*layers)


class ResidualBlock(Block):
    """The same with a cropped shortcut around it, before the last ReLU."""

    def __init__(self, incoming, outgoing, normalisation):
        super().__init__(incoming, outgoing, normalisation)
        self.count = len(self)
        if incoming != outgoing:
            self.shortcut = nn.Sequential(
                nn.Conv2d(incoming, outgoing, 1), *normalisations(normalisation, outgoing)
            )

    def forward(self, x):
        y = x
        for layer in list(self)[: self.count - 1]:
            y = layer(y)
        x = x[..., 2:-2, 2:-2]
        return torch.relu(y + (self.shortcut(x) if hasattr(self, "shortcut") else x))


class UNet(nn.Module):
    block = Block

    def __init__(self, depth, width, channels, classes, normalisation, **_):
        super().__init__()

        def block(incoming, outgoing):
            return self.block(incoming, outgoing, normalisation)

        widths = [width << level for level in range(depth + 1)]
        pairs = list(zip(widths[:0:-1], widths[-2::-1]))
        self.encoder_blocks = nn.ModuleList(map(block, [channels] + widths[: depth - 1], widths))
        self.bottleneck_block = block(widths[-2], widths[-1])
        self.decoder_blocks = nn.ModuleList(block(*pair) for pair in pairs)
        self.up_convs = nn.ModuleList(nn.ConvTranspose2d(*pair, 2, stride=2) for pair in pairs)
        self.prediction = nn.Conv2d(width, classes, 1)

    def forward(self, x):
        skipped = []
        for block in self.encoder_blocks:
            skipped.append(block(x))
            x = nn.functional.max_pool2d(skipped[-1], 2)
        x = self.bottleneck_block(x)
        for up, block in zip(self.up_convs, self.decoder_blocks):
            x, skip = up(x), skipped.pop()
            border = (skip.shape[-1] - x.shape[-1]) // 2
            x = block(torch.cat([skip[..., border:-border, border:-border], x], 1))
        return self.prediction(x)


class ResidualUNet(UNet):
    block = ResidualBlock


class Fcn8s(nn.Module):
    def __init__(self, depth, width, channels, classes, **_):
        super().__init__()
        # Of a U-Net of this depth: two convolutions per level on the way down and up.
        self.margin = sum(2 << level for level in range(depth)) * 2 + (2 << depth)
        features = []
        for factor, count in ((1, 2), (2, 2), (4, 3), (8, 3), (8, 3)):
            for _ in range(count):
                features += [nn.Conv2d(channels, width * factor, 3, padding=1), nn.ReLU()]
                channels = width * factor
            features.append(nn.MaxPool2d(2, ceil_mode=True))
        self.features = nn.Sequential(*features)
        self.classifier = nn.Sequential(
            nn.Conv2d(channels, 64 * width, 7, padding=3),
            nn.ReLU(),
            nn.Dropout(0),
            nn.Conv2d(64 * width, 64 * width, 1),
            nn.ReLU(),
        )
        self.score_fr = nn.Conv2d(64 * width, classes, 1)
        self.score_pool4 = nn.Conv2d(8 * width, classes, 1)
        self.score_pool3 = nn.Conv2d(4 * width, classes, 1)
        self.upscore2 = nn.ConvTranspose2d(classes, classes, 4, 2, 1, bias=False)
        self.upscore_pool4 = nn.ConvTranspose2d(classes, classes, 4, 2, 1, bias=False)
        self.upscore8 = nn.ConvTranspose2d(classes, classes, 16, 8, 4, bias=False)

    def forward(self, x):
        side = x.shape[-1]
        pool3 = self.features[:17](x)
        pool4 = self.features[17:24](pool3)
        fc7 = self.classifier(self.features[24:](pool4))

        def add(coarse, fine):
            return coarse[..., : fine.shape[-2], : fine.shape[-1]] + fine

        fused = add(self.upscore2(self.score_fr(fc7)), self.score_pool4(pool4))
        fused = add(self.upscore_pool4(fused), self.score_pool3(pool3))
        inner = slice(self.margin, side - self.margin)
        return self.upscore8(fused)[..., inner, inner]
