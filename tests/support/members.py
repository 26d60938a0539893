"""Servers with one channel, a moderator and a member each, as most tests want them."""

from typing import NamedTuple

import discord
from simcord import ChannelHandle, Env, GuildHandle, MemberActor, UserHandle

MANAGER = discord.Permissions(manage_guild=True, manage_messages=True)


class Server(NamedTuple):
    """The simulated server and who is in it; `boss` may manage it."""

    guild: GuildHandle
    channel: ChannelHandle
    boss: MemberActor
    ann: MemberActor


def server(env: Env) -> Server:
    """Make one, beside another one that the bot is in."""
    return servers(env)[0]


def alone(env: Env) -> Server:
    """Make the only one, so that who manages it manages the index."""
    return _made(env, "here", env.create_user("ann"))


def servers(env: Env) -> tuple[Server, Server]:
    """Make two; `ann` is in both, and who manages one is none to the other."""
    person = env.create_user("ann")
    return _made(env, "here", person), _made(env, "elsewhere", person)


def _made(env: Env, name: str, person: UserHandle) -> Server:
    guild = env.create_guild(name)
    channel = guild.create_text_channel("general")
    staff = guild.create_role("staff", permissions=MANAGER)
    boss = guild.add_member(env.create_user("boss"), roles=[staff])
    return Server(guild, channel, boss, guild.add_member(person))
