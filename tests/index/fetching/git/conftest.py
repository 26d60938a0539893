"""A git server for each module, and a source in it for each test."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from index.fetching.fetching import fetch, fetcher_of, state_of
from index.fetching.state import FetchState
from index.reading.origins import ORIGINS, read
from index.settings import IndexSettings
from index.sources import RepositorySettings
from tests.support.git import GitServer, Upstream

Make = Callable[..., "Fetchings"]


@dataclass
class Fetchings:
    """A source of the repository `upstream`, and what was fetched of it into `folder`."""

    upstream: Upstream
    server: GitServer
    folder: Path
    keys: dict[str, Any] = field(default_factory=dict)

    @property
    def settings(self) -> IndexSettings:
        """Those of the index."""
        return IndexSettings(
            seeds=str(self.folder / "seeds"), store=str(self.folder / "store"), max_file_mb=0.1
        )

    @property
    def address(self) -> str:
        """Where the server has it."""
        return f"{self.server.base}/{self.upstream.place.name}"

    @property
    def source(self) -> RepositorySettings:
        """The source."""
        return RepositorySettings(**({"name": "hb", "repository": self.address} | self.keys))

    @property
    def state(self) -> FetchState:
        """How it does."""
        return state_of(self.settings, self.source)

    def fetch(self) -> FetchState:
        """Fetch it."""
        return fetch(self.settings, self.source, fetcher_of(self.source))

    @property
    def place(self) -> Path:
        """Where its files are."""
        return self.folder / "seeds" / "hb"

    @property
    def files(self) -> dict[str, str]:
        """What lies there."""
        found = (path for path in self.place.rglob("*") if path.is_file())
        return {
            path.relative_to(self.place).as_posix(): path.read_text()
            for path in found
            if path.name != ORIGINS
        }

    @property
    def links(self) -> dict[str, str]:
        """The address of each of them."""
        origins = read(self.place)
        return {path: origin.link for path, origin in origins.files.items()} if origins else {}

    @property
    def skipped(self) -> dict[str, str]:
        """What was left out, and why."""
        return {each.path: each.reason for each in self.state.skipped}

    @property
    def work(self) -> Path:
        """What is kept between fetches."""
        return self.source.kept(self.settings) / "work"

    @property
    def packs(self) -> set[str]:
        """What git has of the repository."""
        return {pack.name for pack in self.work.rglob("*.pack")}


@pytest.fixture(scope="module")
def git_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[GitServer]:
    with GitServer(tmp_path_factory.mktemp("git")) as server:
        yield server


@pytest.fixture
def make(git_server: GitServer, tmp_path: Path) -> Make:
    """Make a repository of its own for a test, and a source of it by some keys of the config."""
    git_server.reset()
    count = len([*git_server.root.iterdir()])

    def made(*, filters: bool = True, kind: str = "sha1", **keys: object) -> Fetchings:
        upstream = Upstream(git_server.root / f"r{count}.git", filters=filters, kind=kind)
        return Fetchings(upstream, git_server, tmp_path, keys)

    return made
