"""What members see of a message."""

import re

import discord


def unescaped(text: str) -> str:
    """A text as Discord shows it."""
    return re.sub(r"\\([^0-9A-Za-z\s])", r"\1", text)


def described(embed: discord.Embed) -> str:
    """The text of an embed as Discord shows it."""
    return unescaped(embed.description or "")
