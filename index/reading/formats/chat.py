"""Conversations: every message with its author and time, a question with its replies.

What a chat program exports as text keeps its lines; of JSON and CSV, each message is a line made
of its values.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from index.domain import Block, BlockKind, Span
from index.reading.formats.extracted import Extract, clean, one_line

DATE = r"\d{1,4}[./-](?:\d{1,2}|[A-Za-z]{3})[./-]\d{2,4}"
CLOCK = r"\d{1,2}[:.]\d{2}(?:[:.]\d{2})?(?:\s?[AaPp]\.?[Mm]\b\.?)?"
WHEN = rf"(?:{DATE}(?:,?\s+|T))?{CLOCK}"
NAME = r"[^\s:<>\[\]][^:<>\n\[\]]{0,60}"
# WhatsApp for iOS and Android, IRC, DiscordChatExporter, and what Discord's own window copies.
HEAD = re.compile(
    rf"^[\u200e\u200f]?(?:"
    rf"(?:\[{WHEN}\]|{WHEN}\s+[-–—]|(?={WHEN}\s+<){WHEN})[^\S\n]+"
    rf"(?:<[ @+%]?(?P<nick>[^<>\s]+)>[^\S\n]|(?P<name>{NAME}):(?=\s)|(?P<alone>{NAME})$)"
    rf"|(?P<copied>{NAME}?)[^\S\n]+—[^\S\n]+(?:\w+ (?:at )?)?(?:{DATE},?[^\S\n]+)?{CLOCK}$)",
    re.MULTILINE,
)
MIN_MESSAGES = 3
# So much of a file's lines begin a message, or it is no conversation.
HEAD_SHARE = 0.15
HEAD_LINES = 15
# What DiscordChatExporter adds below a message, and what stands for a picture.
ADDED = re.compile(r"^\{(?:Attachments|Embed|Reactions|Stickers|Invite)\}$|^={20,}$", re.MULTILINE)
LEFT_OUT = re.compile(r"\s*<[^<>\n]{3,40} omitted>\s*|\s*\u200e?\w+ omitted\s*")
QUESTION = re.compile(r"[?？؟][\s\"”»)*_]*(?:$|\s\S{1,3}\s*$)")
# Behind a question of so many words, so much may be said about it: "the label is gone".
ASKED_WORDS = 4
ADDED_CHARS = 80
# A question's replies are the messages after it, up to the next one and to so many.
REPLIES = 5
SILENCE_MINUTES = 30
# A question and its replies are quoted as one up to this length.
THREAD_CHARS = 400
QUESTION_CHARS = 240
# A longer message is quoted by its sentences.
MESSAGE_CHARS = 600
EPOCH = re.compile(r"\d{9,11}(?:\.\d+)?")
SPOKEN = {"", "0", "19", "default", "reply", "message", "threadstartermessage", "text"}
AUTHORS = ("author", "from", "user", "sender", "username", "name")
TIMES = ("date", "timestamp", "time", "ts", "datetime")
TEXTS = ("content", "text", "message", "body")
# A day and a minute of it.
Moment = tuple[str, int]


@dataclass(frozen=True, slots=True)
class Message:
    """A message of an export; `number` is its record or line, `answers` the id it replies to."""

    number: int
    author: str
    time: str
    text: str
    id: str = ""
    answers: str = ""

    @property
    def line(self) -> str:
        """The message as it is shown."""
        return f"{self.time} {self.author}: {self.text}".strip()


def blocks(text: str) -> list[Block]:
    """Return the messages of a text file, questions with their replies; none if it is no chat."""
    heads = list(HEAD.finditer(text))
    lines = [line for line in text.split("\n") if line.strip()]
    if len(heads) < max(MIN_MESSAGES, HEAD_SHARE * len(lines)):
        return []
    if text.count("\n", 0, heads[0].start()) > HEAD_LINES:
        return []
    spans: list[Span] = []
    questions: list[bool] = []
    moments: list[Moment] = []
    for head, end in zip(heads, [*(head.start() for head in heads[1:]), len(text)], strict=True):
        added = ADDED.search(text, head.end(), end)
        body = text[head.end() : added.start() if added else end].rstrip()
        if body.strip() and not LEFT_OUT.fullmatch(body):
            spans.append(Span(head.start(), head.end() + len(body)))
            questions.append(_asks(body))
            moments.append(_moment(head[0]))
    result: list[Block] = []
    for first, last in _threads(questions, moments):
        end = first
        while end + 1 < last and spans[end + 1].end - spans[first].start <= THREAD_CHARS:
            end += 1
        opening = Span(spans[first].start, spans[end].end)
        context = one_line(spans[first].of(text))[:QUESTION_CHARS] if last > first + 1 else ""
        result.append(Block(_kind(opening), opening, "", opening.start))
        later = spans[end + 1 : last]
        result.extend(Block(_kind(span), span, context, opening.start) for span in later)
    return result


def _kind(span: Span) -> BlockKind:
    return BlockKind.ITEM if span.end - span.start <= MESSAGE_CHARS else BlockKind.PARAGRAPH


def _threads(questions: Sequence[bool], moments: Sequence[Moment]) -> Iterator[tuple[int, int]]:
    """The runs of messages: a question with its replies, any other by itself.

    They are those up to the next question; once there is one, a longer silence ends them.
    """
    first = 0
    while first < len(questions):
        last = first + 1
        while questions[first] and last < len(questions) and last - first <= REPLIES:
            silence = last > first + 1 and not _near(moments[last - 1], moments[last])
            if questions[last] or silence:
                break
            last += 1
        yield first, last
        first = last


def _moment(time: str) -> Moment:
    """The day, as it is written, and the minute; a half of the day makes it another day."""
    clock = re.search(CLOCK, time)
    if clock is None:
        return time, 0
    hour, minute = re.findall(r"\d+", clock[0])[:2]
    day = time[: clock.start()] + "".join(re.findall(r"[AaPp]", clock[0]))
    return day, int(hour) * 60 + int(minute)


def _near(earlier: Moment, later: Moment) -> bool:
    return earlier[0] == later[0] and abs(later[1] - earlier[1]) <= SILENCE_MINUTES


def export(value: object) -> tuple[str, list[Message]] | None:
    """Return the channel and the messages of an export as JSON: Discord's, Slack's, Telegram's.

    None if it is something else.
    """
    name = ""
    listed = value
    if isinstance(value, Mapping):
        listed = value.get("messages")
        channel = value.get("channel")
        named = channel if isinstance(channel, Mapping) else value
        name = str(named.get("name") or "")
    if not isinstance(listed, list) or not listed:
        return None
    if not all(isinstance(each, Mapping) and _is_message(each) for each in listed):
        return None
    messages = [
        Message(
            number,
            _author(each),
            _time(_first(each, TIMES)),
            text,
            str(each.get("id") or each.get("ts") or ""),
            _answers(each),
        )
        for number, each in enumerate(listed, start=1)
        if _spoken(each) and (text := _text(each))
    ]
    return name, messages


def table(records: Sequence[tuple[int, Sequence[str]]]) -> list[Message]:
    """Return the messages of a table, each record with its line; none if it is no chat.

    The first record names the columns.
    """
    names = [name.strip().lower() for name in records[0][1]] if records else []
    places = [
        next((names.index(name) for name in wanted if name in names), -1)
        for wanted in (AUTHORS, TIMES, TEXTS)
    ]
    if min(places) < 0:
        return []
    author, time, text = places
    return [
        Message(line, one_line(record[author]), _time(record[time]), clean(record[text]).strip())
        for line, record in records[1:]
        if len(record) > max(places) and record[text].strip()
    ]


def add(extract: Extract, kind: str, messages: Sequence[Message]) -> None:
    """Add messages, `kind` being what they are numbered by: replies below what they reply to."""
    for thread in _replied(messages):
        opening = [thread[0]]
        length = len(thread[0].line)
        for message in thread[1:]:
            length += len(message.line) + 1
            if length > THREAD_CHARS:
                break
            opening.append(message)
        extract.mark(kind, opening[0].number)
        text = "\n".join(message.line for message in opening)
        block = extract.block(_kind(Span(0, len(text))), text)
        if block is None:
            continue
        at = block.span.start
        for message, above in zip(opening[1:], opening, strict=False):
            at += len(above.line) + 1
            extract.turn(kind, message.number, at)
        context = thread[0].line[:QUESTION_CHARS]
        for message in thread[len(opening) :]:
            extract.mark(kind, message.number)
            extract.block(_kind(Span(0, len(message.line))), message.line, context, block)


def _asks(text: str) -> bool:
    """Whether a message is a question, a short remark behind it allowed."""
    if QUESTION.search(text):
        return True
    asked, mark, added = text.rpartition("?")
    brief = added[:1].isspace() and len(added) <= ADDED_CHARS
    return bool(mark) and brief and len(asked.split(maxsplit=ASKED_WORDS)) >= ASKED_WORDS


def _replied(messages: Sequence[Message]) -> list[list[Message]]:
    """The threads in the order they begin: what a message names as its own, or what follows it."""
    questions = [_asks(message.text) and not message.answers for message in messages]
    threads: list[list[Message]] = []
    by_id: dict[str, list[Message]] = {}
    moments = [_moment(message.time) for message in messages]
    for first, last in _threads(questions, moments):
        thread: list[Message] = []
        for message in messages[first:last]:
            own = by_id.get(message.answers) if message.answers else None
            if own is None:
                if not thread:
                    threads.append(thread)
                own = thread
            own.append(message)
            by_id[message.id] = own
    return threads


def _is_message(each: Mapping[str, object]) -> bool:
    """Whether it has the keys of one; a service message of Telegram has no sender."""
    keys = set(map(str, each))
    return bool(keys & set(TEXTS) and keys & set(TIMES) and keys & {*AUTHORS, "type"})


def _spoken(each: Mapping[str, object]) -> bool:
    """Whether somebody said it: not that somebody joined, or a message was pinned."""
    return str(each.get("type", "")).lower() in SPOKEN and not each.get("subtype")


def _first(each: Mapping[str, object], keys: Sequence[str]) -> object:
    return next((each[key] for key in keys if each.get(key)), "")


def _author(each: Mapping[str, object]) -> str:
    author = _first(each, AUTHORS)
    profile = each.get("user_profile")
    for named in (author, profile):
        if isinstance(named, Mapping):
            author = _first(named, ("nickname", "real_name", "display_name", "global_name", "name"))
    return one_line(str(author))


def _text(each: Mapping[str, object]) -> str:
    """What a message says, its embeds included; Telegram has it in pieces."""
    text = _first(each, TEXTS)
    if isinstance(text, list):
        pieces = [piece.get("text", "") if isinstance(piece, Mapping) else piece for piece in text]
        text = "".join(piece for piece in pieces if isinstance(piece, str))
    parts = [text] if isinstance(text, str) else []
    embeds = each.get("embeds")
    for embed in embeds if isinstance(embeds, list) else []:
        if isinstance(embed, Mapping):
            named = (embed.get("title"), embed.get("description"))
            parts += [part for part in named if isinstance(part, str)]
    return "\n".join(filter(None, (clean(part).strip() for part in parts)))


def _answers(each: Mapping[str, object]) -> str:
    reference = each.get("reference")
    if isinstance(reference, Mapping):
        return str(reference.get("messageId") or "")
    replied = each.get("reply_to_message_id") or each.get("thread_ts") or ""
    return "" if replied == each.get("ts") else str(replied)


def _time(value: object) -> str:
    """A time to the minute, as it stands there; one in seconds since 1970 as what it means."""
    text = one_line(str(value))
    if EPOCH.fullmatch(text):
        return datetime.fromtimestamp(float(text), UTC).strftime("%Y-%m-%d %H:%M")
    return re.sub(r"^(\d{4}-\d\d-\d\d)[T ](\d\d:\d\d).*", r"\1 \2", text)
