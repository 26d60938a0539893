"""What a member, a channel and a server may ask is counted apart, and forgotten after a minute."""

import time
import tracemalloc
from collections.abc import Callable

import pytest

from bot import limits
from bot.errors import TooMany
from bot.limits import Asker, Kind, Limits
from bot.serving import windows
from bot.serving.metrics import LIMITED, Metrics
from bot.settings import LimitSettings


class Clock:
    """The time, as a test sets it."""

    def __init__(self) -> None:
        """Begin somewhere."""
        self.now = 1000.0

    def monotonic(self) -> float:
        """Tell it."""
        return self.now


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    """The clock of the limits."""
    clock = Clock()
    monkeypatch.setattr(windows, "time", clock)
    return clock


def allowed(ask: Callable[[Asker], None], *askers: Asker) -> int:
    """How many of them may ask."""
    count = 0
    for asker in askers:
        try:
            ask(asker)
        except TooMany:
            continue
        count += 1
    return count


@pytest.mark.parametrize("kind", [Kind.QUESTION, Kind.LOOK, Kind.TYPING])
def test_each_limit_holds_for_itself_and_for_every_kind(kind: Kind, clock: Clock) -> None:
    settings = LimitSettings(member_per_minute=2, channel_per_minute=3, server_per_minute=5)
    limited = Limits(settings)
    times = limits.TIMES[kind]

    def ask(asker: Asker) -> None:
        limited.check(asker, kind)

    assert allowed(ask, *[Asker(1, 10, 100)] * 20 * times) == 2 * times
    # The same member in another server; another member there.
    assert allowed(ask, Asker(1, 20, 200)) == 0
    assert allowed(ask, *[Asker(2, 20, 200)] * 20 * times) == 2 * times
    # Others in the channel, then in another channel of the server, then in a direct message.
    assert allowed(ask, *[Asker(3, 10, 100)] * 20 * times) == times
    assert allowed(ask, *[Asker(4, 11, 100)] * 20 * times) == 2 * times
    assert allowed(ask, Asker(5, 12, 100)) == 0
    assert allowed(ask, Asker(5, 50, 0)) == 1
    clock.now += windows.SECONDS + 1
    assert allowed(ask, Asker(5, 12, 100), Asker(1, 20, 200)) == 2


def test_one_kind_leaves_the_others_alone() -> None:
    limited = Limits(LimitSettings(member_per_minute=1))
    ann = Asker(1, 10, 100)
    limited.check(ann)
    with pytest.raises(TooMany):
        limited.check(ann)
    limited.check(ann, Kind.LOOK)
    limited.check(ann, Kind.TYPING)


def test_no_limit_is_no_limit() -> None:
    none = LimitSettings(member_per_minute=0, channel_per_minute=0, server_per_minute=0)
    limited = Limits(none)
    assert allowed(limited.check, *[Asker(1, 10, 100)] * 5000) == 5000


def test_the_refusal_says_whose_limit_it_is_and_when_it_ends(clock: Clock) -> None:
    limited = Limits(LimitSettings(member_per_minute=1, server_per_minute=2))
    limited.check(Asker(1, 10, 100))
    clock.now += 57.5
    with pytest.raises(TooMany, match=r"You have asked once .* please ask again in 3 seconds\."):
        limited.check(Asker(1, 10, 100))
    limited.check(Asker(2, 10, 100))
    with pytest.raises(TooMany, match=r"This server has asked 2 times .* in 3 seconds\."):
        limited.check(Asker(3, 10, 100))
    clock.now += 2.5
    limited.check(Asker(3, 10, 100))


def test_a_clock_that_is_set_back_shuts_nobody_out(
    clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(time, "time", lambda: 0.0)
    limited = Limits(LimitSettings(member_per_minute=1))
    limited.check(Asker(1, 10, 100))
    clock.now += 60
    limited.check(Asker(1, 10, 100))


def test_a_flood_is_told_once_to_a_member_and_to_a_few_of_many(clock: Clock) -> None:
    metrics = Metrics()
    limited = Limits(LimitSettings(), metrics)
    assert [limited.may_be_told(Asker(1, 10, 100)) for _ in range(50)] == [True] + [False] * 49
    told = sum(limited.may_be_told(Asker(member, 10, 100)) for member in range(2, 1000))
    assert told == limits.WORDS["channel"] - 1
    channels = range(1000, 2000)
    told += sum(limited.may_be_told(Asker(each, each, 100)) for each in channels)
    assert told == limits.WORDS["server"] - 1
    servers = range(2000, 3000)
    told += sum(limited.may_be_told(Asker(each, each, each)) for each in servers)
    assert told == limits.WORDS["everybody"] - 1
    assert 'seedbot_limited_total{kind="word"} 2988.0' in metrics.text().decode()
    clock.now += 60
    assert limited.may_be_told(Asker(1, 10, 100))


def test_what_is_refused_is_counted_by_kind() -> None:
    metrics = Metrics()
    limited = Limits(LimitSettings(member_per_minute=1), metrics)
    assert {kind.value for kind in Kind} == set(LIMITED)
    for kind in limits.TIMES:
        for _ in range(limits.TIMES[kind]):
            limited.check(Asker(1, 10, 100), kind)
        with pytest.raises(TooMany):
            limited.check(Asker(1, 10, 100), kind)
        assert f'seedbot_limited_total{{kind="{kind.value}"}} 1.0' in metrics.text().decode()


def seconds_for(members: int) -> float:
    """Let so many members ask, and return what the last thousand took."""
    limited = Limits(LimitSettings(server_per_minute=0, channel_per_minute=0))
    for member in range(1, members):
        limited.check(Asker(member, 10, 100))
    started = time.perf_counter()
    for member in range(members, members + 1000):
        limited.check(Asker(member, 10, 100))
    return time.perf_counter() - started


def test_a_question_takes_no_longer_the_more_members_have_asked() -> None:
    few = min(seconds_for(1000) for _ in range(3))
    many = min(seconds_for(50_000) for _ in range(3))
    assert many < 5 * few


def test_members_are_forgotten_after_a_minute_and_never_remembered_without_end(
    clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(windows, "MOST", 1000)
    limited = Limits(LimitSettings(channel_per_minute=0, server_per_minute=0))

    def grown(members: range) -> int:
        tracemalloc.start()
        for member in members:
            limited.check(Asker(member, member, member))
        size, _ = tracemalloc.get_traced_memory()
        tracemalloc.stop()
        return size

    assert grown(range(1, 100_001)) < 1000 * 500
    # The newest are remembered, so a flood frees nobody who takes part in it.
    assert allowed(limited.check, *[Asker(100_000, 1, 1)] * 20) == 9
    clock.now += 60
    limited.check(Asker(1, 1, 1))
    assert [len(each._counts) for each in limited._windows.values() if each._counts] == [1]  # noqa: SLF001
