"""Discord's REST API v10: commands, channels, messages, interactions and their replies."""

import time
from dataclasses import dataclass, field

from aiohttp import web

from tests.support.discord_server import faults, payloads
from tests.support.discord_server.faults import Fault, Faults, failed, replied
from tests.support.discord_server.gateway import Gateway
from tests.support.discord_server.payloads import Payload
from tests.support.discord_server.people import People

ACKNOWLEDGE_SECONDS = 3.0
MESSAGE, DEFERRED_MESSAGE, DEFERRED_UPDATE, CHOICES = 4, 5, 6, 8


@dataclass
class Exchange:
    """One interaction and all that its member gets for it; times in seconds since it began."""

    interaction: Payload
    begun: float = field(default_factory=time.perf_counter)
    acknowledged: float | None = None
    thinking: bool = False
    answered: float | None = None
    original: Payload | None = None
    follow_ups: list[Payload] = field(default_factory=list)
    edits: int = 0
    choices: list[Payload] | None = None

    @property
    def replies(self) -> list[Payload]:
        """The messages that the member sees, without "thinking"."""
        shown = [] if self.thinking or self.original is None else [self.original]
        return shown + self.follow_ups

    @property
    def age(self) -> float:
        """How long ago it began."""
        return time.perf_counter() - self.begun


