#!/usr/bin/env python3
"""Makes graphs of many architectures with what PyTorch computes from them, for GraphFolderTests to compare.

    scripts/check_graphs.py [--smooth] FOLDER [NAME...]        needs torch, timm, torchvision, safetensors
    MEHLSOUP_GRAPHS=FOLDER swift test -c release --filter GraphFolderTests

NAME is one of MODELS below (all of them where none is given), "timm/ARCHITECTURE" or "tv/ARCHITECTURE"; of each comes
FOLDER/NAME.pt2, exported with two images, and FOLDER/NAME.safetensors, in float64: `model.…` every tensor that the output
depends on (statistics of batch norm among them), `images` (3 of them), `labels`, `logits`, `loss` and `gradient.…`, and how far
off PyTorch's own gradients in float32 are, `float32_error`. What is there already is not made again. No two tensors are alike;
statistics are those of random images, shaken. With --smooth SiLU takes the place of rectifiers and means that of maxima.
"""

import copy
import os
import pathlib
import sys
import traceback
import warnings

import torch
from safetensors.torch import save_file
from torch import nn
from torch.nn import functional as F

warnings.filterwarnings("ignore")
torch.set_num_threads(1)

# Architecture: side of the images and what makes it small; the operators count, not the size.
TIMM = {
    "vit_tiny_patch16_224": (64, dict(img_size=64, depth=2)),
    "deit3_small_patch16_224": (64, dict(img_size=64, depth=2)),
    "vit_base_patch16_siglip_224": (64, dict(img_size=64, depth=2, embed_dim=96, num_heads=4)),
    "beit_base_patch16_224": (64, dict(img_size=64, depth=2, embed_dim=96, num_heads=4)),
    "eva02_tiny_patch14_224": (56, dict(img_size=56, depth=2)),
    "mixer_s16_224": (224, {}),
    "swin_tiny_patch4_window7_224": (224, dict(depths=(2, 2, 2, 2), embed_dim=24)),
    "swinv2_tiny_window8_256": (256, dict(depths=(2, 2, 2, 2), embed_dim=24)),
    "maxvit_tiny_tf_224": (224, dict(depths=(1, 1, 1, 1))),
    "coatnet_0_rw_224": (224, dict(depths=(1, 1, 1, 1), embed_dim=(32, 32, 64, 96), stem_width=(16, 16))),
    "resnet18": (64, {}),
    "resnet50": (64, {}),
    "seresnet50": (64, dict(layers=(1, 1, 1, 1))),
    "resnext50_32x4d": (64, dict(layers=(1, 1, 1, 1))),
    "ecaresnet50t": (64, dict(layers=(1, 1, 1, 1))),
    "resnest14d": (64, {}),
    "convnext_tiny": (64, dict(depths=(1, 1, 2, 1))),
    "convnextv2_atto": (64, {}),
    "efficientnet_b0": (64, {}),
    "efficientnetv2_rw_t": (64, {}),
    "tf_efficientnet_lite0": (64, {}),
    "mobilenetv2_100": (64, {}),
    "mobilenetv3_large_100": (64, {}),
    "mobilenetv4_conv_small": (64, {}),
    "mobilenetv4_hybrid_medium": (64, {}),
    "regnety_008": (64, {}),
    "regnetx_002": (64, {}),
    "densenet121": (64, {}),
    "resnetv2_50x1_bit": (64, {}),
    "nf_regnet_b0": (64, {}),
    "mobilevitv2_050": (64, {}),
    "mobilevit_xxs": (64, {}),
    "vgg11_bn": (64, {}),
    "inception_v3": (139, {}),
    "pvt_v2_b0": (64, {}),
    "xcit_nano_12_p16_224": (64, dict(depth=2)),
    "res2net50_26w_4s": (64, dict(layers=(1, 1, 1, 1))),
    "ghostnet_100": (64, {}),
    "hrnet_w18_small": (64, {}),
    "dla34": (64, {}),
    "repvgg_a0": (64, {}),
    "poolformer_s12": (64, {}),
    "cspresnet50": (64, {}),
    "levit_128s": (224, {}),
    "tiny_vit_5m_224": (224, {}),
    "edgenext_xx_small": (64, {}),
    "fastvit_t8": (64, {}),
    "efficientformer_l1": (224, {}),
    "gmlp_s16_224": (224, {}),
    "resmlp_12_224": (224, {}),
    "cait_xxs24_224": (64, dict(img_size=64, depth=2)),
    "twins_pcpvt_small": (224, dict(depths=(1, 1, 1, 1))),
    "twins_svt_small": (224, dict(depths=(1, 1, 2, 1))),
    "visformer_tiny": (224, {}),
    "focalnet_tiny_srf": (224, {}),
    "davit_tiny": (224, dict(depths=(1, 1, 1, 1))),
    "mvitv2_tiny": (224, {}),
    "rexnet_100": (64, {}),
    "hardcorenas_a": (64, {}),
    "fbnetc_100": (64, {}),
    "mnasnet_100": (64, {}),
    "xception41": (64, {}),
    "legacy_xception": (64, {}),
    "selecsls42b": (64, {}),
    "skresnet18": (64, {}),
    "dpn68": (64, {}),
    "convmixer_768_32": (64, {}),
    "inception_resnet_v2": (139, {}),
    "lcnet_050": (64, {}),
    "tresnet_m": (64, {}),
    "vovnet39a": (64, {}),
}
VISION = {
    "resnet50": 64, "swin_t": 224, "swin_v2_t": 256, "vit_b_16": 224, "efficientnet_b0": 64, "convnext_tiny": 64,
    "alexnet": 224, "vgg11": 64, "squeezenet1_1": 64, "googlenet": 64, "shufflenet_v2_x1_0": 64, "mobilenet_v2": 64,
    "mobilenet_v3_small": 64, "mnasnet0_5": 64, "densenet121": 64, "regnet_y_400mf": 64, "efficientnet_v2_s": 64, "maxvit_t": 224,
    "inception_v3": 139,
}
MODELS = [f"timm/{name}" for name in TIMM] + [f"tv/{name}" for name in VISION]


