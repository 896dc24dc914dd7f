"""Makes a folder for every tiny model: its description, and in computed.safetensors its weights and what PyTorch
computes from them in float64: logits, loss (label smoothing 0.1) and the gradient of every tensor.

    pip install torch==2.13.0 torchvision timm transformers open_clip_torch safetensors numpy
    python3 make_models.py [NAME ...]
"""

import json
import pathlib
import sys

import torch
from families import FAMILIES, Family, randomise, same_names
from safetensors.torch import save_file
from timm.models.vision_transformer import VisionTransformer

HERE = pathlib.Path(__file__).parent


def plain(img_size, in_chans, num_classes, **arguments):
    """timm's class itself, described by hand."""
    torch.manual_seed(7)
    arguments = dict(img_size=img_size, in_chans=in_chans, num_classes=num_classes, patch_size=4, **arguments)
    model = randomise(VisionTransformer(**arguments), 7)
    config = {
        "architecture": "vision_transformer",
        "num_classes": arguments.pop("num_classes"),
        "model_args": arguments,
        "pretrained_cfg": {
            "mean": [0.5] * in_chans,
            "std": [0.5] * in_chans,
            "input_size": [in_chans, *img_size],
        },
    }
    return Family(model, model, {"config.json": json.dumps(config)}, same_names(model))


MODELS = {
    "timm_token": lambda: plain((12, 12), 3, 7, embed_dim=12, depth=2, num_heads=3),
    "timm_one_channel": lambda: plain(
        (12, 8), 1, 5, embed_dim=16, depth=3, num_heads=2, mlp_ratio=2.0, class_token=False, global_pool="avg",
        qkv_bias=False,
    ),
    **FAMILIES,
}

# Some models interpolate positions in float32 whatever their own type is; here all is to be float64.
torch.Tensor.float_ = torch.Tensor.float
torch.Tensor.float = lambda self: self
torch.Tensor.to_ = torch.Tensor.to
torch.Tensor.to = lambda self, *arguments, **named: (
    self if arguments == (torch.float32,) or named == {"dtype": torch.float32} else self.to_(*arguments, **named)
)

for name in sys.argv[1:] or MODELS:
    torch.manual_seed(7)
    family = MODELS[name]()
    model = family.model.double()
    description = json.loads(family.texts["config.json"])
    size = description.get("pretrained_cfg", {}).get("input_size", [3, family.size, family.size])
    images = torch.randn(5, *size).double().float_().double()
    labels = torch.arange(5)
    logits = family.forward(images)
    loss = torch.nn.functional.cross_entropy(logits, labels, label_smoothing=0.1)
    loss.backward()
    out = {"images": images, "logits": logits, "loss": loss.reshape(1), "labels": labels.double()}
    for key, tensor in model.named_parameters():
        out["weight/" + family.names[key]] = tensor
        if tensor.grad is not None:
            out["gradient/" + family.names[key]] = tensor.grad
    folder = HERE / name
    folder.mkdir(exist_ok=True)
    save_file({key: value.detach().float_().contiguous() for key, value in out.items()}, folder / "computed.safetensors")
    for file, text in family.texts.items():
        (folder / file).write_text(json.dumps(json.loads(text), indent=2) + "\n")
    print(f"{name}: {sum(tensor.numel() for tensor in model.parameters())} parameters, loss {loss.item():.4f}")
