"""The weights that ship with the bot, held against the signals that there are."""

from index.answer.calibration import SIGNALS, TOPIC_SIGNALS, shipped


def test_the_shipped_weights_are_those_of_the_signals_that_there_are() -> None:
    calibration = shipped()
    assert set(calibration.ranking) == set(SIGNALS)
    assert set(calibration.topic) == set(TOPIC_SIGNALS)
