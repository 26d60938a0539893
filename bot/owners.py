"""Whose the bot is: by Discord's word the application's owner or team, and by the config's."""

import asyncio
import logging
import time
from collections.abc import Awaitable, Callable, Iterable

import aiohttp
import discord

log = logging.getLogger(__name__)

# How long Discord's word holds, and when it is asked again if it gave none.
KEPT_SECONDS = 600.0
AGAIN_SECONDS = 60.0
# Who clicks or types a command is answered within three seconds.
PATIENCE_SECONDS = 1.0
FAILURES = (discord.DiscordException, aiohttp.ClientError, OSError)
WORKING = (discord.TeamMemberRole.admin, discord.TeamMemberRole.developer)


class Owners:
    """Tells owners from others; what Discord said last holds where it can't be asked again."""

    def __init__(self, named: Iterable[int]) -> None:
        """Take those whom the config names, by their ids."""
        self._named = frozenset(named)
        self._told = frozenset[int]()
        self._ask: Callable[[], Awaitable[discord.AppInfo]] | None = None
        self._asking: asyncio.Task[None] | None = None
        self._due = 0.0  # by the monotonic clock
        self._failing = False

    def ask_by(self, ask: Callable[[], Awaitable[discord.AppInfo]]) -> None:
        """Ask Discord by `ask` from now on."""
        self._ask = ask
        self._due = 0.0

    async def is_owner(self, user: int) -> bool:
        """Whether the bot is a user's."""
        if user in self._named:
            return True
        await self.refresh()
        return user in self._told

    async def refresh(self) -> None:
        """Ask Discord where that is due; it is waited for a second at most."""
        if self._asking is None:
            if self._ask is None or time.monotonic() < self._due:
                return
            self._asking = asyncio.create_task(self._learn(self._ask))
        # Cancelled while it waits out a limit, discord.py would hold back every request.
        await asyncio.wait({self._asking}, timeout=PATIENCE_SECONDS)

    async def _learn(self, ask: Callable[[], Awaitable[discord.AppInfo]]) -> None:
        self._due = time.monotonic() + AGAIN_SECONDS
        try:
            self._told = owners_of(await ask())
        except FAILURES as error:
            if not self._failing:
                held = "what it said last" if self._told else "`owners` under [discord] alone"
                reason = error or type(error).__name__
                log.warning("Discord doesn't say whose this bot is (%s): %s holds", reason, held)
            self._failing = True
        else:
            self._due = time.monotonic() + KEPT_SECONDS
            self._failing = False
        finally:
            self._asking = None


def owners_of(application: discord.AppInfo) -> frozenset[int]:
    """Return the ids of an application's owner, or of those of its team who may change it."""
    team = application.team
    if team is None:
        return frozenset({application.owner.id})
    accepted = discord.TeamMembershipState.accepted
    working = {
        each.id
        for each in team.members
        if each.membership_state == accepted and each.role in WORKING
    }
    return frozenset(working | ({team.owner_id} if team.owner_id else set()))
