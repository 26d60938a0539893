"""Connections to addresses that were looked at first: none leads into a private network.

A name is looked up once for a connection, all its addresses are checked, and the connection is made
to one of these: what the name stands for later changes nothing.
"""

import ipaddress
import socket
import time
from collections.abc import Callable, Iterable
from ipaddress import IPv4Address, IPv6Address
from typing import Any

import httpcore2

V6 = ipaddress.ip_network("2000::/3")
# Addresses of version 4 in those of version 6, by translation (RFC 6052) and by routers long gone.
TRANSLATED = ipaddress.ip_network("64:ff9b::/96")
TUNNELS = tuple(map(ipaddress.ip_network, ("2002::/16", "2001::/32", "192.88.99.0/24")))


class PrivateAddress(Exception):
    """A name leads into a private network; the message says which and where."""


def is_public(address: IPv4Address | IPv6Address) -> bool:
    """Whether an address is one of the public internet."""
    if isinstance(address, IPv6Address):
        if address.ipv4_mapped:
            return is_public(address.ipv4_mapped)
        if address in TRANSLATED:
            return is_public(IPv4Address(int(address) & 0xFFFFFFFF))
        if address not in V6:
            return False
    return (
        address.is_global
        and not address.is_multicast
        and not any(address in each for each in TUNNELS if each.version == address.version)
    )


class CheckedNetwork(httpcore2.NetworkBackend):
    """Connects to public addresses, and to the `own` hosts and ports whatever theirs are.

    All that is done until `until` (of `clock`, in seconds) has to be done by then, however many
    bytes come one by one.
    """

    def __init__(
        self,
        own: Iterable[tuple[str, int]] = (),
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        """Connect to nothing yet."""
        self.until = 0.0
        self._own = frozenset(own)
        self._clock = clock
        self._plain = httpcore2.SyncBackend()

    def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,  # noqa: ARG002 - `until` holds
        local_address: str | None = None,
        socket_options: Iterable[httpcore2.SOCKET_OPTION] | None = None,
    ) -> httpcore2.NetworkStream:
        """Connect to the first address of a host that answers.

        Raises:
            PrivateAddress: one of them isn't public.
            ConnectError, ConnectTimeout: none answers.
        """
        addresses = _look_up(host, port)
        if (host, port) not in self._own:
            for address in addresses:
                if not is_public(ipaddress.ip_address(address)):
                    what = host if host == address else f"{host}, which is {address},"
                    message = f"{what} is no public address"
                    raise PrivateAddress(message)
        error: Exception | None = None
        for address in addresses:
            try:
                stream = self._plain.connect_tcp(
                    address, port, self.left(), local_address, socket_options
                )
                return _Timed(stream, self.left)
            except httpcore2.ConnectError as failed:
                error = failed
        raise error or httpcore2.ConnectError("it has no address")

    def left(self) -> float:
        """Return how many seconds there are left.

        Raises:
            ReadTimeout: none.
        """
        left = self.until - self._clock()
        if left <= 0:
            message = "time is up"
            raise httpcore2.ReadTimeout(message)
        return left


class _Timed(httpcore2.NetworkStream):
    """A connection on which every step is held to what is left of the time."""

    def __init__(self, stream: httpcore2.NetworkStream, left: Callable[[], float]) -> None:
        self._stream = stream
        self._left = left

    def read(self, max_bytes: int, timeout: float | None = None) -> bytes:  # noqa: ARG002
        return self._stream.read(max_bytes, self._left())

    def write(self, buffer: bytes, timeout: float | None = None) -> None:  # noqa: ARG002
        self._stream.write(buffer, self._left())

    def close(self) -> None:
        self._stream.close()

    def start_tls(
        self,
        ssl_context: Any,  # noqa: ANN401 - as the interface has it
        server_hostname: str | None = None,
        timeout: float | None = None,  # noqa: ARG002
    ) -> httpcore2.NetworkStream:
        stream = self._stream.start_tls(ssl_context, server_hostname, self._left())
        return _Timed(stream, self._left)

    def get_extra_info(self, info: str) -> Any:  # noqa: ANN401 - as the interface has it
        return self._stream.get_extra_info(info)


def _look_up(host: str, port: int) -> list[str]:
    """The addresses of a host, each once.

    Raises:
        ConnectError: it has none.
    """
    try:
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError) as error:
        reason = error.strerror if isinstance(error, OSError) else "no name of a host"
        message = f"{host} isn't found: {reason}"
        raise httpcore2.ConnectError(message) from None
    return list(dict.fromkeys(str(each[4][0]) for each in found))
