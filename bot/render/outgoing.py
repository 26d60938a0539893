"""The last look at what is sent: within Discord's limits, whoever wrote it and however long it is.

What is rendered keeps them by itself and loses nothing here. But one part of a message that is too
long, or none at all, and Discord takes none of it: the member would be left without a word.
"""

import re
from io import BytesIO
from typing import Any

import discord

from bot.render.fitting import (
    AUTHOR_LIMIT,
    CONTENT_LIMIT,
    DESCRIPTION_LIMIT,
    EMBED_LIMIT,
    FOOTER_LIMIT,
    TITLE_LIMIT,
    URL_LIMIT,
    clip,
    fits,
    size,
)
from bot.render.reply import NOTHING, Attachment, paginate

# Of a file's description.
FILE_LIMIT = 1024
# Halves of signs, which names of files can have: no request can carry them.
SURROGATE = re.compile("[\ud800-\udfff]")


def outgoing(content: dict[str, Any]) -> dict[str, Any]:
    """Return what is sent as `content`, `embed` and the like, so that Discord takes it.

    Files are made anew each time, since discord.py closes them whether they were taken or not.
    """
    fitted = dict(content)
    for name in ("files", "attachments"):
        if name in fitted:
            fitted[name] = [_file(each) for each in fitted[name]]
    if (text := fitted.get("content")) is not None:
        fitted["content"] = _marked(text, CONTENT_LIMIT) or NOTHING
    if (embed := fitted.get("embed")) is not None:
        fitted["embed"] = _embed(embed)
    return fitted


def _file(attachment: Attachment) -> discord.File:
    described = clip(attachment.description, FILE_LIMIT) or None
    return discord.File(BytesIO(attachment.data), attachment.name, description=described)


def _embed(embed: discord.Embed) -> discord.Embed:
    """Fit each part; the footer, which says the least, has what the others leave."""
    fitted = embed.copy()
    fitted.title = _marked(embed.title or "", TITLE_LIMIT) or None
    fitted.description = _marked(embed.description or "", DESCRIPTION_LIMIT) or None
    if embed.url and size(embed.url) > URL_LIMIT:
        fitted.url = None
    name = clip(_whole((embed.author.name or "")[: AUTHOR_LIMIT + 1]), AUTHOR_LIMIT)
    fitted = fitted.set_author(name=name) if name else fitted.remove_author()
    room = EMBED_LIMIT - sum(map(size, (fitted.title or "", fitted.description or "", name)))
    if embed.footer.text:
        footer = _whole(embed.footer.text[: FOOTER_LIMIT + 1])
        fitted.set_footer(text=clip(footer, min(FOOTER_LIMIT, room)))
    if not (fitted.title or fitted.description):
        fitted.description = NOTHING
    return fitted


def _marked(text: str, limit: int) -> str:
    """Cut what has markup where pages are cut, so that nothing stays open."""
    text = _whole(text[: limit + 1])
    return text if fits(text, limit) else paginate([text], limit - 1)[0] + "…"


def _whole(text: str) -> str:
    """Return `text` without halves of signs; nothing where there is nothing to be seen."""
    return SURROGATE.sub("\N{REPLACEMENT CHARACTER}", text) if text.strip() else ""
