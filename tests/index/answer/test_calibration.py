"""The weights that ship with the bot, held against the signals that there are."""

import math

from index.answer.calibration import SIGNALS, TOPIC_SIGNALS, shipped
from index.domain import Signals


def test_the_shipped_weights_are_those_of_the_signals_that_there_are() -> None:
    calibration = shipped()
    assert set(calibration.ranking) == set(SIGNALS)
    assert set(calibration.topic) == set(TOPIC_SIGNALS)


def test_what_is_on_the_topic_for_certain_is_as_likely_as_the_best_signals_make_it() -> None:
    calibration = shipped()
    weak, strong = Signals(0.2, 0.5, 0.4), Signals(1.0, 2.0, 1.0)
    assert calibration.probability(weak, -1.0) < calibration.on_topic(-1.0)
    assert math.isclose(
        calibration.probability(strong, -1.0), calibration.on_topic(-1.0), rel_tol=0.01
    )
