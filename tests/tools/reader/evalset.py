"""Dumped candidates to arrays that a reader can score where there is no product.

python -m tests.tools.reader.evalset OUT.npz DUMP.jsonl.gz…
"""

from pathlib import Path

import click
import numpy as np

from tests.tools.reader.data import lines
from tests.tools.reader.prepare import (
    HEAD_TOKENS,
    QUESTION_TOKENS,
    bundled_tokenizer,
    encoded,
    token_span,
)
from tests.tools.reader.ragged import Ragged, packed, save


@click.command()
@click.argument("out", type=click.Path(path_type=Path))
@click.argument("dumps", nargs=-1, required=True, type=click.Path(path_type=Path))
def main(out: Path, dumps: tuple[Path, ...]) -> None:
    """Write OUT: passages once, questions, and pairs of their numbers in the order of DUMPS."""
    numbers: dict[tuple[str, str], int] = {}
    units: list[list[tuple[int, int]]] = []
    questions: list[str] = []
    pairs: list[tuple[int, int]] = []
    for dump in dumps:
        for asked in lines(dump):
            for hit in asked["hits"]:
                text = hit["preamble"], hit["text"]
                if text not in numbers:
                    numbers[text] = len(units)
                    units.append(hit["units"])
                pairs.append((len(questions), numbers[text]))
            questions.append(asked["question"])
    tokenizer = bundled_tokenizer()
    bodies, places = [], []
    for own, each in zip(units, encoded(tokenizer, [body for _, body in numbers]), strict=True):
        offsets = np.array(each.offsets, np.int32).reshape(-1, 2)
        bodies.append(each.ids)
        places.append(np.array([token_span(offsets, *span) for span in own]).reshape(-1))
    heads = [e.ids[-HEAD_TOKENS:] for e in encoded(tokenizer, [head for head, _ in numbers])]
    asked_ids = [each.ids[:QUESTION_TOKENS] for each in encoded(tokenizer, questions)]
    arrays = packed(
        heads=Ragged.of(heads, np.uint16),
        bodies=Ragged.of(bodies, np.uint16),
        units=Ragged.of(places, np.uint16),
        questions=Ragged.of(asked_ids, np.uint16),
    )
    save(out, {**arrays, "pairs": np.array(pairs, np.int32)})
    click.echo(f"{len(questions)} questions, {len(units)} passages, {len(pairs)} pairs")


if __name__ == "__main__":
    main()
