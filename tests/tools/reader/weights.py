"""Weights in small files: a byte a number to be trained on, or float16 in parts."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import click
import numpy as np
import numpy.typing as npt
import torch
from safetensors.torch import load_file
from torch import Tensor

from tests.tools.reader.encoders import bert_weights, mpnet_weights
from tests.tools.reader.ragged import save

SCALE = "#scale"
PART_BYTES = 15_000_000
Arrays = dict[str, npt.NDArray[Any]]


def in_bytes(weights: Mapping[str, Tensor]) -> Arrays:
    """Return matrices as int8 with a scale a row, the rest as float32."""
    arrays: Arrays = {}
    for name, each in weights.items():
        values = each.float().numpy()
        if values.ndim != 2 or len(values) < 64:
            arrays[name] = values
            continue
        scale = np.maximum(np.abs(values).max(axis=1, keepdims=True) / 127, 1e-12)
        arrays[name] = np.rint(values / scale).astype(np.int8)
        arrays[name + SCALE] = scale.astype(np.float32)
    return arrays


def read(*files: Path) -> dict[str, Tensor]:
    """Return the weights in files of arrays, whatever their form."""
    arrays: Arrays = {}
    for file in files:
        with np.load(file) as found:
            arrays.update(found)
    return {
        name: torch.from_numpy(each.astype(np.float32) * arrays.get(name + SCALE, np.float32(1)))
        for name, each in arrays.items()
        if not name.endswith(SCALE)
    }


def in_parts(weights: Mapping[str, Tensor], folder: Path, name: str, skip: str) -> None:
    """Write the weights as float16 in files of at most 15 MB, those named `skip` left out."""
    part: Arrays = {}
    number, size = 1, 0
    for key, each in weights.items():
        if key == skip:
            continue
        values = each.detach().cpu().half().numpy()
        if size and size + values.nbytes > PART_BYTES:
            save(folder / f"{name}-{number}.npz", part, small=False)
            part, size, number = {}, 0, number + 1
        part[key] = values
        size += values.nbytes
    save(folder / f"{name}-{number}.npz", part, small=False)


@click.command()
@click.argument("out", type=click.Path(path_type=Path))
@click.argument("model", type=click.Path(path_type=Path))
def main(out: Path, model: Path) -> None:
    """Write the weights of the published encoder in the folder MODEL, in bytes, to OUT."""
    found = load_file(model / "model.safetensors")
    mpnet = "encoder.relative_attention_bias.weight" in found
    save(out, in_bytes(mpnet_weights(found) if mpnet else bert_weights(found)))


if __name__ == "__main__":
    main()
