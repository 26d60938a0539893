"""From a question to an answer, and what is remembered of it."""

import logging
import time
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import discord

from bot import render
from bot.errors import RecordsFailed
from bot.limits import Asker
from bot.records import AnswerRecord
from index import Answer, NoAnswer, Question

if TYPE_CHECKING:
    from bot.client import SeedBot

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Answered:
    """What the index says to a question, and the message that says it."""

    reply: Answer | NoAnswer
    message: render.Reply


async def ask(
    bot: "SeedBot", question: Question, earlier: Sequence[str], asker: Asker, *, note: str = ""
) -> Answered:
    """Answer a question of somebody who may still ask one; the message begins with a `note`.

    Raises:
        TooMany: who asks has to wait.
        BotError, SeedIndexError: as `AnswerService.answer`.
    """
    bot.limits.check(asker)
    started = time.perf_counter()
    reply = await bot.service.answer(question, earlier, asker.server)
    return Answered(reply, render.answer(reply, time.perf_counter() - started, note))


async def remember(
    bot: "SeedBot",
    sent: discord.Message | None,
    answered: Answered,
    asker: Asker,
    question: discord.Message | None = None,
) -> None:
    """Keep that `sent` answers `question`, or a command; without records the answer stands."""
    if sent is None:
        return
    reply = answered.reply
    pages = answered.message.pages if sent.embeds else answered.message.texts
    outcome = "answer" if isinstance(reply, Answer) else "nearest" if reply.nearest else "none"
    record = AnswerRecord(
        message=sent.id,
        question=question.id if question else 0,
        channel=sent.channel.id,
        server=asker.server,
        member=asker.member,
        outcome=outcome,
        confidence=reply.confidence,
        generation=reply.generation,
        text=reply.question if bot.config.records.questions else None,
        pages=pages if len(pages) > 1 else (),
    )
    try:
        await bot.records.save_answer(record)
    except RecordsFailed as error:
        log.warning("an answer can't be rated or taken back later: %s", error)
