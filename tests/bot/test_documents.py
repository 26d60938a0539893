"""Who types a name is offered the nearest ones."""

import time
from collections.abc import Callable
from types import SimpleNamespace
from typing import cast

import pytest

from bot import documents
from bot.documents import COMPARED, PART_CHARS, choices, closest
from bot.services import Interaction, Reading, Services
from index import Index, Shelf, Source


def test_what_was_typed_may_have_letters_wrong() -> None:
    names = {"guide.md": "guide.md House rules", "faq.md": "faq.md Questions"}
    assert closest("", names) == ["guide.md", "faq.md"]
    assert closest("hose rules", names) == ["guide.md"]
    assert closest("zzzz", names) == []
    assert len(closest("", {str(number): "x" for number in range(40)})) == 25


def test_the_nearest_names_are_offered_wherever_among_many_they_stand() -> None:
    names = {str(number): f"chapter {number}" for number in range(3 * COMPARED)}
    for at in (0, COMPARED - 1, COMPARED, 3 * COMPARED - 1):
        assert closest("hose rules", {**names, str(at): "House rules"}) == [str(at)]
    assert closest("chapter", names) == [str(number) for number in range(25)]


def seconds(typed: str) -> float:
    """How long it takes to compare what was typed with many names."""
    names = {str(number): f"the house rules {number}, part a b c" for number in range(2000)}
    started = time.perf_counter()
    closest(typed, names)
    return time.perf_counter() - started


def test_what_was_typed_may_be_long_at_no_cost() -> None:
    """RapidFuzz takes many times longer for what is longer, and holds everybody up meanwhile."""
    usual = min(seconds("a b c " * 10) for _ in range(3))
    longest = min(seconds("a b c " * 1000) for _ in range(3))
    assert longest < 4 * usual


async def test_a_long_path_is_compared_by_its_end(monkeypatch: pytest.MonkeyPatch) -> None:
    compared: dict[str, str] = {}

    def watched(_typed: str, names: dict[str, str]) -> list[str]:
        compared.update(names)
        return []

    monkeypatch.setattr(documents, "closest", watched)
    path = "folder/" * 300 + "gate.txt"
    listed = [Source(path, "T" * 5000, "", 1)]
    index = SimpleNamespace(sources=lambda: listed)
    reading = Reading(Shelf({"": cast("Index", index)}))

    async def read(*_event: object, private: bool) -> Reading:
        assert private
        return reading

    async def run(_line: int, work: Callable[[Shelf], list[str]], shelf: Shelf) -> list[str]:
        return work(shelf)

    services = SimpleNamespace(reading=read, answers=SimpleNamespace(run=run))
    interaction = SimpleNamespace(guild_id=1)
    offered = await choices(cast("Services", services), cast("Interaction", interaction), "gate")
    assert offered == []
    assert "/gate.txt T" in compared[path]
    assert len(compared[path]) <= 2 * PART_CHARS + 1
