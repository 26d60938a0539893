"""Whether what is written in a channel may be gathered: all who'd be answered from it can read it.

Nothing is known here of who has which roles, so that a rule of the channel that turns anybody away
is enough to say no. Whoever runs the bot reads what it gathers, and is left aside, as are the owner
and the administrators of a server, who can read each of its channels.
"""

import re
import unicodedata
from collections.abc import Sequence

import discord

from bot.access.grants import is_known
from bot.admission import listed
from bot.settings import BotCollectionSettings, BotConfig, ChannelSourceSettings
from index import SERVER

Channel = discord.TextChannel | discord.ForumChannel
AGE_RESTRICTED = (discord.NSFWLevel.explicit, discord.NSFWLevel.age_restricted)

NO_INTENT = (
    "what members write can't be read: set `message_content = true` under [discord] and switch on "
    "the Message Content Intent in Discord's developer portal"
)
OPEN = 'set `direct_messages` under [discord] to "members" or "closed", or name [[collections]]'
ONE_SERVER = (
    "the bot answers in several servers from the same documents: name this one alone as `servers` "
    "under [discord], or name [[collections]]"
)


def objection(
    source: ChannelSourceSettings,
    channels: Sequence[object],
    config: BotConfig,
    guilds: Sequence[discord.Guild],
) -> str:
    """Say in a word why nothing may be gathered of a source, and what to change; empty if it may.

    `channels` are all that it names, as they are at this moment, and `guilds` the servers that the
    bot is in, as far as they are known.
    """
    for channel in channels:
        if not isinstance(channel, Channel):
            kind = getattr(channel, "type", "?")
            return f"{_of(channel)} is no forum, announcement or text channel but a {kind} one"
        if told := _unfit(source, channel, config):
            return told
    fit = [each for each in channels if isinstance(each, Channel)]
    if len({each.guild.id for each in fit}) > 1:
        return "its channels are of several servers: make it a source for each server"
    return _unread(source, fit, config, guilds)


def everyone_reads(channel: discord.abc.GuildChannel) -> bool:
    """Whether each member of its server can read a channel, whatever roles they have."""
    everyone = channel.permissions_for(channel.guild.default_role)
    return everyone.view_channel and _has_history(channel) and not _turned_away(channel)


def _unfit(source: ChannelSourceSettings, channel: Channel, config: BotConfig) -> str:
    """Say what is against a channel, whoever reads it."""
    guild = channel.guild
    if not listed(config.discord, guild.id):
        return f"{_of(channel)} is in a server that isn't one of `servers` under [discord]"
    if channel.is_nsfw() or guild.nsfw_level in AGE_RESTRICTED:
        return f"{_of(channel)} is age-restricted, and such channels are never gathered"
    if isinstance(channel, discord.TextChannel) and not (channel.is_news() or source.pins):
        return (
            f"{_of(channel)} is a text channel, of which nothing but what is pinned is gathered: "
            "set `pins = true`"
        )
    has = channel.permissions_for(guild.me)
    if not (has.view_channel and has.read_message_history):
        return f"the bot needs View Channel and Read Message History in {_of(channel)}"
    return ""


def _unread(
    source: ChannelSourceSettings,
    channels: Sequence[Channel],
    config: BotConfig,
    guilds: Sequence[discord.Guild],
) -> str:
    """Say who could be answered from channels without being able to read them."""
    server = channels[0].guild.id
    closed = [each for each in channels if not everyone_reads(each)]
    if not config.collections:
        return _closed(closed[0]) if closed else _undivided(server, config, guilds)
    those = [(each, whose) for each in config.collections if (whose := _met(each, source))]
    if not those:
        return f"no collection has its folder, {source.place}: name one that has"
    for collection, whose in those:
        if closed and not _for_this_alone(collection, channels):
            return _closed(closed[0])
        own = whose == str(server) if collection.each else _for_members(collection, channels[0])
        if not (closed or own):
            return (
                f"the collection {collection.name} has its folder, {source.place}, and is for "
                "others than the members of its server: let it be for them alone "
                f"(`servers = [{server}]`), or leave the folder out of it"
            )
    return ""


def _undivided(server: int, config: BotConfig, guilds: Sequence[discord.Guild]) -> str:
    """Say who is answered from documents that are for everybody, and in no server's channel."""
    if config.discord.direct_messages == "open":
        return f"everybody is answered directly, member or not: {OPEN}"
    alone = [each.id for each in guilds] == [server]
    return "" if alone or set(config.discord.servers) == {server} else ONE_SERVER


def _for_members(collection: BotCollectionSettings, channel: Channel) -> bool:
    """Whether a collection is for nobody but members of the server of a channel."""
    guild = channel.guild
    return (
        not collection.everybody
        and {*collection.servers, collection.manager} <= {guild.id, 0}
        and all(guild.get_role(each) for each in collection.roles)
        and all(guild.get_channel(each) for each in collection.channels)
    )


def _for_this_alone(collection: BotCollectionSettings, channels: Sequence[Channel]) -> bool:
    """Whether a collection is for nobody but those who can read the one channel there is."""
    others = collection.everybody or collection.servers or collection.roles or collection.manager
    return (
        len(channels) == 1
        and not (others or collection.each)
        and set(collection.channels) <= {channels[0].id}
        and _has_history(channels[0])
    )


def _has_history(channel: discord.abc.GuildChannel) -> bool:
    """Whether all who can view a channel can read what was written before."""
    everyone = channel.guild.default_role
    allowed = channel.overwrites_for(everyone).read_message_history
    given = allowed or everyone.permissions.read_message_history
    return given and not any(rule.read_message_history is False for rule in _rules(channel))


def _turned_away(channel: discord.abc.GuildChannel) -> bool:
    return any(rule.view_channel is False for rule in _rules(channel))


def _rules(channel: discord.abc.GuildChannel) -> list[discord.PermissionOverwrite]:
    """The rules of a channel, but for those for bots alone."""
    return [
        rule
        for target, rule in channel.overwrites.items()
        if target.id != channel.guild.me.id
        and not (isinstance(target, discord.Role) and target.is_bot_managed())
    ]


def _met(collection: BotCollectionSettings, source: ChannelSourceSettings) -> str:
    """Whether a collection has files of a source: the server whose it is, "*" if it is no one's."""
    whose = "*"
    for folder, place in zip(_parts(collection.folder), _parts(source.place), strict=False):
        found = re.fullmatch("(.+)".join(map(re.escape, folder.split(SERVER))), place)
        if found is None:
            return ""
        whose = found[1] if SERVER in folder else whose
    return whose


def _parts(folder: str) -> list[str]:
    """The names in a path, as a file system may take them for the same."""
    return [part for part in unicodedata.normalize("NFC", folder).casefold().split("/") if part]


def _closed(channel: Channel) -> str:
    return (
        f"not every member of the server can read {_of(channel)}: let @everyone view it and read "
        "its history, with no rule that turns anybody away, or make it a source of its own, whose "
        f"folder only a collection has that is for `channels = [{channel.id}]` and nobody else"
    )


def _of(channel: object) -> str:
    return f"channel {getattr(channel, 'id', '?')}"


def is_there(guild: discord.Guild) -> bool:
    """Whether what a server says of itself holds at this moment, as it doesn't in an outage."""
    return is_known(guild) and guild.me is not None
