"""A website is fetched as its owner asks, and what fails leaves what there was."""

import gzip
import sys
from importlib import reload
from pathlib import Path

import pytest
from click.testing import CliRunner

from index.commands.main import main
from index.errors import FetchFailed
from index.fetching.web import robots
from tests.index.fetching.web.conftest import Fetching
from tests.support.site import Site, bomb, breaks_off, drips, fails, gives, leads, page, sitemap


def guide(site: Site) -> None:
    """A site of three pages, below /docs/, that lead to each other and elsewhere."""
    site.answers |= {
        "/docs/": gives(page("Start", "a", "/docs/b/#part", "/blog", "https://example.org/")),
        "/docs/a": gives(page("Anchors", "b/", "missing"), ETag='"a1"'),
        "/docs/b/": gives(page("Buoys", "../a?utm_source=x"), Last_Modified="Mon, 2 Nov 2026"),
    }


def test_links_are_followed_below_the_folder_of_the_start(site: Site, fetching: Fetching) -> None:
    guide(site)
    state = fetching(f"{site.url}/docs/")
    assert state.documents == 3
    assert fetching.links == {
        "docs/index.html": f"{site.url}/docs/",
        "docs/a.html": f"{site.url}/docs/a",
        "docs/b/index.html": f"{site.url}/docs/b/",
    }
    assert site.paths == [
        "/robots.txt", "/docs/", "/sitemap.xml", "/docs/a", "/docs/b/", "/docs/missing",
    ]  # fmt: skip
    assert fetching.skipped == {}
    assert "Go to" not in fetching.files["docs/a.html"]
    agent = site.asked[0][1]["user-agent"]
    assert agent.startswith("seedbot/")


def test_what_did_not_change_is_kept_without_being_sent(site: Site, fetching: Fetching) -> None:
    guide(site)
    fetching(f"{site.url}/docs/")
    before = fetching.files
    site.asked.clear()
    # The only page that leads to b is gone from the start, but a, which isn't sent, leads there.
    site.answers["/docs/"] = gives(page("Start again", "a"))
    fetching(f"{site.url}/docs/")
    asked = dict(site.asked)
    assert asked["/docs/a"]["if-none-match"] == '"a1"'
    assert asked["/docs/b/"]["if-modified-since"] == "Mon, 2 Nov 2026"
    assert fetching.files.keys() == before.keys()
    assert fetching.files["docs/a.html"] == before["docs/a.html"]
    assert "Start again" in fetching.files["docs/index.html"]


def test_a_page_that_is_gone_goes_and_one_that_fails_stays(site: Site, fetching: Fetching) -> None:
    guide(site)
    fetching(f"{site.url}/docs/")
    site.answers |= {"/docs/a": fails(503), "/docs/b/": fails(410)}
    fetching(f"{site.url}/docs/")
    assert set(fetching.files) == {"docs/index.html", "docs/a.html"}
    assert fetching.skipped[f"{site.url}/docs/b/"] == "it is gone (HTTP status 410)"
    assert fetching.skipped[f"{site.url}/docs/a"].endswith(
        "(HTTP status 503); it is kept as it was"
    )


@pytest.mark.parametrize("path", ["/docs/", "/robots.txt", "/sitemap.xml"])
def test_a_site_that_fails_at_its_start_leaves_all_as_it_was(
    site: Site, fetching: Fetching, path: str
) -> None:
    guide(site)
    fetching(f"{site.url}/docs/")
    before = fetching.files
    site.answers[path] = fails(500)
    with pytest.raises(FetchFailed, match=r"HTTP status 500"):
        fetching(f"{site.url}/docs/")
    assert fetching.files == before
    assert f"{site.url}{path}" in fetching.state.problem


def test_a_site_of_which_most_pages_fail_leaves_all_as_it_was(
    site: Site, fetching: Fetching
) -> None:
    links = [f"p{number}" for number in range(20)]
    site.answers["/"] = gives(page("Start", *links))
    site.answers |= {f"/{link}": gives(page(link)) for link in links}
    fetching(f"{site.url}/")
    site.answers |= dict.fromkeys(map("/{}".format, links), fails(500))
    site.asked.clear()
    with pytest.raises(FetchFailed, match=r"10 pages in a row can't be had: .*/p9: "):
        fetching(f"{site.url}/")
    assert len(site.asked) == 13
    assert len(fetching.files) == 21


