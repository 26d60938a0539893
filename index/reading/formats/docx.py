"""`.docx`: a Word document, through the HTML that mammoth makes of it."""

from xml.parsers.expat import ExpatError

import mammoth
from selectolax.lexbor import LexborHTMLParser

from index.domain import Document
from index.errors import UnreadableSource
from index.reading.formats import archive
from index.reading.formats.extracted import Extract
from index.reading.formats.html import add_page
from index.settings import Limits

STYLES = "p[style-name='Title'] => h1:fresh\np[style-name='Subtitle'] => p:fresh"
BODY = "word/document.xml"


def read(path: str, data: bytes, limits: Limits) -> Document:
    """Read a Word document: headings, paragraphs, lists, tables, notes; no pictures.

    Raises:
        UnreadableSource: it is damaged, encrypted, or holds no text.
        UnpacksTooLarge: it is larger than `max_unpacked_mb` when unpacked.
    """
    archive.refuse_old(path, data, ".docx")
    files = archive.unpack(path, data, limits)
    if BODY not in files:
        raise UnreadableSource(path, f"it is no Word document: {BODY} is missing")
    archive.refuse_entities(path, files)
    try:
        result = mammoth.convert_to_html(
            archive.pack(files),
            style_map=STYLES,
            convert_image=mammoth.images.img_element(lambda _image: {}),
        )
    except ExpatError as error:
        raise UnreadableSource(path, f"it is damaged: {error}") from error
    extract = Extract()
    add_page(extract, LexborHTMLParser(result.value), path, limits)
    media_type = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"
    return extract.document(path, data, media_type)
