"""Help channels and forums: an answer that nobody asked the bot for, if it is sure of it."""

import asyncio
import logging

import discord
from discord.ext import commands

from bot import render
from bot.buttons import below_answer
from bot.conversation import asking
from bot.conversation.delivery import FAILURES
from bot.conversation.permissions import allowed
from bot.conversation.replying import respond
from bot.errors import BotError, TooMany, explain
from bot.limits import Kind, asker_of
from bot.services import Services
from index import Answer, Question, SeedIndexError, is_question

log = logging.getLogger(__name__)

NOTE = "I wasn't asked, but I'm sure of this. A moderator turns it off with /settings answers."
LATER_MESSAGES = 20
QUESTION_CHARS = 600


class Unasked(commands.Cog):
    """Answers in the channels that a server names, and only where no person did."""

    def __init__(self, services: Services) -> None:
        """Answer with the services."""
        self.services = services

    @commands.Cog.listener()
    async def on_message(self, message: discord.Message) -> None:
        """Answer a question in a help channel, or the first message of a post in a forum."""
        if message.guild is None or not message.content or not self._is_a_members(message):
            return
        try:
            rules = await self.services.servers.rules(message.guild.id)
            place = _place(message)
            if place in rules.question_channels and (text := _question_in(message)):
                await self._answer_always(message, text)
            elif place in rules.answer_channels and (text := _question_in(message)):
                # A wait is little, but of a flood there would be many.
                self.services.limits.check(asker_of(message), Kind.LOOK)
                question = self.services.answers.index.question(text)
                await asyncio.sleep(self.services.config.discord.unasked_seconds)
                await self._answer(message, question)
        except (BotError, SeedIndexError, *FAILURES) as error:
            # Nobody waits for this answer, so nobody is told.
            log.info("no answer unasked: %s", error)

    async def _answer(self, message: discord.Message, question: Question) -> None:
        if await _is_settled(message):
            return
        asker = asker_of(message)
        self.services.limits.check(asker)
        response = await asking.ask(self.services, question, (), asker, note=NOTE)
        reply = response.reply
        sure = (
            isinstance(reply, Answer)
            and reply.confidence >= self.services.config.discord.unasked_sure
        )
        if not sure or await _is_settled(message):
            return
        embeds = allowed(message.channel).embeds
        view = below_answer(response.message, asker.member, embeds=embeds)
        sent = await respond(message, response.message, view, asked=False)
        await asking.remember(self.services, sent, response, asker, message)

    async def _answer_always(self, message: discord.Message, text: str) -> None:
        """Answer where every question has a word, sure or not."""
        asker = asker_of(message)
        try:
            self.services.limits.check(asker)
            question = self.services.answers.index.question(text)
            response = await asking.ask(self.services, question, (), asker)
        except TooMany as error:
            if self.services.limits.may_be_told(asker):
                await respond(message, render.note(explain(error)), None)
            return
        except (BotError, SeedIndexError) as error:
            await respond(message, render.note(explain(error)), None)
            return
        embeds = allowed(message.channel).embeds
        view = below_answer(response.message, asker.member, embeds=embeds)
        sent = await respond(message, response.message, view)
        await asking.remember(self.services, sent, response, asker, message)

    def _is_a_members(self, message: discord.Message) -> bool:
        """Whether a person wrote it, to nobody in particular."""
        person = not (message.author.bot or message.webhook_id or message.is_system())
        return person and not message.mentions and not message.reference


def _place(message: discord.Message) -> int:
    """The channel that a message is in; of a thread, the one that the thread is in."""
    channel = message.channel
    return channel.parent_id if isinstance(channel, discord.Thread) else channel.id


def _question_in(message: discord.Message) -> str:
    """What a message asks; nothing if it asks nothing, or isn't the first of its post."""
    text = " ".join(message.content.split())[:QUESTION_CHARS]
    if isinstance(message.channel, discord.Thread):
        if message.id != message.channel.id:
            return ""
        title = message.channel.name
        text = title if is_question(title) else f"{title}: {text}"
    elif not is_question(text):
        return ""
    return text


async def _is_settled(message: discord.Message) -> bool:
    """Whether the question is gone by now, or somebody else has written after it."""
    there = False
    after = discord.Object(message.id - 1)
    async for later in message.channel.history(limit=LATER_MESSAGES, after=after):
        if later.id == message.id:
            there = True
        elif later.author != message.author and not later.author.bot:
            return True
    return not there
