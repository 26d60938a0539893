"""What of a website is to be asked for: each address once, and none of those without end."""

from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field

from pydantic import JsonValue, TypeAdapter, ValidationError

from index.fetching.web.addresses import (
    ASSET,
    DOCUMENTS,
    Site,
    endless,
    file_path,
    normal,
    path_of,
    suffix,
)

# A calendar leads on for ever: so many clicks from the start are followed.
MOST_CLICKS = 20
# One page with this or that after its question mark is one page.
MOST_QUERIES = 50
# So many may wait; a site that leads to more of them is no smaller for it.
MOST_WAITING = 200_000


@dataclass(slots=True)
class Known:
    """What is remembered of one address: its file, and what to ask the next time with.

    `asked` is when it was asked for (seconds since 1970), `changed` what the sitemap said then,
    `links` where it leads.
    """

    path: str = ""
    link: str = ""
    etag: str = ""
    modified: str = ""
    changed: str = ""
    asked: float = 0.0
    links: list[str] = field(default_factory=list)


KNOWN: TypeAdapter[dict[str, Known]] = TypeAdapter(dict[str, Known])


def remembered(memory: dict[str, JsonValue]) -> dict[str, Known]:
    """Return what was remembered of each address; nothing where that can't be understood."""
    try:
        return KNOWN.validate_python(memory.get("pages", {}))
    except ValidationError:
        return {}


@dataclass(frozen=True, slots=True)
class Wanted:
    """An address to ask for, so many clicks from the start, and when a sitemap says it changed."""

    address: str
    clicks: int = 0
    changed: str = ""


@dataclass(slots=True)
class Frontier:
    """The addresses of a site that wait, those near the start first; `wants` tells by a path."""

    site: Site
    wants: Callable[[str], bool]
    waiting: deque[Wanted] = field(default_factory=deque)
    seen: set[str] = field(default_factory=set)
    _queries: dict[str, int] = field(default_factory=dict)

    def want(self, reference: str, base: str, clicks: int = 0, changed: str = "") -> str:
        """Let an address wait, if it is one of the site and wasn't seen; return it if it is."""
        address = normal(reference, base)
        address = address and self.site.own(address)
        if not address or not self.site.holds(address) or endless(address):
            return ""
        if ASSET.search(path_of(address)):
            return ""
        if address not in self.seen and clicks <= MOST_CLICKS and len(self.seen) < MOST_WAITING:
            self.seen.add(address)
            page, _, query = address.partition("?")
            count = self._queries[page] = self._queries.get(page, 0) + bool(query)
            if count <= MOST_QUERIES and self.wants(likely_path(address)):
                self.waiting.append(Wanted(address, clicks, changed))
        return address


def likely_path(address: str) -> str:
    """Return the path of the file of an address, as far as that tells what it is."""
    ending = suffix(address)
    return file_path(address, ending if ending in DOCUMENTS else ".html")
