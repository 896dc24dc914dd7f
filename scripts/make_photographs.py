"""Cuts photographs of many sizes, qualities and kinds out of a few large ones, for scripts/check_images.py.

    pip install pillow numpy
    python3 scripts/make_photographs.py OUT COUNT PHOTOGRAPH...

Real photographs that can be had: those of Debian's mate-backgrounds (nature/), and those inside the wheels of scikit-image
(skimage/data: astronaut, chelsea, coffee, motorcycle, rocket, retina, ...) and scikit-learn (datasets/images).
"""

import pathlib
import sys

import numpy as np
from PIL import Image

out, count = pathlib.Path(sys.argv[1]) / "photographs", int(sys.argv[2])
out.mkdir(parents=True, exist_ok=True)
sources = [Image.open(path).convert("RGB") for path in sys.argv[3:]]
rng = np.random.default_rng(200)
for index in range(count):
    source = sources[index % len(sources)]
    # Shrunk a little first, so that crops of one source differ in detail as well.
    scale = rng.uniform(0.35, 1) if min(source.size) > 700 else 1
    source = source.resize([round(side * scale) for side in source.size], Image.Resampling.LANCZOS)
    width, height = (int(rng.integers(min(160, side), min(side, 1400) + 1)) for side in source.size)
    left, top = (int(rng.integers(0, side - part + 1)) for side, part in zip(source.size, (width, height)))
    image = source.crop((left, top, left + width, top + height))
    kind = rng.choice(["jpeg"] * 7 + ["grey", "png", "webp"])
    if kind == "grey":
        image = image.convert("L")
    path = out / f"{index:03}.{ {'png': 'png', 'webp': 'webp'}.get(kind, 'jpg') }"
    quality = int(rng.integers(55, 98))
    if path.suffix == ".jpg":
        extra = {} if kind == "grey" else {"subsampling": int(rng.integers(0, 3))}
        image.save(path, quality=quality, progressive=bool(rng.random() < 0.3), **extra)
    elif path.suffix == ".webp":
        image.save(path, quality=quality)
    else:
        image.save(path)
