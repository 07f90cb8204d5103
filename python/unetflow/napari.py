"""napari's reader: the arrays of an artifact or of a whole run as layers of their kinds."""
import numpy

import unetflow

_LABELS = {"label", "instances", "segments"}


def get_reader(path):
    """A function that gives layers, or None where `path` is nothing of unetflow's."""
    try:
        opened = unetflow.open(path[0] if isinstance(path, list) else path)
    except (unetflow.NotFound, unetflow.Damaged):
        return None
    has_samples = isinstance(opened, unetflow.Artifact) and opened.keys()
    if not has_samples and not any(picture.keys() for picture in opened.pictures):
        return None
    return lambda _: _layers(opened)


def _layers(opened):
    if isinstance(opened, unetflow.Artifact) and opened.keys():
        return [layer for name in opened.keys() for layer in _layer(name, opened[name][:], opened.axes(name), None, {})
                if opened[name].shape[1:] not in ((), (2,))]
    layers = []
    for names, pictures in _alike(opened.pictures):
        for name in names:
            axes = ("picture", "y", "x") if name in _LABELS else ("picture", "channel", "y", "x")
            about = {"pictures": [picture.name for picture in pictures], "subsets": [picture.subset for picture in pictures]}
            layers += _layer(name, numpy.stack([picture[name] for picture in pictures]), axes, pictures[0].pixel_size_um, about)
    return layers


def _alike(pictures):
    """Images of one size and with the same arrays, which can be one stack."""
    groups = {}
    for picture in pictures:
        key = (tuple(picture.keys()), picture.info["height"], picture.info["width"], picture.pixel_size_um)
        groups.setdefault(key, []).append(picture)
    return [(key[0], group) for key, group in groups.items()]


def _layer(name, values, axes, pixel_size_um, about):
    """Channels and classes are layers of their own; the background's probability is left out."""
    scale = [1] * (values.ndim - 2) + list(pixel_size_um or (1, 1))
    options = {"scale": scale, "metadata": about, "axis_labels": tuple(axes)}
    if pixel_size_um:
        options["units"] = ("pixel",) * (values.ndim - 2) + ("um", "um")
    if name in _LABELS:
        return [(values, {"name": name, **options}, "labels")]
    if "channel" not in axes and "class" not in axes:
        return [(values, {"name": name, "colormap": "viridis", **options}, "image")]
    first = 1 if name == "probability" else 0
    for key in ("scale", "axis_labels", "units"):
        if key in options:
            options[key] = options[key][:1] + options[key][2:]
    several = values.shape[1] > first + 1
    return [(values[:, channel], {"name": f"{name} {channel}" if several else name, **_look(name), **options}, "image")
            for channel in range(first, values.shape[1])]


def _look(name):
    return {"colormap": "magma", "contrast_limits": (0, 1), "visible": False} if name == "probability" else {}
