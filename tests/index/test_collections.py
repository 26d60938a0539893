"""Collections by name: which there are, where each has its documents and its index."""

from pathlib import Path

import pytest

from index import CollectionSettings, IndexConfig, IndexSettings, SettingsError
from index.collections import (
    EVERYTHING,
    collection_of,
    names,
    server_of,
    settings_of,
    touched,
    uncollected,
)
from index.config import validate
from index.errors import CollectionUnknown
from index.reading.watching import ANYTHING

PUBLIC = CollectionSettings(name="public", folder="docs", only=["*.md"])
STAFF = CollectionSettings(name="staff")
OWN = CollectionSettings(name="own", folder="servers/{server}/texts")
ALL = [PUBLIC, OWN, STAFF]


@pytest.fixture
def settings(tmp_path: Path) -> IndexSettings:
    """Folders of two servers, and of what are none."""
    for folder in ("123/texts", "45/texts", "0123/texts", "6x/texts", "789/other", "١٢/texts"):
        (tmp_path / "seeds" / "servers" / folder).mkdir(parents=True)
    (tmp_path / "seeds" / "servers" / "99").write_text("A file.\n")
    return IndexSettings(seeds=str(tmp_path / "seeds"), store=str(tmp_path / "store"))


def index_of(settings: IndexSettings, name: str) -> None:
    """Make what looks like an index."""
    store = settings.store_path / "collections" / name
    store.mkdir(parents=True)
    (store / "current").write_text("x")


def test_without_collections_there_is_the_index_of_everything(settings: IndexSettings) -> None:
    assert names(settings, ()) == [EVERYTHING]
    assert settings_of(settings, (), EVERYTHING) == settings
    assert not settings.collection


def test_with_collections_there_is_no_index_of_everything(settings: IndexSettings) -> None:
    with pytest.raises(CollectionUnknown):
        settings_of(settings, ALL, EVERYTHING)


def test_names_come_as_configured_and_servers_by_their_numbers(settings: IndexSettings) -> None:
    assert names(settings, ALL) == ["public", "own@45", "own@123", "staff"]


def test_a_server_whose_folder_is_gone_has_a_name_as_long_as_it_has_an_index(
    settings: IndexSettings,
) -> None:
    for name in ("own@7", "own@45", "own@x", "owner@8", "public@9", "public"):
        index_of(settings, name)
    (settings.store_path / "collections" / "own@11").mkdir()
    assert names(settings, [OWN]) == ["own@7", "own@45", "own@123"]


def test_the_number_may_be_part_of_a_folders_name_and_come_twice(tmp_path: Path) -> None:
    for folder in ("a.1-1/b1", "a.1-2/b1", "a.2-2/b1", "ax3-3/b3", "a.4-4/b4"):
        (tmp_path / folder).mkdir(parents=True)
    settings = IndexSettings(seeds=str(tmp_path), store=str(tmp_path / ".index"))
    twice = CollectionSettings(name="own", folder="a.{server}-{server}/b{server}")
    assert names(settings, [twice]) == ["own@1", "own@4"]
    assert settings_of(settings, [twice], "own@4").folder == "a.4-4/b4"


def test_each_has_an_index_of_its_own_of_its_folder_alone(settings: IndexSettings) -> None:
    of_public = settings_of(settings, ALL, "public")
    assert of_public.store_path == settings.store_path / "collections" / "public"
    assert (of_public.folder, of_public.only) == ("docs", ["*.md"])
    assert of_public.folder_path == settings.seeds_path / "docs"
    of_server = settings_of(settings, ALL, "own@123")
    assert of_server.store_path == settings.store_path / "collections" / "own@123"
    assert of_server.folder == "servers/123/texts"
    assert of_server.collection == "own@123"
    of_staff = settings_of(settings.model_copy(update={"only": ["*.txt"]}), ALL, "staff")
    assert (of_staff.folder, of_staff.only) == ("", [])


def test_a_name_leads_back_to_its_collection_and_server(settings: IndexSettings) -> None:
    del settings
    assert collection_of(ALL, "own@5") == OWN
    assert server_of("own@5") == "5"
    assert collection_of(ALL, "staff") == STAFF
    assert not server_of("staff")


