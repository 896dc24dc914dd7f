"""Uniform soup, greedy soup, Learned-Soup and Learned-Soup+ in PyTorch float64: an independent check of these methods.

    python3 reference_baselines.py --models pool --out FOLDER

Writes into FOLDER:

reference_uniform.safetensors: the mean of all ingredients, rounded to float32.

reference_greedy.json (Wortsman et al., "Model soups", ICML 2022): ingredients are sorted by their number of correct answers,
most first, equal ones in the pool's order. The soup starts as the first; each of the others is averaged with those taken
so far, all with equal weight, and taken if the number of correct answers rises strictly. On each half of greedy.npz:

    data, samples       the file, the range of it that was used and how many images that is
    individuals         one per ingredient of the pool: {"correct", "loss"}
    order               places in the pool, as sorted
    tried               one per ingredient of order but the first: {"ingredient", "correct", "loss", "taken"}, what the soup
                        of those taken so far and this one got, and whether it was taken
    picks               places in the pool, in the order in which they were taken
    correct, loss       of the soup of the picks
    least_margin        the smallest distance, over all of these evaluations, of the greatest logit from the next

reference_learned_model.json (Learned-Soup) and reference_learned_tensor.json (Learned-Soup+; same paper, appendix I):
α = softmax over ingredients of a, per model or per tensor, a starts at 0; β starts at 1; the loss is the mean cross-entropy
of β·f(x; Σₖ α[k,l]·w[k,l]); AdamW moves a and β together, learning rate 0.05, weight decay 0, no schedule, no clipping.
On heldout.npz, in the order of batch_order.py. {"groups", "models", "batch_size", "learning_rate", "seed", "steps"}; a step has
its "samples", "loss" and "accuracy" of the model as it was when the gradient was taken, and "alpha" (ingredients × groups)
and "temperature", β, AFTER the step.

The script also runs the learned soups in float32, prints how far rounding alone leads them from float64, and stops if
that is so far that a test in float32 could not pass, or if a group's gradient is so small that the product's rule about
still groups would apply.
"""

import argparse
import json
import pathlib

import numpy as np
import torch
from safetensors.torch import load_file, save_file
from torch.nn import functional as F

from batch_order import batches
from vision_transformer import from_config, normalised

STILLNESS = 1e-6


def read_images(path, config, dtype=torch.float64, samples=slice(None)):
    data = np.load(path)
    return normalised(data["images"][samples], config, dtype), torch.tensor(data["labels"][samples])


def mean(ingredients):
    return {name: sum(w[name] for w in ingredients) / len(ingredients) for name in ingredients[0]}


class Evaluation:
    def __init__(self, model, images, labels):
        self.model, self.images, self.labels = model, images, labels
        self.least_margin = float("inf")

    def __call__(self, weights):
        with torch.no_grad():
            logits = torch.func.functional_call(self.model, weights, (self.images,))
        first, second = logits.topk(2, dim=1).values.unbind(dim=1)
        self.least_margin = min(self.least_margin, (first - second).min().item())
        correct = (logits.argmax(dim=1) == self.labels).sum().item()
        return {"correct": correct, "loss": F.cross_entropy(logits, self.labels).item()}


def greedy(evaluate, ingredients):
    individuals = [evaluate(weights) for weights in ingredients]
    # Python's sort is stable: equal ones stay in the pool's order.
    order = sorted(range(len(ingredients)), key=lambda k: -individuals[k]["correct"])
    picks, best, tried = order[:1], individuals[order[0]], []
    for candidate in order[1:]:
        result = evaluate(mean([ingredients[k] for k in picks + [candidate]]))
        taken = result["correct"] > best["correct"]
        tried.append({"ingredient": candidate, **result, "taken": taken})
        if taken:
            picks, best = picks + [candidate], result
    return {
        "individuals": individuals,
        "order": order,
        "tried": tried,
        "picks": picks,
        **best,
        "least_margin": evaluate.least_margin,
    }


