"""Figures of readers on dumped candidates, beside those of search alone.

python -m tests.tools.reader.judge DUMPS… --held HELD… --read NAME=FILE.npz …

The files of readers hold the pairs of the HELD dumps first, then those of DUMPS, as `evalset` was
given them. How a reader is weighed is fitted on HELD alone (`calibrate`).
"""

import json
import re
from collections import defaultdict
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import click
import numpy as np

from index.evaluation.figures import answered_keeping, area_under_roc
from index.evaluation.questions import ADVERSARIAL, ANSWERABLE, OFF_CORPUS
from tests.tools.reader.calibrate import (
    Order,
    Sureness,
    fit_order,
    fit_sureness,
    kind_of,
    near_misses,
)
from tests.tools.reader.dumps import CALIBRATION, Asked, Floats, asked
from tests.tools.reader.prepare import bundled_tokenizer

UNANSWERABLE = ("near-topic", ADVERSARIAL, OFF_CORPUS, "off-topic")
MANUALS = ("paper", "syncthing")
Scores = Callable[[Asked], Floats]
Sure = Callable[[Asked, int], float]


class Words:
    """Where a reader's answer stands in a candidate, in characters."""

    def __init__(self) -> None:
        """Load the tokenizer."""
        self.tokenizer = bundled_tokenizer()
        self.offsets: dict[str, list[tuple[int, int]]] = {}

    def span(self, text: str, first: int, last: int) -> tuple[int, int]:
        """The tokens' characters, grown to whole words."""
        if text not in self.offsets:
            self.offsets[text] = self.tokenizer.encode(text, add_special_tokens=False).offsets
        offsets = self.offsets[text]
        start, end = offsets[first][0], offsets[last][1]
        while start > 0 and _within(text, start):
            start -= 1
        while end < len(text) and _within(text, end):
            end += 1
        return start, end


def _within(text: str, place: int) -> bool:
    """Whether `place` is inside of a word."""
    return bool(re.match(r"\w\w", text[place - 1 : place + 1]))


def figures(
    questions: Sequence[Asked], scores: Scores, sure: Sure, name: str | None, words: Words
) -> dict[str, float]:
    """Return a set's figures, by the reader `name` or by search alone.

    `sure` is how sure one is of the passage that comes first.
    """
    right: dict[str, list[bool]] = defaultdict(list)
    confidence: dict[str, list[float]] = defaultdict(list)
    for one in questions:
        ranked = np.argsort(-scores(one), kind="stable")
        best = int(ranked[0])
        confidence[one.question["kind"]].append(sure(one, best))
        if not one.answerable:
            continue
        hit = one.hits[best]
        right["first"].append(hit["right"])
        right["in 5"].append(bool(one.right[ranked[:5]].any()))
        if name:
            said = one.read[name]
            unit = int(said.units[best])
            right["unit"].append(unit >= 0 and one.answered(best, *hit["units"][unit]))
            place = words.span(hit["text"], int(said.firsts[best]), int(said.lasts[best]))
            right["span"].append(unit >= 0 and one.answered(best, *place))
    found = {"n": float(len(right["first"]))}
    found |= {each: float(np.mean(shares)) for each, shares in right.items() if shares}
    known = np.array(confidence[ANSWERABLE])
    for kind in UNANSWERABLE:
        if kind in confidence and len(known):
            unknown = np.array(confidence[kind])
            found[f"{kind} n"] = float(len(unknown))
            found[f"{kind} AUC"] = area_under_roc(known, unknown)
            found[f"{kind} @90"] = near_misses(known, unknown)
            found[f"{kind} @95"] = answered_keeping(known, unknown)
    return found


def grouped(questions: Sequence[Asked]) -> dict[str, list[Asked]]:
    """By set, and sets that belong together."""
    groups: dict[str, list[Asked]] = defaultdict(list)
    for one in questions:
        name = str(one.question["set"])
        groups[name].append(one)
        if name.startswith("held-"):
            groups["held, all"].append(one)
            groups[f"held, {kind_of(one)}"].append(one)
        if name.split("-", maxsplit=1)[0] in MANUALS:
            whose = "members' words" if name in MANUALS else "own words"
            groups["manuals"].append(one)
            groups[f"manuals, {whose}"].append(one)
    return groups


def by_reader(name: str, order: Order, sureness: Sureness) -> tuple[Scores, Sure]:
    """How a reader puts candidates in order, and how sure it is of one."""
    return (
        lambda one: order.scores(one, one.read[name]),
        lambda one, best: sureness.of(one, one.read[name], best),
    )


@click.command()
@click.argument("dumps", nargs=-1, type=click.Path(path_type=Path))
@click.option("--held", multiple=True, type=click.Path(path_type=Path))
@click.option("--read", "reads", multiple=True, help="NAME=FILE")
@click.option("--out", type=click.Path(path_type=Path))
@click.option("--only", default="", help="A pattern of the sets to show.")
def main(
    dumps: tuple[Path, ...],
    held: tuple[Path, ...],
    reads: tuple[str, ...],
    out: Path | None,
    only: str,
) -> None:
    """Print the figures of search alone and of readers."""
    read = {name: dict(np.load(file)) for name, file in (each.split("=", 1) for each in reads)}
    calibration = json.loads(CALIBRATION.read_text(encoding="utf-8"))
    questions = asked([*held, *dumps], read, calibration)
    held_out = asked(held, read, calibration)
    words = Words()
    table: list[dict[str, Any]] = []

    def add(way: str, scores: Scores, sure: Sure, name: str | None) -> None:
        for group, own in grouped(questions).items():
            if re.search(only, group):
                found = figures(own, scores, sure, name, words)
                table.append({"way": way, "set": group, **found})

    add("search", lambda one: one.search, lambda one, best: float(one.topic[best]), None)
    for name in read:
        order = fit_order(held_out, name)
        sureness = fit_sureness(held_out, name, order)
        click.echo(f"{name}: {order} {sureness}")
        add(name, *by_reader(name, order, sureness), name)
        alone = by_reader(name, Order(1.0, 0.0), Sureness(1.0, 0.0, 0.0))
        add(f"{name} alone", *alone, name)
    for row in table:
        cells = [
            f"{key} {value:.3f}".rstrip("0").rstrip(".")
            for key, value in row.items()
            if key not in {"way", "set"}
        ]
        click.echo(f"{row['set']:26} {row['way']:18} " + "  ".join(cells))
    if out:
        out.write_text(json.dumps(table, indent=1))


if __name__ == "__main__":
    main()
