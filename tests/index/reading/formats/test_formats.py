"""Every format to a document: what is kept, what is left out, and how it is cited."""

import json
import re
import time
import tracemalloc
import zipfile
from io import BytesIO

import pytest
from pypdf import PdfReader, PdfWriter

from index.domain import Block, BlockKind, Document, Span
from index.errors import NestedTooDeep, TooManyPages, UnpacksTooLarge, UnreadableSource
from index.reading.formats import READERS, read
from index.settings import Limits
from index.text.places import extent, landmark, lines, url, where
from tests.support.formats import docx, packed, pdf, samples

FILES = samples()


def document(path: str) -> Document:
    return read(path, FILES[path])


def quoted(document: Document) -> dict[str, Block]:
    """The blocks by their text."""
    return {block.span.of(document.text): block for block in document.blocks}


def place(document: Document, words: str) -> str:
    """Where a citation says that `words` stand."""
    start = document.text.index(words)
    return where(document, Span(start, start + len(words)))


def test_every_reader_has_a_sample() -> None:
    read_by = {READERS["." + path.rpartition(".")[2]] for path in FILES}
    assert read_by == set(READERS.values())


@pytest.mark.parametrize("path", sorted(FILES))
def test_what_is_said_to_have_the_files_lines_has_them(path: str) -> None:
    found = document(path)
    assert found.blocks
    text = FILES[path].decode("utf-8", errors="replace")
    assert found.lined == (found.text == text)
    if not found.lined and (mark := landmark(found, 0)):
        assert mark.kind in {"page", "slide", "row", "record", "line", "cell"}


def test_restructured_text_keeps_its_lines_and_shows_its_structure() -> None:
    found = document("kiln.rst")
    assert (found.title, found.author) == ("Firing the kiln", "Mira Olsen")
    assert [mark.label for mark in found.landmarks] == ["Firing the kiln", "Before each firing"]
    blocks = quoted(found)
    nested = blocks["- look through it from both sides"]
    assert nested.context == "Check these › the peephole is free"
    assert nested.anchor == found.text.index("* the peephole")
    row = blocks["6         1222         stoneware"]
    assert (row.kind, row.context) == (BlockKind.ROW, "Cone | Temperature | Use")
    assert blocks["cone 6\n   hold 10"].kind is BlockKind.CODE
    assert "The controller can be paused." in blocks
    shown = " ".join(blocks)
    assert "comment" not in shown
    assert "script" not in shown
    assert place(found, "nine hours") == "line 8"


def test_code_whose_first_line_is_a_bracket_is_found_where_it_stands() -> None:
    code = '{\n        "id": 48,\n        "data": {\n            "error": "EOF"\n        }\n    }'
    text = f"Title\n=====\n\n.. code-block:: json\n\n    {code}\n\n.. note::\n    It was lost.\n"
    blocks = quoted(read("a.rst", text.encode()))
    assert blocks[code].kind is BlockKind.CODE
    assert set(blocks) == {code, "It was lost."}


@pytest.mark.parametrize(
    ("path", "text"),
    [
        ("a.md", "- {0}\n" + "  - a\n" * 5000),
        ("b.md", "- {0}\n\n" + "  a\n\n" * 5000),
        ("c.md", "| a | {0} |\n|---|---|\n" + "| 1 | x |\n" * 5000),
        ("a.txt", "| a | {0} |\n" + "| 1 | x |\n" * 5000),
        ("a.html", "<ul><li>{0}<ul>" + "<li>a" * 5000),
        ("b.html", "<table><tr><th>a<th>{0}</tr>" + "<tr><td>1<td>x</tr>" * 5000),
        ("c.html", "<dl><dt>{0}</dt>" + "<dd>a" * 5000),
        ("a.rst", "- {0}\n\n" + "  - a\n" * 5000),
        ("a.org", "- {0}\n" + "  - a\n" * 5000),
        ("a.json", '{{"{0}": {{"a": 1' + "".join(f', "b{n}": 1' for n in range(5000)) + "}}}}"),
        ("b.json", '{{"{0}": [' + '{{"a": 1}}, ' * 5000 + '{{"b": 1}}]}}'),
    ],
)
def test_what_stands_below_a_long_text_does_not_repeat_it(path: str, text: str) -> None:
    started = time.process_time()
    found = read(path, text.format("word " * 40_000).encode())
    assert time.process_time() - started < 10
    assert len(found.blocks) >= 5000
    assert max(len(block.context) for block in found.blocks) <= 500


