#!/usr/bin/env python3
"""Makes the fixtures of ImportedGraphsTests beside this file: NAME.pt2, the graph that torch.export.save writes, without the
weights; and NAME.safetensors, in float64: `model.…` the parameters, `images` (3 of them, exported were 2), `labels`, and what
PyTorch makes of them: `logits`, `loss` (mean cross-entropy) and `gradient.…` of every parameter, and of the statistics of
batch norms; and `measured.…`, what torch.optim.swa_utils.update_bn makes of these statistics from the images as one batch.

    python3 make.py [NAME...]        needs torch==2.13.0, timm, safetensors and numpy
"""

import copy
import io
import json
import pathlib
import sys
import zipfile

import timm
import torch
from safetensors.torch import save_file
from torch import nn
from torch.nn import functional as F

sys.path.insert(0, str(pathlib.Path(__file__).parents[3] / "scripts"))
from check_graphs import gradients, shake  # noqa: E402


class Parts(nn.Module):
    """Attention written out, weights used twice, parts and orders of all kinds."""

    def __init__(self):
        super().__init__()
        self.patches = nn.Conv2d(3, 12, 4, stride=4)
        self.position = nn.Parameter(torch.randn(1, 4, 12))
        self.token = nn.Parameter(torch.randn(1, 1, 12))
        self.qkv = nn.Linear(12, 36)
        self.shared = nn.Linear(12, 12)
        self.gate = nn.Parameter(torch.randn(12))
        self.norm = nn.LayerNorm(12, eps=1e-6)
        self.head = nn.Linear(24, 5)

    def forward(self, images):
        x = self.patches(images).flatten(2).transpose(1, 2) + self.position
        x = torch.cat([self.token.expand(x.shape[0], -1, -1), x], 1)
        q, k, v = self.qkv(self.norm(x)).chunk(3, dim=-1)
        q, k, v = (t.reshape(t.shape[0], 5, 2, 6).permute(0, 2, 1, 3) for t in (q, k, v))
        weights = (torch.matmul(q, k.transpose(-2, -1)) * 0.4).softmax(-1)
        mixed = (weights @ v).permute(0, 2, 1, 3).reshape(x.shape[0], 5, 12)
        x = x + self.shared(mixed) * self.gate
        first, rest = x.split([1, 4], dim=1)
        rest = F.gelu(self.shared(rest)) - first
        return self.head(torch.cat([first.squeeze(1), rest.unbind(1)[2]], -1))


class InPlace(nn.Module):
    """Operators that write over what they read."""

    def __init__(self):
        super().__init__()
        self.patches = nn.Conv2d(3, 8, 4, stride=4)
        self.scale = nn.Parameter(torch.ones(8))
        self.shift = nn.Parameter(torch.ones(8))
        self.norm = nn.LayerNorm(8)
        self.head = nn.Linear(32, 5)

    def forward(self, images):
        x = self.patches(images).flatten(2).transpose(1, 2)
        y = F.gelu(self.norm(x))
        y.mul_(self.scale).add_(x)
        # Into parts of a parameter's copy, as Swin V2 does, and of a value.
        shift = self.shift.clone()
        shift[2:5].zero_()
        shift[6:] *= 2
        y[:, 1:3] += x[:, :2]
        return self.head((y + shift).flatten(1))


class Convolutions(nn.Module):
    """Convolutions of all kinds with batch norm behind them, pooling, squeeze and excitation."""

    def __init__(self):
        super().__init__()
        self.stem, self.stem_norm = nn.Conv2d(3, 4, 5, stride=2, padding=2, bias=False), nn.BatchNorm2d(4)
        self.pool = nn.MaxPool2d(3, stride=2, padding=1)
        self.wide, self.wide_norm = nn.Conv2d(4, 8, 3, padding="same", dilation=2), nn.BatchNorm2d(8)
        self.deep, self.deep_norm = nn.Conv2d(8, 8, 5, stride=2, padding=2, groups=8, bias=False), nn.BatchNorm2d(8)
        self.down = nn.Sequential(nn.AvgPool2d(2, ceil_mode=True, count_include_pad=False), nn.Conv2d(8, 8, 1, bias=False))
        self.down_norm = nn.BatchNorm2d(8, affine=False)
        self.squeeze, self.excite = nn.Conv2d(8, 3, 1), nn.Conv2d(3, 8, 1)
        self.grouped = nn.Conv2d(8, 6, (3, 2), padding=(1, 0), groups=2)
        self.channels = nn.Conv1d(1, 1, 3, padding=1, bias=False)
        self.head, self.last_norm = nn.Linear(12, 5), nn.BatchNorm1d(12)

    def forward(self, images):
        x = self.pool(F.relu(self.stem_norm(self.stem(images)), inplace=True))
        x = F.silu(self.wide_norm(self.wide(x)), inplace=True)
        y = F.hardswish(self.deep_norm(self.deep(x)))
        gate = F.hardsigmoid(self.excite(F.leaky_relu(self.squeeze(y.mean((2, 3), keepdim=True)), 0.1)))
        y = y * gate + self.down_norm(self.down(x))
        y = F.relu6(self.grouped(F.pad(y, (0, 1))))
        weight = self.channels(F.adaptive_avg_pool2d(y, 1).flatten(2).transpose(1, 2)).transpose(1, 2).unsqueeze(-1)
        y = y * weight.sigmoid().expand_as(y)
        pooled = torch.cat([F.adaptive_avg_pool2d(y, 1), F.adaptive_max_pool2d(y, 1)], 1)
        return self.head(self.last_norm(pooled.flatten(1)))


