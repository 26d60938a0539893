"""Documentations of the data as documents and questions that the product can be asked.

python -m tests.tools.reader.documentations DATA OUT [--trained]

Those that are held out: to each the questions about it, and some about the others, which it can't
answer. Or those that are trained on: their documents that anybody asks about, and the questions
that were written for this project (`WRITTEN`).
"""

import json
import random
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import click

from index.evaluation.questions import OFF_CORPUS
from tests.tools.reader.data import AUTHORED, HELD_OUT, lines

SEED = 21
# Of each other documentation, so many questions.
OFF = 60
# Questions about passages of the data, in the form of its own.
WRITTEN = Path(__file__).parent / "written" / "questions.jsonl.gz"
Example = dict[str, Any]


@click.command()
@click.argument("data", type=click.Path(path_type=Path))
@click.argument("out", type=click.Path(path_type=Path))
@click.option("--trained", is_flag=True, help="Those that are trained on.")
def main(data: Path, out: Path, *, trained: bool) -> None:
    """Write OUT/<corpus>/docs and OUT/<corpus>/<file>.jsonl from the passages in DATA."""
    passages = {
        each["id"]: each
        for each in lines(data / "passages.jsonl.gz")
        if (each["corpus"] in HELD_OUT) != trained
    }
    files = {name: data / f"{name}.jsonl.gz" for name in AUTHORED}
    about: dict[str, list[str]] = defaultdict(list)
    asked: set[tuple[str, str]] = set()
    for name, file in ({"written": WRITTEN} if trained else files).items():
        for corpus, question in _questions(file, passages):
            folder = out / corpus
            folder.mkdir(parents=True, exist_ok=True)
            with (folder / f"{name}.jsonl").open("a", encoding="utf-8") as stream:
                stream.write(json.dumps(question) + "\n")
            about[corpus].append(question["question"])
    for file in (*files.values(), WRITTEN):
        asked |= {
            _place(passages[each["passage"]]) for each in lines(file) if each["passage"] in passages
        }
    _write_documents(
        [each for each in passages.values() if _place(each) in asked or not trained], out
    )
    if not trained:
        _write_off(out, about)


def _place(passage: Example) -> tuple[str, str]:
    """The corpus and the document of a passage."""
    return passage["corpus"], f"{passage['path'].rsplit('.', 1)[0]}.md"


def _questions(file: Path, passages: Mapping[str, Example]) -> Iterator[tuple[str, Example]]:
    """Yield the questions of a file about `passages`, as the product reads them."""
    for each in lines(file):
        if each["passage"] not in passages:
            continue
        passage = passages[each["passage"]]
        corpus, path = _place(passage)
        if not each["answerable"]:
            yield corpus, {"question": each["question"], "kind": "near-topic"}
            continue
        # What was written for this project says where an answer stands, and doesn't repeat it.
        answers = [
            each.get("text", passage["text"][each["start"] : each.get("end", 0)])
            for each in each["answers"]
        ]
        yield corpus, {"question": each["question"], "files": [path], "words": [answers]}


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