@pytest.mark.parametrize(
    ("path", "part", "entry"),
    [
        ("rescue.pptx", "ppt/presentation.xml", "p:sldId"),
        ("harvest.xlsx", "xl/workbook.xml", "sheet"),
        ("island.epub", "book/content.opf", "itemref"),
    ],
)
def test_what_a_package_names_often_is_read_once(path: str, part: str, entry: str) -> None:
    with zipfile.ZipFile(BytesIO(FILES[path])) as archive:
        files: dict[str, str | bytes] = {name: archive.read(name) for name in archive.namelist()}
        listed = archive.read(part).decode()
    files[part] = re.sub(f"<{entry} [^>]*>", lambda found: found[0] * 50, listed)
    assert files[part] != listed
    assert read(path, packed(files)).text == document(path).text


def test_restructured_text_includes_and_fetches_nothing() -> None:
    source = (
        ".. include:: /etc/passwd\n\n.. csv-table::\n   :file: /etc/passwd\n\n"
        ".. csv-table::\n   :url: file:///etc/passwd\n\n.. figure:: /etc/passwd\n\nText.\n"
    )
    shown = " ".join(quoted(read("a.rst", source.encode())))
    assert "root:" not in shown
    assert "Text." in shown


def test_a_page_is_read_without_what_surrounds_its_text() -> None:
    found = document("opening.html")
    assert (found.title, found.author) == ("Opening hours", "Ida Brandt")
    assert [mark.label for mark in found.landmarks] == ["Opening hours", "What to bring"]
    blocks = quoted(found)
    assert "The reading room opens at nine on weekdays.\nOn Sundays it stays closed." in blocks
    passport = blocks["- a passport does as well"]
    assert passport.context == "For a library card you need › an identity card"
    assert blocks["| Harbour | 2 | 25 |"].context == "Branch | Floor | Seats"
    assert blocks["Twenty cents a day."].context == "Late fee"
    assert blocks["renew --card 1234\n  --all"].kind is BlockKind.CODE
    for left_out in ("Catalogue", "tracking", "color", "hidden", "Subscribe", "cookies", "¶"):
        assert left_out not in found.text
    assert place(found, "nine") == ""


def test_nothing_that_a_person_can_read_is_lost_with_a_form_a_button_or_a_footer() -> None:
    page = (
        "<body><nav>Home</nav><form action=a.aspx><h1>Fees</h1><p>Adults pay nine euros."
        "<label>Size <select><option>M</select></label><button>Send</button>"
        "<h3><button aria-controls=c>May I bring children?</button></h3>"
        "<div id=c hidden>Yes, for nothing.</div><div hidden>Not for you.</div></form>"
        "<button>What about my dog?</button><p>On a lead."
        "<footer>Call 555 0177.<ul><li><a href=/imprint>Imprint</a></ul></footer>"
    )
    found = read("a.html", page.encode())
    for said in ("nine euros", "bring children?", "for nothing", "my dog?", "a lead", "555 0177"):
        assert said in found.text
    for left_out in ("Home", "Send", "Imprint", "Not for you"):
        assert left_out not in found.text
    assert found.notes == ("left out: buttons, fields of forms, navigation",)


