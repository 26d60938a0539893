"""What happens in channels that are gathered: written, changed, taken back, seen by others."""

from collections.abc import Iterable

import discord
from discord.ext import commands

from bot.gathering import Touched
from bot.services import Services


class GatheringEvents(commands.Cog):
    """Tells the gathering; nothing is asked of Discord here."""

    def __init__(self, bot: commands.Bot, services: Services) -> None:
        """Listen to what `bot` is told."""
        self.bot = bot
        self.gathering = services.gathering

    @commands.Cog.listener()
    async def on_ready(self) -> None:
        """Look through all: what happened meanwhile wasn't told."""
        self.gathering.look_again()

    @commands.Cog.listener()
    async def on_message(self, message: discord.Message) -> None:
        """Gather what is new; in a text channel, only what is pinned counts."""
        place = message.channel
        if isinstance(place, discord.Thread) or (
            isinstance(place, discord.TextChannel) and place.is_news()
        ):
            self._touch(place.id)

    @commands.Cog.listener()
    async def on_raw_message_edit(self, payload: discord.RawMessageUpdateEvent) -> None:
        """Follow what was said otherwise; that a link has got its preview is none of that."""
        if payload.data.get("edited_timestamp"):
            self._touch(payload.channel_id, [payload.message_id])

    @commands.Cog.listener()
    async def on_raw_message_delete(self, payload: discord.RawMessageDeleteEvent) -> None:
        """Follow what was taken back."""
        self._touch(payload.channel_id, [payload.message_id])

    @commands.Cog.listener()
    async def on_raw_bulk_message_delete(self, payload: discord.RawBulkMessageDeleteEvent) -> None:
        """Follow what was cleared away."""
        self._touch(payload.channel_id, payload.message_ids)

    @commands.Cog.listener()
    async def on_raw_thread_update(self, payload: discord.RawThreadUpdateEvent) -> None:
        """Follow a post's title, its tags, and whether it is locked or over."""
        self.gathering.touch(Touched(payload.parent_id, payload.thread_id, urgent=True))

    @commands.Cog.listener()
    async def on_raw_thread_delete(self, payload: discord.RawThreadDeleteEvent) -> None:
        """Follow a post that was taken back."""
        self.gathering.touch(Touched(payload.parent_id, payload.thread_id, urgent=True))

    @commands.Cog.listener()
    async def on_guild_channel_pins_update(
        self, channel: discord.abc.GuildChannel | discord.Thread, _last: object
    ) -> None:
        """Follow what is pinned, and what isn't any more."""
        if isinstance(channel, discord.TextChannel):
            self.gathering.touch(Touched(channel.id, urgent=True))

    @commands.Cog.listener("on_guild_channel_update")
    @commands.Cog.listener("on_guild_role_update")
    @commands.Cog.listener("on_guild_update")
    async def on_change(self, _before: object, _after: object) -> None:
        """See whether all can still read what is gathered."""
        self.gathering.check()

    @commands.Cog.listener("on_guild_channel_delete")
    @commands.Cog.listener("on_guild_role_delete")
    @commands.Cog.listener("on_guild_join")
    @commands.Cog.listener("on_guild_remove")
    async def on_another(self, _what: object) -> None:
        """See the same where something is gone, or the bot is in another server."""
        self.gathering.check()

    def _touch(self, number: int, messages: Iterable[int] = ()) -> None:
        """Tell of messages in a channel or a thread; of one that isn't known, by its number."""
        place = self.bot.get_channel(number)
        parent = place.parent_id if isinstance(place, discord.Thread) else 0
        those = frozenset(messages)
        self.gathering.touch(Touched(parent or number, number if parent else 0, those))
