"""Whatever documents, members and failures are made of, Discord takes what is said of them."""

import re
from dataclasses import replace
from datetime import UTC, datetime
from unicodedata import category

import discord
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from bot import render
from bot.buttons.answers import below_answer
from bot.buttons.pager import PAGE_CHARS
from bot.errors import BotError, explain
from bot.records import Change
from bot.render import fitting, markup
from bot.render.links import INVITE
from bot.render.outgoing import outgoing
from bot.render.pages import pages
from bot.render.quotes import Quote, block_quote
from bot.servers import Rules
from index import (
    Answer,
    BuildReport,
    Citation,
    Document,
    FileRecord,
    Hit,
    Manifest,
    NoAnswer,
    PassageView,
    SeedIndexError,
    Source,
    Span,
    State,
)
from index.domain import Passage, Sentence, Signals
from tests.support.limits import check_content, check_embed, check_reply, check_view, units

NOW = datetime.now(UTC)
BUILT = "20261121T093015123456-0123456789ab"
SIGNS = [
    *"*_~|`>#[]()<@:-+.\\/\n\t\r\0\x1b 01ae",
    *("\u202e", "\u2066", "\u200f", "\u200b", "\u2028", "\u0301", "\u200d", "\ufe0f", "\x9b"),
    *(
        "🎭",
        "👩🏽‍🚀",
        "e\u0301",
        "שלום",
        "中",
        "\U000e0041",
        "\ud800",
        "discord.gg/a",
        "<@1>",
        "**",
    ),
]
# A few signs over and over reach any length at no cost.
long = st.builds(
    lambda signs, times: ("".join(signs) * times)[:12_000] or "x",
    st.lists(st.sampled_from(SIGNS) | st.characters(), min_size=1, max_size=12),
    st.sampled_from([1, 3, 40, 800, 12_000]),
)


def cited(text: str, number: int, bold: Span) -> Citation:
    """A citation that is `text` in every part; paths have 4,096 bytes at most."""
    path = text.encode(errors="replace")[:4096].decode(errors="ignore") or "x"
    return Citation(
        number=number,
        path=path,
        title=text,
        span=Span(0, len(text)),
        lines=(1, 2),
        headings=(text, text),
        quote=text,
        bold=bold.of(text),
        bold_span=Span(bold.start + number, bold.end + number),
        passage=Span(0, len(text)),
        sha256="0" * 64,
        generation=BUILT,
        context=text,
        where="lines 1–2",
        url=f"https://example.org/{path}" if number % 2 else None,
        more=number,
        goes_on=True,
        unlike=1,
        later=text,
    )


def manifest(text: str, count: int) -> Manifest:
    """What a build made of `count` files that are all called `text` and all have a fault."""
    sources = [FileRecord(text, "", reason=text), FileRecord(text, "", notes=(text,))] * count
    return Manifest(
        format_version=1,
        model=text,
        model_revision=text,
        dim=1,
        chunking={},
        limits={},
        program="",
        created_at=NOW,
        sources=tuple(sources),
        rebuilt=text,
    )


def replies(text: str, other: str, bold: Span, count: int) -> list[render.Reply]:
    """All that there is to say, of `text` and `other`."""
    citations = tuple(cited(text, number, bold) for number in range(1, count + 1))
    written = tuple(Sentence(other[:900], (each.number,)) for each in citations)
    passage = Passage(0, "a", Span(0, len(text)), text, (other,), "", ())
    hit = Hit(passage, 1.0, 1, Signals(1, 1, 1), 0, bold, None, 0.5)
    view = PassageView(
        text, other, (text,), text, Span(0, len(text)), bold, text, changed=True, renamed=True
    )
    view = replace(view, url=f"https://example.org/{'u' * len(text)}")
    document = Document(text, "text/plain", other, f"{text}\n{other}", "")
    cut = pages(document.text, PAGE_CHARS)
    built = manifest(text, count * 100)
    state = State(other, built, [], text)
    return [
        render.answer(Answer(other, citations, 0.9, BUILT, written, understood=text), 1.0, other),
        render.answer(NoAnswer(other, "Not sure.", citations, 0.1, BUILT, understood=text), 1.0),
        render.answer(NoAnswer(other, "No.", (), 0.1, BUILT), 1.0),
        render.lookup_page(other, [(hit, citations[0])], 0, 1.0, NOW),
        render.lookup_page(other, [], 0, 1.0, NOW),
        render.passage(view),
        render.related(citations),
        render.note(text),
        render.note(explain(BotError(text))),
        render.note(explain(SeedIndexError(text))),
        render.sources([Source(text, other, "1 line", 1)] * 60, NOW),
        *(render.source_page(document, cut, number) for number in (0, len(cut) - 1)),
        render.build_report(BuildReport("g", built, 1.0)),
        render.report(built),
        render.status(state, text, "this process"),
        render.rules(
            Rules(tuple(range(10**18, 10**18 + 300)), (1,) * 300, 1, damaged=True),
            ("rebuild_role",),
            {"helpful": 3, text: 2},
        ),
        render.changes([Change(10**18, text, "set `answer_channels` on", 1e9)] * 20),
        render.welcome(text, "**Send Messages**", reads=False),
    ]


