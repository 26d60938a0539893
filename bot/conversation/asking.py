"""From a question to an answer, and what is remembered of it."""

import logging
import time
from collections.abc import Sequence
from dataclasses import dataclass

import discord

from bot import render
from bot.errors import RecordsFailed
from bot.limits import Asker
from bot.records import AnswerRecord
from bot.services import Reading, Services
from index import Answer, NoAnswer, Question, document_key

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Response:
    """What the index says to a question after so many seconds, and the message that says it."""

    reply: Answer | NoAnswer
    message: render.Reply
    seconds: float = 0.0

    def is_sure(self, enough: float) -> bool:
        """Whether it is an answer that is that likely to be right."""
        return isinstance(self.reply, Answer) and self.reply.confidence >= enough


async def ask(  # noqa: PLR0913 - all that makes a reply
    services: Services,
    reading: Reading,
    question: Question,
    earlier: Sequence[str],
    asker: Asker,
    *,
    note: str = "",
) -> Response:
    """Answer a question that the limits allow from what may be read; it begins with a `note`.

    Raises:
        BotError, SeedIndexError: as `AnswerService.answer`.
    """
    started = time.perf_counter()
    reply = await services.answers.answer(reading.shelf, question, earlier, asker.server)
    seconds = time.perf_counter() - started
    incomplete = reading.shelf.incomplete
    message = render.answer(reply, seconds, note, more=reading.more, incomplete=incomplete)
    return Response(reply, message, seconds)


async def remember(
    services: Services,
    sent: discord.Message | None,
    response: Response,
    asker: Asker,
    question: discord.Message | None = None,
) -> None:
    """Keep that `sent` answers `question`, or a command; without records the answer stands.

    What few could read, in private, in a private thread or directly, is kept without its text.
    """
    if sent is None:
        return
    # Of a message that was changed only the number of its channel is known.
    reply, place = response.reply, 0 if sent.flags.ephemeral else _place(question or sent)
    pages = response.message.pages if sent.embeds else response.message.texts
    outcome = "answer" if isinstance(reply, Answer) else "nearest" if reply.nearest else "none"
    record = AnswerRecord(
        message=sent.id,
        question=question.id if question else 0,
        channel=sent.channel.id,
        server=asker.server,
        outcome=outcome,
        confidence=reply.confidence,
        generation=reply.generation,
        text=reply.question if services.config.records.questions and place else None,
        pages=pages if len(pages) > 1 else (),
        # A team is shown the passages only where its channel's readers may see all of these.
        documents=tuple(sorted(quoted(reply))) if len(pages) > 1 or outcome == "nearest" else (),
        seconds=response.seconds,
        place=place,
    )
    try:
        await services.records.save_answer(record, asker.member)
    except RecordsFailed as error:
        log.warning("an answer can't be rated or taken back later: %s", error)


def _place(message: discord.Message) -> int:
    """The number of the channel by whose rules a message can be read; 0 where few can."""
    channel = message.channel
    if isinstance(channel, discord.Thread):
        return 0 if channel.is_private() else channel.parent_id
    return channel.id if isinstance(channel, discord.abc.GuildChannel) else 0


def quoted(reply: Answer | NoAnswer) -> set[str]:
    """Return the keys of all documents that a reply quotes or names."""
    shown = reply.citations if isinstance(reply, Answer) else reply.nearest
    places = (place for citation in shown for place in (citation, *citation.also, *citation.rows))
    return {document_key(place.path) for place in places}
