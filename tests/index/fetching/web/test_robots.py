"""The rules of a site hold for us as RFC 9309 has it."""

import threading
import time

import pytest

from index.fetching.web.client import Client, user_agent
from index.fetching.web.network import CheckedNetwork
from index.fetching.web.robots import LONGEST_DELAY, Robots, directives, read_robots
from tests.support.site import Site, gives

HOST = "https://docs.example.org"


@pytest.mark.parametrize(
    ("rules", "allowed"),
    [
        ("", True),
        ("User-agent: *\nDisallow:", True),
        ("User-agent: *\nDisallow: /", False),
        ("Disallow: /", True),
        ("User-agent: *\nDisallow: /\nUser-agent: seedbot\nAllow: /", True),
        ("User-agent: seedbot/1.0\nDisallow: /a", False),
        ("User-agent: seedbotter\nDisallow: /", True),
        ("User-agent: bot\nDisallow: /", True),
        ("User-agent: other\nUser-agent: SEEDBOT\nDisallow: /a/b", False),
        ("User-agent: seedbot\nDisallow: /x\nUser-agent: seedbot\nDisallow: /a", False),
        ("User-agent: *\nDisallow: /a\nAllow: /a/b", True),
        ("User-agent: *\nAllow: /a\nDisallow: /*.html$", False),
        ("User-agent: *\nDisallow: /%61/b.html", False),
        ("\x00\x01 nonsense\nUser-agent *\n: :\nDisallow /a", False),
    ],
)
def test_the_longest_rule_of_our_group_holds(rules: str, allowed: bool) -> None:  # noqa: FBT001
    assert Robots(rules).allows(f"{HOST}/a/b.html") is allowed


def test_a_delay_is_kept_within_reason() -> None:
    assert Robots("User-agent: *\nCrawl-delay: 2.5").delay == 2.5
    assert Robots("User-agent: *\nCrawl-delay: 1e9").delay == LONGEST_DELAY
    assert Robots("User-agent: *\nCrawl-delay: nan").delay == 0
    assert Robots("User-agent: other\nCrawl-delay: 9").delay == 0


def test_names_and_rules_without_number_take_little_time() -> None:
    names = "".join(f"User-agent: a{number}\n" for number in range(10_000))
    rules = "".join(f"Disallow: /{number}\n" for number in range(10_000))
    begun = time.process_time()
    assert Robots(names + rules).allows(f"{HOST}/1")
    assert time.process_time() - begun < 5


def test_what_a_header_asks_of_others_is_not_asked_of_us() -> None:
    assert directives("noindex, nofollow") == {"noindex", "nofollow"}
    assert directives("otherbot: noindex, seedbot: none") == {"none"}


def test_requests_are_as_far_apart_as_they_should_be(site: Site) -> None:
    site.answers["/robots.txt"] = gives("User-agent: *\nDisallow: /", "text/plain")
    own = [("127.0.0.1", site.server_port)]
    waited: list[float] = []

    class Stop(threading.Event):
        def wait(self, timeout: float | None = None) -> bool:
            waited.append(timeout or 0.0)
            return False

    with Client(CheckedNetwork(own), 5.0, 40.0, Stop(), time.monotonic) as client:
        assert not read_robots(client, site.url).allows(f"{site.url}/a")
        client.get(f"{site.url}/a", lambda _: (1.0, ""))
    assert waited[0] == 0
    assert 39 < waited[1] <= 40
    assert {headers["user-agent"] for _, headers in site.asked} == {user_agent()}
