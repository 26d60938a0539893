"""What a website has given so far: each document once, in a file of its own, and remembered."""

import hashlib
from collections.abc import Callable

from pydantic import JsonValue

from index.fetching.staging import Staging
from index.fetching.web.addresses import apart
from index.fetching.web.client import Reply
from index.fetching.web.frontier import KNOWN, Known, Wanted

# What the sitemap says is unchanged is asked for all the same after so long: it may be wrong.
TRUSTED_SECONDS = 7 * 86_400.0
# So much of where pages lead is kept for the next time.
MOST_LINK_CHARS = 5_000_000
VALIDATOR_CHARS = 200


class Collected:
    """The documents of one fetch; `before` is what is remembered of the last one, by address."""

    def __init__(
        self, staging: Staging, before: dict[str, Known], now: Callable[[], float]
    ) -> None:
        """Begin with nothing; `now` counts seconds since 1970."""
        self._staging = staging
        self._before = before
        self._now = now
        self._known: dict[str, Known] = {}
        self._contents: dict[str, str] = {}
        # A file stays where it is, whatever is found before it the next time.
        self._paths = {known.path.casefold(): known.link for known in before.values()}
        self._taken: set[str] = set()
        self._link_chars = 0

    @property
    def memory(self) -> dict[str, JsonValue]:
        """What is to be remembered."""
        return {"pages": KNOWN.dump_python(self._known, mode="json")}

    def known(self, address: str) -> Known:
        """Return what is remembered of an address; nothing of most."""
        return self._before.get(address, Known())

    def is_current(self, wanted: Wanted) -> bool:
        """Whether the sitemap says that an address is as it was when it was asked for lately."""
        known = self.known(wanted.address)
        lately = self._now() - known.asked < TRUSTED_SECONDS
        return bool(wanted.changed) and wanted.changed == known.changed and lately

    def put(  # noqa: PLR0913 - what becomes of a page
        self,
        wanted: Wanted,
        reply: Reply,
        data: bytes,
        *,
        path: str,
        link: str,
        links: list[str],
    ) -> None:
        """Take a document, unless another one says the same.

        Raises:
            FetchFailed: as `Staging.put`.
        """
        content = hashlib.sha256(data).hexdigest()
        if content in self._contents:
            self._staging.skip(wanted.address, f"it says the same as {self._contents[content]}")
            return
        if not self._staging.wants(path):
            return
        path = self._own_path(path, link)
        if path in self._taken:
            # Nothing is remembered of it: what is in the file isn't what it was given for.
            self._staging.skip(wanted.address, f"it says it is {link}, which is there")
            return
        self._taken.add(path)
        self._contents[content] = link
        self._staging.put(path, data, link)
        etag, modified = (_validator(reply, name) for name in ("etag", "last-modified"))
        self._link_chars += sum(map(len, links))
        if self._link_chars > MOST_LINK_CHARS:
            # Where it leads isn't kept, so it has to be read again.
            etag, modified, links = "", "", []
        self._known[wanted.address] = Known(
            path, link, etag, modified, wanted.changed, self._now(), links
        )

    def keep(self, wanted: Wanted) -> Known | None:
        """Let what was fetched of an address before stay, and return that; None where it isn't.

        Raises:
            FetchFailed: as `Staging.keep`.
        """
        known = self._before.get(wanted.address)
        if known is None or not known.path:
            return None
        if known.path in self._taken:
            return known
        if not self._staging.keep(known.path):
            return None
        self._taken.add(known.path)
        known.changed = wanted.changed
        self._known[wanted.address] = known
        return known

    def _own_path(self, path: str, link: str) -> str:
        """Return the path of a file of its own; file systems take capitals for small letters."""
        if self._paths.setdefault(path.casefold(), link) != link:
            path = apart(path, link)
            self._paths[path.casefold()] = link
        return path


def _validator(reply: Reply, name: str) -> str:
    """What to ask with the next time; empty where it can't be sent as it came."""
    value = reply.headers.get(name, "")
    return (
        value if len(value) <= VALIDATOR_CHARS and value.isascii() and value.isprintable() else ""
    )
