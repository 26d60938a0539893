"""Texts as words: what the end of a line parts is one word, what only stands there is not."""

import pytest

from index.text.hyphens import joined


@pytest.mark.parametrize(
    ("text", "mended"),
    [
        ("oil the bear-\nings daily", "oil the bearings daily"),
        ("> the guillo-\n> tine is shut", "> the guillotine is shut"),
        ("- from the mar-\n  bled sheets", "- from the marbled sheets"),
        ("damp\xadened over\xad\nnight", "dampened overnight"),
        ("die Tür-\nschließer", "die Türschließer"),
    ],
)
def test_a_word_that_the_end_of_a_line_parts_is_whole(text: str, mended: str) -> None:
    assert joined(text) == mended


@pytest.mark.parametrize(
    "text",
    [
        "in-\nand outside",
        "Ein-\nund Ausgang",
        "Jean-\nPierre",
        "pages 3-\n4",
        "so -\nhe left",
        "a-\n",
    ],
)
def test_what_stands_at_the_end_of_a_line_may_be_a_word_of_its_own(text: str) -> None:
    assert joined(text) == text
