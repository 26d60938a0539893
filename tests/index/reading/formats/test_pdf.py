"""The pages of a PDF as a person reads them: columns, tables, whole words and sentences."""

from io import BytesIO
from itertools import pairwise

import pytest
from pypdf import PdfReader, PdfWriter, Transformation

from index.domain import BlockKind, Document, Span
from index.reading.formats import read
from index.text.places import where
from tests.support.formats import Placed, pdf


def shown(document: Document) -> list[str]:
    """The text of each block."""
    return [block.span.of(document.text) for block in document.blocks]


def column(left: float, top: float, lines: list[str]) -> list[Placed]:
    """Lines one below the other."""
    return [(left, top - 13 * number, line) for number, line in enumerate(lines)]


LEFT = [
    "The mill was bought by the village in the",
    "year 1987. Its wheel turned until the flood",
    "took the weir away, and since then nobody",
    "has ground any corn there.",
]
RIGHT = [
    "The bakery next to it is let to a cook from",
    "Lyon. She opens at six and sells what is left",
    "at noon for half the price. On Mondays she",
    "stays at home.",
]


@pytest.mark.parametrize("drawn", ["column by column", "row by row", "from the bottom"])
def test_columns_are_read_one_after_the_other_however_they_are_drawn(drawn: str) -> None:
    left, right = column(60, 700, LEFT), column(320, 700, RIGHT)
    both = left + right
    if drawn == "row by row":
        both = [line for row in zip(left, right, strict=True) for line in row]
    elif drawn == "from the bottom":
        both.reverse()
    page: list[Placed] = [(60, 740, "News of the valley from both of its banks, in June and July")]
    text = read("a.pdf", pdf([page + both])).text
    assert "Its wheel turned until the flood took the weir away" in text
    assert "sells what is left at noon for half the price" in text
    assert text.startswith("News of the valley")
    assert text.index("ground any corn") < text.index("The bakery")


def test_a_sentence_goes_on_in_the_next_column() -> None:
    left, right = LEFT[:3], ["has ground any corn there.", *RIGHT]
    found = read("a.pdf", pdf([column(60, 700, left) + column(320, 700, right)]))
    assert "since then nobody has ground any corn there." in found.text


def test_narrow_columns_of_sentences_are_no_table() -> None:
    left = ["The ferry sails on", "all days but one. A", "bicycle costs two", "euros more."]
    middle = ["Tea is served on", "the upper deck. It", "is free for those", "who row."]
    right = ["Seals lie on the", "bank at low tide,", "most of them on", "sunny days."]
    page = column(60, 700, left) + column(220, 700, middle) + column(380, 700, right)
    found = read("a.pdf", pdf([[(60, 730, "Island line", 20), *page]]))
    assert shown(found) == [" ".join(each) for each in (left, middle, right)]


def test_a_table_of_words_in_small_letters_is_no_running_text() -> None:
    rows = [["fault", "what helps"], ["does not start", "shut the choke"], ["is loud", "oil it"]]
    cells: list[Placed] = [
        (60 + 150 * place, 700 - 16 * number, cell)
        for number, row in enumerate(rows)
        for place, cell in enumerate(row)
    ]
    assert "| is loud | oil it |" in shown(read("a.pdf", pdf([cells])))


@pytest.mark.parametrize(
    ("rows", "wanted"),
    [
        ([["Tent", "Beds", "Night"], ["Dune", "4", "55"], ["Reed", "2", "9"]], "| Reed | 2 | 9 |"),
        ([["Line", "First", "Last"], ["12", "5:40", "23:10"]], "| 12 | 5:40 | 23:10 |"),
        ([["Tide", "Time"], ["high", "04:12"], ["low", "10:31"], ["end", "12"]], "| low | 10:31 |"),
        ([["Part", "Price"], ["Lid", "3 €"], ["Wick", "1 €"]], "| Wick | 1 € |"),
    ],
)  # fmt: skip
def test_a_row_of_a_table_is_one_block_that_knows_the_header(
    rows: list[list[str]], wanted: str
) -> None:
    cells: list[Placed] = [
        (60 + 110 * place, 700 - 16 * number, cell)
        for number, row in enumerate(rows)
        for place, cell in enumerate(row)
    ]
    page: list[Placed] = [(60, 730, "What there is:"), *cells, (60, 500, "Ask at the gate.")]
    found = read("a.pdf", pdf([page]))
    row = next(block for block in found.blocks if block.span.of(found.text) == wanted)
    assert (row.kind, row.context) == (BlockKind.ROW, " | ".join(rows[0]))
    assert shown(found)[-1] == "Ask at the gate."


