"""Questions: `/ask`, a mention, a reply to the bot, a direct message."""

import contextlib
import time
from collections.abc import Sequence
from typing import TYPE_CHECKING

import discord
from discord import app_commands
from discord.ext import commands

from bot import history, render, views
from bot.delivery import Interaction, allowed, follow_up, respond
from bot.errors import explain
from index import check_question

if TYPE_CHECKING:
    from bot.client import SeedBot

HINT = "Ask me something about the documents, for example after my name. /help says more."
SILENT_REPLY = (
    "I can read a reply only if it mentions me: leave the @ of the reply on, or use /ask."
)


class Ask(commands.Cog):
    """Answers from the documents."""

    def __init__(self, bot: "SeedBot") -> None:
        """Answer with `bot`'s service."""
        self.bot = bot

    @app_commands.command(name="ask", description="Ask the documents a question")
    @app_commands.describe(question="What you want to know", private="Show the answer to you alone")
    @app_commands.allowed_contexts(guilds=True, dms=True, private_channels=True)
    async def ask(self, interaction: Interaction, question: str, private: bool = False) -> None:  # noqa: FBT001, FBT002 - an option of the command
        """Answer a slash command."""
        check_question(question)
        await interaction.response.defer(thinking=True, ephemeral=private)
        earlier: list[str] = []
        if self.bot.user and self.bot.service.index.is_follow_up(question):
            earlier = await history.before_command(interaction.channel, self.bot.user)
        reply = await self._reply(question, earlier)
        await follow_up(interaction, reply, views.passages(reply.citations))

    @commands.Cog.listener()
    async def on_message(self, message: discord.Message) -> None:
        """Answer a message that is meant for the bot."""
        me = self.bot.user
        if me is None or not history.is_for(message, me):
            return
        question = history.question_in(message, me)
        if not question:
            readable = message.guild is None or history.mentions(message, me)
            hint = HINT if readable else SILENT_REPLY
            await respond(message, render.note(hint), None)
            return
        if allowed(message.channel).write:
            with contextlib.suppress(discord.HTTPException):
                await message.channel.typing()
        try:
            earlier: list[str] = []
            if self.bot.service.index.is_follow_up(question):
                earlier = await history.before_message(message, me)
            reply = await self._reply(question, earlier)
        except Exception as error:  # noqa: BLE001 - a message must never be left without a word
            reply = render.note(explain(error))
        await respond(message, reply, views.passages(reply.citations))

    async def _reply(self, question: str, earlier: Sequence[str]) -> render.Reply:
        started = time.perf_counter()
        reply = await self.bot.service.answer(question, earlier)
        seconds = time.perf_counter() - started
        return render.answer(reply, seconds)
