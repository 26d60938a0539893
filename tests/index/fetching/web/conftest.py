"""A site, and what fetches it into a folder."""

import threading
from collections.abc import Iterator
from contextlib import nullcontext
from dataclasses import dataclass
from pathlib import Path

import pytest

from index.fetching.fetching import fetch, state_of
from index.fetching.state import FetchState
from index.fetching.web.parsing import Parser
from index.fetching.web.website import fetch_website
from index.reading.origins import ORIGINS, read
from index.settings import IndexSettings, Limits
from index.sources import WebsiteSettings
from tests.support.site import Site, running


@pytest.fixture
def site() -> Iterator[Site]:
    with running() as one:
        yield one


@pytest.fixture(scope="session")
def parser() -> Iterator[Parser]:
    """The process that parses; it is started once for all."""
    with Parser(Limits(max_seconds_per_file=5.0)) as one:
        yield one


@dataclass
class Fetching:
    """Fetches the site into a folder, as an owner has it set."""

    folder: Path
    parser: Parser
    now: float = 1_000_000.0

    def source(self, website: str, **more: object) -> WebsiteSettings:
        """Return the source, as these keys have it."""
        plain = {"seconds_between": 0.0, "private_network": True, "timeout_seconds": 5.0}
        return WebsiteSettings.model_validate({"name": "site", "website": website} | plain | more)

    @property
    def index(self) -> IndexSettings:
        """Return the settings of the index."""
        return IndexSettings(seeds=str(self.folder / "seeds"), store=str(self.folder / "store"))

    def __call__(self, website: str, **more: object) -> FetchState:
        """Fetch it, once."""
        source = self.source(website, **more)
        fetcher = fetch_website(
            source, parsing=lambda _: nullcontext(self.parser), now=lambda: self.now
        )
        return fetch(self.index, source, fetcher, threading.Event())

    @property
    def state(self) -> FetchState:
        """How it does."""
        return state_of(self.index, self.source("http://example.org/"))

    @property
    def files(self) -> dict[str, str]:
        """What lies in the folder, by path."""
        root = self.folder / "seeds" / "site"
        found = (path for path in root.rglob("*") if path.is_file() and path.name != ORIGINS)
        return {path.relative_to(root).as_posix(): path.read_text("latin-1") for path in found}

    @property
    def links(self) -> dict[str, str]:
        """The address of each file."""
        origins = read(self.folder / "seeds" / "site")
        assert origins is not None
        return {path: origin.link for path, origin in origins.files.items()}

    @property
    def skipped(self) -> dict[str, str]:
        """What was left out, and why."""
        return {each.path: each.reason for each in self.state.skipped}


@pytest.fixture
def fetching(tmp_path: Path, parser: Parser) -> Fetching:
    return Fetching(tmp_path, parser)
