"""Turns a model that unetflow-export wrote into the formats of other programs.

    python -m unetflow.convert em2012.safetensors em2012.onnx            # ONNX
    python -m unetflow.convert em2012.safetensors em2012.pt              # TorchScript
    python -m unetflow.convert em2012.safetensors em2012.zip --author "Ada Lovelace" --license CC-BY-4.0    # BioImage.IO

The network takes an image [batch, channel, y, x] float32, scaled as in training, and gives the probability of each class
[batch, class, y, x]. All convolutions are valid, so the output is smaller than the input by a margin on each side: whoever
wants a map of a whole image mirrors it at its edges first. Networks with GroupNorm expect tiles as large as those of
training (input_size). FCN-8s pads by zeros inside, and its output depends on where the tile ends for some way: images are
mirrored by that much more, which is cut off the output again.
"""
import argparse
import hashlib
import json
import os
import re
import sys
import tempfile
import zipfile
from pathlib import Path

import numpy

GROUPS, EPSILON = 8, 1e-5


class NotConvertible(ValueError):
    """A file that is not a model of unetflow, or a network that cannot be converted."""


class Model:
    """The tensors of a .safetensors file, and what it says of itself."""

    def __init__(self, path):
        try:
            data = Path(path).read_bytes()
            length = int.from_bytes(data[:8], "little")
            header = json.loads(data[8 : 8 + length])
            about = json.loads(header.pop("__metadata__")["unetflow"])
        except (OSError, ValueError, KeyError) as error:
            reason = error.strerror if isinstance(error, OSError) else "expected a file that unetflow-export wrote"
            raise NotConvertible(f"{path}: cannot be read as a model: {reason}") from None
        self.name = Path(path).stem
        self.sha256 = hashlib.sha256(data).hexdigest()
        self.tensors = {}
        for name, entry in header.items():
            first, last = (8 + length + offset for offset in entry["data_offsets"])
            self.tensors[name] = numpy.frombuffer(data[first:last], "<f4").reshape(entry["shape"])
        contents = about["contents"]
        self.network = contents["network"]
        self.input_size, self.output_size = contents["input_size"], contents["output_size"]
        self.preprocessing = contents.get("preprocessing", {})
        self.rule = contents.get("rule")
        if self.network["architecture"] not in NETWORKS:
            raise NotConvertible(f"{path}: is of a network that cannot be converted, {self.network['architecture']}; "
                                 f"expected one of {', '.join(NETWORKS)}")

    @property
    def margin(self):
        return (self.input_size - self.output_size) // 2

    @property
    def border(self):
        """Pixels of the output on each side that depend on where the tile ends; of FCN-8s, a multiple of its stride."""
        reach = 245 if self.network["architecture"] == "fcn8s" else 0  # as lib/network/fcn8s.cpp finds it
        return max(reach - self.margin + 31, 0) // 32 * 32


def probabilities(ops, model, x):
    """The network, written once: `ops` compute it (Torch), or write down how (Onnx)."""
    return ops.softmax(NETWORKS[model.network["architecture"]](ops, model, x))


def fcn8s(ops, model, image):
    x, number, pooled = image, 0, []
    for convolutions in (2, 2, 3, 3, 3):
        for _ in range(convolutions):
            x = ops.relu(ops.convolution(x, f"features.{number}", padding=1))
            number += 2
        x = ops.max_pool(x, rounded_up=True)
        pooled.append(x)
        number += 1
    x = ops.relu(ops.convolution(x, "classifier.0", padding=3))
    x = ops.convolution(ops.relu(ops.convolution(x, "classifier.3")), "score_fr")
    for up, score, skipped in (("upscore2", "score_pool4", pooled[3]), ("upscore_pool4", "score_pool3", pooled[2])):
        fine = ops.convolution(skipped, score)
        x = ops.add(ops.cut(ops.upsample(x, up, 2, padding=1), fine), fine)
    return ops.cut(ops.upsample(x, "upscore8", 8, padding=4), image, model.margin)


