"""Git repositories, and the real servers that give them: `git http-backend`, and `git daemon`."""

import base64
import os
import shutil
import socket
import subprocess
import time
from collections.abc import Callable, Mapping
from http.server import BaseHTTPRequestHandler
from pathlib import Path
from typing import Self, cast

from tests.support.loopback import LoopbackServer

GIT = shutil.which("git") or "git"
ENVIRONMENT = {
    "PATH": os.environ["PATH"],
    "GIT_CONFIG_NOSYSTEM": "1",
    "GIT_CONFIG_GLOBAL": os.devnull,
    "GIT_COMMITTER_NAME": "Ann",
    "GIT_COMMITTER_EMAIL": "ann@example.org",
    "GIT_COMMITTER_DATE": "1790000000 +0000",
    "GIT_AUTHOR_NAME": "Ann",
    "GIT_AUTHOR_EMAIL": "ann@example.org",
    "GIT_AUTHOR_DATE": "1790000000 +0000",
}
FILE, LINK, ELSEWHERE = "100644", "120000", "160000"
POINTER = b"version https://git-lfs.github.com/spec/v1\noid sha256:1234\nsize 12345\n"
# Gives the head of a reply, then a byte at a time for as long as somebody listens.
Refusal = Callable[[BaseHTTPRequestHandler], bool]


class Upstream:
    """A repository that others fetch."""

    def __init__(self, place: Path, *, filters: bool = True, kind: str = "sha1") -> None:
        """Make an empty one; `filters` if it leaves out what who fetches doesn't want."""
        self.place = place
        self.git("init", "-q", "--bare", "-b", "main", f"--object-format={kind}", str(place))
        config = place / "config"
        config.write_text(f"{config.read_text()}[uploadpack]\n\tallowFilter = {filters}\n")

    def git(self, *arguments: str, given: bytes = b"") -> str:
        """Let git do something with it."""
        within = [f"--git-dir={self.place}"] if self.place.exists() else []
        done = subprocess.run(  # noqa: S603 - our own words
            [GIT, *within, *arguments],
            input=given,
            capture_output=True,
            env=ENVIRONMENT,
            check=True,
        )
        return done.stdout.decode().strip()

    def commit(
        self,
        files: Mapping[str, bytes | str],
        *,
        branch: str = "main",
        anew: bool = False,
        links: Mapping[str, str] | None = None,
        elsewhere: str = "",
    ) -> str:
        """Let a branch hold these files and no others; return the commit's id.

        `anew` makes it one without a past, `links` are symbolic ones, and at `elsewhere` is a
        submodule.
        """
        lines = [f"commit refs/heads/{branch}\ncommitter A <a@b.c> 1790000000 +0000\ndata 0\n"]
        parent = "" if anew else self.head(branch)
        lines += [f"from {parent}\n"] if parent else []
        lines += ["deleteall\n"]
        said = b"".join(line.encode() for line in lines)
        for path, content in files.items():
            said += _file(FILE, path, content.encode() if isinstance(content, str) else content)
        for path, target in (links or {}).items():
            said += _file(LINK, path, target.encode())
        said += f"M {ELSEWHERE} {'1' * 40} {elsewhere}\n".encode() if elsewhere else b""
        reset = f"reset refs/heads/{branch}\n\n".encode() if anew else b""
        self.git("fast-import", "--quiet", "--force", given=reset + said)
        return self.head(branch)

    def head(self, branch: str = "main") -> str:
        """Return the id of the commit that a branch is at; empty where there is none."""
        return self.git("for-each-ref", "--format=%(objectname)", f"refs/heads/{branch}")

    def tree(self, *entries: tuple[str, bytes, str]) -> str:
        """Write a tree as it is said, each entry with mode, name and id, however bad."""
        data = b"".join(
            f"{mode} ".encode() + name + b"\0" + bytes.fromhex(number)
            for mode, name, number in entries
        )
        return self.git("hash-object", "-t", "tree", "-w", "--literally", "--stdin", given=data)

    def blob(self, data: bytes) -> str:
        """Write a content."""
        return self.git("hash-object", "-w", "--stdin", given=data)

    def commit_tree(self, tree: str, branch: str = "main") -> str:
        """Let a branch hold a tree."""
        commit = self.git("commit-tree", "-m", "x", tree)
        self.git("update-ref", f"refs/heads/{branch}", commit)
        return commit


def _file(mode: str, path: str, content: bytes) -> bytes:
    quoted = path.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")
    head = f'M {mode} inline "{quoted}"\ndata {len(content)}\n'
    return head.encode(errors="surrogateescape") + content + b"\n"


