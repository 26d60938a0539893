"""Who is answered where: in the config's servers, and elsewhere those whom the config lets.

All pass by here, beside `limits`, before anything is looked up for them: commands, menus and
suggestions in `Tree.interaction_check`, buttons in `LastingButton.callback`, messages in the cogs
that listen.
"""

import asyncio
import logging
import time
from collections import OrderedDict
from collections.abc import AsyncIterator
from itertools import islice
from typing import Any

import discord

from bot.elsewhere import Elsewhere, Server
from bot.errors import NotAllowed
from bot.owners import FAILURES, Owners
from bot.settings import DiscordSettings

log = logging.getLogger(__name__)

# In so many servers a member is looked for, in so many at once.
SEARCHED = 25
AT_ONCE = 5
# Who clicks or types a command is answered within three seconds.
PATIENCE_SECONDS = 1.5
# Who was found nowhere isn't looked for again so soon: a flood would be one of requests.
STRANGER_SECONDS = 30.0
# Of so many members it is remembered where they were found, or that they weren't.
MOST = 20_000

NOT_HERE = "I answer only in the servers that my owner has named, and this is none of them."
CLOSED = "I answer only in my servers."
STRANGER = (
    "Outside of my servers I answer only their members. If you are in one of them, ask me there "
    "first, please."
)
UNTOLD = (
    "I can't find out now whether you are in one of my servers; please try again in a minute, or "
    "ask me there."
)


def listed(settings: DiscordSettings, server: int) -> bool:
    """Whether the bot may be in a server: where the config names none, in each."""
    return not settings.servers or server in settings.servers


class Admission:
    """Lets through whom the config says; that somebody is in a server is asked each time anew."""

    def __init__(
        self, settings: DiscordSettings, owners: Owners, elsewhere: Elsewhere | None = None
    ) -> None:
        """Go by the config's `servers` and `direct_messages`; the latter don't bind `owners`.

        A member may also be in a server that another process sees, which is `elsewhere`.
        """
        self._settings = settings
        self._owners = owners
        self._elsewhere = elsewhere or Elsewhere()
        # The server of the bot's that a member was in last, and until when another is a stranger.
        self._lately: OrderedDict[int, int] = OrderedDict()
        self._strangers: OrderedDict[int, float] = OrderedDict()
        self._searches: dict[int, asyncio.Task[bool | None]] = {}

    async def check(
        self, event: discord.Message | discord.Interaction[Any], client: discord.Client
    ) -> None:
        """Let through who may be answered there, by what holds at this moment.

        What an app that a member has installed is used for in a server without the bot, or in a
        group, counts as a direct message.

        Raises:
            NotAllowed: says who is answered.
        """
        message = isinstance(event, discord.Message)
        member, server = _member(event), _server(event)
        if server:
            if not listed(self._settings, server):
                raise NotAllowed(NOT_HERE)
            if client.get_guild(server) is not None:
                self._found(member, server)
                return
            if message:  # the bot was in there a moment ago
                raise NotAllowed(NOT_HERE)
        rule = self._settings.direct_messages
        if rule == "open" or await self._owners.is_owner(member):
            return
        if rule == "closed":
            raise NotAllowed(CLOSED)
        belongs = await self._belongs(member, client)
        if not belongs:
            raise NotAllowed(UNTOLD if belongs is None else STRANGER)

    async def _belongs(self, member: int, client: discord.Client) -> bool | None:
        """Whether a member is in one of the bot's servers; None if that can't be told now."""
        if self._strangers.get(member, 0.0) > time.monotonic():
            return False
        search = self._searches.get(member)
        if search is None:
            search = asyncio.create_task(self._search(member, client))
            self._searches[member] = search
            search.add_done_callback(lambda _: self._searches.pop(member))
        # Cancelled while it waits out a limit, discord.py would hold back every request.
        done, _ = await asyncio.wait({search}, timeout=PATIENCE_SECONDS)
        return search.result() if done else None

    async def _search(self, member: int, client: discord.Client) -> bool | None:
        unsure = False
        async for guilds in self._likely(member, client):
            unsure = unsure or not guilds
            answers = await asyncio.gather(*(_is_in(guild, member) for guild in guilds))
            for guild, answer in zip(guilds, answers, strict=True):
                if answer:
                    self._found(member, guild.id)
                    return True
            unsure = unsure or None in answers
        if unsure:
            return None
        _remember(self._strangers, member, time.monotonic() + STRANGER_SECONDS)
        return False

    async def _likely(self, member: int, client: discord.Client) -> AsyncIterator[list[Server]]:
        """Yield where to look for a member, some servers at a time, the likeliest first.

        An empty list stands for servers of which isn't known yet which they are.
        """
        here = [each for each in client.guilds if listed(self._settings, each.id)]
        last = self._lately.get(member)
        likely: list[Server] = [each for each in here if each.id == last]
        likely += [
            each for each in await self._elsewhere.lately(member) if listed(self._settings, each.id)
        ]
        likely = likely[:AT_ONCE]
        if likely:
            yield likely
        distant = self._elsewhere.named
        if not self._settings.servers:
            every = self._elsewhere.all()
            if every is None:
                yield []
            distant = every or []
        # Else they are likeliest where most are.
        asked = {each.id for each in likely}
        everywhere: list[Server] = [*here, *distant]
        others = [each for each in everywhere if each.id not in asked]
        others.sort(key=lambda each: -(each.member_count or 0))
        rest = iter(others[: SEARCHED - len(likely)])
        while some := list(islice(rest, AT_ONCE)):
            yield some

    def _found(self, member: int, server: int) -> None:
        self._strangers.pop(member, None)
        _remember(self._lately, member, server)


def _remember(memory: "OrderedDict[int, Any]", member: int, what: float) -> None:
    memory[member] = what
    memory.move_to_end(member)
    if len(memory) > MOST:
        memory.popitem(last=False)


def _member(event: discord.Message | discord.Interaction[Any]) -> int:
    return event.author.id if isinstance(event, discord.Message) else event.user.id


def _server(event: discord.Message | discord.Interaction[Any]) -> int:
    """The number of the server that something happens in, also if the bot isn't there; or 0."""
    if isinstance(event, discord.Interaction):
        return event.guild_id or 0
    guild = event.guild.id if event.guild else getattr(event.channel, "guild_id", None)
    return guild or 0


async def _is_in(guild: Server, member: int) -> bool | None:
    """Whether a member is in a server; None if that can't be told now."""
    if guild.unavailable:
        return None
    try:
        await guild.fetch_member(member)
    except discord.NotFound:
        return False
    except FAILURES as error:
        log.info("who is in server %s can't be told: %s", guild.id, error or type(error).__name__)
        return None
    return True
