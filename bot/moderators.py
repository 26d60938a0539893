"""Who may change settings and the index, and what is noted of who did."""

import asyncio
import logging
import time
from dataclasses import replace

import discord
from discord import app_commands

from bot import render
from bot.admission import listed
from bot.conversation.delivery import FAILURES, Interaction, announce
from bot.documents import closest
from bot.errors import NotAllowed, RecordsFailed
from bot.managers import is_manager
from bot.records import Change
from bot.render.fitting import CHOICE_LIMIT, clip
from bot.render.markup import plain
from bot.services import Services
from bot.settings import BotConfig
from bot.shards import ONE
from index import OF, server_of

log = logging.getLogger(__name__)

# So many collections are named.
NAMED = 20


def visible_to(config: BotConfig) -> discord.Permissions | None:
    """Return whom Discord shows the commands to; None is everyone.

    With a role of its own they have to be visible to those who only have that.
    """
    return None if config.discord.rebuild_role else discord.Permissions(manage_guild=True)


def share_one_index(client: discord.Client, services: Services) -> bool:
    """Whether several servers are answered from one index: no manager of one manages it then."""
    config, shards = services.config, services.shards
    if config.collections or len(set(config.discord.servers)) == 1:
        return False
    # There may be more than this process sees, or has seen as yet.
    unseen = not shards.whole or (shards != ONE and not client.is_ready())
    answered = [each for each in client.guilds if listed(config.discord, each.id)]
    return unseen or len(answered) > 1


async def check(interaction: Interaction, services: Services, collection: str = "") -> str:
    """Let those through who manage a collection; what Discord shows to whom is no protection.

    Returns the name of the collection, which may be left out by who manages one alone.

    Raises:
        NotAllowed: the member doesn't manage it, or has to name one of several.
        RecordsFailed: the records can't be read.
    """
    names = await managed_collections(interaction, services)
    if not names:
        raise NotAllowed(await _why_none(interaction, services))
    if collection in names:
        return collection
    if not collection and len(names) == 1:
        return names[0]
    if not any(names):
        message = "the documents aren't divided into collections here: leave `collection` out."
        raise NotAllowed(message)
    yours = f"{', '.join(names[:NAMED])}{', …' if len(names) > NAMED else ''}"
    if collection:
        message = (
            f"there is no collection {collection[:100]!r} that you manage; yours here: {yours}"
        )
    else:
        message = f"please say which collection you mean; yours here: {yours}"
    raise NotAllowed(message)


async def managed_collections(interaction: Interaction, services: Services) -> list[str]:
    """Return the names of the collections that a member manages in the server they write in.

    The index of everything, where there are no collections, has the empty name.

    Raises:
        RecordsFailed: the records can't be read.
    """
    # It looks into the folder of documents.
    names = await asyncio.to_thread(services.answers.library.names)
    config, server = services.config, interaction.guild_id
    # Also before there is any document of it.
    here = [f"{each.name}{OF}{server}" if each.each else each.name for each in config.collections]
    if await services.owners.is_owner(interaction.user.id):
        return list(dict.fromkeys([*names, *here]))
    if not await _manages(interaction, services):
        return []
    if not config.collections:
        return [] if share_one_index(interaction.client, services) else names
    return [name for name in here if manager_of(name, config) == server]


def manager_of(collection: str, config: BotConfig) -> int:
    """Return the number of the server whose managers manage a collection; 0 if none's do."""
    own = int(server_of(collection) or 0)
    named = (each.manager for each in config.collections if each.name == collection)
    return own or next(named, 0)


async def choices(
    interaction: Interaction, services: Services, typed: str
) -> list[app_commands.Choice[str]]:
    """Return the collections that a member manages, those nearest to what was typed."""
    try:
        names = await managed_collections(interaction, services)
    except RecordsFailed as error:
        log.warning("%s", error)
        return []
    titles = {name: _title(name, interaction.client) for name in filter(None, names)}
    near = closest(typed, titles)
    return [app_commands.Choice(name=clip(titles[name], CHOICE_LIMIT), value=name) for name in near]


async def _manages(interaction: Interaction, services: Services) -> bool:
    """Whether a member manages the index, as far as that is for the server: by right or by role."""
    server = interaction.guild_id or 0
    if interaction.client.get_guild(server) is None:
        return False
    role = (await services.servers.rules(server)).rebuild_role
    member = interaction.user
    has_role = isinstance(member, discord.Member) and member.get_role(role) is not None
    return is_manager(member) or has_role


