"""What a bot's usual retrievers find, and ours: one process, one model, one machine.

    pip install -e '.[bench]'
    python tests/tools/bench/rivals.py SQUAD.json [OFF_CORPUS.txt]

Every rival gets one paragraph a passage with the article's title before it, and otherwise the
settings that it has by itself; ours cuts the articles by its own rules. A paragraph counts as
found by its number, ours when the passage lies in the paragraph or covers it. The area under the
ROC curve is that of the first result's score, answerable questions against those off the corpus.
"""

import argparse
import os
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

# Everything is on this disk; a look-up on a hub would only be timed with the rest.
os.environ.setdefault("HF_HUB_OFFLINE", "1")
os.environ.setdefault("TQDM_DISABLE", "1")
os.environ.setdefault("TOKENIZERS_PARALLELISM", "false")

import bm25s
import faiss
import numpy as np
import Stemmer
from langchain_community.vectorstores import FAISS
from langchain_huggingface import HuggingFaceEmbeddings
from llama_index.core import StorageContext, VectorStoreIndex
from llama_index.core.schema import TextNode
from llama_index.embeddings.huggingface import HuggingFaceEmbedding
from llama_index.vector_stores.faiss import FaissVectorStore
from txtai import Embeddings

from index.answer.answer import Answerer
from index.config import IndexConfig
from index.domain import Progress
from index.evaluation.corpus import open_corpus
from index.evaluation.evaluate import DEPTHS, first_right
from index.evaluation.figures import area_under_roc, recall, reciprocal_rank
from index.evaluation.files import read_sets
from index.evaluation.questions import ANSWERABLE, OFF_CORPUS, GradedQuestion, Place, spread
from index.model.revision import bundled_folder
from index.terminal import output, progress_bar

DEPTH = max(DEPTHS)
MILLISECONDS = 1000


Results = Sequence[tuple[int, float]]
"""Numbers of paragraphs, best first, with their scores; a higher score is better."""
Search = Callable[[str], Results]


@dataclass(frozen=True)
class Measured:
    """What came of one rival: ranks of the right paragraph (0: none), scores, milliseconds."""

    name: str
    ranks: list[int]
    sure: list[float]
    unsure: list[float]
    milliseconds: list[float]


def langchain(texts: Sequence[str], model: str) -> Search:
    """LangChain's FAISS store, as `from_texts` makes it: L2 distance."""
    embeddings = HuggingFaceEmbeddings(model_name=model)
    numbers = [{"number": number} for number in range(len(texts))]
    store = FAISS.from_texts(list(texts), embeddings, metadatas=numbers)

    def search(question: str) -> Results:
        found = store.similarity_search_with_score(question, k=DEPTH)
        return [(document.metadata["number"], -float(distance)) for document, distance in found]

    return search


def llama_index(texts: Sequence[str], model: str) -> Search:
    """LlamaIndex's vector index over a flat FAISS index, as its documentation sets it up."""
    embed_model = HuggingFaceEmbedding(model_name=model)
    dim = len(embed_model.get_query_embedding("dimension"))
    store = FaissVectorStore(faiss_index=faiss.IndexFlatL2(dim))
    nodes = [TextNode(text=text, id_=str(number)) for number, text in enumerate(texts)]
    context = StorageContext.from_defaults(vector_store=store)
    index = VectorStoreIndex(nodes, storage_context=context, embed_model=embed_model)
    retriever = index.as_retriever(similarity_top_k=DEPTH)

    def search(question: str) -> Results:
        # The score of this store is FAISS's L2 distance.
        return [
            (int(each.node.node_id), -float(each.score)) for each in retriever.retrieve(question)
        ]

    return search


def bm25(texts: Sequence[str], _model: str) -> Search:
    """The package bm25s with its own tokenizer, English stop words and stems."""
    stemmer = Stemmer.Stemmer("english")
    retriever = bm25s.BM25()
    tokens = bm25s.tokenize(list(texts), stopwords="en", stemmer=stemmer, show_progress=False)
    retriever.index(tokens, show_progress=False)

    def search(question: str) -> Results:
        words = bm25s.tokenize(question, stopwords="en", stemmer=stemmer, show_progress=False)
        numbers, scores = retriever.retrieve(words, k=DEPTH, show_progress=False)
        return list(zip(map(int, numbers[0]), map(float, scores[0]), strict=True))

    return search


