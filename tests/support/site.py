"""A website on a real socket of this machine, which does what a test tells it to."""

import gzip
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import cast

Answer = Callable[["Handler"], None]


class Handler(BaseHTTPRequestHandler):
    """Answers as the site says."""

    protocol_version = "HTTP/1.1"
    # A reply in one piece: the second of two waits until the first is said to be there.
    wbufsize = 65_536

    @property
    def site(self) -> "Site":
        """The site that answers."""
        return cast("Site", self.server)

    def do_GET(self) -> None:
        """Answer, and remember what was asked."""
        headers = {name.lower(): value for name, value in self.headers.items()}
        self.site.asked.append((self.path, headers))
        answer = self.site.answers.get(self.path, self.site.otherwise)
        answer(self)

    def give(self, status: int, body: bytes = b"", **headers: str) -> None:
        """Send a whole reply; in names of headers, _ stands for a hyphen."""
        self.send_response(status)
        for name, value in {"Content-Length": str(len(body)), **headers}.items():
            self.send_header(name.replace("_", "-"), value)
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        """Say nothing."""


def gives(body: str | bytes, kind: str = "text/html; charset=utf-8", **headers: str) -> Answer:
    """Answer with a page; one that has an `ETag` is not sent again to who has it."""
    data = body.encode() if isinstance(body, str) else body

    def answer(handler: Handler) -> None:
        etag = headers.get("ETag")
        if etag and handler.headers.get("If-None-Match") == etag:
            handler.give(304, ETag=etag)
        else:
            handler.give(200, data, Content_Type=kind, **headers)

    return answer


def fails(status: int, **headers: str) -> Answer:
    """Answer with an error."""
    return lambda handler: handler.give(status, b"no", **headers)


def leads(target: str, status: int = 301) -> Answer:
    """Answer with a redirect."""
    return lambda handler: handler.give(status, Location=target)


def drips(handler: Handler) -> None:
    """Send headers byte by byte, without end."""
    handler.wfile.write(b"HTTP/1.1 200 OK\r\nX-Slow: ")
    while not handler.site.closing.wait(0.02):
        handler.wfile.write(b"a")
        handler.wfile.flush()


def breaks_off(handler: Handler) -> None:
    """Send less than was told."""
    handler.wfile.write(b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nab")
    handler.close_connection = True


def bomb(megabytes: int) -> Answer:
    """Answer with what is small and unpacks to so much."""
    packed = gzip.compress(b"<p>word</p>" * (megabytes * 1_000_000 // 11))
    return gives(packed, Content_Encoding="gzip")


def page(text: str, *links: str, head: str = "") -> str:
    """A page with a heading, which leads elsewhere."""
    ways = "".join(
        f'<li><a href="{link}">Go to {number}</a></li>' for number, link in enumerate(links)
    )
    return (
        f"<html><head><title>{text}</title>{head}</head><body><main><h1>{text}</h1>"
        f"<p>All that there is to know of {text} stands here.</p></main><nav><ul>{ways}</ul></nav>"
        "</body></html>"
    )


def sitemap(*addresses: str, changed: str = "", further: bool = False) -> str:
    """A sitemap, or one of sitemaps."""
    outer, inner = ("sitemapindex", "sitemap") if further else ("urlset", "url")
    date = f"<lastmod>{changed}</lastmod>" if changed else ""
    entries = "".join(f"<{inner}><loc>{each}</loc>{date}</{inner}>" for each in addresses)
    space = "http://www.sitemaps.org/schemas/sitemap/0.9"
    return f'<?xml version="1.0"?><{outer} xmlns="{space}">{entries}</{outer}>'


class Site(ThreadingHTTPServer):
    """Keeps what it was asked for; `answers` by path, 404 `otherwise`."""

    daemon_threads = True

    def __init__(self) -> None:
        """Listen on a free port of this machine."""
        super().__init__(("127.0.0.1", 0), Handler)
        self.asked: list[tuple[str, dict[str, str]]] = []
        self.answers: dict[str, Answer] = {}
        self.otherwise: Answer = fails(404)
        self.closing = threading.Event()

    @property
    def url(self) -> str:
        """Its address, without a slash at the end."""
        return f"http://127.0.0.1:{self.server_port}"

    @property
    def paths(self) -> list[str]:
        """What it was asked for, in that order."""
        return [path for path, _ in self.asked]

    def handle_error(self, *_: object) -> None:
        """Let who asks hang up."""


@contextmanager
def running() -> Iterator[Site]:
    """Yield a site that runs."""
    with Site() as site:
        thread = threading.Thread(target=site.serve_forever, args=(0.01,), daemon=True)
        thread.start()
        try:
            yield site
        finally:
            site.closing.set()
            site.shutdown()
            thread.join()
