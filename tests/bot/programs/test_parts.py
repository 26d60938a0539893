"""Parts of documents: what is asked for, as much as fits, and how to go on."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.errors import BadRequest, NotFound
from bot.programs.parts import form, part_of
from bot.programs.requests import Read, checked
from index import Document
from index.domain import Landmark

TEXT = "# Tea\nof leaves\n## Green\neighty degrees\n### Time\nthree minutes\n## Black\nhot\n"


def document(text: str = TEXT, *, lined: bool = True, marks: bool = True) -> Document:
    """A document with the headings of Markdown."""
    landmarks = [
        Landmark("heading", line.lstrip("# "), len(line) - len(line.lstrip("#")), text.index(line))
        for line in text.split("\n")
        if marks and line.startswith("#")
    ]
    return Document("tea.md", "text/markdown", "Tea", text, "0" * 64, tuple(landmarks), lined=lined)


def read(**asked: object) -> str:
    """The text that is asked for."""
    return form(document(), checked(Read, {"path": "tea.md", **asked}), "")["text"]


def test_a_heading_has_what_is_below_it_up_to_the_next_of_its_kind() -> None:
    assert read(heading="Green") == TEXT[TEXT.index("## Green") : TEXT.index("## Black")]
    assert read(heading=" time ") == "### Time\nthree minutes\n"
    assert read(heading="Black") == "## Black\nhot\n"
    assert read(heading="Tea") == TEXT


def test_a_heading_that_is_not_there_is_told_with_those_that_are() -> None:
    with pytest.raises(NotFound, match=r"no such heading; it has: 'Tea', 'Green', 'Time', 'Black'"):
        read(heading="Coffee")


def test_lines_are_whole_and_counted_from_1() -> None:
    assert read(first=2, last=3) == "of leaves\n## Green"
    assert read(last=1) == "# Tea"
    assert read(first=8) == "hot\n"
    assert read(first=9) == ""
    assert read(first=8, last=99) == "hot\n"
    assert read(first=5, last=2) == ""
    with pytest.raises(NotFound, match=r"tea\.md has 9 lines"):
        read(first=10)


def test_characters_beyond_the_end_are_none() -> None:
    assert read(start=5000) == ""
    assert read(start=4, end=2) == ""
    assert read(end=5) == "# Tea"


def test_lines_are_told_where_the_file_has_them() -> None:
    asked = Read(path="tea.md", first=2, last=3)
    assert form(document(), asked, "")["lines"] == [2, 3]
    assert form(document(lined=False), asked, "")["lines"] is None


def test_the_lines_of_a_transcript_are_those_of_its_file() -> None:
    marks = tuple(Landmark("line", str(number), 1, at) for number, at in ((3, 0), (7, 6), (11, 12)))
    spoken = Document("a.vtt", "text/vtt", "a", "hello\nthere\nagain", "0" * 64, marks, lined=False)
    assert form(spoken, Read(path="a.vtt", first=2), "")["lines"] == [7, 11]
    assert form(spoken, Read(path="a.vtt", first=1, last=1), "")["lines"] == [3, 3]
    assert form(spoken, Read(path="a.vtt"), "")["marks"] == []


def test_the_page_that_a_part_begins_on_is_told() -> None:
    marks = tuple(Landmark("page", str(number), 1, at) for number, at in ((1, 0), (2, 6), (3, 12)))
    pages = Document(
        "a.pdf", "application/pdf", "a", "hello\nthere\nagain", "0" * 64, marks, lined=False
    )
    told = form(pages, Read(path="a.pdf", start=8, end=14), "")["marks"]
    assert [(mark["kind"], mark["label"]) for mark in told] == [("page", "2"), ("page", "3")]


@given(st.text(st.sampled_from("ab\n\r\u2028#"), max_size=60), st.integers(1, 9))
def test_whatever_follows_the_rest_reads_all_of_it_once(text: str, most: int) -> None:
    whole = document(text, marks=False)
    asked = Read(path="tea.md", most=most)
    parts = []
    while True:
        told = form(whole, asked, "")
        parts.append(told["text"])
        assert len(told["text"]) <= most
        if told["rest"] is None:
            break
        assert told["text"]
        start, end = told["rest"]
        asked = Read(path="tea.md", most=most, start=start, end=end)
    assert "".join(parts) == text


@given(st.text(st.sampled_from("ab\n\r"), max_size=60), st.integers(1, 9), st.integers(1, 9))
def test_the_lines_that_are_asked_for_are_the_lines_that_are_told(
    text: str, first: int, more: int
) -> None:
    lines = text.split("\n")
    if first > len(lines):
        return
    last = min(first + more, len(lines))
    asked = Read(path="tea.md", first=first, last=last)
    whole, _ = part_of(document(text, marks=False), asked)
    assert whole.of(text) == "\n".join(lines[first - 1 : last])
    told = form(document(text, marks=False), asked, "")
    assert told["lines"] is not None
    assert told["lines"][0] == first


@pytest.mark.parametrize(
    "asked",
    [{"heading": "a", "first": 1}, {"first": 1, "start": 1}, {"heading": "a", "end": 1}],
)
def test_two_parts_at_once_are_refused(asked: dict[str, object]) -> None:
    with pytest.raises(BadRequest, match="name a part by"):
        checked(Read, {"path": "tea.md", **asked})
