"""How signals become a score and a probability: weights fitted on questions, with their origin."""

from collections.abc import Mapping
from dataclasses import dataclass, fields
from importlib import resources
from math import exp, log1p

import numpy as np
import numpy.typing as npt
from pydantic import TypeAdapter

from index.domain import Signals

SIGNALS = tuple(field.name for field in fields(Signals))
# Those that mean the same in every corpus.
TOPIC_SIGNALS = ("dense", "late")


@dataclass(frozen=True, slots=True)
class Calibration:
    """How signals and the reader are weighed, and what the weights were fitted on.

    The sum of all signals by the weights of `ranking`, by their names, orders passages; `topic` and
    `topic_bias` turn some of them into how likely a passage is on the question's topic. For a
    passage that was read, `score_reader` of the logit and `score_ranking` of that sum make its
    score; `answer_reader` of the logit, `answer_topic` of the logarithm of the topic's probability
    and `answer_bias` make the logit of how likely it answers.
    """

    ranking: Mapping[str, float]
    topic: Mapping[str, float]
    topic_bias: float
    score_reader: float
    score_ranking: float
    answer_reader: float
    answer_topic: float
    answer_bias: float
    provenance: str

    @property
    def ranking_weights(self) -> npt.NDArray[np.float32]:
        """The weights of `ranking` in the order of `SIGNALS`: (signals,) float32."""
        return np.array([self.ranking[name] for name in SIGNALS], np.float32)

    def read_score(self, ranking: float, answers: float) -> float:
        """Return the score of a passage with this sum of signals and this logit of the reader."""
        return self.score_reader * answers + self.score_ranking * ranking

    def probability(self, signals: Signals, answers: float) -> float:
        """Return how likely it is that a passage answers (0 to 1)."""
        weighed = (weight * getattr(signals, name) for name, weight in self.topic.items())
        topic = -log1p(exp(-(self.topic_bias + sum(weighed))))
        return self._answering(answers, topic)

    def on_topic(self, answers: float) -> float:
        """Return how likely a passage answers that is on the question's topic for certain."""
        return self._answering(answers, 0.0)

    def _answering(self, answers: float, topic: float) -> float:
        logit = self.answer_reader * answers + self.answer_topic * topic + self.answer_bias
        return 1 / (1 + exp(-logit))


def shipped() -> Calibration:
    """Return the calibration that ships with the bot."""
    data = resources.files("index.answer").joinpath("calibration.json").read_bytes()
    return TypeAdapter(Calibration).validate_json(data)
