"""What holds in a server: what the config fixes, else what the server has set, else the config."""

import asyncio
import logging
from collections.abc import Collection
from dataclasses import dataclass, replace
from typing import TypeVar, get_args

from bot.errors import NotAllowed, RecordDamaged, RecordsFailed
from bot.records import Records, ServerSettings
from bot.settings import ChannelKey, DiscordSettings, ServerKey
from bot.shards import ONE, Shards

log = logging.getLogger(__name__)

T = TypeVar("T")
CHANNEL_KEYS: tuple[ChannelKey, ...] = get_args(ChannelKey)
# Those that name one channel.
SINGLE_KEYS = ("log_channel", "team_channel", "weekly_channel")


@dataclass(frozen=True, slots=True)
class Rules:
    """What holds in one server: channels and a role, by their numbers; 0 is none.

    `damaged` says that what the server has set can't be read, so that it counts for nothing.
    """

    answer_channels: tuple[int, ...] = ()
    thread_channels: tuple[int, ...] = ()
    rebuild_role: int = 0
    question_channels: tuple[int, ...] = ()
    private_answers: bool = False
    log_channel: int = 0
    team_role: int = 0
    team_channel: int = 0
    weekly_channel: int = 0
    damaged: bool = False


class Servers:
    """The rules of every server, each read from the records once and kept.

    Those of a server on another process's shards, which that one may change, are read each time.
    """

    def __init__(self, settings: DiscordSettings, records: Records, shards: Shards = ONE) -> None:
        """Start from the config's `settings`."""
        self._shards = shards
        self._settings = settings
        self._records = records
        self._known: dict[int, ServerSettings] = {}
        self._damaged: set[int] = set()
        # A change begins with what holds, so two at one moment would be one. The records have one
        # connection anyway, so a lock for each server would gain nothing.
        self._changing = asyncio.Lock()

    async def rules(self, server: int) -> Rules:
        """Return what holds in a server; 0 is a direct message.

        Raises:
            RecordsFailed: the records can't be read.
        """
        own = await self._own(server)
        config = self._settings
        return Rules(
            self._settled("answer_channels", own.answer_channels, tuple(config.answer_channels)),
            self._settled("thread_channels", own.thread_channels, tuple(config.thread_channels)),
            self._settled("rebuild_role", own.rebuild_role, config.rebuild_role),
            self._settled(
                "question_channels", own.question_channels, tuple(config.question_channels)
            ),
            self._settled("private_answers", own.private_answers, config.private_answers),
            self._settled("log_channel", own.log_channel, config.log_channel),
            self._settled("team_role", own.team_role, config.team_role),
            self._settled("team_channel", own.team_channel, config.team_channel),
            self._settled("weekly_channel", own.weekly_channel, config.weekly_channel),
            server in self._damaged,
        )

    async def is_private(self, server: int) -> bool:
        """Whether a server wants to be answered privately, as far as that can be told."""
        try:
            return bool(server) and (await self.rules(server)).private_answers
        except RecordsFailed as error:
            log.warning("%s", error)
            return self._settings.private_answers

    async def switch(self, server: int, key: ChannelKey, channel: int, *, on: bool) -> None:
        """Add a channel to one of a server's lists, or take it out.

        Raises:
            NotAllowed: the config fixes the list.
            RecordsFailed: the records can't be written.
        """
        self._refuse_fixed(key)
        async with self._changing:
            before: tuple[int, ...] = getattr(await self.rules(server), key)
            others = tuple(number for number in before if number != channel)
            await self._save(server, {key: (*others, channel) if on else others})

    async def set(self, server: int, key: ServerKey, value: int) -> None:
        """Set what is no list: a role, a channel, or a switch; 0 takes it back.

        Raises:
            NotAllowed: the config fixes it.
            RecordsFailed: the records can't be written.
        """
        self._refuse_fixed(key)
        async with self._changing:
            await self._save(server, {key: value})

    async def set_team(self, server: int, role: int, channel: int) -> None:
        """Set whom and where to ask what the documents don't say; 0 takes it back.

        Raises:
            NotAllowed: the config fixes what would change.
            RecordsFailed: the records can't be read or written.
        """
        async with self._changing:
            rules = await self.rules(server)
            wanted: dict[ServerKey, tuple[int, int]] = {
                "team_role": (role, rules.team_role),
                "team_channel": (channel, rules.team_channel),
            }
            changed: dict[str, object] = {}
            for key, (new, old) in wanted.items():
                if new != old:
                    self._refuse_fixed(key)
                    changed[key] = new
            await self._save(server, changed)

    async def forget_gone(
        self, server: int, channels: Collection[int], roles: Collection[int] = ()
    ) -> None:
        """Take channels and roles that are gone out of what a server has set.

        Raises:
            RecordsFailed: the records can't be read or written.
        """
        async with self._changing:
            own = await self._own(server)
            changed: dict[str, object] = {}
            for key in CHANNEL_KEYS:
                before: tuple[int, ...] = getattr(own, key) or ()
                if not set(channels).isdisjoint(before):
                    changed[key] = tuple(each for each in before if each not in channels)
            for name in SINGLE_KEYS:
                if getattr(own, name) in channels:
                    changed[name] = 0
            if own.rebuild_role in roles:
                changed["rebuild_role"] = 0
            if own.team_role in roles:
                changed["team_role"] = 0
            if changed:
                log.info("server %s: what was set for %s is gone", server, [*channels, *roles])
                await self._save(server, changed)

    async def forget(self, server: int) -> None:
        """Forget all that is kept of a server that the bot has left.

        Raises:
            RecordsFailed: the records can't be written.
        """
        async with self._changing:
            await self._records.forget_server(server)
            self._known.pop(server, None)
            self._damaged.discard(server)

    def _refuse_fixed(self, key: ServerKey) -> None:
        if key in self._settings.fixed:
            message = f"the owner of this bot has fixed that (`{key}` in its config)"
            raise NotAllowed(message)

    def _settled(self, key: ServerKey, own: T | None, config: T) -> T:
        return config if own is None or key in self._settings.fixed else own

    async def _own(self, server: int) -> ServerSettings:
        if not server:
            return ServerSettings()
        ours = self._shards.have(server)
        if not ours or server not in self._known:
            try:
                own = await self._records.server(server)
                if not ours:
                    self._damaged.discard(server)
            except RecordDamaged as error:
                if server not in self._known and server not in self._damaged:
                    log.error("%s", error)  # noqa: TRY400 - it says all there is
                    self._damaged.add(server)
                own = ServerSettings()
            if not ours:
                return own
            # What was set while this was read is newer.
            self._known.setdefault(server, own)
        return self._known[server]

    async def _save(self, server: int, values: dict[str, object]) -> None:
        changed = replace(await self._own(server), **values)  # type: ignore[arg-type]
        await self._records.save_server(server, changed)
        self._known[server] = changed
        self._damaged.discard(server)
