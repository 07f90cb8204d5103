"""Found by nnU-Net through nnUNet_extTrainer. Length of training as the environment says, because nnU-Net has no option for it."""
import os

import torch
from nnunetv2.training.nnUNetTrainer.nnUNetTrainer import nnUNetTrainer


class TimedTrainer(nnUNetTrainer):
    def __init__(self, plans: dict, configuration: str, fold: int, dataset_json: dict, device: torch.device = torch.device("cpu")):
        super().__init__(plans, configuration, fold, dataset_json, device)
        self.num_epochs = int(os.environ["EPOCHS"])
        self.num_iterations_per_epoch = int(os.environ["UPDATES_PER_EPOCH"])
        self.num_val_iterations_per_epoch = 1  # only shown: the last weights are kept
        self.marks = []

    def mark(self):
        times = os.times()
        self.marks.append(times.user + times.system + times.children_user + times.children_system)

    def on_epoch_start(self):
        self.mark()
        super().on_epoch_start()

    def on_train_epoch_end(self, train_outputs):
        self.mark()
        super().on_train_epoch_end(train_outputs)
