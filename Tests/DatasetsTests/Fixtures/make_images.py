"""Makes images/: small images of every kind, and what Pillow makes of them.

    python3 make_images.py

Every expectation is Pillow's own: decoding, convert, exif_transpose, resize, crop, pad. Made with Pillow 13.0.0.
images/expected.json lists the cases, images/expected.bin holds their pixels one after another.
"""

import io
import json
import math
import os
import struct
import zlib

import numpy as np
from PIL import Image, ImageOps

here = os.path.join(os.path.dirname(os.path.abspath(__file__)), "images")
os.makedirs(here, exist_ok=True)
rng = np.random.default_rng(5)


def picture(height, width, channels=3):
    """A smooth picture with some noise and a hard edge."""
    y, x = np.mgrid[0:height, 0:width].astype(float)
    planes = []
    for channel in range(channels):
        plane = 127 + 90 * np.sin(x / (5 + 2 * channel) + y / (9 - channel)) + rng.normal(0, 18, (height, width))
        plane[height // 3 : height // 2, width // 4 : width // 2] = 255 * (channel % 2)
        planes.append(plane)
    return np.clip(np.stack(planes, -1), 0, 255).astype(np.uint8)


def save(name, image, **options):
    image.save(os.path.join(here, name), **options)


def png(name, width, height, depth, colour, rows, extra=b""):
    """A PNG of a kind that Pillow does not write; `rows` are its packed rows."""

    def chunk(kind, data):
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    data = b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, depth, colour, 0, 0, 0))
    data += extra and chunk(*extra) or b""
    data += chunk(b"IDAT", zlib.compress(b"".join(b"\0" + row for row in rows), 9)) + chunk(b"IEND", b"")
    open(os.path.join(here, name), "wb").write(data)


colour = Image.fromarray(picture(37, 53))
grey = Image.fromarray(picture(37, 53, 1)[:, :, 0])
alpha = Image.fromarray(picture(37, 53, 4), "RGBA")
for sampling, label in [(0, "444"), (1, "422"), (2, "420")]:
    save(f"jpeg_{label}.jpg", colour, quality=87, subsampling=sampling)
save("jpeg_progressive.jpg", colour, quality=75, progressive=True)
save("jpeg_grey.jpg", grey, quality=80)
save("jpeg_cmyk.jpg", colour.convert("CMYK").transpose(Image.Transpose.FLIP_LEFT_RIGHT), quality=90)
inked = picture(21, 17, 4)
save("jpeg_inked.jpg", Image.fromarray(inked, "CMYK"), quality=95)
for orientation in range(1, 9):
    exif = Image.Exif()
    exif[0x0112] = orientation
    save(f"jpeg_exif{orientation}.jpg", Image.fromarray(picture(13, 22)), quality=90, exif=exif)
exif = Image.Exif()
exif[0x0112] = 6
save("png_exif6.png", Image.fromarray(picture(13, 22)), exif=exif)
save("webp_exif8.webp", Image.fromarray(picture(13, 22)), quality=80, exif=exif)
save("png_colour.png", colour)
save("png_grey.png", grey)
save("png_alpha.png", alpha)
save("png_grey_alpha.png", Image.fromarray(picture(19, 23, 2), "LA"))
save("png_bits.png", grey.convert("1"))
save("png_palette.png", colour.convert("P", palette=Image.Palette.ADAPTIVE, colors=200))
save("png_palette16.png", colour.convert("P", palette=Image.Palette.ADAPTIVE, colors=13), bits=4)
transparent = colour.convert("P", palette=Image.Palette.ADAPTIVE, colors=50)
save("png_palette_transparent.png", transparent, transparency=7)
save("png_grey16.png", Image.fromarray((picture(9, 11, 1)[:, :, 0].astype(np.uint16) * 3)))
wide = rng.integers(0, 65536, (9, 11, 3)).astype(">u2")
png("png_colour16.png", 11, 9, 16, 2, [row.tobytes() for row in wide])
wide = rng.integers(0, 65536, (9, 11, 4)).astype(">u2")
png("png_alpha16.png", 11, 9, 16, 6, [row.tobytes() for row in wide])
png("png_grey4.png", 10, 7, 4, 0, [rng.integers(0, 256, 5).astype(np.uint8).tobytes() for _ in range(7)])
png("png_grey2.png", 12, 7, 2, 0, [rng.integers(0, 256, 3).astype(np.uint8).tobytes() for _ in range(7)])
save("webp_lossy.webp", colour, quality=70)
save("webp_lossless.webp", colour, lossless=True)
save("webp_alpha.webp", alpha, quality=70)
save("webp_animated.webp", colour, save_all=True, append_images=[colour.rotate(180)], quality=70)
save("one_pixel.png", Image.fromarray(picture(1, 1)))
save("one_row.png", Image.fromarray(picture(1, 77)))
save("tall.jpg", Image.fromarray(picture(190, 31)), quality=85)
save("large.jpg", Image.fromarray(picture(201, 260)), quality=85)

