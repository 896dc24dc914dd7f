#!/usr/bin/env python3
"""Writes stack.json: logits of three models, and what PyTorch makes of them in float64.

    python3 make_stack.py        (torch, numpy)

Temperatures and the stack's weights are found by L-BFGS, far beyond the tests' tolerance; the losses are cross_entropy's.
"""

import json
import pathlib

import numpy as np
import torch

SAMPLES, CLASSES, MODELS, RIDGE = 60, 4, 3, 1e-2


def minimise(loss, start):
    """The parameters at which loss(parameters) is least."""
    parameters = torch.tensor(start, dtype=torch.float64, requires_grad=True)
    optimizer = torch.optim.LBFGS(
        [parameters], max_iter=500, tolerance_grad=1e-13, tolerance_change=1e-16, line_search_fn="strong_wolfe"
    )

    def closure():
        optimizer.zero_grad()
        value = loss(parameters)
        value.backward()
        return value

    for _ in range(5):
        optimizer.step(closure)
    return parameters.detach()


rng = np.random.default_rng(1)
labels = rng.integers(0, CLASSES, SAMPLES)
truth = 2.0 * np.eye(CLASSES)[labels]
logits = np.stack([scale * (truth + rng.normal(0, noise, truth.shape)) for scale, noise in [(1, 1.5), (3, 2), (0.5, 3)]])
logits = logits.round(3)
z, y = torch.tensor(logits, dtype=torch.float64), torch.tensor(labels)
entropy = torch.nn.functional.cross_entropy


mean_temperature = minimise(lambda b: entropy(b * z.mean(0), y), [1.0]).item()


def stacked(weights):
    mixture = (weights[:, None, None] * z).sum(0)
    return entropy(mixture, y) + RIDGE / mean_temperature**2 * ((weights - weights.mean()) ** 2).sum()


weights = minimise(stacked, [0.3] * MODELS)
shares = weights / weights.sum()
fixture = {
    "classes": CLASSES,
    "labels": labels.tolist(),
    "logits": logits.reshape(MODELS, -1).tolist(),
    "temperatures": [minimise(lambda b, m=m: entropy(b * z[m], y), [1.0]).item() for m in range(MODELS)],
    "losses_at_0.7": entropy(0.7 * z[0], y, reduction="none").tolist(),
    "ridge": RIDGE,
    "weights": shares.tolist(),
    "stack_temperature": minimise(lambda b: entropy(b * (shares[:, None, None] * z).sum(0), y), [1.0]).item(),
}
pathlib.Path(__file__).with_name("stack.json").write_text(json.dumps(fixture) + "\n")
