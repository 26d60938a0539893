"""Small files of every format: the text ones lie in data/formats, the packed ones are made here."""

import io
import zipfile
from collections.abc import Mapping, Sequence
from pathlib import Path

FOLDER = Path(__file__).parents[1] / "data" / "formats"


def samples() -> dict[str, bytes]:
    """One file of every format, by its name."""
    made = {
        "boat.pdf": boat_pdf(), "garden.docx": garden_docx(), "island.epub": island_epub(),
        "harvest.xlsx": harvest_xlsx(), "rescue.pptx": rescue_pptx(), "choir.odt": choir_odt(),
    }  # fmt: skip
    return {file.name: file.read_bytes() for file in sorted(FOLDER.iterdir())} | made


def boat_pdf() -> bytes:
    """Two pages with a bookmark on the second."""
    first = ["The Boat", "The boat was built in 1931 of larch and oak, in a yard", "near Kotka."]
    second = ["Rigging", "The mast is eleven metres high.", "• Mainsail: 30 square metres"]
    return pdf([first, second], bookmark="Rigging")


Placed = tuple[float, float, str] | tuple[float, float, str, float]


def pdf(pages: Sequence[Sequence[str | Placed]], bookmark: str = "", trailer: str = "") -> bytes:
    """A PDF with the lines of each page; `bookmark` leads to the last one.

    A line may have its place, from the lower left corner, and the size of its letters.
    """
    kids = " ".join(f"{4 + 2 * number} 0 R" for number in range(len(pages)))
    outline_at = 4 + 2 * len(pages)
    catalog = "<< /Type /Catalog /Pages 2 0 R >>"
    if bookmark:
        catalog = f"<< /Type /Catalog /Pages 2 0 R /Outlines {outline_at} 0 R >>"
    objects = [
        catalog,
        f"<< /Type /Pages /Kids [{kids}] /Count {len(pages)} >>",
        "<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica /Encoding /WinAnsiEncoding >>",
    ]
    for number, lines in enumerate(pages):
        shown = "".join(f"({line}) Tj T* " for line in lines if isinstance(line, str))
        stream = f"BT /F1 12 Tf 14 TL 72 720 Td {shown}ET" if shown else ""
        stream += "".join(_placed(*line) for line in lines if not isinstance(line, str))
        size = len(stream.encode("cp1252"))
        objects.append(
            "<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] /Resources << /Font << /F1 3 0 R "
            f">> >> /Contents {5 + 2 * number} 0 R >>"
        )
        objects.append(f"<< /Length {size} >>\nstream\n{stream}\nendstream")
    if bookmark:
        objects.append(f"<< /First {outline_at + 1} 0 R /Last {outline_at + 1} 0 R /Count 1 >>")
        page = f"{2 + 2 * len(pages)} 0 R"
        objects.append(f"<< /Title ({bookmark}) /Parent {outline_at} 0 R /Dest [{page} /Fit] >>")
    data = b"%PDF-1.4\n"
    places = []
    for number, body in enumerate(objects, start=1):
        places.append(len(data))
        data += f"{number} 0 obj\n{body}\nendobj\n".encode("cp1252")
    table = "".join(f"{place:010} 00000 n \n" for place in places)
    size = len(objects) + 1
    end = f"trailer\n<< /Size {size} /Root 1 0 R {trailer} >>\nstartxref\n{len(data)}\n%%EOF\n"
    return data + f"xref\n0 {size}\n0000000000 65535 f \n{table}{end}".encode()


def _placed(left: float, bottom: float, text: str, size: float = 10) -> str:
    return f" BT /F1 {size} Tf {left} {bottom} Td ({text}) Tj ET"


def garden_docx() -> bytes:
    """A heading, a paragraph with a tracked insertion, a list of two levels, a table."""
    body = (
        _styled("Heading1", "The garden")
        + "<w:p><w:r><w:t>The gate is locked </w:t></w:r><w:ins w:id='1' w:author='x'><w:r>"
        "<w:t>at dusk.</w:t></w:r></w:ins></w:p>"
        + _item("rake the gravel", 0)
        + _item("mind the roots", 1)
        + "<w:sdt><w:sdtContent><w:p><w:r><w:t>Roses are cut in March.</w:t></w:r></w:p>"
        "</w:sdtContent></w:sdt>"
        + "<w:tbl>"
        + _row("Bed", "Plant")
        + _row("North", "Mint")
        + "</w:tbl>"
    )
    return docx(body)


