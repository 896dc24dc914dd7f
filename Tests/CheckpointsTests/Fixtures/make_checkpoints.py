"""Writes mixed.safetensors, every value of which is exact in its type and given by the formulas below."""

import hashlib
from pathlib import Path

import torch
from safetensors.torch import save_file

here = Path(__file__).parent


def ramp(count, start, step, dtype):
    return ((torch.arange(count) + start) * step).to(dtype)


save_file(
    {
        "head.weight": ramp(15, -7, 0.125, torch.float32).reshape(3, 5),
        "head.scale": torch.tensor(2.5),
        "norm.weight": ramp(7, -3, 0.25, torch.float16),
        'quoted "nämé"\n': ramp(12, -5, 0.5, torch.bfloat16).reshape(2, 3, 2),
        "empty": torch.zeros(0, 4),
    },
    here / "mixed.safetensors",
    metadata={"format": "pt"},
)
print(hashlib.sha256((here / "mixed.safetensors").read_bytes()).hexdigest())
