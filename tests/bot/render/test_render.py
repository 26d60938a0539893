"""Messages keep Discord's limits, and documents can't write markup into them."""

import re
from dataclasses import replace
from datetime import UTC, datetime

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from bot import render
from bot.buttons.answers import below_answer
from bot.render import markup
from bot.render.quotes import Quote, block_quote
from bot.render.reply import paginate
from index import (
    Answer,
    Citation,
    FileRecord,
    Manifest,
    NoAnswer,
    PassageView,
    Sentence,
    Source,
    Span,
)
from tests.support.shown import unescaped

NOW = datetime.now(UTC)
BUILT = "20261121T093015123456-0123456789ab"
nasty = st.text(
    st.one_of(
        st.sampled_from(list("*_~|`>#[]()<@:-+.\\\n0123 ")),
        st.characters(exclude_categories=["Cs"]),
    ),
    min_size=1,
    max_size=6000,
)


def citation(quote: str, bold: Span, number: int = 1, **changes: object) -> Citation:
    """A citation of a file that holds `quote` alone."""
    fields: dict[str, object] = {
        "number": number,
        "path": "a.txt",
        "title": "A",
        "span": Span(0, len(quote)),
        "lines": (1, 2),
        "where": "lines 1–2",
        "headings": ("H",),
        "quote": quote,
        "bold": bold.of(quote),
        "bold_span": bold,
        "passage": Span(0, len(quote)),
        "sha256": "0" * 64,
        "generation": BUILT,
    }
    return Citation(**{**fields, **changes})  # type: ignore[arg-type]


@given(nasty)
def test_escaped_text_reads_as_it_did(text: str) -> None:
    shown = unescaped(markup.escape(text))
    assert shown == markup.plain(text)


@given(nasty)
def test_no_markup_survives_escaping(text: str) -> None:
    bare = re.sub(r"\\[^0-9A-Za-z\s]", "x", markup.escape(text))
    assert not re.search(r"[*_~|`>#\[\]()<@:]", bare)
    assert not re.search(r"^\s*(?:[-+]|\d+\.)", bare, re.MULTILINE)


@given(st.text("*a", min_size=1, max_size=300), st.integers(2, 300))
@example("*" * 256, 256)
@example("aaaa******", 15)
def test_what_is_put_on_one_line_is_cut_no_further_than_it_has_to_be(text: str, limit: int) -> None:
    shown = markup.inline(text, limit)
    if len(markup.escape(text)) <= limit:
        assert shown == markup.escape(text)
    else:
        assert limit - 1 <= len(shown) <= limit


@given(nasty, st.integers(0, 6000), st.integers(1, 6000), st.integers(1, 5))
def test_no_message_passes_the_limits(text: str, start: int, length: int, count: int) -> None:
    start = min(start, len(text) - 1)
    bold = Span(start, min(len(text), start + length))
    cited = tuple(
        citation(text, bold, number, headings=(text,), path=text[:300], context=text)
        for number in range(1, count + 1)
    )
    view = PassageView(text, text, (text,), text, Span(0, len(text)), bold, "page 9", changed=True)
    written = tuple(Sentence(text[:900], (each.number,)) for each in cited)
    for reply in (
        render.answer(Answer(text, cited, 0.9, BUILT), 1.0),
        render.answer(Answer(text, cited, 0.9, BUILT, written, understood=text), 1.0),
        render.answer(NoAnswer(text, "Not sure.", cited, 0.1, BUILT), 1.0),
        render.answer(Answer(text, cited, 0.9, BUILT, understood=text), 1.0),
        render.passage(view),
        render.note(text[:500]),
        render.sources([Source(text[:200], text, "1 line", 1)] * 60, NOW),
    ):
        assert len(reply.text) <= render.CONTENT_LIMIT
        assert len(reply.embed.description or "") <= render.DESCRIPTION_LIMIT
        assert len(reply.embed.title or "") <= render.TITLE_LIMIT
        assert len(reply.embed) <= 6000


