"""The bot as an app that somebody has installed for themselves, used where the bot isn't.

simcord knows servers with the bot, and direct messages.
"""

from collections.abc import Mapping
from typing import Any

from simcord import Env, InteractionResult, UserHandle
from simcord.backend import Backend
from simcord.backend.models import Channel
from simcord.enums import AppCommandType, ChannelType, InteractionType, OptionType
from simcord.interactions import base_payload

# What a command says of where it is used, and the kind of a channel of some friends.
IN_SERVER, BETWEEN_PEOPLE = 0, 2
GROUP = 3
KINDS = {str: OptionType.STRING, bool: OptionType.BOOLEAN, int: OptionType.INTEGER}


def open_place(backend: Backend, server: int) -> int:
    """Make a channel of a server, or in 0 of some friends; return its id."""
    channel = Channel(backend.snowflake(), ChannelType.TEXT if server else GROUP, "elsewhere")
    backend.channels[channel.id] = channel
    backend.messages[channel.id] = {}
    return channel.id


def told(payload: Mapping[str, Any], server: int) -> dict[str, Any]:
    """What Discord tells otherwise of a command, suggestion or click in such a channel."""
    user, number = payload["user"], payload["channel_id"]
    if not server:
        channel = {"id": number, "type": GROUP, "recipients": [user], "owner_id": user["id"]}
        return {"context": BETWEEN_PEOPLE, "channel": channel | {"name": "friends"}}
    member = {"user": user, "roles": [], "joined_at": None, "permissions": "0", "flags": 0}
    return {
        "context": IN_SERVER,
        "guild_id": str(server),
        "guild": {"id": str(server), "locale": "en-US", "features": []},
        "member": member | {"deaf": False, "mute": False},
        "channel": payload["channel"] | {"guild_id": str(server)},
    }


async def slash(
    env: Env, user: UserHandle, server: int, name: str, **options: str | bool | int
) -> InteractionResult:
    """Use a command in a server without the bot, or in 0 among friends."""
    root = env.backend.find_command(name, None, type=AppCommandType.CHAT_INPUT)
    assert root is not None
    given = [
        {"name": each, "type": KINDS[type(value)], "value": value}
        for each, value in options.items()
    ]
    record, payload = base_payload(
        env.backend,
        type=InteractionType.APPLICATION_COMMAND,
        channel_id=open_place(env.backend, server),
        guild_id=None,
        user_id=user.id,
        data={"id": root["id"], "name": name, "type": root.get("type", 1), "options": given},
    )
    env.backend.emit("INTERACTION_CREATE", payload | told(payload, server))
    await env.settle()
    return InteractionResult(env, record)