@settings(max_examples=25, deadline=None)
@given(long, long, st.integers(0, 4000), st.integers(0, 4000), st.integers(1, 5))
@example("🎭" * 30_000, "🎭" * 300, 1, 9, 5)
@example("`a" * 15_000, "\u202e\0\ud800" * 90, 0, 400, 3)
@example("e" + "\u0301" * 20_000, "x" * 3511, 0, 1, 1)
@example("# " + "h/" * 1100, "/".join(["p" * 200] * 12), 5, 50, 2)
def test_nothing_that_is_said_is_refused(
    text: str, other: str, start: int, length: int, count: int
) -> None:
    start = min(start, len(text) - 1)
    bold = Span(start, min(len(text), start + length))
    for reply in replies(text, other, bold, count):
        check_reply(
            render.Reply(
                outgoing({"embed": reply.embed})["embed"],
                reply.text,
                reply.citations,
                reply.pages,
                reply.texts,
            )
        )
        # What is rendered keeps the limits by itself: at the way out nothing is lost.
        assert outgoing({"embed": reply.embed})["embed"] == reply.embed
        assert outgoing({"content": reply.text})["content"] == reply.text
        check_view(below_answer(reply, 2**63))
        check_view(below_answer(reply, 2**63, embeds=False))


@settings(deadline=None)
@given(st.lists(long, min_size=4, max_size=4))
@example(["", " ", "\n", "\u2003"])
@example(["x"] * 3 + [" "])
@example(["x", "*", "\n" * 800, "*"])
def test_what_nobody_fitted_is_fitted_on_the_way_out(texts: list[str]) -> None:
    embed = discord.Embed(title=texts[0], description=texts[1], url="u" * len(texts[2]))
    embed.set_author(name=texts[2])
    embed.set_footer(text=texts[3])
    check_embed(outgoing({"embed": embed})["embed"])
    check_content(outgoing({"content": texts[0]})["content"])


def test_a_message_without_a_part_stays_without_it() -> None:
    assert outgoing({"content": "a", "embed": None, "view": None}) == {
        "content": "a",
        "embed": None,
        "view": None,
    }


@given(long, st.integers(2, 300))
def test_a_text_is_clipped_to_its_size_and_nothing_joined_is_parted(text: str, limit: int) -> None:
    for clipped, end in ((fitting.clip(text, limit), -1), (fitting.clip_start(text, limit), 0)):
        assert fitting.size(clipped) <= limit
        if clipped != text:
            assert clipped[end] == "…"
    shown = fitting.clip(text, limit)
    rest = text[len(shown) - 1 :]
    if shown != text and not rest[:40].isspace() and len(rest.split("\u0301")[0]) > 1:
        assert category(rest[0]) != "Mn" or fitting.joined(text, len(shown) - 1 - fitting.MARKS)


