"""A token opens its repository, and is seen by nobody but the host of that."""

import re

import pytest

from index.errors import FetchFailed
from index.fetching.git.credentials import secret
from index.sources import RepositorySettings
from tests.index.fetching.git.conftest import Make
from tests.support.git import GitServer, answering

TOKEN = "SEEDBOT_GIT_TOKEN_HB"  # noqa: S105 - its name


def test_a_token_from_the_environment_opens_its_repository(
    make: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    hb = make()
    hb.upstream.commit({"a.md": "one"})
    hb.server.tokens = {hb.upstream.place.name: "oauth2:s3cret"}
    with pytest.raises(FetchFailed, match=f"set {TOKEN} to one that may read it"):
        hb.fetch()
    monkeypatch.setenv(TOKEN, "wr0ng")
    with pytest.raises(FetchFailed, match=f"127.0.0.1 refuses the token in {TOKEN}"):
        hb.fetch()
    monkeypatch.setenv(TOKEN, " s3cret\n")
    hb.fetch()
    assert hb.files == {"a.md": "one"}
    hb.upstream.commit({"a.md": "two"})
    hb.server.tokens = {hb.upstream.place.name: "deploy:s3cret"}
    monkeypatch.setenv(TOKEN, "deploy:s3cret")
    hb.fetch()
    assert hb.files == {"a.md": "two"}
    kept = b"".join(path.read_bytes() for path in hb.folder.rglob("*") if path.is_file())
    assert b"cret" not in kept
    assert b"wr0ng" not in kept


def test_the_token_of_one_source_is_not_that_of_another(
    make: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    hb = make()
    hb.upstream.commit({"a.md": "one"})
    monkeypatch.setenv("SEEDBOT_GIT_TOKEN_OTHER", "s3cret")
    hb.fetch()
    assert {*hb.server.shown} == {""}


def test_a_token_goes_nowhere_with_a_redirect(make: Make, monkeypatch: pytest.MonkeyPatch) -> None:
    hb = make()
    monkeypatch.setenv(TOKEN, "s3cret")
    with GitServer(hb.server.root) as other:
        hb.server.refusal = answering(302, Location=f"{other.base}/x.git/info/refs")
        with pytest.raises(FetchFailed, match="it has moved"):
            hb.fetch()
        assert other.asked == []


def test_a_server_that_says_the_token_has_it_not_told(
    make: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    hb = make()
    monkeypatch.setenv(TOKEN, "me:s3cret")
    said = b"ERR s3cret me:s3cret bWU6czNjcmV0 is bad\n"
    line = b"%04x%s" % (len(said) + 4, said)
    hb.server.refusal = answering(
        200,
        b"001e# service=git-upload-pack\n0000" + line,
        Content_Type="application/x-git-upload-pack-advertisement",
    )
    with pytest.raises(FetchFailed, match=r"remote error: \*\*\* \*\*\* \*\*\* is bad"):
        hb.fetch()


@pytest.mark.parametrize(
    ("repository", "token", "words"),
    [
        ("http://git.example.org/a.git", "s3cret", "everybody on the way could read it"),
        ("https://git.example.org/a.git", "s3 cret", "blanks or other signs"),
        ("https://git.example.org/a.git", "s3cret\nX-Evil: 1", "blanks or other signs"),
        ("https://git.example.org/a.git", "s3cr\u00e9t", "blanks or other signs"),
    ],
)
def test_a_token_that_others_could_read_is_not_sent(
    monkeypatch: pytest.MonkeyPatch, repository: str, token: str, words: str
) -> None:
    monkeypatch.setenv(TOKEN, token)
    with pytest.raises(FetchFailed, match=re.escape(words)) as caught:
        secret(RepositorySettings(name="hb", repository=repository))
    assert "cr" not in str(caught.value).replace("credentials", "")


def test_a_token_is_for_the_host_of_its_repository(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(TOKEN, "s3cret")
    of = {
        address: secret(RepositorySettings(name="hb", repository=address)).get("GIT_CONFIG_KEY_0")
        for address in (
            "https://git.example.org:8443/a/b.git", "git@git.example.org:a/b.git",
            "ssh://git@git.example.org/a/b.git", "git://git.example.org/a", "/srv/a.git",
        )
    }  # fmt: skip
    assert [*of.values()] == [
        "http.https://git.example.org:8443/.extraHeader", None, None, None, None,
    ]  # fmt: skip
