#!/usr/bin/env python3
"""Makes flat.pt2 and flat.safetensors beside this file: as make.py's, but in the layout of PyTorch before 2.8, whose constants
and weights are files of torch.save.

    python3 flat.py         needs torch==2.7.1, safetensors and numpy
"""

import io
import json
import pathlib
import sys
import zipfile

import torch
from safetensors.torch import save_file
from torch import nn

sys.path.insert(0, str(pathlib.Path(__file__).parents[3] / "scripts"))
from check_graphs import gradients, shake  # noqa: E402


class Flat(nn.Module):
    """A table that is looked up by a buffer of the state dict, and one times a buffer that lies in the file alone."""

    def __init__(self):
        super().__init__()
        self.embed, self.table = nn.Conv2d(3, 6, 2, stride=2), nn.Parameter(torch.randn(9, 6))
        self.register_buffer("index", torch.randint(9, (16,)))
        self.register_buffer("scale", torch.rand(16, 1) + 0.5, persistent=False)
        self.norm, self.head = nn.LayerNorm(6), nn.Linear(6, 5)

    def forward(self, images):
        x = self.embed(images).flatten(2).transpose(1, 2) + self.table[self.index] * self.scale
        return self.head(torch.relu(self.norm(x)).mean(1))


def without_lines(program):
    """What torch.export.save writes, without the lines of Python that it came from and the example."""
    whole, file = io.BytesIO(), io.BytesIO()
    torch.export.save(program, whole)
    with zipfile.ZipFile(whole) as source, zipfile.ZipFile(file, "w") as target:
        for member in source.infolist():
            data = source.read(member)
            if "example_inputs" in member.filename:
                continue
            if member.filename == "serialized_exported_program.json":
                model = json.loads(data)
                for node in model["graph_module"]["graph"]["nodes"]:
                    node["metadata"] = {}
                data = json.dumps(model, separators=(",", ":"))
            target.writestr(zipfile.ZipInfo(member.filename), data)
    return file.getvalue()


def main():
    folder = pathlib.Path(__file__).parent
    torch.manual_seed(0)
    model = shake(Flat(), 8).eval()
    program = torch.export.export(
        model, (torch.randn(2, 3, 8, 8),), dynamic_shapes=({0: torch.export.Dim("batch")},)
    )
    (folder / "flat.pt2").write_bytes(without_lines(program))
    images, labels = torch.randn(3, 3, 8, 8, dtype=torch.float64), torch.randint(5, (3,))
    loss, logits, pairs = gradients(model.double(), images, labels)
    tensors = {"images": images, "labels": labels, "logits": logits, "loss": loss.reshape(1)}
    for key, (tensor, slope) in pairs.items():
        tensors[f"model.{key}"], tensors[f"gradient.{key}"] = tensor, slope
    save_file({key: value.contiguous().clone() for key, value in tensors.items()}, str(folder / "flat.safetensors"))


main()
