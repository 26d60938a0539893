"""Who is a member of which server: asked of Discord when it matters, and never taken on trust."""

import asyncio
import logging
import time
from collections import OrderedDict
from collections.abc import Sequence

import aiohttp
import discord

from bot.elsewhere import Server

log = logging.getLogger(__name__)

# Of so many servers it is asked at once whether somebody is in them.
MOST_LOOKUPS = 25
LOOKUP_SECONDS = 5.0
# Who isn't in a server isn't looked for there for so long, unless they turn up.
ABSENT_SECONDS = 300.0
# Of so many members it is remembered where they asked, and that they aren't in a server.
MOST_REMEMBERED = 20_000
# TimeoutError is an OSError.
FAILURES = (discord.HTTPException, discord.RateLimited, aiohttp.ClientError, OSError)


class Membership:
    """Looks for somebody in servers; remembers in memory where to look, and where in vain."""

    def __init__(self) -> None:
        """Remember nothing yet."""
        # By members, those who asked last at the end; their servers, the latest first.
        self._lately: OrderedDict[int, tuple[int, ...]] = OrderedDict()
        # By server and member, until when; in that order.
        self._absent: OrderedDict[tuple[int, int], float] = OrderedDict()
        # By server and member.
        self._looking: dict[tuple[int, int], asyncio.Task[discord.Member | None]] = {}

    def saw(self, member: discord.Member) -> None:
        """Take note that a member has asked in their server."""
        server = member.guild.id
        others = (each for each in self._lately.pop(member.id, ()) if each != server)
        self._lately[member.id] = (server, *others)[:MOST_LOOKUPS]
        if len(self._lately) > MOST_REMEMBERED:
            self._lately.popitem(last=False)
        self._absent.pop((server, member.id), None)

    def lately(self, user: int) -> tuple[int, ...]:
        """Return the ids of the servers in which somebody has asked, the latest first."""
        return self._lately.get(user, ())

    async def find(self, user: int, guilds: Sequence[Server]) -> list[discord.Member]:
        """Return what somebody is in the first `MOST_LOOKUPS` of the servers, as of now.

        Where it can't be told whether they are in one, they aren't.
        """
        asked = (self._look(user, guild) for guild in guilds[:MOST_LOOKUPS])
        return [member for member in await asyncio.gather(*asked) if member is not None]

    async def _look(self, user: int, guild: Server) -> discord.Member | None:
        """Look for somebody in a server, once for all who ask at the same time."""
        if self._is_absent(user, guild):
            return None
        looking = self._looking.get((guild.id, user))
        if looking is None:
            looking = asyncio.create_task(self._fetch(user, guild))
            self._looking[guild.id, user] = looking
            looking.add_done_callback(lambda _: self._looking.pop((guild.id, user)))
        # Cancelled while it waits out a limit, discord.py would hold back every request.
        done, _ = await asyncio.wait({looking}, timeout=LOOKUP_SECONDS)
        return looking.result() if done else None

    async def _fetch(self, user: int, guild: Server) -> discord.Member | None:
        try:
            return await guild.fetch_member(user)
        except discord.NotFound:
            self._absent[guild.id, user] = time.monotonic() + ABSENT_SECONDS
            if len(self._absent) > MOST_REMEMBERED:
                self._absent.popitem(last=False)
        except FAILURES as error:
            reason = error or type(error).__name__
            log.warning("server %s: can't look up whether who asks is in it: %s", guild.id, reason)
        return None

    def _is_absent(self, user: int, guild: Server) -> bool:
        now = time.monotonic()
        while self._absent and next(iter(self._absent.values())) <= now:
            self._absent.popitem(last=False)
        return (guild.id, user) in self._absent
