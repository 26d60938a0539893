"""Whoever has the repository, a fetch ends in bounds of time and disk, in one clear line."""

import os
import re
import threading
import time
from contextlib import suppress
from http.server import BaseHTTPRequestHandler
from pathlib import Path
from typing import cast

import pytest

from index.errors import FetchFailed
from index.fetching.fetching import fetch, fetcher_of
from tests.index.fetching.git.conftest import Make
from tests.support.git import GIT, GitServer, answering, trickling
from tests.support.process import until

ADVERTISED = "application/x-git-upload-pack-advertisement"


def running(folder: Path) -> list[int]:
    """The processes that work in or below a folder."""
    found = []
    for process in Path("/proc").iterdir():
        if process.name.isdigit():
            try:
                where = Path(os.readlink(process / "cwd"))  # noqa: PTH115 - as it is
            except OSError:
                continue
            if where.is_relative_to(folder):
                found.append(int(process.name))
    return found


def test_a_server_that_sends_without_an_end_is_left_in_time(make: Make) -> None:
    hb = make(timeout_seconds=0.4)
    hb.server.refusal = trickling
    begun = time.monotonic()
    with pytest.raises(FetchFailed, match=r"after 0\.4 seconds"):
        hb.fetch()
    assert time.monotonic() - begun < 5
    until(lambda: not running(hb.folder))


def test_a_server_that_talks_without_an_end_is_left_alone(make: Make) -> None:
    hb = make()
    hb.upstream.commit({"a.md": "one"})

    def talking(request: BaseHTTPRequestHandler) -> bool:
        if request.command == "GET" or len(hb.server.asked) < 5:
            return False
        request.send_response(200)
        request.send_header("Content-Type", "application/x-git-upload-pack-result")
        request.end_headers()
        request.wfile.write(b"000dpackfile\n")
        with suppress(OSError):
            while True:
                request.wfile.write(b"fff0\2" + b"talk\n" * 13_103)
        return True

    hb.server.refusal = talking
    with pytest.raises(FetchFailed, match="talks without an end"):
        hb.fetch()


def test_a_fetch_is_given_up_when_the_bot_ends(make: Make) -> None:
    hb = make()
    hb.server.refusal = trickling
    stop = threading.Event()
    problems = []

    def fetching() -> None:
        try:
            fetch(hb.settings, hb.source, fetcher_of(hb.source), stop)
        except FetchFailed as error:
            problems.append(str(error))

    thread = threading.Thread(target=fetching)
    thread.start()
    until(lambda: running(hb.folder))
    stop.set()
    thread.join(5)
    assert problems == ["it was stopped"]
    until(lambda: not running(hb.folder))


