"""Measures for how long the event loop stands still while members use a large index.

    python -m tests.tools.endurance.stalls [MEGABYTES] [HEADINGS] [FILES]

The real bot in a simulated Discord; each of FILES documents is one text of MEGABYTES with HEADINGS.
For all that can be done with the bot, the longest time is told that a call put to the event loop
had to wait. It holds what others need, Python's lock included: what holds that in another thread
stops the loop as well.
"""

import asyncio
import logging
import sys
import tempfile
import threading
import time
from collections import defaultdict
from pathlib import Path
from typing import Self

import simcord

from bot.client import SeedBot
from bot.services import Services
from bot.serving.service import AnswerService
from bot.settings import BotConfig, LimitSettings, RecordSettings
from index import Index, IndexSettings, Library, open_index
from tests.support.builder import Builder
from tests.support.everything import use_everything
from tests.support.large_index import LargeIndex
from tests.support.model import SEEDS, exported, for_a_script

LONGEST_SECONDS = 0.2
EVERY_SECONDS = 0.002
NO_LIMITS = LimitSettings(member_per_minute=0, channel_per_minute=0, server_per_minute=0)


class Probe:
    """A thread that asks the event loop again and again to do nothing, and times it."""

    def __init__(self) -> None:
        """Ask the loop that is running."""
        self.longest: defaultdict[str, float] = defaultdict(float)
        self.doing = "starting"
        self._loop = asyncio.get_running_loop()
        self._ending = threading.Event()
        self._thread = threading.Thread(target=self._run, name="probe", daemon=True)

    def note(self, doing: str) -> None:
        """Put what is measured from now on under this name."""
        self.doing = doing
        self.longest[doing] = 0.0

    def __enter__(self) -> Self:
        """Begin."""
        self._thread.start()
        return self

    def __exit__(self, *_error: object) -> None:
        """End; the loop isn't waited for."""
        self._ending.set()

    def _run(self) -> None:
        while not self._ending.wait(EVERY_SECONDS):
            done, doing, started = threading.Event(), self.doing, time.perf_counter()
            self._loop.call_soon_threadsafe(done.set)
            while not done.wait(1) and not self._ending.is_set():
                pass
            waited = time.perf_counter() - started
            self.longest[doing] = max(self.longest[doing], waited)


async def run(index: Index, records: Path, size: tuple[int, int, int]) -> dict[str, float]:
    """Use everything; return the longest wait in seconds for each thing that was done."""
    large = LargeIndex(index, *size)
    config = BotConfig(limits=NO_LIMITS, records=RecordSettings(file=str(records)))
    service = AnswerService(Library.of_one(large), config.service, config.logging)
    services = Services.configured(config, service)
    try:
        async with simcord.run(SeedBot(services), settle_timeout=120.0) as env:
            with Probe() as probe:
                await use_everything(env, large, probe.note)
                probe.note("nothing")
                await asyncio.sleep(0.2)
    finally:
        await services.records.close()
        service.close()
    return dict(probe.longest)


def main(megabytes: int, headings: int, files: int) -> int:
    """Run on the documents in `seeds`; 1 if the loop stood still for too long."""
    logging.disable(logging.WARNING)
    with tempfile.TemporaryDirectory() as folder:
        embedder = exported(for_a_script(Path(folder)))
        settings = IndexSettings(seeds=str(SEEDS), store=f"{folder}/store")
        index = open_index(settings, embedder=embedder, builder=Builder(embedder))
        index.answer("Is everything ready?")
        longest = asyncio.run(run(index, Path(folder) / "r.sqlite", (megabytes, headings, files)))
    for doing, seconds in longest.items():
        mark = " too long" if seconds > LONGEST_SECONDS else ""
        sys.stdout.write(f"{seconds:6.3f} s  {doing}{mark}\n")
    return int(max(longest.values()) > LONGEST_SECONDS)


if __name__ == "__main__":
    given = [*sys.argv[1:], *["20", "30000", "10000"][len(sys.argv) - 1 :]]
    sys.exit(main(*map(int, given)))