class Norms(nn.Module):
    """Group norm, weights that are standardised, global response norm, norms without weights, and of several dimensions."""

    def __init__(self):
        super().__init__()
        self.weight, self.gain = nn.Parameter(torch.randn(8, 3, 3, 3)), nn.Parameter(torch.ones(8))
        self.groups, self.whole = nn.GroupNorm(4, 8), nn.GroupNorm(1, 8)
        self.gamma, self.beta = nn.Parameter(torch.randn(1, 1, 1, 8)), nn.Parameter(torch.randn(1, 1, 1, 8))
        self.plain, self.image = nn.LayerNorm(8, elementwise_affine=False), nn.LayerNorm([8, 4, 4])
        self.mean_square, self.slope = nn.RMSNorm(8, eps=1e-6), nn.PReLU(8)
        self.head = nn.Linear(8, 5)

    def forward(self, images):
        weight = F.batch_norm(self.weight.view(1, 8, -1), None, None, weight=self.gain, training=True, momentum=0.0)
        x = self.groups(F.conv2d(images, weight.view(8, 3, 3, 3), stride=2, padding=1))
        x = self.slope(self.whole(F.elu(x)) + self.image(x))
        y = x.permute(0, 2, 3, 1)
        size = torch.linalg.vector_norm(y, dim=(1, 2), keepdim=True)
        y = y + torch.addcmul(self.beta, self.gamma, y * (size / (size.mean(-1, keepdim=True) + 1e-6)))
        y = self.mean_square(self.plain(y) + y.var(-1, keepdim=True).sqrt() - (y * y).sum(-1, keepdim=True) / 9)
        return self.head(y.flatten(1, 2).mean(1))


class Places(nn.Module):
    """Tables that are looked up, shifts, mirrors, repetitions, masks written part by part, products by letters."""

    def __init__(self):
        super().__init__()
        self.table = nn.Parameter(torch.randn(9, 2))
        self.register_buffer("index", torch.randint(9, (4, 4)), persistent=False)
        self.register_buffer("scale", torch.rand(2, 1, 1) + 0.5, persistent=False)
        self.embed, self.rows = nn.Conv2d(3, 6, 2, stride=2), nn.Embedding(4, 6)
        self.temperature = nn.Parameter(torch.tensor(0.3))
        self.mix = nn.Parameter(torch.randn(2, 3))
        self.head = nn.Linear(6, 5)

    def mask(self, x):
        regions = x.new_zeros((4, 4))
        for count, rows in enumerate((slice(0, 2), slice(2, 3), slice(3, 4))):
            for columns in (slice(0, 2), slice(2, 4)):
                regions[rows, columns] = count
        regions = regions.view(2, 2, 2, 2).permute(0, 2, 1, 3).reshape(4, 4)
        apart = regions.unsqueeze(1) - regions.unsqueeze(2)
        return apart.masked_fill(apart != 0, -100.0).masked_fill(apart == 0, 0.0)

    def forward(self, images):
        x = self.embed(images).permute(0, 2, 3, 1) + self.rows(torch.arange(4)).unsqueeze(0).repeat(1, 4, 1).view(1, 4, 4, 6)
        x = torch.roll(x, (-1, 2), (1, 2))
        x = x.view(-1, 2, 2, 2, 2, 6).permute(0, 1, 3, 2, 4, 5).reshape(-1, 4, 6)
        q = k = F.normalize(x.view(-1, 4, 2, 3).transpose(1, 2), dim=-1)
        v = torch.stack([x[..., ::2], x[..., 1::2]], 1)
        scores = torch.einsum("nhic,nhjc->nhij", q, k + 0.5) * self.temperature.clamp(max=1.0).exp()
        scores = scores + self.table[self.index.view(-1)].view(4, 4, 2).permute(2, 0, 1) * self.scale
        scores = scores.view(-1, 4, 2, 4, 4) + self.mask(x).unsqueeze(1).unsqueeze(0)
        y = torch.matmul(scores.view(-1, 2, 4, 4).softmax(-1), v).softmax(1)
        y = torch.einsum("nhic,hc->nic", y, self.mix)
        y = torch.cat([y.flip(1), 1 - y], -1).view(-1, 2, 2, 2, 2, 6).permute(0, 5, 1, 3, 2, 4).reshape(-1, 6, 4, 4)
        y = F.pad(y, (1, 2, 1, 0), mode="reflect") + F.interpolate(y[:, :, :2, :2], (5, 7), mode="bilinear")
        y = y + F.interpolate(y[:, :, 1:4, 1:4], (5, 7), mode="nearest").tanh()
        return self.head(F.glu(torch.cat([y, y], 1), 1).amax((2, 3)) / 2)


