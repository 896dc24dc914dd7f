"""Counts a model's correct answers in PyTorch, with a plain timm-style module: must agree with `mehlsoup evaluate`.

    pip install torch==2.13.0 safetensors numpy
    python3 scripts/check_in_pytorch.py demo-output/soup/model.safetensors /usr/share/datasets/fashion-mnist
"""

import gzip
import json
import pathlib
import sys

import numpy as np
import torch
from safetensors.torch import load_file

sys.path.insert(0, str(pathlib.Path(__file__).parent.parent / "Tests/PoolSupport/Fixtures"))
from vision_transformer import from_config, normalised  # noqa: E402


def read_idx(path):
    data = gzip.open(path).read()
    dimensions = [int.from_bytes(data[4 + 4 * i : 8 + 4 * i], "big") for i in range(data[3])]
    return np.frombuffer(data, np.uint8, offset=4 + 4 * len(dimensions)).reshape(dimensions)


model_path, folder = pathlib.Path(sys.argv[1]), pathlib.Path(sys.argv[2])
config = json.loads((model_path.parent / "config.json").read_text())
model = from_config(config).float().eval()
model.load_state_dict(load_file(model_path), strict=True)
images = read_idx(folder / "t10k-images-idx3-ubyte.gz")
labels = torch.from_numpy(read_idx(folder / "t10k-labels-idx1-ubyte.gz").copy()).long()
inputs = normalised(images.copy(), config).float()
with torch.inference_mode():
    found = torch.cat([model(part).argmax(1) for part in inputs.split(500)])
print(f"correct {int((found == labels).sum())} of {len(labels)}")