def test_a_sitemap_lists_the_pages(site: Site, fetching: Fetching) -> None:
    site.answers |= {
        "/robots.txt": gives(f"Sitemap: {site.url}/maps.xml", "text/plain"),
        "/maps.xml": gives(
            sitemap(f"{site.url}/m/1.xml.gz", "https://example.org/m.xml", further=True)
        ),
        "/m/1.xml.gz": gives(
            gzip.compress(sitemap(f"{site.url}/d/a", f"{site.url}/e", "nothing").encode()),
            "application/gzip",
        ),
        "/d/": gives(page("Start", "unlisted", "paper.pdf")),
        "/d/a": gives(page("Listed")),
        "/d/unlisted": gives(page("Unlisted")),
        "/d/paper.pdf": gives(b"%PDF-1.4 as it is", "application/pdf"),
    }
    fetching(f"{site.url}/d/")
    assert fetching.links == {
        "d/index.html": f"{site.url}/d/",
        "d/a.html": f"{site.url}/d/a",
        "d/paper.pdf": f"{site.url}/d/paper.pdf",
    }
    assert fetching.files["d/paper.pdf"] == "%PDF-1.4 as it is"


def test_a_page_with_the_same_date_in_the_sitemap_is_asked_for_once_a_week(
    site: Site, fetching: Fetching
) -> None:
    listed = sitemap(f"{site.url}/a", changed="2026-11-01")
    site.answers |= {"/map.xml": gives(listed), "/a": gives(page("One"))}
    fetching(f"{site.url}/map.xml")
    site.answers["/a"] = gives(page("Two"))
    fetching.now += 86_400
    fetching(f"{site.url}/map.xml")
    assert "One" in fetching.files["a.html"]
    assert site.paths.count("/a") == 1
    fetching.now += 7 * 86_400
    fetching(f"{site.url}/map.xml")
    assert "Two" in fetching.files["a.html"]


@pytest.mark.parametrize(
    ("body", "said"),
    [
        ("<html></html>", "no sitemap"),
        ("<urlset", "no valid XML"),
        (
            '<!DOCTYPE u [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;">]><urlset>&b;</urlset>',
            "defines entities",
        ),
        ("<urlset>" + "<a>" * 150 + "</a>" * 150 + "</urlset>", "nested too deep"),
        (sitemap("https://example.org/"), "lists no page of its site"),
    ],
)
def test_a_sitemap_that_is_none_is_told(
    site: Site, fetching: Fetching, body: str, said: str
) -> None:
    site.answers["/map.xml"] = gives(body, "application/xml")
    with pytest.raises(FetchFailed, match=said):
        fetching(f"{site.url}/map.xml")


def test_what_a_site_asks_of_robots_is_done(site: Site, fetching: Fetching) -> None:
    rules = "User-agent: *\nDisallow: /\n\nUser-agent: SeedBot\nDisallow: /no\nAllow: /no/yes"
    site.answers |= {
        "/robots.txt": gives(rules, "text/plain"),
        "/": gives(page("Start", "no/a", "no/yes", "i", "f", "h", "t")),
        "/no/yes": gives(page("Allowed")),
        "/i": gives(page("Unindexed", "i2", head='<meta name="ROBOTS" content="NoIndex">')),
        "/i2": gives(page("Found behind it")),
        "/f": gives(page("Unfollowed", "f2", head='<meta name="robots" content="nofollow">')),
        "/h": gives(page("Header"), X_Robots_Tag="otherbot: noindex, noindex"),
        "/t": gives(page("Other"), X_Robots_Tag="otherbot: noindex"),
    }
    fetching(f"{site.url}/")
    assert set(fetching.files) == {"index.html", "no/yes.html", "i2.html", "f.html", "t.html"}
    assert not {"/no/a", "/f2"} & set(site.paths)
    assert fetching.skipped[f"{site.url}/no/a"] == "robots.txt asks that it isn't read"


def test_a_site_without_rules_is_read_and_one_that_forbids_all_is_not(
    site: Site, fetching: Fetching
) -> None:
    site.answers |= {"/robots.txt": fails(403), "/": gives(page("Start"))}
    assert fetching(f"{site.url}/").documents == 1
    site.answers["/robots.txt"] = gives("User-agent: *\nDisallow: /", "text/plain")
    with pytest.raises(FetchFailed, match=r"robots.txt asks that it isn't read"):
        fetching(f"{site.url}/")


