"""Who can read a channel: whether a collection is for every one of them, whoever they are.

The bot doesn't know who has which roles, so that it has to reckon with all that somebody could
have. Discord lets into a channel (https://discord.com/developers/docs/topics/permissions)

1. the owner of the server and administrators, whatever else is said;
2. who has "View Channel" by any role, @everyone's among them; unless a rule of the channel for
   @everyone takes it away, or if that gives it;
3. not whom a rule of the channel for any of their roles turns away; but whom one lets in, even so;
4. at last, whom a rule for themselves lets in, and not whom it turns away.

So if one with several roles gets in, one with a single of them or with none does: by a rule that
lets a role in, which no other role undoes; else no rule for any of their roles turns
them away, and one role that gives "View Channel" is enough. It suffices to look at each role alone.
"""

from functools import cached_property

import discord

from bot.access.grants import Grant, is_known


class Audience:
    """All who could read a channel of a server; without one, anybody could be.

    It errs on the side of saying nothing: of a member whom the channel lets in by name nothing is
    known, nor what else those can view or manage whom a role lets in.
    """

    def __init__(self, channel: object) -> None:
        """Look at where a reply would be seen, which for a thread is its channel.

        What isn't known to be a channel of a server that the bot is in, as it is at this moment,
        counts as none: what an interaction says of an unknown channel leaves out its rules.
        """
        self._channel = _known(channel)

    def may_see(self, grant: Grant, asker: int = 0) -> bool:
        """Whether all of them may see a collection; `asker` is a member who may, 0 for none."""
        if grant.everybody:
            return True
        if self._channel is None or not grant.names(guild := self._channel.guild):
            return False
        if guild.id in grant.servers or guild.id in grant.roles:
            return True
        if any(self._is_read_by_those_of(number) for number in grant.channels):
            return True
        # Since the collection speaks of the server, its owner may see it.
        return self._let_in <= grant.roles | {asker, guild.owner_id, _own(guild)}

    def may_read(self, number: int) -> bool:
        """Whether all of them can read what stands in the channel with that id, also long ago.

        They can where everybody in the server does, or where both channels have the same rules.
        """
        if self._channel is None or (other := self._channel.guild.get_channel(number)) is None:
            return False
        if number == self._channel.id:
            return True
        rules = _reading(other)
        everyone = other.permissions_for(other.guild.default_role)
        all_read = everyone.view_channel and everyone.read_message_history
        if all_read and not any(False in rule for rule in rules.values()):
            return True
        return rules == _reading(self._channel)

    def _is_read_by_those_of(self, number: int) -> bool:
        """Whether a channel with that id has the same readers, as a category and what's in it."""
        if self._channel is None or (other := self._channel.guild.get_channel(number)) is None:
            return False
        return _rules(other) == _rules(self._channel)

    @cached_property
    def _let_in(self) -> frozenset[int]:
        """The ids of roles and members of which each alone is let in; @everyone's says it all.

        Administrators are left aside, as are the roles that only a bot can have.
        """
        if (channel := self._channel) is None:
            return frozenset()
        guild = channel.guild
        if channel.permissions_for(guild.default_role).view_channel:
            return frozenset({guild.id})
        roles = {
            role.id
            for role in guild.roles
            if not role.is_bot_managed()
            and not role.permissions.administrator
            and channel.permissions_for(role).view_channel
        }
        others = {
            target.id
            for target, rule in channel.overwrites.items()
            # A role that isn't known is as good as a member.
            if rule.view_channel and not isinstance(target, discord.Role)
        }
        return frozenset(roles | others)


def _known(channel: object) -> discord.abc.GuildChannel | None:
    if isinstance(channel, discord.Thread):
        number = channel.parent_id
    elif isinstance(channel, discord.abc.GuildChannel):
        number = channel.id
    else:
        return None
    return channel.guild.get_channel(number) if is_known(channel.guild) else None


def _rules(channel: discord.abc.GuildChannel) -> dict[int, bool]:
    """Return the rules of a channel on who can view it, but for those for bots alone."""
    return {
        target.id: rule.view_channel
        for target, rule in channel.overwrites.items()
        if rule.view_channel is not None
        and target.id != _own(channel.guild)
        and not (isinstance(target, discord.Role) and target.is_bot_managed())
    }


def _reading(channel: discord.abc.GuildChannel) -> dict[int, tuple[bool | None, bool | None]]:
    """Return the rules of a channel on who can view it and who can read what was written before."""
    rules = {
        target.id: (rule.view_channel, rule.read_message_history)
        for target, rule in channel.overwrites.items()
        if target.id != _own(channel.guild)
        and not (isinstance(target, discord.Role) and target.is_bot_managed())
    }
    return {target: rule for target, rule in rules.items() if rule != (None, None)}


def _own(guild: discord.Guild) -> int:
    """Return the id of the bot itself."""
    # discord.py's types have no server without it.
    me: discord.Member | None = guild.me
    return me.id if me else 0
