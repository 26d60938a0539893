"""What becomes of a post, an announcement, or what is pinned: a file with its address.

Who says something stands in the headings, so that it belongs to no quote.
"""

import re
import unicodedata
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass

import discord

from bot.gathering import markup
from bot.gathering.people import People, unnamed
from index import is_question

# What people write; all else is Discord's own, or said by a program.
WRITTEN = (discord.MessageType.default, discord.MessageType.reply)
NAME_CHARS = 40
ASKER, FIRST, OTHER = "## The one who asked", "## A member", "## Another member"

Namer = Callable[[int], str]


@dataclass(frozen=True, slots=True)
class Page:
    """A file of what was gathered.

    `key` is the number of its post or message, `place` that of the post or of the channel, and
    `members` those who wrote it, by the names that say nothing.
    """

    key: int
    place: int
    path: str
    data: bytes
    link: str
    members: frozenset[str]


def post(
    thread: discord.Thread,
    forum: discord.ForumChannel,
    messages: Sequence[discord.Message],
    left_out: Collection[str],
    namer: Namer,
) -> Page | None:
    """Return the page of a post; None where it has nothing to say.

    So it is where nobody replied to a question, or who began it is left out: the title is theirs.
    `messages` are the oldest first.
    """
    if namer(thread.owner_id) in left_out:
        return None
    said = [each for each in messages if is_said(each) and namer(each.author.id) not in left_out]
    people = People.of(messages, [thread.owner_id])
    name = unnamed(thread.name, people, thread.guild)
    turns = [(each.author.id, _text(each, people)) for each in said]
    turns = [(author, text) for author, text in turns if text]
    answered = any(author != thread.owner_id for author, _ in turns)
    asked = [name, *(text for author, text in turns[:1] if author == thread.owner_id)]
    if not turns or (not answered and any(is_question(each) for each in asked)):
        return None
    lines = [markup.title(name, "A post"), *_conversation(turns, thread.owner_id)]
    members = frozenset({namer(thread.owner_id), *(namer(author) for author, _ in turns)})
    return Page(
        key=thread.id,
        place=thread.id,
        path=f"{_name(forum.name, 'forum')}/{_name(name, 'post')}-{thread.id}.md",
        data=_encoded(lines),
        link=f"https://discord.com/channels/{thread.guild.id}/{thread.id}",
        members=members,
    )


def single(
    message: discord.Message,
    channel: discord.TextChannel,
    left_out: Collection[str],
    namer: Namer,
    *,
    pinned: bool = False,
) -> Page | None:
    """Return the page of an announcement, or of a message that is `pinned`; None if it's empty.

    An announcement may be a program's, such as one that follows another server's channel.
    """
    if not is_said(message, programs=not pinned) or namer(message.author.id) in left_out:
        return None
    people = People.of([message])
    text = _text(message, people)
    if not text:
        return None
    day = message.created_at
    name = unnamed(channel.name, people, channel.guild)
    where = f"Pinned in {name}" if pinned else name
    return Page(
        key=message.id,
        place=channel.id,
        path=f"{_name(name, 'channel')}/{day:%Y-%m-%d}-{message.id}.md",
        data=_encoded([markup.title(f"{where}, {day.day} {day:%B %Y}", "A message"), text]),
        link=f"https://discord.com/channels/{channel.guild.id}/{channel.id}/{message.id}",
        members=frozenset({namer(message.author.id)}),
    )


def is_said(message: discord.Message, *, programs: bool = False) -> bool:
    """Whether somebody wrote it; Discord and the bot itself are nobody, and so are `programs`.

    With these, they count. What is forwarded from elsewhere has no words of its own.
    """
    me = message.guild.me if message.guild else None
    if message.type not in WRITTEN or (me and message.author.id == me.id):
        return False
    # Discord puts a word of its own in the place of what a followed channel took back.
    if message.flags.source_message_deleted:
        return False
    return programs or not (message.author.bot or message.webhook_id)


def _conversation(turns: Sequence[tuple[int, str]], asker: int) -> list[str]:
    """What was said, with a heading where somebody else begins to speak."""
    lines: list[str] = []
    speaks, others = asker, set[int]()
    for author, text in turns:
        if author != speaks:
            if author == asker:
                lines.append(ASKER)
            else:
                others.add(author)
                lines.append(FIRST if len(others) == 1 else OTHER)
            speaks = author
        lines.append(text)
    return lines


def _text(message: discord.Message, people: People) -> str:
    """What a message says; of a program's, also what its embeds do."""
    texts = [message.content]
    if message.webhook_id or message.author.bot:
        texts += [
            text
            for each in message.embeds
            if each.type == "rich"
            for text in (each.title, each.description)
            if text
        ]
    guild = message.guild
    if guild is None:
        return ""
    said = (markup.message(unnamed(each, people, guild)) for each in texts)
    return "\n\n".join(filter(None, said))


def _encoded(lines: Sequence[str]) -> bytes:
    return ("\n\n".join(lines) + "\n").encode()


def _name(text: str, otherwise: str) -> str:
    """A name of a file, or a folder, of any text."""
    words = re.findall(r"\w+", unicodedata.normalize("NFKC", text).casefold())
    return "-".join(words)[:NAME_CHARS].strip("-_") or otherwise