def test_pages_without_end_end(site: Site, fetching: Fetching) -> None:
    def month(handler: object) -> None:
        path = handler.path  # type: ignore[attr-defined]
        number = int(path.rpartition("/")[2] or 0)
        body = page(f"Month {number}", f"/c/{number + 1}", f"{path}/x/x/x", f"/?page={number}&s=1")
        gives(body)(handler)  # type: ignore[arg-type]

    site.answers["/"] = gives(page("Start", "/c/1", *(f"/?q={number}" for number in range(60))))
    site.otherwise = month
    site.answers |= {"/robots.txt": fails(404), "/sitemap.xml": fails(404)}
    site.answers |= {f"/?q={number}": gives(page(f"Query {number}")) for number in range(60)}
    fetching(f"{site.url}/")
    months = [path for path in site.paths if path.startswith("/c/")]
    assert len(months) == 20
    assert sum("?" in path for path in site.paths) == 50


def test_no_more_pages_are_asked_for_than_may_be(site: Site, fetching: Fetching) -> None:
    site.answers["/"] = gives(page("Start", *(f"p{number}" for number in range(9))))
    site.answers |= {f"/p{number}": gives(page(f"Page {number}")) for number in range(9)}
    assert fetching(f"{site.url}/", max_files=4).documents == 4
    assert fetching.skipped[site.url] == "6 more pages are over the limit of `max_files`"


def test_what_is_too_large_too_slow_or_damaged_is_left_out_alone(
    site: Site, fetching: Fetching
) -> None:
    names = ["fine", "large", "bomb", "slow", "cut", "packed", "deep", "binary", "loop", "away"]
    site.answers["/"] = gives(page("Start", *names))
    site.answers |= {
        "/fine": gives(page("Fine")),
        "/fine2": gives(page("Fine, too")),
        "/large": gives("<p>word</p>" * 30_000),
        "/bomb": bomb(50),
        "/slow": drips,
        "/cut": breaks_off,
        "/packed": gives(b"x", Content_Encoding="br"),
        "/deep": gives("<div>" * 3000 + "word"),
        "/binary": gives(b"\0\1\2"),
        "/loop": leads("/loop"),
        "/away": leads("https://example.org/"),
    }  # fmt: skip
    site.answers["/"] = gives(page("Start", *names, "fine2"))
    fetching(f"{site.url}/", page_mb=0.1, timeout_seconds=0.4)
    assert set(fetching.files) == {"index.html", "fine.html", "fine2.html"}
    reasons = {path.rpartition("/")[2]: why for path, why in fetching.skipped.items()}
    assert reasons["large"] == reasons["bomb"] == "it has more than 0.1 MB (`page_mb`)"
    assert reasons["slow"] == "it took longer than 0.4 seconds (`timeout_seconds`)"
    assert "can't be reached" in reasons["cut"]
    assert "'br'" in reasons["packed"]
    assert "nested too deep" in reasons["deep"]
    assert "binary" in reasons["binary"]
    assert reasons["loop"] == "it is redirected more than 5 times"
    assert reasons["away"] == "it leads to https://example.org/, which isn't followed"


def test_pages_that_say_nothing_are_named_with_the_reason(site: Site, fetching: Fetching) -> None:
    script = (
        '<div id="root"></div><noscript>You need to enable JavaScript.</noscript><script>1</script>'
    )
    login = '<h1>Sign in</h1><form><input name="u"><input type="password" name="p"></form>'
    moved = '<meta http-equiv="refresh" content="0; url=new">Moved'
    site.answers |= {
        "/": gives(page("Start", "script", "login", "soft", "old", "image", "denied", "copy")),
        "/script": gives(f"<body>{script}</body>"),
        "/login": gives(f"<body>{login}</body>"),
        "/soft": gives("<title>404 – Page not found</title><h1>Oh no</h1><p>Go home.</p>"),
        "/old": gives(moved),
        "/new": gives(page("New")),
        "/image": gives(b"\x89PNG", "image/png"),
        "/denied": fails(401),
        "/copy": gives(page("New")),
    }
    fetching(f"{site.url}/")
    reasons = {path.rpartition("/")[2]: why for path, why in fetching.skipped.items()}
    assert "JavaScript" in reasons["script"]
    assert reasons["login"] == "it asks for a password"
    assert reasons["soft"] == "it says that there is no such page"
    assert reasons["old"] == "it leads to another page"
    assert reasons["image"] == "it is no page and no document (image/png)"
    assert reasons["denied"] == "the site doesn't let it be read (HTTP status 401)"
    assert reasons["new"] == f"it says the same as {site.url}/copy"


