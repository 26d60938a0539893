"""A message is a piece of a document, and never of its structure."""

import time

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from bot.gathering import markup
from index.reading.formats import markdown
from index.settings import Limits

END = "The last words of another one."
SIGNS = st.sampled_from(
    [*"#=-`~<>!*_[]:|.+?/ \t\n\n1ab", "```", "<!--", "---\n", "- ", "<pre>", "===", "\n# "]
)


@given(pieces=st.lists(SIGNS, max_size=25))
@example(pieces=["```", "\n# a"])
@example(pieces=["<!-- a"])
@example(pieces=["a\n---"])
@example(pieces=["> ```\n> # a\n"])
@example(pieces=["== a =="])
@example(pieces=["<script>\n\n"])
@example(pieces=["- <!--\n  # a"])
def test_whatever_it_holds_the_headings_are_ours_and_what_follows_is_read(
    pieces: list[str],
) -> None:
    said = markup.message("".join(pieces))
    text = f"# Title\n\n{said}\n\n## A member\n\n{END}\n"
    document = markdown.read("a.md", text.encode(), Limits())
    assert [each.label for each in document.landmarks] == ["Title", "A member"]
    assert document.title == "Title"
    assert document.blocks[-1].span.of(document.text).strip() == END


def test_code_keeps_its_lines_and_words_their_marks() -> None:
    written = "Use **this**:```py\n# a comment\nx = '<b>'\n```and `that` ||or not||"
    assert markup.message(written) == (
        "Use **this**:\n```py\n# a comment\nx = '<b>'\n```\nand `that` ||or not||"
    )


def test_headings_and_small_print_are_words() -> None:
    assert markup.message("# Big\n-# small\n> ## quoted\n<https://example.org/>") == (
        "**Big**\nsmall\n> **quoted**\nhttps://example.org/"
    )


def test_a_title_is_one_line() -> None:
    assert markup.title("# a\nb `c`", "A post") == "# a b 'c'"
    assert markup.title("  ", "A post") == "# A post"


@pytest.mark.parametrize("sign", [" ", "- ", "> ", "# ", "-# ", "# `", "=", "```\n", "1. "])
def test_a_message_of_one_sign_takes_no_longer_than_another(sign: str) -> None:
    begun = time.process_time()
    markup.message(sign * (4000 // len(sign)) + "x")
    assert time.process_time() - begun < 1
