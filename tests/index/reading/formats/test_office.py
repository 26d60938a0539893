"""Workbooks, presentations, LibreOffice's texts, mails, XML, AsciiDoc and Org."""

import time

import pytest

from index.domain import Block, BlockKind, Document
from index.errors import NestedTooDeep, UnpacksTooLarge, UnreadableSource
from index.reading.formats import read
from index.settings import Limits
from index.text.places import extent, where
from tests.support.formats import Cell, harvest_xlsx, odt, packed, pptx, samples, xlsx

FILES = samples()
OFFICE = {"a.xlsx": "xl/workbook.xml", "a.pptx": "ppt/presentation.xml", "a.odt": "content.xml"}


def document(path: str) -> Document:
    return read(path, FILES[path])


def quoted(document: Document) -> dict[str, Block]:
    """The blocks by their text."""
    return {block.span.of(document.text): block for block in document.blocks}


def headings(document: Document) -> list[tuple[str, int]]:
    """The headings and their levels."""
    marks = [mark for mark in document.landmarks if mark.kind == "heading"]
    return [(mark.label, mark.level) for mark in marks]


def test_a_row_of_a_workbook_shows_what_a_person_sees_with_its_header() -> None:
    found = document("harvest.xlsx")
    south = quoted(found)["| South | 2026-07-08 | 0.3 | 75% |"]
    assert south.context == "Bed | Picked on | Kilos | Share"
    assert where(found, south.span) == "row 5"
    assert "Harvest of the allotment" in quoted(found)
    assert headings(found) == [("Beds", 2)]
    assert found.notes == ("hidden, left out: sheet Draft",)
    assert "Nobody" not in found.text


def test_an_empty_row_divides_two_tables_and_a_row_of_values_is_no_header() -> None:
    sheet: dict[int, list[Cell]] = {
        1: [("A", "Gate"), ("B", "Code")],
        2: [("A", "East"), ("B", 4711)],
        5: [("C", "Pump"), ("E", 12)],
        6: [("C", "Valve"), ("E", 3)],
    }
    blocks = quoted(read("a.xlsx", xlsx({"S": sheet})))
    assert blocks["| East | 4711 |"].context == "Gate | Code"
    assert blocks["| Valve | 3 |"].context == ""


def test_a_cell_over_several_rows_is_in_each_of_them() -> None:
    sheet = {
        1: [("A", "Day"), ("B", "Course")],
        2: [("A", "Monday"), ("B", "Pottery")],
        3: [("B", "Weaving")],
        4: [("A", "Friday"), ("B", "Dance")],
    }
    merged = "<mergeCells><mergeCell ref='A2:A3'/></mergeCells>"
    blocks = quoted(read("a.xlsx", xlsx({"S": sheet}, more=merged)))
    assert {"| Monday | Weaving |", "| Friday | Dance |"} <= set(blocks)


@pytest.mark.parametrize(
    ("merged", "columns"),
    [(["A1:A2", "B1:C1"], "Trip | Fee Grown-ups | Fee Children"), ([], "Trip | Fee")],
)
def test_merged_cells_say_how_many_rows_name_the_columns(merged: list[str], columns: str) -> None:
    sheet: dict[int, list[Cell]] = {
        1: [("A", "Trip"), ("B", "Fee")],
        2: [("B", "Grown-ups"), ("C", "Children")],
        3: [("A", "Seals"), ("B", 30), ("C", 12)],
    }
    cells = "".join(f"<mergeCell ref='{each}'/>" for each in merged)
    blocks = quoted(read("a.xlsx", xlsx({"S": sheet}, more=f"<mergeCells>{cells}</mergeCells>")))
    assert blocks["| Seals | 30 | 12 |"].context == columns
    heads = [shown for shown, block in blocks.items() if block.kind is BlockKind.HEADER]
    assert len(heads) == len(merged)


@pytest.mark.parametrize("merged", ["A1:B1", "A1:A2"])
def test_merged_cells_that_are_data_name_no_columns(merged: str) -> None:
    sheet = {1: [("A", "Ann"), ("C", "oboe")], 2: [("A", "Ben"), ("B", "cello"), ("C", "harp")]}
    more = f"<mergeCells><mergeCell ref='{merged}'/></mergeCells>"
    blocks = quoted(read("a.xlsx", xlsx({"S": sheet}, more=more)))
    assert all(block.kind is BlockKind.ROW for block in blocks.values())


@pytest.mark.parametrize("column", ["XFD", "ZZZ", "A"])
def test_a_value_far_out_costs_nothing(column: str) -> None:
    sheet = {1: [("A", "Key"), ("B", "Hook")], 1_048_576: [(column, "lonely"), ("B", "far")]}
    assert "lonely" in read("a.xlsx", xlsx({"S": sheet})).text


