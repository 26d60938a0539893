"""Discord's REST API v10: users, guilds, who is in which, and whose the application is."""

from aiohttp import web

from tests.support.discord_server import faults, payloads
from tests.support.discord_server.faults import failed, replied
from tests.support.discord_server.gateway import Gateway
from tests.support.discord_server.payloads import Payload

BOT_ADD = 28
GATEWAY_ALONE = ("channels", "members", "threads", "unavailable", "member_count", "presences")


class People:
    """The routes and what they tell."""

    def __init__(self, gateway: Gateway, bot: Payload, guild: Payload) -> None:
        """Begin with the bot alone, whose application is its own; others are in the `guild`."""
        self.bot = bot
        self.users: dict[str, Payload] = {}
        self.strangers: set[str] = set()  # who is in no guild
        self.homes: dict[str, str] = {}  # who is in another guild than the first, and in which
        self.owner = bot
        self.team: Payload | None = None
        self.invitation: tuple[Payload, Payload] | None = None  # of the first by the second
        self._gateway = gateway
        self._guild = guild

    def routes(self, app: web.Application) -> None:
        """Add the routes, each with the name by which its faults are put."""
        guild = "/guilds/{guild}"
        for method, path, handler, name in (
            ("GET", "/users/@me", self._me, "me"),
            ("GET", "/users/@me/guilds", self._guilds, "guilds"),
            ("GET", "/users/{user}", self._user, "user"),
            ("GET", "/oauth2/applications/@me", self._application, "application"),
            ("GET", guild, self._one_guild, "guild"),
            ("GET", f"{guild}/channels", self._channels, "channels"),
            ("GET", f"{guild}/audit-logs", self._audit_log, "audit-log"),
            ("GET", f"{guild}/members/{{user}}", self._member, "member"),
            ("DELETE", f"/users/@me{guild}", self._leave, "leave"),
        ):
            app.router.add_route(method, path, handler, name=name)

    async def _me(self, _request: web.Request) -> web.Response:
        return replied(self.bot)

    async def _application(self, _request: web.Request) -> web.Response:
        about = {"name": "Seedbot", "description": "", "icon": None, "verify_key": "", "flags": 0}
        rights = {"bot_public": True, "bot_require_code_grant": False}
        whose = {"owner": self.owner, "team": self.team}
        return replied({"id": self.bot["id"], **whose, **about, **rights})

    async def _user(self, request: web.Request) -> web.Response:
        found = self.users.get(request.match_info["user"])
        return replied(found) if found else failed(faults.UNKNOWN_USER)

    async def _member(self, request: web.Request) -> web.Response:
        user = self.users.get(request.match_info["user"])
        home = self.homes.get(request.match_info["user"], self._guild["id"])
        here = request.match_info["guild"] == home
        if user is None or user["id"] in self.strangers or not here:
            return failed(faults.UNKNOWN_MEMBER)
        return replied({**payloads.member(), "user": user})

    async def _guilds(self, request: web.Request) -> web.Response:
        after = int(request.query.get("after", 0))
        numbers = sorted(int(each) for each in self._gateway.guilds if int(each) > after)
        found = [self._gateway.guilds[str(each)] for each in numbers]
        kept = ("id", "name", "features")
        counts = {"icon": None, "owner": False, "permissions": "0"}
        return replied(
            [
                {**{key: each[key] for key in kept}, **counts}
                | {"approximate_member_count": each["member_count"]}
                for each in found[: int(request.query.get("limit", 200))]
            ]
        )

    async def _one_guild(self, request: web.Request) -> web.Response:
        found = self._gateway.guilds.get(request.match_info["guild"])
        if found is None:
            return failed(faults.UNKNOWN_GUILD)
        # Who is in there, and its channels, are told by the gateway alone.
        told = {key: each for key, each in found.items() if key not in GATEWAY_ALONE}
        return replied(told)

    async def _channels(self, request: web.Request) -> web.Response:
        found = self._gateway.guilds.get(request.match_info["guild"])
        return replied(found["channels"]) if found else failed(faults.UNKNOWN_GUILD)

    async def _leave(self, request: web.Request) -> web.Response:
        await self._gateway.dispatch("GUILD_DELETE", {"id": request.match_info["guild"]})
        return web.Response(status=204)

    async def _audit_log(self, _request: web.Request) -> web.Response:
        users = list(self.invitation or ())
        entry = {"id": payloads.snowflake(), "action_type": BOT_ADD}
        named = {"target_id": users[0]["id"], "user_id": users[1]["id"]} if users else {}
        entries = [entry | named] if users else []
        empty: dict[str, list[Payload]] = {
            name: []
            for name in (
                "integrations",
                "webhooks",
                "guild_scheduled_events",
                "threads",
                "application_commands",
                "auto_moderation_rules",
            )
        }
        return replied({"audit_log_entries": entries, "users": users, **empty})
