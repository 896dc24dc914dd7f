"""One tiny model of every family, made by the library it belongs to, with random weights.

    pip install torch==2.13.0 torchvision timm transformers open_clip_torch safetensors numpy
"""

import dataclasses
import json
import pathlib
import tempfile
from typing import Callable

import torch

# A CPU build of torch beside a torchvision built for CUDA lacks torchvision's own operators, of which the other
# libraries want only that registering their shapes does not fail.
try:
    import torchvision
except RuntimeError:
    torch.library.register_fake = lambda *_, **__: lambda function: function
    torch.library.Library.impl = lambda *_, **__: None

import open_clip
import timm
import torchvision.models.vision_transformer
import transformers
from safetensors.torch import load_file
from timm.models import _hub

SIZE = 12


@dataclasses.dataclass
class Family:
    model: torch.nn.Module
    """Logits of images; its parameters include those that the logits do not depend on."""
    forward: Callable
    """By file name."""
    texts: dict
    """From the names of `model` to those of a checkpoint."""
    names: dict
    """Height and width of the images."""
    size: int = SIZE
    """How a checkpoint of it is saved: "pretrained" (save_pretrained), "safetensors" or "torch"."""
    form: str = "torch"
    """Mean and deviation of the images' channels, where no text says so."""
    usual: tuple = ()


def randomise(model, seed):
    """Adds noise to every parameter: also to those that a library starts at zero or one."""
    generator = torch.Generator().manual_seed(seed)
    with torch.no_grad():
        for tensor in model.parameters():
            tensor.add_(0.3 * torch.randn(tensor.shape, generator=generator))
    return model.eval()


def same_names(model):
    return {name: name for name, _ in model.named_parameters()}


def timm_model(name, images=SIZE, label_names=None, **arguments):
    arguments = dict(dict(img_size=SIZE, patch_size=4, embed_dim=12, depth=2, num_heads=3, mlp_ratio=2, num_classes=5), **arguments)
    model = randomise(timm.create_model(name, **arguments), 7)
    stated = {key: value for key, value in arguments.items() if key != "num_classes"}
    with tempfile.NamedTemporaryFile("r") as file:
        config = {"label_names": label_names} if label_names else None
        _hub.save_config_for_hf(
            model, file.name, model_config=config, model_args=stated, data_config={"input_size": (3, images, images)}
        )
        text = file.read()
    return Family(model, model, {"config.json": text}, same_names(model), images, "safetensors")


def hugging_face(kind, images=SIZE, in_memory=False, interpolates=True, **changes):
    sizes = dict(hidden_size=12, num_hidden_layers=2, num_attention_heads=3, image_size=SIZE, patch_size=4)
    labels = {"id2label": {0: "ant", 1: "bee", 2: "cat", 3: "dog", 4: "eel"}}
    labels["label2id"] = {name: number for number, name in labels["id2label"].items()}
    if kind == "CLIP":
        config = transformers.CLIPConfig(
            vision_config=dict(sizes, intermediate_size=24, **changes),
            text_config=dict(hidden_size=8, num_hidden_layers=1, num_attention_heads=1, intermediate_size=8, vocab_size=9),
            **labels,
        )
        model = transformers.CLIPForImageClassification(config)
    else:
        if not kind.startswith("Dinov2"):
            sizes["intermediate_size"] = 24
        config = getattr(transformers, f"{kind.removesuffix('WithTeacher')}Config")(**sizes, **labels, **changes)
        name = f"{kind.removesuffix('WithTeacher')}ForImageClassification"
        model = getattr(transformers, name + ("WithTeacher" if kind.endswith("WithTeacher") else ""))(config)
    randomise(model, 7)
    processor = {
        "ViT": lambda: transformers.ViTImageProcessor(size={"height": images, "width": images}),
        "DeiT": lambda: transformers.DeiTImageProcessor(
            size={"height": images + 4, "width": images + 4}, crop_size={"height": images, "width": images}
        ),
        "Dino": lambda: transformers.BitImageProcessor(
            size={"shortest_edge": images + 4}, crop_size={"height": images, "width": images}
        ),
        "CLIP": lambda: transformers.CLIPImageProcessor(
            size={"shortest_edge": images}, crop_size={"height": images, "width": images}
        ),
    }["ViT" if kind == "ViT" else kind[:4]]()
    with tempfile.TemporaryDirectory() as folder:
        model.save_pretrained(folder)
        processor.save_pretrained(folder)
        texts = {
            name: (pathlib.Path(folder) / name).read_text() for name in ["config.json", "preprocessor_config.json"]
        }
        stored = load_file(f"{folder}/model.safetensors")
    # Version 5 of transformers has other names in memory than on disk; the random numbers tell which is which.
    names = {}
    for name, tensor in model.named_parameters():
        same = [key for key, other in stored.items() if tensor.shape == other.shape and torch.equal(tensor, other)]
        assert len(same) == 1, (name, same)
        names[name] = name if in_memory else same[0]
    takes = interpolates and not kind.startswith("Dinov2")

    def forward(pixels):
        return model(pixel_values=pixels, **({"interpolate_pos_encoding": True} if takes else {})).logits

    return Family(model, forward, texts, names, images, "torch" if in_memory else "pretrained")