def docx(body: str, head: str = "") -> bytes:
    """A Word document with `body` as the XML of its text."""
    word = "http://schemas.openxmlformats.org/wordprocessingml/2006/main"
    office = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
    package = "http://schemas.openxmlformats.org/package/2006"
    kinds = "application/vnd.openxmlformats-officedocument.wordprocessingml"
    levels = "".join(
        f"<w:lvl w:ilvl='{level}'><w:numFmt w:val='bullet'/></w:lvl>" for level in range(2)
    )
    return packed(
        {
            "[Content_Types].xml": f"<Types xmlns='{package}/content-types'>"
            "<Default Extension='rels' ContentType='application/vnd.openxmlformats-package."
            "relationships+xml'/><Default Extension='xml' ContentType='application/xml'/>"
            f"<Override PartName='/word/document.xml' ContentType='{kinds}.document.main+xml'/>"
            "</Types>",
            "_rels/.rels": f"<Relationships xmlns='{package}/relationships'><Relationship Id='r1' "
            f"Type='{office}/officeDocument' Target='word/document.xml'/></Relationships>",
            "word/_rels/document.xml.rels": f"<Relationships xmlns='{package}/relationships'>"
            f"<Relationship Id='r1' Type='{office}/styles' Target='styles.xml'/>"
            f"<Relationship Id='r2' Type='{office}/numbering' Target='numbering.xml'/>"
            "</Relationships>",
            "word/styles.xml": f"<w:styles xmlns:w='{word}'><w:style w:type='paragraph' "
            "w:styleId='Heading1'><w:name w:val='heading 1'/></w:style></w:styles>",
            "word/numbering.xml": f"<w:numbering xmlns:w='{word}'><w:abstractNum "
            f"w:abstractNumId='0'>{levels}</w:abstractNum><w:num w:numId='1'>"
            "<w:abstractNumId w:val='0'/></w:num></w:numbering>",
            "word/document.xml": f"{head}<w:document xmlns:w='{word}'><w:body>{body}</w:body>"
            "</w:document>",
        }
    )


def _styled(style: str, text: str) -> str:
    properties = f"<w:pPr><w:pStyle w:val='{style}'/></w:pPr>"
    return f"<w:p>{properties}<w:r><w:t>{text}</w:t></w:r></w:p>"


def _item(text: str, level: int) -> str:
    numbered = f"<w:numPr><w:ilvl w:val='{level}'/><w:numId w:val='1'/></w:numPr>"
    return f"<w:p><w:pPr>{numbered}</w:pPr><w:r><w:t>{text}</w:t></w:r></w:p>"


def _row(*cells: str) -> str:
    inner = "".join(f"<w:tc><w:p><w:r><w:t>{cell}</w:t></w:r></w:p></w:tc>" for cell in cells)
    return f"<w:tr>{inner}</w:tr>"


def island_epub() -> bytes:
    """Two chapters, listed in another order than they are read in."""
    return packed(
        {
            "mimetype": "application/epub+zip",
            "META-INF/container.xml": "<container><rootfiles><rootfile "
            "full-path='book/content.opf'/></rootfiles></container>",
            "book/content.opf": "<package><metadata><dc:title>The Island</dc:title><dc:creator>"
            "Tove Lind</dc:creator></metadata><manifest><item id='b' href='second%20part.xhtml'/>"
            "<item id='a' href='first.xhtml'/></manifest><spine><itemref idref='a'/>"
            "<itemref idref='b'/></spine></package>",
            "book/first.xhtml": "<html><body><h1>Arrival</h1><p>The ferry lands at noon.</p>"
            "</body></html>",
            "book/second part.xhtml": "<html><body><h1>The lighthouse</h1><p>Its lamp turns every "
            "ten seconds.</p></body></html>",
        }
    )


def packed(files: Mapping[str, str | bytes]) -> bytes:
    """A zip archive."""
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in files.items():
            # Fixed, so that the same bytes come out every time.
            archive.writestr(zipfile.ZipInfo(name), data, zipfile.ZIP_DEFLATED)
    return stream.getvalue()


PACKAGE = "http://schemas.openxmlformats.org/package/2006"
OFFICE = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"


def relations(**targets: str) -> str:
    """The relations of a part, each target by its name, after which its kind is called."""
    inner = "".join(
        f"<Relationship Id='{name}' Type='{OFFICE}/{name.rstrip('0123456789')}' Target='{target}'/>"
        for name, target in targets.items()
    )
    return f"<Relationships xmlns='{PACKAGE}/relationships'>{inner}</Relationships>"


