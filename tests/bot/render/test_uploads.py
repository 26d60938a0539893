"""Changes of documents are shown as they are, whatever names and lines are made of."""

from collections import Counter
from dataclasses import replace
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot import render
from bot.render.uploads import size_of
from bot.uploads import Author, Lines, Listed, Made, Place, Plan
from index import BuildReport, FileRecord, IndexSettings, Manifest
from tests.support.discord_markup import flat
from tests.support.limits import check_reply
from tests.support.shown import described, unescaped

WAY = " `/documents undo` takes the change back."
PLACE = Place("staff", IndexSettings(folder="staff"))
PLAN = Plan(PLACE, "replace", "staff/tea.md", b"b", "1", 1)
HOSTILE = [
    "**b** __u__ ~~s~~ ||h|| `c` _i_",
    "[link](https://evil.example) <https://evil.example> https://evil.example",
    "@everyone @here <@1> <@&2> <#3> </ask:4> <t:5:R> <:e:6> :smile:",
    "# heading",
    "> quote\n>>> all\n- item\n1. one\n-# small",
    "```\nblock\n``` `",
    "discord.gg/abcd",
    "a\u202eb\u2066c\u200bd\x1b[31m",
]
# A few signs over and over reach any length.
long = st.builds(
    lambda signs, times: "".join(signs) * times,
    st.lists(st.sampled_from([*"*_~|`>#[]()<@:-+ a0\n", "🎭", "\u202e", "שלום"]), min_size=1),
    st.sampled_from([1, 40, 1000]),
)


def made(text: str) -> Made:
    """A change by one who is called `text`."""
    return Made(1, "replace", text, Author(7, text), 1e9, "1", "2", 3)


def plan(text: str) -> Plan:
    """A plan that is `text` wherever it can be."""
    lines = Lines(1, 2, (text, text), (text,))
    return replace(
        PLAN, path=text, lines=lines, title=text, warnings=(text,) * 9, undone=made(text)
    )


def built(*records: FileRecord) -> BuildReport:
    """A build that made this of files."""
    manifest = Manifest(1, "m", "r", 1, {}, {}, "", datetime.now(UTC), records)
    return BuildReport("g", manifest, 1.0)


def replies(text: str) -> list[render.Reply]:
    """All that is said of a change, made of `text`."""
    record = FileRecord(text, "", reason=text)
    noted = FileRecord(text, "", notes=(text,) * 9)
    listed = [Listed(text, 1, made(text)), Listed(text, 1, None)]
    return [
        render.planned(plan(text), 90),
        render.taken(plan(text), render.indexed(plan(text), built(record))),
        render.taken(plan(text), render.indexed(plan(text), built(noted))),
        render.listed(listed * 3, text),
        render.listed([], text),
    ]


def kinds(reply: render.Reply) -> Counter[str]:
    """How often which markup is in a message, but for what sets a text as it reads."""
    found = Counter(node.kind for node in flat(reply.embed.description or ""))
    return Counter({kind: found[kind] for kind in found if kind not in {"code", "escaped", "text"}})


@pytest.mark.parametrize("text", HOSTILE)
def test_no_markup_of_a_document_is_let_through(text: str) -> None:
    for hostile, plain in zip(replies(text), replies("x"), strict=True):
        assert kinds(hostile) == kinds(plain)


@given(long)
def test_all_that_is_said_is_within_discords_limits(text: str) -> None:
    for reply in replies(text):
        check_reply(reply)


def test_a_replaced_text_shows_what_comes_and_goes() -> None:
    lines = Lines(12, 3, ("new one",), ("old one",))
    reply = render.planned(replace(PLAN, lines=lines, data=b"x" * 2500, size_before=999), 30)
    assert reply.embed.title == "Replace this document?"
    assert described(reply.embed).splitlines() == [
        "**Document** `staff/tea.md`",
        "**Collection** staff",
        "**Size** 2.5 KB, 999 bytes before",
        "**Lines** 12 come, 3 go",
        "> `-` old one",
        "> `+` new one",
    ]
    assert reply.embed.footer.text == "what is taken away is kept for 30 days"


def test_what_would_be_removed_is_not_repeated() -> None:
    lines = Lines(0, 3, (), ("old one",))
    reply = render.planned(replace(PLAN, kind="remove", data=None, lines=lines), 90)
    assert "old one" not in described(reply.embed)
    assert "**Size** 1 byte, all of which goes" in described(reply.embed)


def test_what_is_taken_back_says_whose_it_was() -> None:
    reply = render.planned(replace(PLAN, kind="undo", undone=made("ann")), 90)
    assert "**Takes back** that <@7> (ann) replaced it" in described(reply.embed)


@pytest.mark.parametrize(
    ("record", "said"),
    [
        (FileRecord("staff/tea.md", "", passages=1), "It is in the index, with 1 passage."),
        (FileRecord("staff/tea.md", "", passages=5), "It is in the index, with 5 passages."),
        (
            FileRecord("staff/tea.md", "", reason="it is damaged"),
            f"The document was skipped: it is damaged.{WAY}",
        ),
        (
            FileRecord("staff/tea.md", "", notes=("its encoding was guessed",), passages=1),
            "It is in the index, with 1 passage.\n⚠️ its encoding was guessed",
        ),
        (
            FileRecord("other.md", ""),
            f"It isn't in the index: the rules leave it out.{WAY}",
        ),
    ],
)
def test_what_came_of_a_change_is_told(record: FileRecord, said: str) -> None:
    assert unescaped(render.indexed(PLAN, built(record))) == said


def test_what_was_removed_is_gone() -> None:
    told = render.indexed(replace(PLAN, kind="remove", data=None), built())
    gone = "Nothing is answered from it any more in the collection staff."
    assert told == f"{gone} `/documents undo` brings it back."


def test_an_undo_that_removes_offers_no_way_back() -> None:
    told = render.indexed(replace(PLAN, kind="undo", data=None), built())
    assert told == "Nothing is answered from it any more in the collection staff."


def test_the_list_names_the_collection() -> None:
    reply = render.listed([Listed("a.md", 5, None)] * 2, "staff")
    assert reply.embed.title == "2 documents in staff"
    assert described(reply.embed) == "`a.md` · 5 bytes\n`a.md` · 5 bytes"
    assert "/documents add" in described(render.listed([], "staff").embed)


@pytest.mark.parametrize(
    ("size", "said"),
    [(0, "0 bytes"), (1, "1 byte"), (999, "999 bytes"), (1500, "1.5 KB"), (2_340_000, "2.3 MB")],
)
def test_sizes_are_told_in_what_they_are_large_in(size: int, said: str) -> None:
    assert size_of(size) == said