filters = {name: Image.Resampling[name.upper()] for name in "nearest box bilinear hamming bicubic lanczos".split()}


def rounded(number):
    return int(round(number))


def transformed(image, transform):
    """torchvision's and timm's Resize and CenterCrop, and Hugging Face's center_crop, on Pillow's own operations."""
    width, height = image.size
    kind, *sizes = transform["resize"]
    if kind == "shortestEdge":
        short, long = min(width, height), max(width, height)
        other = int(sizes[0] * long / short)
        width, height = (sizes[0], other) if width <= height else (other, sizes[0])
    elif kind == "exact":
        height, width = sizes
    elif kind in ("longestEdge", "covering"):
        tall, wide = sizes if kind == "covering" else sizes * 2
        pick = min if kind == "covering" else max
        ratio = pick(height / tall, width / wide)
        height, width = rounded(height / ratio), rounded(width / ratio)
    if (width, height) != image.size:
        image = image.resize((width, height), filters[transform["interpolation"]])
    if not transform["crop"]:
        return image
    rows, columns = transform["crop"]
    fill = tuple(transform["fill"][: len(image.getbands())])
    if transform["cropRule"] == "floored":
        top, left = (height - rows) // 2, (width - columns) // 2
        if rows > height or columns > width:
            tall, wide = max(rows, height), max(columns, width)
            above, before = math.ceil((tall - height) / 2), math.ceil((wide - width) / 2)
            padded = Image.new(image.mode, (wide, tall), fill if len(fill) > 1 else fill[0])
            padded.paste(image, (before, above))
            image, top, left = padded, top + above, left + before
        return image.crop((left, top, left + columns, top + rows))
    if rows > height or columns > width:
        before, above = max((columns - width) // 2, 0), max((rows - height) // 2, 0)
        after, below = max((columns - width + 1) // 2, 0), max((rows - height + 1) // 2, 0)
        image = ImageOps.expand(image, (before, above, after, below), fill if len(fill) > 1 else fill[0])
        width, height = image.size
    top, left = rounded((height - rows) / 2), rounded((width - columns) / 2)
    return image.crop((left, top, left + columns, top + rows))


cases, pixels = [], b""


def case(name, mode, transform=None):
    global pixels
    image = ImageOps.exif_transpose(Image.open(os.path.join(here, name))).convert(mode)
    if transform:
        transform = {"interpolation": "bicubic", "crop": None, "cropRule": "rounded", "fill": [0, 0, 0]} | transform
        image = transformed(image, transform)
    entry = {"file": name, "mode": mode, "height": image.height, "width": image.width, "offset": len(pixels)}
    pixels += image.tobytes()
    cases.append(entry | ({"transform": transform} if transform else {}))


for name in sorted(os.listdir(here)):
    if name.startswith("expected"):
        continue
    case(name, "RGB")
    case(name, "RGB", {"resize": ["shortestEdge", 16], "crop": [14, 14]})
case("png_colour.png", "L")
case("jpeg_grey.jpg", "L")
case("large.jpg", "L", {"resize": ["shortestEdge", 40], "crop": [37, 40]})
for interpolation in filters:
    for name, resize in [
        ("large.jpg", ["shortestEdge", 61]),
        ("large.jpg", ["exact", 23, 91]),
        ("large.jpg", ["exact", 33, 301]),
        ("tall.jpg", ["exact", 44, 9]),
        ("tall.jpg", ["exact", 20, 30]),
        ("tall.jpg", ["exact", 190, 12]),
        ("tall.jpg", ["exact", 40, 31]),
        ("png_grey.png", ["shortestEdge", 50]),
        ("one_row.png", ["exact", 5, 40]),
    ]:
        case(name, "RGB", {"resize": resize, "interpolation": interpolation, "crop": [24, 23]})
for rule in ("rounded", "floored"):
    for rows, columns in [(30, 41), (31, 40), (37, 53), (40, 60), (41, 50), (42, 59), (20, 71), (36, 52), (35, 51), (34, 50)]:
        for name in ("png_colour.png",):
            case(name, "RGB", {"resize": ["none"], "crop": [rows, columns], "cropRule": rule, "fill": [11, 120, 250]})
case("large.jpg", "RGB", {"resize": ["longestEdge", 48], "crop": [48, 48], "fill": [124, 116, 104]})
case("tall.jpg", "RGB", {"resize": ["longestEdge", 33], "crop": [30, 30], "fill": [124, 116, 104]})
case("large.jpg", "RGB", {"resize": ["covering", 40, 24], "crop": [40, 24]})
case("tall.jpg", "RGB", {"resize": ["covering", 24, 40], "crop": [24, 40]})
case("large.jpg", "RGB", {"resize": ["exact", 32, 32]})

open(os.path.join(here, "expected.bin"), "wb").write(pixels)
with open(os.path.join(here, "expected.json"), "w") as file:
    file.write("[\n" + ",\n".join(json.dumps(entry) for entry in cases) + "\n]\n")
print(len(cases), "cases", len(pixels), "bytes of pixels")
