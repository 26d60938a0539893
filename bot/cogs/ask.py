"""Commands that ask: `/ask`, and a message's menu."""

import discord
from discord import app_commands
from discord.ext import commands

from bot.buttons import below_answer
from bot.conversation import asking, handover, history, wording
from bot.conversation.delivery import Interaction, acknowledge, deliver, tell
from bot.conversation.pointing import points
from bot.limits import KIND, Kind, asker_of
from bot.services import Services
from index import check_question

MENU = "Answer from the documents"
EMPTY = "There is no text in that message to look up."


class Ask(commands.Cog):
    """Answers from the documents."""

    def __init__(self, bot: commands.Bot, services: Services) -> None:
        """Answer what `bot` is asked."""
        self.bot = bot
        self.services = services
        self.menu = app_commands.ContextMenu(
            name=MENU, callback=self.answer_message, extras={KIND: Kind.QUESTION}
        )
        self.menu.allowed_contexts = app_commands.AppCommandContext(
            guild=True, dm_channel=True, private_channel=True
        )
        self.menu.allowed_installs = app_commands.AppInstallationType(guild=True, user=True)

    async def cog_load(self) -> None:
        """Add the menu, which no decorator can."""
        self.bot.tree.add_command(self.menu)

    @app_commands.command(
        name="ask", description="Ask the documents a question", extras={KIND: Kind.QUESTION}
    )
    @app_commands.describe(question="What you want to know", private="Show the answer to you alone")
    @app_commands.allowed_contexts(guilds=True, dms=True, private_channels=True)
    @app_commands.allowed_installs(guilds=True, users=True)
    async def ask(self, interaction: Interaction, question: str, private: bool = False) -> None:  # noqa: FBT001, FBT002 - an option of the command
        """Answer a slash command."""
        place = wording.Place(interaction.guild, interaction.channel, interaction.user)
        text = wording.question_from([wording.named(question, place)])
        await self._answer(interaction, text, private=private)

    async def answer_message(self, interaction: Interaction, message: discord.Message) -> None:
        """Answer the message that a member chose."""
        me = self.bot.user
        if me is None:
            return
        private = await self.services.servers.is_private(interaction.guild_id or 0)
        text = wording.text_in(message, me)
        if wording.has_words(text) and not points(text):
            await self._answer(interaction, text, private=private)
            return
        # A file of text takes a while to read.
        await acknowledge(interaction, private=private or not any(wording.files(message)))
        asked = await wording.asked_in(message, me)
        if asked.text:
            await self._reply(interaction, asked.text, private=private)
        else:
            await tell(interaction, asked.word or EMPTY)

    async def _answer(self, interaction: Interaction, text: str, *, private: bool) -> None:
        check_question(text)
        await acknowledge(interaction, private=private)
        await self._reply(interaction, text, private=private)

    async def _reply(self, interaction: Interaction, text: str, *, private: bool) -> None:
        reading = await self.services.reading(interaction, private=private)
        question = reading.shelf.question(text)
        asker = asker_of(interaction)
        earlier: list[str] = []
        if self.bot.user and question.may_follow:
            earlier = await history.before_command(interaction.channel, self.bot.user)
        response = await asking.ask(self.services, reading, question, earlier, asker)
        guild = self.bot.get_guild(asker.server)
        channel = guild and guild.get_channel_or_thread(asker.channel)
        team = await handover.offered(self.services, guild, channel, response.reply)
        view = below_answer(response.message, asker.member, team=team)
        sent = await deliver(interaction, response.message, view)
        await asking.remember(self.services, sent, response, asker)
