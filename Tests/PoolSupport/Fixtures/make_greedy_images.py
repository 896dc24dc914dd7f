"""Makes pool/greedy.npz: two sets of 400 images, drawn as make_pool.py draws the held-out ones.

    python3 make_greedy_images.py [FOLDER]

The seeds are chosen so that the greedy soup of pool/ has something to decide. Samples 0 to 399: two ingredients are equally
good alone, and of the five that are tried the first and the third are taken, each by at least three images, and the others
lose at least two. Samples 400 to 799: one ingredient leaves the accuracy exactly as it was, and so must be left out.
"""

import pathlib
import sys

import numpy as np

from make_pool import draw

SEEDS = [104, 111]
COUNT = 400

folder = pathlib.Path(sys.argv[1] if len(sys.argv) > 1 else pathlib.Path(__file__).parent / "pool")
images, labels = zip(*(draw(COUNT, np.random.default_rng(seed)) for seed in SEEDS))
np.savez_compressed(folder / "greedy.npz", images=np.concatenate(images), labels=np.concatenate(labels))
