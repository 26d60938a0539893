"""Conversations and transcripts: a question keeps its replies, a line its speaker and time."""

import json

import pytest

from index.domain import Block, BlockKind, Document, Span
from index.reading.formats import read
from index.text.places import extent, where


def shown(document: Document) -> list[str]:
    """The text of each block."""
    return [block.span.of(document.text) for block in document.blocks]


def holding(document: Document, words: str) -> Block:
    """The block with these words."""
    return next(block for block in document.blocks if words in block.span.of(document.text))


PHONE = """\
5/2/24, 18:01 - Messages and calls are end-to-end encrypted.
5/2/24, 18:02 - Mona: When does the choir rehearse?
5/2/24, 18:04 - Eli Brook: Tuesdays at seven,
in the old school
5/2/24, 18:05 - Mona: thanks
5/2/24, 21:40 - Ruth: Bring the blue folders.
5/2/24, 21:41 - Ruth: <Media omitted>
"""
PHONE_SECONDS = """\
[02.05.24, 18:02:10] Mona: Wann probt der Chor?
\u200e[02.05.24, 18:04:44] Eli: Dienstags um sieben.
[03.05.24, 08:00:01] Ruth: Die blauen Mappen mitbringen.
"""
EXPORTED = f"""\
{"=" * 62}
Guild: Singers
Channel: Text / rehearsals
{"=" * 62}

[02-May-24 06:02 PM] mona
When does the choir rehearse?

[02-May-24 06:04 PM] eli
Tuesdays at seven.

{{Reactions}}
🎵 (3)

[03-May-24 08:00 AM] ruth
Bring the blue folders.

{{Attachments}}
https://files.example.org/folder.png

{"=" * 62}
Exported 3 message(s)
{"=" * 62}
"""
RELAY = """\
18:02 <mona> when does the choir rehearse?
18:04 <@eli> tuesdays at seven
19:30 <ruth> bring the blue folders
"""
COPIED = """\
mona — 05/02/2024 6:02 PM
When does the choir rehearse?
eli — 05/02/2024 6:04 PM
Tuesdays at seven.
ruth — Yesterday at 8:00 AM
Bring the blue folders.
"""


@pytest.mark.parametrize("text", [PHONE, PHONE_SECONDS, EXPORTED, RELAY, COPIED])
def test_a_question_in_a_chat_is_one_block_with_its_replies(text: str) -> None:
    found = read("chat.txt", text.encode())
    assert found.lined
    assert len(found.blocks) == 2
    thread, remark = (part.lower() for part in shown(found))
    assert "mona" in thread
    assert "eli" in thread
    assert "?" in thread
    assert "seven" in thread or "sieben" in thread
    assert "ruth" in remark
    assert "folders" in remark or "mappen" in remark
    for left_out in ("encrypted", "omitted", "example.org", "Exported", "Guild"):
        assert left_out not in " ".join(shown(found))


@pytest.mark.parametrize(
    ("asked", "together"),
    [
        ("when is the boat house open? nobody is there", True),
        ("is it open?https://example.org/a?b=1 says no", False),
        ("what? it is shut, we had to leave the boat outside and go home", False),
        (f"when is the boat house open? {'we stood before the door ' * 4}", False),
    ],
)
def test_a_question_may_have_a_remark_behind_it(asked: str, together: bool) -> None:  # noqa: FBT001 - a parameter of the test
    text = f"18:02 <mona> {asked}\n18:04 <@eli> from ten on\n20:30 <ruth> good night\n"
    found = read("chat.txt", text.encode())
    assert (asked in holding(found, "from ten on").span.of(found.text)) == together


def test_a_reply_that_is_not_quoted_with_its_question_still_knows_it() -> None:
    long = "It has a long story, which begins with the flood. " * 8
    text = (
        f"18:02 <mona> who built the weir?\n18:03 <eli> {long}\n18:04 <ruth> the monks did\n"
        "18:05 <mona> ah\n"
    )
    found = read("chat.txt", text.encode())
    reply = holding(found, "the monks did")
    assert "who built the weir?" in reply.context
    assert reply.anchor == text.index("18:02")


@pytest.mark.parametrize(
    "text",
    [
        "Open at 9:30 - closed at noon.\n\nThe shop is near the pier.\n\nAsk Ida: she knows.\n",
        "[12:00] Lunch\n\nSoup and bread.\n\nCheese.\n\nPears.\n\nNuts.\n",
        "# Plan\n\n10:00 - Anna: speech\n" + "A line of text.\n" * 40,
    ],
)
def test_times_alone_make_no_chat(text: str) -> None:
    kinds = {block.kind for block in read("a.txt", text.encode()).blocks}
    assert kinds == {BlockKind.PARAGRAPH}


def discord(number: int, author: str, content: str, **more: object) -> dict[str, object]:
    """A message as DiscordChatExporter writes it."""
    return {
        "id": f"90{number}",
        "type": "Default",
        "timestamp": f"2024-05-02T18:{number:02}:10.5+00:00",
        "content": content,
        "author": {"id": "1", "name": author.lower(), "nickname": author},
        "embeds": [],
        **more,
    }


def test_an_export_of_discord_keeps_replies_below_what_they_reply_to() -> None:
    messages = [
        discord(1, "Mona", "When does the choir rehearse?"),
        discord(2, "Ruth", "Who has the blue folders?"),
        discord(3, "Ida", "I have them."),
        discord(4, "Eli", "On Tuesdays.", type="Reply", reference={"messageId": "901"}),
        discord(5, "Bo", "Joined the server.", type="GuildMemberJoin"),
        discord(6, "Eli", "", embeds=[{"title": "Poster", "description": "Concert in June"}]),
    ]
    data = {"guild": {"name": "Singers"}, "channel": {"name": "rehearsals"}, "messages": messages}
    found = read("a.json", json.dumps(data).encode())
    assert found.title == "rehearsals"
    first, second = found.blocks[:2]
    assert first.span.of(found.text) == (
        "2024-05-02 18:01 Mona: When does the choir rehearse?\n2024-05-02 18:04 Eli: On Tuesdays."
    )
    assert where(found, first.span) == "records 1–4"
    assert "Ida: I have them." in second.span.of(found.text)
    assert "Concert in June" in found.text
    assert "Joined" not in found.text
    assert extent(found) == "6 records"


