"""What a message asks: its own text, or that of what it holds and forwards, with names for ids."""

import asyncio
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

import discord

from bot.conversation.delivery import FAILURES
from bot.conversation.pointing import points
from bot.render import question_of
from index import MAX_QUESTION_CHARS, is_question, sentences

# A message of 4,000 characters is the longest that Discord takes; a longer paste becomes a file.
FILE_BYTES = 64 * 1024
FILE_SECONDS = 5.0
FILE_NAMES = (".txt", ".md", ".log")
WORD = re.compile(r"[^\W_]")
# What Discord shows as something else than it is written.
MARKUP = re.compile(
    r"<(?:@!?(?P<member>\d+)|@&(?P<role>\d+)|#(?P<channel>\d+)|a?(?P<emoji>:\w+:)\d+|"
    r"t:(?P<time>-?\d{1,13})(?::\w)?|(?P<command>/[^:<>\n]{1,100}):\d+|id:(?P<page>[\w-]+))>"
    r"|@(?:everyone|here)\b"
)
PAGES = {
    "customize": "Channels & Roles",
    "browse": "Browse Channels",
    "guide": "Server Guide",
    "linked-roles": "Linked Roles",
}
# What is no text, by the kind that Discord says it is of.
KINDS = {"image": "pictures", "video": "videos", "audio": "recordings"}
UNREADABLE = "I can't read {}. Write your question as text, with the words that it shows or says."

# A message, or what a forwarded one was when it was forwarded.
Shown = discord.Message | discord.MessageSnapshot


@dataclass(frozen=True, slots=True)
class Asked:
    """The question in a message; where there is none, the `word` to say instead, if any.

    `origin` is the message that asks it, where that is another one.
    """

    text: str = ""
    word: str = ""
    origin: discord.Message | None = None


@dataclass(frozen=True, slots=True)
class Place:
    """Where names are looked up, and for whom."""

    guild: discord.Guild | None
    channel: object
    reader: discord.abc.User
    mentioned: Sequence[discord.abc.User] = ()

    @classmethod
    def of(cls, message: discord.Message) -> "Place":
        """Where a message stands, for who wrote it."""
        return cls(message.guild, message.channel, message.author, message.mentions)


async def asked_in(message: discord.Message, me: discord.ClientUser) -> Asked:
    """Return what a message asks; where it asks only with a file of text, that is read."""
    text = text_in(message, me)
    if has_words(text) and not points(text):
        return Asked(text)
    for attachment in files(message):
        found = await _read(attachment)
        asked = question_from([named(found.text, Place.of(message), me)])
        if has_words(asked) or found.word:
            return Asked(asked, found.word)
    if word := _unreadable(message):
        return Asked(word=word)
    return Asked(text if has_words(text) else "")


def text_in(message: discord.Message, me: discord.ClientUser, place: Place | None = None) -> str:
    """Return what a message asks without its files, and without the mention of the bot.

    What only points to something, as "can you help?", gives way to what it points to. Names are
    those of a `place`, or else where the message stands, for who wrote it.
    """
    if message.author.id == me.id:
        return next(filter(None, map(question_of, message.embeds)), "")
    place = place or Place.of(message)
    own = question_from([named(message.content, place, me)])
    if has_words(own) and not points(own):
        return own
    held = question_from([named(each, place, me) for each in _held(message)])
    return held if has_words(held) else own


def files(message: discord.Message) -> Iterator[discord.Attachment]:
    """Yield the files of text that are attached to a message or to what it forwards."""
    for attachment in _attachments(message):
        kind = (attachment.content_type or "").partition(";")[0]
        if kind.startswith("text/") or attachment.filename.lower().endswith(FILE_NAMES):
            yield attachment


def question_from(parts: Sequence[str]) -> str:
    """Return the parts that ask, or all if none does; of what is too long, what asks in there."""
    asking = [each for each in parts if is_question(each)] or parts
    text = "\n".join(asking)
    if len(" ".join(text.split())) > MAX_QUESTION_CHARS:
        text = " ".join(_asking(text)) or text
    return " ".join(text.split())


def named(text: str, place: Place, me: discord.abc.User | None = None) -> str:
    """Return `text` as Discord shows it: names for ids; the bot's own are left out."""
    own_role = place.guild and place.guild.self_role

    def name(match: re.Match[str]) -> str:
        kind = match.lastgroup
        value = match[kind] if kind else ""
        if kind == "member":
            return "" if me is not None and int(value) == me.id else _member(int(value), place)
        if kind == "role":
            role = place.guild and place.guild.get_role(int(value))
            return "" if role and role == own_role else f"@{role.name if role else 'role'}"
        if kind == "channel":
            return _channel(int(value), place)
        if kind == "time":
            return _time(int(value))
        if kind == "page":
            return PAGES.get(value, value)
        return value

    return MARKUP.sub(lambda match: name(match) or " ", text)


