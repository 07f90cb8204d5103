"""What all recipes share: the images and what each is for, the processor time that training may take, and the
command line by which quality.py runs them, each in a process of its own:

    RECIPE.py prepare|train|predict EM_2012_DIR FOLDER PROCESSOR_SECONDS
"""
import json
import os
import pathlib
import sys

import numpy
import tifffile
import torch
from PIL import Image

# torchvision, as PyPI has it, needs CUDA for its operators, and without them cannot be imported beside a torch for
# processors unless these two are declared. nnU-Net and torch-em import it, and call none of its operators.
if torch.version.cuda is None:
    torchvision_operators = torch.library.Library("torchvision", "FRAGMENT")
    for operator in ("nms", "qnms"):
        torchvision_operators.define(f"{operator}(Tensor dets, Tensor scores, float iou_threshold) -> Tensor")

SOURCE = pathlib.Path(__file__).resolve().parents[3]
HELD_OUT = json.loads((SOURCE / "pipelines/em2012/split.json").read_text())["holdout"]
TRAINING = [str(n) for n in range(30) if str(n) not in HELD_OUT]
# The thresholds are chosen on the eight images on which the pipeline chooses that of its cells.
CHOOSING = [TRAINING[i * len(TRAINING) // 8] for i in range(8)]
# Recipes that validate take these three of the 25, and train on the others.
VALIDATION = TRAINING[2::9]
FITTED = [name for name in TRAINING if name not in VALIDATION]


def gray(path):
    """[height, width], 0 to 255"""
    return numpy.asarray(Image.open(path), numpy.float32)


def trained(model, folder):
    """The model with the weights that its training kept."""
    model.load_state_dict(torch.load(folder / "model.pt"))
    return model.eval()


class Images:
    def __init__(self, folder):
        self.folder = pathlib.Path(folder)

    def path(self, kind, name):
        return self.folder / "train" / kind / f"{name}.png"

    def image(self, name):
        return gray(self.path("image", name))

    def cells(self, name):
        """[height, width], 1 in cells and 0 in membranes"""
        return (numpy.asarray(Image.open(self.path("label", name))) > 0).astype(numpy.float32)


def processor_seconds():
    """Of this process from its start and of its children that have ended, user and system."""
    times = os.times()
    return times.user + times.system + times.children_user + times.children_system


def main(train, load, prepare=None):
    """`train(images, folder, seconds)` returns the number of updates, `load(folder)` a function from an image's path
    to the probability of cell, [height, width]."""
    command, data, folder, seconds = sys.argv[1:]
    images, folder = Images(data), pathlib.Path(folder)
    torch.set_num_threads(int(os.environ["OMP_NUM_THREADS"]))
    torch.manual_seed(1)
    numpy.random.seed(1)
    if command == "prepare" and prepare:
        prepare(images, folder, float(seconds))
    elif command == "train":
        (folder / "updates.json").write_text(json.dumps(train(images, folder, float(seconds))))
    elif command == "predict":
        with torch.no_grad():
            probability = load(folder)
            for subset, names in (("training", CHOOSING), ("holdout", HELD_OUT)):
                (folder / subset).mkdir(exist_ok=True)
                for name in names:
                    values = numpy.clip(probability(images.path("image", name)), 0, 1)
                    tifffile.imwrite(folder / subset / f"{name}.tif", values.astype(numpy.float32))
