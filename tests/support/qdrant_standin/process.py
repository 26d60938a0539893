"""The stand-in as a process of its own, to be killed and to be told how to fail."""

import json
import os
import subprocess
import sys
import urllib.request
from pathlib import Path
from typing import Any, Self

from qdrant_client import QdrantClient

from tests.support.qdrant_standin.faults import Fault

ROOT = Path(__file__).parents[3]
MODULE = "tests.support.qdrant_standin.server"


class StandIn:
    """A process with Qdrant's engine, on free ports of this machine.

    Several nodes are several ports of one process, each a way to the same points.
    """

    def __init__(self, folder: Path, key: str = "", nodes: int = 1) -> None:
        """Take a folder for what it keeps, and the key that clients must give, if any."""
        self._folder = folder
        self._key = key
        self._ports = [0] * nodes
        self.process: subprocess.Popen[str]

    def __enter__(self) -> Self:
        """Start it."""
        self.restart()
        return self

    def __exit__(self, *_error: object) -> None:
        """Leave nothing running."""
        self.kill()

    @property
    def urls(self) -> list[str]:
        """Return the address of each node."""
        return [f"http://127.0.0.1:{port}" for port in self._ports]

    @property
    def url(self) -> str:
        """Return the address of the first node."""
        return self.urls[0]

    def client(self, *, node: int = 0, key: str | None = None, timeout: int = 5) -> QdrantClient:
        """Return a client with the right key or another; close it in the end.

        It doesn't ask for the version, which it does in a thread that may outlive the stand-in.
        """
        given = self._key if key is None else key
        return QdrantClient(
            url=self.urls[node],
            # As a header, since a key over plain HTTP makes the client warn.
            headers={"api-key": given} if given else {},
            check_compatibility=False,
            timeout=timeout,
        )

    def restart(self) -> None:
        """Start it where it was, with what it kept and without faults."""
        self.process = subprocess.Popen(  # noqa: S603 - our own program
            [sys.executable, "-m", MODULE, self._folder, *map(str, self._ports)],
            cwd=ROOT,
            env={**os.environ, "STANDIN_KEY": self._key},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        assert self.process.stdout is not None
        said = self.process.stdout.readline()
        assert said, "the stand-in didn't start: its standard error says why"
        self._ports = json.loads(said)

    def kill(self) -> None:
        """End it by kill -9, at whatever it does."""
        self.process.kill()
        self.wait()

    def wait(self) -> None:
        """Wait for its end."""
        with self.process:
            pass

    def fault(self, **more: Any) -> None:  # noqa: ANN401 - see Fault
        """Let requests meet a fault, and no other; nothing given ends all."""
        self.faults(*([Fault(**more)] if more else []))

    def faults(self, *all_: Fault) -> None:
        """Let requests meet these faults: each request the first that fits."""
        self._tell("PUT", "faults", json.dumps([each.model_dump() for each in all_]))

    def forget(self, name: str) -> None:
        """Let a collection lose all its points."""
        self._tell("POST", f"forget/{name}", "")

    def _tell(self, method: str, what: str, body: str) -> None:
        address = f"{self.url}/stand-in/{what}"
        asked = urllib.request.Request(address, body.encode(), method=method)  # noqa: S310 - http
        with urllib.request.urlopen(asked) as answer:  # noqa: S310 - http
            assert answer.status == 200
