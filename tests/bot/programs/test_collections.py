"""No program is told anything of a document that isn't for it."""

import pytest

from bot.errors import NotFound
from bot.programs.requests import Ask, ListAll, LookUp, Read
from tests.bot.programs.conftest import See

EVERYBODY = {"guide/gate.md"}
SEEN: list[tuple[tuple[str, ...], set[str]]] = [
    ((), set()),
    (("role:3",), {"staff/alarm.md"}),
    (("role:4", "server:8", "channel:3"), set()),
    (("channel:5",), {"club/cellar.md"}),
    (("server:9",), {"club/cellar.md"}),
    (("server:7",), {"servers/7/ferry.md"}),
    (("server:7", "role:3"), {"servers/7/ferry.md", "staff/alarm.md"}),
]


@pytest.mark.parametrize(("who", "more"), SEEN)
async def test_what_is_seen_is_listed_found_and_read_and_nothing_else(
    see: See, who: tuple[str, ...], more: set[str]
) -> None:
    programs = see(*who)
    listed = await programs.list_all(ListAll())
    seen = {each["path"] for each in listed["documents"]}
    assert seen == EVERYBODY | more
    assert listed["total"] == len(seen)
    for words in ("code of the alarm", "password of the cellar", "ferry to the island", "gate"):
        found = await programs.look_up(LookUp(query=words, count=25))
        assert {each["path"] for each in found["passages"]} <= seen
        answer = await programs.ask(Ask(question=f"What is the {words}?"))
        assert {each["path"] for each in answer["citations"]} <= seen
    for path in ("staff/alarm.md", "club/cellar.md", "servers/7/ferry.md"):
        if path in seen:
            assert (await programs.read(Read(path=path)))["path"] == path
            continue
        # A document that isn't for a program is told from one that isn't there by nothing.
        for asked in (path, "there/is/none.md"):
            with pytest.raises(NotFound, match=f"^there is no document '{asked}'$"):
                await programs.read(Read(path=asked))
            with pytest.raises(NotFound, match=f"^there is no document '{asked}'$"):
                await programs.look_up(LookUp(query="alarm", path=asked))