def test_one_too_large_for_the_disk_is_given_up_and_leaves_nothing(
    make: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("index.fetching.git.repository.LEAST_MB", 0)
    hb = make(filters=False, max_mb=0.2)
    hb.upstream.commit({"a.md": "one"})
    hb.fetch()
    hb.upstream.commit({"a.md": "two", "b.bin": os.urandom(1_500_000)})
    with pytest.raises(FetchFailed, match="more than 1 MB on the disk, five times `max_mb`"):
        hb.fetch()
    assert hb.packs == set()
    assert hb.files == {"a.md": "one"}


@pytest.mark.parametrize(
    ("status", "headers", "body", "words"),
    [
        (404, {}, b"", "it isn't there, or isn't to be seen without a token"),
        (403, {}, b"", "set SEEDBOT_GIT_TOKEN_HB to one that may read it"),
        (429, {}, b"", "127.0.0.1 is asked too often"),
        (503, {}, b"", "127.0.0.1 answers with an error (503)"),
        (200, {"Content_Type": "text/html"}, b"<p>Hi</p>", "or no git repository: check `repo"),
        (200, {"Content_Type": ADVERTISED}, b"zzzz", "sent what is no repository"),
        (
            200,
            {"Content_Type": ADVERTISED},
            b"001e# service=git-upload-pack\n0000",
            "or ends the connection",
        ),
        (418, {}, b"", "git can't fetch it: "),
    ],
)
def test_what_a_server_says_is_told_in_a_line(
    make: Make, status: int, headers: dict[str, str], body: bytes, words: str
) -> None:
    hb = make()
    hb.server.refusal = answering(status, body, **headers)
    with pytest.raises(FetchFailed, match=re.escape(words)):
        hb.fetch()
    assert "\n" not in hb.state.problem
    assert len(hb.state.problem) < 250


@pytest.mark.parametrize("status", [301, 302, 307, 308])
@pytest.mark.parametrize("target", ["{other}/{name}", "file:///etc", "http://169.254.169.254/"])
def test_a_redirect_is_followed_nowhere(make: Make, status: int, target: str) -> None:
    hb = make()
    name = hb.upstream.place.name
    hb.upstream.commit({"a.md": "one"})
    with GitServer(hb.server.root) as other:
        place = target.format(other=other.base, name=name)
        hb.server.refusal = answering(status, Location=f"{place}/info/refs?service=git-upload-pack")
        with pytest.raises(FetchFailed, match="it has moved, and a redirect is never followed"):
            hb.fetch()
        assert other.asked == []


def test_a_server_that_dies_amid_the_files_is_told(make: Make) -> None:
    hb = make()
    hb.upstream.commit({"a.md": "one"})
    hb.fetch()
    hb.upstream.commit({"a.md": "two"})

    def dying(request: BaseHTTPRequestHandler) -> bool:
        server = cast("GitServer", request.server)
        # The first two ask what it is at, what comes then for the files.
        if [each for each in server.asked if each.startswith("POST")][2:]:
            request.send_response(200)
            request.send_header("Content-Type", "application/x-git-upload-pack-result")
            request.send_header("Content-Length", "5000")
            request.end_headers()
            request.wfile.write(b"000dpackfile\n0015\1PACK")
            request.close_connection = True
            return True
        return False

    hb.server.asked.clear()
    hb.server.refusal = dying
    with pytest.raises(FetchFailed, match=r"127\.0\.0\.1 ended the connection"):
        hb.fetch()
    assert hb.files == {"a.md": "one"}
    hb.server.reset()
    hb.fetch()
    assert hb.files == {"a.md": "two"}


def test_without_git_it_is_said_how_to_get_it(make: Make, monkeypatch: pytest.MonkeyPatch) -> None:
    hb = make()
    hb.upstream.commit({"a.md": "one"})
    monkeypatch.setenv("PATH", str(hb.folder))
    with pytest.raises(FetchFailed, match=r"git isn't installed.*apt install git"):
        hb.fetch()
    old = hb.folder / "git"
    old.write_text("#!/bin/sh\necho git version 2.30.2\n")
    old.chmod(0o755)
    with pytest.raises(FetchFailed, match=r"git 2\.32 or later is needed.*'git version 2\.30\.2'"):
        hb.fetch()


def test_git_has_no_settings_secrets_or_protocols_but_what_it_needs(
    make: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    hb = make()
    hb.upstream.commit({"a.md": "one"})
    seen = hb.folder / "seen"
    program = hb.folder / "bin" / "git"
    program.parent.mkdir()
    program.write_text(f'#!/bin/sh\n{{ env; echo "ARGS $*"; }} >> {seen}\nexec {GIT} "$@"\n')
    program.chmod(0o755)
    monkeypatch.setenv("PATH", f"{program.parent}:{os.environ['PATH']}")
    monkeypatch.setenv("DISCORD_TOKEN", "bot-secret")
    monkeypatch.setenv("SEEDBOT_GIT_TOKEN_HB", "git-secret")
    monkeypatch.setenv("GIT_TRACE", "1")
    monkeypatch.setenv("GIT_EXTERNAL_DIFF", "evil")
    hb.fetch()
    said = seen.read_text()
    assert "GIT_ALLOW_PROTOCOL=http\n" in said
    assert "ARGS " in said
    for word in ("bot-secret", "git-secret", "GIT_TRACE", "evil", "SEEDBOT"):
        assert word not in said


@pytest.mark.parametrize(
    "address", ["ext::sh -c 'touch {}'", "ext::touch% {}", "fd::17", "-oProxyCommand=x:y"]
)
def test_an_address_that_is_a_command_runs_nothing(make: Make, address: str) -> None:
    hb = make()
    touched = hb.folder / "touched"
    # As if it had come past the settings.
    source = hb.source.model_copy(update={"repository": address.format(touched)})
    with pytest.raises(FetchFailed):
        fetch(hb.settings, source, fetcher_of(source))
    assert not touched.exists()
