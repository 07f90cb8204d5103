"""Feeds what dump_sample wrote through the document's own Python and compares: mirroring, the
smoothed displacement field, the elastic deformation by that field, the weight map.

usage: compare_sample.py DUMP_SAMPLE SHARED_FOLDER; exit code 77 means skipped.
"""
import importlib.util
import json
import pathlib
import subprocess
import sys
import tempfile

SKIPPED = 77
ALPHA, SIGMA, KERNEL, W0 = 50, 5, 25, 10
ONE = 255 * 64  # 1 in the random field's fixed point


def skip(reason):
    print(f"skipped: {reason}")
    sys.exit(SKIPPED)


try:
    import numpy as np
    import scipy.signal
    import torch
except ImportError as error:
    skip(error)


def read_safetensors(file):
    data = file.read_bytes()
    size = int.from_bytes(data[:8], "little")
    header = json.loads(data[8 : 8 + size])
    header.pop("__metadata__", None)
    return {
        name: np.frombuffer(data[8 + size :][slice(*entry["data_offsets"])], "<f4").reshape(entry["shape"])
        for name, entry in header.items()
    }


def document(shared):
    loader = shared / "baselines" / "seed_python.py"
    text = shared / "reference" / "u-net-summary.md"
    for file in (loader, text):
        if not file.exists():
            skip(f"{file} is absent")
    spec = importlib.util.spec_from_file_location("document_loader", loader)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    try:
        return module.load(str(text), str(shared / "data" / "EM_2012"))
    except ImportError as error:
        skip(error)


def dumped(program):
    with tempfile.TemporaryDirectory() as folder:
        file = pathlib.Path(folder) / "sample.safetensors"
        subprocess.run([program, file], check=True)
        return read_safetensors(file)


def expect_near(what, ours, theirs, tolerance):
    difference = np.abs(np.asarray(ours, np.float64) - np.asarray(theirs, np.float64)).max()
    print(f"{what}: largest difference {difference:.2e}, allowed {tolerance:.0e}")
    assert difference <= tolerance, what


def main():
    names = document(pathlib.Path(sys.argv[2]))
    ours = dumped(sys.argv[1])
    dataset = names["EM_Dataset"]
    tensor = lambda name: torch.from_numpy(ours[name].copy())

    mirrored = dataset._extrapolate_by_mirroring(tensor("picture")[None, None])[0, 0]
    expect_near("mirrored picture", ours["extrapolated"], mirrored, 0)

    # The document's Gaussian is half a pixel off its window's centre; ours is centred.
    gaussian = np.exp(-((np.arange(KERNEL) - KERNEL // 2) ** 2) / (2 * SIGMA**2))
    gaussian = np.outer(gaussian, gaussian) / gaussian.sum() ** 2
    side = ours["input"].shape[0]
    fields = {axis: ours[f"d{axis}"][:, :side] for axis in "yx"}
    for axis in "yx":
        uniform = ours[f"random_{axis}"][:, :side] / ONE
        smoothed = ALPHA * scipy.signal.convolve2d(uniform, gaussian, mode="same")
        expect_near(f"displacement along {axis} (16-bit)", fields[axis], smoothed, 5e-3)

    # The document smooths dx, then dy: it is given the smoothed fields in their place.
    given = iter([fields["x"] / ALPHA, fields["y"] / ALPHA])
    names["convolve2d"] = lambda *arguments, **options: next(given)
    image, label = dataset.elastic_deform(tensor("input")[None], tensor("label")[None], ALPHA, gaussian)
    expect_near("deformed input", ours["deformed_input"], image[0], 1e-6)
    # It leaves fractions in the label.
    label = label[0].numpy()
    decided = np.abs(label - 0.5) > 1e-4
    differing = int((ours["deformed_label"] != (label > 0.5))[decided].sum())
    print(f"deformed label: {differing} of {decided.sum()} pixels differ")
    assert differing == 0 and decided.mean() > 0.999

    weights = names["compute_weight_map"](tensor("label")[None, None], W0, SIGMA)[0, 0]
    expect_near("weight map", ours["weights"], weights, 1e-5)


main()
