"""A website, page by page: what its sitemap lists, or what its pages lead to."""

import hashlib
import re
import threading
import time
from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager
from http import HTTPStatus
from pathlib import Path

from pydantic import JsonValue

from index.errors import FetchFailed
from index.fetching.fetcher import Fetched, Fetcher
from index.fetching.staging import Staging
from index.fetching.web import addresses
from index.fetching.web.addresses import DOCUMENTS, Site
from index.fetching.web.client import Client, Reply
from index.fetching.web.frontier import KNOWN, Frontier, Known, Wanted, likely_path, remembered
from index.fetching.web.listing import Listing
from index.fetching.web.network import CheckedNetwork
from index.fetching.web.pages import Page
from index.fetching.web.parsing import Parser
from index.fetching.web.robots import Robots, read_robots
from index.fetching.web.sitemaps import NAMED
from index.fetching.web.unpacking import NotFetched
from index.settings import Limits
from index.sources import WebsiteSettings

HTML = {"text/html", "application/xhtml+xml", ""}
# What a document is called at least, where its address has no ending.
ENDINGS = {"application/pdf": ".pdf", "text/plain": ".txt", "text/markdown": ".md"}
# A site that fails so often in a row is left alone.
MOST_FAILURES = 10
MOST_HOURS = 6.0
# What the sitemap says is unchanged is asked for all the same after so long: it may be wrong.
TRUSTED_SECONDS = 7 * 86_400.0
# So much of where pages lead is kept for the next time.
MOST_LINK_CHARS = 5_000_000
CHARSET = re.compile(r"charset\s*=\s*[\"']?([\w.:-]{2,40})", re.IGNORECASE)
FORBIDDEN = "robots.txt asks that it isn't read"


def fetch_website(
    source: WebsiteSettings,
    network: Callable[..., CheckedNetwork] = CheckedNetwork,
    parsing: Callable[[Limits], AbstractContextManager[Parser]] = Parser,
    now: Callable[[], float] = time.time,
) -> Fetcher:
    """Return what fetches a website; `now` counts seconds since 1970."""

    def fetcher(
        staging: Staging,
        work: Path,  # noqa: ARG001 - what is in place is all that it needs
        memory: dict[str, JsonValue],
        stop: threading.Event,
    ) -> Fetched:
        start = addresses.normal(source.website)
        if not start:
            message = f"{source.website}: it is no address of a page"
            raise FetchFailed(message)
        own = _own(start) if source.private_network else ()
        with (
            Client(network(own), source.timeout_seconds, source.seconds_between, stop) as client,
            parsing(staging.limits) as parser,
        ):
            crawl = _Crawl(source, staging, client, parser, now=now)
            crawl.before = remembered(memory)
            return crawl.run(start)

    return fetcher


def _own(start: str) -> list[tuple[str, int]]:
    """Where a site in a private network is: its own host, on its own port, or by https."""
    host, port = addresses.endpoint(start)
    return [(host, port), (host, 443)] if port == addresses.PORTS["http"] else [(host, port)]


