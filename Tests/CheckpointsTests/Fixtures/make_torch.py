"""Writes torch/: small checkpoints as PyTorch, Hugging Face and safetensors write them, and torch/expected.json.

    python3 make_torch.py

expected.json holds the tensors of weights(), told by PyTorch itself: name, safetensors type, shape, and the bytes of the
row-major numbers in hexadecimal. The files are made by PyTorch 2.13.
"""

import argparse
import json
import os
import pathlib
import shutil
import zipfile
from collections import OrderedDict

import numpy as np
import torch
from safetensors.torch import save_file

here = pathlib.Path(__file__).parent / "torch"
TYPES = {
    torch.float32: "F32",
    torch.float16: "F16",
    torch.bfloat16: "BF16",
    torch.float64: "F64",
    torch.int64: "I64",
    torch.uint16: "U16",
    torch.uint8: "U8",
    torch.bool: "BOOL",
}


def ramp(count, start=0, step=1.0, dtype=torch.float32):
    return ((torch.arange(count) + start) * step).to(dtype)


def weights():
    """Every way in which a tensor can lie in a file."""
    whole = ramp(20, 100)
    tied = ramp(6, 3, 0.5).reshape(2, 3)
    return OrderedDict(
        {
            "row_major": ramp(15, -7, 0.125).reshape(3, 5),
            "transposed": ramp(15).reshape(5, 3).T,
            "channels_last": ramp(24).reshape(2, 3, 2, 2).to(memory_format=torch.channels_last),
            "every_other": ramp(10)[::2],
            "whole": whole,
            "part": whole[5:12],
            "tied.a": tied,
            "tied.b": tied,
            "half": ramp(7, -3, 0.25, torch.float16),
            "brain": ramp(12, -5, 0.5, torch.bfloat16).reshape(3, 4).T,
            "double": ramp(3, dtype=torch.float64),
            "batches": torch.tensor(7),
            "mask": torch.tensor([True, False, True]),
            "positions": torch.arange(5).expand(1, -1),
            "words": torch.tensor([1, 2, 65535], dtype=torch.uint16),
            "empty": torch.zeros(0, 4),
            "scalar": torch.tensor(2.5),
            "parameter": torch.nn.Parameter(ramp(4, 1)),
        }
    )


def raw(tensor):
    return tensor.detach().contiguous().reshape(-1).view(torch.uint8).numpy().tobytes()


class Evil:
    def __reduce__(self):
        return os.system, ("touch pwned",)


def training(state):
    """What a training loop saves."""
    optimizer = torch.optim.AdamW([torch.nn.Parameter(torch.ones(2))])
    return {
        "epoch": 3,
        "args": argparse.Namespace(lr=0.1, out=pathlib.Path("x"), names={"a", "b"}, size=2**70),
        "best": np.float64(0.5),
        "seen": np.int64(12),
        "raw": b"\x00\x01",
        "rng": torch.get_rng_state()[:4].clone(),
        "shape": torch.Size([1, 2]),
        "device": torch.device("cpu"),
        "dtype": torch.float32,
        "optimizer": optimizer.state_dict(),
        "state_dict": state,
        "model_ema": {name: tensor * 0 for name, tensor in state.items()},
    }


def shard(tensors, folder, save, suffix, stem):
    """Two shards and their index, as Hugging Face's libraries write them."""
    folder.mkdir()
    names = list(tensors)
    parts = [names[: len(names) // 2], names[len(names) // 2 :]]
    index = {"metadata": {"total_size": sum(len(raw(t)) for t in tensors.values())}, "weight_map": {}}
    for number, part in enumerate(parts, 1):
        name = f"{stem}-{number:05d}-of-{len(parts):05d}{suffix}"
        save({key: tensors[key] for key in part}, folder / name)
        index["weight_map"] |= {key: name for key in part}
    text = json.dumps(index, indent=2, sort_keys=True) + "\n"
    (folder / f"{stem}{suffix}.index.json").write_text(text)


def main():
    shutil.rmtree(here, ignore_errors=True)
    here.mkdir()
    state = weights()
    expected = [
        {"name": name, "type": TYPES[t.dtype], "shape": list(t.shape), "bytes": raw(t).hex()}
        for name, t in state.items()
    ]
    (here / "expected.json").write_text(
        "[\n" + ",\n".join(json.dumps(entry) for entry in expected) + "\n]\n"
    )
    torch.save(state, here / "plain.pt")
    torch.save(state, here / "protocol4.pth", pickle_protocol=4)
    torch.save(state, here / "protocol5.bin", pickle_protocol=5)
    wrapped = OrderedDict((f"module._orig_mod.{name}", t) for name, t in state.items())
    torch.save(training(wrapped), here / "training.ckpt")
    torch.save({"ema": dict(state), "step": 4}, here / "averaged.pt")
    module = torch.nn.Sequential(torch.nn.Linear(2, 3), torch.nn.BatchNorm1d(3))
    torch.save({"model": module.state_dict()}, here / "module.pt")

    torch.save(state, here / "legacy.pt", _use_new_zipfile_serialization=False)
    torch.jit.script(module).save(here / "script.pt")
    torch.save(Evil(), here / "evil.pt")
    torch.save({"w": torch.ones(2), "x": Evil()}, here / "evil_inside.pt")
    torch.save(module, here / "whole_module.pt")
    torch.save({"w": torch.ones(2), "epoch": 3}, here / "not_a_tensor.pt")
    torch.save({"epoch": 3, "notes": [1, 2]}, here / "no_tensors.pt")
    with zipfile.ZipFile(here / "plain.pt") as plain:
        with zipfile.ZipFile(here / "deflated.pt", "w", zipfile.ZIP_DEFLATED) as packed:
            for member in plain.namelist():
                packed.writestr(member, plain.read(member))

    alone = {name: t.detach().clone().contiguous() for name, t in state.items()}
    save_file(alone, here / "plain.safetensors")
    shard(alone, here / "sharded", save_file, ".safetensors", "model")
    shard(alone, here / "sharded_bin", torch.save, ".bin", "pytorch_model")


if __name__ == "__main__":
    main()
