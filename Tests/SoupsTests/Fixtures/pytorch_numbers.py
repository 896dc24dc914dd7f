"""Prints the PyTorch numbers that AdamWTests, LearningRateScheduleTests and GradientConditioningTests expect.

    python3 pytorch_numbers.py

Swift arrays, to be pasted into PyTorchNumbers.swift. Made with PyTorch 2.13 in float64.
"""

import torch

torch.set_default_dtype(torch.float64)

START = [0.5, -1.25, 2.0]
GRADIENTS = [
    [0.1, -0.2, 0.0],
    [0.3, 0.05, 1e-7],
    [-0.25, 0.0, -3.0],
    [0.0, 0.0, 0.0],
    [1.5, -0.4, 0.02],
    [-0.01, 0.7, -0.3],
]
RATES = [0.005, 0.01, 0.01, 0.0075, 0.0025, 0.001]


def literal(name, rows):
    print(f"let {name}: [[Double]] = [")
    for row in rows:
        print("    [" + ", ".join(repr(float(value)) for value in row) + "],")
    print("]")


def adamw(weight_decay):
    parameters = torch.nn.Parameter(torch.tensor(START))
    optimizer = torch.optim.AdamW([parameters], lr=0.01, weight_decay=weight_decay)
    rows = []
    for gradient, rate in zip(GRADIENTS, RATES):
        optimizer.param_groups[0]["lr"] = rate
        parameters.grad = torch.tensor(gradient)
        optimizer.step()
        rows.append(parameters.tolist())
    return rows


def schedule(steps, warmup_steps):
    """Linear warm-up from peak/W to peak over W steps, then the cosine from peak to zero over the rest."""
    optimizer = torch.optim.SGD([torch.nn.Parameter(torch.zeros(1))], lr=0.01)
    rise = torch.optim.lr_scheduler.LinearLR(
        optimizer, start_factor=1 / warmup_steps, total_iters=warmup_steps - 1
    )
    fall = torch.optim.lr_scheduler.CosineAnnealingLR(optimizer, T_max=steps - warmup_steps)
    scheduler = torch.optim.lr_scheduler.SequentialLR(optimizer, [rise, fall], milestones=[warmup_steps])
    rates = []
    for _ in range(steps):
        rates.append(scheduler.get_last_lr()[0])
        optimizer.step()
        scheduler.step()
    return rates


def clipped(limit):
    """The groups' gradients, clipped together, then projected on directions as in GradientConditioningTests."""
    gradients = [torch.tensor([3.0, -4.0]), torch.tensor([0.5, 1.0, -2.0])]
    directions = [
        [torch.tensor([1.0, 2.0]), torch.tensor([0.25, 0.5, -1.0])],
        [torch.tensor([-2.0, 0.5]), torch.tensor([3.0, 0.0, 1.5])],
    ]
    parameters = [torch.nn.Parameter(torch.zeros_like(gradient)) for gradient in gradients]
    for parameter, gradient in zip(parameters, gradients):
        parameter.grad = gradient.clone()
    torch.nn.utils.clip_grad_norm_(parameters, limit)
    return [[torch.dot(d, p.grad) for d, p in zip(row, parameters)] for row in directions]


literal("adamWWithoutDecay", adamw(0.0))
literal("adamWWithDecay", adamw(0.1))
literal("scheduleOf12With3", [schedule(12, 3)])
literal("clippedTo1", clipped(1.0))
literal("clippedTo10", clipped(10.0))