def harvest_xlsx() -> bytes:
    """A sheet with a title, a table of several kinds of values, and a second, hidden sheet."""
    rows: dict[int, list[Cell]] = {
        1: [("A", "Harvest of the allotment")],
        3: [("A", "Bed"), ("B", "Picked on"), ("C", "Kilos"), ("D", "Share")],
        4: [("A", "North"), ("B", 46204, 1), ("C", 12.5), ("D", 0.25, 2)],
        5: [("A", "South"), ("B", 46211, 1), ("C", 0.1 + 0.2), ("D", 0.75, 2)],
    }
    return xlsx({"Beds": rows, "Draft": {1: [("A", "Nobody should see this")]}}, hidden="Draft")


Cell = tuple[str, str | float] | tuple[str, str | float, int]


def xlsx(
    sheets: Mapping[str, Mapping[int, Sequence[Cell]]], hidden: str = "", more: str = ""
) -> bytes:
    """A workbook; a cell is its column, its value, and its style: 1 is a date, 2 a share.

    `more` stands in every sheet behind its rows.
    """
    main = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
    strings: list[str] = []

    def cell(row: int, column: str, value: str | float, style: int = 0) -> str:
        place = f"<c r='{column}{row}' s='{style}'"
        if isinstance(value, str):
            strings.append(value)
            return f"{place} t='s'><v>{len(strings) - 1}</v></c>"
        return f"{place}><v>{value!r}</v></c>"

    files: dict[str, str | bytes] = {}
    listed = ""
    targets = {}
    for number, (name, rows) in enumerate(sheets.items(), start=1):
        inner = "".join(
            f"<row r='{row}'>{''.join(cell(row, *each) for each in cells)}</row>"
            for row, cells in rows.items()
        )
        files[f"xl/worksheets/sheet{number}.xml"] = (
            f"<worksheet xmlns='{main}'><sheetData>{inner}</sheetData>{more}</worksheet>"
        )
        state = " state='hidden'" if name == hidden else ""
        listed += f"<sheet name='{name}' sheetId='{number}'{state} r:id='worksheet{number}'/>"
        targets[f"worksheet{number}"] = f"worksheets/sheet{number}.xml"
    shared = "".join(f"<si><t>{text}</t></si>" for text in strings)
    return packed(
        files
        | {
            "xl/workbook.xml": f"<workbook xmlns='{main}' xmlns:r='{OFFICE}'><sheets>{listed}"
            "</sheets></workbook>",
            "xl/_rels/workbook.xml.rels": relations(
                **targets, sharedStrings="sharedStrings.xml", styles="/xl/styles.xml"
            ),
            "xl/sharedStrings.xml": f"<sst xmlns='{main}'>{shared}</sst>",
            "xl/styles.xml": f"<styleSheet xmlns='{main}'><numFmts><numFmt numFmtId='164' "
            "formatCode='[$-407]d/\\ mmmm\\ yyyy;@'/></numFmts><cellXfs><xf numFmtId='0'/>"
            "<xf numFmtId='164'/><xf numFmtId='9'/></cellXfs></styleSheet>",
        }
    )


def rescue_pptx() -> bytes:
    """Two slides, listed in another order than they are numbered; the first has notes."""
    listed = (
        _shape("Man overboard", "title")
        + _shape("Throw the ring|>Keep pointing|Stop the engine", "body")
        + _shape("12 March", "dt")
    )
    boat, rings, tern, two = (
        f"<a:tc><a:txBody>{_words(cell)}</a:txBody></a:tc>"
        for cell in ("Boat", "Rings", "Tern", "2")
    )
    table = f"<a:tbl><a:tr>{boat}{rings}</a:tr><a:tr>{tern}{two}</a:tr></a:tbl>"
    frame = f"<p:graphicFrame><a:graphic>{table}</a:graphic></p:graphicFrame>"
    return pptx(
        {
            "second": _shape("The boats", "ctrTitle") + frame + _shape("Painted in May.", ""),
            "first": listed,
        },
        order=("first", "second"),
        notes={"first": _shape("Say that the water is cold.", "body") + _shape("7", "sldNum")},
    )


