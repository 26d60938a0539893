"""Files that members attach: fetched from Discord, and never more of one than is wanted."""

import logging

import aiohttp
import discord

from bot.conversation.delivery import OUTAGES, persist
from bot.errors import Refused

log = logging.getLogger(__name__)

SECONDS = aiohttp.ClientTimeout(total=60.0)
BLOCK = 1 << 16
CLIENT_ERRORS = range(400, 500)
GONE = "Discord doesn't give me the attached file any more; please attach it again."
UNREACHABLE = "I can't get the attached file from Discord now; please try again later."


def name_of(attachment: discord.Attachment) -> str:
    """Return what a file was called where it came from; Discord leaves signs out of its name."""
    _, dot, suffix = attachment.filename.rpartition(".")
    if attachment.title and dot:
        return f"{attachment.title}.{suffix}"
    return attachment.filename


async def download(attachment: discord.Attachment, most: int) -> bytes:
    """Return what a file holds, `most` bytes or less, whatever Discord said of its size.

    Raises:
        Refused: Discord doesn't give it, or it holds more.
    """
    try:
        return await persist(lambda: _fetch(attachment.url, most))
    except OUTAGES as error:
        log.warning("an attachment can't be fetched: %s", error or type(error).__name__)
        raise Refused(UNREACHABLE) from error


async def _fetch(url: str, most: int) -> bytes:
    data = bytearray()
    async with aiohttp.ClientSession(timeout=SECONDS) as session, session.get(url) as response:
        if response.status in CLIENT_ERRORS:
            raise Refused(GONE)
        response.raise_for_status()
        async for block in response.content.iter_chunked(BLOCK):
            data += block
            if len(data) > most:
                message = f"The attached file is larger than the {most} bytes that it may have."
                raise Refused(message)
    return bytes(data)