def txtai_hybrid(texts: Sequence[str], model: str) -> Search:
    """Embeddings and BM25 together, as txtai weighs them."""
    embeddings = Embeddings(hybrid=True, path=model)
    embeddings.index((number, text, None) for number, text in enumerate(texts))

    def search(question: str) -> Results:
        return [(int(number), float(score)) for number, score in embeddings.search(question, DEPTH)]

    return search


RIVALS: dict[str, Callable[[Sequence[str], str], Search]] = {
    "LangChain (FAISS, dense)": langchain,
    "LlamaIndex (FAISS, dense)": llama_index,
    "bm25s": bm25,
    "txtai (hybrid)": txtai_hybrid,
}


def measure(
    name: str,
    questions: Sequence[GradedQuestion],
    ask: Callable[[GradedQuestion], tuple[int, float]],
    progress: Progress,
) -> Measured:
    """Ask every question; `ask` returns the rank of what is right and the first score."""
    measured = Measured(name, [], [], [], [])
    ask(questions[0])
    for number, question in enumerate(questions):
        progress(name, number, len(questions))
        started = time.perf_counter()
        rank, score = ask(question)
        measured.milliseconds.append((time.perf_counter() - started) * MILLISECONDS)
        if question.key:
            measured.ranks.append(rank)
            measured.sure.append(score)
        else:
            measured.unsure.append(score)
    return measured


def rival(
    search: Search, places: Sequence[tuple[str, int]]
) -> Callable[[GradedQuestion], tuple[int, float]]:
    """Ask a rival, whose paragraph number i stands at `places[i]`: article and start."""

    def ask(question: GradedQuestion) -> tuple[int, float]:
        found = search(question.text)
        key = question.key
        own = (key.path, key.paragraph.start) if isinstance(key, Place) else None
        ranks = [rank for rank, (number, _) in enumerate(found, 1) if places[number] == own]
        return next(iter(ranks), 0), found[0][1] if found else -np.inf

    return ask


def ours(answerer: Answerer) -> Callable[[GradedQuestion], tuple[int, float]]:
    """Ask our own searcher; the score of its first hit is the confidence."""

    def ask(question: GradedQuestion) -> tuple[int, float]:
        hits = answerer.searcher.hits(question.text, DEPTH)
        return first_right(answerer, question, hits), hits[0].confidence if hits else -np.inf

    return ask


def show(measured: Sequence[Measured]) -> None:
    """Print a row for each."""
    names = [*(f"recall@{depth}" for depth in DEPTHS), "MRR@10", "ROC area", "ms, p50", "ms, p95"]
    output.print(" " * 26 + "".join(f"{name:>11}" for name in names))
    for each in measured:
        ranks = np.array(each.ranks)
        area = "–"
        if each.unsure:
            area = f"{area_under_roc(np.array(each.sure), np.array(each.unsure)):.3f}"
        cells = [
            *(f"{recall(ranks, depth):.1%}" for depth in DEPTHS),
            f"{reciprocal_rank(ranks):.3f}",
            area,
            *(f"{value:.1f}" for value in np.percentile(each.milliseconds, [50, 95])),
        ]
        output.print(f"{each.name:26}" + "".join(f"{cell:>11}" for cell in cells), markup=False)


def main() -> None:
    """Build every index and ask each every question."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("squad", type=Path)
    parser.add_argument("off_corpus", type=Path, nargs="?")
    parser.add_argument("--limit", type=int, help="ask at most this many of each kind")
    given = parser.parse_args()
    asked = read_sets([each for each in (given.squad, given.off_corpus) if each])
    questions = [each for each in asked.questions if each.kind in {ANSWERABLE, OFF_CORPUS}]
    questions = list(spread(questions, given.limit)) if given.limit else questions
    articles = asked.articles.items()
    texts = [f"{each.title}\n{text}" for _, each in articles for text in each.paragraphs]
    places = [(path, span.start) for path, each in articles for span in each.spans]
    config = IndexConfig()
    model = str(bundled_folder())
    measured = []
    with progress_bar() as progress:
        for name, make in RIVALS.items():
            progress(f"{name}: building", 0, 1)
            ask = rival(make(texts, model), places)
            measured.append(measure(name, questions, ask, progress))
        index = open_corpus(asked.articles, config, progress)
        measured.append(measure("Seedbot", questions, ours(index.answerer), progress))
    output.print(
        f"{len(measured[0].sure)} answerable questions, {len(measured[0].unsure)} off the corpus, "
        f"{len(texts)} paragraphs"
    )
    show(measured)


if __name__ == "__main__":
    main()
