"""Servers by chance in a simulated Discord, and what they are in plain data at any moment."""

from collections.abc import Sequence
from dataclasses import dataclass
from random import Random

import discord
from simcord import Env, GuildHandle, MemberActor, UserHandle
from simcord.backend.models import Channel as SimulatedChannel
from simcord.backend.models import Guild, Overwrite
from simcord.enums import ChannelType, OverwriteType

from bot.settings import BotCollectionSettings
from tests.support.visibility import (
    ADMINISTRATOR,
    BOT,
    MANAGE_SERVER,
    VIEW_CHANNEL,
    Channel,
    Role,
    Rule,
    Server,
    Thread,
    World,
)
from tests.tools.endurance.leaks.documents import SERVERS, collections

PEOPLE, ROLES = 6, 3
# What lets somebody take part; whether they see a channel is another matter.
TALK = discord.Permissions(
    send_messages=True,
    send_messages_in_threads=True,
    read_message_history=True,
    embed_links=True,
    use_application_commands=True,
    create_public_threads=True,
)
RULED = (VIEW_CHANNEL, MANAGE_SERVER, ADMINISTRATOR)
EMBED_LINKS = discord.Permissions.embed_links.flag


@dataclass(frozen=True, slots=True)
class Place:
    """A server of the simulated Discord, and who was ever in it."""

    guild: GuildHandle
    people: dict[int, MemberActor]

    @property
    def data(self) -> Guild:
        """What there is in it now."""
        return self.guild._guild  # noqa: SLF001 - simcord shows no roles of members


@dataclass(slots=True)
class Drawn:
    """What was drawn: servers, people, collections with whom they are for, owners of the bot."""

    env: Env
    places: list[Place]
    people: list[UserHandle]
    collections: list[BotCollectionSettings]
    owners: frozenset[int]

    def plain(self, names: frozenset[str], keepers: dict[int, int]) -> World:
        """What all of it is now; `keepers` are the roles that may rebuild, by server."""
        servers = {
            place.guild.id: self._server(place.data, keepers[place.guild.id])
            for place in self.places
        }
        return World(servers, tuple(self.collections), names, self.owners)

    def _server(self, guild: Guild, keepers: int) -> Server:
        backend = self.env.backend
        bot = backend.bot_user.id
        channels = [backend.channels[number] for number in guild.channel_ids]
        threads = [backend.channels[number] for number in guild.thread_ids]
        return Server(
            id=guild.id,
            owner=guild.owner_id,
            roles={
                role.id: Role(role.id, role.permissions, bots=role.managed)
                for role in guild.roles.values()
            },
            channels={each.id: _channel(each, bot) for each in channels},
            threads={each.id: Thread(each.id, each.parent_id or 0, each.type) for each in threads},
            members={
                number: frozenset(member.role_ids)
                for number, member in guild.members.items()
                if number != bot
            },
            keepers=keepers,
        )


def draw(env: Env, chance: Random) -> Drawn:
    """Fill a simulated Discord."""
    people = [env.create_user(f"person {number}") for number in range(PEOPLE)]
    places = [_place(env, chance, people, number) for number in SERVERS]
    owners = frozenset({chance.choice(people).id} if chance.random() < 0.3 else ())
    return Drawn(env, places, people, _granted(chance, places), owners)


def bits(chance: Random) -> int:
    """What a role lets do; most let do little."""
    odds = (0.35, 0.2, 0.06)
    return sum(bit for bit, odd in zip(RULED, odds, strict=True) if chance.random() < odd)


def overwrite(chance: Random, target: int, kind: OverwriteType) -> Overwrite:
    """What a channel has for a role or a member."""
    allow, deny = chance.choice(((VIEW_CHANNEL, 0), (VIEW_CHANNEL, 0), (0, VIEW_CHANNEL), (0, 0)))
    # What else a rule allows has nothing to do with what somebody is in the server.
    return Overwrite(target, kind, allow | chance.choice((0, 0, 0, MANAGE_SERVER)), deny)


def roles_of(place: Guild) -> list[int]:
    """The roles that people can have."""
    return [each.id for each in place.roles.values() if not each.managed and each.id != place.id]


def people_of(place: Guild, bot: int) -> list[int]:
    """Who is in a server."""
    return [each for each in place.members if each != bot]