def test_the_main_part_of_a_page_is_its_text_where_it_holds_most_of_it() -> None:
    main = "<main><p>The mill is open on Sundays, from nine to noon.</main><p>Imprint"
    found = read("a.html", main.encode())
    assert "Imprint" not in found.text
    assert found.notes == ("left out: what stands outside of its main part",)
    beside = "<article>News</article><p>The mill is open on Sundays, from nine to noon."
    assert "Sundays" in read("a.html", beside.encode()).text
    article = "<article><section>We had a long talk about flour, stones and the weather.</section>"
    assert "Oats" in read("a.html", f"{article}</article><section>Oats!".encode()).text
    assert "Oats" not in read("a.html", f"{article}</article><aside><section>Oats!".encode()).text


def test_a_sentence_leads_in_no_list_of_another_part_of_the_page() -> None:
    page = "<details><p>Seven nights.</details>{}<dl><dt>Sauna<dd>Free</dl>"
    assert quoted(read("a.html", page.format("").encode()))["Sauna"].context == ""
    led_in = quoted(read("a.html", page.format("<p>What is on the quay").encode()))
    assert led_in["Sauna"].context == "What is on the quay"


def test_what_is_hidden_until_it_is_found_is_text_of_the_page() -> None:
    page = "<h3>Which flour?</h3><div hidden=until-found>Rye.</div><div hidden>Not for you.</div>"
    found = read("a.html", page.encode())
    assert "Rye." in found.text
    assert "Not for you" not in found.text


@pytest.mark.parametrize(
    "opener", ["<button>Who mills?</button>", "<h3><button>Who mills?</button></h3>\n"]
)
def test_what_a_button_opens_right_below_it_is_text_of_the_page(opener: str) -> None:
    page = f"{opener}<div hidden>Ada does.</div><p>Rye.<button>Menu</button><p hidden>Not for you."
    found = read("a.html", page.encode())
    assert "Ada does." in found.text
    assert "Not for you" not in found.text


def test_what_is_struck_out_of_a_page_is_not_quoted_as_what_holds() -> None:
    page = "<p>Dues are <del>30</del> <ins>35</ins> euros.<table><tr><td><s>Mon</s> Tue<td>9"
    found = read("a.html", page.encode())
    assert "Dues are 35 euros." in found.text
    assert "Mon" not in found.text
    assert found.notes == ("left out: what is struck out",)


def test_both_rows_of_a_pages_header_name_the_columns() -> None:
    page = (
        "<p>What a lesson costs is shown below.</p><table>"
        "<tr><th rowspan=2>Level<th colspan=2>Alone<tr><th>Hour<th>Day"
        "<tr><td>First<td>30<td>150</table>"
    )
    row = quoted(read("a.html", page.encode()))["| First | 30 | 150 |"]
    assert row.context == "What a lesson costs is shown below › Level | Alone Hour | Alone Day"


def test_a_page_in_a_legacy_encoding_is_read_as_it_declares() -> None:
    text = '<meta charset="windows-1251"><p>Библиотека открыта с девяти часов.'
    found = read("a.html", text.encode("cp1251"))
    assert found.text == "Библиотека открыта с девяти часов."
    assert not found.notes


def test_a_pdf_is_cited_by_its_pages() -> None:
    found = document("boat.pdf")
    blocks = quoted(found)
    assert [mark.label for mark in found.landmarks if mark.kind == "heading"] == ["Rigging"]
    assert blocks["• Mainsail: 30 square metres"].kind is BlockKind.ITEM
    assert place(found, "larch") == "page 1"
    assert place(found, "eleven metres") == "page 2"
    assert place(found, found.text) == "pages 1–2"
    assert lines(found, Span(0, 5)) is None
    assert extent(found) == "2 pages"
    at = found.text.index("Mainsail")
    assert (
        url("https://x.org/d/", "", found, Span(at, at + 1), at)
        == "https://x.org/d/boat.pdf#page=2"
    )