@given(nasty, st.integers(0, 6000))
def test_every_line_of_a_quote_is_quoted_and_bold_closes(text: str, start: int) -> None:
    start = min(start, len(text) - 1)
    block = block_quote(Quote(text, Span(start, len(text))), 1000)
    for line in block.split("\n") if block else []:
        assert line.startswith("> ")
        assert len(re.findall(r"(?<!\\)(?:\\\\)*\*\*", line)) in {0, 2}


def test_a_table_keeps_its_rows_and_bold() -> None:
    text = "| Award | Date |\n| Best * | 1 |"
    block = block_quote(Quote(text, Span(17, len(text))), 1000)
    assert block == "> \\| Award \\| Date \\|\n> ▸ **\\| Best \\* \\| 1 \\|**"


def test_rows_stand_below_the_header_that_names_their_columns() -> None:
    row, other = "Ida,alto,2009", "Ole,bass,2011"
    cited = citation(row, Span(0, len(row)), context="name | voice | joined")
    cited = replace(cited, rows=(citation(other, Span(0, len(other))),))
    description = render.answer(Answer("Who?", (cited,), 0.9, BUILT), 0.1).embed.description or ""
    header, *rows, place = description.split("\n")
    assert header == "-# name \\| voice \\| joined"
    assert rows == [f"> **{row}**", f"> **{other}**"]
    assert place.startswith("**\\[1\\]**")


def test_where_nothing_is_cited_no_source_can_be_called_wrong() -> None:
    found = render.answer(NoAnswer("Why?", "No.", (citation("a b", Span(0, 1)),), 0.1, BUILT), 0.1)
    nothing = render.answer(NoAnswer("Why?", "No.", (), 0.0, BUILT), 0.1)
    offered = [str(below_answer(reply, 1).to_components()) for reply in (found, nothing)]
    assert "Wrong source" in offered[0]
    assert "Wrong source" not in offered[1]


def test_an_answer_names_file_lines_heading_link_time_and_age() -> None:
    quote = "Before. The answer. After."
    cited = citation(quote, Span(8, 19), url="https://x.org/a(1).txt", where="line 3")
    built = f"{datetime.now(UTC):%Y%m%dT%H%M%S%f}-0123456789ab"
    reply = render.answer(Answer("Why?", (cited,), 0.9, built), 0.25)
    description = reply.embed.description or ""
    assert "> Before. ▸ **The answer.** After." in description
    assert "[a.txt](https://x.org/a%281%29.txt)" in description
    assert "line 3" in description
    assert "· H" in description
    assert reply.embed.footer.text == "0.25 s · index built just now"


def test_written_sentences_stand_above_the_quotes_with_their_numbers() -> None:
    cited = (citation("One is first.", Span(0, 13)), citation("Two is next.", Span(0, 12), 2))
    written = (Sentence("Two is next [2].", (2,)), Sentence("One is first [1].", (1,)))
    reply = render.answer(Answer("Why?", cited, 0.9, BUILT, written=written), 0.1)
    for text in (reply.embed.description or "", reply.text):
        first, second, *quotes = text.split("\n")
        assert unescaped(first) == "Two is next [2]. One is first [1]."
        assert second == render.WRITTEN_BY_A_MODEL
        assert "> **One is first.**" in quotes
        assert "> **Two is next.**" in quotes
    assert reply.citations == cited
    understood = Answer("Why?", cited, 0.9, BUILT, written=written, understood="why — two")
    both = render.answer(understood, 0.1).embed.description or ""
    assert both == f"-# Understood as: why — two\n\n{reply.embed.description}"


def test_what_a_model_wrote_is_escaped() -> None:
    text = "**Hi** [x](https://evil.example) <@123> @everyone <b>|| # [1]."
    cited = (citation("One.", Span(0, 4)),)
    answer = Answer("Why?", cited, 0.9, BUILT, written=(Sentence(text, (1,)),))
    shown = (render.answer(answer, 0.1).embed.description or "").split("\n")[0]
    assert unescaped(shown) == text
    assert not re.search(r"[*_~|`>#\[\]()<@:]", re.sub(r"\\[^0-9A-Za-z\s]", "", shown))


