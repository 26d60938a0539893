"""Dumped candidates with what readers say of them, and what search by itself says."""

from collections.abc import Mapping, Sequence
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
            search = np.array([hit["score"] for hit in question["hits"]], np.float64)
            topic = on_topic([hit["signals"] for hit in question["hits"]], calibration)
            result.append(Asked(question, said, search, topic))
    return result


def on_topic(signals: Sequence[Mapping[str, float]], calibration: Mapping[str, Any]) -> Floats:
    """Return how likely each passage is on the topic, as the product reckons it: logarithms."""
    columns = np.array([[each[name] for name in calibration["topic"]] for each in signals])
    logits = columns @ np.array(list(calibration["topic"].values())) + calibration["topic_bias"]
    found: Floats = -np.logaddexp(0, -logits)
    return found
