"""How well questions that ask the same are put together, and how long that takes.

    PYTHONPATH=. .venv/bin/python tests/tools/bench/gaps.py MODEL [FILE]

MODEL is the folder of an exported model, as each generation of an index has one. FILE has a line of
JSON for each thing that is asked: a list of questions that ask it in different words; without it,
tests/data/alike.jsonl. The questions come in five orders by chance, since what comes first begins a
group. Printed are for each least cosine, and last for the one that the bot uses, precision and
recall (B-cubed: Bagga and Baldwin 1998), and how many groups there are of how many things. Then the
seconds for 5,000 questions that the model hasn't seen, and again.
"""

import json
import sys
import time
from collections import Counter
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from bot.gaps import Grouping, Vectors, together
from bot.records import Unanswered
from index.model.onnx_embedder import OnnxEmbedder

OWN = Path("tests/data/alike.jsonl")
LEAST = (0.5, 0.54, 0.58, 0.62, 0.66)
ORDERS, MANY = 5, 5_000


def scores(groups: Sequence[Sequence[int]], things: Sequence[int]) -> tuple[float, float]:
    """Return precision and recall of groups of questions, whose things are numbered."""
    sizes = Counter(things)
    precise = found = 0.0
    for group in groups:
        for thing, count in Counter(things[at] for at in group).items():
            precise += count * count / len(group)
            found += count * count / sizes[thing]
    return precise / len(things), found / len(things)


def show(vectors: Vectors, things: Sequence[int], least: float) -> None:
    """Print what comes of a least cosine."""
    rows = []
    for seed in range(ORDERS):
        order = np.random.default_rng(seed).permutation(len(things))
        groups = together(vectors[order], least)
        rows.append((*scores(groups, [things[at] for at in order]), len(groups)))
    precision, recall, count = np.mean(rows, axis=0)
    print(f"{least:.2f}  {precision:.3f}  {recall:.3f}  {count:.0f} of {len(set(things))}")  # noqa: T201 - its results


def main() -> None:
    """Measure."""
    model = OnnxEmbedder(Path(sys.argv[1]))
    file = Path(sys.argv[2]) if len(sys.argv) > 2 else OWN
    rows: list[list[str]] = [json.loads(line) for line in file.read_text().splitlines()]
    things = [number for number, row in enumerate(rows) for _ in row]
    grouping = Grouping()
    vectors = grouping.embed([text for row in rows for text in row], model)
    for least in (*LEAST, grouping.least(model)):
        show(vectors, things, least)
    many = [
        Unanswered(at, 1, 1, "none", 0.0, f"{rows[at % len(rows)][0]} Or number {at}?")
        for at in range(MANY)
    ]
    for _ in range(2):
        started, used = time.perf_counter(), time.process_time()
        gaps = grouping.gaps(many, lambda: model)
        took, used = time.perf_counter() - started, time.process_time() - used
        print(f"{len(gaps)} gaps of {MANY} in {took:.1f} s, {used:.1f} s of a core")  # noqa: T201 - its results


if __name__ == "__main__":
    main()
