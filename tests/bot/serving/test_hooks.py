"""A source is fetched at once for who knows the secret, and for nobody else."""

import hashlib
import hmac
import socket
from collections.abc import Iterator
from types import SimpleNamespace
from typing import cast

import pytest

from bot.errors import StartError
from bot.serving.health import Endpoint, Health
from bot.serving.metrics import Metrics
from bot.settings import WEBHOOK_VARIABLE, webhook_secret
from index import Library
from tests.support.process import free_port

SECRET = "only for tests 0123"  # noqa: S105 - a secret of this test
BODY = b'{"ref": "refs/heads/main"}'


class Fetching:
    """What fetches one source, and notes which were wanted."""

    def __init__(self) -> None:
        self.wanted: list[str] = []

    def report(self) -> dict[str, object]:
        """Nothing to report."""
        return {}

    def want(self, name: str) -> bool:
        """Note it."""
        self.wanted.append(name)
        return name == "hb"


@pytest.fixture
def fetching() -> Fetching:
    return Fetching()


@pytest.fixture
def health(fetching: Fetching) -> Health:
    """Of a bot that fetches."""
    return Health(cast("Library", SimpleNamespace(leading=True)), fetching=fetching)


@pytest.fixture
def port(health: Health) -> Iterator[int]:
    """The port of an endpoint with a secret."""
    number = free_port()
    with Endpoint(number, Metrics(), health, SECRET):
        yield number


def signed(secret: str = SECRET, body: bytes = BODY) -> str:
    return "sha256=" + hmac.new(secret.encode(), body, hashlib.sha256).hexdigest()


def post(port: int, path: str, *headers: str, body: bytes = BODY, length: str | None = None) -> int:
    """Send a request; return the status of the reply."""
    count = str(len(body)) if length is None else length
    head = [f"POST {path} HTTP/1.1", "Host: bot.example.org", f"Content-Length: {count}", *headers]
    with socket.create_connection(("127.0.0.1", port), timeout=20) as connection:
        connection.sendall("\r\n".join([*head, "", ""]).encode() + body)
        return int(connection.recv(65536).split()[1])


@pytest.mark.parametrize(
    "header",
    [
        f"X-Hub-Signature-256: {signed()}",
        f"X-Hub-Signature: {signed()}",
        f"X-Gitlab-Token: {SECRET}",
    ],
)
def test_who_knows_the_secret_has_a_source_fetched(
    port: int, fetching: Fetching, header: str
) -> None:
    assert post(port, "/hooks/hb", header) == 202
    assert fetching.wanted == ["hb"]
    assert post(port, "/hooks/other", header) == 404
    assert post(port, "/hooks/../hb?x", header) == 404


def test_a_long_body_is_signed_as_a_short_one(port: int, fetching: Fetching) -> None:
    body = b"x" * 1_000_000
    assert post(port, "/hooks/hb", f"X-Hub-Signature-256: {signed(body=body)}", body=body) == 202
    assert fetching.wanted == ["hb"]


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ([], 401),
        (["X-Hub-Signature-256: "], 403),
        ([f"X-Hub-Signature-256: {signed('another secret 01')}"], 403),
        ([f"X-Hub-Signature-256: {signed(body=b'another')}"], 403),
        ([f"X-Hub-Signature-256: {signed()[7:]}"], 403),
        ([f"X-Hub-Signature-256: {SECRET}"], 403),
        (["X-Hub-Signature-256: x", f"X-Gitlab-Token: {signed()}"], 403),
        (["X-Gitlab-Token: "], 403),
        (["X-Gitlab-Token: \u00fc\u00fc"], 403),
    ],
)
def test_who_does_not_know_it_has_nothing_fetched(
    port: int, fetching: Fetching, headers: list[str], status: int
) -> None:
    assert post(port, "/hooks/hb", *headers) == status
    assert fetching.wanted == []


@pytest.mark.parametrize(
    ("length", "status"),
    [("", 411), ("-1", 411), ("\u0663", 411), ("25000001", 413), ("9" * 5000, 413)],
)
def test_a_body_without_an_end_is_refused(
    port: int, fetching: Fetching, length: str, status: int
) -> None:
    header = f"X-Hub-Signature-256: {signed()}"
    assert post(port, "/hooks/hb", header, length=length) == status
    assert fetching.wanted == []


def test_without_a_secret_there_is_no_such_address(health: Health, fetching: Fetching) -> None:
    number = free_port()
    with Endpoint(number, Metrics(), health):
        assert post(number, "/hooks/hb", f"X-Gitlab-Token: {SECRET}") == 421
        assert post(number, "/hooks/hb", f"X-Hub-Signature-256: {signed('')}") == 421
    assert fetching.wanted == []


def test_a_process_that_does_not_fetch_says_so(port: int, health: Health) -> None:
    header = f"X-Gitlab-Token: {SECRET}"
    health.library = cast("Library", SimpleNamespace(leading=False))
    assert post(port, "/hooks/hb", header) == 503
    health.library = None
    assert post(port, "/hooks/hb", header) == 503


def test_a_secret_is_taken_from_the_environment_if_it_can_not_be_guessed(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    assert webhook_secret() is None
    monkeypatch.setenv(WEBHOOK_VARIABLE, f" {SECRET}\n")
    assert [webhook_secret(), webhook_secret()] == [SECRET, None]
    monkeypatch.setenv(WEBHOOK_VARIABLE, "short")
    with pytest.raises(StartError, match="16 characters or more"):
        webhook_secret()
