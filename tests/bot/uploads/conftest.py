"""A folder of documents, of which a collection has a part, and changes of it."""

from pathlib import Path

import pytest

from bot.uploads import Uploads
from tests.support.uploads import RULES


@pytest.fixture
def seeds(tmp_path: Path) -> Path:
    """The folder of all documents, with one collection's in a folder of its own."""
    folder = tmp_path / "seeds"
    (folder / "staff").mkdir(parents=True)
    (folder / "all.md").write_bytes(b"# All\n\nFor everybody.\n")
    (folder / "staff" / "rules.md").write_bytes(RULES)
    return folder


@pytest.fixture
def kept(tmp_path: Path) -> Path:
    """The folder of what changes took away."""
    return tmp_path / ".kept"


@pytest.fixture
def uploads(kept: Path) -> Uploads:
    """Changes, kept for 90 days."""
    return Uploads(kept, 90)


@pytest.fixture
def untried(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nobody tries whether the documents can be read, which takes a while."""
    monkeypatch.setattr("bot.uploads.uploads.tried", lambda plan: plan)
