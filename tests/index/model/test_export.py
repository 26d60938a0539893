"""A model as a build exports it, held against the one in its own library."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from index.domain import TokenEmbeddings
from index.errors import ExportFailed
from index.model.export import compare, export
from index.model.onnx_embedder import OnnxEmbedder
from index.model.torch_embedder import SentenceTransformerEmbedder

TEXTS = [
    "Green tea is steeped at eighty degrees.",
    "Tools\nband saw | shelf 2",
    "The espresso machine is called Vesuvius, and nobody may touch it but Ada. " * 30,
    "",
    "\N{SNOWMAN}",
]


@pytest.fixture(scope="module")
def model(
    original: SentenceTransformerEmbedder, tmp_path_factory: pytest.TempPathFactory
) -> OnnxEmbedder:
    """The default model, exported."""
    return export(original, TEXTS, tmp_path_factory.mktemp("model"))


def test_an_export_reads_and_embeds_as_the_original_does(
    model: OnnxEmbedder, original: SentenceTransformerEmbedder
) -> None:
    cosine, same = compare(original.embed_documents(TEXTS), model.embed_documents(TEXTS))
    assert cosine > 0.97
    assert same == 1
    assert model.description.cosine > 0.97
    assert [model.count_tokens(text) for text in TEXTS] == [
        original.count_tokens(text) for text in TEXTS
    ]
    assert (model.max_tokens, model.dim) == (original.max_tokens, original.dim)
    question = original.embed_question("How hot is green tea?").vector
    assert model.embed_question("How hot is green tea?").vector @ question > 0.97


def test_an_embedding_does_not_depend_on_what_is_embedded_with_it(model: OnnxEmbedder) -> None:
    together = model.embed_documents(TEXTS)
    for text, embedding in zip(TEXTS, together, strict=True):
        alone = model.embed_documents([text])[0]
        assert np.array_equal(alone.vector, embedding.vector)
        assert np.array_equal(alone.tokens, embedding.tokens)


def test_another_model_is_not_taken_for_the_same(
    original: SentenceTransformerEmbedder, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    def turned(texts: list[str]) -> list[TokenEmbeddings]:
        return [
            replace(embedding, vector=-embedding.vector)
            for embedding in SentenceTransformerEmbedder.embed_documents(original, texts)
        ]

    monkeypatch.setattr(original, "embed_documents", turned)
    with pytest.raises(ExportFailed, match="its embeddings differ"):
        export(original, TEXTS, tmp_path)
