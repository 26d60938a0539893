"""Twice the files are compared in no more than about twice the time, whatever became of them."""

import re
from collections.abc import Callable

import pytest

from index import IndexSettings
from index.build.changes import find_changes
from index.domain import Skipped
from index.reading.files import Scan
from index.reading.rules import ignored
from index.store.manifest import FileRecord, Manifest
from tests.support.complexity import assert_linear
from tests.support.manifests import manifest_of

SETTINGS = IndexSettings()
Case = tuple[Scan, Manifest]


def replaced(count: int) -> Case:
    """Other names, other contents."""
    hashes = {f"new{number}.md": f"b{number}" for number in range(count)}
    return Scan(hashes, ()), before(count)


def renamed(count: int) -> Case:
    """Other names, in another order."""
    hashes = {f"new{count - number:06}.md": f"a{number}" for number in range(count)}
    return Scan(hashes, ()), before(count)


def all_alike(count: int) -> Case:
    """Other names, and one content."""
    records = [FileRecord(f"old{number}.md", "a") for number in range(count)]
    return Scan({f"new{number}.md": "a" for number in range(count)}, ()), manifest_of(records)


def failing(count: int) -> Case:
    """All of them below a folder that the disk fails to give."""
    records = [FileRecord(f"sub/{number}/old.md", f"a{number}") for number in range(count)]
    skipped = (Skipped("sub", "it can't be opened", passing=True),)
    return Scan({}, skipped, frozenset({"sub"})), manifest_of(records)


def before(count: int) -> Manifest:
    """A generation of so many documents."""
    return manifest_of([FileRecord(f"old{number}.md", f"a{number}") for number in range(count)])


@pytest.mark.parametrize("make", [replaced, renamed, all_alike, failing])
def test_comparing_takes_time_in_proportion(make: Callable[[int], Case]) -> None:
    assert_linear(make, lambda case: find_changes(*case, SETTINGS, ""), first=1000, largest=100_000)


def test_renames_are_paired_one_by_one() -> None:
    changes = find_changes(*all_alike(3), SETTINGS, "")
    assert changes.renamed == tuple((f"old{n}.md", f"new{n}.md") for n in range(3))
    assert changes.added == changes.deleted == ()


@pytest.mark.parametrize("rule", ["drafts#/*.md", "**/a#/**/b*", "?*?*#", "[!a]*[!b]*#", "*a*#*b"])
def test_twice_the_ignore_rules_take_twice_the_time(rule: str) -> None:
    names = [f"folder/{'ab' * 40}{number}.md" for number in range(20)]

    def rules(count: int) -> IndexSettings:
        return IndexSettings(
            seeds="nowhere", ignore=[rule.replace("#", str(n)) for n in range(count)]
        )

    def match(settings: IndexSettings) -> None:
        # Else the first few hundred are remembered from the last time.
        re.purge()
        spec = ignored(settings)
        for name in names:
            spec.match_file(name)

    assert_linear(rules, match, first=25, largest=400)


@pytest.mark.parametrize("rule", ["*a", "?*", "[!a]*", "**/", "*/", "**/a/", "a*/**/", "[a]"])
@pytest.mark.parametrize("name", ["a", "ab", "a/"])
def test_a_rule_as_long_as_it_may_be_holds_nothing_up(rule: str, name: str) -> None:
    settings = IndexSettings(seeds="nowhere", ignore=[rule * (900 // len(rule)) + "zz"])
    spec = ignored(settings)
    assert_linear(lambda size: name * size + ".txt", spec.match_file, first=50, largest=1000)
