"""Learned-Soup+ in plain PyTorch, float32 on the CPU: all ingredients in memory, a graph through their mixture.

    python3 scripts/bench_learned_soup.py --models FOLDER --data FILE.npz --batch-size 32 --steps 3

For comparing cost. Coefficients are a softmax over the ingredients per tensor, a temperature scales the logits, AdamW
moves both. --mixture says how a tensor of the soup is made of the ingredients' tensors:

    stacked     one product of the coefficients with the ingredients, which are read straight into one stack per tensor:
                the least time and memory that plain PyTorch takes
    sum         a sum of products, one ingredient after the other, as the published code writes it

Prints one line of JSON. "seconds_per_step" is the mean after --warm-up steps, which are not counted in "steps", and
"processor_seconds_per_step" the same in time of all cores; "seconds_mixture" is how long mixing alone takes, forward and
backward; "peak_rss_mib" is the process's greatest resident memory, of which "imported_mib" was there before anything
was read.
"""

import argparse
import json
import pathlib
import resource
import sys
import time

import numpy as np
import torch
from safetensors import safe_open
from torch import nn
from torch.nn import functional as F

sys.path.insert(0, str(pathlib.Path(__file__).parent.parent / "Tests/PoolSupport/Fixtures"))
import vision_transformer  # noqa: E402


class Attention(vision_transformer.Attention):
    """The same numbers by PyTorch's fused kernel, as timm does it."""

    def forward(self, x):
        batch, tokens, width = x.shape
        qkv = self.qkv(x).reshape(batch, tokens, 3, self.heads, width // self.heads)
        query, key, value = qkv.permute(2, 0, 3, 1, 4)
        mixed = F.scaled_dot_product_attention(query, key, value)
        return self.proj(mixed.transpose(1, 2).reshape(batch, tokens, width))


class LearnedSoup(nn.Module):
    def __init__(self, model, paths, mixture):
        super().__init__()
        self.model, self.mixture, self.ingredients = model, mixture, len(paths)
        self.names = [name for name, _ in model.named_parameters()]
        self.weights = read_stacked(paths, self.names) if mixture == "stacked" else read_apart(paths, self.names)
        self.a = nn.Parameter(torch.zeros(self.ingredients, len(self.names)))
        self.temperature = nn.Parameter(torch.ones(()))

    def mixed(self):
        """The soup's tensors by name, each with a graph down to its coefficients."""
        alpha = self.a.softmax(dim=0)
        if self.mixture == "stacked":
            return {
                name: torch.tensordot(alpha[:, index], self.weights[name], dims=1)
                for index, name in enumerate(self.names)
            }
        return {
            name: sum(share * tensor for share, tensor in zip(alpha[:, index], self.weights[name]))
            for index, name in enumerate(self.names)
        }

    def forward(self, images):
        return self.temperature * torch.func.functional_call(self.model, self.mixed(), (images,))


def read_stacked(paths, names):
    stacks = {}
    for index, path in enumerate(paths):
        with safe_open(path, "pt") as file:
            for name in names:
                tensor = file.get_tensor(name)
                if index == 0:
                    stacks[name] = torch.empty(len(paths), *tensor.shape)
                stacks[name][index] = tensor
    return stacks


def read_apart(paths, names):
    lists = {name: [] for name in names}
    for path in paths:
        with safe_open(path, "pt") as file:
            for name in names:
                lists[name].append(file.get_tensor(name).float().clone())
    return lists


def peak_mib():
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def main():
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--models", type=pathlib.Path, required=True, help="folder of .safetensors and config.json")
    parser.add_argument("--data", type=pathlib.Path, required=True, help=".npz with images and labels")
    parser.add_argument("--batch-size", type=int, default=128)
    parser.add_argument("--steps", type=int, default=3)
    parser.add_argument("--warm-up", type=int, default=1)
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--lr", type=float, default=0.05)
    parser.add_argument("--mixture", choices=["stacked", "sum"], default="stacked")
    options = parser.parse_args()
    imported = peak_mib()
    torch.set_num_threads(options.threads)

    config = json.loads((options.models / "config.json").read_text())
    for block in (model := vision_transformer.from_config(config)).blocks:
        block.attn.__class__ = Attention
    model.requires_grad_(False)
    soup = LearnedSoup(model, sorted(options.models.glob("*.safetensors")), options.mixture)
    optimizer = torch.optim.AdamW([soup.a, soup.temperature], lr=options.lr, weight_decay=0)
    data = np.load(options.data)
    images, labels = data["images"], torch.from_numpy(data["labels"])

    losses, seconds, processor = [], [], []
    for step in range(options.warm_up + options.steps):
        start, busy = time.perf_counter(), time.process_time()
        chosen = np.arange(step * options.batch_size, (step + 1) * options.batch_size) % len(images)
        batch = vision_transformer.normalised(images[chosen], config, torch.float32)
        loss = F.cross_entropy(soup(batch), labels[chosen])
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        losses.append(loss.item())
        seconds.append(time.perf_counter() - start)
        processor.append(time.process_time() - busy)
    peak = peak_mib()

    start = time.perf_counter()
    mixed = soup.mixed()
    torch.autograd.backward(list(mixed.values()), [torch.ones_like(tensor) for tensor in mixed.values()])
    mixing = time.perf_counter() - start

    def counted_mean(values):
        return sum(values[options.warm_up :]) / options.steps

    result = {
        "seconds_per_step": counted_mean(seconds),
        "processor_seconds_per_step": counted_mean(processor),
        "seconds_mixture": mixing,
        "peak_rss_mib": peak,
        "imported_mib": imported,
        "steps": options.steps,
        "batch_size": options.batch_size,
        "parameters": sum(tensor.numel() for tensor in mixed.values()),
        "ingredients": soup.ingredients,
        "loss": losses[-1],
        "mixture": options.mixture,
        "threads": options.threads,
        "version": torch.__version__,
    }
    print(json.dumps(result))


if __name__ == "__main__":
    main()
