"""A plan says what would come and go, and waits for a while."""

import time
from pathlib import Path

import pytest

from bot.uploads import Uploads
from bot.uploads.plans import COMPARED_BYTES, compare
from bot.uploads.waiting import WAITING_BYTES, WAITING_SECONDS, Waiting
from tests.support.uploads import TEA, place

pytestmark = pytest.mark.usefixtures("untried")


def test_lines_are_compared_in_time_as_long_as_they_are() -> None:
    old = b"".join(b"line %d\n" % number for number in range(100_000))
    new = b"".join(b"line %d\n" % number for number in reversed(range(2, 100_001)))
    started = time.perf_counter()
    lines = compare(old, new)
    assert time.perf_counter() - started < 5
    assert lines is not None
    assert (lines.come, lines.go) == (1, 2)
    assert (lines.first, lines.last) == (("line 100000",), ("line 0", "line 1"))
    assert compare(b"x" * (COMPARED_BYTES + 1), old) is None
    assert compare(b"a\0b", old) is None


def test_a_plan_is_taken_once_and_by_its_member(seeds: Path, uploads: Uploads) -> None:
    plan = uploads.plan_add(place(seeds), "tea.md", TEA)
    plans = Waiting()
    name = plans.put(1, plan)
    assert plans.take(name, 2) is None
    assert plans.take("other", 1) is None
    assert plans.take(name, 1) is plan
    assert plans.take(name, 1) is None


def test_a_plan_is_forgotten(
    seeds: Path, uploads: Uploads, monkeypatch: pytest.MonkeyPatch
) -> None:
    plan = uploads.plan_add(place(seeds), "tea.md", TEA)
    plans = Waiting()
    now = time.monotonic()
    name, later = plans.put(1, plan), now + WAITING_SECONDS + 1
    monkeypatch.setattr(time, "monotonic", lambda: later)
    assert plans.take(name, 1) is None


def test_plans_that_hold_too_much_go(seeds: Path, uploads: Uploads) -> None:
    here = place(seeds, max_file_mb=100.0)
    large = b"x" * (WAITING_BYTES // 2 + 1)
    plans = Waiting()
    first, second = (
        plans.put(1, uploads.plan_add(here, name, large)) for name in ("a.csv", "b.csv")
    )
    assert plans.take(first, 1) is None
    assert plans.take(second, 1) is not None
    alone = plans.put(1, uploads.plan_add(here, "a.csv", 2 * large))
    assert plans.take(alone, 1) is not None
