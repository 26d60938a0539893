"""Small files of every format: the text ones lie in data/formats, the packed ones are made here."""

import io
import zipfile
from collections.abc import Mapping, Sequence
from pathlib import Path

FOLDER = Path(__file__).parents[1] / "data" / "formats"


def samples() -> dict[str, bytes]:
    """One file of every format, by its name."""
    made = {"boat.pdf": boat_pdf(), "garden.docx": garden_docx(), "island.epub": island_epub()}
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