def make(name):
    """The model and the side of its images."""
    kind, architecture = name.split("/")
    if kind == "timm":
        import timm

        side, small = TIMM.get(architecture, (timm.get_pretrained_cfg(architecture).input_size[-1], {}))
        return timm.create_model(architecture, num_classes=10, **small), side
    import torchvision

    extra = dict(aux_logits=False, init_weights=False) if architecture in ("googlenet", "inception_v3") else {}
    return getattr(torchvision.models, architecture)(num_classes=10, **extra), VISION.get(architecture, 224)


def smooth(model):
    """Puts SiLU in the place of rectifiers, and means of maxima: what is left has no place where rounding decides on a slope."""
    for name, module in model.named_children():
        if isinstance(module, (nn.ReLU, nn.ReLU6, nn.LeakyReLU)):
            setattr(model, name, nn.SiLU())
        elif isinstance(module, nn.MaxPool2d):
            pool = nn.AvgPool2d(module.kernel_size, module.stride, module.padding, module.ceil_mode)
            setattr(model, name, pool)
        else:
            smooth(module)
    F.relu = F.relu_ = lambda x, inplace=False: F.silu(x)
    F.max_pool2d = F.avg_pool2d


def shake(model, side):
    """Statistics of random images, and noise on every tensor: the more on those whose elements are all the same."""
    norms = [module for module in model.modules() if isinstance(module, nn.modules.batchnorm._BatchNorm)]
    with torch.no_grad():
        for parameter in model.parameters():
            spread = parameter.std().item() if parameter.numel() > 1 else 0
            parameter += torch.randn_like(parameter) * (0.1 * spread if spread > 1e-6 else 0.1)
        if norms:
            before = [norm.momentum for norm in norms]
            for norm in norms:
                norm.momentum = 1.0
            model.train()
            model(torch.randn(8, 3, side, side))
            for norm, momentum in zip(norms, before):
                norm.momentum = momentum
            for norm in norms:
                norm.running_mean += 0.1 * norm.running_var.sqrt() * torch.randn_like(norm.running_mean)
                norm.running_var *= 1 + 0.2 * torch.rand_like(norm.running_var)
    return model.eval()


