"""Learns a soup of every family's models and loads it back into the library that made them, strictly.

For each family: three ingredients with random weights, saved as their library saves them; `mehlsoup learn`; then the soup
must be the mixture that coefficients.json states, must load with strict=True, and must give PyTorch the loss that
`mehlsoup evaluate` states.

    pip install torch==2.13.0 torchvision timm transformers open_clip_torch safetensors numpy
    swift build -c release && python3 scripts/check_families.py [NAME ...]
"""

import json
import pathlib
import subprocess
import sys
import tempfile

import numpy as np
import torch

ROOT = pathlib.Path(__file__).parent.parent
sys.path.insert(0, str(ROOT / "Tests/VisionModelsTests/Fixtures"))
from families import FAMILIES  # noqa: E402
from safetensors.torch import load_file, save_file  # noqa: E402

PROGRAM = ROOT / ".build/release/mehlsoup"
CLASSES, IMAGES = 5, 96


def mehlsoup(*arguments):
    done = subprocess.run([PROGRAM, *map(str, arguments)], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    return done.stdout


def save(family, folder):
    """As the family's library does."""
    folder.mkdir()
    if family.form == "pretrained":
        family.model.save_pretrained(folder)
    elif family.form == "safetensors":
        save_file(family.model.state_dict(), folder / "model.safetensors")
    else:
        torch.save({"state_dict": family.model.state_dict(), "epoch": 3}, folder / "checkpoint.pt")
    for name, text in family.texts.items():
        (folder / name).write_text(text)


def normalisation(family):
    for text in family.texts.values():
        fields = json.loads(text)
        fields = fields.get("pretrained_cfg", fields)
        mean, std = fields.get("mean", fields.get("image_mean")), fields.get("std", fields.get("image_std"))
        if mean:
            return mean, std
    return family.usual


def check(name, scratch):
    family = FAMILIES[name]()
    model = family.model
    first = {key: tensor.clone() for key, tensor in model.state_dict().items()}
    generator = torch.Generator().manual_seed(3)
    ingredients = []
    for index in range(3):
        state = {
            key: tensor + 0.1 * torch.randn(tensor.shape, generator=generator) if tensor.is_floating_point() else tensor
            for key, tensor in first.items()
        }
        model.load_state_dict(state, strict=True)
        ingredients.append({key: tensor.clone() for key, tensor in model.state_dict().items()})
        save(family, scratch / f"run_{index}")
    images = torch.randint(0, 256, (IMAGES, family.size, family.size, 3), generator=generator, dtype=torch.uint8)
    labels = torch.randint(0, CLASSES, (IMAGES,), generator=generator)
    data = scratch / "heldout.npz"
    np.savez(data, images=images.numpy(), labels=labels.numpy())
    soup = scratch / "soup"
    mehlsoup(
        "learn", "--method", "mehl+", "--models", *sorted(scratch.glob("run_*")), "--data", data, "--out", soup,
        "--block-size", 2, "--epochs", 2, "--batch-size", 16, "--lr", 0.05, "--seed", 1, "--anyway",
    )
    found = json.loads(mehlsoup("evaluate", "--model", soup, "--data", data, "--json").splitlines()[-1])

    # Back to where the ingredients came from.
    if family.form == "pretrained":
        loaded, report = type(model).from_pretrained(soup, output_loading_info=True)
        assert not any(report.get(key) for key in ["missing_keys", "unexpected_keys", "mismatched_keys"]), report
        model.load_state_dict(loaded.state_dict(), strict=True)
    else:
        model.load_state_dict(load_file(soup / "model.safetensors"), strict=True)
    # The mixture, by the stated coefficients.
    stated = json.loads((soup / "coefficients.json").read_text())
    alpha = dict(zip(stated["groups"], stated["alpha"]))
    learned, largest = 0, 0.0
    for key, tensor in model.state_dict().items():
        group = family.names.get(key)
        expected = own = ingredients[0][key]
        if group in alpha:
            learned += 1
            expected = sum(a * other[key].double() for a, other in zip(alpha[group], ingredients))
        largest = max(largest, ((tensor.double() - expected.double()).abs().max() / own.abs().max()).item())
    assert largest < 1e-6, largest
    assert learned == len(stated["groups"])
    # The same logits: the loss over all images, and the answers.
    mean, std = (torch.tensor(values).view(1, -1, 1, 1) for values in normalisation(family))
    inputs = (images.permute(0, 3, 1, 2).float() / 255 - mean) / std
    with torch.inference_mode():
        logits = family.forward(inputs)
    loss = torch.nn.functional.cross_entropy(logits.double(), labels).item()
    accuracy = (logits.argmax(1) == labels).double().mean().item()
    assert abs(found["loss"] - loss) < 1e-5 * loss, (found, loss)
    assert found["accuracy"] == accuracy, (found, accuracy)
    print(
        f"{name}: {learned} tensors mixed, furthest from the stated mixture {largest:.1e}; loaded strictly; "
        f"loss {loss:.6f}, {abs(found['loss'] / loss - 1):.1e} from evaluate's",
        flush=True,
    )


for name in sys.argv[1:] or FAMILIES:
    with tempfile.TemporaryDirectory() as scratch:
        check(name, pathlib.Path(scratch))
