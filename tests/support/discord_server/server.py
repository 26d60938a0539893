"""The stand-in as one server, and what members do on it."""

import asyncio
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Self

import discord
import yarl
from aiohttp import web
from anyio.from_thread import BlockingPortal, start_blocking_portal

from tests.support.discord_server import payloads
from tests.support.discord_server.faults import Faults
from tests.support.discord_server.gateway import Gateway
from tests.support.discord_server.payloads import Payload
from tests.support.discord_server.rest import Exchange, Rest
from tests.support.libraries import gets_ready

PATIENCE_SECONDS = 15.0
# Numbers of guilds on the first and on the second shard of two.
FIRST, SECOND = 1000 << 22, 1001 << 22
# How discord.py names the tasks in which it runs what an event sets off.
BOT_TASKS = ("discord", "CommandTree")


class DiscordServer:
    """A guild with one channel, the bot in it, on a free port of this machine."""

    def __init__(self, number: int = 0) -> None:
        """Set the stage, maybe with a number for the guild; `async with` opens the port."""
        self.bot = payloads.user("seedbot", bot=True)
        self.guild = payloads.guild(payloads.snowflake(), self.bot, number)
        self.channel: Payload = self.guild["channels"][0]
        self.gateway = Gateway(self.bot, self.guild)
        self.rest = Rest(self.gateway, self.bot, self.guild)
        self.address = ""
        self._runner: web.AppRunner | None = None

    @property
    def faults(self) -> Faults:
        """What the next requests will meet."""
        return self.rest.faults

    async def __aenter__(self) -> Self:
        """Begin to listen."""
        app = self.rest.application()
        app.router.add_get("/gateway", self.gateway.connected, name="socket")
        self._runner = web.AppRunner(app, access_log=None, shutdown_timeout=1)
        await self._runner.setup()
        await web.TCPSite(self._runner, "127.0.0.1", 0).start()
        host, port = self._runner.addresses[0][:2]
        self.address = f"http://{host}:{port}"
        self.gateway.url = f"ws://{host}:{port}/gateway"
        return self

    async def __aexit__(self, *_error: object) -> None:
        """Close every connection."""
        if self._runner is not None:
            await self._runner.cleanup()

    def lead_here(self, setattr_: Callable[[object, str, object], None]) -> None:
        """Point discord.py at this server."""
        setattr_(discord.http.Route, "BASE", self.address)
        setattr_(discord.gateway.DiscordWebSocket, "DEFAULT_GATEWAY", yarl.URL(self.gateway.url))

    def add_guild(self, number: int) -> Payload:
        """Make another guild that the bot is in, before it connects; return its channel."""
        made = payloads.guild(payloads.snowflake(), self.bot, number)
        self.gateway.guilds[made["id"]] = made
        channel: Payload = made["channels"][0]
        self.rest.channels[channel["id"]] = channel
        return channel

    def member(self, name: str, guild: str = "") -> Payload:
        """Let somebody join, the first guild or another one."""
        made = payloads.user(name)
        self.rest.people.users[made["id"]] = made
        if guild:
            self.rest.people.homes[made["id"]] = guild
        return made

    def stranger(self, name: str) -> Payload:
        """Make somebody who is in no guild of the bot's."""
        made = self.member(name)
        self.rest.people.strangers.add(made["id"])
        return made

    async def slash(
        self,
        by: Payload,
        command: str,
        *,
        times: int = 1,
        where: Payload | None = None,
        **options: str,
    ) -> Exchange:
        """Use a command; `times` is how often the bot is told of it.

        It is used in the guild's channel, or in another place `where` the bot needn't be.
        """
        given = [{"name": name, "type": 3, "value": value} for name, value in options.items()]
        data = self._used(command, where, given)
        return await self._interact(by, payloads.SLASH, {"data": data}, times, where)

    async def suggest(self, by: Payload, command: str, option: str, where: Payload) -> Exchange:
        """Begin to type an option of a command."""
        given = {"name": option, "type": 3, "value": "", "focused": True}
        data = self._used(command, where, [given])
        return await self._interact(by, payloads.TYPING, {"data": data}, 1, where)

    async def click(
        self,
        by: Payload,
        message: Payload,
        label: str,
        *,
        times: int = 1,
        where: Payload | None = None,
    ) -> Exchange:
        """Click on the button of a message, by its label or its name; `where` is as for `slash`."""
        rows = message["components"]
        [name] = [
            each["custom_id"]
            for row in rows
            for each in row["components"]
            if label in (each.get("label"), each.get("custom_id"))
        ]
        data = {"custom_id": name, "component_type": 2}
        more = {"data": data, "message": message}
        return await self._interact(by, payloads.BUTTON, more, times, where)

    async def mention(
        self,
        by: Payload,
        text: str,
        *,
        times: int = 1,
        reply_to: Payload | None = None,
        where: Payload | None = None,
    ) -> Payload:
        """Write to the bot in the channel or another one, maybe in reply to another message."""
        sent = {"content": f"<@{self.bot['id']}> {text}"}
        made = payloads.message(where or self.channel, by, sent, mentions=[self.bot])
        made["member"] = payloads.member()
        if reply_to is not None:
            reference = {"message_id": reply_to["id"], "channel_id": reply_to["channel_id"]}
            made |= {"type": 19, "message_reference": reference}
        self.rest.messages[made["id"]] = made
        for _ in range(times):
            await self.gateway.dispatch("MESSAGE_CREATE", made)
        return made

    async def say(self, by: Payload, where: Payload, text: str, **more: object) -> Payload:
        """Write to nobody in particular; `more` goes into the message."""
        made = payloads.message(where, by, {"content": text}) | more
        if "guild_id" in where:
            made["member"] = payloads.member()
        self.rest.messages[made["id"]] = made
        await self.gateway.dispatch("MESSAGE_CREATE", made)
        return made

    async def write_directly(self, by: Payload, text: str) -> Payload:
        """Write to the bot in a direct message."""
        return await self.say(by, self.rest.direct(by), text)

    async def open_forum(self, name: str) -> Payload:
        """Add a forum to the guild."""
        made = payloads.forum(self.guild["id"], name)
        self.rest.channels[made["id"]] = made
        await self.gateway.dispatch("CHANNEL_CREATE", made)
        return made

    async def post(self, by: Payload, forum: Payload, title: str, text: str) -> Payload:
        """Write a post in a forum, and return its thread."""
        thread = payloads.thread(forum, by, title)
        self.rest.channels[thread["id"]] = thread
        await self.gateway.dispatch("THREAD_CREATE", thread | {"newly_created": True})
        await self.say(by, thread, text, id=thread["id"])
        return thread

    async def delete(self, message: Payload) -> None:
        """Let a member delete a message."""
        del self.rest.messages[message["id"]]
        gone = {name: message[name] for name in ("id", "channel_id", "guild_id")}
        await self.gateway.dispatch("MESSAGE_DELETE", gone)

    def forget(self, exchange: Exchange) -> None:
        """Let an interaction go that is over; whatever still comes for it is refused."""
        del self.rest.exchanges[exchange.interaction["token"]]
        self.rest.requests.clear()

    def written(self, where: Payload | None = None) -> list[Payload]:
        """Return the bot's messages in a channel."""
        wanted = (where or self.channel)["id"]
        messages = self.rest.messages.values()
        return [m for m in messages if m["channel_id"] == wanted and m["author"] is self.bot]

    def written_to(self, member: Payload) -> list[Payload]:
        """Return the bot's direct messages to a member."""
        return self.written(self.rest.direct(member))

    def _used(self, name: str, where: Payload | None, options: list[Payload]) -> Payload:
        """A command as it is used in a place; one that isn't registered there was before."""
        commands = self.rest.commands
        guild = (where or self.channel).get("guild_id", "")
        found = commands.get((guild, name)) or commands.get(("", name))
        known = found or next(each for (_, own), each in commands.items() if own == name)
        data = {"id": known["id"], "name": name, "type": 1, "options": options}
        return data | ({"guild_id": known["guild_id"]} if "guild_id" in known else {})

    async def _interact(
        self, by: Payload, kind: int, more: Payload, times: int, where: Payload | None
    ) -> Exchange:
        where = where or self.channel
        self.rest.channels[where["id"]] = where
        made = payloads.interaction(self.bot["id"], where, by, kind, more["data"]) | more
        exchange = Exchange(made)
        self.rest.exchanges[made["token"]] = exchange
        for _ in range(times):
            await self.gateway.dispatch("INTERACTION_CREATE", made)
        return exchange


@contextmanager
def in_thread(number: int = 0) -> Iterator[tuple[DiscordServer, BlockingPortal]]:
    """A server for a bot outside of this event loop, and the portal to call what it does.

    The guild may have a number.
    """
    with (
        start_blocking_portal() as portal,
        portal.wrap_async_context_manager(DiscordServer(number)) as server,
    ):
        yield server, portal


async def until(happened: Callable[[], object], seconds: float = PATIENCE_SECONDS) -> None:
    """Wait for something to happen.

    Raises:
        TimeoutError: it doesn't.
    """
    async with asyncio.timeout(seconds):
        while not happened():  # noqa: ASYNC110 - what is waited for has no event of its own
            await asyncio.sleep(0.01)


async def at_rest() -> None:
    """Wait until the bot has done all that was set off: nothing can come twice any more."""
    await until(lambda: not _busy())


def _busy() -> list[asyncio.Task[object]]:
    return [
        each
        for each in asyncio.all_tasks()
        if each.get_name().startswith(BOT_TASKS) or gets_ready(each)
    ]
