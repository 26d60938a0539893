"""A reply is handed over once, whichever of several processes is asked."""

import asyncio
from pathlib import Path

import pytest

from bot.records import Handed, Records, handing
from bot.settings import RecordSettings


async def test_of_several_processes_one_hands_over(tmp_path: Path) -> None:
    several = [Records(RecordSettings(file=str(tmp_path / "bot.sqlite"))) for _ in range(3)]
    for each in several:
        await each.open()
    won = await asyncio.gather(*(Handed(each).claim(1, 2) for each in several))
    assert sorted(won) == [False, False, True]
    first, second, _ = (Handed(each) for each in several)
    await first.give_up(1)
    assert await second.claim(1, 2)
    await second.done(1, 7)
    await first.give_up(1)
    assert await first.thread(1) == 7
    for each in several:
        await each.close()


async def test_who_died_before_there_was_a_thread_stands_in_nobodys_way(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    records = Records(RecordSettings(file=str(tmp_path / "bot.sqlite")))
    handed = Handed(records)
    assert await handed.claim(1, 2)
    monkeypatch.setattr(handing, "CLAIMED_SECONDS", -1.0)
    assert await handed.claim(1, 2)
    await handed.done(1, 7)
    assert not await handed.claim(1, 2)
    await records.close()
