"""Answers, passages and lookups as Discord messages; no markup of a document is let through."""

import re
from collections.abc import Sequence
from datetime import datetime

import discord

from bot.render.fitting import AUTHOR_LIMIT, DESCRIPTION_LIMIT, TITLE_LIMIT, URL_LIMIT, clip, size
from bot.render.markup import code, escape, inline, plain, row
from bot.render.quotes import Quote, block_quote
from bot.render.reply import (
    ANSWER_COLOUR,
    NEAREST_COLOUR,
    NOTHING_COLOUR,
    PLAIN_COLOUR,
    Reply,
    built_ago,
    message,
)
from index import Answer, Citation, Hit, NoAnswer, PassageView, differences, moment

PLACE_LIMIT = 300
PATH_LIMIT = 200
# What Discord writes for members, roles, channels, commands, times and emoji: shown in a title, and
# wherever else it is text, it is a number that says nothing.
MENTION = re.compile(
    r"<(?:(?P<sign>@[!&]?|#)\d+|/(?P<command>[^:<>]+):\d+|t:-?\d+(?::\w)?"
    r"|a?(?P<emoji>:\w+:)\d+|id:\w+)>"
)
NAMED = {"@": "@member", "@!": "@member", "@&": "@role", "#": "#channel"}
MORE_IN_PRIVATE = (
    "-# Not everybody here may read all that you may: `/ask` with `private` looks there as well."
)
INCOMPLETE = "-# Some documents are still being read, or can't be read now: they aren't in this."
WRITTEN_BY_A_MODEL = "-# Written by a language model and checked against these quotes:"


def place(citation: Citation) -> str:
    """Return where a quote stands: file, lines or page if it has them, headings."""
    if citation.url and len(citation.url) < PLACE_LIMIT:
        address = citation.url.replace("(", "%28").replace(")", "%29")
        name = f"[{inline(citation.path, 120)}]({address})"
    else:
        name = code(citation.path, PATH_LIMIT)
    path = " › ".join(citation.headings) or citation.title
    number = f"**\\[{citation.number}\\]**"
    return f"{number} {row(name, citation.where, inline(path, PLACE_LIMIT))}"


def quotes(citations: Sequence[Citation]) -> list[str]:
    """Return each citation as its quote with its place below."""
    rendered = []
    for citation in citations:
        # What the quote needs from above it stands above it: a row reads below its header.
        lines = [f"-# {inline(citation.context, PLACE_LIMIT)}"] if citation.context else []
        lines += [block_quote(_quote(each)) for each in (citation, *citation.rows)]
        if citation.more:
            lines.append(f"-# {citation.more} more in the same list")
        if citation.goes_on:
            lines.append("-# … and so on: this is a part of the code")
        lines.append(place(citation))
        if citation.also:
            lines.append(f"-# The same stands in {inline(citation.elsewhere, PLACE_LIMIT)}")
        rendered.append("\n".join(lines))
    return rendered


def _quote(citation: Citation) -> Quote:
    span = citation.span
    code = [each.within(span) for each in citation.code]
    return Quote(citation.quote, citation.bold_span.within(span), code, citation.path)


def answer(
    reply: Answer | NoAnswer,
    seconds: float,
    note: str = "",
    *,
    more: bool = False,
    incomplete: bool = False,
) -> Reply:
    """Render an answer, the nearest passages, or the word that there is nothing, below a `note`.

    `more` says that the asker may read other documents in private. It is told whatever those hold,
    so that nobody learns from it whether they answer. `incomplete` says that some of what could be
    answered from can't be asked now.
    """
    leads = [f"-# {escape(note)}"] if note else []
    if reply.understood:
        leads.append(f"-# Understood as: {inline(_asked(reply.understood), PLACE_LIMIT)}")
    if isinstance(reply, Answer):
        citations, colour = reply.citations, ANSWER_COLOUR
        if reply.written:
            written = " ".join(sentence.text for sentence in reply.written)
            leads.append(f"{escape(written)}\n{WRITTEN_BY_A_MODEL}")
    else:
        citations, colour = reply.nearest, NEAREST_COLOUR if reply.nearest else NOTHING_COLOUR
        leads.append(reply.reason)
    if said := differences(citations):
        leads.append(f"⚠️ {inline(said, PLACE_LIMIT)}")
    parts = quotes(citations)
    if not citations:
        parts.append("Try other words, `/lookup` for the passages nearest to them, or `/sources`.")
    if incomplete:
        parts.append(INCOMPLETE)
    if more:
        parts.append(MORE_IN_PRIVATE)
    # A lead is nothing without what it leads to.
    parts[0] = "\n\n".join([*leads, parts[0]])
    title = inline(_asked(reply.question), TITLE_LIMIT)
    ending = footer(seconds, moment(reply.generation))
    return message(title, parts, colour, ending, citations)


def _asked(question: str) -> str:
    """Return a question without the numbers that Discord's own mentions are made of."""

    def name(match: re.Match[str]) -> str:
        command = match["command"] and f"/{match['command']}"
        return NAMED.get(match["sign"] or "") or match["emoji"] or command or ""

    return " ".join(MENTION.sub(name, question).split())


def question_of(embed: discord.Embed) -> str:
    """Return the question that an embed made by `answer` answers; nothing for other embeds."""
    if not embed.title or not re.match(r"\d+\.\d\d s · ", embed.footer.text or ""):
        return ""
    return re.sub(r"\\([^0-9A-Za-z\s])", r"\1", embed.title)


def footer(seconds: float, built: datetime) -> str:
    """Return how long the answer took and how old the index is."""
    return f"{seconds:.2f} s · {built_ago(built)}"


def lookup_page(
    query: str,
    passages: Sequence[tuple[Hit, Citation]],
    page: int,
    seconds: float,
    built: datetime,
) -> Reply:
    """Render one page of a lookup: one passage, whole. `query` can be read back from `author`."""
    if not passages:
        return message(
            "Nothing found", ["No passage fits."], NOTHING_COLOUR, footer(seconds, built)
        )
    _, citation = passages[page]
    parts = [place(citation), block_quote(_quote(citation), DESCRIPTION_LIMIT - 700)]
    text = f"passage {page + 1} of {len(passages)} · {footer(seconds, built)}"
    reply = message("", parts, PLAIN_COLOUR, text, (citation,))
    if name := clip(plain(query), AUTHOR_LIMIT).strip():
        reply.embed.set_author(name=name)
    return reply


def passage(view: PassageView) -> Reply:
    """Render a passage with its neighbours, the cited part in bold."""
    code = [each.within(view.span) for each in view.code]
    quote = Quote(view.text, view.marked.within(view.span), code, view.path)
    path = " › ".join([view.title, *view.headings])
    parts = [block_quote(quote, DESCRIPTION_LIMIT - 900)]
    if view.changed:
        parts.insert(
            0, "⚠️ The file has changed since this was cited; this is what stands there now."
        )
    if view.renamed:
        parts.insert(0, "The file has another name than when this was cited.")
    title = inline(view.path, TITLE_LIMIT)
    reply = message(title, [inline(path, 400), *parts], PLAIN_COLOUR, view.where)
    if view.url and size(view.url) <= URL_LIMIT:
        reply.embed.url = view.url
    return reply


def related(citations: Sequence[Citation]) -> Reply:
    """Render the passages that are near another one."""
    if not citations:
        return message("", ["Nothing else is near it."], NOTHING_COLOUR, "")
    return message("More like this", quotes(citations), PLAIN_COLOUR, "", tuple(citations))
