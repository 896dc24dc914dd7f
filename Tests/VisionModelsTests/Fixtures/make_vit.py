"""Makes vit_token.safetensors and vit_mean.safetensors: timm's vision_transformer with random weights, and what
PyTorch computes from it in float64: logits, loss (label smoothing 0.1) and the gradient of every tensor.

    pip install torch==2.13.0 timm safetensors numpy
    python3 make_vit.py
"""

import json
import pathlib

import torch
from safetensors.torch import save_file

# A CPU build of torch beside a torchvision built for CUDA lacks torchvision's own operators, of which timm's import
# wants only that registering their shapes does not fail.
try:
    import torchvision
except RuntimeError:
    torch.library.register_fake = lambda *_, **__: lambda function: function
    torch.library.Library.impl = lambda *_, **__: None

from timm.models.vision_transformer import VisionTransformer

HERE = pathlib.Path(__file__).parent
VARIANTS = {
    "vit_token": dict(
        img_size=12, patch_size=4, in_chans=3, num_classes=7, embed_dim=24, depth=2, num_heads=3, mlp_ratio=4.0
    ),
    "vit_mean": dict(
        img_size=(12, 8), patch_size=4, in_chans=1, num_classes=5, embed_dim=16, depth=3, num_heads=2, mlp_ratio=2.0,
        class_token=False, global_pool="avg", qkv_bias=False,
    ),
}

for name, arguments in VARIANTS.items():
    torch.manual_seed(7)
    model = VisionTransformer(**arguments).double().eval()
    with torch.no_grad():
        for tensor in model.parameters():
            tensor.add_(0.3 * torch.randn_like(tensor))
            tensor.copy_(tensor.float().double())
    size = arguments["img_size"]
    height, width = size if isinstance(size, tuple) else (size, size)
    images = torch.randn(5, arguments["in_chans"], height, width).double().float().double()
    labels = torch.arange(5) % arguments["num_classes"]
    logits = model(images)
    loss = torch.nn.functional.cross_entropy(logits, labels, label_smoothing=0.1)
    loss.backward()
    out = {"images": images, "logits": logits, "loss": loss.reshape(1), "labels": labels.double()}
    for key, tensor in model.named_parameters():
        out["weight/" + key] = tensor
        out["gradient/" + key] = tensor.grad
    out = {key: value.detach().float().contiguous() for key, value in out.items()}
    save_file(out, HERE / f"{name}.safetensors")
    config = {
        "architecture": "vision_transformer",
        "num_classes": arguments["num_classes"],
        "model_args": {key: value for key, value in arguments.items() if key != "num_classes"},
        "pretrained_cfg": {
            "mean": [0.5] * arguments["in_chans"],
            "std": [0.5] * arguments["in_chans"],
            "input_size": [arguments["in_chans"], height, width],
        },
    }
    (HERE / f"{name}.json").write_text(json.dumps(config, indent=2) + "\n")
