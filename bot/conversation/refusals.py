"""What Discord's refusals mean: each a word for the member who waits."""

import math

import discord

from bot.errors import Refused

# Codes of Discord's refusals.
UNKNOWN_MESSAGE = 10008
UNKNOWN_WEBHOOK = 10015
UNKNOWN_INTERACTION = 10062
# A post in a forum whose author is still uploading its first message.
POST_IS_YOUNG = 40058
ACKNOWLEDGED_BEFORE = 40060
TOKEN_IS_OVER = 50027
INVALID_FORM = 50035
TOO_OFTEN = 429
# After these nothing can become of a reply to an interaction.
OVER = {UNKNOWN_WEBHOOK, UNKNOWN_INTERACTION, TOKEN_IS_OVER, TOO_OFTEN}

# Why nothing can be written somewhere.
SHUT = {
    10003: "the channel is gone",
    20016: "slow mode holds me back",
    20028: "too much is being written there",
    20029: "too much is being written in this server",
    30033: "the thread is full",
    POST_IS_YOUNG: "the post's first message is still being uploaded",
    50001: "I have no access",
    50008: "it takes no messages",
    50013: "I lack a permission",
    50083: "the thread is archived",
    160005: "the thread is locked",
}
# Why this can't be written, where something else can.
HELD_BACK = {
    20009: "Discord takes it for explicit",
    INVALID_FORM: "Discord finds a mistake in it",
    200000: "AutoMod blocked it",
    240000: "Discord takes a link in it for a harmful one",
}
MINUTE_SECONDS = 60


def refused(error: discord.HTTPException | discord.RateLimited, where: str) -> Refused:
    """Return a refusal as an error of the bot's own, whose sentence names the place `where`."""
    if isinstance(error, discord.RateLimited):
        minutes = math.ceil(error.retry_after / MINUTE_SECONDS)
        when = f"{minutes} minute{'' if minutes == 1 else 's'}"
        return Refused(f"Discord lets me write {where} again only in {when}.", TOO_OFTEN)
    if error.status == TOO_OFTEN:
        return Refused("Discord lets me write nothing at all for a while.", TOO_OFTEN)
    if reason := SHUT.get(error.code):
        return Refused(f"I may not write {where}: {reason}.", error.code)
    if reason := HELD_BACK.get(error.code):
        return Refused(f"My reply can't be shown {where}: {reason}.", error.code)
    number = error.code or error.status
    return Refused(f"Discord didn't let me write {where} (its error {number}).", number)