class GitServer(LoopbackServer):
    """Gives the repositories in a folder by smart HTTP, to who has the `token` of their name.

    What `refusal` answers itself, and says so, isn't given. `asked` are the paths of all requests,
    `shown` the credentials that came with them.
    """

    def __init__(self, root: Path) -> None:
        """Listen on a free port of this machine."""
        super().__init__(_Handler)
        self.root = root
        self.reset()

    def reset(self) -> None:
        """Forget who asked, and give to everybody."""
        self.tokens: dict[str, str] = {}
        self.refusal: Refusal | None = None
        self.asked: list[str] = []
        self.shown: list[str] = []


class _Handler(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        """Give what is asked for."""
        server = cast("GitServer", self.server)
        path, _, query = self.path.partition("?")
        server.asked.append(f"{self.command} {path}")
        shown = self.headers.get("Authorization", "")
        server.shown.append(base64.b64decode(shown.removeprefix("Basic ")).decode())
        if server.refusal and server.refusal(self):
            return
        wanted = server.tokens.get(path.split("/")[1])
        if wanted is not None and server.shown[-1] != wanted:
            self.send_response(401)
            self.send_header("WWW-Authenticate", 'Basic realm="git"')
            self.send_header("Content-Length", "0")
            self.end_headers()
            return
        length = int(self.headers.get("Content-Length", 0))
        done = subprocess.run(  # noqa: S603 - our own words
            [GIT, "http-backend"],
            input=self.rfile.read(length),
            capture_output=True,
            env=ENVIRONMENT
            | {
                "GIT_PROJECT_ROOT": str(server.root),
                "GIT_HTTP_EXPORT_ALL": "1",
                "REQUEST_METHOD": self.command,
                "PATH_INFO": path,
                "QUERY_STRING": query,
                "CONTENT_TYPE": self.headers.get("Content-Type", ""),
                "CONTENT_LENGTH": str(length),
                "HTTP_CONTENT_ENCODING": self.headers.get("Content-Encoding", ""),
                "HTTP_GIT_PROTOCOL": self.headers.get("Git-Protocol", ""),
            },
            check=False,
        )
        head, _, body = done.stdout.partition(b"\r\n\r\n")
        fields = [line.partition(": ")[::2] for line in head.decode().splitlines()]
        self.send_response(int(next((v for n, v in fields if n == "Status"), "200").split()[0]))
        for name, value in fields:
            if name != "Status":
                self.send_header(name, value)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def do_POST(self) -> None:
        """Do the same."""
        self.do_GET()

    def log_message(self, *_arguments: object) -> None:
        """Stay silent."""


def answering(status: int, body: bytes = b"", **headers: str) -> Refusal:
    """Answer everything so."""

    def refuse(request: BaseHTTPRequestHandler) -> bool:
        request.send_response(status)
        for name, value in {**headers, "Content-Length": str(len(body))}.items():
            request.send_header(name.replace("_", "-"), value)
        request.end_headers()
        request.wfile.write(body)
        return True

    return refuse


def trickling(request: BaseHTTPRequestHandler) -> bool:
    """Answer without an end, some bytes at a time."""
    request.send_response(200)
    request.send_header("Content-Type", "application/x-git-upload-pack-advertisement")
    request.end_headers()
    try:
        while True:
            request.wfile.write(b"0")
            time.sleep(0.02)
    except OSError:
        return True


class GitDaemon:
    """Gives the repositories in a folder by git's own protocol."""

    def __init__(self, root: Path) -> None:
        """Take a free port."""
        with socket.create_server(("127.0.0.1", 0)) as probe:
            port = int(probe.getsockname()[1])
        self.base = f"git://127.0.0.1:{port}"
        self._process = subprocess.Popen(  # noqa: S603 - our own words
            [GIT, "daemon", f"--base-path={root}", "--export-all", "--listen=127.0.0.1",
             f"--port={port}", "--informative-errors"],
            env=ENVIRONMENT,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
        )  # fmt: skip
        self._port = port

    def __enter__(self) -> Self:
        """Wait until it listens."""
        end = time.monotonic() + 10
        while True:
            try:
                socket.create_connection(("127.0.0.1", self._port)).close()
            except OSError:
                assert time.monotonic() < end
                time.sleep(0.01)
            else:
                return self

    def __exit__(self, *_error: object) -> None:
        """End it, and what it started."""
        os.killpg(self._process.pid, 15)
        self._process.wait()
