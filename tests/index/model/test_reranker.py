"""The optional cross-encoder, a real one with a tiny network made for the test."""

import shutil
from pathlib import Path

import pytest
import torch
from sentence_transformers import CrossEncoder
from transformers import BertConfig, BertForSequenceClassification

from index import AnswerSettings, Index, IndexSettings, open_index
from index.errors import ModelUnavailable
from index.model.onnx_embedder import OnnxEmbedder
from index.model.reranker import Reranker, load_reranker
from index.model.revision import bundled_folder

pytestmark = pytest.mark.model


def cross_encoder(folder: Path, labels: int) -> str:
    """A cross-encoder of two small layers with random weights, saved."""
    torch.manual_seed(7)
    config = BertConfig(
        vocab_size=30522,
        hidden_size=32,
        num_hidden_layers=2,
        num_attention_heads=2,
        intermediate_size=64,
        num_labels=labels,
    )
    BertForSequenceClassification(config).save_pretrained(folder)
    bundled = bundled_folder()
    assert bundled is not None
    for name in ("tokenizer.json", "tokenizer_config.json", "vocab.txt"):
        if (bundled / name).exists():
            shutil.copy(bundled / name, folder)
    return str(folder)


@pytest.fixture(scope="module")
def model(tmp_path_factory: pytest.TempPathFactory) -> str:
    """The folder of a cross-encoder that gives one score."""
    return cross_encoder(tmp_path_factory.mktemp("cross"), 1)


TEXTS = [f"The lamp number {number} stands in room {number * 3}." for number in range(10)]


def test_texts_are_ordered_by_the_cross_encoder(model: str) -> None:
    reranker = load_reranker(model, seconds=60)
    assert reranker is not None
    order = reranker.order("Where is the lamp?", TEXTS)
    scores = CrossEncoder(model, device="cpu").predict(
        [("Where is the lamp?", text) for text in TEXTS], show_progress_bar=False
    )
    assert sorted(order) == list(range(10))
    ranked = [float(scores[number]) for number in order]
    assert ranked == sorted(ranked, reverse=True)


def test_what_the_budget_does_not_reach_keeps_its_order(
    model: str, caplog: pytest.LogCaptureFixture
) -> None:
    loaded = load_reranker(model, seconds=60)
    assert loaded is not None
    nothing = Reranker(loaded.model, seconds=0)
    assert nothing.order("Where is the lamp?", TEXTS) == list(range(10))
    assert "0 of 10" in caplog.text
    once = Reranker(loaded.model, seconds=1e-9)
    order = once.order("Where is the lamp?", TEXTS)
    assert sorted(order) == list(range(10))


def test_a_name_that_is_no_cross_encoder_gets_one_clear_line(tmp_path: Path) -> None:
    assert load_reranker("", 1) is None
    with pytest.raises(ModelUnavailable, match="`reranker`") as caught:
        load_reranker(str(tmp_path), 1)
    assert "\n" not in str(caught.value)
    with pytest.raises(ModelUnavailable, match="3 scores"):
        load_reranker(cross_encoder(tmp_path / "three", 3), 1)


def test_answers_follow_the_cross_encoder(
    model: str, seeds_settings: IndexSettings, seeds_index: Index, embedder: OnnxEmbedder
) -> None:
    question = "Who directed All of Us Strangers?"
    reranked = open_index(
        seeds_settings,
        AnswerSettings(reranker=model, reranker_seconds=60),
        embedder=embedder,
    )
    before = [hit.passage.id for hit, _ in seeds_index.lookup(question, 20)]
    after = [hit.passage.id for hit, _ in reranked.lookup(question, 20)]
    assert sorted(after) == sorted(before)
    assert after != before
    assert [hit.rank for hit, _ in reranked.lookup(question, 20)] == list(range(1, 21))
