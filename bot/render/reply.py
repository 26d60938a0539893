"""What every Discord message is put together from: pages within its limits, an embed, or text."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

import discord

from bot.render.markup import divide, escape
from index import Citation, ago

CONTENT_LIMIT = 2000
DESCRIPTION_LIMIT = 4096
TITLE_LIMIT = 256

VERDICTS = {"helpful": "👍", "unhelpful": "👎", "source": "📄"}

ANSWER_COLOUR = discord.Colour(0x2E8B57)
NEAREST_COLOUR = discord.Colour(0xC98A1B)
NOTHING_COLOUR = discord.Colour(0x747F8D)
PLAIN_COLOUR = discord.Colour(0x3B6EA8)


@dataclass(frozen=True, slots=True)
class Reply:
    """One message: an embed, and the same as plain text for where embeds are forbidden.

    `pages` are the embed's descriptions and `texts` the plain messages; the first of them stands
    in `embed` and in `text`.
    """

    embed: discord.Embed
    text: str
    citations: tuple[Citation, ...] = ()
    pages: tuple[str, ...] = ()
    texts: tuple[str, ...] = ()


def message(
    title: str,
    parts: Sequence[str],
    colour: discord.Colour,
    footer: str,
    citations: tuple[Citation, ...] = (),
) -> Reply:
    """Put a message together, as an embed and as text, on as many pages as its parts need."""
    pages = paginate(parts, DESCRIPTION_LIMIT)
    embed = discord.Embed(title=title or None, description=pages[0], colour=colour)
    ending = numbered_footer(footer, 0, len(pages))
    if ending:
        embed.set_footer(text=ending)
    room = CONTENT_LIMIT - len(f"\n-# {footer} · page 99 of 99")
    plain = paginate(parts, room)
    texts = []
    for number, page in enumerate(plain):
        ending = numbered_footer(footer, number, len(plain))
        texts.append(f"{page}\n-# {ending}" if ending else page)
    return Reply(embed, texts[0], citations, tuple(pages), tuple(texts))


def numbered_footer(footer: str, page: int, count: int) -> str:
    """Return the footer of a page (from 0), which says so where there are several."""
    number = f"page {page + 1} of {count}" if count > 1 else ""
    return " · ".join(part for part in (footer, number) if part)


def paginate(parts: Sequence[str], limit: int) -> list[str]:
    """Lay parts on pages of at most `limit` characters; there is always one.

    A part that fits on a page stands whole on one; a longer one is cut between its lines, a line
    that is longer than a page between its words.
    """
    pages: list[str] = []
    for part in filter(None, parts):
        joined = f"{pages[-1]}\n\n{part}" if pages else part
        if len(joined) <= limit:
            pages[-1:] = [joined]
        elif len(part) <= limit:
            pages.append(part)
        else:
            pages += _cut(part, limit)
    return pages or [""]


def note(text: str) -> Reply:
    """Render one plain sentence."""
    return message("", [escape(text)], NOTHING_COLOUR, "")


def built_ago(moment: datetime) -> str:
    """Return how old the index is, for a footer."""
    return f"index built {ago(moment)}"


def _cut(part: str, limit: int) -> list[str]:
    """Lay the lines of a part on pages, those that are longer than a page in pieces.

    It ends: a line that doesn't fit is left with an empty page, which costs no line feed and so
    takes `limit` characters, and what is longer than that `divide` makes shorter.
    """
    pages = [""]
    for line in part.split("\n"):
        rest = line
        while len(rest) > (room := limit - len(_continued(pages[-1]))):
            if len(rest) > limit and room > limit // 2:
                piece, rest = divide(rest, room)
                pages[-1] = _continued(pages[-1]) + piece
            pages.append("")
        pages[-1] = _continued(pages[-1]) + rest
    return [stripped for page in pages if (stripped := page.strip("\n"))]


def _continued(page: str) -> str:
    """Return a page as another line follows on it; on an empty one it is the first."""
    return f"{page}\n" if page else ""
