"""A trained reader as one file of ONNX in bytes, held against the reader that it was made from.

python -m tests.tools.reader.export OUT.onnx WEIGHTS… --sample EVAL.npz
"""

import json
import time
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any, cast

import click
import numpy as np
import numpy.typing as npt
import onnxruntime
import torch
from safetensors.torch import load_file
from torch import Tensor, nn
from torch.nn import functional

from index.model.export import INT7, INT8, OPSET, quantize, quiet
from index.model.onnx_embedder import INPUTS, open_session
from index.model.reader import OUTPUTS
from index.model.revision import bundled_folder
from index.model.smoothing import measure, smooth
from tests.tools.reader import weights as kept
from tests.tools.reader.encoders import MINILM, Layer, Reader, bert_weights, encoder
from tests.tools.reader.pairs import whole
from tests.tools.reader.ragged import unpacked

SAMPLE = 400
TIMED_TOKENS = 220
WORDS = "words.weight"
Tokens = npt.NDArray[Any]
Pair = tuple[Tensor, Tensor]


class Plain(nn.Module):
    """A reader of inputs of one length, without padding: (texts, tokens) each."""

    def __init__(self, reader: Reader) -> None:
        """Take the modules of `reader`."""
        super().__init__()
        self.reader = reader

    def forward(self, ids: Tensor, types: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        """Return (texts,) and twice (texts, tokens)."""
        model = self.reader.encoder
        places = torch.arange(ids.shape[1])[None]
        hidden = model.norm(model.words(ids) + model.places(places) + model.types(types))
        for layer in cast("Iterable[Layer]", model.layers):
            split = layer.qkv(hidden).view(*ids.shape, 3, model.shape.heads, -1)
            query, key, value = split.permute(2, 0, 3, 1, 4)
            mixed = functional.scaled_dot_product_attention(query, key, value)
            mixed = mixed.transpose(1, 2).reshape(hidden.shape)
            hidden = layer.attended(hidden + layer.out(mixed))
            hidden = layer.fed(hidden + layer.down(functional.gelu(layer.up(hidden))))
        span = self.reader.span(hidden)
        return self.reader.answers(hidden[:, 0])[:, 0], span[..., 0], span[..., 1]


def trained(files: Sequence[Path]) -> Reader:
    """Return the reader of these weights; its words are the embedder's."""
    base = bert_weights(load_file(bundled_folder() / "model.safetensors"))
    reader = Reader(encoder(MINILM, base))
    missing, unexpected = reader.load_state_dict(kept.read(*files), strict=False)
    if unexpected or set(missing) - {f"encoder.{WORDS}", "encoder.distances.weight"}:
        message = f"weights that don't fit: {missing} are missing, {unexpected} unknown"
        raise ValueError(message)
    return reader.eval()


def between(old: Reader, new: Reader, share: float) -> Reader:
    """Return `new`, moved back to this share of the way from `old` (Wortsman et al. 2022)."""
    start = old.state_dict()
    mixed = {
        name: share * each + (1 - share) * start[name] for name, each in new.state_dict().items()
    }
    new.load_state_dict(mixed)
    return new


def sampled(file: Path, count: int) -> list[Pair]:
    """Return pairs of an evaluation set, evenly spread."""
    with np.load(file) as arrays:
        heads, bodies = unpacked(arrays, "heads"), unpacked(arrays, "bodies")
        questions, pairs = unpacked(arrays, "questions"), arrays["pairs"]
    chosen = pairs[:: max(1, len(pairs) // count)][:count]
    return [given(*whole(questions[one], heads[other], bodies[other])[:2]) for one, other in chosen]


def given(tokens: Tokens, second: int) -> Pair:
    """Return what a reader is given of an input whose second part begins at `second`."""
    ids = torch.from_numpy(tokens.astype(np.int64))[None]
    return ids, (torch.arange(ids.shape[1]) >= second).long()[None]


def ran(model: onnxruntime.InferenceSession, pair: Pair) -> list[Tokens]:
    """Run an exported reader on one pair."""
    inputs = dict(zip(INPUTS, (each.numpy() for each in pair), strict=True))
    outputs: list[Tokens] = model.run(list(OUTPUTS), inputs)
    return outputs


def write(reader: Reader, sample: Sequence[Pair], out: Path, form: str) -> None:
    """Write the reader; `sample` says how large its activations are."""
    plain = Plain(reader).eval()
    traced = out.with_suffix(".traced.onnx")
    with torch.no_grad():
        with measure(plain) as channels:
            for pair in sample:
                plain(*pair)
        with smooth(channels), quiet():
            torch.onnx.export(
                plain,
                sample[0],
                str(traced),
                dynamo=False,
                opset_version=OPSET,
                input_names=list(INPUTS),
                output_names=list(OUTPUTS),
                dynamic_axes={
                    "answers": {0: "texts"},
                    **{name: {0: "texts", 1: "tokens"} for name in (*INPUTS, *OUTPUTS[1:])},
                },
            )
    quantize(traced, out, form)
    traced.unlink()


def compared(reader: Reader, file: Path, sample: Sequence[Pair]) -> dict[str, float]:
    """Say how far what the file gives is from what the reader does."""
    model = open_session(str(file))
    logits: list[tuple[float, float]] = []
    same = []
    for pair in sample:
        with torch.no_grad():
            expected = [each.numpy() for each in Plain(reader)(*pair)]
        found = ran(model, pair)
        logits.append((float(expected[0][0]), float(found[0][0])))
        same.append(
            all(
                one[0].argmax() == other[0].argmax()
                for one, other in zip(expected[1:], found[1:], strict=True)
            )
        )
    one, other = np.array(logits).T
    return {
        "pairs": float(len(sample)),
        "logit: mean difference": float(np.abs(one - other).mean()),
        "logit: largest difference": float(np.abs(one - other).max()),
        "logit: standard deviation": float(one.std()),
        "logit: correlation": float(np.corrcoef(one, other)[0, 1]),
        "span: same start and end": float(np.mean(same)),
    }


def timed(file: Path, times: int = 40) -> dict[str, float]:
    """Return the milliseconds that a passage of TIMED_TOKENS takes."""
    model = open_session(str(file))
    ids = torch.randint(1000, 30000, (1, TIMED_TOKENS))
    pair = ids, (torch.arange(TIMED_TOKENS) > 15).long()[None]
    taken = []
    for _ in range(times):
        started = time.perf_counter()
        ran(model, pair)
        taken.append((time.perf_counter() - started) * 1000)
    return {"median": float(np.median(taken)), "best": min(taken)}


@click.command()
@click.argument("out", type=click.Path(path_type=Path))
@click.argument("weights", nargs=-1, required=True, type=click.Path(path_type=Path))
@click.option("--sample", required=True, type=click.Path(path_type=Path))
@click.option("--form", type=click.Choice([INT8, INT7]), default=INT8)
@click.option("--old", multiple=True, type=click.Path(path_type=Path), help="What it was before.")
@click.option("--share", default=0.6, help="How far to go from what it was before.")
def main(  # noqa: PLR0913, PLR0917 - one argument an option
    out: Path,
    weights: tuple[Path, ...],
    sample: Path,
    form: str,
    old: tuple[Path, ...],
    share: float,
) -> None:
    """Write OUT from the WEIGHTS of a reader, and print how it compares with it."""
    torch.manual_seed(0)
    reader = between(trained(old), trained(weights), share) if old else trained(weights)
    pairs = sampled(sample, SAMPLE)
    write(reader, pairs[::4], out, form)
    found: dict[str, Any] = {"bytes": out.stat().st_size, **compared(reader, out, pairs[1::4])}
    found[f"milliseconds, {TIMED_TOKENS} tokens"] = timed(out)
    click.echo(json.dumps(found, indent=1))


if __name__ == "__main__":
    main()
