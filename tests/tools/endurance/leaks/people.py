"""Whoever acts, where, and what chance chooses among."""

import json
from collections.abc import Awaitable, Callable, Collection
from dataclasses import dataclass
from typing import TypeVar

from simcord.backend.access import channel_accessible
from simcord.backend.models import Interaction, Message
from simcord.components import walk_components
from simcord.enums import ChannelType

from tests.tools.endurance.leaks.documents import (
    HEADING,
    QUESTIONS,
    TITLE,
    TOPICS,
    Marked,
    word,
)
from tests.tools.endurance.leaks.outlet import Mark
from tests.tools.endurance.leaks.stage import Spot, Stage

T = TypeVar("T")

Odds = dict[Callable[[], Awaitable[object]], int]
"""What may be done, and how often beside all else."""

# Of so many messages in a channel the last are replied to, pressed or edited.
LATELY = 40
WRITABLE = (
    ChannelType.TEXT,
    ChannelType.VOICE,
    ChannelType.PUBLIC_THREAD,
    ChannelType.PRIVATE_THREAD,
)
ELSEWHERE, DIRECTLY = 0.08, 0.2
MISSPELT = 0.15
WRITTEN = (0, 19, 20)


@dataclass(slots=True)
class People:
    """What those need who let somebody act."""

    stage: Stage

    def spot(self, *, writing: bool = False) -> Spot:
        """Somebody in a channel that they see; in one of a server, directly, or elsewhere."""
        stage, kind = self.stage, self.stage.chance.random()
        person = self.any(stage.drawn.people).id
        if kind < ELSEWHERE and not writing:
            channel, server = self.any(sorted(stage.elsewhere.items()))
            return Spot(person, server, channel, elsewhere=True)
        if kind > DIRECTLY:
            place = self.any(stage.drawn.places).data
            if spots := self.spots(self.any([*place.channel_ids, *place.thread_ids[-6:]])):
                return self.any(spots)
        return Spot(person, 0, stage.backend.get_dm_channel(person).id)

    def spots(self, number: int) -> list[Spot]:
        """Everybody who can write in a channel; in a forum nobody can."""
        stage = self.stage
        channel = stage.backend.channels[number]
        if number in stage.elsewhere:
            people = [each.id for each in stage.drawn.people]
            return [Spot(each, stage.elsewhere[number], number, elsewhere=True) for each in people]
        if channel.guild_id is None:
            return [Spot(each, 0, number) for each in channel.recipient_ids]
        if channel.type not in WRITABLE:
            return []
        return [
            Spot(member, channel.guild_id, number)
            for member in stage.backend.guilds[channel.guild_id].members
            if member != stage.me and channel_accessible(stage.backend, number, member)
        ]

    def spots_of(self, server: int, member: int) -> list[Spot]:
        """Where a member of a server can write there."""
        channels = self.stage.backend.guilds[server].channel_ids
        spots = [each for number in channels for each in self.spots(number)]
        return [each for each in spots if each.user == member]

    def messages(self, spot: Spot) -> list[Message]:
        """The last messages that somebody sees where they are, oldest first."""
        messages = [*self.stage.backend.messages[spot.channel].values()]
        return [each for each in messages[-LATELY:] if each.visible_to(spot.user)]

    def lately(self, spot: Spot) -> Message | None:
        """One of them that somebody wrote."""
        messages = [each for each in self.messages(spot) if each.type in WRITTEN]
        return self.any(messages) if messages else None

    def question(self) -> tuple[str, str]:
        """A topic and a question about it, some with a word that is nearly one of a document's."""
        topic = self.any(TOPICS)
        question = self.any(QUESTIONS).format(topic)
        if self.odds(MISSPELT):
            meant = word(self.document().code, self.any((TITLE, HEADING)))
            question = f"{question[:-1]} with vp{meant[2:]}?"
        return topic, question

    def document(self) -> Marked:
        """Any document."""
        return self.any([*self.stage.made.values()])

    def any(self, choices: Collection[T]) -> T:
        """Choose."""
        return self.stage.chance.choice([*choices])

    def odds(self, odds: float) -> bool:
        """Whether something is so that often."""
        return self.stage.chance.random() < odds

    def told(self, spot: Spot, text: str) -> None:
        """Tell what somebody does."""
        server = f"server {spot.server}" if spot.server else "no server"
        where = "elsewhere, " if spot.elsewhere else ""
        self.stage.outlet.told(f"{spot.user} in {where}{server}, channel {spot.channel}: {text}")

    def count(self, what: str, came: bool) -> None:  # noqa: FBT001 - what is counted
        """Count what should have come, and whether it came, unless Discord didn't take it."""
        if self.stage.refused:
            return
        self.stage.tally[f"{what}, wanted"] += 1
        self.stage.tally[f"{what}, got"] += came

    def said(self, record: Interaction) -> str:
        """What the bot says to a command or a click."""
        message = self.stage.reply(record)
        return text_of(message) if message else ""

    def marks(self, text: str) -> frozenset[Mark]:
        """The marks in a text."""
        return self.stage.outlet.marks(text)


def buttons(message: Message) -> list[str]:
    """The ids of the buttons of a message that can be pressed."""
    return [
        each["custom_id"]
        for each in walk_components(message.components)
        if each.get("custom_id") and not each.get("disabled")
    ]


def text_of(message: Message) -> str:
    """All of a message."""
    return f"{message.content} {json.dumps(message.embeds)} {json.dumps(message.components)}"
