"""Writes tiny data sets whose pixels and labels are given by the formulas below; DatasetTests.swift has them too."""

import gzip
import struct
from pathlib import Path

import numpy as np
from safetensors.numpy import save_file

here = Path(__file__).parent
n, c, h, w = 6, 3, 4, 5
index_n, index_h, index_w, index_c = np.indices((n, h, w, c))
colour = ((index_n * 31 + index_h * 7 + index_w * 3 + index_c * 11) % 256).astype(np.uint8)
grey = np.ascontiguousarray(colour[..., 0])
floats = (index_n * 2 + index_c - index_h + index_w / 4).astype(np.float32).transpose(0, 3, 1, 2)
floats = np.ascontiguousarray(floats)
labels = np.arange(n) * 3 % 10

np.savez(here / "grey_stored.npz", images=grey, labels=labels)
np.savez_compressed(here / "colour_deflated.npz", images=colour, labels=labels.astype(np.uint8))
np.savez(here / "floats_stored.npz", labels=labels.astype(np.int16), images=floats)
np.savez_compressed(here / "floats_deflated.npz", images=floats, labels=labels.astype(np.uint64))
np.savez(here / "fortran.npz", images=np.asfortranarray(grey), labels=labels)
np.savez(here / "doubles.npz", images=floats.astype(np.float64), labels=labels)
np.savez(here / "big_endian.npz", images=floats.astype(">f4"), labels=labels)
np.savez(here / "negative.npz", images=grey, labels=labels - 4)
np.savez(here / "unlabelled.npz", images=grey)
save_file({"images": colour, "labels": labels}, here / "colour.safetensors")
save_file({"images": floats, "labels": labels.astype(np.int32)}, here / "floats.safetensors")
broken = floats.copy()
broken[4, 1, 2, 3] = np.nan
save_file({"images": broken, "labels": labels}, here / "not_a_number.safetensors")

folder = here / "idx"
folder.mkdir(exist_ok=True)
images = struct.pack(">4B3i", 0, 0, 8, 3, n, h, w) + grey.tobytes()
answers = struct.pack(">4Bi", 0, 0, 8, 1, n) + labels.astype(np.uint8).tobytes()
(folder / "train-images-idx3-ubyte").write_bytes(images)
(folder / "train-labels-idx1-ubyte").write_bytes(answers)
# Two gzip members in a row, as `cat a.gz b.gz` makes them.
(folder / "t10k-images-idx3-ubyte.gz").write_bytes(
    gzip.compress(images[:70], mtime=0) + gzip.compress(images[70:], mtime=0)
)
(folder / "t10k-labels-idx1-ubyte.gz").write_bytes(gzip.compress(answers, mtime=0))