def test_the_number_on_a_page_is_no_text_of_it() -> None:
    assert read("a.pdf", pdf([["A line.", "- 12 -"], ["iv", "Another."]])).text == (
        "A line.\n\nAnother."
    )


def test_signs_and_buttons_are_no_part_of_a_heading_or_cell() -> None:
    page = (
        "<h1>Names<button>copy</button><a href='#n'>§</a></h1><table><tr><th>Key</th></tr>"
        "<tr><td><p>one</p><p>two</p><script>x</script></td></tr></table>"
    )
    found = read("a.html", page.encode())
    assert found.title == "Names"
    assert found.text.endswith("| one two |")


def test_pages_that_may_be_scanned_are_noted() -> None:
    note = (
        "no text on 2 of its 3 pages: they may be scanned; `ocrmypdf FILE.pdf FILE.pdf` puts text "
        "into it"
    )
    assert read("a.pdf", pdf([["Text."], [], []])).notes == (note,)
    assert not read("a.pdf", pdf([["Text."], []])).notes


def test_a_word_document_keeps_headings_lists_tables_and_what_was_inserted() -> None:
    found = document("garden.docx")
    assert found.title == "The garden"
    blocks = quoted(found)
    assert "The gate is locked at dusk." in blocks
    assert "Roses are cut in March." in blocks
    assert blocks["- mind the roots"].context.endswith("rake the gravel")
    assert blocks["| North | Mint |"].context == "Bed | Plant"


def test_a_book_is_read_in_the_order_of_its_spine() -> None:
    found = document("island.epub")
    assert (found.title, found.author) == ("The Island", "Tove Lind")
    assert [mark.label for mark in found.landmarks] == ["Arrival", "The lighthouse"]
    assert list(quoted(found)) == ["The ferry lands at noon.", "Its lamp turns every ten seconds."]


def test_a_record_over_two_lines_is_one_row_with_its_header() -> None:
    found = document("tools.csv")
    jigsaw = quoted(found)['Jigsaw,B2,"Blades are in the\nred box, below"']
    assert (jigsaw.kind, jigsaw.context) == (BlockKind.ROW, "Tool | Shelf | Note")
    assert place(found, "Jigsaw") == "line 2"
    assert place(found, "Belt sander") == "line 4"
    assert quoted(document("plants.tsv"))["Fern\tdaily"].context == "Plant | Water"


@pytest.mark.parametrize(
    ("text", "context"),
    [
        ("a;b\n1,5;2\n", "a | b"),
        ("a|b\n1|2\n", "a | b"),
        ("1,2\n3,4\n", ""),
        ("a,b\n\n,\n1,2\n", "a | b"),
    ],
)
def test_the_delimiter_and_whether_there_is_a_header_are_seen(text: str, context: str) -> None:
    assert read("a.csv", text.encode()).blocks[-1].context == context


def test_json_records_are_flat_lines_and_numbered() -> None:
    found = document("rooms.json")
    blocks = quoted(found)
    atelier = blocks["name: Atelier\nsize: 42\nheating.kind: stove\nheating.fuel: wood"]
    assert atelier.context == "rooms"
    assert "name: Café\nsize: 18\nopen: Monday, Friday" in blocks
    assert place(found, "Café") == "record 3"
    assert extent(found) == "3 records"


def test_a_long_json_record_is_quoted_by_its_parts() -> None:
    record = {"name": "Weir", "text": "It was built of stone. " * 40, "height": 3}
    blocks = quoted(read("a.json", json.dumps([record]).encode()))
    assert blocks["height: 3"].context == "Weir"
    assert any(block.kind is BlockKind.PARAGRAPH for block in blocks.values())


def test_json_lines_are_cited_by_their_lines_and_a_broken_one_is_noted() -> None:
    found = document("faq.jsonl")
    assert place(found, "six places") == "line 3"
    assert place(found, found.text) == "lines 1–3"
    assert found.notes == ("no valid JSON, left out: line 4",)


