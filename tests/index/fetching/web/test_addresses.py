"""Addresses have one form, and files have names that any disk takes."""

from pathlib import PurePosixPath

import pytest
from hypothesis import given
from hypothesis import strategies as st

from index.fetching.web.addresses import (
    LONGEST_PATH,
    Site,
    endless,
    file_path,
    is_same_page,
    normal,
    same_site,
)
from index.reading.files import check_name
from index.reading.origins import LINK

BASE = "https://docs.example.org/guide/start"


@pytest.mark.parametrize(
    ("reference", "address"),
    [
        ("install#part", "https://docs.example.org/guide/install"),
        ("../a/./b/../c/", "https://docs.example.org/a/c/"),
        ("/%7euser/%2e%2e/x", "https://docs.example.org/x"),
        ("/a/../../../b", "https://docs.example.org/b"),
        ("/straße ü", "https://docs.example.org/stra%C3%9Fe%20%C3%BC"),
        ("?b=1&utm_source=x&a=", "https://docs.example.org/guide/start?b=1&a="),
        ("/p;jsessionid=123?sid=4", "https://docs.example.org/p"),
        ("//EXAMPLE.org:443/a", "https://example.org/a"),
        ("http://example.org:80", "http://example.org/"),
        ("http://bücher.example/", "http://xn--bcher-kva.example/"),
        (" /a\n/b ", "https://docs.example.org/a/b"),
        ("/{first}", "https://docs.example.org/%7Bfirst%7D"),
        ("/100%", "https://docs.example.org/100%25"),
        ("/a//b", "https://docs.example.org/a/b"),
    ],
)
def test_an_address_has_one_form(reference: str, address: str) -> None:
    assert normal(reference, BASE) == address
    assert normal(address) == address


@pytest.mark.parametrize(
    "reference",
    [
        "mailto:a@example.org", "javascript:alert(1)", "data:text/html,x", "file:///etc/passwd",
        "ftp://example.org/", "http://user:pw@example.org/", "http://user@example.org/",
        "http://example.org@evil.example/", "http:///x", "http://[::1", "http://a b/",
        "\\\\evil\\x",
        "http://example.org:99999/", "http://-a/", f"/{'a' * 600}", "http://exa\u202emple.org/",
    ],
)  # fmt: skip
def test_what_is_no_address_of_a_page_is_none(reference: str) -> None:
    assert normal(reference, BASE) == ""


def test_what_a_program_makes_without_end_is_told() -> None:
    assert endless("https://a.example/x/y/x/y/x/y")
    assert endless("https://a.example/" + "/".join(map(str, range(16))))
    assert endless(f"https://a.example/?{'a' * 201}")
    assert not endless("https://a.example/en/guide/en/a?b=c")


def test_a_site_ends_at_its_host_and_its_folder() -> None:
    site = Site.of(BASE)
    assert site.holds("https://docs.example.org/guide/a/b")
    for other in (
        "https://docs.example.org/guided/a", "https://docs.example.org:8443/guide/a",
        "http://docs.example.org/guide/a", "https://example.org/guide/a",
        "https://docs.example.org.evil.example/guide/a",
    ):  # fmt: skip
        assert not site.holds(other)


def test_a_site_moves_to_https_and_www_alone() -> None:
    assert same_site("http://example.org/", "https://www.example.org/a")
    assert same_site("https://www.example.org/", "https://example.org/")
    assert not same_site("https://example.org/", "http://example.org/")
    assert not same_site("http://example.org:8000/", "https://example.org/")
    assert not same_site("https://example.org/", "https://docs.example.org/")


def test_spellings_of_a_page_are_told() -> None:
    assert is_same_page("https://a.example/x/", "https://a.example/x/index.html")
    assert is_same_page("https://a.example/x?a=1", "https://a.example/x")
    assert not is_same_page("https://a.example/x", "https://a.example/y")


@pytest.mark.parametrize(
    ("address", "path"),
    [
        ("https://a.example/", "index.html"),
        ("https://a.example/guide/install", "guide/install.html"),
        ("https://a.example/guide/install.HTM", "guide/install.htm"),
        ("https://a.example/v1.2/", "v1.2/index.html"),
        ("https://a.example/v1.2", "v1.2.html"),
        ("https://a.example/x.php", "x.php.html"),
        ("https://a.example/a.md/b", "a.md_/b.html"),
        ("https://a.example/.git/config", "_git/config.html"),
        ("https://a.example/a%2Fb%5C%00c", "a-b--c.html"),
        ("https://a.example/%E2%80%AEx", "x.html"),
        ("https://a.example/u%CC%88", "ü.html"),
        ("https://a.example/%FF", "%FF.html"),
    ],
)
def test_a_file_is_named_as_its_address(address: str, path: str) -> None:
    assert file_path(address) == path


def test_what_differs_after_the_question_mark_has_files_of_its_own() -> None:
    paths = {file_path(f"https://a.example/x{query}") for query in ("", "?a=1", "?a=2")}
    assert len(paths) == 3
    assert all(path.startswith("x") and path.endswith(".html") for path in paths)


@given(st.lists(st.text(min_size=1, max_size=150), max_size=12), st.text(max_size=50))
def test_any_address_makes_a_name_that_a_disk_takes(parts: list[str], query: str) -> None:
    address = normal("/" + "/".join(parts) + "?" + query.replace("#", ""), BASE)
    if not address:
        return
    assert LINK.fullmatch(address)
    assert "{" not in address
    path = file_path(address)
    check_name(path)
    pure = PurePosixPath(path)
    assert len(path.encode()) <= LONGEST_PATH + 50
    assert not pure.is_absolute()
    assert all(part and not part.startswith(".") for part in path.split("/"))
    assert max(len(part.encode()) for part in pure.parts) <= 200
