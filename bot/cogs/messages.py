"""Messages that are meant for the bot, answered; edited ones again, and deleted ones no more."""

import contextlib
import logging
from collections.abc import Awaitable, Callable
from datetime import timedelta

import discord
from discord.ext import commands

from bot import render
from bot.buttons import below_answer
from bot.conversation import asking, history
from bot.conversation.delivery import FAILURES, open_thread, whisper
from bot.conversation.permissions import allowed
from bot.conversation.replying import edit, respond, take_back
from bot.errors import RecordsFailed, TooMany, explain
from bot.limits import Asker, asker_of
from bot.records import AnswerRecord
from bot.services import Services

log = logging.getLogger(__name__)

Sent = discord.Message | None

HINT = "Ask me something about the documents, for example after my name. /help says more."
SILENT_REPLY = (
    "I can read a reply only if it mentions me: leave the @ of the reply on, or use /ask."
)
# A question that is edited later than this keeps its answer.
EDITED_WITHIN = timedelta(minutes=2)
WAIT = "⏳"


class Messages(commands.Cog):
    """Answers mentions, replies, direct messages, and all that is said in a thread of its own."""

    def __init__(self, bot: commands.Bot, services: Services) -> None:
        """Answer what `bot` is told."""
        self.bot = bot
        self.services = services

    @commands.Cog.listener()
    async def on_message(self, message: discord.Message) -> None:
        """Answer a message that is meant for the bot."""
        me = self.bot.user
        if me is None or not history.is_for(message, me):
            return
        question = history.question_in(message, me)
        if not question and history.in_own_thread(message, me):
            return
        asker = asker_of(message)
        if not await self._is_allowed(asker, message):
            return
        if not question:
            readable = message.guild is None or history.mentions(message, me)
            await respond(message, render.note(HINT if readable else SILENT_REPLY), None)
            return
        if allowed(message.channel).write:
            with contextlib.suppress(*FAILURES):
                await message.channel.typing()

        async def send(reply: render.Reply, view: discord.ui.View | None) -> Sent:
            thread = await self._thread(message, question) if view else None
            return await respond(message, reply, view, thread)

        await self._answer(asker, message, question, send)

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
        asker = asker_of(message)
        if record is None or not question or not await self._is_allowed(asker, message):
            return

        async def send(reply: render.Reply, view: discord.ui.View | None) -> Sent:
            embeds = allowed(message.channel).embeds
            place = self.bot, record.channel, record.message
            return await edit(*place, reply, view, embeds=embeds)

        await self._answer(asker, message, question, send)

    @commands.Cog.listener()
    async def on_raw_message_delete(self, payload: discord.RawMessageDeleteEvent) -> None:
        """Take the answer back when its question is deleted."""
        await self._gone({payload.message_id})

    @commands.Cog.listener()
    async def on_raw_bulk_message_delete(self, payload: discord.RawBulkMessageDeleteEvent) -> None:
        """Take the answers back when many messages are deleted at once."""
        await self._gone(payload.message_ids)

    async def _is_allowed(self, asker: Asker, message: discord.Message) -> bool:
        """Count a message, or say that it is one too many, in private and once in a flood."""
        try:
            self.services.limits.check(asker)
        except TooMany as error:
            if self.services.limits.may_be_told(asker):
                await _whisper(message, explain(error))
            return False
        return True

    async def _answer(
        self,
        asker: Asker,
        message: discord.Message,
        text: str,
        send: Callable[[render.Reply, discord.ui.View | None], Awaitable[Sent]],
    ) -> None:
        """Answer a message, and remember that; `send` gets a view below what is an answer."""
        me, earlier = self.bot.user, list[str]()
        try:
            question = self.services.answers.index.question(text)
            if me is not None and question.may_follow:
                earlier = await history.before_message(message, me)
            response = await asking.ask(self.services, question, earlier, asker)
        except Exception as error:  # noqa: BLE001 - a message must never be left without a word
            await send(render.note(explain(error)), None)
            return
        embeds = allowed(message.channel).embeds
        sent = await send(
            response.message, below_answer(response.message, asker.member, embeds=embeds)
        )
        await asking.remember(self.services, sent, response, asker, message)

    async def _thread(self, message: discord.Message, question: str) -> discord.Thread | None:
        """Open a thread for the answer where the server wants that."""
        channel = message.channel
        if not isinstance(channel, discord.TextChannel) or message.guild is None:
            return None
        try:
            rules = await self.services.servers.rules(message.guild.id)
            if channel.id in rules.thread_channels:
                return await open_thread(message, question)
        except (*FAILURES, discord.ClientException, RecordsFailed) as error:
            log.warning("no thread could be opened in channel %s: %s", channel.id, error)
        return None

    async def _record(self, question: int) -> AnswerRecord | None:
        try:
            return await self.services.records.answer_to(question)
        except RecordsFailed as error:
            log.warning("an answer can't be looked up: %s", error)
            return None

    async def _gone(self, messages: set[int]) -> None:
        for number in messages:
            record = await self._record(number)
            if record is not None:
                await take_back(self.bot, record.channel, record.message)
            with contextlib.suppress(RecordsFailed):
                await self.services.records.forget_answer(record.message if record else number)


async def _whisper(message: discord.Message, text: str) -> None:
    """Say something to a member alone; where they take no direct messages, with a mark."""
    try:
        await whisper(message, text)
    except FAILURES:
        with contextlib.suppress(*FAILURES):
            await message.add_reaction(WAIT)
