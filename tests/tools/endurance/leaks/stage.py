"""A world with the bot in it, and somebody who uses its commands and buttons at a place."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from random import Random
from typing import Any

from simcord import Env
from simcord.backend import Backend, serializers
from simcord.backend.models import Interaction, Message
from simcord.enums import AppCommandType, InteractionType, OptionType
from simcord.interactions import base_payload

from bot.client import SeedBot
from bot.services import Services
from bot.settings import ChannelKey
from tests.support import installed
from tests.tools.endurance.leaks.documents import Marked, Shelves
from tests.tools.endurance.leaks.eyes import Eyes
from tests.tools.endurance.leaks.outlet import Outlet
from tests.tools.endurance.leaks.world import Drawn

# A server that the bot isn't in.
FOREIGN = 990
SET: tuple[tuple[ChannelKey, str], ...] = (
    ("answer_channels", "help"),
    ("answer_channels", "hall"),
    ("question_channels", "office"),
    ("thread_channels", "study"),
)


@dataclass(frozen=True, slots=True)
class Spot:
    """Somebody at a place, by their ids: in a channel of a server, or in a channel of none.

    In server 0 that is with the bot alone or, if it is `elsewhere`, in a group without the bot. A
    server without the bot is `elsewhere`, too.
    """

    user: int
    server: int
    channel: int
    elsewhere: bool = False

    @property
    def home(self) -> int:
        """The server by which they may see something; 0 for all of theirs."""
        return 0 if self.elsewhere else self.server


@dataclass(slots=True)
class Stage:
    """All that an act has at hand; `tally` counts what was done and what came of it.

    `keepers` are the roles that may rebuild, by server, and `elsewhere` the channels without the
    bot, each with its server. `refused` says that Discord doesn't take all that the bot says now.
    """

    env: Env
    drawn: Drawn
    bot: SeedBot
    shelves: Shelves
    made: Mapping[str, Marked]
    eyes: Eyes
    outlet: Outlet
    chance: Random
    tally: Counter[str]
    keepers: dict[int, int]
    elsewhere: dict[int, int] = field(default_factory=dict)
    attached: dict[str, dict[str, Any]] = field(default_factory=dict)
    refused: bool = False

    @property
    def backend(self) -> Backend:
        """The simulated Discord."""
        return self.env.backend

    @property
    def services(self) -> Services:
        """What the bot answers with."""
        return self.bot.services

    @property
    def me(self) -> int:
        """The bot's id."""
        return self.backend.bot_user.id

    async def begin(self) -> None:
        """Set what makes the bot speak unasked, and open threads, in some channels."""
        servers = self.services.servers
        for place in self.drawn.places:
            named = {self.backend.channels[each].name: each for each in place.data.channel_ids}
            for key, name in SET:
                if self.chance.random() < 0.6:
                    await servers.switch(place.guild.id, key, named[name], on=True)
            if self.chance.random() < 0.6:
                await servers.set(place.guild.id, "log_channel", named["hall"])

    async def command(self, spot: Spot, name: str, **options: object) -> Interaction:
        """Use a command."""
        data = self._command(name, options)
        return await self._interact(spot, InteractionType.APPLICATION_COMMAND, data)

    async def typing(
        self, spot: Spot, name: str, option: str, typed: str, **filled: object
    ) -> list[Any]:
        """Type into an option; return what is suggested."""
        data = self._command(name, filled | {option: typed}, focused=option)
        kind = InteractionType.APPLICATION_COMMAND_AUTOCOMPLETE
        record = await self._interact(spot, kind, data)
        return record.autocomplete_choices or []

    async def menu(self, spot: Spot, name: str, message: Message) -> Interaction:
        """Use the menu of a message."""
        root = self.backend.find_command(name, None, type=AppCommandType.MESSAGE)
        assert root is not None
        target = {str(message.id): dict(serializers.message_payload(self.backend, message))}
        data = {
            "id": root["id"],
            "name": name,
            "type": AppCommandType.MESSAGE,
            "target_id": str(message.id),
            "resolved": {"messages": target},
        }
        return await self._interact(spot, InteractionType.APPLICATION_COMMAND, data)

    async def click(self, spot: Spot, message: Message, button: str) -> Interaction:
        """Press a button."""
        shown = {"message": dict(serializers.message_payload(self.backend, message))}
        data = {"custom_id": button, "component_type": 2}
        kind = InteractionType.MESSAGE_COMPONENT
        return await self._interact(spot, kind, data, shown, message.id)

    async def write(self, spot: Spot, text: str, reply_to: Message | None = None) -> Message:
        """Write a message."""
        reference = None
        if reply_to is not None:
            reference = {"channel_id": str(reply_to.channel_id), "message_id": str(reply_to.id)}
        self._begins(spot, text)
        message = self.backend.create_message(spot.channel, spot.user, text, reference=reference)
        await self.env.settle()
        return message

    async def post(self, spot: Spot, forum: int, title: str, text: str) -> None:
        """Open a post in a forum."""
        self._begins(spot, f"{title} {text}")
        thread = self.backend.create_thread(forum, title, spot.user, broadcast=False)
        message = self.backend.prepare_message(thread.id, spot.user, text)
        message.id = thread.id
        self.backend.announce_thread_create(thread)
        self.backend.commit_message(message)
        await self.env.settle()

    async def edit(self, message: Message, text: str) -> None:
        """Change a message of somebody's own."""
        server = self.backend.channels[message.channel_id].guild_id or 0
        self._begins(Spot(message.author_id, server, message.channel_id), text)
        self.backend.edit_message(message.channel_id, message.id, {"content": text})
        await self.env.settle()

    def attach(self, spot: Spot, name: str, data: bytes) -> str:
        """Attach a file to the next command; return its id."""
        number = self.backend.snowflake()
        made = self.backend.cdn.store_attachment(number, spot.channel, name, data, None)
        self.attached[str(number)] = made
        return str(number)

    async def fetch(self, url: str, _most: int) -> bytes:
        """Return what was attached."""
        return self.backend.cdn.get(url) or b""

    def reply(self, record: Interaction) -> Message | None:
        """What stands in the place of an interaction."""
        return self.backend.messages[record.channel_id].get(record.message_id or 0)

    def open_elsewhere(self) -> None:
        """Make the places without the bot: a group, and a channel of a server."""
        for server in (0, FOREIGN):
            self.elsewhere[installed.open_place(self.backend, server)] = server

    def _begins(self, spot: Spot, typed: str) -> None:
        self.outlet.actor = spot.user
        self.outlet.typed = self.outlet.marks(typed)

    def _command(
        self, name: str, options: Mapping[str, object], focused: str = ""
    ) -> dict[str, Any]:
        root, *nested = name.split()
        found = self.backend.find_command(root, None, type=AppCommandType.CHAT_INPUT)
        assert found is not None, name
        leaf = found
        for each in nested:
            leaf = next(option for option in leaf["options"] if option["name"] == each)
        kinds = {option["name"]: option["type"] for option in leaf.get("options", ())}
        given = [
            {"name": each, "type": kinds[each], "value": value}
            | ({"focused": True} if each == focused else {})
            for each, value in options.items()
        ]
        for each in reversed(nested):
            given = [{"name": each, "type": OptionType.SUBCOMMAND, "options": given}]
        return {"id": found["id"], "name": root, "type": found.get("type", 1), "options": given}

    async def _interact(
        self,
        spot: Spot,
        kind: InteractionType,
        data: dict[str, Any],
        more: Mapping[str, object] | None = None,
        source: int | None = None,
    ) -> Interaction:
        self._begins(spot, str(data.get("options", "")))
        server = None if spot.elsewhere or not spot.server else spot.server
        record, payload = base_payload(
            self.backend,
            type=kind,
            channel_id=spot.channel,
            guild_id=server,
            user_id=spot.user,
            data=data | self._resolved(spot, data),
        )
        record.source_message_id = source
        payload |= more or {}
        if spot.elsewhere:
            payload |= installed.told(payload, spot.server)
        self.backend.emit("INTERACTION_CREATE", payload)
        await self.env.settle()
        return record

    def _resolved(self, spot: Spot, data: Mapping[str, Any]) -> dict[str, Any]:
        """The channels, roles and files that options name."""
        given = data.get("options", [])
        while given and given[0]["type"] == OptionType.SUBCOMMAND:
            given = given[0]["options"]
        channels, roles, files = {}, {}, {}
        for option in given:
            if option["type"] == OptionType.CHANNEL:
                channel = self.backend.channels[int(option["value"])]
                may = self.backend.compute_permissions(spot.server, spot.user, channel.id)
                payload = dict(serializers.channel_payload(self.backend, channel))
                channels[option["value"]] = payload | {"permissions": str(may)}
            elif option["type"] == OptionType.ROLE:
                role = self.backend.get_role(spot.server, int(option["value"]))
                roles[option["value"]] = dict(serializers.role_payload(role))
            elif option["type"] == OptionType.ATTACHMENT:
                files[option["value"]] = self.attached[option["value"]]
        found = {"channels": channels, "roles": roles, "attachments": files}
        found = {name: each for name, each in found.items() if each}
        return {"resolved": found} if found else {}
