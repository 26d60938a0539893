"""A website, page by page: what its sitemap lists, or what its pages lead to."""

import re
import time
from collections.abc import Mapping
from http import HTTPStatus

from index.errors import FetchFailed
from index.fetching.fetcher import Fetched
from index.fetching.staging import Staging
from index.fetching.web import addresses
from index.fetching.web.addresses import DOCUMENTS, Site
from index.fetching.web.client import Client, Reply
from index.fetching.web.collected import Collected
from index.fetching.web.frontier import Frontier, Wanted, likely_path
from index.fetching.web.listing import Listing
from index.fetching.web.pages import Page
from index.fetching.web.parsing import Parser
from index.fetching.web.robots import Robots, directives, read_robots
from index.fetching.web.sitemaps import NAMED
from index.fetching.web.unpacking import NotFetched
from index.sources import WebsiteSettings

HTML = {"text/html", "application/xhtml+xml", ""}
# What a document is called at least, where its address has no ending.
ENDINGS = {"application/pdf": ".pdf", "text/plain": ".txt", "text/markdown": ".md"}
# A site that fails so often in a row is left alone.
MOST_FAILURES = 10
MOST_HOURS = 6.0
CHARSET = re.compile(r"charset\s*=\s*[\"']?([\w.:-]{2,40})", re.IGNORECASE)
GONE = {HTTPStatus.NOT_FOUND, HTTPStatus.GONE}
FORBIDDEN = "robots.txt asks that it isn't read"


class Crawl:
    """One fetch of one website."""

    def __init__(
        self,
        source: WebsiteSettings,
        staging: Staging,
        client: Client,
        parser: Parser,
        collected: Collected,
    ) -> None:
        """Begin with nothing."""
        self.source = source
        self.staging = staging
        self.client = client
        self.parser = parser
        self.collected = collected
        self.robots = Robots("")
        self.frontier = Frontier(Site(""), staging.wants)
        # Whether pages are found by links.
        self.follows = True
        self.tried = self.failed = self.in_a_row = self.beyond = 0
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
        return Fetched(memory=self.collected.memory)

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
        named = [each for each in map(self.frontier.site.own, self.robots.sitemaps) if each]
        for each in named or [f"{self.frontier.site.origin}/sitemap.xml"]:
            self._list(each, named=False)
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
        self.tried += 1
        if self.collected.is_current(wanted) and self._keep(wanted):
            return
        known = self.collected.known(wanted.address)
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
        elif reply.status in GONE:
            # A link that leads nowhere is nothing that was left out.
            if known.path:
                self.staging.skip(wanted.address, f"it is gone (HTTP status {reply.status})")
            self.in_a_row = 0
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
        asked = {*page.directives, *directives(reply.headers.get("x-robots-tag", ""))}
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
        path, data = likely_path(own), page.html.encode()
        self.collected.put(wanted, reply, data, path=path, link=own, links=links)

    def _take_document(self, wanted: Wanted, reply: Reply) -> None:
        ending = addresses.suffix(wanted.address)
        if ending not in DOCUMENTS:
            ending = ENDINGS.get(reply.media_type, "")
        if not ending:
            reason = f"it is no page and no document ({reply.media_type[:60]})"
            self.staging.skip(wanted.address, reason)
        elif {"noindex", "none"} & directives(reply.headers.get("x-robots-tag", "")):
            self.staging.skip(wanted.address, "the site asks that it isn't indexed")
        else:
            path = addresses.file_path(wanted.address, ending)
            link = wanted.address
            self.collected.put(wanted, reply, reply.body, path=path, link=link, links=[])

    def _keep(self, wanted: Wanted) -> bool:
        """Let what was fetched of an address before stay; False where there is nothing."""
        known = self.collected.keep(wanted)
        for link in known.links if known else ():
            self.frontier.want(link, wanted.address, wanted.clicks + 1)
        return known is not None

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

    def _most(self, headers: Mapping[str, str]) -> tuple[float, str]:
        """How many megabytes a reply may have, and by which key: a page, or another document."""
        page = headers.get("content-type", "").split(";")[0].strip().lower() in HTML
        if page:
            return self.source.page_mb, "page_mb"
        return self.staging.limits.max_file_mb, "max_file_mb"
