"""Nobody's name or number in what is gathered: what Discord writes of members is put in words."""

import re
import unicodedata
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import lru_cache

import discord

from bot.gathering.readers import everyone_reads

MEMBER, BOT, PLACE, ROLE = "a member", "the bot", "another channel", "a role"
MENTION = re.compile(r"<@!?(\d{1,20})>")
ROLES = re.compile(r"<@&(\d{1,20})>")
CHANNELS = re.compile(r"<#(\d{1,20})>")
EMOJI = re.compile(r"<a?:(\w{1,64}):\d{1,20}>")
TIME = re.compile(r"<t:(-?\d{1,14})(?::[A-Za-z])?>")
COMMAND = re.compile(r"</([^:<>\n]{1,120}):\d{1,20}>")
GUIDE = re.compile(r"<id:(\w+)>")
ADDRESS = re.compile(
    r"(?:https?://)?(?:[\w-]{1,20}\.){0,2}discord(?:app)?\.com/users/@?\d+[^\s<>()]*", re.IGNORECASE
)
# Their pictures' addresses have members' numbers in them.
PICTURE = re.compile(
    r"(?:https?://)?(?:cdn|media|images-ext-\d)\.discord(?:app)?\.(?:com|net)/"
    r"(?:avatars|banners|users|guilds)/[^\s<>()]*",
    re.IGNORECASE,
)
# Signs that aren't seen, but for those that join letters and pictures, and what turns text around.
UNSEEN = re.compile(r"[\u202a-\u202e\u2066-\u2069\u200b\u2060\ufeff\u00ad]")
WORD_ENDS = r"(?!\w)"
# What is left when words have been put in the place of others; no text needs so many turns.
TURNS = 5


@dataclass(frozen=True, slots=True)
class People:
    """Those who wrote, and whom they mention: by number, and by every name that they have."""

    numbers: frozenset[int]
    names: frozenset[str]

    @classmethod
    def of(cls, messages: Iterable[discord.Message], more: Iterable[int] = ()) -> "People":
        """Return everybody in messages, and `more` by their numbers."""
        users = [user for each in messages for user in (each.author, *each.mentions)]
        names = {
            plain(name)
            for user in users
            for name in (user.name, user.global_name, getattr(user, "nick", None))
            if name
        }
        return cls(frozenset({*(user.id for user in users), *more}), frozenset(names - {""}))


def plain(text: str) -> str:
    """Return a text without signs that aren't seen, lines ended as usual."""
    lines = UNSEEN.sub("", text).splitlines()
    kept = ("".join(sign for sign in line if _is_kept(sign)) for line in lines)
    return "\n".join(line.rstrip() for line in kept)


def unnamed(text: str, people: People, guild: discord.Guild) -> str:
    """Return a text as a reader of Discord sees it, but without saying who anybody is."""
    text = plain(text)
    for _ in range(TURNS):
        before = text
        for pattern, words in _words(guild):
            text = pattern.sub(words, text)
        text = _addressed(people.names).sub(MEMBER, text)
        text = re.sub(r"(?<!\d)\d{15,20}(?!\d)", lambda found: _known(found, people), text)
        if text == before:
            return text
    # Somebody has made it so that something is always left: nothing of that is worth reading.
    return "" if text != before else text


@lru_cache(maxsize=8)
def _addressed(names: frozenset[str]) -> re.Pattern[str]:
    """What is written where somebody is spoken to by one of their names; the longest first."""
    those = sorted(names, key=lambda each: (-len(each), each))
    ends = (rf"{re.escape(each)}{WORD_ENDS if each[-1].isalnum() else ''}" for each in those)
    return re.compile(f"@(?:{'|'.join(ends)})" if those else r"(?!)", re.IGNORECASE)


def _words(
    guild: discord.Guild,
) -> list[tuple[re.Pattern[str], str | Callable[[re.Match[str]], str]]]:
    """What Discord has signs for, and what stands in their place."""

    def mentioned(found: re.Match[str]) -> str:
        return BOT if int(found[1]) == guild.me.id else MEMBER

    def role(found: re.Match[str]) -> str:
        known = guild.get_role(int(found[1]))
        return f"@{plain(known.name).lstrip('@')}" if known else ROLE

    def channel(found: re.Match[str]) -> str:
        known = guild.get_channel(int(found[1]))
        # Discord shows its name to those alone who can view it.
        return f"#{plain(known.name)}" if known and everyone_reads(known) else PLACE

    return [
        (ROLES, role),
        (CHANNELS, channel),
        (EMOJI, r":\1:"),
        (TIME, _time),
        (COMMAND, r"/\1"),
        (GUIDE, "the server's guide"),
        (MENTION, mentioned),
        (ADDRESS, MEMBER),
        (PICTURE, "a picture"),
    ]


def _time(found: re.Match[str]) -> str:
    try:
        return f"{datetime.fromtimestamp(int(found[1]), UTC):%Y-%m-%d %H:%M} UTC"
    except (ValueError, OverflowError, OSError):
        return "some time"


def _known(found: re.Match[str], people: People) -> str:
    return MEMBER if int(found[0]) in people.numbers else found[0]


def _is_kept(sign: str) -> bool:
    return sign == "\t" or unicodedata.category(sign) not in {"Cc", "Cs", "Co", "Cn"}
