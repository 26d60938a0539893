"""How much one member, one channel and one server may ask, whatever they ask it by.

All pass by here before anything is done for them: commands, menus and suggestions in
`Tree.interaction_check`, buttons in `LastingButton.callback`, messages in the cogs that listen.
"""

from dataclasses import dataclass
from enum import Enum
from typing import Any

import discord

from bot.errors import TooMany
from bot.serving.metrics import Metrics
from bot.serving.windows import HOUR_SECONDS, SECONDS, Windows
from bot.settings import LimitSettings

# Where a command keeps its kind, if it is another than `Kind.LOOK`: in its `extras`.
KIND = "kind"


class Kind(Enum):
    """What is asked of the bot, by its name in the metrics."""

    QUESTION = "question"  # what the model has to read, and a build
    LOOK = "look"  # any other command, any button
    TYPING = "typing"  # what is offered to who types a name
    TEAM = "team"  # a question that is passed on to people
    WORD = "word"  # a message to who sends too many


# How many of a kind there may be for each question that the config allows.
TIMES = {Kind.QUESTION: 1, Kind.LOOK: 6, Kind.TYPING: 12}
SAID = {
    Kind.QUESTION: ("asked", "ask"),
    Kind.LOOK: ("used my commands and buttons", "try"),
    Kind.TYPING: ("typed", "try"),
    Kind.TEAM: ("asked the team", "ask"),
}
# Nobody has to be told twice, and Discord takes a bot that writes to many for a nuisance.
WORDS = {"member": 1, "channel": 5, "server": 20, "everybody": 60}
# Each calls people, so that these are for an hour.
CALLS = {"member": 3, "channel": 10, "server": 30}


@dataclass(frozen=True, slots=True)
class Asker:
    """Who asks where, by their numbers; the server is 0 in a direct message."""

    member: int
    channel: int
    server: int
    everybody: int = 1


def asker_of(event: "discord.Message | discord.Interaction[Any]") -> Asker:
    """Return who wrote a message, used a command or clicked."""
    if isinstance(event, discord.Message):
        return Asker(event.author.id, event.channel.id, event.guild.id if event.guild else 0)
    return Asker(event.user.id, event.channel_id or 0, event.guild_id or 0)


class Limits:
    """Counts what is asked in the memory of this process; what is too many is refused."""

    def __init__(self, settings: LimitSettings, metrics: Metrics | None = None) -> None:
        """Allow what the config allows in a minute; 0 is no limit. What is refused is counted."""
        self._metrics = metrics or Metrics()
        rates = {
            "member": settings.member_per_minute,
            "channel": settings.channel_per_minute,
            "server": settings.server_per_minute,
        }
        self._windows = {
            (kind, whose): Windows(times * rate)
            for kind, times in TIMES.items()
            for whose, rate in rates.items()
        }
        self._windows |= {(Kind.WORD, whose): Windows(rate) for whose, rate in WORDS.items()}
        self._windows |= {
            (Kind.TEAM, whose): Windows(rate, HOUR_SECONDS) for whose, rate in CALLS.items()
        }

    def check(self, asker: Asker, kind: Kind = Kind.QUESTION) -> None:
        """Count what is asked.

        Raises:
            TooMany: says whose limit is reached, and when to ask again.
        """
        if full := self._count(asker, kind):
            whose, rate, wait = full
            who = "You have" if whose == "member" else f"This {whose} has"
            done, again = SAID[kind]
            often = "once" if rate == 1 else f"{rate} times"
            span, unit = ("hour", "minute") if kind is Kind.TEAM else ("minute", "second")
            count = int(wait // SECONDS if kind is Kind.TEAM else wait) + 1
            message = (
                f"{who} {done} {often} within {'an' if span == 'hour' else 'a'} {span}, which is "
                f"as often as I answer; please {again} again in {count} "
                f"{unit}{'' if count == 1 else 's'}."
            )
            raise TooMany(message)

    def may_be_told(self, asker: Asker) -> bool:
        """Whether to send a member a message that it is too many: once in a flood."""
        return self._count(asker, Kind.WORD) is None

    def _count(self, asker: Asker, kind: Kind) -> tuple[str, int, float] | None:
        """Count; or return whose limit is reached, the limit, and how many seconds it lasts."""
        limits = [
            (whose, windows, number)
            for (of, whose), windows in self._windows.items()
            if of is kind and windows.rate and (number := getattr(asker, whose))
        ]
        for whose, windows, number in limits:
            if wait := windows.wait(number):
                self._metrics.count_limited(kind.value)
                return whose, windows.rate, wait
        for _, windows, number in limits:
            windows.count(number)
        return None
