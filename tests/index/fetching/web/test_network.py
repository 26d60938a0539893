"""No request goes into a private network, whatever a name or a redirect says."""

import ipaddress
import socket
from collections.abc import Iterator

import httpcore2
import pytest

from index.errors import FetchFailed
from index.fetching.web.network import CheckedNetwork, PrivateAddress, is_public
from tests.index.fetching.web.conftest import Fetching
from tests.support.site import Site, gives, leads, page, running

PRIVATE = [
    "0.0.0.0", "10.1.2.3", "100.64.0.1", "127.0.0.1", "127.255.0.1", "169.254.169.254",  # noqa: S104
    "172.16.0.1",
    "172.31.255.255", "192.0.0.1", "192.0.2.1", "192.88.99.1", "192.168.0.1", "198.18.0.1",
    "198.51.100.1", "203.0.113.1", "224.0.0.1", "239.255.255.255", "240.0.0.1", "255.255.255.255",
    "::", "::1", "::127.0.0.1", "::ffff:127.0.0.1", "::ffff:169.254.169.254", "::ffff:0:127.0.0.1",
    "64:ff9b::7f00:1", "64:ff9b::a9fe:a9fe", "64:ff9b:1::1", "100::1", "2001::1", "2001:db8::1",
    "2002:7f00:1::", "fc00::1", "fd12::1", "fe80::1", "fe80::1%eth0", "fec0::1", "ff02::1",
]  # fmt: skip
PUBLIC = ["1.1.1.1", "93.184.216.34", "2606:4700::1111", "::ffff:1.1.1.1", "64:ff9b::101:101"]


@pytest.fixture
def inner() -> Iterator[Site]:
    """A site that nobody may be led to."""
    with running() as one:
        one.otherwise = gives(page("Secret"))
        yield one


@pytest.mark.parametrize("address", PRIVATE)
def test_an_address_of_no_public_network_is_told(address: str) -> None:
    assert not is_public(ipaddress.ip_address(address))


@pytest.mark.parametrize("address", PUBLIC)
def test_a_public_address_is_told(address: str) -> None:
    assert is_public(ipaddress.ip_address(address))


@pytest.mark.parametrize(
    "host",
    [
        "127.0.0.1", "localhost", "LOCALHOST.", "127.1", "2130706433", "0x7f.1", "0177.0.0.1",
        "0.0.0.0",  # noqa: S104 - it is asked for, not listened on
        "[::1]", "[::ffff:127.0.0.1]", "%31%32%37.0.0.1", "①②⑦.0.0.1",
    ],
)  # fmt: skip
def test_no_spelling_of_this_machine_is_asked(site: Site, fetching: Fetching, host: str) -> None:
    site.otherwise = gives(page("Start"))
    source = f"http://{host}:{site.server_port}/"
    # The settings take ASCII alone; a redirect is under no such rule.
    website = source if source.isascii() else source.encode("idna").decode()
    with pytest.raises(FetchFailed):
        fetching(website, private_network=False)
    assert site.asked == []


def test_a_refusal_says_what_would_let_it(site: Site, fetching: Fetching) -> None:
    with pytest.raises(FetchFailed, match=r"127.0.0.1 is no public .*`private_network = true`"):
        fetching(f"{site.url}/", private_network=False)


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost", "127.0.0.2", "2130706433"])
@pytest.mark.parametrize("path", ["/robots.txt", "/", "/sitemap.xml", "/a"])
def test_no_redirect_leads_to_another_private_host(
    site: Site, fetching: Fetching, inner: Site, host: str, path: str
) -> None:
    site.answers |= {
        "/": gives(page("Start", "a")),
        path: leads(f"http://{host}:{inner.server_port}/x"),
    }
    try:
        fetching(f"{site.url}/")
    except FetchFailed:
        assert path in {"/robots.txt", "/"}
    else:
        assert set(fetching.files) == {"index.html"}
    assert inner.asked == []