def test_a_presentation_is_read_in_its_order_with_its_notes() -> None:
    found = document("rescue.pptx")
    assert headings(found) == [("Man overboard", 2), ("The boats", 2)]
    blocks = quoted(found)
    assert blocks["Keep pointing"].context == "Throw the ring"
    assert blocks["| Tern | 2 |"].context == "Boat | Rings"
    assert where(found, blocks["Say that the water is cold."].span) == "slide 1"
    assert where(found, blocks["Painted in May."].span) == "slide 2"
    assert extent(found) == "2 slides"
    assert "12 March" not in found.text


def test_a_text_of_libreoffice_keeps_headings_lists_tables_and_notes() -> None:
    found = document("choir.odt")
    assert (found.title, found.author) == ("The choir", "Runa Dahl")
    assert headings(found) == [("The choir", 1), ("Rehearsals", 2)]
    blocks = quoted(found)
    assert "They begin at seven on\nTuesdays." in blocks
    assert blocks["- altos beside them"].context.endswith("sopranos in front")
    assert blocks["1. sopranos in front"].kind is BlockKind.ITEM
    assert blocks["| Bass | 9 |"].context == "Voice | Singers"
    assert list(blocks)[-1] == "In winter at six."
    assert "badly" not in found.text


def test_markup_in_a_text_of_libreoffice_is_text() -> None:
    found = read("a.odt", odt("<text:p>a &lt;script&gt; &amp;amp; b</text:p>"))
    assert found.text == "a <script> &amp; b"


def test_a_mail_is_its_subject_its_head_and_its_text() -> None:
    found = document("quay.eml")
    assert (found.title, found.author) == ("The quay is closed in März", "Tora Vik")
    blocks = quoted(found)
    assert "The north quay is closed from the 11th to the 15th of März." in blocks
    assert blocks["- berth 22"].context == "Please move to"
    assert "Date: Mon, 04 Mar 2024 09:30:00 +0100" in found.text
    assert found.notes == ("attachments, left out: plan.pdf",)
    assert "JVBER" not in found.text


@pytest.mark.parametrize("sign", ['"', "[", ".", "\\", ";"])
def test_a_mail_with_endless_headers_is_read_in_no_time(sign: str) -> None:
    names = ("From", "To", "Subject", "Content-Type")
    head = "".join(f"{name}: a {sign * 100_000}\n" for name in names)
    started = time.process_time()
    assert "It stays." in read("a.eml", f"{head}\nIt stays.\n".encode()).text
    assert time.process_time() - started < 10


@pytest.mark.parametrize(
    ("kind", "body"),
    [
        ("text/html; charset=iso-8859-1", "<p>Die T\xfcr <b>klemmt</b>.</p>"),
        ("text/plain; charset=iso-8859-1", "Die T\xfcr klemmt."),
        ("text/plain; charset=nonsense", "Die T\xfcr klemmt.".encode().decode("latin-1")),
    ],
)
def test_the_text_of_a_mail_is_read_in_its_own_encoding(kind: str, body: str) -> None:
    data = f"Subject: Door\nContent-Type: {kind}\n\n{body}\n".encode("latin-1")
    assert "Die Tür klemmt." in quoted(read("a.eml", data))


def test_xml_is_read_by_its_titles_values_and_sentences() -> None:
    found = document("trails.xml")
    assert found.title == "Trails of the valley"
    blocks = quoted(found)
    assert "trail: Ridge\nlength: 14 km\nopen: May to October" in blocks
    assert blocks["The ladder at the end is wet after rain."].context == "Ridge"


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        (
            "<rss><title>News</title><item><title>Flood</title><on>May 3</on></item></rss>",
            "on: May 3",
        ),
        ("<r><string name='open'>Open</string></r>", "string open: Open"),
        ("<book><chapter><title>One</title><p>It <i>rains</i>.</p></chapter></book>", "It rains."),
        ("<config><limit value='40'/></config>", "limit 40"),
        ("<html xmlns='x'><body><ul><li>salt</li></ul></body></html>", "- salt"),
    ],
)
def test_xml_of_any_kind_shows_its_values(text: str, shown: str) -> None:
    assert shown in quoted(read("a.xml", text.encode()))


def test_asciidoc_keeps_its_lines_and_shows_its_structure() -> None:
    found = document("cider.adoc")
    assert found.lined
    assert (found.title, found.author) == ("Making cider", "Bodil Krag")
    assert headings(found) == [("Making cider", 1), ("Fermenting", 2)]
    blocks = quoted(found)
    assert blocks["brew --days 21"].kind is BlockKind.CODE
    assert blocks[". leave a hand of air"].context == "Fill the barrel"
    assert blocks["|Bramley\n|sharp, for\ncooking"].context == "Apple | Taste"
    assert "NOTE: Never seal a barrel that still works." in blocks
    for left_out in ("readers", "image::", ":toc:", "[cols", "----"):
        assert left_out not in " ".join(blocks)


