"""Questions: `/ask`, a mention, a reply to the bot, a direct message."""

import contextlib
import time
from typing import TYPE_CHECKING

import discord
from discord import app_commands
from discord.ext import commands

from bot import render, views
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
        reply = await self._reply(question)
        await follow_up(interaction, reply, views.passages(reply.citations))

    @commands.Cog.listener()
    async def on_message(self, message: discord.Message) -> None:
        """Answer a message that is meant for the bot."""
        me = self.bot.user
        if me is None or message.author.bot or message.webhook_id or message.is_system():
            return
        direct = message.guild is None
        role = message.guild and message.guild.self_role
        mentioned = me in message.mentions or (role is not None and role in message.role_mentions)
        if not (direct or mentioned or self._replies_to_me(message)):
            return
        question = message.content
        for mention in (f"<@{me.id}>", f"<@!{me.id}>", f"<@&{role.id if role else 0}>"):
            question = question.replace(mention, " ")
        question = " ".join(question.split())
        if not question:
            hint = HINT if direct or mentioned else SILENT_REPLY
            await respond(message, render.note(hint), None)
            return
        if allowed(message.channel).write:
            with contextlib.suppress(discord.HTTPException):
                await message.channel.typing()
        try:
            reply = await self._reply(question)
        except Exception as error:  # noqa: BLE001 - a message must never be left without a word
            reply = render.note(explain(error))
        await respond(message, reply, views.passages(reply.citations))

    def _replies_to_me(self, message: discord.Message) -> bool:
        original = message.reference and message.reference.resolved
        return isinstance(original, discord.Message) and original.author == self.bot.user

    async def _reply(self, question: str) -> render.Reply:
        started = time.perf_counter()
        reply = await self.bot.service.answer(question)
        seconds = time.perf_counter() - started
        return render.answer(reply, seconds, self.bot.service.index.created_at)
