"""What an exported reader says of the evaluation sets' candidates, as `run` writes it.

python -m tests.tools.reader.exported READER.onnx EVAL.npz OUT.npz --first N --last N
"""

from collections import Counter
from pathlib import Path

import click
import numpy as np
import numpy.typing as npt

from index.answer.search import READ
from index.model.onnx_embedder import open_session
from tests.tools.reader.export import given, ran
from tests.tools.reader.pairs import whole
from tests.tools.reader.ragged import unpacked
from tests.tools.reader.reading import best_span

UNREAD = -30.0


@click.command()
@click.argument("reader", type=click.Path(path_type=Path))
@click.argument("file", type=click.Path(path_type=Path))
@click.argument("out", type=click.Path(path_type=Path))
@click.option("--depth", default=READ, help="Of a question's candidates, so many are read.")
@click.option("--first", default=0, help="The first question.")
@click.option("--last", default=1_000_000, help="The one after the last.")
def main(reader: Path, file: Path, out: Path, depth: int, first: int, last: int) -> None:  # noqa: PLR0913, PLR0917 - one argument an option
    """Read the candidates in FILE with READER; those that aren't read get a very low logit."""
    model = open_session(str(reader))
    with np.load(file) as arrays:
        heads, bodies = unpacked(arrays, "heads"), unpacked(arrays, "bodies")
        units, questions = unpacked(arrays, "units"), unpacked(arrays, "questions")
        pairs = arrays["pairs"]
    count = len(pairs)
    logit, score = np.full(count, UNREAD, np.float32), np.full(count, UNREAD, np.float32)
    unit, one, other = (np.zeros(count, np.int16) for _ in range(3))
    seen: Counter[int] = Counter()
    for number, (question, text) in enumerate(pairs):
        seen[question] += 1
        if not first <= question < last or seen[question] > depth:
            continue
        tokens, second, body = whole(questions[question], heads[text], bodies[text])
        answers, starts, ends = ran(model, given(tokens, second))
        inside = slice(body, len(tokens) - 1)
        low, high = (each[0, inside] - _log_sum(each[0, inside]) for each in (starts, ends))
        found = best_span(low, high, units[text].reshape(-1, 2).astype(np.int64))
        logit[number] = answers[0]
        unit[number], one[number], other[number], score[number] = found
    np.savez_compressed(out, logit=logit, unit=unit, first=one, last=other, score=score)


def _log_sum(values: npt.NDArray[np.float32]) -> float:
    return float(np.logaddexp.reduce(values)) if len(values) else 0.0


if __name__ == "__main__":
    main()
