"""Citations lead to the file, at the commit and with the lines, on the host's own pages."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from index.fetching.git.hosts import link, template
from index.reading.origins import LINK
from index.sources import RepositorySettings

COMMIT = "0123456789abcdef0123456789abcdef01234567"


def of(repository: str, path: str = "docs/a.md", own: str = "") -> str:
    source = RepositorySettings(name="hb", repository=repository, link=own)
    return link(template(source), COMMIT, path).replace(COMMIT, "C")


@pytest.mark.parametrize(
    ("repository", "expected"),
    [
        (
            "https://github.com/o/r.git",
            "https://github.com/o/r/blob/C/docs/a.md?plain=1#L{first}-L{last}",
        ),
        (
            "git@github.com:o/r.git",
            "https://github.com/o/r/blob/C/docs/a.md?plain=1#L{first}-L{last}",
        ),
        (
            "ssh://git@ssh.github.com:443/o/r/",
            "https://github.com/o/r/blob/C/docs/a.md?plain=1#L{first}-L{last}",
        ),
        (
            "https://GitHub.com/o/r",
            "https://github.com/o/r/blob/C/docs/a.md?plain=1#L{first}-L{last}",
        ),
        (
            "https://gitlab.com/g/s/r.git",
            "https://gitlab.com/g/s/r/-/blob/C/docs/a.md?plain=1#L{first}-{last}",
        ),
        (
            "https://gitlab.example.org:8443/g/r.git",
            "https://gitlab.example.org:8443/g/r/-/blob/C/docs/a.md?plain=1#L{first}-{last}",
        ),
        (
            "ssh://git@gitlab.example.org:2222/g/r.git",
            "https://gitlab.example.org/g/r/-/blob/C/docs/a.md?plain=1#L{first}-{last}",
        ),
        (
            "git@codeberg.org:o/r",
            "https://codeberg.org/o/r/src/commit/C/docs/a.md?display=source#L{first}-L{last}",
        ),
        (
            "http://forgejo.lan/o/r.git",
            "http://forgejo.lan/o/r/src/commit/C/docs/a.md?display=source#L{first}-L{last}",
        ),
        (
            "https://bitbucket.org/o/r.git",
            "https://bitbucket.org/o/r/src/C/docs/a.md#lines-{first}:{last}",
        ),
        (
            "https://git.sr.ht/~o/r",
            "https://git.sr.ht/~o/r/tree/C/item/docs/a.md#L{first}-{last}",
        ),
        ("https://git.example.org/o/r.git", ""),
        ("https://notgithub.com/o/r.git", ""),
        (
            "https://github.evil.org/o/r.git",
            "https://github.evil.org/o/r/blob/C/docs/a.md?plain=1#L{first}-L{last}",
        ),
        ("/srv/github.com/r.git", ""),
        ("github.com/o/r", ""),
        ("file:///srv/r.git", ""),
    ],
)  # fmt: skip
def test_known_hosts_show_the_lines_of_a_file(repository: str, expected: str) -> None:
    assert of(repository) == expected


def test_what_has_no_lines_is_linked_whole() -> None:
    for repository in (
        "https://github.com/o/r",
        "https://gitlab.com/o/r",
        "https://codeberg.org/o/r",
    ):
        address = of(repository, "docs/a.PDF")
        assert address.endswith("C/docs/a.PDF")


def test_an_owner_says_how_links_of_another_host_are_made() -> None:
    own = "https://git.example.org/cgit/r/tree/{path}?id={commit}#n{first}"
    repository = "https://git.example.org/r.git"
    assert of(repository, own=own) == (
        "https://git.example.org/cgit/r/tree/docs/a.md?id=C#n{first}"
    )
    assert of(repository, "a b.docx", own) == (
        "https://git.example.org/cgit/r/tree/a%20b.docx?id=C"
    )


@given(st.text(st.characters(exclude_categories=["Cs", "Cc"]), min_size=1, max_size=60))
def test_a_link_is_one_whatever_a_file_is_called(name: str) -> None:
    address = of("https://github.com/o/r", f"{name}.md")
    assert LINK.fullmatch(address)
    assert address.count("#") == address.count("?") == address.count("{first}") == 1