def test_a_cell_over_two_lines_is_one_cell() -> None:
    page: list[Placed] = [
        (60, 700, "Day"), (160, 700, "Trip"), (300, 700, "Fee"),
        (60, 670, "Monday"), (160, 670, "To the seals and"), (300, 670, "30"),
        (160, 658, "back by bus"),
        (60, 628, "Friday"), (160, 628, "To the caves"), (300, 628, "25"),
    ]  # fmt: skip
    found = read("a.pdf", pdf([page]))
    assert "| Monday | To the seals and back by bus | 30 |" in shown(found)
    assert "| Friday | To the caves | 25 |" in shown(found)


def test_the_last_line_of_the_last_cell_is_part_of_its_row() -> None:
    page: list[Placed] = [
        (60, 700, "Day"), (160, 700, "Trip"), (300, 700, "Fee"),
        (60, 670, "Friday"), (160, 670, "To the caves and"), (300, 670, "25"),
        (160, 658, "back on foot"),
        (60, 620, "Lunch is not included."),
    ]  # fmt: skip
    found = read("a.pdf", pdf([page]))
    assert shown(found)[1:] == [
        "| Friday | To the caves and back on foot | 25 |",
        "Lunch is not included.",
    ]


def test_a_larger_line_above_nothing_but_a_table_is_a_heading() -> None:
    rows = [("Tide", "Time"), ("high", "04:12"), ("low", "10:31"), ("high", "16:40")]
    cells: list[Placed] = [
        (60 + 100 * place, 700 - 16 * number, cell)
        for number, row in enumerate(rows)
        for place, cell in enumerate(row)
    ]
    found = read("a.pdf", pdf([[(60, 730, "Tides of June", 18), *cells]]))
    assert [mark.label for mark in found.landmarks if mark.kind == "heading"] == ["Tides of June"]


def test_a_table_goes_on_over_a_page_with_its_header() -> None:
    header: list[Placed] = [(60, 700, "Berth"), (160, 700, "Depth")]
    first: list[Placed] = [*header, (60, 684, "A1"), (160, 684, "2.1 m")]
    for again in ([], header):
        second: list[Placed] = [
            *again, (60, 684, "B7"), (160, 684, "3.4 m"), (60, 668, "B8"), (160, 668, "3.6 m")
        ]  # fmt: skip
        found = read("a.pdf", pdf([first, second]))
        assert shown(found)[-2:] == ["| B7 | 3.4 m |", "| B8 | 3.6 m |"]
        assert {block.context for block in found.blocks[1:]} == {"Berth | Depth"}
        assert where(found, found.blocks[-1].span) == "page 2"


@pytest.mark.parametrize(
    ("lines", "whole"),
    [
        (["The har-", "bour is closed."], "The harbour is closed."),
        (["Der Gemeinde-", "rat tagt."], "Der Gemeinderat tagt."),
        (["It is a well-", "known hut."], "It is a well-known hut."),
        (["Open in 2024-", "2025."], "Open in 2024-2025."),
        (["Ask Anne-", "Marie for it."], "Ask Anne-Marie for it."),
        (["Laden-", "und Bahnhof."], "Laden- und Bahnhof."),
        (["Side-line play: a side-", "line is out."], "Side-line play: a side-line is out."),
    ],
)
def test_a_word_that_a_line_end_parts_is_whole(lines: list[str], whole: str) -> None:
    assert read("a.pdf", pdf([lines])).text == whole


@pytest.mark.parametrize(
    ("parted", "whole"),
    [
        ("The speci fi cation is new.", "The specification is new."),
        ("It takes fi ve days.", "It takes five days."),
        ("The o ffi cer signs.", "The officer signs."),
        ("The o ffi ce fi lls a bottle.", "The office fills a bottle."),
        ("A con fl ict of e ff orts.", "A conflict of efforts."),
        ("fl oors one and two", "floors one and two"),
        ("A plain line of words.", "A plain line of words."),
    ],
)
def test_a_word_that_its_ligature_parts_is_whole(parted: str, whole: str) -> None:
    assert read("a.pdf", pdf([[parted]])).text == whole


@pytest.mark.parametrize(
    ("head", "foot"),
    [
        ("Guide to the reserve", "Page {} of 3"),
        ("{}   Statutes of the rowing club", "As decided in May"),
        ("Draft", "- {} -"),
    ],
)
def test_what_runs_over_every_page_is_left_out_and_a_sentence_goes_through(
    head: str, foot: str
) -> None:
    texts = [
        [
            "Visitors stay on the paths, and dogs are kept",
            "on a lead from the first of March until",
        ],
        ["the end of July. Fires are not allowed here.", "The hides are open from sunrise, and"],
        ["they close at dusk. Drones need a permit.", "It is given by the warden."],
    ]
    pages: list[list[Placed]] = [
        [
            (60, 800, head.format(number)),
            *column(60, 700, lines),
            *column(60, 660, [f"Rule {number} has its own paragraph."][: number - 1]),
            (60, 40, foot.format(number)),
        ]
        for number, lines in enumerate(texts, start=1)
    ]
    found = read("a.pdf", pdf(pages))
    for line in (head, foot):
        assert line.strip("{} ") not in found.text
    assert "on a lead from the first of March until the end of July." in found.text
    at = found.text.index("Visitors")
    assert where(found, Span(at, found.text.index("Fires"))) == "pages 1–2"
    assert where(found, Span(found.text.index("Fires"), found.text.index("The hides"))) == "page 2"


