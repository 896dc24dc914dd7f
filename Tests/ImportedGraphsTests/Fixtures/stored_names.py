#!/usr/bin/env python3
"""Makes stored_names/ beside this file: three tiny ViTs of transformers 5, which stores them under other names than they have in
memory; `architecture.pt2`, the graph of the second as loaded, with its weights; `data.npz`, 24 images with labels; and
`expected.json`, the loss that PyTorch finds with each in float64, and with their mean.

    python3 stored_names.py         needs torch==2.13.0, transformers>=5, safetensors and numpy
"""

import io
import json
import pathlib
import zipfile

import numpy as np
import torch
from torch.nn import functional as F
from transformers import ViTConfig, ViTForImageClassification, ViTImageProcessor

FOLDER = pathlib.Path(__file__).parent / "stored_names"
CLASSES, SIDE, COUNT = 5, 8, 24


def with_weights(program):
    """What torch.export.save writes, without the lines of Python that it came from and the sample inputs."""
    whole, file = io.BytesIO(), io.BytesIO()
    torch.export.save(program, whole)
    with zipfile.ZipFile(whole) as source, zipfile.ZipFile(file, "w") as target:
        for member in source.infolist():
            data = source.read(member)
            if "sample_inputs" in member.filename:
                continue
            if member.filename.endswith("/models/model.json"):
                model = json.loads(data)
                for node in model["graph_module"]["graph"]["nodes"]:
                    node["metadata"] = {}
                data = json.dumps(model, separators=(",", ":"))
            target.writestr(zipfile.ZipInfo(member.filename), data)
    return file.getvalue()


def main():
    torch.manual_seed(0)
    names = {index: f"class {index}" for index in range(CLASSES)}
    config = ViTConfig(
        hidden_size=8, num_hidden_layers=1, num_attention_heads=2, intermediate_size=16, image_size=SIDE, patch_size=4,
        num_labels=CLASSES, id2label=names, label2id={name: index for index, name in names.items()},
    )
    pretrained = ViTForImageClassification(config).state_dict()
    generator = np.random.default_rng(0)
    images = generator.integers(0, 256, (COUNT, SIDE, SIDE, 3), dtype=np.uint8)
    labels = generator.integers(0, CLASSES, COUNT)
    np.savez_compressed(FOLDER / "data.npz", images=images, labels=labels)
    pixels = (torch.from_numpy(images).permute(0, 3, 1, 2).double() / 255 - 0.5) / 0.5

    def loss(state):
        model = ViTForImageClassification(config).double().eval()
        model.load_state_dict({key: value.double() for key, value in state.items()})
        with torch.no_grad():
            return F.cross_entropy(model(pixels).logits, torch.from_numpy(labels)).item()

    size = {"height": SIDE, "width": SIDE}
    processor = ViTImageProcessor(size=size, image_mean=[0.5] * 3, image_std=[0.5] * 3)
    states = []
    for index in range(3):
        model = ViTForImageClassification(config).eval()
        states.append({key: value + 0.1 * torch.randn_like(value) for key, value in pretrained.items()})
        model.load_state_dict(states[-1])
        model.save_pretrained(FOLDER / f"model_{index}")
        processor.save_pretrained(FOLDER / f"model_{index}")
    loaded = ViTForImageClassification.from_pretrained(FOLDER / "model_1").eval()
    program = torch.export.export(
        loaded, (torch.randn(2, 3, SIDE, SIDE),), dynamic_shapes=({0: torch.export.Dim("batch")},)
    )
    (FOLDER / "architecture.pt2").write_bytes(with_weights(program))
    mean = {key: sum(state[key].double() for state in states) / 3 for key in pretrained}
    expected = {"models": [loss(state) for state in states], "mean": loss(mean)}
    (FOLDER / "expected.json").write_text(json.dumps(expected, indent=1) + "\n")


main()
