"""How signals become a score and a probability: weights fitted on questions, with their origin."""

from collections.abc import Mapping
from dataclasses import dataclass, fields
from importlib import resources
from math import exp

import numpy as np
import numpy.typing as npt
from pydantic import TypeAdapter

from index.domain import Signals

SIGNALS = tuple(field.name for field in fields(Signals))
# Those that mean the same in every corpus.
CONFIDENCE_SIGNALS = ("dense", "late_unit", "reverse_unit", "coverage_unit")


@dataclass(frozen=True, slots=True)
class Calibration:
    """How signals are weighed, by their names, and which questions the weights were fitted on.

    The sum of all signals by the weights of `ranking` orders the units, and passages by their best
    unit. `confidence` and `bias` turn some of them into the probability that a passage answers.
    """

    ranking: Mapping[str, float]
    confidence: Mapping[str, float]
    bias: float
    provenance: str

    @property
    def ranking_weights(self) -> npt.NDArray[np.float32]:
        """The weights of `ranking` in the order of `SIGNALS`: (signals,) float32."""
        return np.array([self.ranking[name] for name in SIGNALS], np.float32)

    def probability(self, signals: Signals) -> float:
        """Return how likely it is that a passage with these signals answers (0 to 1)."""
        total = self.bias
        for name, weight in self.confidence.items():
            total += weight * getattr(signals, name)
        return 1 / (1 + exp(-total))


def shipped() -> Calibration:
    """Return the calibration that ships with the bot."""
    data = resources.files("index.answer").joinpath("calibration.json").read_bytes()
    return TypeAdapter(Calibration).validate_json(data)
