"""Sitemaps: the pages that a site lists, and when each was changed."""

import re
from dataclasses import dataclass

from index.fetching.web.unpacking import NotFetched, unpacked
from index.reading.formats import xmltree
from index.reading.formats.extracted import one_line
from index.settings import Limits

# As the protocol has it (sitemaps.org).
MOST_ADDRESSES = 50_000
MEGABYTE = 1_000_000
GZIP = b"\x1f\x8b"
NAMED = re.compile(r"\.xml(?:\.gz)?$", re.IGNORECASE)
DATE_CHARS = 40


@dataclass(frozen=True, slots=True)
class Sitemap:
    """Addresses as they stand there, each with when it was changed, or empty; `further` sitemaps.

    `fault` says why it is none.
    """

    pages: tuple[tuple[str, str], ...] = ()
    further: tuple[str, ...] = ()
    fault: str = ""


def read(data: bytes, most_mb: float, limits: Limits) -> Sitemap:
    """Read a sitemap, packed or not.

    Raises:
        SourceError: it is no XML, defines entities, or is nested too deep.
    """
    try:
        data = _whole(data, int(most_mb * MEGABYTE))
    except NotFetched as error:
        return Sitemap(fault=str(error))
    root = xmltree.parse("the sitemap", data, limits)
    if root.tag not in {"urlset", "sitemapindex"}:
        return Sitemap(fault="it is no sitemap")
    found: list[tuple[str, str]] = []
    for entry in root[:MOST_ADDRESSES]:
        said = {child.tag: one_line(child.text or "") for child in entry}
        if said.get("loc"):
            found.append((said["loc"], said.get("lastmod", "")[:DATE_CHARS]))
    if root.tag == "sitemapindex":
        return Sitemap(further=tuple(address for address, _ in found))
    return Sitemap(pages=tuple(found))


def _whole(data: bytes, most: int) -> bytes:
    """The file, unpacked.

    Raises:
        NotFetched: it is damaged, or too large.
    """
    if not data.startswith(GZIP):
        return data
    whole = bytearray()
    for part in unpacked([data]):
        whole += part
        if len(whole) > most:
            message = f"it unpacks to more than {most / MEGABYTE:g} MB (`page_mb`)"
            raise NotFetched(message, passing=False)
    return bytes(whole)
