"""A picture is drawn of whatever was asked: much, little, or nothing."""

import struct
import sys

import pytest

from bot.pictures import picture
from bot.records import Span
from bot.records.statistics import DAY_SECONDS


def span(number: int, questions: int) -> Span:
    """A day with so many questions of each kind."""
    made = Span(number * DAY_SECONDS, helpful=questions, unhelpful=number % 3)
    made.kinds.update(dict.fromkeys(("answer", "bad", "nearest", "none"), questions))
    if questions:
        made.seconds.update({25: questions, 150: 1})
    return made


@pytest.mark.parametrize("days", [1, 2, 14, 45])
@pytest.mark.parametrize("questions", [0, 1, 100_000])
def test_it_is_twice_as_wide_as_discord_shows_it(days: int, questions: int) -> None:
    drawn = picture([span(number, questions * (number % 2)) for number in range(1, days + 1)])
    assert drawn is not None
    assert drawn.startswith(b"\x89PNG\r\n")
    width, height = struct.unpack(">II", drawn[16:24])
    assert (width, height) == (1100, 980)
    assert len(drawn) < 500_000


def test_without_matplotlib_there_is_none(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "matplotlib.figure", None)
    assert picture([span(1, 1)]) is None