def names(message: discord.Message, me: discord.ClientUser) -> bool:
    """Whether a message's own words name the bot; a reply mentions it without them."""
    role = message.guild and message.guild.self_role
    return any(
        match["member"] == str(me.id) or (role is not None and match["role"] == str(role.id))
        for match in MARKUP.finditer(message.content)
    )


def has_words(text: str) -> bool:
    """Whether there is anything to look up in a text."""
    return bool(WORD.search(re.sub(r":\w+:", "", text)))


def _member(number: int, place: Place) -> str:
    known: list[discord.abc.User | None] = [*place.mentioned, place.reader]
    known.append(place.guild.get_member(number) if place.guild else None)
    found = next((each for each in known if each and each.id == number), None)
    return f"@{found.display_name if found else 'somebody'}"


def _channel(number: int, place: Place) -> str:
    """The name of a channel that the reader may see; of others not even the name is told."""
    channel = place.guild.get_channel_or_thread(number) if place.guild else None
    if place.guild is None or channel is None:
        return "#channel"
    if isinstance(channel, discord.Thread) and channel.is_private() and channel != place.channel:
        return "#channel"
    member = place.reader
    reader = member if isinstance(member, discord.Member) else place.guild.default_role
    return f"#{channel.name}" if channel.permissions_for(reader).view_channel else "#channel"


def _time(seconds: int) -> str:
    try:
        moment = datetime.fromtimestamp(seconds, UTC)
    except (OverflowError, OSError, ValueError):
        return ""
    return f"{moment.day} {moment:%B %Y, %H:%M} UTC"


def _shown(message: discord.Message) -> list[Shown]:
    return [message, *message.message_snapshots]


def _held(message: discord.Message) -> Iterator[str]:
    """Yield the texts in what a message forwards and in its embeds, poll and components."""
    for shown in _shown(message):
        if shown is not message:
            yield shown.content
        for embed in shown.embeds:
            yield embed.title or ""
            yield embed.description or ""
            for field in embed.fields:
                value = field.value or ""
                yield value if is_question(value) else f"{field.name}: {value}"
        yield from _displayed(shown.components)
    if message.poll is not None:
        question = message.poll.question
        answers = ", ".join(each.text for each in message.poll.answers)
        yield question if is_question(question) else f"{question}: {answers}"


def _displayed(components: Sequence[object]) -> Iterator[str]:
    """Yield the texts among the components that a message is laid out with."""
    for each in components:
        if isinstance(each, discord.TextDisplay):
            yield each.content
        elif isinstance(each, discord.Container | discord.SectionComponent):
            yield from _displayed(each.children)


def _asking(text: str) -> Iterator[str]:
    """Yield the sentences of a long text that ask, the marked ones first, as far as they fit."""
    asking = [each for each in sentences(text) if is_question(each)]
    marked = [each for each in asking if each.rstrip(" *_`|\"')”»").endswith(("?", "？", "؟"))]
    room = MAX_QUESTION_CHARS
    for each in marked or asking:
        room -= len(each) + 1
        if room < 0:
            return
        yield each


async def _read(attachment: discord.Attachment) -> Asked:
    """Return the text of a file, or what to say where it can't be read."""
    name = attachment.filename
    if attachment.size > FILE_BYTES:
        size = f"{attachment.size // 1024:,} KB"
        return Asked(word=f"{name} is too large ({size}); write your question in the message.")
    try:
        async with asyncio.timeout(FILE_SECONDS):
            data = await attachment.read()
    except (discord.DiscordException, TimeoutError, *FAILURES):
        return Asked(word=f"I couldn't read {name}; write your question in the message.")
    text = _decoded(data)
    if not has_words(text) or "\0" in text:
        return Asked(word=f"{name} holds no text; write your question in the message.")
    return Asked(text)


def _decoded(data: bytes) -> str:
    if data.startswith((b"\xff\xfe", b"\xfe\xff")):
        return data.decode("utf-16", errors="replace")
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError:
        return data.decode("cp1252", errors="replace")


def _attachments(message: discord.Message) -> list[discord.Attachment]:
    return [each for shown in _shown(message) for each in shown.attachments]


def _unreadable(message: discord.Message) -> str:
    """Return what to say of a message that holds what can't be read; nothing if it holds none."""
    types = [(each.content_type or "").partition("/")[0] for each in _attachments(message)]
    kinds = [KINDS.get(each, "such files") for each in types]
    if any(shown.flags.voice for shown in _shown(message)):
        kinds = ["voice messages"]
    if not kinds and any(shown.stickers for shown in _shown(message)):
        kinds = ["stickers"]
    return UNREADABLE.format(kinds[0]) if kinds else ""