def test_a_word_that_a_page_end_parts_is_on_the_first_page() -> None:
    found = read("a.pdf", pdf([["The steam engine is ser-"], ["viced in autumn."]]))
    assert found.text == "The steam engine is serviced in autumn."
    assert [mark.start for mark in found.landmarks] == [0, found.text.index("in autumn")]


def test_chapters_that_begin_a_page_each_are_no_running_heads() -> None:
    pages: list[list[Placed]] = [
        [
            (60, 760, f"Chapter {number}", 18),
            *column(60, 700, [f"It tells of {thing} and its use."]),
        ]
        for number, thing in enumerate(["the plane", "the saw", "the awl"], start=1)
    ]
    found = read("a.pdf", pdf(pages))
    headings = [mark.label for mark in found.landmarks if mark.kind == "heading"]
    assert headings == ["Chapter 1", "Chapter 2", "Chapter 3"]


def test_a_title_is_kept_where_it_runs_over_the_other_pages_in_small() -> None:
    pages: list[list[Placed]] = [
        [(60, 790, "Report of the weir", 22 if number == 1 else 9), *column(60, 600, [text])]
        for number, text in enumerate(["It held.", "It was painted.", "It is watched."], start=1)
    ]
    found = read("a.pdf", pdf([*pages, [(60, 60, "End.")]]))
    assert found.title == "Report of the weir"
    assert found.text.count("Report of the weir") == 1


def test_a_page_that_is_there_twice_loses_nothing() -> None:
    page: list[Placed] = [(60, 790, "Order of the day"), *column(60, 500, ["Doors open at five."])]
    assert read("a.pdf", pdf([page, page])).text.count("Order of the day") == 2


def test_larger_lines_are_headings_and_larger_ones_are_above_them() -> None:
    page: list[Placed] = [
        (60, 780, "The orchard", 20),
        *column(60, 740, ["Apples and pears grow here on old stems."]),
        (60, 700, "Pruning in", 14), (60, 684, "late winter", 14),
        *column(60, 650, ["Cut the shoots that grow inwards."]),
    ]  # fmt: skip
    found = read("a.pdf", pdf([page]))
    headings = [(mark.label, mark.level) for mark in found.landmarks if mark.kind == "heading"]
    assert headings == [("The orchard", 1), ("Pruning in late winter", 2)]
    assert found.title == "The orchard"


@pytest.mark.parametrize(
    ("lines", "blocks"),
    [
        (["The herd has grown to", "48. The old barn is full."], 1),
        (["Built in the spring of", "1903. It burnt down."], 1),
        (["There are two ways –", "- by sea, and by land."], 1),
        (["Steps to take:", "1. Open the tap", "2. Close the lid"], 3),
        (["Bring these.", "- a lamp", "- a rope"], 3),
    ],
)
def test_a_number_or_dash_at_a_lines_start_begins_an_item_only_in_a_list(
    lines: list[str], blocks: int
) -> None:
    found = read("a.pdf", pdf([lines]))
    assert len(found.blocks) == blocks
    assert [block.kind for block in found.blocks[1:]] == [BlockKind.ITEM] * (blocks - 1)


def test_paragraphs_are_parted_where_the_lines_are_further_apart() -> None:
    lines = ["The well is deep", "The rope is long", "The pail is old"]
    page: list[Placed] = [(60, 700, lines[0]), (60, 687, lines[1]), (60, 650, lines[2])]
    more = column(60, 600, ["It holds ten litres", "of water, or eight", "of milk"])
    blocks = shown(read("a.pdf", pdf([page + more])))
    assert blocks[1] == lines[2]
    assert all(f"{one} {two}" not in blocks for one, two in pairwise(lines[1:]))


@pytest.mark.parametrize("quarters", [1, 2, 3])
def test_a_page_that_is_written_sideways_is_read(quarters: int) -> None:
    lines = column(60, 700, ["The ferry leaves at six in the", "morning. It comes back at noon."])
    writer = PdfWriter(clone_from=PdfReader(BytesIO(pdf([lines]))))
    page = writer.pages[0]
    page.add_transformation(Transformation().translate(-300, -400).rotate(90 * quarters))
    page.add_transformation(Transformation().translate(300, 400))
    stream = BytesIO()
    writer.write(stream)
    text = read("a.pdf", stream.getvalue()).text
    assert text == "The ferry leaves at six in the morning. It comes back at noon."
