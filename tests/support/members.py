"""A server with one channel, a moderator and a member, as most tests want it."""

from typing import NamedTuple

import discord
from simcord import ChannelHandle, Env, GuildHandle, MemberActor

MANAGER = discord.Permissions(manage_guild=True)


class Server(NamedTuple):
    """The simulated server and who is in it; `boss` may manage it."""

    guild: GuildHandle
    channel: ChannelHandle
    boss: MemberActor
    ann: MemberActor


def server(env: Env) -> Server:
    """Make one."""
    guild = env.create_guild()
    channel = guild.create_text_channel("general")
    staff = guild.create_role("staff", permissions=MANAGER)
    boss = guild.add_member(env.create_user("boss"), roles=[staff])
    return Server(guild, channel, boss, guild.add_member(env.create_user("ann")))
