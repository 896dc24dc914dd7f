#!/usr/bin/env python3
"""Makes the fixtures of ImportedGraphsTests beside this file: NAME.pt2, the graph that torch.export.save writes, without the
weights; and NAME.safetensors, in float64: `model.…` the parameters, `images` (3 of them, exported were 2), `labels`, and what
PyTorch makes of them: `logits`, `loss` (mean cross-entropy) and `gradient.…` of every parameter.

    python3 make.py        needs torch==2.13.0, timm, safetensors and numpy
"""

import io
import json
import pathlib
import zipfile

import timm
import torch
from safetensors.torch import save_file
from torch import nn
from torch.nn import functional as F


class Parts(nn.Module):
    """Attention written out, weights used twice, parts and orders of all kinds."""

    def __init__(self):
        super().__init__()
        self.patches = nn.Conv2d(3, 12, 4, stride=4)
        self.position = nn.Parameter(torch.randn(1, 4, 12))
        self.token = nn.Parameter(torch.randn(1, 1, 12))
        self.qkv = nn.Linear(12, 36)
        self.shared = nn.Linear(12, 12)
        self.gate = nn.Parameter(torch.randn(12))
        self.norm = nn.LayerNorm(12, eps=1e-6)
        self.head = nn.Linear(24, 5)

    def forward(self, images):
        x = self.patches(images).flatten(2).transpose(1, 2) + self.position
        x = torch.cat([self.token.expand(x.shape[0], -1, -1), x], 1)
        q, k, v = self.qkv(self.norm(x)).chunk(3, dim=-1)
        q, k, v = (t.reshape(t.shape[0], 5, 2, 6).permute(0, 2, 1, 3) for t in (q, k, v))
        weights = (torch.matmul(q, k.transpose(-2, -1)) * 0.4).softmax(-1)
        mixed = (weights @ v).permute(0, 2, 1, 3).reshape(x.shape[0], 5, 12)
        x = x + self.shared(mixed) * self.gate
        first, rest = x.split([1, 4], dim=1)
        rest = F.gelu(self.shared(rest)) - first
        return self.head(torch.cat([first.squeeze(1), rest.unbind(1)[2]], -1))


class InPlace(nn.Module):
    """Operators that write over what they read."""

    def __init__(self):
        super().__init__()
        self.patches = nn.Conv2d(3, 8, 4, stride=4)
        self.scale = nn.Parameter(torch.ones(8))
        self.norm = nn.LayerNorm(8)
        self.head = nn.Linear(32, 5)

    def forward(self, images):
        x = self.patches(images).flatten(2).transpose(1, 2)
        y = F.gelu(self.norm(x))
        y.mul_(self.scale).add_(x)
        return self.head(y.flatten(1))


def small(name, **arguments):
    return timm.create_model(name, num_classes=5, img_size=8, patch_size=4, embed_dim=8, num_heads=2, **arguments)


def graph_alone(program):
    """What torch.export.save writes, without weights and without the lines of Python that it came from."""
    whole, file = io.BytesIO(), io.BytesIO()
    torch.export.save(program, whole)
    with zipfile.ZipFile(whole) as source, zipfile.ZipFile(file, "w") as target:
        for member in source.infolist():
            data = source.read(member)
            if "/data/weights/weight_" in member.filename or "sample_inputs" in member.filename:
                continue
            if member.filename.endswith("/models/model.json"):
                model = json.loads(data)
                for node in model["graph_module"]["graph"]["nodes"]:
                    node["metadata"].pop("stack_trace", None)
                data = json.dumps(model, separators=(",", ":"))
            target.writestr(zipfile.ZipInfo(member.filename), data)
    return file.getvalue()


MODELS = {
    "vit": lambda: small("vit_tiny_patch16_224", depth=2),
    "layer_scale": lambda: small("deit3_small_patch16_224", depth=1),
    "registers": lambda: small("vit_tiny_patch16_224", depth=1, reg_tokens=3, qkv_bias=False),
    "parts": Parts,
    "in_place": InPlace,
}


def main():
    folder = pathlib.Path(__file__).parent
    for index, (name, make) in enumerate(MODELS.items()):
        torch.manual_seed(index)
        model = make().eval()
        with torch.no_grad():
            for parameter in model.parameters():
                parameter += 0.1 * torch.randn_like(parameter)
        program = torch.export.export(
            model, (torch.randn(2, 3, 8, 8),), dynamic_shapes=({0: torch.export.Dim("batch")},)
        )
        (folder / f"{name}.pt2").write_bytes(graph_alone(program))
        model = model.double()
        images, labels = torch.randn(3, 3, 8, 8, dtype=torch.float64), torch.randint(5, (3,))
        logits = model(images)
        loss = F.cross_entropy(logits, labels)
        loss.backward()
        tensors = {"images": images, "labels": labels, "logits": logits.detach(), "loss": loss.detach().reshape(1)}
        for key, parameter in model.named_parameters():
            tensors[f"model.{key}"] = parameter.detach()
            tensors[f"gradient.{key}"] = parameter.grad
        save_file({key: value.contiguous().clone() for key, value in tensors.items()}, str(folder / f"{name}.safetensors"))


if __name__ == "__main__":
    main()
