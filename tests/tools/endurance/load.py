"""Lets many members ask at once, through a stand-in for Discord on real sockets.

    python -m tests.tools.endurance.load [INTERACTIONS] [MEMBERS]

The real bot with the real model answers `/ask`, first with every member asking again as soon as an
answer is there, then with all of it (a thousand at the most) asked at one moment. Discord takes an
acknowledgement for three seconds only. What the bot refuses because too much is waiting has got its
reply as well, and is counted by itself.
"""

import asyncio
import contextlib
import gc
import itertools
import logging
import statistics
import sys
import tempfile
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from bot.client import SeedBot
from bot.services import Services
from bot.serving.service import AnswerService
from bot.settings import BotConfig, LimitSettings, RecordSettings
from index import Index, IndexSettings, Library, open_index
from tests.support.builder import Builder
from tests.support.discord_server.payloads import Payload
from tests.support.discord_server.rest import Exchange
from tests.support.discord_server.server import DiscordServer, at_rest, until
from tests.support.model import exported, for_a_script

SEEDS = Path(__file__).parents[3] / "seeds"
QUESTIONS = (
    "Who directed All of Us Strangers?",
    "Where were the nightclub scenes shot?",
    "What is the runtime?",
    "How long do I boil an egg?",
)
BURST = 1000
NO_LIMITS = LimitSettings(member_per_minute=0, channel_per_minute=0, server_per_minute=0)
# Longer than the bot takes to give a question up; what has no reply by then is lost.
PATIENCE_SECONDS = 60.0
REFUSED = "Too many questions"


@dataclass
class Tally:
    """What became of the interactions; times in seconds."""

    acknowledged: list[float] = field(default_factory=list)
    answered: list[float] = field(default_factory=list)
    kinds: Counter[str] = field(default_factory=Counter)

    def add(self, exchange: Exchange) -> None:
        """Count what an interaction has got in the end."""
        if exchange.acknowledged is not None:
            self.acknowledged.append(exchange.acknowledged)
        self.kinds["lost"] += not exchange.replies or exchange.acknowledged is None
        self.kinds["doubled"] += len(exchange.replies) > 1 or exchange.edits > 1
        for reply in exchange.replies:
            refused = reply["content"].startswith(REFUSED)
            good = refused or bool(reply["embeds"])
            self.kinds["refused" if refused else "answered" if good else "failed"] += 1
            if good and not refused and exchange.answered is not None:
                self.answered.append(exchange.answered)

    @property
    def wrong(self) -> int:
        """How many were lost, doubled, or told of a failure."""
        return self.kinds["lost"] + self.kinds["doubled"] + self.kinds["failed"]

    def report(self, name: str) -> str:
        """What to print."""
        kinds = ", ".join(
            f"{self.kinds[kind]} {kind}"
            for kind in ("answered", "refused", "failed", "lost", "doubled")
        )
        return (
            f"{name}: {len(self.acknowledged)} acknowledged within 3 s; {kinds}\n"
            f"  acknowledgement {quantiles(self.acknowledged)}, answer {quantiles(self.answered)}\n"
        )


def quantiles(seconds: list[float]) -> str:
    """The median and the time that 95% are within."""
    parts = statistics.quantiles(seconds, n=20, method="inclusive")
    return f"p50 {parts[9]:.3f} s, p95 {parts[18]:.3f} s"


def resident_mb() -> float:
    """The memory that the process holds, in MB."""
    gc.collect()
    status = Path("/proc/self/status").read_text(encoding="ascii")
    [line] = [each for each in status.splitlines() if each.startswith("VmRSS")]
    return int(line.split()[1]) / 1024


async def one_after_another(server: DiscordServer, members: list[Payload], count: int) -> Tally:
    """Let every member ask again as soon as the last question is answered."""
    tally = Tally()
    numbers = iter(range(count))

    async def ask(member: Payload) -> None:
        for number in numbers:
            exchange = await asked(server, member, number)
            await replied([exchange])
            # A second reply would come at once; its place is looked at a little later.
            await asyncio.sleep(0.05)
            tally.add(exchange)
            server.forget(exchange)

    await asyncio.gather(*[ask(each) for each in members])
    return tally


async def at_once(server: DiscordServer, members: list[Payload], count: int) -> Tally:
    """Ask everything at one moment."""
    tally = Tally()
    askers = itertools.cycle(members)
    exchanges = [await asked(server, next(askers), number) for number in range(count)]
    await replied(exchanges)
    await at_rest()
    for exchange in exchanges:
        tally.add(exchange)
        server.forget(exchange)
    return tally


async def replied(exchanges: list[Exchange]) -> None:
    """Wait for replies, as long as one may still come."""
    with contextlib.suppress(TimeoutError):
        await until(lambda: all(each.replies for each in exchanges), PATIENCE_SECONDS)


async def asked(server: DiscordServer, member: Payload, number: int) -> Exchange:
    """Ask the question of a number."""
    # Each is another one, so that no answer is one that was kept.
    question = f"{QUESTIONS[number % len(QUESTIONS)]} Question {number}."
    return await server.slash(member, "ask", question=question)


async def run(
    index: Index,
    interactions: int,
    members: int,
    records: Path,
    setattr_: Callable[[object, str, object], None] = setattr,
) -> list[Tally]:
    """Ask in both ways; print and return what came of it. `setattr_` points discord.py here."""
    config = BotConfig(limits=NO_LIMITS, records=RecordSettings(file=str(records)))
    service = AnswerService(Library.of_one(index), config.service, config.logging)
    services = Services.configured(config, service)
    async with DiscordServer() as server, SeedBot(services) as bot:
        server.lead_here(setattr_)
        running = asyncio.create_task(bot.start("a.token"))
        await until(bot.is_ready)
        people = [server.member(f"member {number}") for number in range(members)]
        await one_after_another(server, people, members)  # warms up what is made once
        before = resident_mb()
        steady = await one_after_another(server, people, interactions)
        between = resident_mb()
        burst = await at_once(server, people, min(interactions, BURST))
        # What still came for an interaction that was over was sent as a message.
        burst.kinds["doubled"] += len(server.rest.messages)
        sys.stdout.write(
            f"{steady.report(f'{interactions} from {members} members, each after its answer')}"
            f"{burst.report(f'{min(interactions, BURST)} at one moment')}"
            f"resident memory {before:.0f} MB before, {between:.0f} MB between, "
            f"{resident_mb():.0f} MB after\n"
        )
        await bot.close()
        await running
    service.close()
    return [steady, burst]


def main(interactions: int, members: int) -> int:
    """Run on the documents in `seeds`; 1 if anything was lost, doubled or failed."""
    logging.disable(logging.WARNING)
    with tempfile.TemporaryDirectory() as folder:
        embedder = exported(for_a_script(Path(folder)))
        settings = IndexSettings(seeds=str(SEEDS), store=f"{folder}/store")
        index = open_index(settings, embedder=embedder, builder=Builder(embedder))
        tallies = asyncio.run(run(index, interactions, members, Path(folder) / "records.sqlite"))
    return int(any(each.wrong for each in tallies))


if __name__ == "__main__":
    given = [*sys.argv[1:], *["1000", "50"][len(sys.argv) - 1 :]]
    sys.exit(main(int(given[0]), int(given[1])))
