"""MEHL-Soup and MEHL-Soup+ in PyTorch float64, straight from the equations: an independent check of `learn`.

    python3 reference_soup.py --models FOLDER --data HELDOUT.npz --trace TRACE.jsonl --granularity tensor --out OUT.json

Li, Jiang, Liu, Huang, Kwok, "Learning Scalable Model Soup on a Single GPU", ECCV 2024. Per group l of parameters

    θ[l] = c[l] + Σₖ x[k,l]·d[k,l]      d[k,l] = (w[k,l] − c[l]) / ‖w[k,l] − c[l]‖

x is what AdamW moves; autograd carries θ's gradient, clipped, to x. When a coefficient block is done, c becomes θ.

The data order comes from the trace of the run that is checked. TRACE.jsonl has one JSON object a line; of each only this
is read, whether the object holds it itself or in an object named after the record ("header", "coefficient_block", "step"):

    header               ingredients: file names (their order is the pool's; without it, the folder's natural order)
    coefficient block    ingredients: places in the pool, from 0
    step                 samples: places in the held-out data, from 0

Steps belong to the last coefficient block above them. The learning rate needs the number of steps of a coefficient block:
--steps-per-block, or else the number of steps that the trace has for the first.

Groups. tensor: one per tensor. model: one. layer: "blocks.3.attn.qkv.weight" belongs to "blocks.3"; cls_token, pos_embed
and patch_embed.* to "embeddings"; norm.*, fc_norm.* and head.* to "head".

Fixed. Where a tensor's group is the same in all ingredients, or an ingredient is less than 1e-6 of the group's largest
distance from c, x stays 0. Still: a group whose gradient norm is below --stillness of the whole gradient's has a zero
gradient in that step.

OUT.json: {"groups": [names], "models": [file names], "steps": [one per step]}; a step has its "coefficient_block" and
"ingredients", "loss", "accuracy", "learning_rate" and "gradient_norm" (before clipping) of θ as it was when the gradient
was taken, "gradient" (⟨∂L/∂θ[l], w[k,l] − c[l]⟩ unclipped, ingredients of the coefficient block × groups), "still"
(groups' names), and "alpha" AFTER the step, all ingredients of the pool × groups.
"""

import argparse
import json
import math
import pathlib
import re

import numpy as np
import torch
from safetensors.torch import load_file
from torch.nn import functional as F

from vision_transformer import from_config, normalised

CLOSENESS = 1e-6


def group_name(tensor, granularity):
    if granularity == "model":
        return "model"
    if granularity == "tensor":
        return tensor
    if match := re.match(r"blocks\.\d+", tensor):
        return match.group()
    if tensor in ("cls_token", "pos_embed") or tensor.startswith("patch_embed."):
        return "embeddings"
    if re.match(r"(norm|fc_norm|head)\.", tensor):
        return "head"
    raise ValueError(f"{tensor} belongs to no layer")


def natural(path):
    return [int(part) if part.isdigit() else part for part in re.split(r"(\d+)", path.name)]


def read_trace(path):
    """The ingredients' file names or None, and a list of (ingredients, [samples of each step])."""
    names, blocks = None, []
    for line in path.read_text().splitlines():
        record = json.loads(line)
        for key in ("header", "coefficient_block", "coefficientBlock", "step"):
            if isinstance(record.get(key), dict):
                record = record[key]
                break
        ingredients = record.get("ingredients")
        if "samples" in record:
            blocks[-1][1].append(record["samples"])
        elif ingredients and isinstance(ingredients[0], str):
            names = [pathlib.Path(name).name for name in ingredients]
        elif ingredients:
            blocks.append(([int(index) for index in ingredients], []))
    return names, blocks


def learning_rate(peak, warmup, step, steps):
    warm = min(max(round_half_up(warmup * steps), 1), steps) if warmup > 0 else 0
    if step < warm:
        return peak * (step + 1) / warm
    return peak * 0.5 * (1 + math.cos(math.pi * (step - warm) / (steps - warm)))


def round_half_up(value):
    return math.floor(value + 0.5)


class Pool:
    """Ingredients as flat float64 vectors per group: the tensors of a group one after the other."""

    def __init__(self, paths, granularity):
        weights = [load_file(path) for path in paths]
        self.tensors = {}
        for name, tensor in weights[0].items():
            self.tensors.setdefault(group_name(name, granularity), []).append((name, tensor.shape))
        self.groups = list(self.tensors)
        self.vectors = [
            [torch.cat([w[name].double().flatten() for name, _ in self.tensors[group]]) for w in weights]
            for group in self.groups
        ]

    def named(self, theta):
        """The model's parameters of one vector per group."""
        parameters = {}
        for group, vector in zip(self.groups, theta):
            offset = 0
            for name, shape in self.tensors[group]:
                parameters[name] = vector[offset : offset + shape.numel()].reshape(shape)
                offset += shape.numel()
        return parameters


