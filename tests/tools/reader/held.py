"""The documentations that are held out, as documents and questions that the product can be asked.

Of each it writes the questions about it, and some about the others, which it can't answer.

python -m tests.tools.reader.held DATA OUT
"""

import json
import random
from collections import defaultdict
from collections.abc import Mapping, Sequence
from pathlib import Path

import click

from index.evaluation.questions import OFF_CORPUS
from tests.tools.reader.data import AUTHORED, HELD_OUT, lines

SEED = 21
# Of each other documentation, so many questions.
OFF = 60


@click.command()
@click.argument("data", type=click.Path(path_type=Path))
@click.argument("out", type=click.Path(path_type=Path))
def main(data: Path, out: Path) -> None:
    """Write OUT/<corpus>/docs and OUT/<corpus>/<file>.jsonl from the passages in DATA."""
    passages = {
        each["id"]: each for each in lines(data / "passages.jsonl.gz") if each["corpus"] in HELD_OUT
    }
    texts: dict[tuple[str, str], list[str]] = defaultdict(list)
    above: dict[tuple[str, str], list[str]] = {}
    for each in passages.values():
        place = each["corpus"], f"{each['path'].rsplit('.', 1)[0]}.md"
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
    about: dict[str, list[str]] = defaultdict(list)
    for name in AUTHORED:
        for each in lines(data / f"{name}.jsonl.gz"):
            passage = passages.get(each["passage"])
            if passage is None:
                continue
            kind = {} if each["answerable"] else {"kind": "near-topic"}
            question = {
                "question": each["question"],
                "files": [f"{passage['path'].rsplit('.', 1)[0]}.md"] * each["answerable"],
                "words": [[answer["text"] for answer in each["answers"]]] * each["answerable"],
            }
            with (out / passage["corpus"] / f"{name}.jsonl").open("a", encoding="utf-8") as stream:
                stream.write(json.dumps(question | kind) + "\n")
            about[passage["corpus"]].append(each["question"])
    _write_off(out, about)


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
