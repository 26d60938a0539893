"""What discord.py and simcord keep to themselves; nothing else of the tests reaches into them."""

import asyncio
from typing import Any

import discord
import pytest
from simcord import Env, UserHandle
from simcord.backend import serializers
from simcord.backend.models import Role, User


def forget_views(client: discord.Client) -> None:
    """Forget which views were sent, as a restart does."""
    client._connection._view_store._views.clear()  # noqa: SLF001


def forget_messages(client: discord.Client) -> None:
    """Forget which messages were seen, as a restart does."""
    client._connection._messages.clear()  # type: ignore[union-attr] # noqa: SLF001


def hasten(client: discord.Client) -> None:
    """Notice a silent connection in two seconds, and wait for no more guilds.

    Both are arguments of `discord.Client`, which the bot leaves as they are.
    """
    connection = client._connection  # noqa: SLF001
    connection.guild_ready_timeout, connection.heartbeat_timeout = 0.05, 2.0


def gets_ready(task: asyncio.Task[object]) -> bool:
    """Whether it is a client that waits for guilds after it said who it is."""
    return getattr(task.get_coro(), "__name__", "") in {"_delay_ready", "_delay_shard_ready"}


def show_one_level_of_replies(patch: pytest.MonkeyPatch) -> None:
    """Send with a message the one it replies to, as Discord does, and not the whole chain."""
    whole = serializers.message_payload

    def shortened(*arguments: Any, **options: Any) -> Any:  # noqa: ANN401 - simcord's payloads
        payload: Any = whole(*arguments, **options)
        payload.get("referenced_message", {}).pop("referenced_message", None)
        return payload

    patch.setattr(serializers, "message_payload", shortened)


def tell_of_members_and_bots(env: Env, patch: pytest.MonkeyPatch) -> None:
    """Say with a message what its writer is in the server, and of a bot's role that it is one.

    Discord does, and simcord doesn't.
    """
    backend = env.backend
    emit, role_payload = backend.emit, serializers.role_payload

    def with_member(event: str, payload: Any) -> None:  # noqa: ANN401 - simcord's payloads
        if event in {"MESSAGE_CREATE", "MESSAGE_UPDATE"} and "guild_id" in payload:
            guild = backend.guilds[int(payload["guild_id"])]
            member = guild.members.get(int(payload["author"]["id"]))
            if member is not None:
                told = serializers.member_payload(backend, guild, member, with_user=False)
                payload = {**payload, "member": told}
        emit(event, payload)

    def with_bot(role: Role) -> Any:  # noqa: ANN401 - as above
        tags = {"tags": {"bot_id": str(backend.bot_user.id)}} if role.managed else {}
        return {**role_payload(role), **tags}

    patch.setattr(backend, "emit", with_member)
    patch.setattr(serializers, "role_payload", with_bot)


def user_with(env: Env, name: str, number: int) -> UserHandle:
    """Make a user with a number of the test's own, as a config may name one."""
    user = User(id=number, name=name)
    env.backend.users[number] = user
    return UserHandle(env, user)
