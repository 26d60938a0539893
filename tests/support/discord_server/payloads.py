"""The objects of Discord's API v10, as far as discord.py reads them."""

import itertools
import time
from collections.abc import Iterable, Mapping
from typing import Any

Payload = dict[str, Any]

DISCORD_EPOCH = 1420070400000
EVERYTHING = str(2**50 - 1)
TEXT_CHANNEL, DIRECT_CHANNEL, GROUP_CHANNEL, PUBLIC_THREAD, FORUM = 0, 1, 3, 11, 15
SLASH, BUTTON, TYPING = 2, 3, 4
EPHEMERAL = 64

_numbers = itertools.count()


def snowflake() -> str:
    """A new id: Discord's clock in its upper bits, a counter in the lower ones."""
    milliseconds = int(time.time() * 1000) - DISCORD_EPOCH
    return str(milliseconds << 22 | next(_numbers) & 0x3FFFFF)


def user(name: str, *, bot: bool = False) -> Payload:
    """A new user."""
    return {
        "id": snowflake(),
        "username": name,
        "discriminator": "0",
        "global_name": name,
        "avatar": None,
        "bot": bot,
        "flags": 0,
    }


def member(roles: Iterable[str] = ()) -> Payload:
    """What a guild adds to a user."""
    return {
        "roles": list(roles),
        "nick": None,
        "avatar": None,
        "joined_at": "2026-01-01T00:00:00+00:00",
        "deaf": False,
        "mute": False,
        "flags": 0,
    }


def channel(guild: str, name: str) -> Payload:
    """A new text channel."""
    return {
        "id": snowflake(),
        "guild_id": guild,
        "type": TEXT_CHANNEL,
        "name": name,
        "position": 0,
        "permission_overwrites": [],
        "parent_id": None,
        "nsfw": False,
        "rate_limit_per_user": 0,
    }


def forum(guild: str, name: str) -> Payload:
    """A new forum."""
    return channel(guild, name) | {"type": FORUM, "available_tags": [], "flags": 0}


def thread(where: Payload, author: Payload, title: str) -> Payload:
    """A new thread; that of a message, as a post in a forum, shares its id."""
    return {
        "id": snowflake(),
        "guild_id": where["guild_id"],
        "parent_id": where["id"],
        "owner_id": author["id"],
        "type": PUBLIC_THREAD,
        "name": title,
        "message_count": 0,
        "member_count": 1,
        "rate_limit_per_user": 0,
        "thread_metadata": {
            "archived": False,
            "auto_archive_duration": 1440,
            "archive_timestamp": "2026-01-01T00:00:00+00:00",
            "locked": False,
        },
    }


def direct_channel(other: Payload) -> Payload:
    """The channel between the bot and another user."""
    return {"id": snowflake(), "type": DIRECT_CHANNEL, "recipients": [other]}


def group(*members: Payload) -> Payload:
    """A channel between some users, in which the bot is not."""
    return {"id": snowflake(), "type": GROUP_CHANNEL, "name": None, "recipients": list(members)}


def guild(owner: str, bot: Payload, number: int = 0) -> Payload:
    """A new guild with one channel, in which everybody may do everything."""
    identity = str(number) if number else snowflake()
    everyone = {
        "id": identity,
        "name": "@everyone",
        "permissions": EVERYTHING,
        "position": 0,
        "color": 0,
        "colors": {"primary_color": 0, "secondary_color": None, "tertiary_color": None},
        "hoist": False,
        "managed": False,
        "mentionable": False,
        "flags": 0,
    }
    return {
        "id": identity,
        "name": "The server",
        "owner_id": owner,
        "unavailable": False,
        "member_count": 2,
        "large": False,
        "roles": [everyone],
        "members": [{**member(), "user": bot}],
        "channels": [channel(identity, "general")],
        "threads": [],
        "emojis": [],
        "stickers": [],
        "features": [],
        "voice_states": [],
        "presences": [],
        "stage_instances": [],
        "guild_scheduled_events": [],
        "verification_level": 0,
        "default_message_notifications": 0,
        "explicit_content_filter": 0,
        "mfa_level": 0,
        "nsfw_level": 0,
        "premium_tier": 0,
        "preferred_locale": "en-US",
        "afk_timeout": 300,
        "system_channel_flags": 0,
    }


def message(
    where: Payload, author: Payload, sent: Mapping[str, Any], mentions: Iterable[Payload] = ()
) -> Payload:
    """A new message in a channel; `sent` is the body of the request that makes it."""
    made: Payload = {
        "id": snowflake(),
        "channel_id": where["id"],
        "author": author,
        "content": sent.get("content") or "",
        "embeds": sent.get("embeds") or [],
        "components": sent.get("components") or [],
        "attachments": [],
        "mentions": list(mentions),
        "mention_roles": [],
        "mention_everyone": False,
        "timestamp": "2026-01-01T00:00:00+00:00",
        "edited_timestamp": None,
        "pinned": False,
        "tts": False,
        "type": 0,
        "flags": sent.get("flags") or 0,
    }
    if "nonce" in sent:
        made["nonce"] = sent["nonce"]
    if "guild_id" in where:
        made["guild_id"] = where["guild_id"]
    return made


def interaction(application: str, where: Payload, by: Payload, kind: int, data: Payload) -> Payload:
    """A new interaction in a guild's channel or, of an app that a user has installed, elsewhere."""
    made: Payload = {
        "id": snowflake(),
        "application_id": application,
        "type": kind,
        "data": data,
        "channel_id": where["id"],
        "channel": where,
        "token": f"token-{snowflake()}",
        "version": 1,
        "app_permissions": EVERYTHING,
        "locale": "en-US",
        "entitlements": [],
        "attachment_size_limit": 10485760,
    }
    if "guild_id" not in where:
        context = 1 if where["type"] == DIRECT_CHANNEL else 2
        return made | {
            "user": by,
            "authorizing_integration_owners": {"1": by["id"]},
            "context": context,
        }
    guild = where["guild_id"]
    return made | {
        "guild_id": guild,
        "guild": {"id": guild, "locale": "en-US", "features": []},
        "member": {**member(), "user": by, "permissions": EVERYTHING},
        "authorizing_integration_owners": {"0": guild},
        "context": 0,
    }
