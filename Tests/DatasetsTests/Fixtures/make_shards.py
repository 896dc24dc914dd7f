"""Makes shards/: tar files in WebDataset's form, written by Python's own tarfile in each of its formats.

    python3 make_shards.py

Run make_images.py before: the samples are some of its images.
"""

import io
import os
import tarfile

here = os.path.dirname(os.path.abspath(__file__))
images = os.path.join(here, "images")
target = os.path.join(here, "shards")
os.makedirs(target, exist_ok=True)
long = "a-folder-with-a-long-name/" * 6
samples = [("0000", "jpeg_420.jpg", 3), (long + "0001.x", "png_grey.png", 0), ("0002", "webp_lossy.webp", 7)]


def add(tar, name, data):
    info = tarfile.TarInfo(name)
    info.size = len(data)
    tar.addfile(info, io.BytesIO(data))


def folder(tar, name):
    info = tarfile.TarInfo(name)
    info.type = tarfile.DIRTYPE
    tar.addfile(info)


for label, form in [("ustar", tarfile.USTAR_FORMAT), ("pax", tarfile.PAX_FORMAT), ("gnu", tarfile.GNU_FORMAT)]:
    with tarfile.open(os.path.join(target, f"{label}.tar"), "w", format=form) as tar:
        folder(tar, "a-folder-with-a-long-name")
        add(tar, "README", b"no sample")
        for key, image, number in samples:
            # WebDataset's key ends at the first dot: the second sample's is "…0001", its members "x.png" and so on.
            key = key.removesuffix(".x")
            add(tar, f"{key}.json", b"{}")
            add(tar, f"{key}.cls", f"{number}\n".encode())
            add(tar, f"{key}{os.path.splitext(image)[1].upper() if label == 'gnu' else os.path.splitext(image)[1]}",
                open(os.path.join(images, image), "rb").read())

# A pax header of the whole archive and one with a number of seconds, as newer writers have.
with tarfile.open(os.path.join(target, "more.tar"), "w", format=tarfile.PAX_FORMAT, pax_headers={"comment": "ü"}) as tar:
    for index in range(4):
        add(tar, f"{index:06}.cls", b"%d" % (index % 2))
        info = tarfile.TarInfo(f"{index:06}.png")
        info.mtime = 1234567890.125
        data = open(os.path.join(images, ["png_colour.png", "png_bits.png"][index % 2]), "rb").read()
        info.size = len(data)
        tar.addfile(info, io.BytesIO(data))
