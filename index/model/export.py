"""The only importer of torch's exporter and of ONNX: a model as a file that needs neither.

What the graph gives is what `SentenceTransformerEmbedder` makes of the model, its own pooling and
normalisation included: they are traced with it, not written again. Whether the graph then does the
same is tried on passages of the index itself.
"""

import io
import logging
import warnings
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, redirect_stderr, redirect_stdout
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import torch

from index.domain import ModelDescription, TokenEmbeddings
from index.errors import ExportFailed
from index.model.onnx_embedder import (
    DESCRIPTION,
    DESCRIPTION_JSON,
    GRAPH,
    INPUTS,
    TEXT,
    TOKENIZER,
    TOKENS,
    OnnxEmbedder,
)
from index.model.smoothing import measure, smooth
from index.model.torch_embedder import SentenceTransformerEmbedder, reason_of

OPSET = 18
# How the weights may be kept, the fastest first. An x86 processor without VNNI adds products of
# bytes in 16 bits, which full bytes overflow and seven bits don't.
INT8, INT7, FLOAT32 = "int8", "int7", "float32"
# A form is taken if its embeddings point the same way and find the same.
LEAST_COSINE = 0.97
LEAST_SAME = 0.9
# Two passages so near to each other in their cosine with a third are both its nearest.
TIE = 0.02
# What a model is tried on besides, so that it is on something for an empty index.
ALWAYS = ("The gate is closed at ten.", "Who closes the gate, and at which hour of the day?")


def export(
    original: SentenceTransformerEmbedder, passages: Sequence[str], folder: Path
) -> OnnxEmbedder:
    """Export a model into `folder`, in the first form that does the same on `passages`.

    Raises:
        ExportFailed: it can't be exported, or no form does the same.
    """
    if original.tokenizer is None:
        message = "its tokenizer is none of the tokenizers library"
        raise ExportFailed(message)
    sample = [*ALWAYS, *passages]
    with measure(original.model) as channels:
        expected = original.embed_documents(sample)
    traced = folder / "traced.onnx"
    difference = "nothing"
    try:
        with smooth(channels):
            _trace(original, traced)
        original.tokenizer.save(str(folder / TOKENIZER))
        for weights in (INT8, INT7, FLOAT32):
            quantize(traced, folder / GRAPH, weights)
            _describe(folder, replace(original.description, weights=weights))
            embedder = OnnxEmbedder(folder)
            cosine, same = compare(expected, embedder.embed_documents(sample))
            difference = f"{weights}: cosine {cosine:.3f}, the same nearest passage {same:.0%}"
            if cosine >= LEAST_COSINE and same >= LEAST_SAME:
                embedder.description = replace(embedder.description, cosine=cosine, same=same)
                _describe(folder, embedder.description)
                traced.unlink()
                return embedder
    # A model can fail to be exported in as many ways as there are libraries below.
    except Exception as error:
        raise ExportFailed(reason_of(error)) from error
    message = f"its embeddings differ ({difference})"
    raise ExportFailed(message)


def compare(
    expected: Sequence[TokenEmbeddings], actual: Sequence[TokenEmbeddings]
) -> tuple[float, float]:
    """Return how alike two embeddings of the same texts are.

    Returns:
        The smallest cosine of a text, or of the tokens of one on average; and the share of texts
        whose nearest other text is the same, or as near.

    Raises:
        ValueError: they aren't of the same tokens.
    """
    pairs = list(zip(expected, actual, strict=True))
    for one, other in pairs:
        if not np.array_equal(one.ids, other.ids):
            message = "its tokens differ"
            raise ValueError(message)
    texts = [float(one.vector @ other.vector) for one, other in pairs]
    tokens = [float((one.tokens * other.tokens).sum(axis=1).mean()) for one, other in pairs]
    before, after = _cosines(expected), _cosines(actual)
    chosen = before[np.arange(len(pairs)), after.argmax(axis=1)]
    return min(*texts, *tokens), float((chosen >= before.max(axis=1) - TIE).mean())


def _cosines(embeddings: Sequence[TokenEmbeddings]) -> npt.NDArray[np.float32]:
    """The cosine of every text with every other: (n, n) float32, -1 with itself."""
    vectors = np.stack([text.vector for text in embeddings])
    cosines: npt.NDArray[np.float32] = vectors @ vectors.T
    np.fill_diagonal(cosines, -1)
    return cosines


def _describe(folder: Path, description: ModelDescription) -> None:
    (folder / DESCRIPTION).write_bytes(DESCRIPTION_JSON.dump_json(description, indent=1))


def _trace(original: SentenceTransformerEmbedder, file: Path) -> None:
    example = original.features(ALWAYS[1])
    # A mask hides padding, and a text that is run by itself has none: to mask nothing takes a tenth
    # of the time.
    example.pop("attention_mask", None)
    inputs = [name for name in INPUTS if name in example]

    class Graph(torch.nn.Module):
        """The model with its text as tensors and its output as two of them."""

        def __init__(self) -> None:
            super().__init__()
            self.model = original.model

        def forward(self, *tensors: Any) -> Any:  # noqa: ANN401 - tensors in and out
            features = {**example, **dict(zip(inputs, tensors, strict=True))}
            vectors, tokens = original.outputs(features)
            # A model without tokens of its own has the text as its one token.
            return vectors, vectors[:, None] if tokens is None else tokens

    with quiet(), torch.no_grad():
        # The exporter that torch recommends takes three times as long and more libraries, for a
        # graph that is no faster; torch is pinned, so this one stays.
        torch.onnx.export(
            Graph().eval(),
            tuple(example[name] for name in inputs),
            str(file),
            dynamo=False,
            opset_version=OPSET,
            input_names=inputs,
            output_names=[TEXT, TOKENS],
            dynamic_axes={name: {0: "texts", 1: "tokens"} for name in [*inputs, TOKENS]},
        )


def quantize(traced: Path, target: Path, weights: str) -> None:
    """Write the graph in the file `traced` to `target`, in one of the forms of weights."""
    if weights == FLOAT32:
        target.write_bytes(traced.read_bytes())
        return
    from onnxruntime.quantization import QuantType, quantize_dynamic  # noqa: PLC0415 - needs onnx

    with quiet():
        quantize_dynamic(
            traced,
            target,
            weight_type=QuantType.QInt8,
            per_channel=True,
            reduce_range=weights == INT7,
        )


@contextmanager
def quiet() -> Iterator[None]:
    """Keep what the exporters say of themselves from the terminal."""
    level = logging.root.manager.disable
    logging.disable(logging.CRITICAL)
    try:
        with (
            warnings.catch_warnings(),
            redirect_stdout(io.StringIO()),
            redirect_stderr(io.StringIO()),
        ):
            warnings.simplefilter("ignore")
            yield
    finally:
        logging.disable(level)
