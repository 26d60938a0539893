"""What the tests of answers share: small folders of documents, indexed."""

from collections.abc import Callable, Mapping

import pytest

from index import AnswerSettings, Index, IndexSettings, open_index
from index.model.onnx_embedder import OnnxEmbedder
from tests.support.builder import Builder

Indexed = Callable[[Mapping[str, str]], Index]
# What is shown of what answers is tried here, and not how sure the reader has to be of a few lines.
UNSURE = AnswerSettings(sure=0.08, close=0.04)


@pytest.fixture(scope="module")
def indexed(tmp_path_factory: pytest.TempPathFactory, embedder: OnnxEmbedder) -> Indexed:
    """Index documents given as their texts by their paths."""

    def make(documents: Mapping[str, str]) -> Index:
        folder = tmp_path_factory.mktemp("documents")
        for path, text in documents.items():
            file = folder / "seeds" / path
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_text(text, encoding="utf-8")
        settings = IndexSettings(seeds=str(folder / "seeds"), store=str(folder / "store"))
        return open_index(settings, UNSURE, embedder=embedder, builder=Builder(embedder))

    return make