def unet(ops, model, x):
    residual = model.network["architecture"] == "residual_unet"
    normalised = model.network["normalisation"] == "group"
    depth, step = model.network["depth"], 3 if normalised else 2

    def layer(x, name, number):
        x = ops.convolution(x, f"{name}.{number}")
        return ops.group_norm(x, f"{name}.{number + 1}") if normalised else x

    def block(x, name):
        y = layer(ops.relu(layer(x, name, 0)), name, step)
        if residual:
            x = ops.crop(x, 2)
            y = ops.add(y, layer(x, f"{name}.shortcut", 0) if f"{name}.shortcut.0.weight" in model.tensors else x)
        return ops.relu(y)

    skipped = []
    for level in range(depth):
        skipped.append(block(x, f"encoder_blocks.{level}"))
        x = ops.max_pool(skipped[-1])
    x = block(x, "bottleneck_block")
    crop = 4  # on each side: two convolutions at half the resolution
    for number in range(depth):
        x = ops.upsample(x, f"up_convs.{number}")
        x = block(ops.concatenate(ops.crop(skipped.pop(), crop), x), f"decoder_blocks.{number}")
        crop = 2 * crop + 8
    return ops.convolution(x, "prediction")


NETWORKS = {"unet": unet, "residual_unet": unet, "fcn8s": fcn8s}


def groups_of(scale):
    return int(numpy.gcd(GROUPS, len(scale)))


class Torch:
    """Operations on torch's tensors."""

    def __init__(self, tensors):
        import torch

        self.torch = torch
        self.tensors = {name: torch.from_numpy(values.copy()) for name, values in tensors.items()}
        self.groups = {name.removesuffix(".weight"): groups_of(values) for name, values in tensors.items()}

    def parameters(self, name):
        return self.tensors[f"{name}.weight"], self.tensors.get(f"{name}.bias")

    def convolution(self, x, name, padding=0):
        return self.torch.conv2d(x, *self.parameters(name), padding=padding)

    def upsample(self, x, name, factor=2, padding=0):
        return self.torch.conv_transpose2d(x, *self.parameters(name), stride=factor, padding=padding)

    def group_norm(self, x, name):
        weight, bias = self.parameters(name)
        return self.torch.group_norm(x, self.groups[name], weight, bias, EPSILON)

    def relu(self, x):
        return self.torch.relu(x)

    def max_pool(self, x, rounded_up=False):
        return self.torch.max_pool2d(x, 2, ceil_mode=rounded_up)

    def crop(self, x, by):
        return x[:, :, by:-by, by:-by]

    def cut(self, x, like, by=0):
        """The part of x that `like` has, less `by` on each side."""
        return x[:, :, by : like.shape[2] - by, by : like.shape[3] - by]

    def add(self, x, y):
        return x + y

    def concatenate(self, x, y):
        return self.torch.cat([x, y], 1)

    def softmax(self, x):
        return self.torch.softmax(x, 1)


class Onnx:
    """Operations as nodes of an ONNX graph; a value is its name."""

    OPSET = 17

    def __init__(self, tensors):
        import onnx

        self.onnx = onnx
        self.tensors, self.nodes, self.constants = tensors, [], {}

    def node(self, kind, *inputs, **attributes):
        name = f"{kind.lower()}_{len(self.nodes)}"
        self.nodes.append(self.onnx.helper.make_node(kind, list(inputs), [name], name=name, **attributes))
        return name

    def constant(self, name, values):
        self.constants[name] = self.onnx.numpy_helper.from_array(numpy.ascontiguousarray(values), name)
        return name

    def numbers(self, *values):
        return self.constant("_".join(["int", *map(str, values)]), numpy.array(values, numpy.int64))

    def parameters(self, name, *shape):
        return [self.constant(f"{name}.{part}", self.tensors[f"{name}.{part}"].reshape(shape or self.tensors[f"{name}.{part}"].shape))
                for part in ("weight", "bias") if f"{name}.{part}" in self.tensors]

    def convolution(self, x, name, padding=0):
        return self.node("Conv", x, *self.parameters(name), pads=[padding] * 4)

    def upsample(self, x, name, factor=2, padding=0):
        return self.node("ConvTranspose", x, *self.parameters(name), strides=[factor] * 2, pads=[padding] * 4)

    def group_norm(self, x, name):
        channels = len(self.tensors[f"{name}.weight"])
        groups = groups_of(self.tensors[f"{name}.weight"])
        ones = self.constant(f"ones_{groups}", numpy.ones(groups, numpy.float32))
        zeros = self.constant(f"zeros_{groups}", numpy.zeros(groups, numpy.float32))
        grouped = self.node("Reshape", x, self.numbers(0, groups, -1))
        y = self.node("InstanceNormalization", grouped, ones, zeros, epsilon=EPSILON)
        weight, bias = self.parameters(name, channels, 1, 1)
        y = self.node("Reshape", y, self.node("Shape", x))
        return self.node("Add", self.node("Mul", y, weight), bias)

    def relu(self, x):
        return self.node("Relu", x)

    def max_pool(self, x, rounded_up=False):
        return self.node("MaxPool", x, kernel_shape=[2, 2], strides=[2, 2], ceil_mode=int(rounded_up))

    def crop(self, x, by):
        return self.node("Slice", x, self.numbers(by, by), self.numbers(-by, -by), self.numbers(2, 3))

    def cut(self, x, like, by=0):
        ends = self.node("Slice", self.node("Shape", like), self.numbers(2), self.numbers(4))
        return self.node("Slice", x, self.numbers(by, by), self.node("Sub", ends, self.numbers(by)), self.numbers(2, 3))

    def add(self, x, y):
        return self.node("Add", x, y)

    def concatenate(self, x, y):
        return self.node("Concat", x, y, axis=1)

    def softmax(self, x):
        return self.node("Softmax", x, axis=1)


