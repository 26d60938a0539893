"""Of a page its own text is kept, all of it, and nothing of what surrounds it."""

import json
import os
import re
import signal
from pathlib import Path

import pytest
from selectolax.lexbor import LexborHTMLParser

from index.errors import FetchFailed
from index.fetching.web import pages
from index.fetching.web.parsing import Parser
from index.reading.formats import read
from index.settings import Limits

PAGES = Path("tests/data/pages")
EXPECTED: dict[str, dict[str, list[str]]] = json.loads((PAGES / "expected.json").read_text("utf-8"))


def spaced(text: str) -> str:
    return re.sub(r"[ \t]+", " ", text)


def said(name: str, html: str) -> str:
    """What our reader makes of a page: what can be quoted of it, and its headings."""
    document = read(name, html.encode())
    parts = [block.span.of(document.text) for block in document.blocks]
    return spaced("\n".join([*parts, *(mark.label for mark in document.landmarks)]))


@pytest.mark.parametrize("name", EXPECTED)
def test_the_text_of_a_page_is_kept_and_what_surrounds_it_is_not(name: str) -> None:
    page = pages.read((PAGES / name).read_bytes(), "", Limits())
    text = said(name, page.html)
    assert [words for words in EXPECTED[name]["kept"] if spaced(words) not in text] == []
    # What only copies code stands on a link within the text: no class tells it.
    left = [words for words in EXPECTED[name]["left"] if words != "Select all"]
    assert [words for words in left if words in text] == []


@pytest.mark.parametrize("name", EXPECTED)
def test_every_word_that_is_kept_is_one_of_the_page(name: str) -> None:
    data = (PAGES / name).read_bytes()
    html = LexborHTMLParser(pages.read(data, "", Limits()).html)
    whole = LexborHTMLParser(data.decode()).text()
    assert [word for word in html.text(separator=" ").split() if word not in whole] == []


def kept(body: str) -> str:
    return pages.read(f"<title>T</title><body>{body}".encode(), "utf-8", Limits()).html


def test_parts_of_a_text_are_kept_whatever_their_headings_are() -> None:
    body = "".join(
        f'<section id="{name}"><h2 id="{name}">About {name}</h2><p>One {name}.</p></section>'
        f'<div class="section" id="{name}"><h2>Two {name}</h2></div>'
        f'<dl><dt id="{name}">Is {name}</dt></dl>'
        for name in ("comments", "menu", "navigation", "share", "sidebar", "footer", "ads", "toc")
    )
    for name in ("comments", "menu", "sidebar", "ads"):
        for words in (f"About {name}", f"One {name}.", f"Two {name}", f"Is {name}"):
            assert words in kept(body)


def test_a_wrapper_with_most_of_the_text_is_kept_whatever_its_class() -> None:
    assert "Most of it" in kept(
        f'<div class="sidebar"><p>{"Most of it. " * 20}</p></div><p>Little.</p>'
    )


def test_nothing_of_a_page_runs_or_loads_where_it_is_opened() -> None:
    html = kept(
        '<p onclick="a()" style="x">Text &lt;script&gt; <img src=x onerror=a()>'
        '<svg><script>b</script></svg><a href="javascript:c()">link</a>'
        '<iframe src="//x"></iframe><!-- hidden --></p>'
    )
    assert "Text &lt;script&gt;" in html
    assert not re.search(r"<script|javascript|onclick|onerror|<img|<iframe|style=|hidden", html)


def test_a_page_is_kept_alike_at_each_request() -> None:
    one = kept('<p>Text</p><script nonce="1">1</script><input name="token" value="1">')
    other = kept('<p data-v="2">Text</p><script nonce="2">2</script><input name="token" value="2">')
    assert one == other


@pytest.mark.parametrize(
    ("data", "charset"),
    [
        ("<p>Füße</p>".encode("latin-1"), "iso-8859-1"),
        ('<meta charset="windows-1252"><p>Füße</p>'.encode("cp1252"), ""),
        ("<p>Füße</p>".encode("utf-16"), ""),
        ("<p>Füße</p>".encode(), "no-such-charset"),
    ],
)
def test_the_encoding_of_a_page_is_found(data: bytes, charset: str) -> None:
    assert "<p>Füße</p>" in pages.read(data, charset, Limits()).html


def test_where_a_page_leads_is_found() -> None:
    html = (
        '<base href="/b/"><link rel="canonical" href="/c"><a href="x">x</a><a href="#y">y</a>'
        '<a rel="nofollow" href="z">z</a><map><area href="w"></map><a href="x">again</a>'
    )
    page = pages.read(html.encode(), "", Limits())
    assert (page.links, page.base, page.canonical) == (("x", "w"), "/b/", "/c")
    frames = pages.read(b'<frameset><frame src="f"></frameset>', "", Limits())
    assert frames.links == ("f",)


def test_a_page_that_kills_its_parser_is_left_out_alone() -> None:
    with Parser(Limits()) as parser:
        assert "<p>One</p>" in parser.page(b"<p>One", "").html
        assert parser._process is not None  # noqa: SLF001
        os.kill(parser._process.pid, signal.SIGKILL)  # noqa: SLF001
        assert parser.page(b"<p>Two", "").fault == "what should understand it died of it"
        assert "<p>Three</p>" in parser.page(b"<p>Three", "").html


def test_a_site_of_pages_that_take_too_long_is_left_alone() -> None:
    page = b"<p " + b" ".join(b"a%d=1" % number for number in range(100_000)) + b">text"
    with Parser(Limits(max_seconds_per_file=0.05)) as parser:
        for _ in range(4):
            assert parser.page(page, "").fault == "it takes longer than 0.05 seconds to understand"
        with pytest.raises(FetchFailed, match=r"5 of its pages can't be understood"):
            parser.page(page, "")
