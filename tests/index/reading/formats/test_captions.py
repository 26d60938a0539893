"""Paragraphs that are headings in all but markup."""

import pytest

from index.reading.formats import read
from tests.support.formats import docx


def parts(path: str, data: bytes) -> list[tuple[str, str]]:
    """Each block with the last heading above it."""
    document = read(path, data)
    result = []
    for block in document.blocks:
        above = [mark.label for mark in document.landmarks if mark.start <= block.span.start]
        result.append((above[-1] if above else "", block.span.of(document.text)))
    return result


@pytest.mark.parametrize(
    "text",
    [
        "**Q: When do you open?**\n\nAt nine.\n\n**Q: Is there parking?**\n\nIn the yard.\n",
        "**When do you open?**\n\nAt nine.\n\n__Is there parking?__\n\nIn the yard.\n",
        "Q1: When do you open?\n\nAt nine.\n\nQ2: *Is there parking?*\n\nIn the yard.\n",
        "When do you open?\n\nAt nine.\n\nIs there parking?\n\nIn the yard.\n",
        "## Visits\n\nWhen do you open?\n\nAt nine.\n\nIs there parking?\n\nIn the yard.\n",
    ],
)
@pytest.mark.parametrize("path", ["faq.md", "faq.txt"])
def test_a_question_that_stands_alone_heads_its_answer(path: str, text: str) -> None:
    assert parts(path, text.encode()) == [
        ("When do you open?", "At nine."),
        ("Is there parking?", "In the yard."),
    ]


@pytest.mark.parametrize("suffix", ["docx", "html"])
def test_so_it_does_in_a_page_and_in_a_word_document(suffix: str) -> None:
    paragraphs = ["When do you open?", "At nine.", "Is there parking?", "In the yard."]
    data = "".join(f"<p>{paragraph}</p>" for paragraph in paragraphs).encode()
    if suffix == "docx":
        runs = (
            f"<w:p><w:r><w:rPr><w:b/></w:rPr><w:t>{text}</w:t></w:r></w:p>" for text in paragraphs
        )
        data = docx("".join(runs))
    assert ("Is there parking?", "In the yard.") in parts(f"faq.{suffix}", data)


@pytest.mark.parametrize(
    ("text", "headings"),
    [
        (
            "**Getting there**\n\nBy bus.\n\n**Staying**\n\nIn tents.\n",
            ["Getting there", "Staying"],
        ),
        ("GETTING THERE\n\nBy bus.\n\nSTAYING\n\nIn tents.\n", ["GETTING THERE", "STAYING"]),
        ("**Travel:**\n\nBy bus.\n\n**Nights:**\n\nIn tents.\n", ["Travel", "Nights"]),
    ],
)
def test_lines_in_bold_or_capitals_are_headings_where_there_are_several(
    text: str, headings: list[str]
) -> None:
    assert [mark.label for mark in read("a.md", text.encode()).landmarks] == headings


@pytest.mark.parametrize(
    "text",
    [
        "Why bother?\n\nBecause it rains.\n\nThe roof leaks.\n",
        "**Closed in July.**\n\nCome in May.\n\n**Open in May!**\n\nBring a coat.\n",
        "**Password: 4711**\n\nKeep it.\n\n**Room: 12**\n\nUpstairs.\n",
        "**Only this**\n\nBy bus.\n",
        "> Is it far?\n\nNo.\n\n> Is it steep?\n\nYes.\n",
        "**555 0199**\n\nBy day.\n\n**555 0198**\n\nBy night.\n",
        "Who asks?\n\nWho answers?\n",
    ],
)
def test_a_paragraph_that_says_something_itself_is_no_heading(text: str) -> None:
    assert not read("a.md", text.encode()).landmarks