def torchvision_model():
    model = torchvision.models.vision_transformer.VisionTransformer(
        image_size=SIZE, patch_size=4, num_layers=2, num_heads=3, hidden_dim=12, mlp_dim=24, num_classes=5
    )
    randomise(model, 7)
    return Family(
        model, model, {"config.json": json.dumps({"model_args": {"num_heads": 3}})}, same_names(model),
        usual=([0.485, 0.456, 0.406], [0.229, 0.224, 0.225]),
    )


class ImageClassifier(torch.nn.Module):
    """CLIP with a linear head on features of length one, its parts named as in the model-soups release."""

    def __init__(self, model, classes, features):
        super().__init__()
        self.model = model
        self.classification_head = torch.nn.Linear(features, classes)

    def forward(self, images):
        features = self.model.encode_image(images)
        return self.classification_head(features / features.norm(dim=-1, keepdim=True))


def openai_clip(quick_gelu=True):
    clip = open_clip.model.CLIP(
        embed_dim=10,
        vision_cfg=open_clip.model.CLIPVisionCfg(layers=2, width=12, head_width=4, mlp_ratio=2.0, patch_size=4, image_size=SIZE),
        text_cfg=open_clip.model.CLIPTextCfg(context_length=6, vocab_size=9, width=8, heads=1, layers=1),
        quick_gelu=quick_gelu,
    )
    model = randomise(ImageClassifier(clip, 5, 10), 7)
    arguments = {"num_heads": 3}
    if not quick_gelu:
        arguments["act_layer"] = "gelu"
    return Family(
        model, model, {"config.json": json.dumps({"model_args": arguments})}, same_names(model),
        usual=([0.48145466, 0.4578275, 0.40821073], [0.26862954, 0.26130258, 0.27577711]),
    )


FAMILIES = {
    "timm_mean_norm": lambda: timm_model(
        "vit_base_patch16_224", global_pool="avg", label_names=["ant", "bee", "cat", "dog", "eel"]
    ),
    "timm_clip": lambda: timm_model("vit_base_patch32_clip_quickgelu_224"),
    "timm_registers": lambda: timm_model("vit_base_patch16_reg4_gap_256", reg_tokens=3),
    "timm_registers_with_positions": lambda: timm_model(
        "vit_small_patch14_reg4_dinov2", reg_tokens=2, no_embed_class=False, init_values=0.5
    ),
    "timm_layer_scale": lambda: timm_model("deit3_small_patch16_224", init_values=0.5),
    "timm_bare": lambda: timm_model(
        "vit_base_patch16_224", class_token=False, global_pool="avg", qkv_bias=False, fc_norm=False
    ),
    "timm_deit_distilled": lambda: timm_model("deit_tiny_distilled_patch16_224"),
    "timm_larger_images": lambda: timm_model("vit_base_patch16_224", images=20, dynamic_img_size=True),
    "timm_smaller_images": lambda: timm_model("vit_base_patch16_224", images=8, dynamic_img_size=True),
    "hf_vit": lambda: hugging_face("ViT"),
    "hf_vit_in_memory": lambda: hugging_face("ViT", in_memory=True, qkv_bias=False),
    "hf_vit_larger_images": lambda: hugging_face("ViT", images=20),
    "hf_deit": lambda: hugging_face("DeiT"),
    "hf_deit_with_teacher": lambda: hugging_face("DeiTWithTeacher", in_memory=True),
    "hf_dinov2": lambda: hugging_face("Dinov2", images=20, mlp_ratio=2),
    "hf_dinov2_in_memory": lambda: hugging_face("Dinov2", in_memory=True, mlp_ratio=2),
    "hf_dinov2_registers": lambda: hugging_face("Dinov2WithRegisters", num_register_tokens=3, mlp_ratio=2),
    "hf_dinov2_registers_smaller_images": lambda: hugging_face(
        "Dinov2WithRegisters", images=8, num_register_tokens=3, mlp_ratio=2
    ),
    "hf_clip": lambda: hugging_face("CLIP"),
    "hf_clip_larger_images": lambda: hugging_face("CLIP", images=20, in_memory=True),
    "torchvision": torchvision_model,
    "openai_clip": openai_clip,
    "open_clip_gelu": lambda: openai_clip(quick_gelu=False),
}
