"""PyTorch's step of the model whose weights and batch `mehlsoup-bench` wrote.

A ViT in plain PyTorch with timm's names and semantics, or with --graph what torch.export.save wrote, channels last. For each line of standard input, `step` (float32) or `autocast` (bfloat16), it
takes one forward and backward pass and answers with a line of JSON: seconds, loss and PyTorch's version.
"""

import argparse
import json
import sys
import time

import torch
from safetensors.torch import load_file
from torch.nn import functional as F


def forward(weights, images, patch, heads, depth):
    def linear(name, x):
        return F.linear(x, weights[f"{name}.weight"], weights[f"{name}.bias"])

    def norm(name, x):
        return F.layer_norm(x, x.shape[-1:], weights[f"{name}.weight"], weights[f"{name}.bias"], eps=1e-6)

    def attention(name, x):
        batch, tokens, width = x.shape
        fused = linear(f"{name}.qkv", x).reshape(batch, tokens, 3, heads, width // heads)
        query, key, value = fused.permute(2, 0, 3, 1, 4)
        mixed = F.scaled_dot_product_attention(query, key, value)
        return linear(f"{name}.proj", mixed.transpose(1, 2).reshape(batch, tokens, width))

    x = F.conv2d(images, weights["patch_embed.proj.weight"], weights["patch_embed.proj.bias"], stride=patch)
    x = x.flatten(2).transpose(1, 2)
    x = torch.cat([weights["cls_token"].expand(len(x), -1, -1), x], dim=1) + weights["pos_embed"]
    for index in range(depth):
        block = f"blocks.{index}"
        x = x + attention(f"{block}.attn", norm(f"{block}.norm1", x))
        x = x + linear(f"{block}.mlp.fc2", F.gelu(linear(f"{block}.mlp.fc1", norm(f"{block}.norm2", x))))
    return linear("head", norm("norm", x)[:, 0])


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("file")
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--graph")
    options = parser.parse_args()
    torch.set_num_threads(options.threads)

    weights = load_file(options.file)
    images, labels = weights.pop("images"), weights.pop("labels").long()
    if options.graph:
        model = torch.export.load(options.graph).module()
        model.load_state_dict(weights, strict=False)
        model = model.to(memory_format=torch.channels_last)
        images = images.contiguous(memory_format=torch.channels_last)
        serve(model, dict(model.named_parameters()), images, labels)
    else:
        serve(vision_transformer(weights), weights, images, labels)


def vision_transformer(weights):
    for weight in weights.values():
        weight.requires_grad_()
    patch = weights["patch_embed.proj.weight"].shape[-1]
    heads = weights["cls_token"].shape[-1] // 64
    depth = 1 + max(int(name.split(".")[1]) for name in weights if name.startswith("blocks."))
    return lambda images: forward(weights, images, patch, heads, depth)


def serve(model, weights, images, labels):
    def step(is_half):
        for weight in weights.values():
            weight.grad = None
        with torch.autocast("cpu", torch.bfloat16, enabled=is_half):
            logits = model(images)
        loss = F.cross_entropy(logits.float(), labels)
        loss.backward()
        return loss.item()

    for line in sys.stdin:
        start = time.perf_counter()
        loss = step(line.strip() == "autocast")
        seconds = time.perf_counter() - start
        print(json.dumps({"seconds": seconds, "loss": loss, "version": torch.__version__}), flush=True)


if __name__ == "__main__":
    main()