@pytest.mark.parametrize("sign", ["e\u0301", "👩🏽‍🚀", "☎\ufe0f", "नि"])
def test_no_cut_goes_through_a_sign_of_several(sign: str) -> None:
    for limit in range(20, 40):
        clipped = fitting.clip(sign * 30, limit).removesuffix("…")
        assert clipped == sign * (len(clipped) // len(sign))
        start = fitting.clip_start(sign * 30, limit).removeprefix("…")
        assert start == sign * (len(start) // len(sign))
        piece, rest = markup.divide(sign * 30, limit)
        assert piece == sign * (len(piece) // len(sign))
        assert piece + rest == sign * 30


@given(st.text("x ", min_size=1, max_size=4000), st.integers(30, 1000))
def test_a_failure_keeps_what_is_wrong_and_what_mends_it(middle: str, limit: int) -> None:
    text = f"a.md: {middle} run build"
    told = fitting.abridge(text, limit)
    assert fitting.size(told) <= limit
    assert told.startswith("a.md:")
    assert told.endswith("build")


def test_an_error_of_3511_letters_is_told_from_its_beginning_to_its_end() -> None:
    error = SeedIndexError(f"seeds: no document ({'y' * 3460}); put files there")
    reply = render.note(explain(error))
    for text in (reply.embed.description or "", reply.text):
        assert text.startswith("Seeds\\: no document")
        assert text.endswith("put files there")
    assert reply.pages == (reply.embed.description,)


def test_an_error_without_a_word_is_named() -> None:
    assert explain(BotError("")) == "BotError"


@pytest.mark.parametrize(
    "name",
    [
        *(
            "a" * 300 + ".md",
            "d/" * 400 + "a.md",
            "`" * 250,
            "a`b.md",
            "``" + "x" * 250,
            "🎭" * 150,
        ),
        *("](https://evil.example)" * 20, "||" * 120, "<t:0:R>", "<@1>" * 90, "@everyone"),
        *("discord.gg/abcdef" * 20, "https://discord.com/invite/abc", "a\n# b\n- c", "\u2028- x"),
    ],
)
@pytest.mark.parametrize("url", [None, "https://example.org/a(b)_c.md"])
def test_a_files_name_closes_what_it_opens_and_opens_nothing(name: str, url: str | None) -> None:
    document = Source(name, "A *title*", "3 lines", 1)
    citation = cited("The words.", 1, Span(0, 3))
    citation = replace(citation, path=name, url=url, title=name, headings=(name,))
    assert 0 < units(markup.code(name, 200)) <= 200
    listed = (render.sources([document], NOW).embed.description or "").split("\n")
    placed = render.place(citation).split("\n")
    for line in (listed, placed):
        assert len(line) == 1
        bare = re.sub(r"\\[^0-9A-Za-z\s]", "x", line[0])
        bare = bare.replace(f"]({(url or '').replace('(', '%28').replace(')', '%29')})", "]")
        code = re.sub(r"`[^`]+`", "x", bare)
        assert not re.search(r"[`<@#|~_]|\]\(|://", code)
        assert code.count("*") % 4 == 0
        assert not INVITE.search(bare)


@given(long)
def test_what_is_not_seen_reorders_and_hides_nothing(text: str) -> None:
    for shown in (
        markup.escape(text),
        markup.inline(text, 300),
        markup.code(text, 300),
        block_quote(Quote(text, Span(0, 1))),
    ):
        assert not set(shown) & set("\u202e\u2066\u200f\u200b\u2028\0\x1b\x9b\U000e0041\ud800\r")


def test_letters_from_right_to_left_turn_nothing_beside_them() -> None:
    listed = render.sources([Source("שלום", "مرحبا", "12 lines", 1)], NOW).embed.description
    assert listed == "\u2068`שלום`\u2069 · \u2068مرحبا\u2069 · 12 lines"
    plain = render.sources([Source("a.md", "Käse", "12 lines", 1)], NOW).embed.description
    assert plain == "`a.md` · Käse · 12 lines"


def test_five_lists_that_go_on_leave_room_to_turn_pages() -> None:
    citations = tuple(
        replace(cited("x" * 5000, number, Span(0, 9)), span=Span(number, number + 5000))
        for number in range(1, 6)
    )
    reply = render.answer(Answer("Why?", citations, 0.9, BUILT), 0.1)
    assert len(reply.pages) > 1
    view = below_answer(reply, 1)
    check_view(view)
    labels = [button.get("label") for row in view.to_components() for button in row["components"]]
    assert labels.count("Next") == 1
    assert [f"{count} more" in labels for count in range(1, 6)] == [True] * 5


def test_the_same_size_is_counted_as_a_client_counts() -> None:
    for text in ("", "abc", "ä中", "🎭a", "👩🏽‍🚀"):
        assert fitting.size(text) == units(text)
        for limit in range(9):
            assert units(text[: fitting.fitting(text, limit)]) <= limit


def test_an_author_without_a_sign_to_see_is_taken_away_and_refuses_nothing() -> None:
    embed = discord.Embed(title="A").set_author(name=" " * 800)
    fitted = outgoing({"embed": embed})["embed"]
    check_embed(fitted)
    assert fitted.author.name is None
