"""Makes pool/: six small ViTs fine-tuned from one, their config.json, and held-out images that none was trained on.

    python3 make_pool.py [FOLDER]

The task: five shapes at random places and contrasts under noise, 12×12 grey pixels. The fine-tunings differ in learning
rate, steps, label noise and seed, so that the models disagree and a mixture of them can be better than each.
"""

import copy
import json
import pathlib
import sys

import numpy as np
import torch
from safetensors.torch import save_file
from torch.nn import functional as F

from vision_transformer import from_config, normalised

SIZE = 12
SHAPES = np.array(
    [
        [[0, 0, 1, 0, 0], [0, 0, 1, 0, 0], [1, 1, 1, 1, 1], [0, 0, 1, 0, 0], [0, 0, 1, 0, 0]],
        [[1, 0, 0, 0, 1], [0, 1, 0, 1, 0], [0, 0, 1, 0, 0], [0, 1, 0, 1, 0], [1, 0, 0, 0, 1]],
        [[1, 1, 1, 1, 1], [1, 0, 0, 0, 1], [1, 0, 0, 0, 1], [1, 0, 0, 0, 1], [1, 1, 1, 1, 1]],
        [[1, 1, 1, 1, 1], [0, 0, 0, 0, 0], [1, 1, 1, 1, 1], [0, 0, 0, 0, 0], [1, 1, 1, 1, 1]],
        [[1, 0, 0, 0, 0], [1, 0, 0, 0, 0], [1, 0, 0, 0, 0], [1, 0, 0, 0, 0], [1, 1, 1, 1, 1]],
    ]
)
CONFIG = {
    "architecture": "vision_transformer",
    "num_classes": 5,
    "model_args": {
        "img_size": SIZE,
        "patch_size": 4,
        "in_chans": 1,
        "embed_dim": 24,
        "depth": 2,
        "num_heads": 3,
        "mlp_ratio": 4.0,
        "class_token": True,
        "global_pool": "token",
    },
    "pretrained_cfg": {"mean": [0.45], "std": [0.25], "input_size": [1, SIZE, SIZE], "crop_pct": 1.0},
}
# Learning rate, steps, share of wrong labels, seed.
FINE_TUNINGS = [
    (2e-3, 60, 0.00, 11),
    (5e-3, 60, 0.05, 12),
    (1e-3, 120, 0.00, 13),
    (8e-3, 40, 0.00, 14),
    (3e-3, 120, 0.10, 15),
    (4e-3, 80, 0.20, 16),
]


def draw(count, generator):
    """Images (uint8, N×12×12) and labels."""
    labels = generator.integers(0, len(SHAPES), count)
    images = generator.normal(80, 30, (count, SIZE, SIZE))
    for image, label in zip(images, labels):
        row, column = generator.integers(0, SIZE - 5 + 1, 2)
        image[row : row + 5, column : column + 5] += generator.uniform(60, 150) * SHAPES[label]
    return np.clip(np.round(images), 0, 255).astype(np.uint8), labels.astype(np.int64)


def train(model, images, labels, rate, steps, seed, batch=64):
    generator = torch.Generator().manual_seed(seed)
    optimizer = torch.optim.AdamW(model.parameters(), lr=rate, weight_decay=0.02)
    schedule = torch.optim.lr_scheduler.CosineAnnealingLR(optimizer, steps)
    for _ in range(steps):
        chosen = torch.randint(len(images), (batch,), generator=generator)
        optimizer.zero_grad()
        F.cross_entropy(model(images[chosen]), labels[chosen]).backward()
        torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)
        optimizer.step()
        schedule.step()


def accuracy(model, images, labels):
    with torch.no_grad():
        return (model(images).argmax(dim=1) == labels).double().mean().item()


def main():
    folder = pathlib.Path(sys.argv[1] if len(sys.argv) > 1 else pathlib.Path(__file__).parent / "pool")
    folder.mkdir(parents=True, exist_ok=True)
    torch.manual_seed(1)
    generator = np.random.default_rng(1)
    images, labels = draw(3000, generator)
    heldout_images, heldout_labels = draw(320, generator)
    train_images, train_labels = normalised(images, CONFIG, torch.float32), torch.tensor(labels)
    heldout = normalised(heldout_images, CONFIG, torch.float32), torch.tensor(heldout_labels)

    base = from_config(CONFIG)
    train(base, train_images, train_labels, 3e-3, 400, seed=10)
    print(f"base: {accuracy(base, *heldout):.4f}")
    for index, (rate, steps, wrong, seed) in enumerate(FINE_TUNINGS):
        model = copy.deepcopy(base)
        chooser = torch.Generator().manual_seed(seed)
        others = torch.randint(5, train_labels.shape, generator=chooser)
        mislabelled = torch.rand(train_labels.shape, generator=chooser) < wrong
        train(model, train_images, torch.where(mislabelled, others, train_labels), rate, steps, seed)
        print(f"model_{index:02d}: {accuracy(model, *heldout):.4f}")
        weights = {name: value.detach().contiguous() for name, value in model.named_parameters()}
        path = folder / f"model_{index:02d}.safetensors"
        save_file(weights, path)
        path.chmod(0o644)
    (folder / "config.json").write_text(json.dumps(CONFIG, indent=2) + "\n")
    np.savez_compressed(folder / "heldout.npz", images=heldout_images, labels=heldout_labels)


if __name__ == "__main__":
    main()