class Attention(nn.Module):
    """What somebody may write: a convolution, attention with a bias and a mask, batch norm, a residual."""

    def __init__(self):
        super().__init__()
        self.stem, self.norm = nn.Conv2d(3, 8, 4, stride=2, padding=1), nn.BatchNorm2d(8)
        self.attention = nn.MultiheadAttention(8, 2, batch_first=True)
        self.bias = nn.Parameter(torch.randn(2, 16, 16))
        self.register_buffer("near", torch.eye(16).roll(1, 0).bool() | (torch.rand(16, 16) < 0.5), persistent=False)
        self.qkv, self.out = nn.Linear(8, 24), nn.Linear(8, 8)
        self.head = nn.Linear(8, 5)

    def forward(self, images):
        x = F.gelu(self.norm(self.stem(images)), approximate="tanh").flatten(2).transpose(1, 2)
        x = x + self.attention(x, x, x, need_weights=False)[0]
        q, k, v = self.qkv(x).view(-1, 16, 3, 2, 4).permute(2, 0, 3, 1, 4)
        y = F.scaled_dot_product_attention(q, k, v, attn_mask=self.bias)
        y = y + F.scaled_dot_product_attention(q, k, v, attn_mask=self.near, scale=0.7)
        x = x + self.out(y.transpose(1, 2).reshape(-1, 16, 8))
        return self.head(F.mish(x).mean(1))


class PerSample(nn.Module):
    """Arrays that are made once for every sample, as EdgeNeXt's places are, filled in part by part; causal attention."""

    def __init__(self):
        super().__init__()
        self.stem, self.places = nn.Conv2d(3, 8, 2, stride=2), nn.Conv2d(4, 8, 1)
        self.qkv, self.head = nn.Linear(8, 24), nn.Linear(8, 5)

    def forward(self, images):
        x = self.stem(images)
        ones = ~torch.zeros((x.shape[0], 4, 4)).to(torch.bool)
        y, z = ones.cumsum(1, dtype=x.dtype), ones.cumsum(2, dtype=x.dtype)
        y, z = (t / (t[:, -1:] + 1e-6) for t in (y, z))
        places = torch.stack((y.sin(), z.cos(), y + 2, z * 3), dim=3).permute(0, 3, 1, 2)
        x = (x + self.places(places.to(x.dtype))).flatten(2).transpose(1, 2)
        q, k, v = self.qkv(x).view(-1, 16, 3, 2, 4).permute(2, 0, 3, 1, 4)
        mixed = F.scaled_dot_product_attention(q, k, v, is_causal=True).transpose(1, 2).reshape(-1, 16, 8)
        kept = torch.zeros_like(x)
        kept[:, 2:9] = mixed[:, 5:12]
        kept[:, 12:] += x[:, :4]
        return self.head((x + kept).mean(1))


class Shared(nn.Module):
    """Constants that are written over through others that share their memory, and copies that do not change with them."""

    def __init__(self):
        super().__init__()
        self.stem, self.head = nn.Conv2d(3, 6, 2, stride=2), nn.Linear(6, 5)

    def forward(self, images):
        x = self.stem(images).flatten(2).mean(2)
        table = torch.arange(6.0).view(2, 3)
        before = table.clone()
        table.to(torch.float32)[0] = 7  # the table itself
        table.type_as(before)[1, 2] += 0.5  # the table itself
        table.to(torch.float64)[1, 1] = 11  # a copy
        before.to(torch.float32, copy=True)[1] = 3  # a copy
        turned = table.t().contiguous()
        turned[0, 1] = -3
        return self.head(x * before.reshape(6) + turned.reshape(6) + torch.tensor([0.5, 1.5, 0, 1, 2, 3]))


