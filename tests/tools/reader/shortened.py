"""Candidates cut to a sentence or few, as small documents have them.

python -m tests.tools.reader.shortened OUT.jsonl.gz DUMPS… [--one-of N]

DUMPS are candidates as `candidates` writes them, and so is OUT. Documentations have few passages of
a sentence, small documents have nothing else; a reader that never saw one answer takes its
shortness for a sign that it doesn't.
"""

import gzip
import json
import re
from collections.abc import Collection, Iterator
from pathlib import Path
from typing import Any

import click
import numpy as np

from tests.tools.reader.data import lines
from tests.tools.reader.tune import FROM_BEST, places

SEED = 5
# Characters that a passage has at most: drawn anew for each, from the one to the other.
SHORTEST, LONGEST = 20, 200
WORD = re.compile(r"\w{3,}")
# What a dump holds of a question, and of a candidate.
Asked = dict[str, Any]
Hit = dict[str, Any]


def shortened(asked: Asked, rng: np.random.Generator) -> Iterator[Hit]:
    """Yield the best candidates of a question, each cut to a few of its units.

    To those that answer, if any do; else, and then once more, to those most like the question.
    """
    wanted = {*WORD.findall(asked["question"].lower())}
    for hit in asked["hits"][:FROM_BEST]:
        units, text = hit["units"], hit["text"]
        answers = list(places(asked["key"], hit)) if hit["right"] else []
        holding = {
            number
            for number, (start, end) in enumerate(units)
            if any(start < last and first < end for first, last in answers)
        }
        if holding:
            yield _cut(hit, min(holding), max(holding), rng)
        others = [number for number in range(len(units)) if number not in holding]
        # Of what is right without its words in one place nobody knows which part is right.
        if others and (holding or not hit["right"]):
            like = [len(wanted & {*WORD.findall(text[slice(*units[n])].lower())}) for n in others]
            best = others[int(np.argmax(like))]
            yield _cut(hit, best, best, rng, without=holding) | {"right": False}


def _cut(
    hit: Hit,
    first: int,
    last: int,
    rng: np.random.Generator,
    without: Collection[int] = (),
) -> Hit:
    """Return a hit with its units from `first` to `last` and some beside them."""
    units = hit["units"]
    limit = int(rng.integers(SHORTEST, LONGEST))
    for number in range(last + 1, len(units)):
        if number in without or units[number][1] - units[first][0] > limit:
            break
        last = number
    for number in range(first - 1, -1, -1):
        if number in without or units[last][1] - units[number][0] > limit:
            break
        first = number
    start, end = units[first][0], units[last][1]
    own = [[low - start, high - start] for low, high in units[first : last + 1]]
    return hit | {"start": hit["start"] + start, "text": hit["text"][start:end], "units": own}


@click.command()
@click.argument("out", type=click.Path(path_type=Path))
@click.argument("dumps", nargs=-1, required=True, type=click.Path(path_type=Path))
@click.option("--one-of", default=1, help="Only every so-and-so-manieth question.")
def main(out: Path, dumps: tuple[Path, ...], one_of: int) -> None:
    """Write OUT: the questions of DUMPS with short candidates."""
    rng = np.random.default_rng(SEED)
    questions = (each for dump in dumps for each in lines(dump))
    with gzip.open(out, "wt", encoding="utf-8") as stream:
        for number, asked in enumerate(questions):
            hits = list(shortened(asked, rng))[:FROM_BEST]
            if hits and number % one_of == 0:
                stream.write(json.dumps(asked | {"hits": hits}, ensure_ascii=False) + "\n")


if __name__ == "__main__":
    main()
