"""A sheet holds what was asked, whole and as text, whatever a spreadsheet makes of its cells."""

import csv
from collections.abc import Sequence
from io import StringIO

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.gaps import Gap
from bot.records import Span, Unanswered
from bot.render import sheets
from bot.render.sheets import counted, listed

# By OWASP's page on CSV injection, and as some keyboards write the same.
DANGEROUS = "=+-@\t\r\n＝＋－＠"


def read(sheet: bytes) -> list[list[str]]:
    """The rows of a sheet."""
    return list(csv.reader(StringIO(sheet.decode("utf-8-sig"), newline="")))


def gap(*texts: str) -> Gap:
    """Questions that ask the same."""
    return Gap("", tuple(Unanswered(at, 5, 5, "none", 1e9, text) for at, text in enumerate(texts)))


@given(st.lists(st.text(), min_size=1, max_size=5))
def test_no_cell_begins_a_formula_and_no_text_breaks_its_row(texts: Sequence[str]) -> None:
    rows = read(listed([gap(*texts), gap(*texts)], 77))
    assert len(rows) == 1 + 2 * len(texts)
    assert {len(row) for row in rows} == {6}
    for row in rows:
        assert not any(cell.startswith(tuple(DANGEROUS)) for cell in row)
        assert not any(set(cell) & set("\t\r\n\0") for cell in row)


@pytest.mark.parametrize(
    "text",
    [
        "=1+1",
        " \u200b=1+1",
        "+1",
        "-1",
        "@SUM(A1)",
        "\t=1",
        "\n=1",
        "＝1",
        "|calc",
        "%0A",
        "\ufeff=1",
    ],
)
def test_what_would_be_a_formula_is_a_text_that_can_still_be_read(text: str) -> None:
    cell = read(listed([gap(text)], 77))[1][4]
    assert cell.startswith("'")
    assert cell.endswith(text.strip("\t\n \u200b\ufeff"))


def test_a_question_in_any_script_stays_as_it_is() -> None:
    texts = [
        "Wie groß ist das Häuschen?",
        "何ですか",
        "ما هذا؟",
        'Is it "here", or there;?',
        "a" * 1000,
    ]
    assert [row[4] for row in read(listed([gap(*texts)], 77))[1:]] == texts


def test_a_sheet_is_no_larger_than_a_message_takes_and_the_rarest_are_left_out(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(sheets, "BYTES", 1000)
    sheet = listed([gap("often?", "often?")] + [gap("x" * 100)] * 20, 77)
    assert len(sheet) <= 1003
    assert [row[4] for row in read(sheet)[1:3]] == ["often?", "often?"]


def test_days_are_counted_by_what_came_of_the_questions() -> None:
    span = Span(0.0)
    span.kinds.update({"answer": 5, "bad": 2, "nearest": 3, "none": 1})
    assert read(counted([span]))[1] == ["1970-01-01", "11", "7", "1", "3", "2"]