class Resized(nn.Module):
    """Images of other sizes, means of windows along rows, and grids of places."""

    def __init__(self):
        super().__init__()
        self.stem, self.head = nn.Conv2d(3, 6, 2, stride=2), nn.Linear(6, 5)

    def forward(self, images):
        x = self.stem(images)
        x = F.interpolate(x, size=(7, 5), mode="bicubic")
        x = F.interpolate(x, size=(3, 6), mode="bicubic", align_corners=True)
        x = F.interpolate(x, size=(4, 4), mode="bicubic", antialias=True)
        rows, columns = torch.meshgrid(torch.arange(4.0), torch.arange(4.0) * 2, indexing="ij")
        right, down = torch.meshgrid(torch.arange(4.0), torch.arange(4.0) - 1, indexing="xy")
        x = x * (rows - 0.25 * columns) + (right * right - down)
        return self.head(F.avg_pool1d(x.flatten(2), 3, stride=2, padding=1).square().mean(2))


def swin():
    from timm.models.swin_transformer import SwinTransformer

    return SwinTransformer(
        img_size=8, patch_size=1, window_size=4, embed_dim=4, depths=(2,), num_heads=(2,), num_classes=5, mlp_ratio=2
    )


def convnext():
    from timm.models.convnext import ConvNeXt

    return ConvNeXt(depths=(1, 1, 1, 1), dims=(4, 4, 6, 6), patch_size=1, kernel_sizes=3, num_classes=5, ls_init_value=0.5)


def small(name, **arguments):
    return timm.create_model(name, num_classes=5, img_size=8, patch_size=4, embed_dim=8, num_heads=2, **arguments)


def graph_alone(program):
    """What torch.export.save writes, without weights, the lines of Python that it came from and all but the innermost module."""
    whole, file = io.BytesIO(), io.BytesIO()
    torch.export.save(program, whole)
    with zipfile.ZipFile(whole) as source, zipfile.ZipFile(file, "w") as target:
        for member in source.infolist():
            data = source.read(member)
            if "/data/weights/weight_" in member.filename or "sample_inputs" in member.filename:
                continue
            if member.filename.endswith("/models/model.json"):
                model = json.loads(data)
                for node in model["graph_module"]["graph"]["nodes"]:
                    node["metadata"] = {"nn_module_stack": node["metadata"].get("nn_module_stack", "").split(";")[-1]}
                data = json.dumps(model, separators=(",", ":"))
            target.writestr(zipfile.ZipInfo(member.filename), data)
    return file.getvalue()


def measured(model, images):
    """Statistics of the model's batch norms, measured anew."""
    model = copy.deepcopy(model)
    torch.optim.swa_utils.update_bn([images], model)
    return {key: value for key, value in model.state_dict().items() if key.endswith(("running_mean", "running_var"))}


MODELS = {
    "vit": lambda: small("vit_tiny_patch16_224", depth=2),
    "layer_scale": lambda: small("deit3_small_patch16_224", depth=1),
    "registers": lambda: small("vit_tiny_patch16_224", depth=1, reg_tokens=3, qkv_bias=False),
    "parts": Parts,
    "in_place": InPlace,
    "convolutions": Convolutions,
    "norms": Norms,
    "places": Places,
    "attention": Attention,
    "swin": swin,
    "convnext": convnext,
    "beit": lambda: small("beit_base_patch16_224", depth=1),
    "per_sample": PerSample,
    "shared": Shared,
    "resized": Resized,
}


def main():
    folder = pathlib.Path(__file__).parent
    for index, (name, make) in enumerate(MODELS.items()):
        if sys.argv[1:] and name not in sys.argv[1:]:
            continue
        torch.manual_seed(index)
        model = shake(make(), 8).eval()
        program = torch.export.export(
            model, (torch.randn(2, 3, 8, 8),), dynamic_shapes=({0: torch.export.Dim("batch")},)
        )
        (folder / f"{name}.pt2").write_bytes(graph_alone(program))
        images, labels = torch.randn(3, 3, 8, 8, dtype=torch.float64), torch.randint(5, (3,))
        loss, logits, pairs = gradients(model.double(), images, labels)
        tensors = {"images": images, "labels": labels, "logits": logits, "loss": loss.reshape(1)}
        for key, (tensor, slope) in pairs.items():
            tensors[f"model.{key}"], tensors[f"gradient.{key}"] = tensor, slope
        tensors |= {f"measured.{key}": value for key, value in measured(model, images).items()}
        save_file({key: value.contiguous().clone() for key, value in tensors.items()}, str(folder / f"{name}.safetensors"))


if __name__ == "__main__":
    main()
