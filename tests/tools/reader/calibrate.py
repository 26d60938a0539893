"""How the product weighs its signals and the reader: fitted on what is held out.

python -m tests.tools.reader.calibrate READ.npz HELD… [--write]

READ begins with the pairs of the HELD dumps, as `evalset` was given them; what the file that ships
says of them is what it should be (`exported`). Each dump is of questions in members' words, in the
documents' own or about another documentation, which the last part of its name says
(`held-borg-authored`, `held-borg-balance`, `held-borg-off`); all kinds count alike, however many
there are.
"""

import json
from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import click
import numpy as np
from scipy.optimize import minimize

from index.answer.calibration import SIGNALS, TOPIC_SIGNALS
from index.answer.search import READ
from index.evaluation.figures import answered_keeping
from index.evaluation.questions import OFF_CORPUS
from tests.tools.reader.dumps import CALIBRATION, UNREAD, Asked, Floats, Read, asked, signals_of

# Near misses are counted at the threshold that answers this share of the answerable questions.
KEPT_NEAR = 0.9
# How much the topic may count beside the logit: few, since neighbours differ by chance.
RATIOS = (0.0, 0.25, 0.5, 0.75, 1.0, 1.5)
RIDGE = 1e-3


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


def fit_shares(
    questions: Sequence[Asked], columns: Sequence[Floats], start: float
) -> tuple[float, ...]:
    """Fit the weights under which what answers has the greatest share (softmax).

    `columns` has for each question what is weighed of its best candidates: (candidates, weights).
    """
    pairs = [
        (own, one.right[: len(own)])
        for one, own in zip(questions, columns, strict=True)
        if one.answerable
    ]
    kept = [number for number, (_, right) in enumerate(pairs) if right.any()]
    counts = _alike([one for one in questions if one.answerable])

    def loss(weights: Floats) -> float:
        total = RIDGE * float(weights @ weights) / 100
        for number in kept:
            own, right = pairs[number]
            scores = own @ weights
            share = np.logaddexp.reduce(scores[right]) - np.logaddexp.reduce(scores)
            total -= counts[number] * share
        return total

    return tuple(map(float, minimize(loss, np.full(columns[0].shape[1], start)).x))


def fit_ranking(questions: Sequence[Asked]) -> dict[str, float]:
    """Fit how search weighs its signals."""
    columns = [signals_of(one.hits, SIGNALS) for one in questions]
    return dict(zip(SIGNALS, fit_shares(questions, columns, 1.0), strict=True))


def fit_topic(questions: Sequence[Asked]) -> tuple[dict[str, float], float]:
    """Fit what tells the best passage for a question about its documentation from others'."""
    rows = np.array([signals_of(one.hits[:1], TOPIC_SIGNALS)[0] for one in questions])
    own = np.array([one.question["kind"] != OFF_CORPUS for one in questions])
    weights = _logistic(rows, own.astype(np.float64), _alike(questions, own.tolist()))
    return dict(zip(TOPIC_SIGNALS, weights[:-1], strict=True)), weights[-1]


def fit_order(questions: Sequence[Asked], name: str) -> Order:
    """Fit how much the logit counts and how much search's own score."""
    columns = [
        np.column_stack([one.read[name].logits[:READ], one.search[:READ]]) for one in questions
    ]
    return Order(*fit_shares(questions, columns, 0.5))


def fit_sureness(questions: Sequence[Asked], name: str, order: Order) -> Sureness:
    """Fit the probability that the passage that comes first answers (logistic regression).

    The topic counts so much beside the reader as lets the fewest questions through that aren't
    answered.
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
            if len(known):
                shares.append(near_misses(known, unknown))
            else:
                shares.append(answered_keeping(sure[answerable], unknown))
        return float(np.mean(shares))

    shares = {ratio: let_through(ratio) for ratio in RATIOS}
    click.echo(f"let through, by ratio: { ({k: round(v, 3) for k, v in shares.items()}) }")
    ratio = min(shares, key=lambda each: shares[each])
    near = np.array([one.question["kind"] != OFF_CORPUS for one in questions])
    sure = (logits + ratio * topics)[near, None]
    counts = _alike([one for one, kept in zip(questions, near, strict=True) if kept])
    scale, bias = _logistic(sure, right[near], counts)
    return Sureness(scale, scale * ratio, bias)


def _logistic(rows: Floats, truth: Floats, counts: Floats) -> list[float]:
    """Fit weights and a bias: (columns + 1,)."""
    centre, size = rows.mean(axis=0), rows.std(axis=0)
    scaled = (rows - centre) / size

    def loss(weights: Floats) -> float:
        fitted = scaled @ weights[:-1] + weights[-1]
        ridge = RIDGE * float(weights[:-1] @ weights[:-1])
        return float((counts * (np.logaddexp(0, fitted) - truth * fitted)).sum()) + ridge

    found = minimize(loss, np.zeros(rows.shape[1] + 1)).x
    weights = found[:-1] / size
    return [*map(float, weights), float(found[-1] - weights @ centre)]


def near_misses(known: Floats, unknown: Floats) -> float:
    """Return the share of `unknown` answered at the threshold that keeps KEPT_NEAR of `known`."""
    return float(np.mean(unknown >= np.quantile(known, 1 - KEPT_NEAR, method="lower")))


def _alike(questions: Sequence[Asked], parts: Sequence[Any] = ()) -> Floats:
    """How much each question counts, so that all kinds do alike: (n,), their sum is 1.

    The kinds are whose words questions are asked in, or `parts`, one a question.
    """
    kinds = list(parts) or [kind_of(one) for one in questions]
    counts = Counter(kinds)
    return np.array([1 / counts[kind] for kind in kinds]) / len(counts)


def fitted(held: Sequence[Path], read: Mapping[str, Any], old: Mapping[str, Any]) -> dict[str, Any]:
    """Return the calibration with all of its weights fitted, one after the other."""
    new = dict(old)
    new["ranking"] = fit_ranking(asked(held, {}, new))
    new["topic"], new["topic_bias"] = fit_topic(asked(held, {}, new))
    questions = asked(held, {"": read}, new)
    order = fit_order(questions, "")
    return new | asdict(order) | asdict(fit_sureness(questions, "", order))


@click.command()
@click.argument("read", type=click.Path(path_type=Path))
@click.argument("held", nargs=-1, required=True, type=click.Path(path_type=Path))
@click.option("--write", is_flag=True, help="Write the weights into the calibration that ships.")
def main(read: Path, held: tuple[Path, ...], *, write: bool) -> None:
    """Print the weights of the reader's file READ on the dumps HELD, and with --write keep them."""
    calibration = json.loads(CALIBRATION.read_text(encoding="utf-8"))
    weights = fitted(held, dict(np.load(read)), calibration)
    text = json.dumps(weights, indent=1)
    click.echo(text)
    if write:
        CALIBRATION.write_text(text + "\n", encoding="utf-8")
        click.echo(f"wrote {CALIBRATION}")


if __name__ == "__main__":
    main()
