"""How signals become a score and a probability: weights fitted on questions, with their origin."""

from dataclasses import dataclass, fields
from importlib import resources
from math import exp

from pydantic import TypeAdapter

from index.domain import Signals

RANKED = tuple(each.name for each in fields(Signals))
# Those that mean the same in every corpus.
FEATURES = ("dense", "late_unit", "reverse_unit", "coverage_unit")


@dataclass(frozen=True, slots=True)
class Calibration:
    """How signals are weighed, and which questions the weights were fitted on.

    `ranking` has the weights of `RANKED`; their sum orders the units, and passages by their best
    unit. `weights` and `bias` turn `FEATURES` into the probability that a passage answers.
    """

    ranking: tuple[float, ...]
    weights: tuple[float, ...]
    bias: float
    provenance: str

    def probability(self, signals: Signals) -> float:
        """Return how likely it is that a passage with these signals answers (0 to 1)."""
        total = self.bias
        for weight, value in zip(self.weights, features(signals), strict=True):
            total += weight * value
        return 1 / (1 + exp(-total))


def features(signals: Signals) -> tuple[float, ...]:
    """The signals that count for confidence, in the order of `FEATURES`."""
    return tuple(getattr(signals, name) for name in FEATURES)


def shipped() -> Calibration:
    """Return the calibration that ships with the bot."""
    data = resources.files("index.answer").joinpath("calibration.json").read_bytes()
    return TypeAdapter(Calibration).validate_json(data)