def test_a_notebook_is_cited_by_its_cells_and_its_outputs_are_left_out() -> None:
    found = document("tides.ipynb")
    assert found.title == "Tides"
    assert place(found, "period = 12.42") == "cell 2"
    assert place(found, "moon") == "cell 3"
    assert "secret" not in found.text


def test_code_is_divided_where_a_part_begins() -> None:
    found = document("valve.go")
    assert [block.span.of(found.text).split("\n")[0] for block in found.blocks] == [
        "// Package valve opens and closes the valve.",
        "const limit = 40",
        "func Open(turns int) error {",
    ]
    assert {block.kind for block in found.blocks} == {BlockKind.CODE}
    assert place(found, "ErrLimit") == "line 9"


def test_what_can_not_be_stored_is_left_out_of_extracted_text() -> None:
    found = read("a.json", b'{"a": "b\\ud800c\\u0000d\\u0085e"}')
    assert found.text == "a: bcd e"
    found.text.encode()


@pytest.mark.parametrize(
    ("path", "data", "reason"),
    [
        ("scan.pdf", pdf([[], [], []]), "scanned: no text on any of its 3 pages; `ocrmypdf"),
        (
            "locked.pdf",
            pdf([["A"]], trailer="/Encrypt << /Filter /Standard /V 1 /R 2 /P -4 "
            f"/O <{'00' * 32}> /U <{'11' * 32}> >> /ID [<00> <00>]"),
            "it is encrypted; save it without a password",
        ),
        ("half.pdf", FILES["boat.pdf"][:60], "damaged"),
        ("half.docx", FILES["garden.docx"][:300], "it is damaged"),
        ("old.docx", b"\xd0\xcf\x11\xe0" + bytes(600), "encrypted, or of the old .doc format"),
        ("other.docx", packed({"a.txt": "b"}), "it is no Word document"),
        ("other.epub", packed({"a.txt": "b"}), "it is no book"),
        ("bad.json", b'{"a": ', "it is not valid JSON: Expecting value: line 1"),
        ("bad.ipynb", b"[]", "it has no list of cells"),
        ("empty.html", b"<body><script>x</script></body>", "no text"),
        ("empty.jsonl", b"null\n", "no text"),
    ],
)  # fmt: skip
def test_a_file_without_text_is_refused_with_the_reason(
    path: str, data: bytes, reason: str
) -> None:
    with pytest.raises(UnreadableSource, match=reason):
        read(path, data)


def test_a_pdf_that_needs_no_password_to_be_read_is_read() -> None:
    writer = PdfWriter(clone_from=PdfReader(BytesIO(FILES["boat.pdf"])))
    writer.encrypt("", "owner", algorithm="RC4-128")
    stream = BytesIO()
    writer.write(stream)
    assert "larch" in read("a.pdf", stream.getvalue()).text


def test_a_book_under_drm_is_refused() -> None:
    files = {
        "META-INF/container.xml": "<rootfile full-path='c.opf'/>",
        "c.opf": "<item id='a' href='a.xhtml'/><itemref idref='a'/>",
        "META-INF/encryption.xml": "<CipherReference URI='a.xhtml'/>",
        "a.xhtml": "garbage",
    }
    with pytest.raises(UnreadableSource, match="DRM"):
        read("a.epub", packed(files))


def test_a_pdf_with_too_many_pages_is_refused() -> None:
    data = pdf([["Text."]] * 4)
    assert read("a.pdf", data, Limits(max_pages=4))
    with pytest.raises(TooManyPages, match=r"it has 4 pages, over the limit of 3 \(`max_pages`"):
        read("a.pdf", data, Limits(max_pages=3))


