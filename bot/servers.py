"""What holds in a server: what the config fixes, else what the server has set, else the config."""

import logging
from dataclasses import dataclass, replace
from typing import TypeVar

from bot.errors import NotAllowed, RecordDamaged
from bot.records import Records, ServerSettings
from bot.settings import DiscordSettings, ServerKey

log = logging.getLogger(__name__)

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Rules:
    """What holds in one server: channels and a role, by their numbers; a role of 0 is none.

    `damaged` says that what the server has set can't be read, so that it counts for nothing.
    """

    answer_channels: tuple[int, ...]
    thread_channels: tuple[int, ...]
    rebuild_role: int
    damaged: bool = False


class Servers:
    """The rules of every server, each read from the records once and kept."""

    def __init__(self, settings: DiscordSettings, records: Records) -> None:
        """Start from the config's `settings`."""
        self._settings = settings
        self._records = records
        self._known: dict[int, ServerSettings] = {}
        self._damaged: set[int] = set()

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
            server in self._damaged,
        )

    async def switch(self, server: int, key: ServerKey, channel: int, *, on: bool) -> None:
        """Add a channel to one of a server's two lists, or take it out.

        Raises:
            NotAllowed: the config fixes the list.
            RecordsFailed: the records can't be written.
        """
        self._refuse_fixed(key)
        before: tuple[int, ...] = getattr(await self.rules(server), key)
        others = tuple(number for number in before if number != channel)
        await self._save(server, key, (*others, channel) if on else others)

    async def set_role(self, server: int, role: int) -> None:
        """Let the members with a role rebuild; 0 takes that back.

        Raises:
            NotAllowed: the config fixes the role.
            RecordsFailed: the records can't be written.
        """
        self._refuse_fixed("rebuild_role")
        await self._save(server, "rebuild_role", role)

    def _refuse_fixed(self, key: ServerKey) -> None:
        if key in self._settings.fixed:
            message = f"the owner of this bot has fixed that (`{key}` in its config)"
            raise NotAllowed(message)

    def _settled(self, key: ServerKey, own: T | None, config: T) -> T:
        return config if own is None or key in self._settings.fixed else own

    async def _own(self, server: int) -> ServerSettings:
        if not server:
            return ServerSettings()
        if server not in self._known:
            try:
                self._known[server] = await self._records.server(server)
            except RecordDamaged as error:
                log.error("%s", error)  # noqa: TRY400 - it says all there is
                self._damaged.add(server)
                self._known[server] = ServerSettings()
        return self._known[server]

    async def _save(self, server: int, key: ServerKey, value: object) -> None:
        changed = replace(await self._own(server), **{key: value})  # type: ignore[arg-type]
        await self._records.save_server(server, changed)
        self._known[server] = changed
        self._damaged.discard(server)
