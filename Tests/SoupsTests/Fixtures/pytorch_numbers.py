"""Prints the PyTorch numbers that the tests of AdamW, the schedule, clipping and the whole learner expect.

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


def soup():
    """α after every step of two coefficient blocks on the quadratic of PyTorchSoupTests, by autograd."""
    weights = torch.tensor([[2.0, -1.0, 0.5], [0.0, 1.5, 1.0], [-1.0, 0.25, -2.0]])
    target, scale = torch.tensor([3.0, 1.0, -0.5]), torch.tensor([1.0, 1.0, 2.0])
    groups = [slice(0, 2), slice(2, 3)]
    alpha = torch.full((3, 2), 1 / 3)
    rates = schedule(6, 2)
    rows = []
    for block in ([2, 0], [1]):
        centre = torch.cat([alpha[:, l] @ weights[:, group] for l, group in enumerate(groups)])
        differences = weights[block] - centre
        norms = torch.stack([differences[:, group].norm(dim=1) for group in groups], dim=1)
        x = torch.zeros(len(block), 2, requires_grad=True)
        optimizer = torch.optim.AdamW([x], weight_decay=0.1)
        for rate in rates:
            s = x / norms
            theta = torch.cat([centre[group] + s[:, l] @ differences[:, group] for l, group in enumerate(groups)])
            leaf = theta.detach().requires_grad_()
            (0.5 * scale * (leaf - target) ** 2).sum().backward()
            torch.nn.utils.clip_grad_norm_([leaf], 1.0)
            optimizer.zero_grad()
            theta.backward(leaf.grad)
            optimizer.param_groups[0]["lr"] = 5 * rate
            optimizer.step()
            s = (x / norms).detach()
            moved = alpha * (1 - s.sum(dim=0))
            moved[block] += s
            rows.append(moved.flatten().tolist())
        alpha = moved
    return rows


literal("adamWWithoutDecay", adamw(0.0))
literal("adamWWithDecay", adamw(0.1))
literal("scheduleOf12With3", [schedule(12, 3)])
literal("clippedTo1", clipped(1.0))
literal("clippedTo10", clipped(10.0))
literal("soupCoefficients", soup())