def learn(model, pool, images, labels, blocks, options):
    count, group_count = len(pool.vectors[0]), len(pool.groups)
    starters = list(range(count)) if options.start == "pool" else blocks[0][0]
    alpha = torch.zeros(count, group_count, dtype=torch.float64)
    alpha[starters] = 1 / len(starters)
    centre = [sum(w[k] for k in starters) / len(starters) for w in pool.vectors]
    per_block = options.steps_per_block or len(blocks[0][1])
    out = []
    for block_index, (ingredients, steps) in enumerate(blocks):
        differences = [torch.stack([w[k] for k in ingredients]) - c for w, c in zip(pool.vectors, centre)]
        distances = torch.stack([d.norm(dim=1) for d in differences], dim=1)
        common = torch.tensor([all(torch.equal(w[0], other) for other in w) for w in pool.vectors])
        free = (distances > 0) & (distances >= CLOSENESS * distances.amax(dim=0)) & ~common
        inverse = torch.where(free, 1 / distances, 0.0)
        directions = [d * inverse[:, [l]] for l, d in enumerate(differences)]
        x = torch.zeros(len(ingredients), group_count, dtype=torch.float64, requires_grad=True)
        optimizer = torch.optim.AdamW([x], lr=options.lr, weight_decay=options.weight_decay)

        def moved():
            """α of the pool at x."""
            s = x.detach() * inverse
            result = alpha * (1 - s.sum(dim=0))
            result[ingredients] += s
            return result

        for step, samples in enumerate(steps):
            if len(out) >= options.steps:
                return out
            theta = [c + x[:, l] @ d for l, (c, d) in enumerate(zip(centre, directions))]
            leaves = [t.detach().requires_grad_() for t in theta]
            logits = torch.func.functional_call(model, pool.named(leaves), (images[samples],))
            loss = F.cross_entropy(logits, labels[samples])
            loss.backward()
            gradient = [differences[l] @ leaf.grad for l, leaf in enumerate(leaves)]
            norms = torch.stack([leaf.grad.norm() for leaf in leaves])
            whole = norms.norm()
            still = norms < options.stillness * whole
            if options.clip > 0:
                torch.nn.utils.clip_grad_norm_(leaves, options.clip)
            optimizer.zero_grad()
            torch.autograd.backward(theta, [torch.zeros_like(t.grad) if s else t.grad for t, s in zip(leaves, still)])
            rate = learning_rate(options.lr, options.warmup, step, per_block)
            optimizer.param_groups[0]["lr"] = rate
            optimizer.step()
            out.append(
                {
                    "step": len(out),
                    "coefficient_block": block_index,
                    "ingredients": ingredients,
                    "loss": loss.item(),
                    "accuracy": (logits.argmax(dim=1) == labels[samples]).double().mean().item(),
                    "learning_rate": rate,
                    "gradient_norm": whole.item(),
                    "gradient": torch.stack(gradient, dim=1).tolist(),
                    "still": [pool.groups[l] for l in range(group_count) if still[l]],
                    "alpha": moved().tolist(),
                }
            )
        alpha = moved()
        centre = [c + x.detach()[:, l] @ d for l, (c, d) in enumerate(zip(centre, directions))]
        check(alpha, centre, pool)
    return out


def check(alpha, centre, pool):
    """That the bookkeeping holds: Σα = 1, and Σα·w is the soup."""
    assert torch.allclose(alpha.sum(dim=0), torch.ones_like(alpha[0]), rtol=0, atol=1e-12)
    for l, vectors in enumerate(pool.vectors):
        soup = sum(a * w for a, w in zip(alpha[:, l], vectors))
        assert torch.allclose(soup, centre[l], rtol=0, atol=1e-10), pool.groups[l]


def main():
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--models", type=pathlib.Path, required=True, help="folder: model_*.safetensors, config.json")
    parser.add_argument("--data", type=pathlib.Path, required=True, help=".npz with images and labels")
    parser.add_argument("--trace", type=pathlib.Path, required=True, help="JSON lines")
    parser.add_argument("--out", type=pathlib.Path, required=True)
    parser.add_argument("--granularity", choices=["tensor", "layer", "model"], default="tensor")
    parser.add_argument("--start", choices=["pool", "first-block"], default="pool")
    parser.add_argument("--steps", type=int, default=20, help="stop after so many steps")
    parser.add_argument("--steps-per-block", type=int)
    parser.add_argument("--lr", type=float, default=0.01)
    parser.add_argument("--weight-decay", type=float, default=0.0)
    parser.add_argument("--clip", type=float, default=1.0)
    parser.add_argument("--warmup", type=float, default=0.2)
    parser.add_argument("--stillness", type=float, default=1e-6)
    options = parser.parse_args()

    names, blocks = read_trace(options.trace)
    if names is None:
        paths = sorted(options.models.glob("model_*.safetensors"), key=natural)
    else:
        paths = [options.models / name for name in names]
    config = json.loads((options.models / "config.json").read_text())
    model = from_config(config).double()
    pool = Pool(paths, options.granularity)
    data = np.load(options.data)
    images, labels = normalised(data["images"], config), torch.tensor(data["labels"])
    steps = learn(model, pool, images, labels, blocks, options)
    result = {"groups": pool.groups, "models": [path.name for path in paths], "steps": steps}
    options.out.write_text(json.dumps(result) + "\n")
    print(f"{len(steps)} steps, loss {steps[0]['loss']:.6f} → {steps[-1]['loss']:.6f}")


if __name__ == "__main__":
    main()
