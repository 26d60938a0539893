"""What fetches a website."""

import threading
import time
from collections.abc import Callable
from contextlib import AbstractContextManager
from pathlib import Path

from pydantic import JsonValue

from index.errors import FetchFailed
from index.fetching.fetcher import Fetched, Fetcher
from index.fetching.staging import Staging
from index.fetching.web import addresses
from index.fetching.web.client import Client
from index.fetching.web.collected import Collected
from index.fetching.web.crawl import Crawl
from index.fetching.web.frontier import remembered
from index.fetching.web.network import CheckedNetwork
from index.fetching.web.parsing import Parser
from index.settings import Limits
from index.sources import WebsiteSettings


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
            collected = Collected(staging, remembered(memory), now)
            return Crawl(source, staging, client, parser, collected).run(start)

    return fetcher


def _own(start: str) -> list[tuple[str, int]]:
    """Where a site in a private network is: its own host, on its own port, or by https."""
    host, port = addresses.endpoint(start)
    return [(host, port), (host, 443)] if port == addresses.PORTS["http"] else [(host, port)]
