"""Where a quote stands, in the file's own terms."""

from dataclasses import replace
from pathlib import Path

import pytest

from index.domain import Document, Landmark, Span
from index.reading.formats import read
from index.text.places import extent, headings, landmark, lines, url, where
from tests.support.model import SEEDS


def paged(*starts: int, kind: str = "page") -> Document:
    """A document whose extracted text has landmarks at `starts`, numbered from 1."""
    marks = [Landmark(kind, str(number), 1, start) for number, start in enumerate(starts, 1)]
    heading = Landmark("heading", "H", 1, 3)
    return Document("a b.pdf", "", "A", "x\n" * 50, "", (*marks, heading), lined=False)


def test_lines_count_from_one_and_include_both_ends() -> None:
    document = read("a.txt", b"one\ntwo\nthree\n")
    assert lines(document, Span(0, 3)) == (1, 1)
    assert lines(document, Span(4, 13)) == (2, 3)
    assert lines(document, Span(4, 8)) == (2, 2)
    assert where(document, Span(4, 8)) == "line 2"
    assert where(document, Span(4, 13)) == "lines 2–3"
    assert extent(document) == "4 lines"
    assert landmark(document, 4) is None
    assert url("https://x.org/", "", document, Span(4, 4 + 1), 4) == "https://x.org/a.txt"


@pytest.mark.parametrize(
    ("span", "place"),
    [(Span(0, 10), "page 1"), (Span(9, 10), "page 1"), (Span(10, 12), "page 2"),
     (Span(9, 11), "pages 1–2"), (Span(35, 40), "page 3")],
)  # fmt: skip
def test_a_page_ends_where_the_next_begins(span: Span, place: str) -> None:
    assert where(paged(0, 10, 30), span) == place


def test_extracted_text_has_no_lines_to_cite() -> None:
    document = paged(0, 10)
    assert lines(document, Span(0, 4)) is None
    assert (
        url("https://x.org", "", document, Span(10, 10 + 1), 10) == "https://x.org/a%20b.pdf#page=2"
    )
    assert url("", "", document, Span(10, 10 + 1), 10) is None


def test_a_text_with_neither_lines_nor_numbers_is_cited_by_its_headings_alone() -> None:
    document = paged()
    assert where(document, Span(0, 4)) == ""
    assert extent(document) == ""
    assert url("https://x.org", "", document, Span(0, 0 + 1), 0) == "https://x.org/a%20b.pdf"


class CountedText(str):
    """A text that knows how many of its characters were looked at for line ends."""

    __slots__ = ("seen",)

    def count(self, sign: str, start: int = 0, end: int | None = None, /) -> int:  # type: ignore[override]
        """Count, and count that."""
        last = len(self) if end is None else end
        self.seen = getattr(self, "seen", 0) + last - start
        return super().count(sign, start, last)


def test_headings_have_their_lines_and_the_text_is_gone_through_once() -> None:
    text = CountedText("## Part\n\nSome words.\n\n" * 500)
    marks = tuple(Landmark("heading", f"Part {n}", 2, n * 22) for n in range(500))
    document = Document("a.md", "", "A", text, "", (Landmark("page", "1", 1, 0), *marks))
    assert headings(document) == [(f"Part {n}", n * 4 + 1) for n in range(500)]
    assert text.seen <= len(text)


@pytest.mark.parametrize("path", sorted(SEEDS.glob("0*")), ids=lambda path: path.name)
def test_headings_stand_on_the_lines_that_they_are_said_to(path: Path) -> None:
    document = read(path.name, path.read_bytes())
    lines = document.text.split("\n")
    for label, line in headings(document):
        assert label in lines[line - 1]


def test_the_lines_of_records_are_those_of_the_file() -> None:
    document = paged(0, 10, 30, kind="line")
    assert lines(document, Span(10, 30)) == (2, 2)
    assert lines(document, Span(10, 31)) == (2, 3)
    assert url("https://x.org", "", document, Span(10, 10 + 1), 10) == "https://x.org/a%20b.pdf"


def test_a_file_from_elsewhere_is_linked_where_it_is_and_at_its_lines() -> None:
    link = "https://git.example.org/r/blob/c0ffee/a.txt#L{first}-L{last}"
    document = Document("a.txt", "text/plain", "A", "one\ntwo\nthree\n", "")
    found = url("https://x.org", link, document, Span(4, 13), 4)
    assert found == "https://git.example.org/r/blob/c0ffee/a.txt#L2-L3"
    unlined = replace(document, lined=False)
    assert url("", link, unlined, Span(4, 13), 4) == "https://git.example.org/r/blob/c0ffee/a.txt"
    paged = replace(unlined, landmarks=(Landmark("page", "7", 0, 0),))
    assert url("", "https://x.org/a.pdf", paged, Span(4, 13), 4) == "https://x.org/a.pdf#page=7"
