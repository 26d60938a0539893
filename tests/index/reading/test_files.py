"""Which files of the seeds folder an index is of: those in its folder that `only` chooses."""

import errno
import os
from pathlib import Path

import pytest

from index import IndexSettings, SettingsError
from index.errors import SourcesMissing
from index.reading.files import scan
from index.reading.rules import MOST_RULES, Rules, below
from tests.support.failing import failing_to_open

FILES = (
    "README.md", "top.md", "docs/README.md", "docs/a.md", "docs/b.txt", "docs/drafts/c.md",
    "docs/drafts/keep.md", "docs/.hidden.md", "docs2/d.md", "other/e.md",
)  # fmt: skip


@pytest.fixture
def seeds(tmp_path: Path) -> Path:
    """A folder of folders."""
    seeds = tmp_path / "seeds"
    for name in FILES:
        (seeds / name).parent.mkdir(parents=True, exist_ok=True)
        (seeds / name).write_text(f"This is {name}.\n")
    return seeds


def in_docs(seeds: Path, *only: str, name: str = "", ignore: tuple[str, ...] = ()) -> IndexSettings:
    """The settings of one folder, of a collection of that name if there is one."""
    store = seeds.parent / "store"
    return IndexSettings(
        seeds=str(seeds),
        folder="docs",
        only=[*only],
        ignore=[*ignore],
        store=str(store / "collections" / name if name else store),
    )


def paths(settings: IndexSettings) -> list[str]:
    """The files that are found."""
    return list(scan(settings).hashes)