plain_batch_norm = F.batch_norm


def batch_norm(x, mean, variance, weight=None, bias=None, training=False, momentum=0.1, eps=1e-5):
    """PyTorch's own has no gradient for the statistics."""
    if training or mean is None:
        return plain_batch_norm(x, mean, variance, weight, bias, training, momentum, eps)
    shape = [1, -1] + [1] * (x.dim() - 2)
    y = (x - mean.view(shape)) / (variance.view(shape) + eps).sqrt()
    y = y if weight is None else y * weight.view(shape)
    return y if bias is None else y + bias.view(shape)


def hardsigmoid(x, inplace=False):
    """PyTorch's own has a slope of 1/6 in float32, in float64, too."""
    return (x / 6 + 0.5).clamp(0, 1)


def gradients(model, images, labels):
    """Loss, logits, and by name every tensor that is learnt or a statistic, with its gradient."""
    tensors = dict(model.named_parameters())
    for path, module in model.named_modules():
        if isinstance(module, nn.modules.batchnorm._BatchNorm) and module.running_mean is not None:
            for key in ("running_mean", "running_var"):
                tensors[f"{path}.{key}"] = getattr(module, key).requires_grad_()
    plain = F.batch_norm, F.hardsigmoid
    F.batch_norm, F.hardsigmoid = batch_norm, hardsigmoid
    try:
        logits = model(images)
    finally:
        F.batch_norm, F.hardsigmoid = plain
    loss = F.cross_entropy(logits, labels)
    found = torch.autograd.grad(loss, list(tensors.values()), allow_unused=True)
    pairs = {key: (tensor.detach(), slope) for (key, tensor), slope in zip(tensors.items(), found) if slope is not None}
    return loss.detach(), logits.detach(), pairs


def worst_error(pairs, exact):
    """How far a gradient is off at most, as a part of its tensor's largest."""
    floor = 1e-3 * max(slope.abs().max() for _, slope in exact.values())
    return max(
        ((pairs[key][1].double() - slope).abs().max() / max(slope.abs().max(), floor)).item()
        for key, (_, slope) in exact.items()
    )


def reference(model, side):
    """In float64, of images at which float32 is near it: elsewhere some rectifier's input is as good as zero, and rounding
    decides on its slope."""
    single, double = copy.deepcopy(model), copy.deepcopy(model).double()
    for _ in range(8):
        images, labels = torch.randn(3, 3, side, side), torch.randint(10, (3,))
        loss, logits, pairs = gradients(double, images.double(), labels)
        error = worst_error(gradients(single, images, labels)[2], pairs)
        if error < 3e-5:
            break
    found = {"images": images.double(), "labels": labels, "logits": logits, "loss": loss.reshape(1)}
    found["float32_error"] = torch.tensor([error], dtype=torch.float64)
    for key, (tensor, slope) in pairs.items():
        found[f"model.{key}"], found[f"gradient.{key}"] = tensor, slope
    return {key: value.contiguous().clone() for key, value in found.items()}


def main():
    arguments = [argument for argument in sys.argv[1:] if argument != "--smooth"]
    folder = pathlib.Path(arguments[0])
    for name in arguments[1:] or MODELS:
        path = folder / name.replace("/", "_")
        if os.path.exists(f"{path}.safetensors"):
            continue
        torch.manual_seed(0)
        try:
            model, side = make(name)
            if "--smooth" in sys.argv:
                smooth(model)
            model = shake(model, side)
            shapes = ({0: torch.export.Dim("batch", min=2, max=4096)},)
            program = torch.export.export(model, (torch.randn(2, 3, side, side),), dynamic_shapes=shapes)
            torch.export.save(program, f"{path}.pt2")
            save_file(reference(model, side), f"{path}.safetensors")
            print(name, sum(p.numel() for p in model.parameters()), flush=True)
        except Exception as error:
            lines = [line for line in f"{error}".splitlines() if line.strip()] or [traceback.format_exc(limit=-1)]
            print(f"{name}: {type(error).__name__}: {lines[0][:200]}", flush=True)


if __name__ == "__main__":
    main()