@pytest.mark.parametrize(
    "data",
    [
        [
            {"type": "message", "user": "U1", "text": "Where is the key?", "ts": "1714672920.0001",
             "user_profile": {"real_name": "Mona"}},
            {"type": "message", "user": "U2", "text": "Under the mat.", "ts": "1714672980.0001"},
            {"type": "message", "subtype": "channel_join", "user": "U3", "text": "U3 has joined",
             "ts": "1714672990.0001"},
        ],
        {"name": "Hut", "messages": [
            {"id": 1, "type": "message", "date": "2024-05-02T18:02:00", "from": "Mona",
             "text": "Where is the key?"},
            {"id": 2, "type": "message", "date": "2024-05-02T18:03:00", "from": "U2",
             "text": ["Under ", {"type": "bold", "text": "the mat."}], "reply_to_message_id": 1},
            {"id": 3, "type": "service", "date": "2024-05-02T18:04:00", "actor": "U3",
             "text": "U3 has joined"},
        ]},
    ],
)  # fmt: skip
def test_exports_of_slack_and_telegram_are_conversations(data: object) -> None:
    found = read("a.json", json.dumps(data).encode())
    assert shown(found) == [
        "2024-05-02 18:02 Mona: Where is the key?\n2024-05-02 18:03 U2: Under the mat."
    ]


def test_a_table_of_messages_is_a_conversation_with_the_files_lines() -> None:
    text = (
        "AuthorID,Author,Date,Content,Attachments,Reactions\n"
        '"1","mona","2024-05-02T18:02:00+00:00","Where is the key?","",""\n'
        '"2","eli","2024-05-02T18:03:00+00:00","Under the mat,\nby the door.","",""\n'
        '"3","ruth","2024-05-02T21:00:00+00:00","The bell is mended.","",""\n'
    )
    found = read("a.csv", text.encode())
    assert where(found, holding(found, "Under the mat").span) == "lines 2–3"
    assert where(found, holding(found, "bell").span) == "line 5"


@pytest.mark.parametrize(
    "text", ["name,text\na,b\n", "author,title,content\nx,y,z\n", "date,author\n2024,x\n"]
)
def test_a_table_without_author_time_and_text_is_none(text: str) -> None:
    assert read("a.csv", text.encode()).lined


VOICES = """\
WEBVTT

STYLE
::cue { color: red }

00:00:01.000 --> 00:00:04.000
<v Mona Lund>The dam was raised

2
00:00:04.000 --> 00:00:07.000 align:start
<v Mona Lund>by two metres in <i>1962</i>.

01:05.500 --> 01:09.000
<v.loud Eli>Tom &amp; I paid for it.
"""
NAMES = """\
1
00:00:01,000 --> 00:00:04,000
MONA LUND: The dam was raised

2
00:00:04,000 --> 00:00:07,000
by two metres in 1962.
3
00:01:05,500 --> 00:01:09,000
Eli: Tom & I paid for it.

4
00:01:10,000 --> 00:01:12,000
[Applause]
"""


@pytest.mark.parametrize(
    ("path", "text", "lines"), [("a.vtt", VOICES, "lines 7–11"), ("a.srt", NAMES, "lines 3–7")]
)
def test_what_is_said_is_whole_with_its_speaker_and_time(path: str, text: str, lines: str) -> None:
    found = read(path, text.encode())
    first, second = found.blocks
    assert first.span.of(found.text).lower() == (
        "00:00:01 mona lund: the dam was raised by two metres in 1962."
    )
    assert first.context.lower() == "mona lund, 00:00:01"
    assert where(found, first.span) == lines
    assert second.span.of(found.text).endswith("05 Eli: Tom & I paid for it.")
    assert "color" not in found.text
    assert "Applause" not in found.text


def test_captions_that_roll_are_said_once() -> None:
    text = (
        "WEBVTT\n\n00:00:00.000 --> 00:00:02.000\n \nfirst<00:00:00.5><c> melt</c>\n\n"
        "00:00:02.000 --> 00:00:02.010\nfirst melt\n \n\n"
        "00:00:02.010 --> 00:00:04.000\nfirst melt\nthe<00:00:03.0><c> butter</c>\n"
    )
    assert read("a.vtt", text.encode()).text == "00:00:00 first melt the butter"


def test_a_long_speech_is_divided_where_a_sentence_ends() -> None:
    cues = "\n\n".join(
        f"00:{number:02}:00.000 --> 00:{number:02}:30.000\nThis is sentence number {number}, which "
        "is about the weather."
        for number in range(20)
    )
    found = read("a.vtt", f"WEBVTT\n\n{cues}\n".encode())
    assert 3 < len(found.blocks) < 10
    assert all(part.endswith("weather.") for part in shown(found))
    at = found.text.index("number 13")
    assert where(found, Span(at, at + 9)) == f"line {3 * 13 + 4}"


@pytest.mark.parametrize("text", ["WEBVTT\n", "WEBVTT\n\nNOTE only a note\n", "1\n2\n3\n"])
def test_a_transcript_in_which_nothing_is_said_is_refused(text: str) -> None:
    with pytest.raises(Exception, match="no text"):
        read("a.vtt", text.encode())