def write_onnx(model, path):
    ops = Onnx(model.tensors)
    onnx, helper = ops.onnx, ops.onnx.helper
    result = probabilities(ops, model, "image")
    ops.nodes[-1].output[0] = "probability"
    assert result == ops.nodes[-1].name
    value = lambda name, channels: helper.make_tensor_value_info(name, onnx.TensorProto.FLOAT, ["batch", channels, None, None])
    graph = helper.make_graph(ops.nodes, "unetflow", [value("image", model.network["channels"])],
                              [value("probability", model.network["classes"])], list(ops.constants.values()))
    written = helper.make_model(graph, producer_name="unetflow", opset_imports=[helper.make_opsetid("", Onnx.OPSET)], ir_version=8)
    helper.set_model_props(written, {"unetflow_model_sha256": model.sha256, "input_size": str(model.input_size),
                                     "output_size": str(model.output_size), "preprocessing": json.dumps(model.preprocessing)})
    onnx.checker.check_model(written, full_check=True)
    onnx.save(written, path)


def write_torchscript(model, path):
    ops = Torch(model.tensors)
    torch = ops.torch

    class Network(torch.nn.Module):
        def __init__(self):
            super().__init__()
            for name, values in ops.tensors.items():
                self.register_buffer(name.replace(".", "_"), values)
                ops.tensors[name] = getattr(self, name.replace(".", "_"))

        def forward(self, image):
            return probabilities(ops, model, image)

    example = torch.zeros(1, model.network["channels"], model.input_size, model.input_size)
    with torch.no_grad():
        torch.jit.trace(Network(), example).save(str(path))


def scaled_by(model):
    """How gray values are scaled: as a function, and as BioImage.IO's processing."""
    scaling = model.preprocessing.get("scaling", {"rule": "dtype", "range": [0, 1]})
    if scaling["rule"] == "percentiles":
        percentiles, epsilon = scaling.get("percentiles") or [0.5, 99.5], 1e-9

        def scale(image):
            low, high = numpy.percentile(image, percentiles, (2, 3), keepdims=True)
            return (image - low) / (high - low + epsilon)

        return scale, {"id": "scale_range", "kwargs": {"axes": ["y", "x"], "min_percentile": percentiles[0],
                                                       "max_percentile": percentiles[1], "eps": epsilon}}
    low, high = scaling["range"]
    gain, offset = 1 / (high - low), -low / (high - low)
    return lambda image: image * gain + offset, {"id": "scale_linear", "kwargs": {"gain": gain, "offset": offset}}


