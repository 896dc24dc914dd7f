"""The order in which `learn` visits samples, from its description: a permutation per epoch, the same for every method.

    python3 batch_order.py --samples 320 --batch-size 64 --epochs 4 --seed 1

prints one JSON array a step. The generator is SplitMix64 (Steele, Lea, Flood, "Fast splittable pseudorandom number
generators", OOPSLA 2014). A seed is stepped and mixed once; the stream of an epoch is split off by the bytes of
"data order" and the epoch's number. Fisher and Yates from the end; an index below n is the high half of a 128-bit product
(Lemire, "Fast random integer generation in an interval", 2019).
"""

import argparse
import json

MASK = (1 << 64) - 1
INCREMENT = 0x9E3779B97F4A7C15


def mix(z):
    z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9 & MASK
    z = (z ^ (z >> 27)) * 0x94D049BB133111EB & MASK
    return z ^ (z >> 31)


def split(state, purpose, index):
    for byte in purpose.encode():
        state = (mix(state ^ byte) + INCREMENT) & MASK
    return mix(state ^ mix((index + INCREMENT) & MASK))


def permutation(state, count):
    order = list(range(count))
    for last in range(count - 1, 0, -1):
        bound = last + 1
        while True:
            state = (state + INCREMENT) & MASK
            product = mix(state) * bound
            if product & MASK >= (1 << 64) % bound:
                break
        chosen = product >> 64
        order[last], order[chosen] = order[chosen], order[last]
    return order


def batches(samples, batch_size, epochs, seed):
    """The samples of each step; the last batch of an epoch may be smaller."""
    root = mix((seed + INCREMENT) & MASK)
    for epoch in range(epochs):
        order = permutation(split(root, "data order", epoch), samples)
        for start in range(0, samples, batch_size):
            yield order[start : start + batch_size]


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--samples", type=int, required=True)
    parser.add_argument("--batch-size", type=int, required=True)
    parser.add_argument("--epochs", type=int, default=1)
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    for batch in batches(options.samples, options.batch_size, options.epochs, options.seed):
        print(json.dumps(batch))


if __name__ == "__main__":
    main()
