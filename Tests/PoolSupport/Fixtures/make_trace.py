"""Writes a stand-in trace for reference_soup.py: a seeded random order of coefficient blocks and of the data.

    python3 make_trace.py OUT.jsonl --ingredients 6 --samples 320 --block-size 4 --outer-epochs 2
"""

import argparse
import json

import numpy as np

parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
parser.add_argument("out")
parser.add_argument("--ingredients", type=int, default=6)
parser.add_argument("--samples", type=int, default=320)
parser.add_argument("--block-size", type=int, default=4)
parser.add_argument("--batch-size", type=int, default=64)
parser.add_argument("--epochs", type=int, default=5)
parser.add_argument("--outer-epochs", type=int, default=1)
parser.add_argument("--seed", type=int, default=1)
options = parser.parse_args()

generator = np.random.default_rng(options.seed)
pool = generator.permutation(options.ingredients)
number = 0
with open(options.out, "w") as out:
    for outer in range(options.outer_epochs):
        for index, first in enumerate(range(0, options.ingredients, options.block_size)):
            ingredients = pool[first : first + options.block_size].tolist()
            block = {"outer_epoch": outer, "index": index, "ingredients": ingredients}
            print(json.dumps({"coefficient_block": block}), file=out)
            for _ in range(options.epochs):
                order = generator.permutation(options.samples)
                for start in range(0, options.samples, options.batch_size):
                    samples = order[start : start + options.batch_size].tolist()
                    print(json.dumps({"step": {"number": number, "samples": samples}}), file=out)
                    number += 1