def pptx(
    slides: Mapping[str, str], order: Sequence[str], notes: Mapping[str, str] | None = None
) -> bytes:
    """A presentation of slides by their name, each the XML of its shapes."""
    names = f"xmlns:a='{DRAWING}' xmlns:p='{SLIDES}' xmlns:r='{OFFICE}'"
    numbers = {name: number for number, name in enumerate(slides, start=1)}
    ids = "".join(f"<p:sldId id='{300 + place}' r:id='slide{numbers[name]}'/>"
                  for place, name in enumerate(order))  # fmt: skip
    targets = {f"slide{number}": f"slides/{name}.xml" for name, number in numbers.items()}
    files: dict[str, str | bytes] = {
        "ppt/presentation.xml": f"<p:presentation {names}><p:sldIdLst>{ids}</p:sldIdLst>"
        "</p:presentation>",
        "ppt/_rels/presentation.xml.rels": relations(**targets),
    }
    for name, shapes in slides.items():
        tree = f"<p:cSld><p:spTree>{shapes}</p:spTree></p:cSld>"
        files[f"ppt/slides/{name}.xml"] = f"<p:sld {names}>{tree}</p:sld>"
    for name, shapes in (notes or {}).items():
        tree = f"<p:cSld><p:spTree>{shapes}</p:spTree></p:cSld>"
        files[f"ppt/notesSlides/{name}.xml"] = f"<p:notes {names}>{tree}</p:notes>"
        files[f"ppt/slides/_rels/{name}.xml.rels"] = relations(
            notesSlide=f"../notesSlides/{name}.xml"
        )
    return packed(files)


DRAWING = "http://schemas.openxmlformats.org/drawingml/2006/main"
SLIDES = "http://schemas.openxmlformats.org/presentationml/2006/main"


def _shape(text: str, place: str) -> str:
    """A shape: its paragraphs between bars, one that is indented behind a `>`."""
    kind = f"<p:ph type='{place}'/>" if place else ""
    words = "".join(map(_words, text.split("|")))
    return f"<p:sp><p:nvSpPr><p:nvPr>{kind}</p:nvPr></p:nvSpPr><p:txBody>{words}</p:txBody></p:sp>"


def _words(text: str) -> str:
    level = "<a:pPr lvl='1'/>" if text.startswith(">") else ""
    return f"<a:p>{level}<a:r><a:t>{text.lstrip('>')}</a:t></a:r></a:p>"


def choir_odt() -> bytes:
    """A title, a paragraph with a note, a list of two levels, a table, a deleted sentence."""
    body = (
        "<text:tracked-changes><text:deletion><text:p>They sang badly.</text:p></text:deletion>"
        "</text:tracked-changes><text:p text:style-name='P1'>The choir</text:p>"
        "<text:h text:outline-level='2'>Rehearsals</text:h><text:p>They begin at<text:s/>seven"
        "<text:note><text:note-citation>1</text:note-citation><text:note-body><text:p>In winter at "
        "six.</text:p></text:note-body></text:note> on<text:line-break/>Tuesdays.</text:p>"
        "<text:list text:style-name='L1'><text:list-item><text:p>sopranos in front</text:p>"
        "<text:list><text:list-item><text:p>altos beside them</text:p></text:list-item></text:list>"
        "</text:list-item></text:list>"
        "<table:table><table:table-row><table:table-cell><text:p>Voice</text:p></table:table-cell>"
        "<table:table-cell><text:p>Singers</text:p></table:table-cell></table:table-row>"
        "<table:table-row><table:table-cell><text:p>Bass</text:p></table:table-cell>"
        "<table:table-cell><text:p>9</text:p></table:table-cell></table:table-row></table:table>"
    )
    return odt(body)


def odt(body: str, head: str = "") -> bytes:
    """A text document of LibreOffice with `body` as the XML of its text."""
    open_document = "urn:oasis:names:tc:opendocument:xmlns"
    names = " ".join(
        f"xmlns:{name}='{open_document}:{name}:1.0'"
        for name in ("office", "text", "table", "style")
    )
    return packed(
        {
            "mimetype": "application/vnd.oasis.opendocument.text",
            "content.xml": f"{head}<office:document-content {names}><office:automatic-styles>"
            "<style:style style:name='P1' style:parent-style-name='Title'/><text:list-style "
            "style:name='L1'><text:list-level-style-number text:level='1'/></text:list-style>"
            f"</office:automatic-styles><office:body><office:text>{body}</office:text>"
            "</office:body></office:document-content>",
            "meta.xml": "<office:document-meta xmlns:office='o' xmlns:dc='d'><office:meta>"
            "<dc:creator>Runa Dahl</dc:creator></office:meta></office:document-meta>",
        }
    )
