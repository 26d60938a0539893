"""A document in pages loses nothing and tears nothing."""

import sys
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot import render
from bot.render.pages import page_of, pages
from index import Document

LIMIT = 80
lines = st.lists(
    st.one_of(
        st.text(st.characters(exclude_characters="\n", exclude_categories=["Cs"]), max_size=120),
        st.sampled_from(["```", "```sh", "| a | b |", ""]),
    ),
    max_size=40,
)


@given(lines)
def test_pages_hold_every_line_once_and_keep_the_limit(parts: list[str]) -> None:
    text = "\n".join(parts)
    found = pages(text, LIMIT)
    assert "\n".join(page.span.of(text) for page in found) == text
    assert found[0].first == 1
    assert found[-1].last == len(text.split("\n"))
    for before, after in pairwise(found):
        assert after.first == before.last + 1
    for number, page in enumerate(found):
        assert len(page.span.of(text)) <= LIMIT or page.first == page.last
        assert page.first == text.count("\n", 0, page.span.start) + 1
        assert page_of(found, page.first) == page_of(found, page.last) == number


def test_a_block_of_code_that_fits_on_a_page_is_not_divided() -> None:
    code = ["```sh", "one", "two", "three", "```"]
    text = "\n".join(["word " * 12, *code, "After."])
    found = [page.span.of(text) for page in pages(text, LIMIT)]
    assert found == ["word " * 12, "\n".join([*code, "After."])]


def test_a_block_of_code_is_held_together_after_one_that_is_longer_than_a_page() -> None:
    long = ["```", *("x" * 20 for _ in range(9)), "```"]
    short = ["```", *("y" * 20 for _ in range(2)), "```"]
    text = "\n".join([*long, "word " * 12, *short])
    assert [page.span.of(text) for page in pages(text, LIMIT)][-1] == "\n".join(short)


@pytest.mark.parametrize(
    "line", ["", "a", "```\n", "```\n" + "\n" * 3000, " " * 20 + "\n```", "x" * 2000]
)
def test_a_document_is_cut_in_a_few_steps_a_line_however_long_it_is(line: str) -> None:
    text = "\n".join([line] * (20_000 // (line.count("\n") + 1)))
    steps = 0

    def step(*_about: object) -> None:
        nonlocal steps
        steps += 1

    sys.setprofile(step)
    try:
        pages(text, 1700)
    finally:
        sys.setprofile(None)
    assert steps < 30 * (text.count("\n") + 1)


def test_a_text_is_cut_once_however_often_its_pages_are_turned() -> None:
    text = "once and for all\n" * 50
    again = "".join(list(text))
    assert again is not text
    assert pages(again, LIMIT) is pages(text, LIMIT)


def test_a_page_of_one_endless_line_is_shown_as_far_as_a_message_goes() -> None:
    text = "* word " * 100_000
    document = Document("a.txt", "text/plain", "A", text, "")
    shown = render.source_page(document, pages(text, LIMIT), 0)
    description = shown.embed.description or ""
    assert render.DESCRIPTION_LIMIT - 1000 < len(description) <= render.DESCRIPTION_LIMIT
    assert description.startswith("A\n\n\\* word \\* word")
    assert description.endswith("…")
