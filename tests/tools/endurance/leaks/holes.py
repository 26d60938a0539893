"""Holes that are made on purpose, each of which has to be found."""

from collections.abc import Callable, Iterable

import discord
import pytest

from bot import moderators
from bot.access.access import Access, Event
from bot.access.audience import Audience
from bot.access.grants import Grant
from bot.access.membership import Membership
from bot.conversation.delivery import Interaction
from bot.services import Reading, Services
from index import OF, Library, Shelf, Source
from index.front import Index

Patch = pytest.MonkeyPatch


def rules_of_channels(patch: Patch) -> None:
    """Who reads a channel is told by roles alone, whatever rules it has for them."""

    def let_in(audience: Audience) -> frozenset[int]:
        channel = audience._channel  # noqa: SLF001 - it is put in the place of the class's own
        if channel is None:
            return frozenset()
        if channel.permissions_for(channel.guild.default_role).view_channel:
            return frozenset({channel.guild.id})
        return frozenset(
            role.id
            for role in channel.guild.roles
            if role.permissions.view_channel
            and not role.permissions.administrator
            and not role.is_bot_managed()
        )

    patch.setattr(Audience, "_let_in", property(let_in))


def members_let_in(patch: Patch) -> None:
    """A rule of a channel for one member lets nobody in."""
    let_in = Audience._let_in.func  # type: ignore[attr-defined] # noqa: SLF001 - as above

    def roles(audience: Audience) -> frozenset[int]:
        channel = audience._channel  # noqa: SLF001 - as above
        known = {role.id for role in channel.guild.roles} if channel else set()
        found: frozenset[int] = let_in(audience)
        return found & known

    patch.setattr(Audience, "_let_in", property(roles))


def threads(patch: Patch) -> None:
    """A thread is read by nobody but who asks there."""
    may_see = Audience.may_see

    def alone(audience: Audience, grant: Grant, asker: int = 0) -> bool:
        return audience.of_thread or may_see(audience, grant, asker)  # type: ignore[attr-defined]

    made = Audience.__init__

    def make(audience: Audience, channel: object) -> None:
        made(audience, channel)
        audience.of_thread = isinstance(channel, discord.Thread)  # type: ignore[attr-defined]

    patch.setattr(Audience, "__init__", make)
    patch.setattr(Audience, "may_see", alone)


def channels(patch: Patch) -> None:
    """What is for a channel is for all channels of its server."""

    def same(audience: Audience, number: int) -> bool:
        channel = audience._channel  # noqa: SLF001 - as above
        return channel is not None and channel.guild.get_channel(number) is not None

    patch.setattr(Audience, "_is_read_by_those_of", same)


def friends(patch: Patch) -> None:
    """What is said among friends is taken for said to the bot alone."""
    patch.setattr("bot.access.access._is_direct", lambda event: event.guild is None)


def own(patch: Patch) -> None:
    """What a server has of its own is for the members of any."""
    grant = Access._grant  # noqa: SLF001 - as above

    def any_servers(access: Access, name: str) -> Grant:
        return Grant(everybody=True) if OF in name else grant(access, name)

    patch.setattr(Access, "_grant", any_servers)


def private(patch: Patch) -> None:
    """What all see is taken from what the asker alone may see."""
    reading = Services.reading

    async def alone(services: Services, event: Event, *, private: bool = False) -> Reading:
        del private
        return await reading(services, event, private=True)

    patch.setattr(Services, "reading", alone)


def buttons(patch: Patch) -> None:
    """What a button leads to isn't looked at again: it was shown, so it may be read."""
    reading = Services.reading

    async def unasked(services: Services, event: Event, *, private: bool = False) -> Reading:
        component = discord.InteractionType.component
        if isinstance(event, discord.Interaction) and event.type is component:
            return Reading(_all(services.answers.library))
        return await reading(services, event, private=private)

    patch.setattr(Services, "reading", unasked)


def pages(patch: Patch) -> None:
    """An answer's other pages are for whoever sees the first."""

    async def may_read(*_: object) -> bool:
        return True

    patch.setattr("bot.buttons.pager._may_read", may_read)


def suggestions(patch: Patch) -> None:
    """To who types, all documents are suggested."""

    async def offered(
        services: Services, interaction: Interaction, nearest: Callable[[Shelf], list[str]]
    ) -> list[str]:
        server = interaction.guild_id or 0
        return await services.answers.run(server, nearest, _all(services.answers.library))

    patch.setattr("bot.documents._offered", offered)


def kept_answers(patch: Patch) -> None:
    """Kept answers are for whoever asks the same."""
    patch.setattr(Shelf, "key", property(lambda _: ()))


def keys(patch: Patch) -> None:
    """A document is read by its name from any collection."""
    all_of: list[Library] = []
    at_hand = Library.at_hand

    def remembered(library: Library, names: Iterable[str]) -> Shelf | None:
        all_of[:] = [library]
        return at_hand(library, names)

    def holding(_: Shelf, path: str) -> list[Index]:
        return [each for each in all_of[0].opened().values() if each.source(path)]

    def source(shelf: Shelf, name: str) -> Source | None:
        return next((each.source(name) for each in holding(shelf, name)), None)

    patch.setattr(Library, "at_hand", remembered)
    patch.setattr(Shelf, "_holding", holding)
    patch.setattr(Shelf, "source", source)


def members_of_before(patch: Patch) -> None:
    """What somebody was in a server once holds for ever."""
    look, kept = Membership._look, {}  # noqa: SLF001 - as above

    async def once(membership: Membership, user: int, guild: discord.Guild) -> object:
        key = id(guild), user
        if key not in kept:
            kept[key] = await look(membership, user, guild)
        return kept[key]

    patch.setattr(Membership, "_look", once)


def managers(patch: Patch) -> None:
    """Who manages a server manages all collections."""

    async def every(interaction: Interaction, services: Services) -> list[str]:
        allowed = interaction.permissions.manage_guild
        return services.answers.library.names() if allowed else []

    patch.setattr("bot.moderators.managed_collections", every)


def noted(patch: Patch) -> None:
    """What managers do is told with its name in any channel that they have it shown in."""
    patch.setattr(Access, "visible_in", lambda *_: True)


def managers_of_before(patch: Patch) -> None:
    """Who pressed a manager's button still is one."""
    check = moderators.check

    async def unasked(interaction: Interaction, services: Services, collection: str = "") -> str:
        if interaction.type is discord.InteractionType.component:
            return collection
        return await check(interaction, services, collection)

    patch.setattr("bot.moderators.check", unasked)


def _all(library: Library) -> Shelf:
    return Shelf(library.opened())


HOLES: dict[str, Callable[[Patch], None]] = {
    each.__name__: each
    for each in (
        rules_of_channels,
        members_let_in,
        threads,
        channels,
        friends,
        own,
        private,
        buttons,
        pages,
        suggestions,
        kept_answers,
        keys,
        members_of_before,
        managers,
        noted,
        managers_of_before,
    )
}
