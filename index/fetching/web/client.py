"""Requests to a website: slow enough for it, and bounded in time, size and redirects."""

import ssl
import threading
import time
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from http import HTTPStatus
from importlib import metadata
from typing import Self

import httpcore2
import httpx2

from index.errors import FetchFailed
from index.fetching.web.addresses import normal, same_site
from index.fetching.web.network import CheckedNetwork, PrivateAddress
from index.fetching.web.unpacking import NotFetched, unpacked

NAME = "seedbot"
MEGABYTE = 1_000_000
MOST_REDIRECTS = 5
LONGEST_PAUSE = 60.0
LITTLE = 65_536
PERMANENT = {HTTPStatus.MOVED_PERMANENTLY, HTTPStatus.PERMANENT_REDIRECT}
REDIRECTS = {*PERMANENT, HTTPStatus.FOUND, HTTPStatus.SEE_OTHER, HTTPStatus.TEMPORARY_REDIRECT}
STOPPED = "it was stopped"


@dataclass(frozen=True, slots=True)
class Reply:
    """What a site replied; `address` is where, after redirects, `permanent` if all of these are."""

    address: str
    status: int
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes = b""
    permanent: bool = True

    @property
    def media_type(self) -> str:
        """What it is, in small letters; empty where that isn't said."""
        return self.headers.get("content-type", "").split(";")[0].strip().lower()

    @property
    def failed(self) -> bool:
        """Whether it may be another one another time."""
        return self.status >= HTTPStatus.INTERNAL_SERVER_ERROR or self.status in {
            HTTPStatus.TOO_MANY_REQUESTS,
            HTTPStatus.REQUEST_TIMEOUT,
        }


Most = Callable[[Mapping[str, str]], tuple[float, str]]
"""Tells by its headers how many megabytes a reply may have, and which key says so."""


def user_agent() -> str:
    """Return what the bot calls itself."""
    try:
        return f"{NAME}/{metadata.version(NAME)}"
    except metadata.PackageNotFoundError:
        return NAME


class Client:
    """Asks one website; a context, which closes its connections."""

    def __init__(
        self,
        network: CheckedNetwork,
        seconds: float,
        between: float,
        stop: threading.Event,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        """Let a request take so many seconds, and leave so many between two."""
        self.between = between
        self._network = network
        self._seconds = seconds
        self._stop = stop
        self._clock = clock
        self._next = clock()
        # No proxy: it would look names up itself, and connect to what they are then.
        self._pool = httpcore2.ConnectionPool(
            ssl_context=_certificates(),
            max_connections=1,
            keepalive_expiry=30.0,
            network_backend=network,
        )

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._pool.close()

    def get(
        self,
        address: str,
        most: Most,
        headers: Mapping[str, str] | None = None,
        follow: Callable[[str, str], bool] = same_site,
        *,
        cut: bool = False,
    ) -> Reply:
        """Ask for what is at an address, and where it leads if `follow` lets it.

        What is larger than `most` is `cut`, or no reply.

        Raises:
            NotFetched: there is no reply, or none within the limits.
            FetchFailed: all is to end.
        """
        permanent = True
        for _ in range(MOST_REDIRECTS + 1):
            reply = self._once(address, most, headers or {}, cut=cut)
            if reply.status not in REDIRECTS:
                return Reply(address, reply.status, reply.headers, reply.body, permanent)
            permanent = permanent and reply.status in PERMANENT
            target = normal(reply.headers.get("location", ""), address)
            if not target or not follow(address, target):
                where = target or "what is no address of a page"
                message = f"it leads to {where}, which isn't followed"
                raise NotFetched(message, passing=False)
            address = target
        message = f"it is redirected more than {MOST_REDIRECTS} times"
        raise NotFetched(message, passing=False)

    def _once(self, address: str, most: Most, headers: Mapping[str, str], *, cut: bool) -> Reply:
        """Ask once.

        Raises:
            NotFetched, FetchFailed: as `get`.
        """
        self._pause()
        self._network.until = self._clock() + self._seconds
        asked = {
            "User-Agent": user_agent(),
            "Accept": "text/html,application/xhtml+xml,*/*;q=0.5",
            "Accept-Encoding": "gzip",
            **headers,
        }
        try:
            with self._pool.stream("GET", address, headers=[*asked.items()]) as response:
                received = {
                    name.decode("latin-1").lower(): value.decode("latin-1")
                    for name, value in response.headers
                }
                self._heed(response.status, received)
                body = b""
                if response.status == HTTPStatus.OK:
                    limit = most(received)
                    body = self._body(response.iter_stream(), received, limit, cut=cut)
                else:
                    _pass_over(response.iter_stream())
                return Reply(address, response.status, received, body)
        except PrivateAddress as error:
            message = (
                f"{error}: only the site's own host may be none, with `private_network = true`"
            )
            raise NotFetched(message, passing=True) from None
        except httpcore2.TimeoutException:
            message = f"it took longer than {self._seconds:g} seconds (`timeout_seconds`)"
            raise NotFetched(message, passing=True) from None
        except (httpcore2.NetworkError, httpcore2.ProtocolError, OSError) as error:
            message = f"it can't be reached: {str(error) or type(error).__name__}"
            raise NotFetched(message, passing=True) from None
        except (httpcore2.UnsupportedProtocol, ValueError) as error:
            message = f"it can't be asked for ({type(error).__name__})"
            raise NotFetched(message, passing=False) from None

    def _body(
        self,
        parts: Iterable[bytes],
        headers: Mapping[str, str],
        limit: tuple[float, str],
        *,
        cut: bool,
    ) -> bytes:
        """What a reply holds, unpacked.

        Raises:
            NotFetched: it is too large, or packed as wasn't asked for.
        """
        packing = headers.get("content-encoding", "identity").strip().lower()
        if packing not in {"", "identity", "gzip", "x-gzip"}:
            message = f"it is packed as {packing[:20]!r}, which wasn't asked for"
            raise NotFetched(message, passing=False)
        if packing.endswith("gzip"):
            parts = unpacked(parts)
        most = int(limit[0] * MEGABYTE)
        body = bytearray()
        for part in parts:
            if self._stop.is_set():
                raise FetchFailed(STOPPED)
            body += part
            if len(body) > most:
                if cut:
                    return bytes(body[:most])
                message = f"it has more than {limit[0]:g} MB (`{limit[1]}`)"
                raise NotFetched(message, passing=False)
        return bytes(body)

    def _pause(self) -> None:
        """Wait until the site may be asked again.

        Raises:
            FetchFailed: all is to end.
        """
        if self._stop.wait(max(self._next - self._clock(), 0.0)):
            raise FetchFailed(STOPPED)
        self._next = self._clock() + self.between

    def _heed(self, status: int, headers: Mapping[str, str]) -> None:
        """Wait longer where the site asks for that."""
        wait = headers.get("retry-after", "")
        if status in {HTTPStatus.TOO_MANY_REQUESTS, HTTPStatus.SERVICE_UNAVAILABLE}:
            seconds = float(wait[:6]) if wait.isascii() and wait.isdecimal() else self.between
            self._next = self._clock() + min(max(seconds, self.between), LONGEST_PAUSE)


def _pass_over(parts: Iterable[bytes]) -> None:
    """Read what nobody wants, if it is little: so the connection can be used again."""
    size = 0
    for part in parts:
        size += len(part)
        if size > LITTLE:
            return


def _certificates() -> ssl.SSLContext:
    """What the system trusts, or `SSL_CERT_FILE`."""
    return httpx2.create_ssl_context()
