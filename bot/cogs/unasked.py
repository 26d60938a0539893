"""Help channels and forums: an answer that nobody asked the bot for, if it is sure of it."""

import asyncio
import logging

import discord
from discord.ext import commands

from bot import render
from bot.buttons import below_answer
from bot.conversation import asking, handover, wording
from bot.conversation.delivery import FAILURES
from bot.conversation.lives import Life, Lives
from bot.conversation.permissions import allowed
from bot.conversation.pointing import points, points_to_title
from bot.conversation.questions import post_title
from bot.conversation.replying import respond
from bot.errors import BotError, TooMany, explain
from bot.limits import Kind, asker_of
from bot.services import Services
from index import MAX_QUESTION_CHARS, SeedIndexError, is_question

log = logging.getLogger(__name__)

NOTE = "I wasn't asked, but I'm sure of this. A moderator turns it off with /settings answers."
LATER_MESSAGES = 20


class Unasked(commands.Cog):
    """Answers in the channels that a server names, and only where no person did."""

    def __init__(self, bot: commands.Bot, services: Services, lives: Lives) -> None:
        """Answer what isn't said to `bot`."""
        self.bot = bot
        self.services = services
        self.lives = lives

    @commands.Cog.listener()
    async def on_message(self, message: discord.Message) -> None:
        """Answer a question in a help channel, or the first message of a post in a forum."""
        me = self.bot.user
        if me is None or message.guild is None or not _is_a_members(message):
            return
        if self.lives.of(message.id) is not None:  # Discord tells of some twice
            return
        try:
            rules = await self.services.servers.rules(message.guild.id)
            place = _place(message)
            always = place in rules.question_channels
            if not (always or place in rules.answer_channels):
                return
            text = wording.text_in(message, me)
            asks = is_question(text) or (not text and message.attachments) or _is_post(message)
            if not asks:
                return
            await self.services.admission.check(message, self.bot)
            if always:
                life = self.lives.turn(message, text, asker_of(message), unasked=True)
                async with life.lock:
                    await self._answer_always(life, me)
                return
            # A wait is little, but of a flood there would be many.
            self.services.limits.check(asker_of(message), Kind.LOOK)
            life = self.lives.turn(message, text, asker_of(message), unasked=True)
            await asyncio.sleep(self.services.config.discord.unasked_seconds)
            async with life.lock:
                await self._answer(life, me)
        except (BotError, SeedIndexError, *FAILURES) as error:
            # Nobody waits for this answer, so nobody is told.
            log.info("no answer unasked: %s", error)

    async def _answer(self, life: Life, me: discord.ClientUser) -> None:
        message = await _unsettled(life)
        if message is None:
            return
        text = _question(message, (await wording.asked_in(message, me)).text)
        if not text:
            return
        self.services.limits.check(life.asker)
        reading = await self.services.reading(await self._with_roles(life.message))
        question = reading.shelf.question(text)
        response = await asking.ask(self.services, reading, question, (), life.asker, note=NOTE)
        sure = response.is_sure(self.services.config.discord.unasked_sure)
        if not sure or await _unsettled(life) is None:
            return
        await self._send(life, response, asked=False)

    async def _with_roles(self, message: discord.Message) -> discord.Message:
        """Return a message whose author is known by the roles that they have after the wait.

        What is read back from a channel doesn't say which, and with the message came those of then.

        Raises:
            HTTPException, RateLimited, ClientError, OSError: that can't be found out.
        """
        if message.guild is not None and self.services.answers.library.divided:
            message.author = await message.guild.fetch_member(message.author.id)
        return message

    async def _answer_always(self, life: Life, me: discord.ClientUser) -> None:
        """Answer where every question has a word, sure or not."""
        message = life.message
        try:
            self.services.limits.check(life.asker)
            text = _question(message, (await wording.asked_in(message, me)).text)
            if not text:
                return
            reading = await self.services.reading(message)
            question = reading.shelf.question(text)
            response = await asking.ask(self.services, reading, question, (), life.asker)
        except TooMany as error:
            if self.services.limits.may_be_told(life.asker):
                await respond(message, render.note(explain(error)), None)
            return
        except (BotError, SeedIndexError) as error:
            await respond(message, render.note(explain(error)), None)
            return
        if not life.gone:
            await self._send(life, response, asked=True)

    async def _send(self, life: Life, response: asking.Response, *, asked: bool) -> None:
        """Reply to a question, and remember that; `asked` says whether somebody waits for it."""
        message = life.message
        embeds = allowed(message.channel).embeds
        team = await handover.offered(self.services, message.guild, message.channel, response.reply)
        view = below_answer(response.message, life.asker.member, embeds=embeds, team=team)
        sent = await respond(message, response.message, view, asked=asked)
        life.place = (sent.channel.id, sent.id) if sent else None
        await asking.remember(self.services, sent, response, life.asker, message)


def _is_a_members(message: discord.Message) -> bool:
    """Whether a person wrote it, to nobody in particular."""
    person = not (message.author.bot or message.webhook_id or message.is_system())
    reference = message.reference
    replies = reference is not None and reference.type is discord.MessageReferenceType.reply
    return person and not message.mentions and not replies


def _place(message: discord.Message) -> int:
    """The channel that a message is in; of a thread, which only its first may ask, its forum."""
    channel = message.channel
    if not isinstance(channel, discord.Thread):
        return channel.id
    return channel.parent_id if _is_post(message) else 0


def _is_post(message: discord.Message) -> bool:
    """Whether a message is the first of its post."""
    return isinstance(message.channel, discord.Thread) and message.id == message.channel.id


def _question(message: discord.Message, text: str) -> str:
    """What a message asks; nothing if it asks nothing."""
    if not _is_post(message):
        return text if is_question(text) else ""
    title = post_title(message)
    if is_question(title) or points(text) or points_to_title(text):
        return title
    return f"{title}: {text}"[:MAX_QUESTION_CHARS]


async def _unsettled(life: Life) -> discord.Message | None:
    """Return the question as it stands, unless it is gone or somebody else has written after it."""
    found = None
    message = life.message
    after = discord.Object(message.id - 1)
    async for later in message.channel.history(limit=LATER_MESSAGES, after=after):
        if later.id == message.id:
            found = later
        elif later.author.id != life.asker.member and not later.author.bot:
            return None
    return None if life.gone else found
