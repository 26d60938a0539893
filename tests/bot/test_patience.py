"""What is waited for no longer goes on: discord.py must not be cut short."""

import asyncio

import pytest

from bot.patience import within


async def test_what_takes_too_long_is_left_to_end_by_itself() -> None:
    ended = asyncio.Event()

    async def work() -> None:
        await asyncio.sleep(0.05)
        ended.set()

    with pytest.raises(TimeoutError):
        await within(0.01, work())
    await asyncio.wait_for(ended.wait(), 1)


async def test_what_it_does_in_time_is_what_comes_of_it() -> None:
    async def work(fails: BaseException | None) -> str:
        if fails:
            raise fails
        return "done"

    assert await within(1, work(None)) == "done"
    with pytest.raises(ValueError, match="wrong"):
        await within(1, work(ValueError("wrong")))


async def test_who_gives_up_waiting_cuts_nothing_short() -> None:
    ended = asyncio.Event()

    async def work() -> None:
        await asyncio.sleep(0.05)
        ended.set()

    waiting = asyncio.create_task(within(1, work()))
    await asyncio.sleep(0.01)
    waiting.cancel()
    await asyncio.wait({waiting})
    await asyncio.wait_for(ended.wait(), 1)
