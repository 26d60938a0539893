"""Dumped candidates with what readers say of them, and what search by itself says."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from index.domain import Span
from index.evaluation.questions import ANSWERABLE, Place, Words
from tests.tools.reader.data import lines

CALIBRATION = Path(__file__).parents[3] / "index" / "answer" / "calibration.json"
UNREAD = -1e6
Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Read:
    """What a reader says of every candidate of a question, in search's order."""

    logits: Floats
    units: Ints
    firsts: Ints
    lasts: Ints

    def ordered(self, order: Ints) -> "Read":
        """Return what it says of the candidates in another order."""
        return Read(self.logits[order], self.units[order], self.firsts[order], self.lasts[order])


@dataclass(frozen=True, slots=True)
class Asked:
    """A dumped question, and what each reader says.

    Of every candidate, `search` is its score before reading, and `topic` the logarithm of how
    likely its signals make it that it is on the question's topic.
    """

    question: dict[str, Any]
    read: dict[str, Read]
    search: Floats
    topic: Floats

    @property
    def hits(self) -> list[dict[str, Any]]:
        """The candidates."""
        found: list[dict[str, Any]] = self.question["hits"]
        return found

    @property
    def right(self) -> npt.NDArray[np.bool_]:
        """Which of the candidates answer."""
        return np.array([hit["right"] for hit in self.hits])

    @property
    def answerable(self) -> bool:
        """Whether the documents answer."""
        return bool(self.question["kind"] == ANSWERABLE)

    def answered(self, number: int, start: int, end: int) -> bool:
        """Whether the text of candidate `number` from `start` to `end` answers."""
        key, hit = self.question["key"], self.hits[number]
        if "words" in key:
            quote = hit["text"][start:end]
            words = Words(tuple(key["files"]), tuple(map(tuple, key["words"])))
            return words.answered_by(hit["path"], Span(0, len(quote)), quote)
        place = Place(key["path"], Span(0, 0), tuple(Span(*each) for each in key["answers"]))
        return place.answered_by(hit["path"], Span(hit["start"] + start, hit["start"] + end), "")


def asked(
    dumps: Sequence[Path], read: Mapping[str, Mapping[str, Any]], calibration: Mapping[str, Any]
) -> list[Asked]:
    """Read the questions of dumps for which search found something.

    `read` has by each reader's name the arrays that it wrote of the pairs of these dumps.
    """
    result = []
    place = 0
    for question in (each for dump in dumps for each in lines(dump)):
        own = slice(place, place + len(question["hits"]))
        place = own.stop
        said = {
            name: Read(
                each["logit"][own].astype(np.float64),
                *(each[array][own].astype(np.int64) for array in ("unit", "first", "last")),
            )
            for name, each in read.items()
        }
        if question["hits"]:
            search = weighed(question["hits"], calibration["ranking"])
            logits = weighed(question["hits"], calibration["topic"]) + calibration["topic_bias"]
            topic = -np.logaddexp(0, -logits)
            # The weights may be others than those that the candidates were put in order by.
            order = np.argsort(-search, kind="stable")
            hits = [question["hits"][place] for place in order]
            read_so = {name: each.ordered(order) for name, each in said.items()}
            result.append(Asked(question | {"hits": hits}, read_so, search[order], topic[order]))
    return result


def signals_of(hits: Sequence[Mapping[str, Any]], names: Iterable[str]) -> Floats:
    """Return the signals of these names of each candidate: (candidates, names)."""
    wanted = list(names)
    return np.array([[hit["signals"][name] for name in wanted] for hit in hits], np.float64)


def weighed(hits: Sequence[Mapping[str, Any]], weights: Mapping[str, float]) -> Floats:
    """Return the sum of each candidate's signals by their weights."""
    found: Floats = signals_of(hits, weights) @ np.array(list(weights.values()))
    return found
