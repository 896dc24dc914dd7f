"""Makes ingredients of a real model's size without training any: a random ViT, and models at a small distance around it.

    python3 scripts/make_random_pool.py FOLDER --count 32

For measuring cost, which does not depend on what the models know. Without options the model is as large as timm's
deit_tiny_patch16_224: 5.7 million parameters, 22 MiB a file. FOLDER gets model_00.safetensors, …, config.json in timm's
form and data.npz: random images (uint8, N×H×W×3) with random labels.
"""

import argparse
import json
import pathlib
import sys

import numpy as np
import torch
from safetensors.torch import save_file

sys.path.insert(0, str(pathlib.Path(__file__).parent.parent / "Tests/PoolSupport/Fixtures"))
from vision_transformer import from_config  # noqa: E402


def main():
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("folder", type=pathlib.Path)
    parser.add_argument("--count", type=int, default=32)
    parser.add_argument("--images", type=int, default=256)
    parser.add_argument("--classes", type=int, default=1000)
    parser.add_argument("--image-size", type=int, default=224)
    parser.add_argument("--patch-size", type=int, default=16)
    parser.add_argument("--width", type=int, default=192)
    parser.add_argument("--depth", type=int, default=12)
    parser.add_argument("--heads", type=int, default=3)
    parser.add_argument("--distance", type=float, default=0.05, help="of an ingredient, as a share of the base's norm")
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()

    size = options.image_size
    config = {
        "architecture": "vision_transformer",
        "num_classes": options.classes,
        "model_args": {
            "img_size": size,
            "patch_size": options.patch_size,
            "in_chans": 3,
            "embed_dim": options.width,
            "depth": options.depth,
            "num_heads": options.heads,
        },
        "pretrained_cfg": {"mean": [0.5] * 3, "std": [0.25] * 3, "input_size": [3, size, size], "crop_pct": 1.0},
    }
    torch.manual_seed(options.seed)
    base = {name: value.detach() for name, value in from_config(config).named_parameters()}
    options.folder.mkdir(parents=True, exist_ok=True)
    for index in range(options.count):
        weights = {}
        for name, value in base.items():
            noise = torch.randn_like(value)
            # A tensor that is all zero gets a step too: no two ingredients may agree in a tensor.
            length = options.distance * max(value.norm().item(), 0.01)
            weights[name] = value + noise * (length / noise.norm())
        save_file(weights, options.folder / f"model_{index:02d}.safetensors")
    (options.folder / "config.json").write_text(json.dumps(config, indent=2) + "\n")
    generator = np.random.default_rng(options.seed)
    images = generator.integers(0, 256, (options.images, size, size, 3), dtype=np.uint8)
    labels = generator.integers(0, options.classes, options.images)
    np.savez(options.folder / "data.npz", images=images, labels=labels)
    parameters = sum(value.numel() for value in base.values())
    print(f"{options.count} ingredients of {parameters:,} parameters, {options.images} images: {options.folder}")


if __name__ == "__main__":
    main()
