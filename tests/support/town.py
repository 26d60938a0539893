"""Three servers with members, and collections for everybody, for some, and for each."""

from dataclasses import dataclass
from typing import Self

import discord
from simcord import ChannelHandle, Env, GuildHandle, MemberActor, RoleHandle, UserHandle
from simcord.backend.models import Overwrite
from simcord.enums import OverwriteType

from bot.settings import BotCollectionSettings
from index import CollectionSettings

A, B, C, FOREIGN = 901, 902, 903, 990
TEXTS = {
    "guide/gate.md": "# Gate\n\nThe colour of the gate is green.\n",
    "staff/alarm.md": (
        "# Alarm\n\nThe code of the alarm is 4711.\n\n## Quixelby\n\n"
        "The keys of the alarm are with Mr Quixelby, on the second floor.\n"
    ),
    "club/cellar.md": "# Cellar\n\nThe password of the cellar is Brombeere.\n",
    f"servers/{A}/ferry.md": "# Ferry\n\nThe ferry to the island leaves at nine.\n",
    f"servers/{B}/boats.md": "# Boats\n\nThe boats are painted in the month of May.\n",
}
LAID_OUT = (
    CollectionSettings(name="guide", folder="guide"),
    CollectionSettings(name="staff", folder="staff"),
    CollectionSettings(name="club", folder="club"),
    CollectionSettings(name="own", folder="servers/{server}"),
)
MANAGER = discord.Permissions(manage_guild=True)
HIDDEN = discord.PermissionOverwrite(view_channel=False)
SEEN = discord.PermissionOverwrite(view_channel=True)


@dataclass(frozen=True, slots=True)
class Place:
    """A server with a hall for all of its members; `boss` manages it."""

    guild: GuildHandle
    hall: ChannelHandle
    boss: MemberActor

    @classmethod
    def made(cls, env: Env, number: int) -> Self:
        """Make one."""
        guild = env.create_guild(f"server {number}", id=number)
        manages = guild.create_role("manages", permissions=MANAGER)
        boss = guild.add_member(env.create_user(f"boss of {number}"), roles=[manages])
        return cls(guild, guild.create_text_channel("hall"), boss)

    def join(self, user: UserHandle, *roles: RoleHandle) -> MemberActor:
        """Let somebody in."""
        return self.guild.add_member(user, roles=roles)


class Town:
    """The servers, of which the first has staff with an office, and a club with a room.

    Sam is of the staff, and also in the second server; Ann is of the club; Bob is only in the
    second, and Cy in the third.
    """

    def __init__(self, env: Env) -> None:
        """Make them; no bot is there yet."""
        self.env = env
        self.a, self.b, self.c = (Place.made(env, number) for number in (A, B, C))
        guild, bot = self.a.guild, UserHandle(env, env.backend.bot_user)
        self.staff, self.members = guild.create_role("staff"), guild.create_role("club")
        self.office, self.room = (
            guild.create_text_channel(
                name, overwrites={guild.default_role: HIDDEN, role: SEEN, bot: SEEN}
            )
            for name, role in (("office", self.staff), ("room", self.members))
        )
        sam = env.create_user("sam")
        self.sam, self.sam_in_b = self.a.join(sam, self.staff), self.b.join(sam)
        self.ann = self.a.join(env.create_user("ann"), self.members)
        self.bob = self.b.join(env.create_user("bob"))
        self.cy = self.c.join(env.create_user("cy"))

    @property
    def collections(self) -> list[BotCollectionSettings]:
        """Whom the collections are for."""
        whom: dict[str, dict[str, object]] = {
            "guide": {"everybody": True},
            "staff": {"roles": [self.staff.id], "manager": A},
            "club": {"channels": [self.room.id]},
        }
        return [
            BotCollectionSettings.model_validate(each.model_dump() | whom.get(each.name, {}))
            for each in LAID_OUT
        ]

    def let_in(self, member: MemberActor, channel: ChannelHandle) -> None:
        """Let a member see a channel, whatever roles they have."""
        allow, deny = SEEN.pair()
        rule = Overwrite(member.id, OverwriteType.MEMBER, allow.value, deny.value)
        self.env.backend.set_overwrite(channel.id, rule)

    def take_role(self, member: MemberActor, role: RoleHandle) -> None:
        """Take a role from a member."""
        self.env.backend.remove_member_role(member.guild.id, member.id, role.id)
