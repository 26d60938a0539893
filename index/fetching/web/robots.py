"""robots.txt: what a site lets be read, and how fast (RFC 9309)."""

import re
from http import HTTPStatus

from index.errors import FetchFailed
from index.fetching.web.addresses import normal
from index.fetching.web.client import NAME, Client
from index.fetching.web.unpacking import NotFetched

try:
    from protego import Protego
except ModuleNotFoundError:
    message = "a website needs one more library (protego): pip install 'seedbot[web]'"
    raise FetchFailed(message) from None

# What has to be read of it at least.
MOST_MB = 0.512
LONGEST_DELAY = 30.0
AGENT = re.compile(r"(?:user-agent|useragent|user\s+agent)(?=[\s:])\s*:?\s*(.*)", re.IGNORECASE)
OURS = re.compile(rf"{NAME}(?![a-z_-])", re.IGNORECASE)
MOST_SITEMAPS = 50


class Robots:
    """The rules of one site for us."""

    def __init__(self, text: str) -> None:
        """Understand a robots.txt; an empty one allows all."""
        self._rules = Protego.parse(_of_us(text))

    def allows(self, address: str) -> bool:
        """Whether an address may be asked for."""
        return self._rules.can_fetch(address, NAME)

    @property
    def delay(self) -> float:
        """How many seconds there should be between two requests."""
        return min(self._rules.crawl_delay(NAME) or 0.0, LONGEST_DELAY)

    @property
    def sitemaps(self) -> list[str]:
        """The addresses of sitemaps that it names."""
        named = [normal(each) for each in list(self._rules.sitemaps)[:MOST_SITEMAPS]]
        return list(dict.fromkeys(filter(None, named)))


def read_robots(client: Client, site: str) -> Robots:
    """Return the rules of the site with that scheme, host and port.

    Raises:
        FetchFailed: they can't be had now, so nothing may be read.
    """
    address = f"{site}/robots.txt"
    try:
        # It may lie anywhere (RFC 9309, 2.3.1.2).
        reply = client.get(address, lambda _: (MOST_MB, ""), follow=lambda *_: True, cut=True)
    except NotFetched as error:
        if not error.passing:
            return Robots("")
        message = f"{address}: {error}"
        raise FetchFailed(message) from None
    if reply.failed:
        message = f"{address}: the site answers with HTTP status {reply.status}; nothing is read"
        raise FetchFailed(message)
    text = reply.body.decode("utf-8-sig", errors="replace")
    return Robots(text if reply.status == HTTPStatus.OK else "")


def directives(header: str) -> set[str]:
    """Return what a header asks of all robots, or of this one (`name: value`)."""
    found: set[str] = set()
    for part in header.lower().split(","):
        name, colon, value = part.partition(":")
        if not colon:
            found.add(name.strip())
        elif name.strip() == NAME:
            found.add(value.strip())
    return found


def _of_us(text: str) -> str:
    """The same, all other programs under one name: rules are kept for each name apart."""
    return "\n".join(map(_line, text.splitlines()))


def _line(line: str) -> str:
    line = line.partition("#")[0].strip()
    agent = AGENT.match(line)
    if agent is None:
        return line
    name = agent[1].strip()
    if name == "*":
        return "User-agent: *"
    return f"User-agent: {NAME if OURS.match(name) else 'others'}"