@pytest.mark.parametrize(
    ("changed", "expected"),
    [
        ({"docs/a.md"}, ["public", "staff"]),
        ({"servers/45/texts/a.md", "docs2/b.md"}, ["own@45", "staff"]),
        ({"servers"}, ["own@45", "own@123", "staff"]),
        (ANYTHING, ["public", "own@45", "own@123", "staff"]),
        (frozenset(), []),
    ],
)
def test_what_changed_touches_the_collections_whose_folders_it_is_in(
    settings: IndexSettings, changed: set[str], expected: list[str]
) -> None:
    assert touched(settings, ALL, changed) == expected


def test_documents_that_no_collection_has_are_known(settings: IndexSettings) -> None:
    for path in (
        "README.md", "top.md", ".hidden.md", "drafts/x.md", "docs/a.md", "docs/a.txt",
        "docs/deep/b.md", "servers/123/texts/c.md", "servers/123/d.md", "servers/6x/texts/e.md",
    ):  # fmt: skip
        (settings.seeds_path / path).parent.mkdir(parents=True, exist_ok=True)
        (settings.seeds_path / path).write_text("x\n")
    (settings.seeds_path / "again").symlink_to(settings.seeds_path / "docs")
    (settings.seeds_path / ".seedignore").write_text("drafts/\n")
    assert uncollected(settings, [PUBLIC, OWN]) == [
        "top.md", "docs/a.txt", "servers/99", "servers/123/d.md", "servers/6x/texts/e.md",
    ]  # fmt: skip
    others = CollectionSettings(name="others", only=["servers/", "*.txt"])
    assert uncollected(settings, [PUBLIC, others]) == ["top.md"]
    assert uncollected(settings, [STAFF]) == []
    assert uncollected(settings, ()) == []


@pytest.mark.parametrize(
    "name", ["", "own", "own@", "own@x", "own@1/../2", "own@01", "own@1@2", "own@1\n", "public@1",
             "Public", "../public", "public/", "own@١٢", "own@{server}", "own@" + "1" * 20],
)  # fmt: skip
def test_a_name_that_none_has_is_refused_with_those_there_are(
    settings: IndexSettings, name: str
) -> None:
    with pytest.raises(CollectionUnknown, match=r"there are: public, own@SERVER, staff$"):
        settings_of(settings, ALL, name)


def test_of_very_many_names_the_first_are_told() -> None:
    error = CollectionUnknown("x", [f"c{number}" for number in range(25)])
    assert str(error).endswith("c18, c19 and 5 more")


@pytest.mark.parametrize(
    "name",
    ["../x", "a@1", "A", "Docs", "", ".", "..", "a/b", "a b", "-a", "a\n", "ä", "x" * 33, "a\0"],
)
def test_a_collection_can_not_be_called_what_is_no_plain_folder(name: str) -> None:
    with pytest.raises(SettingsError, match=r"c: `collections\.0\.name` "):
        validate(IndexConfig, {"collections": [{"name": name}]}, "c")


@pytest.mark.parametrize(
    "folder", ["..", "../x", "a/../b", "/etc", "~", "~root/x", ".git", "a/.b", "..\\x", "a\\..\\b"]
)
@pytest.mark.parametrize("where", ["index", "collections"])
def test_a_folder_that_leads_out_or_is_hidden_is_refused(folder: str, where: str) -> None:
    table = {"folder": folder}
    config = {"index": table} if where == "index" else {"collections": [{"name": "a", **table}]}
    with pytest.raises(SettingsError, match="should be a folder in the folder of documents"):
        validate(IndexConfig, config, "c")


def test_two_collections_of_one_name_are_refused() -> None:
    with pytest.raises(SettingsError, match="two are called 'a'"):
        validate(IndexConfig, {"collections": [{"name": "a"}, {"name": "a"}]}, "c")


@pytest.mark.parametrize("folder", ["docs/", "./docs", "docs//", "docs\\"])
def test_a_folder_is_the_same_however_it_is_written(folder: str) -> None:
    assert CollectionSettings(name="a", folder=folder).folder == "docs"
