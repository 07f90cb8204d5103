"""The recipe of github.com/milesial/Pytorch-UNet, written from its description: U-Net 64 wide with batch
normalisation and transposed convolutions, padded; whole images in batches of one, not varied; cross entropy and Dice
loss; RMSprop at 0.00001 with momentum 0.999, gradients clipped to norm 1; validated five times per epoch, the
learning rate a tenth where Dice has not risen for five validations. The last weights are kept."""
import torch
from torch import nn
from torch.nn import functional

import recipe


def convolutions(channels, width):
    layers = []
    for before in (channels, width):
        layers += [nn.Conv2d(before, width, 3, padding=1, bias=False), nn.BatchNorm2d(width), nn.ReLU(inplace=True)]
    return nn.Sequential(*layers)


class UNet(nn.Module):
    def __init__(self, widths=(64, 128, 256, 512, 1024)):
        super().__init__()
        pairs = list(zip(widths, widths[1:]))
        self.first = convolutions(1, widths[0])
        self.down = nn.ModuleList(nn.Sequential(nn.MaxPool2d(2), convolutions(*pair)) for pair in pairs)
        self.up = nn.ModuleList(nn.ConvTranspose2d(wide, narrow, 2, stride=2) for narrow, wide in reversed(pairs))
        self.joined = nn.ModuleList(convolutions(wide, narrow) for narrow, wide in reversed(pairs))
        self.last = nn.Conv2d(widths[0], 2, 1)

    def forward(self, image):
        levels = [self.first(image)]
        for down in self.down:
            levels.append(down(levels[-1]))
        features = levels.pop()
        for up, joined in zip(self.up, self.joined):
            features = joined(torch.cat([levels.pop(), up(features)], 1))
        return self.last(features)


def dice(probability, target):
    """The mean over classes, [1, class, y, x]."""
    both = (probability * target).sum((2, 3))
    return ((2 * both + 1e-6) / (probability.sum((2, 3)) + target.sum((2, 3)) + 1e-6)).mean()


def as_input(image):
    return torch.from_numpy(image / 255)[None, None]


def train(images, folder, seconds):
    def items(names):
        return [(as_input(images.image(name)), torch.from_numpy(images.cells(name)).long()[None]) for name in names]

    def one_hot(cells):
        return functional.one_hot(cells, 2).permute(0, 3, 1, 2).float()

    fitted, validation, model, updates = items(recipe.FITTED), items(recipe.VALIDATION), UNet(), 0
    optimizer = torch.optim.RMSprop(model.parameters(), lr=1e-5, weight_decay=1e-8, momentum=0.999)
    schedule = torch.optim.lr_scheduler.ReduceLROnPlateau(optimizer, "max", patience=5)
    while recipe.processor_seconds() < seconds:
        for index in torch.randperm(len(fitted)):
            if recipe.processor_seconds() >= seconds:
                break
            model.train()
            image, cells = fitted[index]
            logits = model(image)
            loss = functional.cross_entropy(logits, cells) + 1 - dice(logits.softmax(1), one_hot(cells))
            optimizer.zero_grad()
            loss.backward()
            nn.utils.clip_grad_norm_(model.parameters(), 1)
            optimizer.step()
            updates += 1
            if updates % (len(fitted) // 5) == 0:
                model.eval()
                with torch.no_grad():
                    scores = [dice(one_hot(model(image).argmax(1))[:, 1:], one_hot(cells)[:, 1:]) for image, cells in validation]
                score = torch.stack(scores).mean()
                schedule.step(score)
                print(f"{updates} updates, loss {loss.item():.4f}, Dice {score.item():.4f}", flush=True)
    torch.save(model.state_dict(), folder / "model.pt")
    return updates


def load(folder):
    model = recipe.trained(UNet(), folder)
    return lambda path: model(as_input(recipe.gray(path))).softmax(1)[0, 1].numpy()


recipe.main(train, load)