class _Crawl:
    """One fetch of one website."""

    def __init__(
        self,
        source: WebsiteSettings,
        staging: Staging,
        client: Client,
        parser: Parser,
        *,
        now: Callable[[], float],
    ) -> None:
        """Begin with nothing; `before` is what is remembered of the last time."""
        self.source = source
        self.staging = staging
        self.client = client
        self.parser = parser
        self.now = now
        self.before: dict[str, Known] = {}
        self.known: dict[str, Known] = {}
        self.robots = Robots("")
        self.frontier = Frontier(Site(""), staging.wants)
        # Whether pages are found by links.
        self.follows = True
        # By what they hold or are called: the addresses of the files so far.
        self.contents: dict[str, str] = {}
        self.paths: dict[str, str] = {}
        self.tried = self.failed = self.in_a_row = self.beyond = self.link_chars = 0
        self.reason = ""

    def run(self, start: str) -> Fetched:
        """Fetch all of it.

        Raises:
            FetchFailed: the start, the rules or most pages can't be had; or time is up.
        """
        until = time.monotonic() + MOST_HOURS * 3600
        self._obey(addresses.origin(start))
        if NAMED.search(addresses.path_of(start)):
            self.frontier.site = Site(addresses.origin(start))
            self._list(start, named=True)
            if not self.frontier.waiting:
                message = f"{start}: the sitemap lists no page of its site"
                raise FetchFailed(message)
        else:
            self._begin(start)
        while self.frontier.waiting:
            if time.monotonic() > until:
                message = f"it took longer than {MOST_HOURS:g} hours; lower `max_files`"
                raise FetchFailed(message)
            wanted = self.frontier.waiting.popleft()
            if self.tried >= self.source.max_files:
                self.beyond += 1
            elif self.robots.allows(wanted.address):
                self._visit(wanted)
            else:
                self.staging.skip(wanted.address, FORBIDDEN)
        if self.failed * 2 > self.tried:
            message = f"{self.failed} of {self.tried} pages can't be had: {self.reason}"
            raise FetchFailed(message)
        if self.beyond:
            reason = f"{self.beyond} more pages are over the limit of `max_files`"
            self.staging.skip(self.frontier.site.origin, reason)
        pages = KNOWN.dump_python(self.known, mode="json")
        return Fetched(memory={"pages": pages})

    def _obey(self, site: str) -> None:
        """Learn what a site lets be read.

        Raises:
            FetchFailed: it can't be learnt now.
        """
        self.robots = read_robots(self.client, site)
        self.client.between = max(self.source.seconds_between, self.robots.delay)

    def _begin(self, start: str) -> None:
        """Ask for the first page, and find out what else there is.

        Raises:
            FetchFailed: there is none.
        """
        if not self.robots.allows(start):
            message = f"{start}: {FORBIDDEN}"
            raise FetchFailed(message)
        reply = self._first(start)
        if addresses.origin(reply.address) != addresses.origin(start):
            self._obey(addresses.origin(reply.address))
            if not self.robots.allows(reply.address):
                message = f"{reply.address}: {FORBIDDEN}"
                raise FetchFailed(message)
        self.frontier.site = Site.of(reply.address)
        for each in self.robots.sitemaps or [f"{self.frontier.site.origin}/sitemap.xml"]:
            self._list(each, named=bool(self.robots.sitemaps))
        self.follows = not self.frontier.waiting
        self.frontier.seen.update({start, reply.address})
        self.tried += 1
        self._take(Wanted(reply.address), reply)

    def _first(self, start: str) -> Reply:
        """Return the first page.

        Raises:
            FetchFailed: there is none.
        """
        try:
            reply = self.client.get(start, self._most)
        except NotFetched as error:
            message = f"{start}: {error}"
            raise FetchFailed(message) from None
        if reply.status != HTTPStatus.OK:
            message = f"{start}: the site answers with HTTP status {reply.status}"
            raise FetchFailed(message)
        moved = addresses.endpoint(reply.address)[0] != addresses.endpoint(start)[0]
        if moved and not reply.permanent:
            message = f"{start}: it leads to {reply.address} for now; name that as `website`"
            raise FetchFailed(message)
        return reply

    def _list(self, address: str, *, named: bool) -> None:
        """Want all that a sitemap lists.

        Raises:
            FetchFailed: it can't be had now, or it was named and is none.
        """
        listing = Listing(self.client, self.robots, self.parser, 2 * self.source.page_mb)
        for page, changed in listing.read(address, named=named):
            self.frontier.want(page, "", 0, changed)

    def _visit(self, wanted: Wanted) -> None:
        """Ask for an address, and take what is there.

        Raises:
            FetchFailed: all is to end.
        """
        known = self.before.get(wanted.address, Known())
        fresh = self.now() - known.asked < TRUSTED_SECONDS
        if wanted.changed and wanted.changed == known.changed and fresh and self._keep(wanted):
            return
        self.tried += 1
        headers = {"If-None-Match": known.etag, "If-Modified-Since": known.modified}
        headers = {name: value for name, value in headers.items() if value}
        try:
            reply = self.client.get(wanted.address, self._most, headers)
        except NotFetched as error:
            self._miss(wanted, str(error), passing=error.passing)
            return
        if reply.status == HTTPStatus.NOT_MODIFIED and headers:
            self.in_a_row = 0
            if not self._keep(wanted):
                self._miss(wanted, "what was fetched of it is gone", passing=True)
        elif reply.status != HTTPStatus.OK:
            login = reply.status in {HTTPStatus.UNAUTHORIZED, HTTPStatus.FORBIDDEN}
            what = "the site doesn't let it be read" if login else "the site answers"
            self._miss(wanted, f"{what} (HTTP status {reply.status})", passing=reply.failed)
        else:
            self._arrive(wanted, reply)

    def _arrive(self, wanted: Wanted, reply: Reply) -> None:
        """Take what is where an address leads, if that is of the site and wasn't taken before."""
        self.in_a_row = 0
        if reply.address != wanted.address:
            if not self.frontier.site.holds(reply.address) or not self.robots.allows(reply.address):
                self.staging.skip(wanted.address, f"it leads to {reply.address}")
                return
            if reply.address in self.frontier.seen:
                return
            self.frontier.seen.add(reply.address)
        self._take(Wanted(reply.address, wanted.clicks, wanted.changed), reply)

    def _take(self, wanted: Wanted, reply: Reply) -> None:
        """Take a reply: a page, or another document."""
        if reply.media_type not in HTML:
            self._take_document(wanted, reply)
            return
        said = CHARSET.search(reply.headers.get("content-type", ""))
        page = self.parser.page(reply.body, said[1] if said else "")
        asked = {*page.directives, *_directives(reply.headers.get("x-robots-tag", ""))}
        links = [] if asked & {"nofollow", "none"} else self._links(wanted, page)
        if page.refers:
            self.frontier.want(page.refers, wanted.address, wanted.clicks + 1)
            fault = "it leads to another page"
        elif asked & {"noindex", "none"}:
            fault = "the site asks that it isn't indexed"
        else:
            fault = page.fault
        if fault:
            self.staging.skip(wanted.address, fault)
            return
        own = addresses.normal(page.canonical, wanted.address)
        if not own or not addresses.is_same_page(own, wanted.address):
            own = wanted.address
        self._put(wanted, reply, likely_path(own), page.html.encode(), own, links)

    def _take_document(self, wanted: Wanted, reply: Reply) -> None:
        ending = addresses.suffix(wanted.address)
        if ending not in DOCUMENTS:
            ending = ENDINGS.get(reply.media_type, "")
        if not ending:
            reason = f"it is no page and no document ({reply.media_type[:60]})"
            self.staging.skip(wanted.address, reason)
        elif {"noindex", "none"} & _directives(reply.headers.get("x-robots-tag", "")):
            self.staging.skip(wanted.address, "the site asks that it isn't indexed")
        else:
            path = addresses.file_path(wanted.address, ending)
            self._put(wanted, reply, path, reply.body, wanted.address, [])

    def _put(  # noqa: PLR0913, PLR0917 - what becomes of a page
        self, wanted: Wanted, reply: Reply, path: str, data: bytes, link: str, links: list[str]
    ) -> None:
        """Stage a document, unless another one says the same."""
        content = hashlib.sha256(data).hexdigest()
        if content in self.contents:
            self.staging.skip(wanted.address, f"it says the same as {self.contents[content]}")
            return
        if not self.staging.wants(path):
            return
        self.contents[content] = link
        path = self._own_path(path, link)
        self.staging.put(path, data, link)
        etag, modified = (reply.headers.get(name, "") for name in ("etag", "last-modified"))
        self.link_chars += sum(map(len, links))
        if self.link_chars > MOST_LINK_CHARS:
            # Where it leads isn't kept, so it has to be read again.
            etag, modified, links = "", "", []
        self.known[wanted.address] = Known(
            path, link, etag[:200], modified[:100], wanted.changed, self.now(), links
        )

    def _own_path(self, path: str, link: str) -> str:
        """Return the path of a file of its own; file systems take capitals for small letters."""
        taken = self.paths.setdefault(path.casefold(), link)
        if taken != link:
            path = addresses.apart(path, link)
            self.paths[path.casefold()] = link
        return path

    def _keep(self, wanted: Wanted) -> bool:
        """Let what was fetched of an address before stay; False where there is nothing."""
        known = self.before.get(wanted.address)
        if known is None or not known.path or known.path.casefold() in self.paths:
            return False
        if not self.staging.keep(known.path):
            return False
        self.paths[known.path.casefold()] = known.link
        for link in known.links:
            self.frontier.want(link, wanted.address, wanted.clicks + 1)
        known.changed = wanted.changed
        self.known[wanted.address] = known
        return True

    def _miss(self, wanted: Wanted, reason: str, *, passing: bool) -> None:
        """Do without an address: what may pass leaves what there was.

        Raises:
            FetchFailed: the site fails altogether.
        """
        kept = passing and self._keep(wanted)
        self.staging.skip(wanted.address, f"{reason}; it is kept as it was" if kept else reason)
        if not passing:
            self.in_a_row = 0
            return
        self.failed += 1
        self.in_a_row += 1
        self.reason = f"{wanted.address}: {reason}"
        if self.in_a_row >= MOST_FAILURES:
            message = f"{self.in_a_row} pages in a row can't be had: {self.reason}"
            raise FetchFailed(message)

    def _links(self, wanted: Wanted, page: Page) -> list[str]:
        """Want what a page leads to, and return that: all of it, or documents alone."""
        base = addresses.normal(page.base, wanted.address) or wanted.address
        found: dict[str, None] = {}
        for link in page.links:
            address = addresses.normal(link, base)
            if not self.follows and addresses.suffix(address or "/") not in DOCUMENTS:
                continue
            if self.frontier.want(link, base, wanted.clicks + 1):
                found[address] = None
        return list(found)

    def _most(self, headers: Mapping[str, str]) -> float:
        """How many megabytes a reply may have: a page, or another document."""
        page = headers.get("content-type", "").split(";")[0].strip().lower() in HTML
        return self.source.page_mb if page else self.staging.limits.max_file_mb


def _directives(header: str) -> set[str]:
    """What a header asks of all robots, or of this one (`name: value`)."""
    found: set[str] = set()
    for part in header.lower().split(","):
        name, colon, value = part.partition(":")
        if not colon:
            found.add(name.strip())
        elif name.strip() == "seedbot":
            found.add(value.strip())
    return found
