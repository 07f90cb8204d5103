"""MONAI by its tutorial for 2D segmentation: residual U-Net 16 wide, eight crops of 96 x 96 per update, quarter
turns, Dice loss, Adam at 0.001, every second epoch validated by the Dice of whole images, and the best of these kept."""
import torch
from monai.data import DataLoader, Dataset, list_data_collate
from monai.inferers import sliding_window_inference
from monai.losses import DiceLoss
from monai.metrics import DiceMetric
from monai.networks.nets import UNet
from monai.transforms import Compose, RandCropByPosNegLabeld, RandRotate90d, ScaleIntensity, ScaleIntensityd

import recipe

KEYS = ["image", "cells"]
CROP = (96, 96)


def network():
    return UNet(spatial_dims=2, in_channels=1, out_channels=1, channels=(16, 32, 64, 128, 256), strides=(2, 2, 2, 2), num_res_units=2)


def probability(model, image):
    return sliding_window_inference(image, CROP, 4, model).sigmoid()


def train(images, folder, seconds):
    def dataset(names, *transforms):
        items = [{"image": images.image(name)[None], "cells": images.cells(name)[None]} for name in names]
        return Dataset(items, Compose([ScaleIntensityd(KEYS), *transforms]))

    crops = RandCropByPosNegLabeld(KEYS, label_key="cells", spatial_size=CROP, pos=1, neg=1, num_samples=4)
    turns = RandRotate90d(KEYS, prob=0.5, spatial_axes=(0, 1))
    fitted = DataLoader(dataset(recipe.FITTED, crops, turns), batch_size=2, shuffle=True, collate_fn=list_data_collate)
    validation = DataLoader(dataset(recipe.VALIDATION), batch_size=1)
    model, loss, dice = network(), DiceLoss(sigmoid=True), DiceMetric()
    optimizer = torch.optim.Adam(model.parameters(), 1e-3)
    best, updates, epoch = -1, 0, 0
    while recipe.processor_seconds() < seconds:
        epoch += 1
        model.train()
        for batch in fitted:
            optimizer.zero_grad()
            loss(model(batch["image"]), batch["cells"]).backward()
            optimizer.step()
            updates += 1
        if epoch % 2:
            continue
        model.eval()
        with torch.no_grad():
            for batch in validation:
                dice(probability(model, batch["image"]) >= 0.5, batch["cells"])
        score = dice.aggregate().item()
        dice.reset()
        print(f"epoch {epoch}, {updates} updates, Dice {score:.4f}", flush=True)
        if score > best:
            best = score
            torch.save(model.state_dict(), folder / "model.pt")
    return updates


def load(folder):
    model = recipe.trained(network(), folder)
    scaled = ScaleIntensity()
    return lambda path: probability(model, scaled(recipe.gray(path)[None])[None])[0, 0].numpy()


recipe.main(train, load)
