"""Documentations of the data as documents and questions that the product can be asked.

python -m tests.tools.reader.documentations DATA OUT [--trained]

Those that are held out: to each the questions about it, and some about the others, which it can't
answer. Or those that are trained on: their documents that anybody asks about.
"""

import json
import random
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import click

from index.evaluation.questions import OFF_CORPUS
from tests.tools.reader.data import AUTHORED, HELD_OUT, authored, lines

SEED = 21
# Of each other documentation, so many questions.
OFF = 60
Example = dict[str, Any]


@click.command()
@click.argument("data", type=click.Path(path_type=Path))
@click.argument("out", type=click.Path(path_type=Path))
@click.option("--trained", is_flag=True, help="Those that are trained on.")
def main(data: Path, out: Path, *, trained: bool) -> None:
    """Write OUT/<corpus>/docs and OUT/<corpus>/<source>.jsonl from the passages in DATA."""
    passages = {
        each["id"]: each
        for each in lines(data / "passages.jsonl.gz")
        if (each["corpus"] in HELD_OUT) != trained
    }
    about: dict[str, list[str]] = defaultdict(list)
    asked: set[tuple[str, str]] = set()
    for name in AUTHORED:
        for corpus, path, question in _questions(authored(data, name), passages):
            asked.add((corpus, path))
            about[corpus].append(question["question"])
            folder = out / corpus
            folder.mkdir(parents=True, exist_ok=True)
            with (folder / f"{name}.jsonl").open("a", encoding="utf-8") as stream:
                stream.write(json.dumps(question) + "\n")
    kept = [each for each in passages.values() if not trained or _place(each) in asked]
    _write_documents(kept, out)
    if not trained:
        _write_off(out, about)


def _place(passage: Example) -> tuple[str, str]:
    """The corpus and the document of a passage."""
    return passage["corpus"], f"{passage['path'].rsplit('.', 1)[0]}.md"


def _questions(
    examples: Iterable[Example], passages: Mapping[str, Example]
) -> Iterator[tuple[str, str, Example]]:
    """Yield the questions about `passages` as the product reads them: corpus, path, question."""
    for each in examples:
        if each["passage"] not in passages:
            continue
        passage = passages[each["passage"]]
        corpus, path = _place(passage)
        question = {"question": each["question"]}
        if each["answerable"]:
            words = [passage["text"][start:end] for start, end in each["answers"]]
            yield corpus, path, question | {"files": [path], "words": [words]}
        else:
            yield corpus, path, question | {"kind": "near-topic"}


def _write_documents(passages: Sequence[Example], out: Path) -> None:
    """Put passages together again, below their headings."""
    texts: dict[tuple[str, str], list[str]] = defaultdict(list)
    above: dict[tuple[str, str], list[str]] = {}
    for each in passages:
        place = _place(each)
        if place not in above:
            texts[place].append(f"# {each['title']}")
            above[place] = []
        for level, heading in enumerate(each["headings"]):
            if each["headings"][: level + 1] != above[place][: level + 1]:
                texts[place].append(f"{'#' * min(6, level + 2)} {heading}")
        above[place] = each["headings"]
        texts[place].append(each["text"])
    for (corpus, path), parts in texts.items():
        file = out / corpus / "docs" / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text("\n\n".join(parts) + "\n", encoding="utf-8")


def _write_off(out: Path, about: Mapping[str, Sequence[str]]) -> None:
    """Write for each documentation questions `about` the others."""
    rng = random.Random(SEED)  # noqa: S311 - examples, no secrets
    for corpus in about:
        with (out / corpus / "off.jsonl").open("w", encoding="utf-8") as stream:
            for other in sorted(about.keys() - {corpus}):
                for question in rng.sample(about[other], OFF):
                    stream.write(json.dumps({"question": question, "kind": OFF_CORPUS}) + "\n")


if __name__ == "__main__":
    main()
