"""What becomes of the questions that were asked a while ago: edited, deleted, said by a proxy.

Discord tells of all that at once and in any order. A question has one turn after the other: a turn
that is over sends nothing, and what was sent is changed or taken back by the next.
"""

import asyncio
from collections import OrderedDict
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta

import discord

from bot.limits import Asker

# So many questions are remembered; what is edited or deleted later is looked up in the records.
MOST = 1000
# A proxy, as PluralKit, says a member's message again as a webhook, and deletes the member's.
PROXY_WITHIN = timedelta(seconds=20)
# It leaves out what it is told by, as in "Ari: text" or "[text]", which is no longer than this.
TAGS = 60


@dataclass(eq=False, slots=True)
class Life:
    """A question from when it is asked.

    `message` is what is replied to, and `source` what is read: another one where a proxy has said
    it again; `own` is the member's own message, which says who they are. `place` is the channel and
    the message of what was sent, `thread` the number of the thread that was opened for that.
    `unasked` says that the bot wasn't asked.
    """

    message: discord.Message
    source: discord.Message
    own: discord.Message
    text: str
    asker: Asker
    unasked: bool = False
    turn: int = 0
    gone: bool = False
    proxy: discord.Message | None = None
    place: tuple[int, int] | None = None
    thread: int = 0
    lock: asyncio.Lock = field(default_factory=asyncio.Lock)

    def knows(self, message: discord.Message, text: str) -> bool:
        """Whether a message brings nothing new: the text of before, or an older one."""
        return text == self.text or _version(message) < _version(self.source)

    def is_over(self, turn: int) -> bool:
        """Whether the question was deleted, or is another one by now."""
        return self.gone or turn != self.turn

    def proxied(self) -> bool:
        """Let the proxy's message take the place of the member's; return whether it does now."""
        if self.proxy is None or self.message is self.proxy:
            return False
        self.message, self.gone = self.proxy, False
        if self.source.reference is None:
            # No webhook can reply, so what the member's message replies to is known from it alone.
            self.source = self.proxy
        return True


class Lives:
    """The questions of the last while, by the numbers of their messages."""

    def __init__(self) -> None:
        """Begin with none."""
        self._lives: OrderedDict[int, Life] = OrderedDict()

    def of(self, number: int) -> Life | None:
        """Return the life of a message's question, if it is remembered."""
        return self._lives.get(number)

    def turn(
        self, message: discord.Message, text: str, asker: Asker, *, unasked: bool = False
    ) -> Life:
        """Begin a life, or the next turn of one."""
        life = self._lives.get(message.id)
        if life is None:
            life = Life(message, message, message, text, asker, unasked)
            self._remember(message.id, life)
        life.source, life.text = message, text
        if not message.webhook_id:
            life.own = message
        life.turn += 1
        return life

    def echoed(self, message: discord.Message) -> Life | None:
        """Return the life whose question a webhook has just said again, its proxy from now on."""
        said = _words(message.content)
        for life in self._recent(message):
            heard = _words(life.source.content)
            if life.proxy is None and said and said in heard and len(heard) <= len(said) + TAGS:
                life.proxy = message
                self._remember(message.id, life)
                return life
        return None

    def _recent(self, message: discord.Message) -> Iterator[Life]:
        for life in list(reversed(self._lives.values())):
            asked = life.source
            if message.created_at - asked.created_at > PROXY_WITHIN:
                return
            if asked.channel.id == message.channel.id and not asked.webhook_id:
                yield life

    def _remember(self, number: int, life: Life) -> None:
        self._lives[number] = life
        while len(self._lives) > MOST:
            # What is being answered is needed until it was.
            over = (each for each, old in self._lives.items() if not old.lock.locked())
            del self._lives[next(over, number)]


def _version(message: discord.Message) -> datetime:
    return message.edited_at or message.created_at


def _words(text: str) -> str:
    return " ".join(text.split())