def learned(model, ingredients, images, labels, order, per_tensor, learning_rate):
    dtype, names = images.dtype, list(ingredients[0])
    stacked = {name: torch.stack([w[name] for w in ingredients]) for name in names}
    groups = names if per_tensor else ["model"]
    a = torch.zeros(len(ingredients), len(groups), dtype=dtype, requires_grad=True)
    temperature = torch.ones((), dtype=dtype, requires_grad=True)
    optimizer = torch.optim.AdamW(
        [a, temperature], lr=learning_rate, betas=(0.9, 0.999), eps=1e-8, weight_decay=0
    )
    steps, least_share = [], float("inf")
    for samples in order:
        alpha = a.softmax(dim=0)
        theta = {
            name: torch.tensordot(alpha[:, index if per_tensor else 0], stacked[name], dims=1)
            for index, name in enumerate(names)
        }
        for tensor in theta.values():
            tensor.retain_grad()
        logits = temperature * torch.func.functional_call(model, theta, (images[samples],))
        loss = F.cross_entropy(logits, labels[samples])
        optimizer.zero_grad()
        loss.backward()
        norms = torch.stack([tensor.grad.norm() for tensor in theta.values()])
        if per_tensor:
            least_share = min(least_share, (norms.min() / norms.norm()).item())
        optimizer.step()
        steps.append(
            {
                "samples": samples,
                "loss": loss.item(),
                "accuracy": (logits.argmax(dim=1) == labels[samples]).double().mean().item(),
                "temperature": temperature.item(),
                "alpha": a.detach().softmax(dim=0).tolist(),
            }
        )
    return groups, steps, least_share


def largest(steps, minus):
    """The largest difference of any α of any step from `minus(step's index)`."""
    return max(
        (torch.tensor(step["alpha"], dtype=torch.float64) - minus(index)).abs().max().item()
        for index, step in enumerate(steps)
    )


def rounded(value):
    """Twelve digits after the point say all that a test can tell apart."""
    if isinstance(value, float):
        return round(value, 12)
    if isinstance(value, list):
        return [rounded(item) for item in value]
    if isinstance(value, dict):
        return {key: rounded(item) for key, item in value.items()}
    return value


def write(path, value):
    path.write_text(json.dumps(rounded(value)) + "\n")


def main():
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--models", type=pathlib.Path, required=True, help="folder: model_*.safetensors, config.json, *.npz")
    parser.add_argument("--out", type=pathlib.Path, required=True)
    parser.add_argument("--batch-size", type=int, default=64)
    parser.add_argument("--epochs", type=int, default=4)
    parser.add_argument("--lr", type=float, default=0.05)
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()

    paths = sorted(options.models.glob("model_*.safetensors"))
    names = [path.name for path in paths]
    config = json.loads((options.models / "config.json").read_text())
    stored = [load_file(path) for path in paths]
    ingredients = [{name: tensor.double() for name, tensor in w.items()} for w in stored]
    model = from_config(config).double()

    uniform = {name: tensor.float().contiguous() for name, tensor in mean(ingredients).items()}
    save_file(uniform, options.out / "reference_uniform.safetensors")
    (options.out / "reference_uniform.safetensors").chmod(0o644)

    cases = []
    for start, end in [(0, 400), (400, 800)]:
        images, labels = read_images(options.models / "greedy.npz", config, samples=slice(start, end))
        case = greedy(Evaluation(model, images, labels), ingredients)
        cases.append({"data": f"greedy.npz[{start}:{end}]", "samples": end - start, **case})
        found = [(t["ingredient"], t["correct"], t["taken"]) for t in case["tried"]]
        correct = [individual["correct"] for individual in case["individuals"]]
        print(f"greedy {start}:{end}: {correct}, {case['order']}, {found} → {case['picks']}")
        print(f"    least margin {case['least_margin']:.2e}")
    write(options.out / "reference_greedy.json", {"models": names, "cases": cases})

    images, labels = read_images(options.models / "heldout.npz", config)
    order = list(batches(len(labels), options.batch_size, options.epochs, options.seed))
    for granularity in ("model", "tensor"):
        settings = (order, granularity == "tensor", options.lr)
        groups, steps, least_share = learned(model, ingredients, images, labels, *settings)
        _, rough, _ = learned(from_config(config), stored, images.float(), labels, *settings)
        change = largest(steps, lambda _: 1 / len(names))
        error = largest(steps, lambda index: torch.tensor(rough[index]["alpha"], dtype=torch.float64))
        shift = max(abs(step["temperature"] - other["temperature"]) for step, other in zip(steps, rough))
        print(f"learned, per {granularity}: {len(steps)} steps, loss {steps[0]['loss']:.6f} → {steps[-1]['loss']:.6f}")
        print(f"    β {steps[-1]['temperature']:.6f}, largest change of α {change:.4f}, least gradient {least_share:.1e}")
        print(f"    float32 is off by {error / change:.1e} of that, by {shift:.1e} in β")
        assert least_share > 10 * STILLNESS and error < 3e-5 * change
        result = {
            "groups": groups,
            "models": names,
            "batch_size": options.batch_size,
            "learning_rate": options.lr,
            "seed": options.seed,
            "steps": steps,
        }
        write(options.out / f"reference_learned_{granularity}.json", result)


if __name__ == "__main__":
    main()
