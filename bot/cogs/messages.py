"""Messages that are meant for the bot, answered; edited ones again, and deleted ones no more."""

import contextlib
import logging
from datetime import timedelta
from functools import partial

import discord
from discord.ext import commands

from bot import render
from bot.buttons import below_answer
from bot.conversation import asking, handover, history, questions, threads, wording
from bot.conversation.delivery import FAILURES, open_thread, whisper
from bot.conversation.lives import Life, Lives
from bot.conversation.permissions import allowed
from bot.conversation.pointing import greets
from bot.conversation.replying import edit, respond, take_back
from bot.errors import NotAllowed, RecordsFailed, TooMany, explain
from bot.limits import Asker, asker_of
from bot.records import AnswerRecord
from bot.services import Services
from index import is_courtesy, is_question

log = logging.getLogger(__name__)

HINT = "Ask me something about the documents, for example after my name. /help says more."
SILENT_REPLY = (
    "I can read a reply only if it mentions me: leave the @ of the reply on, or use /ask."
)
# A question that is edited later than this keeps its answer.
EDITED_WITHIN = timedelta(minutes=2)
WAIT = "⏳"


class Messages(commands.Cog):
    """Answers mentions, replies, direct messages, and what is asked in a thread of its own.

    What doesn't name the bot, in a thread of its own or in a reply, may be said to others. It is
    answered if it asks something, or the documents surely do.
    """

    def __init__(self, bot: commands.Bot, services: Services, lives: Lives) -> None:
        """Answer what `bot` is told."""
        self.bot = bot
        self.services = services
        self.lives = lives

    @commands.Cog.listener()
    async def on_message(self, message: discord.Message) -> None:
        """Answer a message that is meant for the bot, also where a proxy has said it again."""
        me = self.bot.user
        if me is None:
            return
        if message.webhook_id:
            life = self.lives.echoed(message)
            # Else it is answered for the member, whose message may yet be deleted.
            if life is not None and life.gone and life.proxied() and not life.unasked:
                life.turn += 1
                await self._turn(life, me)
        elif history.is_for(message, me) and await self._is_admitted(message, told=True):
            await self._take(message, me)

    @commands.Cog.listener()
    async def on_raw_message_edit(self, payload: discord.RawMessageUpdateEvent) -> None:
        """Answer a question that was edited soon after it was asked again, in the same place."""
        message, me = payload.message, self.bot.user
        if me is None or message.edited_at is None:
            return
        if message.edited_at - message.created_at > EDITED_WITHIN:
            return
        life = self.lives.of(message.id)
        proxied = message.webhook_id and life is not None and not life.unasked
        if not (proxied or history.is_for(message, me)):
            return
        if await self._is_admitted(message, told=False):
            await self._take(message, me)

    @commands.Cog.listener()
    async def on_raw_message_delete(self, payload: discord.RawMessageDeleteEvent) -> None:
        """Take the answer back when its question is deleted."""
        await self._gone(payload.message_id)

    @commands.Cog.listener()
    async def on_raw_bulk_message_delete(self, payload: discord.RawBulkMessageDeleteEvent) -> None:
        """Take the answers back when many messages are deleted at once."""
        for number in payload.message_ids:
            await self._gone(number)

    async def _take(self, message: discord.Message, me: discord.ClientUser) -> None:
        """Give a message its turn, unless it brings nothing new or is nothing for the bot."""
        text = wording.text_in(message, me)
        life = self.lives.of(message.id)
        if (life is not None and life.knows(message, text)) or _is_talk(message, text, me):
            return
        asker = life.asker if life else asker_of(message)
        if await self._is_allowed(asker, message, told=_is_named(message, me) or is_question(text)):
            await self._turn(self.lives.turn(message, text, asker), me)

    async def _is_admitted(self, message: discord.Message, *, told: bool) -> bool:
        """Whether to answer there, and whom; who writes directly is told why not, as too many."""
        try:
            await self.services.admission.check(message, self.bot)
        except NotAllowed as error:
            direct = isinstance(message.channel, discord.DMChannel)
            if told and direct and self.services.limits.may_be_told(asker_of(message)):
                with contextlib.suppress(*FAILURES):
                    await whisper(message, explain(error))
            return False
        return True

    async def _is_allowed(self, asker: Asker, message: discord.Message, *, told: bool) -> bool:
        """Count a message, or say that it is one too many, in private and once in a flood."""
        try:
            self.services.limits.check(asker)
        except TooMany as error:
            if told and self.services.limits.may_be_told(asker):
                await _whisper(message, explain(error))
            return False
        return True

    async def _turn(self, life: Life, me: discord.ClientUser) -> None:
        """Answer a question, one turn after the other."""
        turn = life.turn
        async with life.lock:
            if life.is_over(turn):
                return
            message = life.source
            if life.place is None and message.edited_at is not None:
                # It may have been answered before the bot was started again.
                record = await self._record(message.id)
                life.place = (record.channel, record.message) if record else None
            try:
                asked = await questions.find(message, me)
            except Exception as error:  # noqa: BLE001 - as below
                asked = wording.Asked(word=explain(error))
            if not asked.text or is_courtesy(asked.text):
                word = asked.word or ("" if asked.text and not greets(asked.text) else HINT)
                if word and not life.is_over(turn):
                    await self._say(life, word, me)
                return
            await self._answer(life, turn, asked, me)

    async def _answer(
        self, life: Life, turn: int, asked: wording.Asked, me: discord.ClientUser
    ) -> None:
        """Answer what a message asks, and remember that."""
        message, text, earlier = life.source, asked.text, list[str]()
        expected = _is_named(message, me) or is_question(text)
        if expected and allowed(message.channel).write:
            with contextlib.suppress(*FAILURES):
                await message.channel.typing()
        try:
            reading = await self.services.reading(life.own)
            question = reading.shelf.question(text)
            if expected and question.may_follow:
                earlier = await history.before_message(asked.origin or message, me)
            response = await asking.ask(self.services, reading, question, earlier, life.asker)
        except Exception as error:  # noqa: BLE001 - a message must never be left without a word
            if expected and not life.is_over(turn):
                await self._send(life, render.note(explain(error)), None)
            return
        sure = response.is_sure(self.services.config.discord.unasked_sure)
        if life.is_over(turn) or not (expected or sure):
            return
        embeds = allowed(message.channel).embeds
        team = await handover.offered(self.services, message.guild, message.channel, response.reply)
        view = below_answer(response.message, life.asker.member, embeds=embeds, team=team)
        sent = await self._send(life, response.message, view, text)
        await asking.remember(self.services, sent, response, life.asker, life.message)

    async def _say(self, life: Life, word: str, me: discord.ClientUser) -> None:
        """Say why there is no answer, where somebody waits for one and has none."""
        message = life.source
        replies = history.replies_to(message, me) and not message.stickers
        if life.place is not None or not (replies or _is_named(message, me)):
            return
        empty = not (message.content or message.attachments or message.stickers)
        unread = empty and message.guild is not None and not history.mentions(message, me)
        await self._send(life, render.note(SILENT_REPLY if unread else word), None)

    async def _send(
        self, life: Life, reply: render.Reply, view: discord.ui.View | None, question: str = ""
    ) -> discord.Message | None:
        """Send a reply, or put it in the place of what was sent before."""
        if life.place is not None:
            embeds = allowed(life.message.channel).embeds
            return await edit(self.bot, *life.place, reply, view, embeds=embeds)
        thread = await self._thread(life.message, question) if question else None
        life.thread = thread.id if thread else 0
        sent = await respond(life.message, reply, view, thread)
        life.place = (sent.channel.id, sent.id) if sent else None
        return sent

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

    async def _gone(self, number: int) -> None:
        """Take back what was sent for a message, unless its proxy stands for it."""
        life = self.lives.of(number)
        if life is None:
            await self._take_back(number, None)
        elif life.message.id == number:
            life.gone = not life.proxied()
            async with life.lock:
                if life.gone:
                    await self._take_back(number, life)
                else:
                    with contextlib.suppress(RecordsFailed):
                        await self.services.records.hand_over(number, life.message.id)

    async def _asked(self, life: Life | None, answer: int, member: int) -> bool:
        """Whether a member asked what was answered in a life, or by a message."""
        if life is not None:
            return member == life.asker.member
        with contextlib.suppress(RecordsFailed):
            return await self.services.records.asked(answer, member)
        return False

    async def _take_back(self, number: int, life: Life | None) -> None:
        """Delete what answers the message of that number, and the thread opened for it."""
        record = await self._record(number)
        place, thread = (life.place, life.thread) if life else (None, 0)
        if record is not None:
            place = record.channel, record.message
            # A thread has the number of the message that it was opened at.
            thread = thread or (number if record.channel == number else 0)
        if place is not None:
            await take_back(self.bot, *place)
        if thread:
            answer = place[1] if place else 0
            await threads.close(self.bot, thread, partial(self._asked, life, answer))
        if life is not None:
            life.place, life.thread = None, 0
        with contextlib.suppress(RecordsFailed):
            await self.services.records.forget_answer(place[1] if place else number)


def _is_named(message: discord.Message, me: discord.ClientUser) -> bool:
    """Whether a message is to the bot and to nobody else, by its own words or its place."""
    return message.guild is None or wording.names(message, me)


def _is_talk(message: discord.Message, text: str, me: discord.ClientUser) -> bool:
    """Whether a message that doesn't name the bot is said to others, or but to be polite."""
    if _is_named(message, me):
        return False
    if not text:
        # A picture among members, or, without the message-content intent, whatever they say.
        asks = history.replies_to(message, me) or any(wording.files(message))
        return not asks or history.is_to_others(message, me)
    polite = is_courtesy(text) or not wording.has_words(text)
    return polite or history.is_to_others(message, me)


async def _whisper(message: discord.Message, text: str) -> None:
    """Say something to a member alone; where they take no direct messages, with a mark."""
    try:
        await whisper(message, text)
    except FAILURES:
        with contextlib.suppress(*FAILURES):
            await message.add_reaction(WAIT)