@given(
    st.lists(st.integers(1, 5000), min_size=1, max_size=4),
    st.lists(st.integers(1, 900), max_size=6),
)
@example(lengths=[1], sentences=[52, 89, 832, 495, 128, 336])
def test_a_long_answer_has_all_of_its_quotes_and_sentences_on_its_pages(
    lengths: list[int], sentences: list[int]
) -> None:
    cited = tuple(
        citation(f"{'q * ' * (length // 4)}end{number}", Span(0, length // 4 * 4 + 4), number)
        for number, length in enumerate(lengths, start=1)
    )
    written = tuple(Sentence(f"S{n}{'w' * length}", (1,)) for n, length in enumerate(sentences))
    reply = render.answer(Answer("Why?", cited, 0.9, BUILT, written, "why — the door"), 0.1)
    for pages, limit in (
        (reply.pages, render.DESCRIPTION_LIMIT),
        (reply.texts, render.CONTENT_LIMIT),
    ):
        assert all(0 < len(page) <= limit for page in pages)
        for page in pages:
            for line in page.split("\n"):
                assert sum(token[0] == "**" for token in markup.TOKEN.finditer(line)) % 2 == 0
        whole = "\n".join(pages)
        assert all(each.text in whole for each in written)
        assert whole.count("\\*") == sum(length // 4 for length in lengths)
        for number in range(1, len(cited) + 1):
            assert whole.count(f"**\\[{number}\\]**") == 1
        assert pages[0].startswith("-# Understood as: why — the door")
    assert reply.embed.description == reply.pages[0]
    assert reply.text == reply.texts[0]
    many = len(reply.texts) > 1
    assert [f"page {n + 1} of {len(reply.texts)}" in t for n, t in enumerate(reply.texts)] == [
        many
    ] * len(reply.texts)


@pytest.mark.parametrize("limit", [render.CONTENT_LIMIT, render.DESCRIPTION_LIMIT, 24, 25])
def test_lines_of_about_a_page_are_laid_on_pages_whole(limit: int) -> None:
    about = [number * limit + more for number in (1, 2, 3) for more in range(-2, 3)]
    for length in about:
        line = "x" * length
        for lines in ([line], ["a", line], [line, "a"], ["a", line, "b"], [line, line], ["", line]):
            pages = paginate(["\n".join(lines)], limit)
            assert all(0 < len(page) <= limit for page in pages)
            assert "".join(pages).replace("\n", "") == "".join(lines)


@given(st.lists(st.integers(0, 60).map("x".__mul__), max_size=8), st.integers(24, 40))
def test_pages_hold_all_parts_within_any_limit(lines: list[str], limit: int) -> None:
    for parts in (lines, ["\n".join(lines)]):
        pages = paginate(parts, limit)
        assert all(0 < len(page) <= limit for page in pages) or pages == ["…"]
        assert "".join(pages).replace("\n", "") == ("".join(lines) or "…")


@given(st.text("ab*\\ ", min_size=80), st.integers(24, 40), st.sampled_from(["{}", "> **{}**"]))
def test_a_line_is_divided_between_its_signs_and_into_less(
    text: str, limit: int, around: str
) -> None:
    whole = markup.escape(text).strip()
    line = around.format(whole)
    pieces = []
    while len(line) > limit:
        piece, rest = markup.divide(line, limit)
        assert len(piece) <= limit
        assert len(rest) < len(line)
        pieces.append(piece)
        line = rest
    bare = [re.sub(r"^> |(?<!\\)((?:\\\\)*)\*\*", r"\1", each) for each in (*pieces, line)]
    assert all((len(each) - len(each.rstrip("\\"))) % 2 == 0 for each in bare)
    assert "".join(bare).replace(" ", "") == whole.replace(" ", "")


def test_a_page_ends_between_rows_and_lines_of_code_not_inside() -> None:
    rows = [f"| row {number} | {'x' * 60} |" for number in range(120)]
    text = "\n".join(rows)
    reply = render.answer(Answer("Why?", (citation(text, Span(0, len(text))),), 0.9, BUILT), 0.1)
    assert len(reply.pages) > 1
    shown = [
        unescaped(line.removeprefix("> ").strip("*"))
        for page in reply.pages
        for line in page.split("\n")
        if line.startswith("> ")
    ]
    assert shown == rows


def test_what_is_not_in_the_documents_is_said_so() -> None:
    reply = render.answer(NoAnswer("Why?", "This is not in the documents.", (), 0.0, BUILT), 0.1)
    assert "not in the documents" in (reply.embed.description or "")
    assert reply.citations == ()


def test_what_a_follow_up_was_understood_as_stands_first_and_pings_nobody() -> None:
    cited = citation("The answer.", Span(0, 11))
    understood = "who made it — @everyone\n# **<@1>** [x](https://x.org)"
    description = render.answer(
        Answer("?", (cited,), 0.9, BUILT, understood=understood), 0.1
    ).embed.description
    first, blank, quote, *_ = (description or "").split("\n")
    assert first == (
        "-# Understood as: who made it — \\@everyone \\# \\*\\*\\@member\\*\\* "
        "\\[x\\]\\(https\\://x.org\\)"
    )
    assert blank == ""
    assert quote == "> **The answer.**"
    nothing = render.answer(NoAnswer("?", "No.", (), 0.0, BUILT, understood="a — b"), 0.1)
    assert nothing.text.startswith("-# Understood as: a — b\n\nNo.")
    assert "Understood" not in render.answer(Answer("?", (cited,), 0.9, BUILT), 0.1).text


@given(nasty)
def test_an_answer_names_its_question_for_those_that_follow(text: str) -> None:
    cited = citation("The answer.", Span(0, 11))
    embed = render.answer(Answer(text, (cited,), 0.9, BUILT), 0.1).embed
    question = " ".join(markup.plain(" ".join(text.split())).split())
    if embed.title and not embed.title.endswith("…"):
        assert " ".join(render.question_of(embed).split()) == question
    assert render.question_of(render.note(text).embed) == ""
    assert render.question_of(render.sources([], NOW).embed) == ""


def test_the_other_places_that_say_the_same_are_named_below_the_quote() -> None:
    twins = tuple(
        replace(citation("The answer.", Span(0, 11)), path=f"{name}.txt", where=where)
        for name, where in (("a_b", "line 4"), ("c", "lines 4–6"), ("d", "page 4"), ("e", "line 4"))
    )
    cited = replace(citation("The answer.", Span(0, 11)), also=twins)
    description = render.answer(Answer("?", (cited,), 0.9, BUILT), 0.1).embed.description or ""
    below = "-# The same stands in a\\_b.txt, line 4; c.txt, lines 4–6; d.txt, page 4; 1 more"
    assert description.split("\n")[-1] == below


def test_rows_of_one_list_stand_below_each_other_and_what_is_left_out_is_counted() -> None:
    rows = tuple(citation(row, Span(0, len(row))) for row in ("Kim,cook", "Lou,cook"))
    cited = replace(citation("Ada,cook", Span(0, 8)), rows=rows, more=5)
    for shown in (
        render.answer(Answer("?", (cited,), 0.9, BUILT), 0.1).embed.description or "",
        render.answer(Answer("?", (cited,), 0.9, BUILT), 0.1).text,
    ):
        quotes, left_out = shown.split("\n")[:3], shown.split("\n")[3]
        assert quotes == ["> **Ada,cook**", "> **Kim,cook**", "> **Lou,cook**"]
        assert left_out == "-# 5 more in the same list"
    alone = render.answer(Answer("?", (replace(cited, more=0),), 0.9, BUILT), 0.1)
    assert "more in the same list" not in alone.text


def test_it_is_said_that_code_goes_on_behind_its_quote() -> None:
    cited = replace(citation("open()", Span(0, 6)), goes_on=True)
    shown = render.answer(Answer("?", (cited,), 0.9, BUILT), 0.1)
    assert "-# … and so on: this is a part of the code" in shown.text
    whole = render.answer(Answer("?", (replace(cited, goes_on=False),), 0.9, BUILT), 0.1)
    assert "and so on" not in whole.text


def test_quotes_that_do_not_say_the_same_are_announced_above_them() -> None:
    old = citation("It costs 180 euros.", Span(0, 19))
    new = replace(citation("It costs 210 euros.", Span(0, 19), 2), unlike=1, later="*2026*")
    first, blank, quote, *_ = render.answer(Answer("?", (old, new), 0.9, BUILT), 0.1).text.split(
        "\n"
    )
    assert unescaped(first) == "⚠️ [1] and [2] don't say the same. [2] is later: *2026*."
    assert "*2026*" not in first
    assert (blank, quote) == ("", "> **It costs 180 euros.**")
    third = replace(new, number=3, later="")
    three = render.answer(Answer("?", (old, replace(new, later=""), third), 0.9, BUILT), 0.1)
    assert unescaped(three.text).startswith("⚠️ [1], [2] and [3] don't say the same.\n")
    agreeing = render.answer(Answer("?", (old, replace(old, number=2)), 0.9, BUILT), 0.1)
    assert "say the same" not in agreeing.text


def test_a_question_is_shown_without_the_numbers_of_discords_mentions() -> None:
    question = "hey <@12> <@!13> <@&14>, see <#15> at <t:16:R> </ask:17> <a:wave:18> <:smile:19>?"
    reply = render.answer(NoAnswer(question, "No.", (), 0.0, BUILT, understood=question), 0.1)
    title = "hey @member @member @role, see #channel at /ask :wave: :smile:?"
    assert render.question_of(reply.embed) == title
    assert unescaped(reply.text).startswith(f"-# Understood as: {title}\n")


def test_120_documents_stand_on_pages_each_with_all_of_its_lines() -> None:
    listed = [Source(f"rule_{n:03}.md", f"Rule {n} of all", "1 line", 1) for n in range(120)]
    reply = render.sources(listed, NOW)
    assert len(reply.pages) > 1
    lines = [line for page in reply.pages for line in page.split("\n")]
    assert lines == [f"`rule_{n:03}.md` · Rule {n} of all · 1 line" for n in range(120)]
    last = render.turned(reply.embed, reply.pages, len(reply.pages) - 1)
    assert "rule_119.md" in (last.description or "")
    assert (last.footer.text or "").endswith(f"· page {len(reply.pages)} of {len(reply.pages)}")


def test_of_more_documents_than_anybody_turns_pages_of_the_rest_is_counted() -> None:
    reply = render.sources([Source("a.md", "A", "1 line", 1)] * 2_345, NOW)
    assert reply.pages[-1].endswith("… and 345 more; `/source` finds each by its name")


def test_a_report_has_a_line_for_every_file_on_its_pages() -> None:
    files = tuple(FileRecord(f"rule_{n:03}.md", "", passages=2) for n in range(120))
    manifest = Manifest(
        format_version=1,
        model="m",
        model_revision="",
        dim=1,
        chunking={},
        limits={},
        program="",
        created_at=NOW,
        sources=(FileRecord("bad.pdf", "", reason="no text"), *files),
    )
    reply = render.report(manifest)
    assert len(reply.pages) > 1
    whole = unescaped("\n".join(reply.pages))
    assert all(f"{file.path}: " in whole for file in manifest.sources)
    assert whole.index("bad.pdf") < whole.index("rule_000.md")


def test_a_failure_shows_commands_as_code_and_nothing_else_as_markup() -> None:
    shown = render.note("a_b: no [x](https://x.org) <@1>; run `python -m index build`").text
    assert shown.endswith("; run `python -m index build`")
    assert unescaped(shown) == "a_b: no [x](https://x.org) <@1>; run `python -m index build`"
    assert "<" not in re.sub(r"\\.", "", shown)