def names(monkeypatch: pytest.MonkeyPatch, *answers: list[str]) -> list[str]:
    """Let every name be what the next of these says; return the names that are looked up."""
    asked: list[str] = []
    left = [*answers]

    real = socket.getaddrinfo

    def look_up(host: str, port: int, *rest: int, **more: int) -> object:
        if host[0].isdecimal():
            return real(host, port, *rest, **more)
        asked.append(host)
        found = left.pop(0) if len(left) > 1 else left[0]
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (each, port)) for each in found]

    monkeypatch.setattr(socket, "getaddrinfo", look_up)
    return asked


def test_a_name_with_one_private_address_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    names(monkeypatch, ["93.184.216.34", "169.254.169.254"])
    network = CheckedNetwork(clock=lambda: 0.0)
    network.until = 5.0
    with pytest.raises(PrivateAddress, match=r"docs.example.org, which is 169.254.169.254"):
        network.connect_tcp("docs.example.org", 80)


def test_a_name_is_looked_up_once_for_a_connection_which_is_made_to_what_was_checked(
    site: Site, fetching: Fetching, monkeypatch: pytest.MonkeyPatch
) -> None:
    site.answers = {"/": gives(page("Start"))}
    connected: list[str] = []
    plain = httpcore2.SyncBackend.connect_tcp

    def connect(self: httpcore2.SyncBackend, host: str, port: int, *rest: object) -> object:
        connected.append(host)
        return plain(self, "127.0.0.1", port, *rest)  # type: ignore[arg-type]

    monkeypatch.setattr(httpcore2.SyncBackend, "connect_tcp", connect)
    asked = names(monkeypatch, ["93.184.216.34"], ["127.0.0.1"])
    fetching(f"http://docs.example.org:{site.server_port}/", private_network=False)
    # The connection stays; another one would have been looked up and refused.
    assert (asked, connected) == (["docs.example.org"], ["93.184.216.34"])
    assert site.asked[0][1]["host"] == f"docs.example.org:{site.server_port}"


def test_a_name_that_turns_private_between_two_requests_is_refused(
    site: Site, fetching: Fetching, monkeypatch: pytest.MonkeyPatch
) -> None:
    site.answers = {"/": gives(page("Start", "a"), Connection="close"), "/a": gives(page("A"))}
    site.otherwise = lambda handler: handler.give(404, Connection="close")
    plain = httpcore2.SyncBackend.connect_tcp

    def connect(self: httpcore2.SyncBackend, host: str, port: int, *rest: object) -> object:
        assert host == "93.184.216.34"
        return plain(self, "127.0.0.1", port, *rest)  # type: ignore[arg-type]

    monkeypatch.setattr(httpcore2.SyncBackend, "connect_tcp", connect)
    names(monkeypatch, *[["93.184.216.34"]] * 3, ["127.0.0.1"])
    fetching(f"http://docs.example.org:{site.server_port}/", private_network=False)
    assert "/a" not in site.paths
    assert (
        "which is 127.0.0.1, is no public address"
        in fetching.skipped[f"http://docs.example.org:{site.server_port}/a"]
    )


def test_a_proxy_of_the_environment_is_not_used(
    site: Site, fetching: Fetching, inner: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("HTTP_PROXY", "http_proxy", "HTTPS_PROXY", "ALL_PROXY"):
        monkeypatch.setenv(name, inner.url)
    site.answers["/"] = gives(page("Start"))
    assert fetching(f"{site.url}/").documents == 1
    assert inner.asked == []


def test_what_is_allowed_on_its_own_host_is_not_on_another_port(
    site: Site, fetching: Fetching, inner: Site
) -> None:
    site.answers["/"] = gives(
        page("Start", f"{inner.url}/x", f"http://localhost:{inner.server_port}/")
    )
    fetching(f"{site.url}/")
    assert inner.asked == []
