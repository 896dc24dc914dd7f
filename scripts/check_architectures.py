#!/usr/bin/env python3
"""Checks the graphs of well-known architectures against the libraries that they come from: needs torch, timm, torchvision.

    scripts/check_architectures.py --mehlsoup .build/release/mehlsoup [--work FOLDER] [NAME...]

Of every architecture in Sources/CArchitectures/graphs, or of those named as "timm/resnet50", it makes a model with random
weights, statistics of its own and 7 classes, stores it as a user would (timm's config.json; of torchvision nothing but the
tensors), and compares the loss that `mehlsoup evaluate` finds on 8 images with PyTorch's in float64: at the size of the default
weights and, where any size will do, at another. A line each; exit status 1 where one is off by more than 1e-4 of the loss and
three times as much as PyTorch's own float32.
"""

import argparse
import copy
import json
import pathlib
import subprocess
import sys
import warnings
import zipfile

import numpy as np
import torch
from safetensors.torch import save_file
from torch.nn import functional as F

from check_graphs import shake

warnings.filterwarnings("ignore")
GRAPHS = pathlib.Path(__file__).resolve().parent.parent / "Sources" / "CArchitectures" / "graphs"
CLASSES, COUNT = 7, 8


def make(library, architecture, side):
    torch.manual_seed(0)
    if library == "timm":
        import timm

        model = timm.create_model(architecture, num_classes=CLASSES)
    else:
        import torchvision

        model = torchvision.models.get_model(architecture, num_classes=CLASSES)
    return shake(model, side)


def check(name, options):
    library, architecture = name.split("_", 1)
    with zipfile.ZipFile(GRAPHS / f"{name}.pt2") as archive:
        described = json.loads(archive.read("a/config.json"))
    side = described["pretrained_cfg"]["input_size"][-1]
    folder = pathlib.Path(options.work) / name
    folder.mkdir(parents=True, exist_ok=True)
    model = make(library, architecture, side)
    save_file({key: value.contiguous().clone() for key, value in model.state_dict().items()}, folder / "model.safetensors")
    exact = copy.deepcopy(model).double()
    worst, usual = 0.0, 0.0
    for size in [side] + ([side - 48] if described["any_size"] else []):
        config = {"architecture": architecture, "num_classes": CLASSES, "pretrained_cfg": dict(described["pretrained_cfg"])}
        config["pretrained_cfg"].update(input_size=[3, size, size], crop_pct=1.0)
        config["pretrained_cfg"].pop("crop_mode", None)
        if library == "torchvision":
            del config["architecture"]
        (folder / "config.json").write_text(json.dumps(config))
        generator = np.random.default_rng(1)
        pixels = generator.integers(0, 256, (COUNT, size, size, 3), dtype=np.uint8)
        labels = generator.integers(0, CLASSES, COUNT)
        np.savez(folder / "data.npz", images=pixels, labels=labels)
        mean, deviation = (
            torch.tensor(config["pretrained_cfg"][key]).view(1, 3, 1, 1).double() for key in ("mean", "std")
        )
        images = (torch.from_numpy(pixels).permute(0, 3, 1, 2).double() / 255 - mean) / deviation
        with torch.no_grad():
            expected = F.cross_entropy(exact(images), torch.from_numpy(labels)).item()
            single = F.cross_entropy(model(images.float()).double(), torch.from_numpy(labels)).item()
        command = [options.mehlsoup, "evaluate", "--model", folder, "--data", folder / "data.npz", "--threads", "2", "--json"]
        answer = subprocess.run(list(map(str, command)), capture_output=True, text=True)
        if answer.returncode:
            print(f"{name} {size}: {answer.stderr.strip()[-300:]}", flush=True)
            return False
        found = json.loads(answer.stdout.splitlines()[-1])["loss"]
        worst, usual = max(worst, abs(found / expected - 1)), max(usual, abs(single / expected - 1))
    size = f"{side}, any size" if described["any_size"] else side
    print(f"{name} {size}: off by {worst:.1e} (PyTorch's float32 by {usual:.1e})", flush=True)
    return worst <= max(1e-4, 3 * usual)


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--mehlsoup", required=True)
    parser.add_argument("--work", default="/tmp/architectures")
    parser.add_argument("names", nargs="*")
    options = parser.parse_args()
    torch.set_num_threads(2)
    names = [name.replace("/", "_") for name in options.names] or sorted(path.stem for path in GRAPHS.glob("*.pt2"))
    sys.exit(0 if all([check(name, options) for name in names]) else 1)


if __name__ == "__main__":
    main()
