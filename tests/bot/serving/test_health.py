"""The port for health and metrics answers this machine alone, and nobody keeps it from that."""

import asyncio
import json
import socket
import time
from collections.abc import Iterator

import pytest

from bot.errors import NotNow, StartError
from bot.serving import health as module
from bot.serving.health import CONNECTIONS, HEAD_BYTES, Endpoint, Health
from bot.serving.metrics import Metrics
from index import Index, Library
from tests.support.process import until


class Client:
    """A client that is connected."""

    def missing(self) -> str:
        """Nothing is."""
        return ""


@pytest.fixture
def port() -> int:
    """A port that nobody uses."""
    with socket.create_server(("127.0.0.1", 0)) as probe:
        return int(probe.getsockname()[1])


@pytest.fixture
def health() -> Health:
    """Nothing is there yet."""
    return Health()


@pytest.fixture
def endpoint(port: int, health: Health) -> Iterator[Endpoint]:
    """The endpoint, open."""
    with Endpoint(port, Metrics(), health) as endpoint:
        yield endpoint


def connect(port: int) -> socket.socket:
    """Connect, and wait for no longer than a loaded machine needs."""
    return socket.create_connection(("127.0.0.1", port), timeout=20)


def received(connection: socket.socket) -> bytes:
    """All that comes until the other side ends."""
    whole = b""
    try:
        while part := connection.recv(65536):
            whole += part
    except ConnectionResetError:
        pass
    return whole


def ask(port: int, request: str) -> bytes:
    """Send a request as it stands, and return all that comes."""
    with connect(port) as connection:
        connection.sendall(request.replace("\n", "\r\n").encode())
        return received(connection)


def status(reply: bytes) -> int:
    """The status of a response."""
    return int(reply.split()[1])


@pytest.mark.usefixtures("endpoint")
@pytest.mark.parametrize("name", ["localhost", "LocalHost:9464", "127.0.0.1", "[::1]:80"])
def test_this_machine_is_answered_by_its_names(port: int, name: str) -> None:
    assert status(ask(port, f"GET /metrics HTTP/1.1\nHost: {name}\n\n")) == 200


@pytest.mark.usefixtures("endpoint")
@pytest.mark.parametrize(
    "names",
    [
        "Host: evil.example\n",
        "Host: evil.example:9464\n",
        "Host: localhost.evil.example\n",
        "Host: localhost@evil.example\n",
        "Host: 127.0.0.1.evil.example\n",
        "Host: 0.0.0.0\n",
        "Host: localhost\nHost: evil.example\n",
        "Host: evil.example\nX: y\nhost: localhost\n",
        "Host:\n",
        "",
    ],
)
def test_a_page_whose_name_leads_here_is_told_nothing(port: int, names: str) -> None:
    for path in ("/metrics", "/health", "/"):
        reply = ask(port, f"GET {path} HTTP/1.1\n{names}\n")
        assert status(reply) == 421
        assert b"seedbot" not in reply
        assert b"status" not in reply


@pytest.mark.usefixtures("endpoint")
def test_nothing_but_reading_is_allowed(port: int) -> None:
    for method in ("POST", "PUT", "DELETE", "OPTIONS", "TRACE", "PATCH", "CONNECT", "get", "X"):
        reply = ask(port, f"{method} /health HTTP/1.1\nHost: localhost\n\n")
        assert status(reply) == 405
        assert b"Allow: GET, HEAD\r\n" in reply
    head = ask(port, "HEAD /metrics HTTP/1.1\nHost: localhost\n\n")
    assert status(head) == 200
    assert head.endswith(b"\r\n\r\n")
    assert b"Content-Length: 0" not in head


@pytest.mark.usefixtures("endpoint")
@pytest.mark.parametrize(
    "request_",
    ["\n\n", "GET /health\n\n", "GET  /health HTTP/1.1\nHost: localhost\n\n", "ü ü ü\n\n"],
)
def test_what_is_no_request_is_refused(port: int, request_: str) -> None:
    assert status(ask(port, request_)) == 400


@pytest.mark.usefixtures("endpoint")
@pytest.mark.parametrize(
    "request_",
    [
        f"GET /{'x' * HEAD_BYTES * 4} HTTP/1.1\nHost: localhost\n\n",
        f"GET /health HTTP/1.1\nHost: localhost\nX: {'y' * HEAD_BYTES * 4}",
        "GET /health HTTP/1.1\n" + "X: y\n" * HEAD_BYTES,
    ],
)
def test_a_long_request_is_refused_before_it_ends(port: int, request_: str) -> None:
    reply = ask(port, request_)
    # What was sent and not read may cost the reply.
    assert not reply or status(reply) == 431
    assert status(ask(port, "GET /health HTTP/1.1\nHost: localhost\n\n")) == 503


@pytest.mark.usefixtures("endpoint")
def test_who_sends_a_byte_now_and_then_is_cut_off(
    port: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "PATIENCE_SECONDS", 0.3)
    with connect(port) as slow:
        started = time.monotonic()
        try:
            for byte in b"GET /health HTTP/1.1\r\nX: " + b"y" * 1000:
                slow.sendall(bytes([byte]))
                time.sleep(0.05)
        except OSError:
            pass
        assert time.monotonic() - started < 20


@pytest.mark.usefixtures("endpoint")
def test_however_many_connections_are_held_the_next_is_answered(port: int) -> None:
    held = [connect(port) for _ in range(4 * CONNECTIONS)]
    for each in held[::2]:
        each.sendall(b"GET /hea")
    for _ in range(3):
        assert status(ask(port, "GET /health HTTP/1.1\nHost: localhost\n\n")) == 503

    def ended() -> int:
        count = 0
        for each in held:
            each.settimeout(0)
            try:
                count += each.recv(1) == b""
            except BlockingIOError:
                pass
            except ConnectionResetError:
                count += 1
        return count

    until(lambda: ended() >= 3 * CONNECTIONS, 20)
    for each in held:
        each.close()


async def test_it_says_that_the_event_loop_hangs_while_it_does(
    port: int,
    health: Health,
    endpoint: Endpoint,
    seeds_index: Index,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    assert endpoint
    monkeypatch.setattr(module, "HANGS_SECONDS", 0.5)
    monkeypatch.setattr(module, "BEAT_SECONDS", 0.01)
    health.library, health.client = Library.of_one(seeds_index), Client()
    beating = asyncio.create_task(health.beat())
    request = "GET /health HTTP/1.1\nHost: localhost\n\n"
    await asyncio.sleep(0.1)
    assert status(await asyncio.to_thread(ask, port, request)) == 200
    # From here on this loop doesn't turn.
    time.sleep(0.7)  # noqa: ASYNC251
    reply = ask(port, request)
    assert status(reply) == 503
    assert json.loads(reply.partition(b"\r\n\r\n")[2])["reason"].startswith("the event loop hangs")
    await asyncio.sleep(0.1)
    assert status(await asyncio.to_thread(ask, port, request)) == 200
    beating.cancel()


def test_a_port_that_is_taken_may_be_free_later_and_one_that_is_forbidden_is_a_mistake(
    port: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    with socket.create_server(("127.0.0.1", port)), pytest.raises(NotNow, match="in use"):
        Endpoint(port, Metrics(), Health())

    def forbidden(*_arguments: object) -> None:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(socket, "create_server", forbidden)
    with pytest.raises(StartError, match="Permission denied") as refused:
        Endpoint(port, Metrics(), Health())
    assert not isinstance(refused.value, NotNow)
