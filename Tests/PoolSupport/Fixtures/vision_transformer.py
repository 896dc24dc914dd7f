"""A plain VisionTransformer with timm's parameter names and semantics, for float64 references. Needs only PyTorch."""

import torch
from torch import nn
from torch.nn import functional as F

LAYER_NORM_EPSILON = 1e-6


class Attention(nn.Module):
    def __init__(self, width, heads, qkv_bias):
        super().__init__()
        self.heads = heads
        self.qkv = nn.Linear(width, 3 * width, bias=qkv_bias)
        self.proj = nn.Linear(width, width)

    def forward(self, x):
        batch, tokens, width = x.shape
        # The rows of qkv are ordered (q, k, v) × heads × channels.
        qkv = self.qkv(x).reshape(batch, tokens, 3, self.heads, width // self.heads)
        query, key, value = qkv.permute(2, 0, 3, 1, 4)
        scores = query @ key.transpose(-2, -1) * (width // self.heads) ** -0.5
        mixed = scores.softmax(dim=-1) @ value
        return self.proj(mixed.transpose(1, 2).reshape(batch, tokens, width))


class Mlp(nn.Module):
    def __init__(self, width, hidden):
        super().__init__()
        self.fc1 = nn.Linear(width, hidden)
        self.fc2 = nn.Linear(hidden, width)

    def forward(self, x):
        return self.fc2(F.gelu(self.fc1(x)))


class Block(nn.Module):
    def __init__(self, width, heads, hidden, qkv_bias):
        super().__init__()
        self.norm1 = nn.LayerNorm(width, eps=LAYER_NORM_EPSILON)
        self.attn = Attention(width, heads, qkv_bias)
        self.norm2 = nn.LayerNorm(width, eps=LAYER_NORM_EPSILON)
        self.mlp = Mlp(width, hidden)

    def forward(self, x):
        x = x + self.attn(self.norm1(x))
        return x + self.mlp(self.norm2(x))


class PatchEmbed(nn.Module):
    def __init__(self, channels, width, patch):
        super().__init__()
        self.proj = nn.Conv2d(channels, width, kernel_size=patch, stride=patch)

    def forward(self, images):
        return self.proj(images).flatten(2).transpose(1, 2)


class VisionTransformer(nn.Module):
    """Pooling "token" reads the class token after `norm`; "avg" is the mean of the patches, then `fc_norm`."""

    def __init__(
        self,
        num_classes,
        img_size,
        patch_size,
        in_chans,
        embed_dim,
        depth,
        num_heads,
        mlp_ratio=4.0,
        class_token=True,
        global_pool="token",
        qkv_bias=True,
    ):
        super().__init__()
        if global_pool not in ("token", "avg") or (global_pool == "token" and not class_token):
            raise ValueError(f"global_pool {global_pool!r} with class_token {class_token} is not supported")
        self.global_pool = global_pool
        height, width = img_size if isinstance(img_size, (list, tuple)) else (img_size, img_size)
        patches = (height // patch_size) * (width // patch_size)
        hidden = int(embed_dim * mlp_ratio)
        self.patch_embed = PatchEmbed(in_chans, embed_dim, patch_size)
        self.cls_token = nn.Parameter(torch.zeros(1, 1, embed_dim)) if class_token else None
        self.pos_embed = nn.Parameter(torch.randn(1, patches + int(class_token), embed_dim) * 0.02)
        self.blocks = nn.ModuleList(Block(embed_dim, num_heads, hidden, qkv_bias) for _ in range(depth))
        average = global_pool == "avg"
        self.norm = nn.Identity() if average else nn.LayerNorm(embed_dim, eps=LAYER_NORM_EPSILON)
        self.fc_norm = nn.LayerNorm(embed_dim, eps=LAYER_NORM_EPSILON) if average else nn.Identity()
        self.head = nn.Linear(embed_dim, num_classes)

    def forward(self, images):
        x = self.patch_embed(images)
        if self.cls_token is not None:
            x = torch.cat([self.cls_token.expand(len(x), -1, -1), x], dim=1)
        x = x + self.pos_embed
        for block in self.blocks:
            x = block(x)
        x = self.norm(x)
        if self.global_pool == "token":
            pooled = x[:, 0]
        else:
            pooled = x[:, 0 if self.cls_token is None else 1 :].mean(dim=1)
        return self.head(self.fc_norm(pooled))


def from_config(config):
    """The model that a config.json in timm's form describes."""
    if config["architecture"] != "vision_transformer":
        raise ValueError(f"architecture {config['architecture']!r} is not vision_transformer")
    return VisionTransformer(config["num_classes"], **config["model_args"])


def normalised(images, config, dtype=torch.float64):
    """N×H×W[×C] uint8 → N×C×H×W, normalised by the model's mean and standard deviation."""
    values = torch.as_tensor(images).to(dtype) / 255
    if values.ndim == 3:
        values = values.unsqueeze(-1)
    mean = torch.tensor(config["pretrained_cfg"]["mean"], dtype=dtype)
    deviation = torch.tensor(config["pretrained_cfg"]["std"], dtype=dtype)
    return ((values - mean) / deviation).permute(0, 3, 1, 2).contiguous()
