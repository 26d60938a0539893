"""How the product weighs the reader: fitted on the documentations that are held out.

python -m tests.tools.reader.calibrate READ.npz HELD… [--write]

READ begins with the pairs of the HELD dumps, as `evalset` was given them; what the file that ships
says of them is what it should be (`exported`). Each dump is of questions in members' words or in
the documents' own, which the last part of its name says (`held-borg-authored`,
`held-borg-balance`); both kinds count alike, however many there are.
"""

import json
from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

import click
import numpy as np
from scipy.optimize import minimize

from index.answer.search import READ
from tests.tools.reader.dumps import CALIBRATION, UNREAD, Asked, Floats, Read, asked

# Near misses are counted at the threshold that answers this share of the answerable questions.
KEPT_NEAR = 0.9
# How much the topic may count beside the logit: few, since neighbours differ by chance.
RATIOS = (0.0, 0.25, 0.5, 0.75, 1.0, 1.5)


@dataclass(frozen=True, slots=True)
class Order:
    """A passage's score: `score_reader` of its logit and `score_ranking` of search's own score."""

    score_reader: float
    score_ranking: float

    def scores(self, one: Asked, read: Read) -> Floats:
        """Return the score of every candidate; those that aren't read follow in search's order."""
        scores = self.score_reader * read.logits + self.score_ranking * one.search
        return np.where(np.arange(len(scores)) < READ, scores, UNREAD + one.search)


@dataclass(frozen=True, slots=True)
class Sureness:
    """The logit of how likely a passage answers, from its logit and the logarithm of its topic."""

    answer_reader: float
    answer_topic: float
    answer_bias: float

    def of(self, one: Asked, read: Read, number: int) -> float:
        """Return that of candidate `number`."""
        weighed = self.answer_reader * read.logits[number] + self.answer_topic * one.topic[number]
        return float(weighed + self.answer_bias)


def kind_of(one: Asked) -> str:
    """Whose words a question is asked in: the last part of its set's name."""
    return str(one.question["set"]).rsplit("-", 1)[-1]


def fit_order(questions: Sequence[Asked], name: str) -> Order:
    """Fit the weights under which the passages that answer have the greatest share (softmax)."""
    answered = [one for one in questions if one.answerable and one.right[:READ].any()]
    counts = _alike(answered)

    def loss(weights: Floats) -> float:
        total = 0.0
        for one, count in zip(answered, counts, strict=True):
            scores = weights[0] * one.read[name].logits[:READ] + weights[1] * one.search[:READ]
            share = np.logaddexp.reduce(scores[one.right[:READ]]) - np.logaddexp.reduce(scores)
            total -= count * share
        return total

    return Order(*map(float, minimize(loss, np.full(2, 0.5)).x))


def fit_sureness(questions: Sequence[Asked], name: str, order: Order) -> Sureness:
    """Fit the probability that the passage that comes first answers (logistic regression).

    The topic counts so much beside the reader as lets the fewest near misses through.
    """
    firsts = [int(order.scores(one, one.read[name]).argmax()) for one in questions]
    pairs = list(zip(questions, firsts, strict=True))
    logits = np.array([one.read[name].logits[first] for one, first in pairs])
    topics = np.array([one.topic[first] for one, first in pairs])
    right = np.array([one.answerable and one.right[first] for one, first in pairs], np.float64)
    kinds = defaultdict(list)
    for number, one in enumerate(questions):
        kinds[kind_of(one)].append(number)
    answerable = np.array([one.answerable for one in questions])

    def let_through(ratio: float) -> float:
        sure = logits + ratio * topics
        shares = []
        for own in map(np.array, kinds.values()):
            known, unknown = sure[own[answerable[own]]], sure[own[~answerable[own]]]
            shares.append(near_misses(known, unknown))
        return float(np.mean(shares))

    shares = {ratio: let_through(ratio) for ratio in RATIOS}
    click.echo(f"near misses answered, by ratio: { ({k: round(v, 3) for k, v in shares.items()}) }")
    ratio = min(shares, key=lambda each: shares[each])
    sure, counts = logits + ratio * topics, _alike(questions)

    def loss(weights: Floats) -> float:
        fitted = weights[0] * sure + weights[1]
        return float((counts * (np.logaddexp(0, fitted) - right * fitted)).sum())

    scale, bias = minimize(loss, np.zeros(2)).x
    return Sureness(float(scale), float(scale * ratio), float(bias))


def near_misses(known: Floats, unknown: Floats) -> float:
    """Return the share of `unknown` answered at the threshold that keeps KEPT_NEAR of `known`."""
    return float(np.mean(unknown >= np.quantile(known, 1 - KEPT_NEAR, method="lower")))


def _alike(questions: Sequence[Asked]) -> Floats:
    """How much each question counts, so that all kinds do alike: (n,), their sum is 1."""
    kinds = [kind_of(one) for one in questions]
    counts = Counter(kinds)
    return np.array([1 / counts[kind] for kind in kinds]) / len(counts)


@click.command()
@click.argument("read", type=click.Path(path_type=Path))
@click.argument("held", nargs=-1, required=True, type=click.Path(path_type=Path))
@click.option("--write", is_flag=True, help="Write the weights into the calibration that ships.")
def main(read: Path, held: tuple[Path, ...], *, write: bool) -> None:
    """Print the weights of the reader's file READ on the dumps HELD, and with --write keep them."""
    calibration = json.loads(CALIBRATION.read_text(encoding="utf-8"))
    questions = asked(held, {"": dict(np.load(read))}, calibration)
    order = fit_order(questions, "")
    weights = {**asdict(order), **asdict(fit_sureness(questions, "", order))}
    click.echo(json.dumps(weights, indent=1))
    if write:
        text = json.dumps({**calibration, **weights}, indent=1)
        CALIBRATION.write_text(text + "\n", encoding="utf-8")
        click.echo(f"wrote {CALIBRATION}")


if __name__ == "__main__":
    main()
