"""A small SQuAD file asked, taken apart and fitted on, with the real model."""

import json
import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pytest

from index import Index
from index.config import IndexConfig
from index.evaluation.corpus import KEPT_CORPORA, open_corpus
from index.evaluation.evaluate import ask_all
from index.evaluation.figures import figures
from index.evaluation.files import read_sets
from index.evaluation.plots import RECALL
from index.evaluation.questions import ADVERSARIAL, OFF_CORPUS, QuestionSet, Words
from index.front import silent
from index.model.onnx_embedder import OnnxEmbedder

ROOT = Path(__file__).parents[3]
KEY = Words(("a.md",), ())
Articles = dict[str, dict[str, list[tuple[str, str]]]]
ARTICLES: Articles = {
    "Bees": {
        "Bees must be registered by 3 May. The register is kept in Aarau.": [
            ("By when must bees be registered?", "3 May"),
            ("Where is the register of bees kept?", "Aarau"),
        ],
        "A hive costs 20 francs a year. Wax may be sold freely.": [
            ("What does a hive cost a year?", "20 francs"),
        ],
    },
    "Ferries": {
        "The ferry to Brissago leaves at noon from the old pier.": [
            ("When does the ferry to Brissago leave?", "noon"),
            ("Where does the ferry leave from?", "the old pier"),
        ],
        "Dogs travel free of charge. Bicycles need a ticket.": [
            ("What do bicycles need on the ferry?", "a ticket"),
        ],
    },
    "Lighthouses": {"The lamp of the lighthouse burned oil until 1911.": []},
}
QUESTIONS = sum(len(asked) for article in ARTICLES.values() for asked in article.values())


def squad(articles: Articles) -> str:
    """A SQuAD 2.0 file, with one impossible question an article."""
    impossible = {"question": "Who was king of Portugal?", "is_impossible": True, "answers": []}
    data = []
    for title, paragraphs in articles.items():
        parts: list[dict[str, object]] = []
        for context, asked in paragraphs.items():
            qas: list[dict[str, object]] = [
                {
                    "question": question,
                    "answers": [{"text": answer, "answer_start": context.index(answer)}],
                }
                for question, answer in asked
            ]
            parts.append({"context": context, "qas": qas if parts else [*qas, impossible]})
        data.append({"title": title, "paragraphs": parts})
    return json.dumps({"version": "v2.0", "data": data})


@pytest.fixture(scope="module")
def cache(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The user's cache folder for these tests."""
    return tmp_path_factory.mktemp("cache")


@pytest.fixture(autouse=True)
def _own_cache(cache: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("platformdirs.user_cache_path", lambda name: cache / name)


@pytest.fixture(scope="module")
def files(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """A SQuAD file and a list of questions that it doesn't answer."""
    folder = tmp_path_factory.mktemp("sets")
    (folder / "squad.json").write_text(squad(ARTICLES), encoding="utf-8")
    (folder / "off.txt").write_text("How do I boil an egg?\nWhat is a quasar?\n", encoding="utf-8")
    return folder / "squad.json", folder / "off.txt"


@pytest.fixture(scope="module")
def asked(files: tuple[Path, Path]) -> QuestionSet:
    """Both files read."""
    return read_sets(files)


@pytest.fixture
def corpus(asked: QuestionSet, embedder: OnnxEmbedder) -> Index:
    """The articles, indexed with the real model once."""
    return open_corpus(asked.articles, IndexConfig(), silent, embedder)


def test_every_article_is_corpus_and_every_question_is_judged(
    corpus: Index, asked: QuestionSet, embedder: OnnxEmbedder
) -> None:
    assert [source.path for source in corpus.sources()] == [
        "Bees.md",
        "Ferries.md",
        "Lighthouses.md",
    ]

    def plain(text: str) -> npt.NDArray[np.float32]:
        return embedder.embed_question(text).vector

    found = figures(ask_all(corpus.answerer, asked.questions, plain, silent))
    assert found.answerable
    assert found.answerable.count == QUESTIONS
    assert found.answerable.recall[10] == 1
    assert found.answerable.bold_right >= 0.5
    assert found.unanswerable[ADVERSARIAL].count == len(ARTICLES)
    assert found.unanswerable[OFF_CORPUS].count == 2


def test_a_corpus_is_built_once_and_again_when_damaged_or_changed(
    corpus: Index, asked: QuestionSet, embedder: OnnxEmbedder, cache: Path
) -> None:
    config = IndexConfig()
    again = open_corpus(asked.articles, config, silent, embedder)
    assert again.created_at == corpus.created_at
    vectors = next(cache.rglob("vectors.bin"))
    vectors.write_bytes(b"")
    mended = open_corpus(asked.articles, config, silent, embedder)
    assert mended.created_at > corpus.created_at
    settings = config.index.model_copy(update={"passage_tokens": 64})
    other = config.model_copy(update={"index": settings})
    assert open_corpus(asked.articles, other, silent, embedder).created_at > mended.created_at


def test_old_corpora_are_forgotten(asked: QuestionSet, embedder: OnnxEmbedder, cache: Path) -> None:
    for number in range(KEPT_CORPORA):
        old = cache / "seedbot" / "eval" / f"old{number}"
        old.mkdir(parents=True, exist_ok=True)
        os.utime(old, (number, number))
    open_corpus(asked.articles, IndexConfig(), silent, embedder)
    kept = {folder.name for folder in (cache / "seedbot" / "eval").iterdir()}
    assert len(kept) == KEPT_CORPORA
    assert "old0" not in kept


def run(*arguments: str, folder: Path, cache: Path) -> str:
    """Run a program of ours in `folder` and return what it prints."""
    environment = {**os.environ, "PYTHONPATH": str(ROOT), "XDG_CACHE_HOME": str(cache)}
    result = subprocess.run(  # noqa: S603 - our own program
        [sys.executable, *arguments],
        cwd=folder,
        env=environment,
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )
    assert result.returncode == 0, result.stderr
    return result.stdout


@pytest.mark.model
def test_the_command_prints_one_json_object(
    files: tuple[Path, Path], tmp_path: Path, cache: Path
) -> None:
    options = ("--json", "--misses", "--plot", "plots")
    sets = map(str, files)
    printed = run("-m", "index", "eval", *sets, *options, folder=tmp_path, cache=cache)
    found = json.loads(printed)
    assert found["answerable"]["count"] == QUESTIONS
    assert found["unanswerable"]["off-corpus"]["count"] == 2
    assert (tmp_path / "plots" / RECALL).is_file()