def write_bioimageio(model, path, author, license, title):
    """A package of the ONNX network, its processing, and arrays to test it by. Its description is JSON, which is YAML too."""
    import onnxruntime

    scale, processing = scaled_by(model)
    shape = (1, model.network["channels"], model.input_size, model.input_size)
    y, x = numpy.mgrid[: shape[2], : shape[3]]
    low, high = model.preprocessing.get("scaling", {}).get("range", [0, 1])
    image = numpy.float32(numpy.broadcast_to(low + (high - low) * (0.5 + 0.5 * numpy.sin(x / 7) * numpy.cos(y / 5)), shape))
    with tempfile.TemporaryDirectory() as folder:
        write_onnx(model, f"{folder}/network.onnx")
        session = onnxruntime.InferenceSession(f"{folder}/network.onnx", providers=["CPUExecutionProvider"])
        numpy.save(f"{folder}/test_image.npy", image)
        numpy.save(f"{folder}/test_probability.npy", session.run(None, {"image": numpy.float32(scale(image))})[0])
        Path(folder, "README.md").write_text(f"# {title}\n\n{about(model)}\n")

        def file(name):
            return {"source": name, "sha256": hashlib.sha256(Path(folder, name).read_bytes()).hexdigest()}

        def tensor(name, channel, channels, side):
            return {"id": name, "test_tensor": file(f"test_{name}.npy"), "data": {"type": "float32"}, "axes": [
                {"type": "batch"}, {"type": "channel", "channel_names": [f"{channel}{number}" for number in range(channels)]},
                *({"type": "space", "id": axis, "size": side} for axis in "yx")]}

        description = {
            "type": "model", "format_version": "0.5.4", "name": title, "description": f"A network that unetflow trained: {model.name}",
            "authors": [{"name": author}], "license": license, "tags": ["unet", "segmentation", "unetflow"],
            "cite": [{"text": "Ronneberger et al. 2015: U-Net", "doi": "10.1007/978-3-319-24574-4_28"}],
            "documentation": "README.md",
            "inputs": [tensor("image", "channel", shape[1], model.input_size) | {"preprocessing": [processing]}],
            "outputs": [tensor("probability", "class", model.network["classes"], model.output_size)],
            "weights": {"onnx": file("network.onnx") | {"opset_version": Onnx.OPSET}},
            "config": {"unetflow": {"model_sha256": model.sha256, "preprocessing": model.preprocessing, "cells": model.rule}}}
        Path(folder, "bioimageio.yaml").write_text(json.dumps(description, indent=1))
        with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as package:
            for name in sorted(os.listdir(folder)):  # without dates: equal models, equal bytes
                package.writestr(zipfile.ZipInfo(name), Path(folder, name).read_bytes(), zipfile.ZIP_DEFLATED)


def about(model):
    """In words, for who gets the package."""
    network = model.network
    cut = f", and cut {model.border} px off each side of what it gives" if model.border else ""
    return (f"{network['architecture']}, {network['width']} channels at the first level, {network['depth']} poolings. Takes tiles of "
            f"{model.input_size} px and gives the probabilities of {network['classes']} classes in their middle {model.output_size} px: mirror an "
            f"image by {model.margin + model.border} px at its edges{cut}. Cells, as they were chosen in training: {json.dumps(model.rule)}. "
            f"Made from the model with the SHA-256 {model.sha256}.")


def convert(source, target, author=None, license="CC-BY-4.0", title=None):
    """Writes `target`, whose ending says the format. The file is whole when it has this name."""
    target = Path(target)

    def write_package(model, path):
        usual = re.sub(r"[^\w -]", "-", f"unetflow {model.name}"[:128], flags=re.ASCII)
        write_bioimageio(model, path, author, license, title or usual)

    writers = {".onnx": write_onnx, ".pt": write_torchscript, ".zip": write_package}
    if target.suffix not in writers:
        raise NotConvertible(f"{target}: has an unknown ending, expected .onnx, .pt (TorchScript) or .zip (BioImage.IO)")
    if target.suffix == ".zip" and not author:
        raise NotConvertible("--author: is missing, which BioImage.IO asks for")
    if title is not None and not re.fullmatch(r"[\w ()-]{5,128}", title, re.ASCII):
        raise NotConvertible(f"--title: is {title!r}, expected 5 to 128 letters, digits, blanks and any of _-()")
    model = Model(source)
    partial = target.with_name(f".{target.stem}.partial-{os.getpid()}{target.suffix}")
    try:
        writers[target.suffix](model, partial)
        partial.replace(target)
    finally:
        partial.unlink(missing_ok=True)


def main():
    parser = argparse.ArgumentParser(prog="python -m unetflow.convert", description=__doc__.splitlines()[0])
    parser.add_argument("model", help="a .safetensors that unetflow-export wrote")
    parser.add_argument("output", help="FILE.onnx, FILE.pt (TorchScript) or FILE.zip (BioImage.IO)")
    parser.add_argument("--author", help="of a BioImage.IO package")
    parser.add_argument("--license", default="CC-BY-4.0", help="of a BioImage.IO package, by its SPDX name")
    parser.add_argument("--title", help="of a BioImage.IO package; default: unetflow and the file's name")
    arguments = parser.parse_args()
    try:
        convert(arguments.model, arguments.output, arguments.author, arguments.license, arguments.title)
    except NotConvertible as error:
        print(f"unetflow.convert: {error}", file=sys.stderr)
        sys.exit(2)
    except OSError as error:
        print(f"unetflow.convert: {arguments.output}: cannot be written: {error.strerror}", file=sys.stderr)
        sys.exit(1)
    except ImportError as error:
        print(f"unetflow.convert: {error.name}: is not installed, expected `pip install {error.name}`", file=sys.stderr)
        sys.exit(1)


if __name__ == "__main__":
    main()
