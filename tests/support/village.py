"""A server with a forum, news and a hall, of which a bot gathers; a question is asked in each."""

from collections.abc import Sequence
from pathlib import Path

import discord
from simcord import ChannelHandle, Env, GuildHandle, MemberActor, RoleHandle
from simcord.backend.models import Overwrite
from simcord.enums import OverwriteType

from bot.client import SeedBot
from bot.settings import BotCollectionSettings, BotConfig, ChannelSourceSettings, DiscordSettings

SOLVED = 7001


class Village:
    """The server, in which Ann asks, Bob and Cleo reply; `config` gathers of all its channels."""

    def __init__(self, env: Env, folder: Path) -> None:
        """Build it, with documents and records in a folder."""
        self.env = env
        self.folder = folder
        self.guild: GuildHandle = env.create_guild("village", id=901)
        self.ann, self.bob, self.cleo = (
            self.guild.add_member(env.create_user(name)) for name in ("Ann", "Bob", "Cleo")
        )
        self.muted = self.guild.create_role("muted")
        self.forum = self.guild.create_forum_channel("help")
        self.news = self.guild.create_news_channel("news")
        self.hall = self.guild.create_text_channel("hall")
        tags = [{"id": str(SOLVED), "name": "Solved", "emoji_name": None, "emoji_id": None}]
        env.backend.get_channel(self.forum.id).available_tags = tags

    def config(self, config: BotConfig, **changed: object) -> BotConfig:
        """What gathers all of it, for the members of the server."""
        numbers = [self.forum.id, self.news.id, self.hall.id]
        source = {"name": "village", "channels": numbers, **changed}
        collection = BotCollectionSettings(
            name="village", folder="village", servers=[self.guild.id]
        )
        return config.model_copy(
            update={
                "discord": DiscordSettings(message_content=True),
                "collections": (collection,),
                "sources": (ChannelSourceSettings.model_validate(source),),
            }
        )

    async def start(self, bot: SeedBot) -> None:
        """Let the bot come."""
        self.env.bot = bot
        await self.env.start()

    async def post(
        self,
        by: MemberActor,
        title: str,
        text: str,
        *replies: tuple[MemberActor, str],
        forum: ChannelHandle | None = None,
        tags: Sequence[int] = (),
    ) -> ChannelHandle:
        """Begin a post, to which others reply at once."""
        backend = self.env.backend
        where = forum or self.forum
        thread = backend.create_thread(where.id, title, by.id, applied_tags=tags, broadcast=False)
        backend.announce_thread_create(thread)
        for who, said in ((by, text), *replies):
            backend.create_message(thread.id, who.id, said)
        await self.settle()
        return ChannelHandle(self.env, self.guild, thread)

    async def say(self, by: MemberActor, channel: ChannelHandle, text: str) -> discord.Message:
        """Write in a channel."""
        return await by.send(channel, text)

    async def pin(self, message: discord.Message, *, pinned: bool) -> None:
        """Pin something, or take it down."""
        backend = self.env.backend
        backend.set_pinned(message.channel.id, message.id, pinned, actor_id=self.bob.id)
        await self.settle()

    async def change(self, channel: ChannelHandle, **metadata: object) -> None:
        """Lock a post, or let it be over."""
        self.env.backend.edit_channel(channel.id, {}, thread_metadata=metadata)
        await self.settle()

    async def rule(
        self, channel: ChannelHandle, whom: RoleHandle | MemberActor, allow: int = 0, deny: int = 0
    ) -> None:
        """Give a channel a rule."""
        kind = OverwriteType.ROLE if isinstance(whom, RoleHandle) else OverwriteType.MEMBER
        made = Overwrite(target_id=whom.id, type=kind, allow=allow, deny=deny)
        self.env.backend.set_overwrite(channel.id, made)
        await self.settle()

    async def settle(self) -> None:
        """Let the bot be told of what happened."""
        self.env._mark_mutation()  # noqa: SLF001 - what is done behind its back
        await self.env.settle()

    def files(self) -> dict[str, str]:
        """What was gathered, by its path in the folder of the source."""
        place = self.folder / "seeds" / "village"
        found = [each for each in place.rglob("*.md") if each.is_file()]
        return {each.relative_to(place).as_posix(): each.read_text() for each in found}

    def text(self) -> str:
        """All that was gathered."""
        return "\n".join(self.files().values())
