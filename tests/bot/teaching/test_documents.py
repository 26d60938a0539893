"""The file that is taught: read as Discord shows the message, whatever that is made of."""

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.errors import NotTaken
from bot.teaching import Source, document, file_name, question_in, spoken
from bot.uploads import safe_name
from index import Document, IndexSettings
from index.reading.formats import markdown

LINK = "https://discord.com/channels/1/2/3"
QUESTION = "What is the code of the gate?"


def read(answer: str, question: str = QUESTION, author: str = "ann") -> Document:
    """What the index reads in a document that is taught."""
    source = Source(3, 1, 2, 0, 0.0, author, date(2026, 11, 27), LINK)
    data = document(question, answer, "boss", source)
    return markdown.read("learned/a.md", data, IndexSettings())


def quotable(found: Document) -> list[str]:
    """What of a document can be quoted."""
    return [block.span.of(found.text) for block in found.blocks]


def test_the_question_is_the_title_and_the_answer_all_that_is_quoted() -> None:
    found = read(spoken("It is 4711.\nIt changes in spring."))
    assert found.title == QUESTION
    assert found.author == "ann"
    assert found.date == "2026-11-27"
    assert quotable(found) == ["It is 4711.\nIt changes in spring."]


@pytest.mark.parametrize(
    ("written", "read_as"),
    [
        ("-# small print says it", "small print says it"),
        ("It is ||a secret||.", "It is a secret."),
        (">>> all of this\nis quoted", "> all of this\nis quoted"),
        ("# Gate\nIt is 4711.", "## Gate\nIt is 4711."),
        ("It is 4711.\n---\nAnd red.", "It is 4711.\n\n---\nAnd red."),
        ("```sh\n# no heading\n---\n```", "```sh\n# no heading\n---\n```"),
        ("```sh\ntest -f a || b || exit 1\n```", "```sh\ntest -f a || b || exit 1\n```"),
        ("Use `a || b || c` ||here||.", "Use `a || b || c` here."),
        ("```It is 4711.```\n# Gate", "```It is 4711.```\n## Gate"),
        ("<!-- gate -->\nIt is 4711.", "\\<!-- gate -->\nIt is 4711."),
        ("<C-x>\nopens the gate.", "\\<C-x>\nopens the gate."),
        ("```html\n<b>\n```", "```html\n<b>\n```"),
        ("> - <!-- gate -->\nIt is 4711.", "> - \\<!-- gate -->\nIt is 4711."),
        ("- ```sh\n# gate\n  ```\n# Gate", "- ```sh\n# gate\n  ```\n## Gate"),
        ("<https://gate.example> opens it.", "<https://gate.example> opens it."),
        ("<3 the gate is open", "<3 the gate is open"),
        ("> " * 1900 + "x4711", "> " * 1900 + "x4711"),
        ("It is\u202e 4711\u200b.", "It is 4711."),
    ],
)
def test_what_discord_and_markdown_read_differently_is_settled(written: str, read_as: str) -> None:
    assert spoken(written) == read_as


@pytest.mark.parametrize(
    "author",
    ['"; drop\n---\n# x', "ann: [x]", "\ufffe\x00\ud800ann", "אבג", "🙂", "'---'", "{a: b}", ""],
)
def test_no_name_breaks_out_of_the_head(author: str) -> None:
    found = read("It is 4711.", author=author)
    assert found.title == QUESTION
    assert quotable(found) == ["It is 4711."]
    assert found.notes == ()


def test_an_answer_that_has_a_head_of_its_own_stays_an_answer() -> None:
    found = read(spoken("---\ntaught_by: somebody else\n---\nIt is 4711."))
    assert found.title == QUESTION
    assert "It is 4711." in quotable(found)
    assert found.author == "ann"


@pytest.mark.parametrize("text", ["", "  ", "?!", "🙂", "\u200b"])
def test_a_question_has_words(text: str) -> None:
    with pytest.raises(NotTaken):
        question_in(text)


@pytest.mark.parametrize(
    ("question", "name"),
    [
        (QUESTION, "what-is-the-code-of-the-gate.md"),
        ("../../etc/passwd?", "etc-passwd.md"),
        ("Ä" * 100, "ä" * 48 + ".md"),
        ("\u3164", "answer.md"),
        ("什么是密码？", "什么是密码.md"),
    ],
)
def test_a_file_is_called_by_its_question(question: str, name: str) -> None:
    assert file_name(question) == name
    assert file_name(question, 2) == name.replace(".md", "-2.md")
    assert file_name("CON") == "answer.md"


@given(st.text(max_size=300), st.text(min_size=1, max_size=400))
def test_whatever_is_written_becomes_one_document(question: str, answer: str) -> None:
    assert safe_name(file_name(question)).endswith(".md")
    try:
        asked, said = question_in(question), spoken(answer)
    except NotTaken:
        return
    source = Source(3, 1, 2, 0, 0.0, question, date(2026, 11, 27), LINK)
    text = document(asked, said, answer, source).decode()
    assert text.count("\n# ") >= 1
    assert "\n" not in asked
    assert text.endswith(f"# {asked}\n\n{said}\n")
