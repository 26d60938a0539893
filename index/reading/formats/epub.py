"""`.epub`: a book of HTML pages in a zip archive, in the order of its spine."""

import posixpath
from urllib.parse import unquote

from selectolax.lexbor import LexborHTMLParser

from index.domain import Document
from index.errors import UnreadableSource
from index.reading.formats import archive
from index.reading.formats.extracted import Extract
from index.reading.formats.html import add_page
from index.settings import Limits

CONTAINER = "META-INF/container.xml"
ENCRYPTION = "META-INF/encryption.xml"
NAMED = {"dc:title", "dc:creator"}


def read(path: str, data: bytes, limits: Limits) -> Document:
    """Read a book.

    Its two files of XML go through the HTML parser, which has no entities of a file's own.

    Raises:
        UnreadableSource: it is damaged or encrypted, or holds no text.
        UnpacksTooLarge: it is larger than `max_unpacked_mb` when unpacked.
        NestedTooDeep: elements of a page are nested deeper than `max_nesting`.
    """
    files = archive.unpack(path, data, limits)
    root = LexborHTMLParser(_text(files.get(CONTAINER, b""))).css_first("rootfile")
    package_path = (root.attributes.get("full-path") or "") if root else ""
    if package_path not in files:
        raise UnreadableSource(path, f"it is no book: {CONTAINER} names no package")
    package = LexborHTMLParser(_text(files[package_path]))
    folder = posixpath.dirname(package_path)
    hrefs = {
        item.attributes.get("id"): posixpath.normpath(
            posixpath.join(folder, unquote(item.attributes.get("href") or ""))
        )
        for item in package.css("item")
    }
    spine = [hrefs.get(item.attributes.get("idref")) for item in package.css("itemref")]
    encrypted = {
        unquote(reference.attributes.get("uri") or "")
        for reference in LexborHTMLParser(_text(files.get(ENCRYPTION, b""))).css("[uri]")
    }
    extract = Extract()
    # A small file may name the same large page any number of times.
    for name in dict.fromkeys(spine):
        if name in encrypted:
            raise UnreadableSource(path, "it is encrypted (DRM); only its shop's reader opens it")
        if name in files:
            add_page(extract, LexborHTMLParser(_text(files[name])), path, limits)
    named = {child.tag: child.text() for child in package.css("*") if child.tag in NAMED}
    return extract.document(
        path,
        data,
        "application/epub+zip",
        title=named.get("dc:title", ""),
        author=named.get("dc:creator", ""),
    )


def _text(data: bytes) -> str:
    """The format allows UTF-8 and UTF-16 alone."""
    utf16 = data.startswith((b"\xff\xfe", b"\xfe\xff"))
    return data.decode("utf-16" if utf16 else "utf-8-sig", errors="replace")
