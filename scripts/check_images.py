"""Compares mehlsoup's images with Pillow's, transform by transform, and both on one core in the same run.

    swift build -c release --product mehlsoup-images
    pip install pillow numpy
    python3 scripts/check_images.py FOLDER        # a folder of folders of images, as scripts/make_photographs.py makes

Pillow's side is what torchvision, timm and Hugging Face do with it: resize, then a centre crop.
"""

import os
import pathlib
import subprocess
import sys
import tempfile
import time

import numpy as np
import PIL
from PIL import Image

# Name, resizing, interpolation, crop, whether the crop is Hugging Face's.
TRANSFORMS = [
    ("timm, crop_pct 0.9", "shortest:248", "bicubic", 224, False),
    ("timm, crop_pct 0.875, 384", "shortest:438", "bicubic", 384, False),
    ("timm, crop_mode squash", "exact:224", "bicubic", 224, False),
    ("torchvision", "shortest:256", "bilinear", 224, False),
    ("OpenAI CLIP", "shortest:224", "bicubic", 224, False),
    ("Hugging Face ViT", "exact:224", "bilinear", 224, True),
    ("Hugging Face DeiT", "exact:256", "bicubic", 224, True),
    ("Hugging Face DINOv2", "shortest:256", "bicubic", 224, True),
    ("Hugging Face CLIP, 336", "shortest:336", "bicubic", 336, True),
    ("lanczos", "shortest:235", "lanczos", 224, False),
]


def pillow(path, resize, interpolation, side, floored):
    image = Image.open(path).convert("RGB")
    kind, size = resize.split(":")
    size = int(size)
    width, height = image.size
    if kind == "exact":
        target = (size, size)
    elif width <= height:
        target = (size, int(size * height / width))
    else:
        target = (int(size * width / height), size)
    if target != image.size:
        image = image.resize(target, Image.Resampling[interpolation.upper()])
    width, height = image.size
    start = [(rest // 2 if floored else int(round(rest / 2))) for rest in (width - side, height - side)]
    return np.asarray(image.crop((start[0], start[1], start[0] + side, start[1] + side)))


folder = pathlib.Path(sys.argv[1])
paths = sorted(path for path in folder.rglob("*") if path.is_file())
program = pathlib.Path(__file__).parent.parent / ".build/release/mehlsoup-images"
os.sched_setaffinity(0, {min(os.sched_getaffinity(0))})
print(f"{len(paths)} images, Pillow {PIL.__version__}, one core")
print(f"{'transform':28} {'equal':>9} {'within 1':>9} {'greatest':>8} {'mehlsoup':>9} {'Pillow':>7}  images/s")
failed = False
for name, resize, interpolation, side, floored in TRANSFORMS:
    with tempfile.TemporaryDirectory() as scratch:
        output = pathlib.Path(scratch) / "pixels"
        command = [program, folder, output, "--resize", resize, "--interpolation", interpolation, "--crop", str(side)]
        seconds = float(subprocess.run(command + ["--floored"] * floored, check=True, capture_output=True).stdout)
        ours = np.fromfile(output, np.uint8).reshape(len(paths), side, side, 3)
    start = time.perf_counter()
    theirs = np.stack([pillow(path, resize, interpolation, side, floored) for path in paths])
    elapsed = time.perf_counter() - start
    difference = np.abs(ours.astype(np.int16) - theirs)
    within = (difference <= 1).mean()
    failed |= within < 0.999
    print(
        f"{name:28} {(difference == 0).mean():9.4%} {within:9.4%} {difference.max():8} "
        f"{len(paths) / seconds:9.0f} {len(paths) / elapsed:7.0f}"
    )
sys.exit(failed)