async def _why_none(interaction: Interaction, services: Services) -> str:
    """Say why a member manages no collection."""
    if not await _manages(interaction, services):
        return await _needed(interaction, services)
    owner = "that is for the owner of this bot alone, since "
    if share_one_index(interaction.client, services):
        return f"{owner}several servers share this index."
    return f"{owner}no collection of documents is managed by this server."


async def _needed(interaction: Interaction, services: Services) -> str:
    """Say what takes a member to be a moderator."""
    role = (await services.servers.rules(interaction.guild_id or 0)).rebuild_role
    needed = "that needs the permission Manage Server"
    return f"{needed} or the role that may rebuild." if role else f"{needed}."


def _title(name: str, client: discord.Client) -> str:
    """A collection's name, with that of the server that it is for, if it is one of each."""
    guild = client.get_guild(int(server_of(name) or 0))
    return f"{name} ({plain(guild.name)})" if guild else name


async def moderated(interaction: Interaction, services: Services) -> int:
    """Return the server's number, for one who manages it or its index, or is an owner of the bot.

    Raises:
        NotAllowed: the member doesn't.
        RecordsFailed: the records can't be read.
    """
    owns = await services.owners.is_owner(interaction.user.id)
    if interaction.guild_id and (owns or await _manages(interaction, services)):
        return interaction.guild_id
    raise NotAllowed(await _needed(interaction, services))


def managed(interaction: Interaction) -> int:
    """Return the server's number, for one who manages it.

    Raises:
        NotAllowed: the member doesn't.
    """
    if interaction.guild_id is None or not is_manager(interaction.user):
        message = "that needs the permission Manage Server."
        raise NotAllowed(message)
    return interaction.guild_id


async def note(
    interaction: Interaction,
    services: Services,
    deed: str,
    collection: str = "",
    *,
    unnamed: str = "",
) -> None:
    """Note what a moderator has done: in the log, the records, and the channel that has it shown.

    What was done to a collection is told in the server that manages it, wherever it was done, or
    where none does to owners alone; in a channel not all of whose readers may see the collection,
    as `unnamed` says it. What is done stays done where that fails; the log has it in any case.
    """
    member = interaction.user
    change = Change(member.id, plain(str(member)), deed, time.time())
    await tell_of(
        interaction.client,
        services,
        interaction.guild_id or 0,
        change,
        interaction.id,
        collection,
        unnamed=unnamed,
    )


async def tell_of(  # noqa: PLR0913, PLR0917 - what was done, where, and to whom it is told how
    client: discord.Client,
    services: Services,
    server: int,
    change: Change,
    cause: int,
    collection: str = "",
    *,
    unnamed: str = "",
) -> None:
    """Note what was done in a server, as `note` does; it is told once for each `cause`."""
    log.info("server %s: %s (%s) %s", server, change.name, change.member, change.deed)
    if collection:
        server = manager_of(collection, services.config)
    try:
        await services.records.save_change(server, change)
        number = (await services.servers.rules(server)).log_channel
        channel = await _channel(client, services, server, number)
        if isinstance(channel, discord.abc.Messageable):
            if collection and not services.access.visible_in(channel, [collection]):
                change = replace(change, deed=unnamed)
            await announce(channel, cause, render.changes([change]))
    except (RecordsFailed, discord.InvalidData, *FAILURES) as error:
        log.warning("server %s: a change is in the log alone: %s", server, error)


async def _channel(
    client: discord.Client, services: Services, server: int, number: int
) -> object | None:
    """Return a server's channel of that number, also where another process sees the server.

    Raises:
        HTTPException, RateLimited, InvalidData, ClientError, OSError: Discord doesn't tell.
    """
    guild = client.get_guild(server)
    if guild is not None:
        return guild.get_channel(number)
    if not number or not services.elsewhere.servers([server]):
        return None
    channel = await client.fetch_channel(number)
    # The config may name one for all servers, which is in one of them.
    if isinstance(channel, discord.abc.PrivateChannel) or channel.guild.id != server:
        return None
    # Of the bot's permissions there nothing is known; who reads it isn't either.
    return client.get_partial_messageable(number, guild_id=server)