@pytest.mark.parametrize(
    ("table", "row", "context"),
    [
        ("|===\n|Key |Use\n\n|F1 |help\n|F2 |save\n|===", "|F2 |save", "Key | Use"),
        ("[%header,cols=2*]\n|===\n|Key\n|Use\n|F2\n|save\n|===", "|F2\n|save", "Key | Use"),
        ("|===\n|F1 |help\n|F2 a|save\n|===", "|F2 a|save", ""),
        ('[cols="1,1"]\n|===\n|a \\| b |c\n|F2 |save', "|F2 |save", ""),
    ],
)  # fmt: skip
def test_tables_of_asciidoc_are_rows(table: str, row: str, context: str) -> None:
    blocks = quoted(read("a.adoc", f"Text.\n\n{table}\n".encode()))
    assert (blocks[row].kind, blocks[row].context) == (BlockKind.ROW, context)


def test_org_keeps_its_lines_and_shows_its_structure() -> None:
    found = document("bees.org")
    assert found.lined
    assert (found.title, found.author) == ("The apiary", "Einar Fosse")
    assert headings(found) == [("Spring check", 1), ("What to look for", 2)]
    blocks = quoted(found)
    assert blocks["- one in each"].context == "eggs in the cells"
    assert blocks["| Elm  |      7 |"].context == "Hive | Frames"
    assert blocks["weigh(hive)"].kind is BlockKind.CODE
    assert "Open the hives only above twelve degrees." in blocks
    for left_out in ("CREATED", "comment", "#+", ":hive:"):
        assert left_out not in " ".join(blocks)


@pytest.mark.parametrize(
    "text", ["#+BEGIN_SRC\nx = 1", "* A\n#+BEGIN_QUOTE\nx = 1\n#+END_QUOTE", ":D:\n:END:\nx = 1"]
)
def test_nothing_of_an_org_file_is_lost_to_what_is_open(text: str) -> None:
    assert "x = 1" in quoted(read("a.org", text.encode()))


@pytest.mark.parametrize("path", sorted(OFFICE))
def test_a_bomb_is_refused_before_it_is_unpacked(path: str) -> None:
    with pytest.raises(UnpacksTooLarge, match=r"it unpacks to 3\.0 MB, over the limit of 2 MB"):
        read(path, packed({OFFICE[path]: bytes(3_000_000)}), Limits(max_unpacked_mb=2.0))


ENTITIES = "<!DOCTYPE a [<!ENTITY b SYSTEM 'file:///etc/passwd'><!ENTITY c '&b;&b;'>]>"


@pytest.mark.parametrize("encoding", ["utf-8", "utf-16"])
@pytest.mark.parametrize("path", [*sorted(OFFICE), "a.xml"])
def test_no_file_defines_entities(path: str, encoding: str) -> None:
    text = f"<?xml version='1.0' encoding='{encoding}'?>{ENTITIES}<a>&c;</a>".encode(encoding)
    data = packed({OFFICE[path]: text}) if path in OFFICE else text
    with pytest.raises(UnreadableSource, match=r"document type|defines entities"):
        read(path, data)


@pytest.mark.parametrize(
    ("path", "data"),
    [
        ("a.xml", b"<a>" * 150 + b"x" + b"</a>" * 150),
        ("a.odt", odt("<text:section>" * 150 + "</text:section>" * 150)),
        ("a.pptx", pptx({"a": "<p:grpSp>" * 150 + "</p:grpSp>" * 150}, order=["a"])),
        ("a.xlsx", xlsx({"S": {}}, more="<a>" * 150 + "</a>" * 150)),
    ],
)
def test_what_is_nested_too_deep_is_refused(path: str, data: bytes) -> None:
    with pytest.raises(NestedTooDeep, match=r"over the limit of 100 levels \(`max_nesting`"):
        read(path, data)


@pytest.mark.parametrize(
    ("path", "data", "reason"),
    [
        ("a.xlsx", b"PK, but no more", "it is damaged"),
        ("a.xlsx", b"\xd0\xcf\x11\xe0" + bytes(600), "encrypted, or of the old .xls format"),
        ("a.pptx", b"\xd0\xcf\x11\xe0" + bytes(600), "encrypted, or of the old .ppt format"),
        ("a.pptx", packed({"a.txt": "b"}), "it is no .pptx file"),
        ("a.odt", packed({"a.txt": "b"}), "it is no text document"),
        (
            "a.odt",
            packed({"META-INF/manifest.xml": "<m:encryption-data/>", "content.xml": "?"}),
            "it is encrypted",
        ),
        ("a.xlsx", harvest_xlsx()[:200], "it is damaged"),
        ("a.xlsx", xlsx({"S": {}}), "no text"),
        ("a.xml", b"<a><b></a>", "no valid XML: mismatched tag"),
        ("a.xml", b"<a><b/></a>", "no text"),
        ("a.eml", b"Just a line.\n", "it is no mail"),
    ],
)
def test_a_file_without_text_is_refused_with_the_reason(
    path: str, data: bytes, reason: str
) -> None:
    with pytest.raises(UnreadableSource, match=reason):
        read(path, data)
