"""How many passages to read: how often the first one answers, against the milliseconds it takes.

python -m tests.tools.reader.depth READ.npz HELD… [--plot FILE.png]

READ is what the shipped reader says of the HELD dumps (`exported`). Milliseconds are of reading
alone, on one processor. Besides a fixed number there are two ways to stop early: read on in fours
only while no logit has passed a threshold.
"""

import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import click
import numpy as np

from index.answer import calibration
from index.domain import Passage, Span
from index.evaluation.plots import labelled_axes
from index.model.reader import load_reader
from tests.tools.reader.calibrate import kind_of
from tests.tools.reader.data import lines
from tests.tools.reader.dumps import Asked, asked

DEPTHS = (1, 2, 3, 4, 6, 8, 10, 12, 16, 20)
STEP, THRESHOLDS = 4, (1.0, 2.0, 3.0, 4.0)
TIMED = 200


@dataclass(frozen=True, slots=True)
class Point:
    """A way to read: the passages that it reads and how often the first one is right."""

    name: str
    passages: float
    first: float
    in_five: float


def read_up_to(one: Asked, depth: int) -> tuple[bool, bool]:
    """Whether the first, and one of the first five, is right where so many are read."""
    weighed = calibration.shipped()
    logits = one.read[""].logits[:depth]
    scores = weighed.score_reader * logits + weighed.score_ranking * one.search[:depth]
    right = one.right[: len(logits)][np.argsort(-scores, kind="stable")]
    right = np.concatenate([right, one.right[depth:]])
    return bool(right[0]), bool(right[:5].any())


def stops_at(one: Asked, threshold: float, most: int) -> int:
    """How many are read where the next four are only read while no logit passes a threshold."""
    depth = STEP
    while depth < most and one.read[""].logits[:depth].max() < threshold:
        depth += STEP
    return min(depth, most)


def points(questions: Sequence[Asked], most: int) -> list[Point]:
    """Return every way to read, each kind of question counting alike."""
    kinds = sorted({kind_of(one) for one in questions})

    def point(name: str, depths: Sequence[int]) -> Point:
        found = [
            (kind_of(one), depth, *read_up_to(one, depth))
            for one, depth in zip(questions, depths, strict=True)
        ]
        means = [np.mean([row[1:] for row in found if row[0] == kind], axis=0) for kind in kinds]
        return Point(name, *map(float, np.mean(means, axis=0)))

    fixed = [point(f"{depth}", [depth] * len(questions)) for depth in DEPTHS]
    early = [
        point(f"to {threshold:g}", [stops_at(one, threshold, most) for one in questions])
        for threshold in THRESHOLDS
    ]
    return [*fixed, *early]


def milliseconds(dump: Path) -> float:
    """Return how long the reader takes for a passage of a dump, on average."""
    reader = load_reader()
    pairs = [(each["question"], hit) for each in lines(dump) for hit in each["hits"][:STEP]]
    chosen = pairs[:: max(1, len(pairs) // TIMED)]
    passages = [
        Passage(0, "", Span(0, len(hit["text"])), hit["text"], (), hit["preamble"], ())
        for _, hit in chosen
    ]
    started = time.perf_counter()
    for (question, _), passage in zip(chosen, passages, strict=True):
        reader.read(question, [passage])
    return (time.perf_counter() - started) * 1000 / len(chosen)


@click.command()
@click.argument("read", type=click.Path(path_type=Path))
@click.argument("held", nargs=-1, required=True, type=click.Path(path_type=Path))
@click.option("--plot", type=click.Path(path_type=Path), help="Draw it into this file.")
def main(read: Path, held: tuple[Path, ...], *, plot: Path | None) -> None:
    """Print for each way to read how good it is and how long it takes."""
    weights = calibration.shipped()
    known = {"ranking": weights.ranking, "topic": weights.topic, "topic_bias": weights.topic_bias}
    questions = [one for one in asked(held, {"": dict(np.load(read))}, known) if one.answerable]
    found = points(questions, max(DEPTHS))
    each = milliseconds(held[0])
    for point in found:
        click.echo(
            f"{point.name:>6}: {point.passages:5.1f} read, {point.passages * each:4.0f} ms, "
            f"first {point.first:.3f}, in five {point.in_five:.3f}"
        )
    if plot:
        figure, axes = labelled_axes("The first passage answers, by how many are read")
        for chosen, label in ((found[: len(DEPTHS)], "so many"), (found[len(DEPTHS) :], "early")):
            axes.plot(
                [point.passages * each for point in chosen],
                [point.first for point in chosen],
                marker="o",
                label=label,
            )
        for point in found:
            axes.annotate(point.name, (point.passages * each, point.first), fontsize=7)
        axes.set(xlabel="milliseconds of reading, one processor", ylabel="first passage right")
        axes.legend()
        figure.savefig(plot)


if __name__ == "__main__":
    main()
