#!/usr/bin/env python3
"""Prints the logits in KnownArchitectureTests: needs torch, timm and torchvision.

Weights and images are sines of their places, as the test makes them; in float64, two images, 7 classes.
"""

import math

import timm
import torch
import torchvision

CASES = [
    ("timm", "mobilenetv3_small_100", 96),
    ("timm", "mobilenetv3_small_100", 224),
    ("torchvision", "shufflenet_v2_x1_0", 224),
]


def sines(count, shift):
    return torch.sin(0.7 * torch.arange(count, dtype=torch.float64) + shift)


for library, name, side in CASES:
    model = (timm.create_model if library == "timm" else torchvision.models.get_model)(name, num_classes=7)
    model = model.double().eval()
    with torch.no_grad():
        for key, tensor in model.state_dict().items():
            if tensor.dim() == 0:
                continue
            wave = sines(tensor.numel(), len(key)).view(tensor.shape)
            if tensor.dim() > 1:
                wave = wave * math.sqrt(3 / (tensor.numel() // tensor.shape[0]))
            elif key.endswith(("weight", "running_var")):
                wave = 1 + 0.3 * wave
            else:
                wave = 0.1 * wave
            tensor.copy_(wave)
        logits = model(sines(2 * 3 * side * side, 0).view(2, 3, side, side))
    print(f"{library} {name} {side}:", ", ".join(f"{value:.15g}" for value in logits.flatten().tolist()))