class Rest:
    """The routes and what they change."""

    def __init__(self, gateway: Gateway, bot: Payload, guild: Payload) -> None:
        """Begin with a guild and no messages."""
        self.faults = Faults()
        self.bot = bot
        self.channels: dict[str, Payload] = {each["id"]: each for each in guild["channels"]}
        self.people = People(gateway, bot, guild)
        self.messages: dict[str, Payload] = {}
        # By their guild, which is empty for those that are registered everywhere, and their name.
        self.commands: dict[tuple[str, str], Payload] = {}
        self.exchanges: dict[str, Exchange] = {}
        self.requests: list[str] = []
        self.shards = 1  # how many Discord wants the bot to have
        self._nonces: dict[str, Payload] = {}
        self._gateway = gateway

    def direct(self, other: Payload) -> Payload:
        """Return the channel between the bot and a user, who may never have had one."""
        for known in self.channels.values():
            if known.get("recipients") == [other]:
                return known
        made = payloads.direct_channel(other)
        self.channels[made["id"]] = made
        return made

    def application(self) -> web.Application:
        """Return the routes, each with the name by which its faults are put."""
        app = web.Application(middlewares=[self._note, self.faults.middleware()])
        channel, hook = "/channels/{channel}", "/webhooks/{application}/{token}"
        for method, path, handler, name in (
            ("GET", "/gateway/bot", self._gateway_bot, "gateway"),
            ("PUT", "/applications/{application}/commands", self._register, "commands"),
            (
                "PUT",
                "/applications/{application}/guilds/{guild}/commands",
                self._register,
                "guild-commands",
            ),
            ("POST", "/users/@me/channels", self._open_direct, "direct"),
            ("GET", channel, self._channel, "channel"),
            ("POST", f"{channel}/typing", self._typing, "typing"),
            ("GET", f"{channel}/messages", self._history, "history"),
            ("POST", f"{channel}/messages", self._send, "message"),
            ("GET", f"{channel}/messages/{{message}}", self._read, "read"),
            ("PATCH", f"{channel}/messages/{{message}}", self._edit, "edit"),
            ("DELETE", f"{channel}/messages/{{message}}", self._delete, "delete"),
            ("POST", f"{channel}/messages/{{message}}/threads", self._open_thread, "thread"),
            ("POST", "/interactions/{interaction}/{token}/callback", self._callback, "callback"),
            ("POST", hook, self._follow_up, "follow-up"),
            ("GET", f"{hook}/messages/@original", self._original, "read-original"),
            ("PATCH", f"{hook}/messages/@original", self._edit_original, "original"),
            ("DELETE", f"{hook}/messages/@original", self._delete_original, "delete-original"),
        ):
            app.router.add_route(method, path, handler, name=name)
        self.people.routes(app)
        return app

    @web.middleware
    async def _note(self, request: web.Request, handler: faults.Handler) -> web.StreamResponse:
        self.requests.append(request.match_info.route.name or request.path)
        return await handler(request)

    async def _gateway_bot(self, _request: web.Request) -> web.Response:
        limit = {"total": 1000, "remaining": 999, "reset_after": 0, "max_concurrency": 1}
        wanted = {"shards": self.shards, "session_start_limit": limit}
        return replied({"url": self._gateway.url, **wanted})

    async def _register(self, request: web.Request) -> web.Response:
        # A menu is registered without a description and listed with an empty one.
        described = {"description": ""}
        added = {"application_id": self.bot["id"], "version": payloads.snowflake()}
        guild = request.match_info.get("guild")
        if guild:
            added["guild_id"] = guild
        wanted = await request.json()
        made = [{**described, **each, "id": payloads.snowflake(), **added} for each in wanted]
        self.commands |= {(guild or "", each["name"]): each for each in made}
        return replied(made)

    async def _open_direct(self, request: web.Request) -> web.Response:
        return replied(self.direct(self.people.users[str((await request.json())["recipient_id"])]))

    async def _channel(self, request: web.Request) -> web.Response:
        found = self.channels.get(request.match_info["channel"])
        return replied(found) if found else failed(faults.UNKNOWN_CHANNEL)

    async def _typing(self, _request: web.Request) -> web.Response:
        return web.Response(status=204)

    async def _history(self, request: web.Request) -> web.Response:
        before = int(request.query.get("before", 2**63))
        after = int(request.query.get("after", 0))
        found = [
            each
            for each in reversed(self.messages.values())
            if each["channel_id"] == request.match_info["channel"]
            and after < int(each["id"]) < before
        ]
        limit = int(request.query.get("limit", 50))
        # The newest that fit, or with "after" the oldest; the newest of them first.
        return replied(found[-limit:] if after else found[:limit])

    async def _send(self, request: web.Request) -> web.Response:
        where = self.channels.get(request.match_info["channel"])
        if where is None:
            return failed(faults.UNKNOWN_CHANNEL)
        sent = await request.json()
        nonce = str(sent.get("nonce"))
        if sent.get("enforce_nonce") and nonce in self._nonces:
            return replied(self._nonces[nonce])
        made = payloads.message(where, self.bot, sent)
        if reference := sent.get("message_reference"):
            reference |= {"message_id": str(reference["message_id"])}
            if reference["message_id"] in self.messages:
                made |= {"type": 19, "message_reference": reference}
            elif reference.get("fail_if_not_exists", True):
                return failed(faults.NO_SUCH_REPLY)
        self.messages[made["id"]] = self._nonces[nonce] = made
        await self._gateway.dispatch("MESSAGE_CREATE", made)
        return replied(made)

    async def _read(self, request: web.Request) -> web.Response:
        found = self.messages.get(request.match_info["message"])
        return replied(found) if found else failed(faults.UNKNOWN_MESSAGE)

    async def _edit(self, request: web.Request) -> web.Response:
        found = self.messages.get(request.match_info["message"])
        if found is None:
            return failed(faults.UNKNOWN_MESSAGE)
        found |= await request.json()
        await self._gateway.dispatch("MESSAGE_UPDATE", found)
        return replied(found)

    async def _delete(self, request: web.Request) -> web.Response:
        found = self.messages.pop(request.match_info["message"], None)
        if found is None:
            return failed(faults.UNKNOWN_MESSAGE)
        gone = {name: found.get(name) for name in ("id", "channel_id", "guild_id")}
        await self._gateway.dispatch("MESSAGE_DELETE", gone)
        return web.Response(status=204)

    async def _open_thread(self, request: web.Request) -> web.Response:
        where = self.channels[request.match_info["channel"]]
        made = payloads.thread(where, self.bot, (await request.json())["name"])
        made["id"] = request.match_info["message"]
        self.channels[made["id"]] = made
        await self._gateway.dispatch("THREAD_CREATE", made | {"newly_created": True})
        return replied(made)

    async def _callback(self, request: web.Request) -> web.Response:
        exchange = self.exchanges.get(request.match_info["token"])
        if exchange is None or (
            exchange.acknowledged is None and exchange.age > ACKNOWLEDGE_SECONDS
        ):
            return failed(faults.UNKNOWN_INTERACTION)
        if exchange.acknowledged is not None:
            return failed(faults.ACKNOWLEDGED_BEFORE)
        sent = await request.json()
        exchange.acknowledged = exchange.age
        exchange.thinking = sent["type"] == DEFERRED_MESSAGE
        if sent["type"] == MESSAGE:
            exchange.answered = exchange.age
        if sent["type"] == CHOICES:
            exchange.choices = sent["data"]["choices"]
        elif sent["type"] == DEFERRED_UPDATE:
            exchange.original = exchange.interaction["message"]
        else:
            exchange.original = self._made(exchange, sent.get("data") or {})
        identity = {name: exchange.interaction[name] for name in ("id", "type")}
        return replied({"interaction": identity})

    async def _follow_up(self, request: web.Request) -> web.Response:
        exchange = self._acknowledged(request)
        if isinstance(exchange, Fault):
            return failed(exchange)
        if exchange.thinking:
            return await self._edit_original(request)
        exchange.follow_ups.append(self._made(exchange, await request.json()))
        exchange.answered = exchange.age
        return replied(exchange.follow_ups[-1])

    async def _original(self, request: web.Request) -> web.Response:
        exchange = self._acknowledged(request)
        if isinstance(exchange, Fault):
            return failed(exchange)
        return replied(exchange.original) if exchange.original else failed(faults.UNKNOWN_MESSAGE)

    async def _edit_original(self, request: web.Request) -> web.Response:
        exchange = self._acknowledged(request)
        if isinstance(exchange, Fault):
            return failed(exchange)
        if exchange.original is None:
            return failed(faults.UNKNOWN_MESSAGE)
        exchange.original |= await request.json()
        exchange.thinking = False
        exchange.answered = exchange.age
        exchange.edits += 1
        return replied(exchange.original)

    async def _delete_original(self, request: web.Request) -> web.Response:
        exchange = self._acknowledged(request)
        if isinstance(exchange, Fault):
            return failed(exchange)
        exchange.original = None
        return web.Response(status=204)

    def _acknowledged(self, request: web.Request) -> Exchange | Fault:
        exchange = self.exchanges.get(request.match_info["token"])
        if exchange is None or exchange.acknowledged is None:
            return faults.UNKNOWN_WEBHOOK
        return exchange

    def _made(self, exchange: Exchange, sent: Payload) -> Payload:
        where = self.channels[exchange.interaction["channel_id"]]
        return payloads.message(where, self.bot, sent)
