"""Messages that are meant for the bot, answered; edited ones again, and deleted ones no more."""

import contextlib
import logging
from datetime import timedelta
from typing import TYPE_CHECKING

import discord
from discord.ext import commands

from bot import asking, history, render, views
from bot.delivery import FAILURES, allowed, edit, respond, take_back
from bot.errors import RecordsFailed, TooMany, explain
from bot.limits import Asker
from bot.markup import clipped
from bot.records import AnswerRecord

if TYPE_CHECKING:
    from bot.client import SeedBot

log = logging.getLogger(__name__)

HINT = "Ask me something about the documents, for example after my name. /help says more."
SILENT_REPLY = (
    "I can read a reply only if it mentions me: leave the @ of the reply on, or use /ask."
)
# A question that is edited later than this keeps its answer.
EDITED_WITHIN = timedelta(minutes=2)
THREAD_NAME = 90
WAIT = "⏳"


class Messages(commands.Cog):
    """Answers mentions, replies, direct messages, and all that is said in a thread of its own."""

    def __init__(self, bot: "SeedBot") -> None:
        """Answer with `bot`'s service."""
        self.bot = bot

    @commands.Cog.listener()
    async def on_message(self, message: discord.Message) -> None:
        """Answer a message that is meant for the bot."""
        me = self.bot.user
        if me is None or not history.is_for(message, me):
            return
        question = history.question_in(message, me)
        if not question:
            if not history.in_own_thread(message, me):
                readable = message.guild is None or history.mentions(message, me)
                hint = HINT if readable else SILENT_REPLY
                await respond(message, render.note(hint), None)
            return
        if allowed(message.channel).write:
            with contextlib.suppress(*FAILURES):
                await message.channel.typing()
        asker = _asker(message)
        try:
            answered = await self._answered(message, question, asker)
        except TooMany as error:
            await _whisper(message, explain(error))
            return
        except Exception as error:  # noqa: BLE001 - a message must never be left without a word
            await respond(message, render.note(explain(error)), None)
            return
        view = views.below_answer(answered.message.citations, asker.member)
        sent = await respond(message, answered.message, view, await self._thread(message, question))
        await asking.remember(self.bot, sent, answered, asker, message)

    @commands.Cog.listener()
    async def on_raw_message_edit(self, payload: discord.RawMessageUpdateEvent) -> None:
        """Answer a question that was edited soon after it was asked again, in the same place."""
        message, me = payload.message, self.bot.user
        if me is None or message.edited_at is None or not history.is_for(message, me):
            return
        if message.edited_at - message.created_at > EDITED_WITHIN:
            return
        question = history.question_in(message, me)
        record = await self._record(message.id)
        if record is None or not question:
            return
        asker = _asker(message)
        try:
            answered = await self._answered(message, question, asker)
        except TooMany as error:
            await _whisper(message, explain(error))
            return
        except Exception as error:  # noqa: BLE001 - a message must never be left without a word
            note = render.note(explain(error))
            await edit(self.bot, record.channel, record.message, note, None)
            return
        view = views.below_answer(answered.message.citations, asker.member)
        sent = await edit(self.bot, record.channel, record.message, answered.message, view)
        await asking.remember(self.bot, sent, answered, asker, message)

    @commands.Cog.listener()
    async def on_raw_message_delete(self, payload: discord.RawMessageDeleteEvent) -> None:
        """Take the answer back when its question is deleted."""
        await self._gone({payload.message_id})

    @commands.Cog.listener()
    async def on_raw_bulk_message_delete(self, payload: discord.RawBulkMessageDeleteEvent) -> None:
        """Take the answers back when many messages are deleted at once."""
        await self._gone(payload.message_ids)

    async def _answered(
        self, message: discord.Message, question: str, asker: Asker
    ) -> asking.Answered:
        earlier: list[str] = []
        me = self.bot.user
        if me is not None and self.bot.service.index.is_follow_up(question):
            earlier = await history.before_message(message, me)
        return await asking.ask(self.bot, question, earlier, asker)

    async def _thread(self, message: discord.Message, question: str) -> discord.Thread | None:
        """Open a thread for the answer where the server wants that."""
        channel = message.channel
        if not isinstance(channel, discord.TextChannel) or message.guild is None:
            return None
        try:
            rules = await self.bot.servers.rules(message.guild.id)
            if channel.id in rules.thread_channels:
                return await message.create_thread(name=clipped(question, THREAD_NAME))
        except (*FAILURES, discord.ClientException, RecordsFailed) as error:
            log.warning("no thread could be opened in channel %s: %s", channel.id, error)
        return None

    async def _record(self, question: int) -> AnswerRecord | None:
        try:
            return await self.bot.records.answer_to(question)
        except RecordsFailed as error:
            log.warning("an answer can't be looked up: %s", error)
            return None

    async def _gone(self, messages: set[int]) -> None:
        for number in messages:
            record = await self._record(number)
            if record is not None:
                await take_back(self.bot, record.channel, record.message)
            with contextlib.suppress(RecordsFailed):
                await self.bot.records.forget_answer(record.message if record else number)


def _asker(message: discord.Message) -> Asker:
    return Asker(message.author.id, message.channel.id, message.guild.id if message.guild else 0)


async def _whisper(message: discord.Message, text: str) -> None:
    """Say something to a member alone; where they take no direct messages, with a mark."""
    try:
        await message.author.send(text, allowed_mentions=discord.AllowedMentions.none())
    except FAILURES:
        with contextlib.suppress(*FAILURES):
            await message.add_reaction(WAIT)