@pytest.mark.parametrize("suffix", [".docx", ".epub"])
def test_a_bomb_is_refused_before_it_is_unpacked(suffix: str) -> None:
    bomb = packed({"word/document.xml": bytes(3_000_000)})
    assert len(bomb) < 5_000
    with pytest.raises(UnpacksTooLarge, match=r"it unpacks to 3\.0 MB, over the limit of 2 MB"):
        read("a" + suffix, bomb, Limits(max_unpacked_mb=2.0))


def test_a_bomb_that_lies_about_its_size_is_not_unpacked_beyond_it() -> None:
    bomb = packed({"word/document.xml": bytes(60_000_000)})
    lying = bomb.replace((60_000_000).to_bytes(4, "little"), (1_000).to_bytes(4, "little"))
    tracemalloc.start()
    with pytest.raises(UnreadableSource, match="it is damaged: Bad CRC-32"):
        read("a.docx", lying, Limits(max_unpacked_mb=2.0))
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak < 5_000_000


def test_many_small_members_of_an_archive_count_together() -> None:
    bomb = packed({f"{number}.xml": bytes(300_000) for number in range(10)})
    with pytest.raises(UnpacksTooLarge, match="max_unpacked_mb"):
        read("a.docx", bomb, Limits(max_unpacked_mb=2.0))


@pytest.mark.parametrize("encoding", ["utf-8", "utf-16"])
def test_a_word_document_can_define_no_entities(encoding: str) -> None:
    head = (
        f"<?xml version='1.0' encoding='{encoding}'?>"
        "<!DOCTYPE d [<!ENTITY secret SYSTEM 'file:///etc/passwd'>]>"
    )
    text = f"{head}<d>&secret;</d>"
    data = packed({"word/document.xml": text.encode(encoding)})
    with pytest.raises(UnreadableSource, match=r"word/document\.xml in it has a document type"):
        read("a.docx", data)


@pytest.mark.parametrize(
    ("path", "data"),
    [
        ("a.html", b"<div>" * 150 + b"x"),
        ("b.html", b"<ul><li>" * 150 + b"x"),
        ("c.html", b"<b>" * 400 + b"x"),
        ("a.json", b"[" * 150 + b'"x"' + b"]" * 150),
        ("b.json", b'{"a":' * 150 + b'"x"' + b"}" * 150),
        ("c.json", b"[" * 100_000),
        ("a.jsonl", b"[" * 100_000),
        ("a.ipynb", b"[" * 100_000),
        ("a.rst", b"".join(b" " * n + b"* x\n\n" for n in range(0, 800, 2))),
        ("a.docx", docx("<w:sdt><w:sdtContent>" * 700 + "</w:sdtContent></w:sdt>" * 700)),
    ],
)
def test_what_is_nested_too_deep_is_refused(path: str, data: bytes) -> None:
    with pytest.raises(NestedTooDeep, match=r"over the limit of 100 levels \(`max_nesting`"):
        read(path, data)


def test_what_a_parser_did_not_expect_is_one_clear_line(monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*_: object) -> None:
        message = "two\nlines"
        raise ZeroDivisionError(message)

    monkeypatch.setattr("index.reading.formats.plain.read", broken)
    with pytest.raises(UnreadableSource) as caught:
        read("a.txt", b"x")
    reason = "it is damaged, or no .txt file (ZeroDivisionError: two lines)"
    assert caught.value.reason == reason


@pytest.mark.parametrize(
    ("above", "context"),
    [
        ("<details><summary>How long?</summary><p>Two nights.</p></details>", ""),
        ("<article><h2>Stay</h2><p>Two nights.</p></article>", ""),
        ("<div><p>What we rent:</p></div>", "What we rent"),
    ],
)
def test_what_ends_a_part_of_a_page_leads_in_nothing_behind_it(above: str, context: str) -> None:
    page = f"<body><p>{'About the hut. ' * 9}</p>{above}<ul><li>sleds</li></ul></body>"
    found = read("a.html", page.encode())
    assert found.blocks[-1].span.of(found.text) == "- sleds"
    assert found.blocks[-1].context == context
