"""The pages that the sitemaps of a site list."""

from collections import deque
from collections.abc import Iterator
from http import HTTPStatus

from index.errors import FetchFailed
from index.fetching.web.addresses import normal, origin
from index.fetching.web.client import Client
from index.fetching.web.parsing import Parser
from index.fetching.web.robots import Robots
from index.fetching.web.sitemaps import Sitemap
from index.fetching.web.unpacking import NotFetched

MOST_SITEMAPS = 100


class Listing:
    """Reads sitemaps, each of at most so many megabytes."""

    def __init__(self, client: Client, robots: Robots, parser: Parser, most_mb: float) -> None:
        """Read none yet."""
        self._client = client
        self._robots = robots
        self._parser = parser
        self._most_mb = most_mb

    def read(self, start: str, *, named: bool) -> Iterator[tuple[str, str]]:
        """Yield what a sitemap lists, and those that it names: addresses, each with its date.

        Raises:
            FetchFailed: one can't be had now, or somebody `named` it and it is none.
        """
        todo, listed = deque([start]), {start}
        while todo:
            address = todo.popleft()
            found = self._one(address, required=named and address == start)
            for further in map(normal, found.further):
                own = bool(further) and origin(further) == origin(start)
                if own and further not in listed and len(listed) < MOST_SITEMAPS:
                    listed.add(further)
                    todo.append(further)
            yield from found.pages

    def _one(self, address: str, *, required: bool) -> Sitemap:
        """Return what a sitemap lists; nothing where there is none.

        Raises:
            FetchFailed: as `read`.
        """
        fault, passing = "robots.txt asks that it isn't read", False
        if self._robots.allows(address):
            try:
                reply = self._client.get(address, lambda _: (self._most_mb, "page_mb"))
            except NotFetched as error:
                fault, passing = str(error), error.passing
            else:
                if reply.status == HTTPStatus.OK:
                    found = self._parser.sitemap(reply.body, self._most_mb)
                    if not found.fault:
                        return found
                    fault = found.fault
                else:
                    fault = f"the site answers with HTTP status {reply.status}"
                    passing = reply.failed
        if passing or required:
            message = f"{address}: {fault}"
            raise FetchFailed(message)
        return Sitemap()