def test_only_the_folder_is_looked_into_and_paths_count_from_the_seeds(
    seeds: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    listed: list[str] = []
    real = os.scandir

    def scandir(path: str) -> object:
        listed.append(os.fspath(path))
        return real(path)

    monkeypatch.setattr(os, "scandir", scandir)
    found = paths(in_docs(seeds))
    assert found == [
        "docs/README.md", "docs/a.md", "docs/b.txt", "docs/drafts/c.md", "docs/drafts/keep.md",
    ]  # fmt: skip
    assert listed == [str(seeds / "docs"), str(seeds / "docs" / "drafts")]


@pytest.mark.parametrize(
    ("only", "expected"),
    [
        (("*.md", "!README.md"), ["docs/a.md", "docs/drafts/c.md", "docs/drafts/keep.md"]),
        (("/*.md",), ["docs/README.md", "docs/a.md"]),
        (("drafts/",), ["docs/drafts/c.md", "docs/drafts/keep.md"]),
        (("# nothing but a comment", "b.*"), ["docs/b.txt"]),
    ],
)
def test_only_is_like_gitignore_and_counts_from_the_folder(
    seeds: Path, only: tuple[str, ...], expected: list[str]
) -> None:
    assert paths(in_docs(seeds, *only)) == expected


def test_what_is_ignored_stays_out_and_ignore_rules_count_from_the_seeds(seeds: Path) -> None:
    (seeds / ".seedignore").write_text("/docs/drafts/*\n!keep.md\n/a.md\n")
    assert paths(in_docs(seeds, "*.md", ignore=("README.md",))) == [
        "docs/a.md",
        "docs/drafts/keep.md",
    ]


def test_only_without_a_folder_counts_from_the_seeds(seeds: Path) -> None:
    settings = IndexSettings(seeds=str(seeds), only=["/docs/*.md", "top.md"])
    assert paths(settings) == ["docs/README.md", "docs/a.md", "top.md"]


@pytest.mark.parametrize(
    ("name", "place"),
    [("", "`only` under [index]"), ("staff@5", "`only` of the collection staff@5")],
)
@pytest.mark.parametrize(
    ("only", "reason"),
    [
        (("*.md", "[z-a]"), ", entry 2: '[z-a]' is no gitignore pattern"),
        (("!",), ", entry 1: '!' is no gitignore pattern"),
        (("*.md", "x" * 1001), ", entry 2: a rule has 1000 characters at the most"),
        (("a",) * (MOST_RULES + 1), ": 2001 rules are too many; 2000 can be held"),
    ],
)
def test_a_pattern_that_is_none_is_named_with_its_entry_and_collection(
    seeds: Path, name: str, place: str, only: tuple[str, ...], reason: str
) -> None:
    with pytest.raises(SettingsError) as told:
        scan(in_docs(seeds, *only, name=name))
    assert str(told.value) == f"{place}{reason}"


def test_a_folder_that_is_missing_is_named_with_whose_it_is(seeds: Path) -> None:
    gone = in_docs(seeds, name="staff").model_copy(update={"folder": "nowhere"})
    with pytest.raises(SourcesMissing) as told:
        scan(gone)
    assert str(told.value) == (
        f"{seeds / 'nowhere'}: there is no such folder; it is the `folder` of the collection staff "
        "(to empty an index on purpose: `python -m index build --collection staff --allow-empty`)"
    )
    with pytest.raises(SourcesMissing, match=r"the `folder` of \[index\] .* build --allow-empty"):
        scan(gone.model_copy(update={"store": "store"}))
    with pytest.raises(SourcesMissing, match="no seeds folder"):
        scan(gone.model_copy(update={"seeds": str(seeds / "nowhere")}))
    assert not scan(gone, allow_empty=True).hashes


def test_why_there_is_no_document_is_said(seeds: Path) -> None:
    for only, ignore, reason in (
        (["*.pdf"], [], "left out by `only`"),
        (["*.md"], ["*.md"], "left out by an ignore rule"),
        ([], ["*"], "left out by an ignore rule"),
    ):
        with pytest.raises(SourcesMissing) as told:
            scan(IndexSettings(seeds=str(seeds), only=only, ignore=ignore))
        assert reason in str(told.value)


def test_a_folder_in_the_seeds_may_be_emptied(seeds: Path) -> None:
    (seeds / "empty").mkdir()
    assert not scan(in_docs(seeds).model_copy(update={"folder": "empty"})).hashes
    assert not scan(in_docs(seeds, "*.pdf")).hashes


def test_a_folder_that_is_a_link_is_looked_into_within_the_seeds_alone(
    seeds: Path, tmp_path: Path
) -> None:
    (seeds / "within").symlink_to(seeds / "other")
    (tmp_path / "secret").mkdir()
    (tmp_path / "secret" / "s.md").write_text("A secret.\n")
    (seeds / "out").symlink_to(tmp_path / "secret")
    settings = in_docs(seeds)
    within = settings.model_copy(update={"folder": "within"})
    assert paths(within) == ["within/e.md"]
    out = settings.model_copy(update={"folder": "out"})
    with pytest.raises(SourcesMissing, match="out: it is a link that leaves the seeds folder"):
        scan(out)
    assert not scan(out, allow_empty=True).contents


def test_links_may_lead_anywhere_in_the_seeds_and_one_to_a_folder_elsewhere_is_told(
    seeds: Path,
) -> None:
    (seeds / "docs" / "e.md").symlink_to(seeds / "other" / "e.md")
    (seeds / "docs" / "again").symlink_to(seeds / "docs" / "drafts")
    (seeds / "docs" / "shared").symlink_to(seeds / "other")
    found = scan(in_docs(seeds))
    assert "docs/e.md" in found.hashes
    assert [(file.path, file.reason) for file in found.skipped] == [
        ("docs/shared", "it is a link to a folder that isn't in docs; copy what it links to")
    ]


def test_what_the_disk_fails_to_give_is_not_recalled_against_the_rules(
    seeds: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    known = dict.fromkeys(("docs/a.md", "docs/b.txt", "docs/drafts/c.md", "other/e.md"), "0")
    (seeds / ".seedignore").write_text("drafts/\n")
    with failing_to_open(monkeypatch, seeds / "docs", errno.EIO):
        found = scan(in_docs(seeds, "*.md"))
    assert found.recall(known).hashes == {"docs/a.md": "0"}


@pytest.mark.parametrize(
    ("folder", "path", "expected"),
    [("", "a/b.md", "a/b.md"), ("a", "a/b.md", "b.md"), ("a", "ab/c.md", ""), ("a/b", "a/b", "")],
)
def test_a_path_counts_from_its_folder(folder: str, path: str, expected: str) -> None:
    assert below(folder, path) == expected


def test_rules_tell_what_is_chosen_from_what_is_left_out(seeds: Path) -> None:
    rules = Rules.of(in_docs(seeds, "*.md", ignore=("drafts/",)))
    assert rules.take("docs/a.md")
    assert rules.choose("docs/drafts/c.md")
    assert not rules.take("docs/drafts/c.md")
    assert not rules.choose("other/e.md")