def _place(env: Env, chance: Random, people: Sequence[UserHandle], number: int) -> Place:
    guild = env.create_guild(f"server {number}", id=number, owner=chance.choice(people))
    everyone = env.backend.get_role(number, number)
    everyone.permissions = TALK.value | (VIEW_CHANNEL if chance.random() < 0.6 else 0)
    roles = [
        env.backend.create_role(number, f"role {each}", permissions=bits(chance), managed=each == 0)
        for each in range(ROLES + 1)
    ]
    members: dict[int, MemberActor] = {}
    for person in people:
        if person.id == guild.owner.id or chance.random() < 0.65:
            has = [role.id for role in roles if not role.managed and chance.random() < 0.5]
            env.backend.add_member(number, person.id, roles=has)
        members[person.id] = MemberActor(env, guild, person)
    for name, kind in (
        ("hall", ChannelType.TEXT),
        ("study", ChannelType.TEXT),
        ("office", ChannelType.TEXT),
        ("help", ChannelType.FORUM),
        ("voice", ChannelType.VOICE),
    ):
        rules = _rules(chance, env, number, [role.id for role in roles], people, name)
        channel = env.backend.create_channel(number, name, type=kind, overwrites=rules)
        if kind is ChannelType.TEXT:
            for sort in (ChannelType.PUBLIC_THREAD, ChannelType.PRIVATE_THREAD):
                owner = chance.choice([*env.backend.guilds[number].members])
                thread = env.backend.create_thread(channel.id, f"{name} {sort}", owner, type=sort)
                for member in members:
                    if member in env.backend.guilds[number].members and chance.random() < 0.5:
                        env.backend.add_thread_member(thread.id, member)
    return Place(guild, members)


def _rules(  # noqa: PLR0913, PLR0917 - what rules are about
    chance: Random,
    env: Env,
    server: int,
    roles: Sequence[int],
    people: Sequence[UserHandle],
    name: str,
) -> list[Overwrite]:
    """What a channel has for everyone, for roles and for members; the office is for few."""
    rules = [overwrite(chance, each, OverwriteType.ROLE) for each in roles if chance.random() < 0.4]
    if name == "office" or (name == "study" and chance.random() < 0.5):
        rules = [Overwrite(chance.choice(roles[1:]), OverwriteType.ROLE, VIEW_CHANNEL, 0)]
        rules.append(Overwrite(server, OverwriteType.ROLE, 0, VIEW_CHANNEL))
    elif chance.random() < 0.3:
        rules.append(overwrite(chance, server, OverwriteType.ROLE))
    if chance.random() < 0.2:
        rules.append(overwrite(chance, chance.choice(people).id, OverwriteType.MEMBER))
    # Where the bot may show no embed, an answer is of other pages.
    deny = EMBED_LINKS if name == "study" else 0
    rules.append(Overwrite(env.backend.bot_user.id, OverwriteType.MEMBER, VIEW_CHANNEL, deny))
    return rules


def _granted(chance: Random, places: Sequence[Place]) -> list[BotCollectionSettings]:
    """The collections with whom they are for; some are for nobody."""
    roles = [role for place in places for role in place.data.roles if role != place.guild.id]
    roles += [place.guild.id for place in places]
    channels = [each for place in places for each in place.data.channel_ids]
    servers = [place.guild.id for place in places]
    granted = []
    for each in collections():
        if each.each:
            granted.append(each)
            continue
        whom: dict[str, object] = {}
        if chance.random() < 0.15:
            whom["everybody"] = True
        if chance.random() < 0.3:
            whom["servers"] = chance.sample(servers, chance.randrange(1, 3))
        if chance.random() < 0.45:
            whom["channels"] = chance.sample(channels, chance.randrange(1, 4))
        if chance.random() < 0.55:
            whom["roles"] = chance.sample(roles, chance.randrange(1, 4))
        if chance.random() < 0.7:
            whom["manager"] = chance.choice(servers)
        granted.append(each.model_copy(update=whom))
    return granted


def _channel(channel: SimulatedChannel, bot: int) -> Channel:
    rules = tuple(
        Rule(
            BOT if each.target_id == bot else each.target_id,
            each.allow,
            each.deny,
            personal=each.type == OverwriteType.MEMBER,
        )
        for each in channel.overwrites
    )
    return Channel(channel.id, rules, channel.type)
