"""nnU-Net v2, 2D, by its own planner, preprocessing, trainer, augmentation and inference. Two things fit it to a
processor: its planner is given less memory, by its option, which makes patches and batch smaller; and training has
as many epochs as fit into its time, so that its learning rate reaches zero there. Fold "all": its validation images
are training images, and choose nothing."""
import json
import os
import pathlib
import shutil
import subprocess
import sys

import torch
from PIL import Image

import recipe

GIGABYTES = 0.5  # two patches of 320 x 256 per update; with 2, two whole images, and a third as many updates
UPDATES_PER_EPOCH = 25
PLANS = "nnUNetPlans_cpu"


def environment(folder, results):
    os.environ.update(nnUNet_raw=str(folder / "raw"), nnUNet_preprocessed=str(folder / "preprocessed"), nnUNet_results=str(results),
                      nnUNet_extTrainer=str(pathlib.Path(__file__).parent / "nnunet_trainer"), nnUNet_n_proc_DA="0",
                      nnUNet_def_n_proc="1", nnUNet_compile="f")


def run(results, folder, epochs, updates_per_epoch):
    environment(folder, results)
    os.environ.update(EPOCHS=str(epochs), UPDATES_PER_EPOCH=str(updates_per_epoch))
    from nnunetv2.run.run_training import get_trainer_from_args

    trainer = get_trainer_from_args("1", "2d", "all", "TimedTrainer", PLANS, device=torch.device("cpu"))
    trainer.run_training()
    return trainer.marks


def prepare(images, folder, seconds):
    """Plans, preprocesses, and times a few updates, of which the number of epochs follows."""
    dataset = folder / "raw/Dataset001_EM2012"
    for part in ("imagesTr", "labelsTr"):
        (dataset / part).mkdir(parents=True, exist_ok=True)
    for name in recipe.TRAINING:
        shutil.copy(images.path("image", name), dataset / "imagesTr" / f"em{name}_0000.png")
        Image.fromarray(images.cells(name).astype("uint8")).save(dataset / "labelsTr" / f"em{name}.png")
    description = {"channel_names": {"0": "EM"}, "labels": {"background": 0, "cell": 1},
                   "numTraining": len(recipe.TRAINING), "file_ending": ".png"}
    (dataset / "dataset.json").write_text(json.dumps(description))
    environment(folder, folder / "trial")
    program = pathlib.Path(sys.executable).parent / "nnUNetv2_plan_and_preprocess"
    # The planner takes this for a number of threads, which must not be 0.
    subprocess.run([program, "-d", "1", "-c", "2d", "--verify_dataset_integrity", "-npfp", "1", "-np", "1",
                    "-gpu_memory_target", str(GIGABYTES), "-overwrite_plans_name", PLANS],
                   check=True, env={**os.environ, "nnUNet_n_proc_DA": "1"})
    before = recipe.processor_seconds()
    marks = run(folder / "trial", folder, 2, 4)
    start, update, rest = marks[0] - before, (marks[3] - marks[2]) / 4, marks[2] - marks[1]
    epochs = max(1, round((seconds - start) / (UPDATES_PER_EPOCH * update + rest)))
    print(f"{start:.1f} s to start, {update:.2f} s per update, {rest:.1f} s per epoch besides: {epochs} epochs")
    (folder / "epochs.json").write_text(json.dumps(epochs))


def train(images, folder, seconds):
    epochs = json.loads((folder / "epochs.json").read_text())
    run(folder / "results", folder, epochs, UPDATES_PER_EPOCH)
    return epochs * UPDATES_PER_EPOCH


def load(folder):
    environment(folder, folder / "results")
    from nnunetv2.imageio.natural_image_reader_writer import NaturalImage2DIO
    from nnunetv2.inference.predict_from_raw_data import nnUNetPredictor

    predictor = nnUNetPredictor(device=torch.device("cpu"), perform_everything_on_device=False, allow_tqdm=False)
    predictor.initialize_from_trained_model_folder(str(folder / f"results/Dataset001_EM2012/TimedTrainer__{PLANS}__2d"), ("all",))

    def probability(path):
        image, properties = NaturalImage2DIO().read_images([str(path)])
        return predictor.predict_single_npy_array(image, properties, None, None, True)[1][1, 0]

    return probability


if __name__ == "__main__":
    recipe.main(train, load, prepare)
