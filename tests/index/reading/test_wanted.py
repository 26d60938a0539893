"""What a build would read is told by names, and what it would make of a file before it is there."""

import os
from pathlib import Path

import pytest

from index import Document, IndexSettings, Skipped, listed, preview, unwanted
from index.reading import preview as previewing
from index.reading.files import scan


@pytest.fixture
def seeds(tmp_path: Path) -> Path:
    """A folder of documents, of others, and of links to them."""
    folder = tmp_path / "seeds"
    for path in (
        "README.md",
        "a.md",
        "sub/README.md",
        "sub/b.txt",
        "sub/draft.md",
        "sub/deep/c.py",
        "sub/.hidden/d.md",
        ".e.md",
        "f.exe",
        "g\u202e.md",
    ):
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        (folder / path).write_text("Tea.\n")
    (folder / ".seedignore").write_text("draft.md\n")
    (folder / "link.md").symlink_to("a.md")
    (folder / "linked").symlink_to("sub")
    os.mkfifo(folder / "pipe.md")
    return folder


def test_all_that_is_listed_is_read_by_a_build(seeds: Path) -> None:
    settings = IndexSettings(seeds=str(seeds))
    paths = [path for path, _ in listed(settings)]
    assert paths == ["a.md", "sub/README.md", "sub/b.txt", "sub/deep/c.py"]
    # A build follows links, and finds of others only later that it can't read them.
    assert set(scan(settings).hashes) - set(paths) == {"f.exe", "link.md"}
    assert dict(listed(settings))["a.md"] == 5


def test_a_collection_has_what_is_in_its_folder(seeds: Path) -> None:
    settings = IndexSettings(seeds=str(seeds), folder="sub")
    assert [path for path, _ in listed(settings)] == ["sub/README.md", "sub/b.txt", "sub/deep/c.py"]
    only = settings.model_copy(update={"only": ["*.py", "/b.*"]})
    assert [path for path, _ in listed(only)] == ["sub/b.txt", "sub/deep/c.py"]
    nowhere = settings.model_copy(update={"folder": "gone"})
    assert listed(nowhere) == []


@pytest.mark.parametrize(
    ("path", "reason"),
    [
        ("sub/new.md", ""),
        ("sub/NEW.PDF", ""),
        ("a.md", "in another folder"),
        ("subway/a.md", "in another folder"),
        ("sub/.a.md", "hidden"),
        ("sub/.git/a.md", "hidden"),
        ("sub/a.exe", "the format .exe is not one of .txt"),
        ("sub/draft.md", "an ignore rule"),
        ("sub/a\n.md", "control characters"),
    ],
)
def test_a_name_tells_whether_a_build_would_read_it(seeds: Path, path: str, reason: str) -> None:
    fault = unwanted(IndexSettings(seeds=str(seeds), folder="sub"), path)
    assert reason in fault
    assert bool(fault) == bool(reason)


def test_a_file_is_tried_before_it_is_there(seeds: Path) -> None:
    settings = IndexSettings(seeds=str(seeds))
    found = preview(settings, "new/tea.md", b"# Green tea\n\nIt is steeped.\n")
    assert isinstance(found, Document)
    assert (found.path, found.title) == ("new/tea.md", "Green tea")
    assert not (seeds / "new").exists()
    refused = preview(settings, "tea.txt", b"\0\1\2")
    assert isinstance(refused, Skipped)
    assert (refused.reason, refused.passing) == ("the file is binary, not text", False)


def test_who_waits_for_it_does_not_wait_long(seeds: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(previewing, "LONGEST_SECONDS", 0.000001)
    found = preview(IndexSettings(seeds=str(seeds)), "tea.md", b"# Tea\n")
    assert isinstance(found, Skipped)
    assert found.passing