def test_addresses_of_one_page_make_one_file(site: Site, fetching: Fetching) -> None:
    canonical = '<link rel="canonical" href="/a/">'
    home = '<link rel="canonical" href="/">'
    site.answers |= {
        "/": gives(page("Start", "a?view=1", "a", "b", "B", "%C3%BC", "x.html", "x.html/y", "c")),
        "/a?view=1": gives(page("A", head=canonical)),
        "/a": leads("/a/"),
        "/a/": gives(page("A", head=canonical)),
        "/b": gives(page("Small")),
        "/B": gives(page("Capital")),
        "/%C3%BC": gives(page("Umlaut")),
        "/x.html": gives(page("X")),
        "/x.html/y": gives(page("Y")),
        "/c": gives(page("Wrongly the start", head=home)),
    }
    fetching(f"{site.url}/")
    links = {path: link.removeprefix(site.url) for path, link in fetching.links.items()}
    capital = next(path for path, link in links.items() if link == "/B")
    assert capital.startswith("B-")
    assert links == {
        "index.html": "/", "a/index.html": "/a/", "b.html": "/b", capital: "/B",
        "ü.html": "/%C3%BC", "x.html": "/x.html", "x.html_/y.html": "/x.html/y", "c.html": "/c",
    }  # fmt: skip


def test_only_what_is_wanted_is_asked_for(site: Site, fetching: Fetching) -> None:
    guide(site)
    fetching(f"{site.url}/docs/", only=["docs/b/"])
    assert set(fetching.files) == {"docs/b/index.html"}
    assert "/docs/a" not in site.paths


def test_a_site_that_moved_for_good_is_followed_to_its_own_host_alone(
    site: Site, fetching: Fetching
) -> None:
    site.answers |= {"/": leads("/docs/"), "/docs/": gives(page("Moved", "a", "/b"))}
    site.answers["/docs/a"] = gives(page("A"))
    fetching(f"{site.url}/")
    assert set(fetching.files) == {"docs/index.html", "docs/a.html"}
    site.answers["/"] = leads("https://example.org/")
    with pytest.raises(FetchFailed, match=r"it leads to https://example.org/, which isn't"):
        fetching(f"{site.url}/")


def test_without_the_extra_one_line_says_how_to_get_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "protego", None)
    with pytest.raises(FetchFailed, match=r"pip install 'seedbot\[web\]'"):
        reload(robots)
    monkeypatch.undo()
    reload(robots)


def test_a_whole_site_can_be_asked_for_from_the_terminal(site: Site, tmp_path: Path) -> None:
    guide(site)
    config = tmp_path / "config.toml"
    config.write_text(
        f"""
        [index]
        store = "{tmp_path}/store"
        seeds = "{tmp_path}/seeds"
        [[sources]]
        name = "docs"
        website = "{site.url}/docs/"
        seconds_between = 0.0
        private_network = true
        """
    )
    done = CliRunner().invoke(main, ["--config", str(config), "fetch", "docs"])
    assert done.exit_code == 0, done.output
    assert (tmp_path / "seeds/docs/docs/a.html").is_file()


def test_a_page_with_two_addresses_is_never_older_than_the_site(
    site: Site, fetching: Fetching
) -> None:
    own = '<link rel="canonical" href="/a">'
    site.answers |= {
        "/": gives(page("Start", "a", "a?view=print")),
        "/a": gives(page("One", head=own), ETag='"1"'),
        "/a?view=print": gives(page("One, to print", head=own), ETag='"p"'),
    }
    fetching(f"{site.url}/")
    assert "of One stands" in fetching.files["a.html"]
    # Another order: what is found first is as it was, and the page itself isn't.
    site.answers |= {
        "/": gives(page("Start", "a?view=print", "a")),
        "/a": gives(page("Two", head=own), ETag='"2"'),
        "/a?view=print": gives(page("Two, to print", head=own), ETag='"p2"'),
    }
    for text in ("Two, to print", "Two, to print"):
        fetching(f"{site.url}/")
        assert f"of {text} stands" in fetching.files["a.html"]
    site.answers["/"] = gives(page("Start", "a"))
    fetching(f"{site.url}/")
    assert "of Two stands" in fetching.files["a.html"]
