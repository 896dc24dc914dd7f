#!/usr/bin/env python3
"""Makes pool.pt2 beside this file: the graph of pool/'s models as PyTorch exports timm's, without weights.

    python3 make_graph.py        needs torch==2.13.0, timm, safetensors and numpy
"""

import json
import pathlib
import sys

import timm
import torch

HERE = pathlib.Path(__file__).parent
sys.path.insert(0, str(HERE.parents[1] / "ImportedGraphsTests" / "Fixtures"))
from make import graph_alone  # noqa: E402

if __name__ == "__main__":
    config = json.loads((HERE / "pool/config.json").read_text())
    model = timm.models.VisionTransformer(num_classes=config["num_classes"], **config["model_args"]).eval()
    images = torch.randn(2, *config["pretrained_cfg"]["input_size"])
    program = torch.export.export(model, (images,), dynamic_shapes=({0: torch.export.Dim("batch")},))
    (HERE / "pool.pt2").write_bytes(graph_alone(program))
