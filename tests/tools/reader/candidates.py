"""The product's own candidates of every question of a question set, written down once.

A reader is judged on the passages that it will be given: the best that search finds, in search's
own order and before any is read, each with search's score and with whether it is right.

python -m tests.tools.reader.candidates OUT NAME QUESTIONS… [--seeds FOLDER] [--limit N]
"""

import gzip
import json
from dataclasses import asdict
from pathlib import Path
from typing import Any

import click

from index.answer.answer import Answerer
from index.config import IndexConfig
from index.domain import Passage
from index.evaluation.corpus import open_corpus
from index.evaluation.files import read_sets
from index.evaluation.questions import GradedQuestion, Place, Words, spread
from index.opening import open_index
from index.store.generation import Generation
from index.terminal import progress_bar

DEPTH = 20


@click.command()
@click.argument("out", type=click.Path(path_type=Path))
@click.argument("name")
@click.argument("questions", nargs=-1, required=True, type=click.Path(path_type=Path))
@click.option("--seeds", type=click.Path(path_type=Path), help="Documents, where it isn't SQuAD.")
@click.option("--store", type=click.Path(path_type=Path), help="Where their index is built.")
@click.option("--limit", type=int, default=0, help="At most so many questions of a kind.")
def main(  # noqa: PLR0913, PLR0917 - one argument an option
    out: Path, name: str, questions: tuple[Path, ...], seeds: Path, store: Path, limit: int
) -> None:
    """Append to OUT, a line a question, what search finds for QUESTIONS."""
    asked = read_sets(questions)
    chosen = spread(asked.questions, limit) if limit else asked.questions
    config = IndexConfig()
    with progress_bar() as progress:
        if asked.articles:
            index = open_corpus(asked.articles, config, progress)
        else:
            settings = config.index.model_copy(update={"seeds": str(seeds), "store": str(store)})
            index = open_index(settings, config.answers, progress=progress)
        with gzip.open(out, "at", encoding="utf-8") as stream:
            for number, question in enumerate(chosen):
                progress("ask", number, len(chosen))
                line = {"set": name, **dumped(index.answerer, question)}
                stream.write(json.dumps(line, ensure_ascii=False) + "\n")


def dumped(answerer: Answerer, question: GradedQuestion) -> dict[str, Any]:
    """Return what is written down of a question, the best passages by their signals alone."""
    text, _ = answerer.find(answerer.question(question.text), question.earlier)
    searcher = answerer.searcher
    hits = [
        {
            **_described(searcher.generation, question, hit.passage),
            "signals": asdict(hit.signals),
        }
        for hit in searcher.ranked(text, DEPTH)
    ]
    return {"question": text, "kind": question.kind, "key": _key(question), "hits": hits}


def _key(question: GradedQuestion) -> dict[str, Any] | None:
    key = question.key
    if isinstance(key, Words):
        return {"files": key.files, "words": key.words}
    if isinstance(key, Place):
        return {"path": key.path, "answers": [(each.start, each.end) for each in key.answers]}
    return None


def _described(
    generation: Generation, question: GradedQuestion, passage: Passage
) -> dict[str, Any]:
    text, key = generation.documents[passage.document].text, question.key
    units = [unit.span.within(passage.span) for unit in passage.units]
    return {
        "path": passage.document,
        "start": passage.span.start,
        "preamble": passage.preamble,
        "text": passage.text,
        "units": [(unit.start, unit.end) for unit in units],
        "right": bool(key and key.found_in(passage.document, passage.span, text)),
    }


if __name__ == "__main__":
    main()
