"""The commands with collections: one that is named, or all of them, each by itself."""

import shutil
from pathlib import Path
from typing import Any

import click
import pytest
from click.testing import CliRunner, Result

from index import BuildReport, CollectionSettings, IndexConfig, IndexSettings
from index.build.build import build
from index.commands.building import build_command, diff
from index.commands.generations import info, list_command, prune, report, rollback
from index.commands.main import check, eval_command, search
from index.errors import CollectionUnknown
from index.store.store import Store

TEXTS = {
    "guide/gate.txt": "The colour of the gate is green.\n",
    "guide/tea.md": "# Tea\n\nGreen tea is steeped at eighty degrees.\n",
    "staff/alarm.md": "# Alarm\n\nThe code of the alarm is 4711.\n",
    "servers/7/boats.md": "# Boats\n\nThe ferry to the island leaves at nine.\n",
    "loose.md": "Nobody is shown this.\n",
}
COLLECTIONS = (
    CollectionSettings(name="guide", folder="guide", only=["*.md"]),
    CollectionSettings(name="staff", folder="staff"),
    CollectionSettings(name="own", folder="servers/{server}"),
)
UNBUILT = CollectionSettings(name="later", folder="later")


def config_of(folder: Path, *more: CollectionSettings, **changes: str) -> IndexConfig:
    """The config of a folder with documents and indexes."""
    settings = IndexSettings(seeds=str(folder / "seeds"), store=str(folder / "store"))
    settings = settings.model_copy(update=changes)
    return IndexConfig(index=settings, collections=[*COLLECTIONS, *more])


def run(command: click.Command, config: IndexConfig, *arguments: str) -> Result:
    """Run a command; what it raises is in the result."""
    return CliRunner().invoke(command, arguments, obj=config)


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory, begun: Path) -> Path:
    """Three collections, built; one server has an empty folder, and nothing else."""
    folder = tmp_path_factory.mktemp("built")
    for path, text in TEXTS.items():
        (folder / "seeds" / path).parent.mkdir(parents=True, exist_ok=True)
        (folder / "seeds" / path).write_text(text)
    (folder / "seeds" / "servers" / "8").mkdir()
    # The others take its model.
    shutil.copytree(begun, folder / "store" / "collections" / "guide")
    done = run(build_command, config_of(folder))
    assert done.exit_code == 0, done.output
    assert done.stdout.splitlines()[::2] == ["guide", "staff", "own@7"]
    assert all("indexed 1 document as 1 passage" in line for line in done.stdout.splitlines()[1::2])
    assert "nobody is shown what is in no collection: loose.md, guide/gate.txt" in done.stderr
    assert not (folder / "store" / "collections" / "own@8").exists()
    assert not (folder / "store" / "generations").exists()
    return folder


@pytest.fixture
def folder(built: Path, tmp_path: Path) -> Path:
    """A copy of it for one test."""
    return shutil.copytree(built, tmp_path / "copy")


def names(folder: Path, collection: str) -> list[str]:
    """The generations of a collection."""
    return Store(folder / "store" / "collections" / collection).names()


def test_a_named_collection_is_built_alone(folder: Path) -> None:
    (folder / "seeds" / "staff" / "door.md").write_text("The door is shut.\n")
    (folder / "seeds" / "servers" / "7" / "bus.md").write_text("The bus leaves at ten.\n")
    before = names(folder, "staff")
    done = run(build_command, config_of(folder), "--collection", "own@7")
    assert done.exit_code == 0
    (line,) = done.stdout.splitlines()
    assert line.startswith("indexed 2 documents as 2 passages")
    assert line.endswith("collections/own@7")
    assert "nobody" not in done.stderr
    assert names(folder, "staff") == before


def test_one_that_fails_stops_no_other_and_the_exit_code_tells(folder: Path) -> None:
    (folder / "seeds" / "staff" / "door.md").write_text("The door is shut.\n")
    shutil.rmtree(folder / "seeds" / "guide")
    done = run(build_command, config_of(folder, UNBUILT))
    assert done.exit_code == 2
    assert "staff\nindexed 2 documents" in done.stdout
    assert "own@7\nnothing has changed" in done.stdout
    errors = [line for line in done.stderr.splitlines() if line.startswith("error: ")]
    assert len(errors) == 1
    later = folder / "seeds" / "later"
    assert errors[0].startswith(f"error: later: {later}: there is no such")
    assert "--collection later --allow-empty" in errors[0]
    # That was there before, and is gone.
    assert "guide\nindexed 0 documents" in done.stdout


def test_a_server_whose_folder_is_gone_has_an_empty_index_then(folder: Path) -> None:
    shutil.rmtree(folder / "seeds" / "servers" / "7")
    done = run(build_command, config_of(folder))
    assert done.exit_code == 0
    assert "own@7\nindexed 0 documents" in done.stdout
    (folder / "seeds").rename(folder / "elsewhere")
    assert run(build_command, config_of(folder)).exit_code == 2


def test_where_no_collection_has_documents_that_is_said(tmp_path: Path) -> None:
    (tmp_path / "seeds").mkdir()
    config = config_of(tmp_path).model_copy(update={"collections": COLLECTIONS[2:]})
    for command in (build_command, list_command):
        done = run(command, config)
        assert done.exit_code == 0
        assert done.stderr == "note no collection has documents yet\n"


def test_everything_is_made_anew_with_one_model_that_is_exported_once(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    given: list[Path | None] = []
    before = next(folder.glob("store/collections/staff/generations/*/model"))

    def exporting(*arguments: Any, model: Path | None, **options: Any) -> BuildReport:  # noqa: ANN401
        given.append(model)
        # In the place of an export, which takes its time.
        return build(*arguments, model=model or before, **options)

    monkeypatch.setattr("index.commands.building.build", exporting)
    assert run(build_command, config_of(folder), "--everything").exit_code == 0
    made = [
        Store(folder / "store" / "collections" / name).model(names(folder, name)[-1])
        for name in ("guide", "staff")
    ]
    assert given == [None, *made]


@pytest.mark.parametrize("command", [list_command, info, check, diff, prune])
def test_what_tells_of_an_index_goes_over_all_with_a_heading_each(
    built: Path, command: click.Command
) -> None:
    done = run(command, config_of(built))
    assert done.exit_code == 0, done.output
    headings = [line for line in done.stdout.splitlines() if line in {"guide", "staff", "own@7"}]
    assert headings == ["guide", "staff", "own@7"]
    one = run(command, config_of(built), "--collection", "staff")
    assert one.stdout
    assert "staff\n" + one.stdout in done.stdout


@pytest.mark.parametrize("command", [list_command, info, check])
def test_one_without_an_index_is_told_and_the_others_follow(
    built: Path, command: click.Command
) -> None:
    done = run(command, config_of(built, CollectionSettings(name="a", folder="staff")))
    assert done.exit_code == 2
    assert "error: a: " in done.stderr
    assert "there is no index yet" in done.stderr
    assert "own@7\n" in done.stdout
    assert not (built / "store" / "collections" / "a").exists()


def test_check_names_what_fails_in_one_and_goes_on(folder: Path) -> None:
    (folder / "seeds" / "guide" / "tea.md").write_text("# Tea\n\nThere is none.\n")
    done = run(check, config_of(folder))
    assert done.exit_code == 1
    assert "tea.md: the file has changed" in done.stdout
    assert done.stdout.count("0 failed") == 2


def test_info_tells_of_what_nobody_is_shown_and_of_what_was_chosen(built: Path) -> None:
    done = run(info, config_of(built))
    assert "nobody is shown what is in no collection: loose.md, guide/gate.txt" in done.stderr
    one = run(info, config_of(built), "--collection", "guide")
    assert "nobody is shown" not in one.stderr
    assert str(built / "seeds" / "guide") in one.stdout
    assert "*.md" in one.stdout


@pytest.mark.parametrize(
    ("command", "arguments"), [(report, ()), (rollback, ()), (search, ("tea",))]
)
def test_what_is_about_one_index_asks_which(
    folder: Path, command: click.Command, arguments: tuple[str, ...]
) -> None:
    done = run(command, config_of(folder), *arguments)
    assert isinstance(done.exception, CollectionUnknown)
    assert str(done.exception) == (
        "a collection has to be named with --collection; there are: guide, staff, own@7, own@8"
    )
    only = config_of(folder).model_copy(update={"collections": COLLECTIONS[:1]})
    assert run(command, only, *arguments).exit_code == 0


@pytest.mark.parametrize("name", ["nobody", "own", "own@x", "Guide", "../guide", ""])
def test_a_name_that_no_collection_has_is_refused(built: Path, name: str) -> None:
    for command in (build_command, list_command, prune, report):
        done = run(command, config_of(built), "--collection", name)
        assert isinstance(done.exception, CollectionUnknown)


def test_search_finds_what_is_in_the_one_collection(built: Path) -> None:
    done = run(search, config_of(built), "alarm", "--collection", "staff")
    assert "staff/alarm.md" in done.stdout
    other = run(search, config_of(built), "alarm", "--collection", "own@7")
    assert "alarm" not in other.stdout


def test_one_is_rolled_back_and_reported(folder: Path) -> None:
    (folder / "seeds" / "staff" / "door.md").write_text("The door is shut.\n")
    run(build_command, config_of(folder), "--collection", "staff")
    first, second = names(folder, "staff")
    shown = run(report, config_of(folder), "--collection", "staff").stdout
    assert "unchanged  staff/alarm.md" in shown
    done = run(rollback, config_of(folder), "--collection", "staff")
    assert done.stdout.startswith(f"{first} is current")
    pruned = run(prune, config_of(folder), "--keep", "1")
    assert pruned.exit_code == 0
    assert names(folder, "staff") == [first, second]


def test_questions_are_evaluated_against_no_collection(built: Path, tmp_path: Path) -> None:
    (tmp_path / "questions.txt").write_text("Who closes the gate?\n")
    for files in ([str(tmp_path / "questions.txt")], []):
        done = run(eval_command, config_of(built), *files)
        assert done.exit_code == 2
        assert "error: questions are evaluated against the index of all documents" in done.stderr


def test_a_change_builds_the_collections_that_it_touches(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def changes(*_: object) -> object:
        yield frozenset({""})
        yield frozenset()
        (folder / "seeds" / "staff" / "door.md").write_text("The door is shut.\n")
        (folder / "seeds" / "guide" / "bees.md").write_text("Bees sleep.\n")
        yield frozenset({"staff/door.md"})
        raise KeyboardInterrupt

    monkeypatch.setattr("index.commands.building.watch", changes)
    done = run(build_command, config_of(folder), "--watch")
    assert done.exit_code == 0
    assert done.stdout.count("nothing has changed") == 3
    after = done.stdout.splitlines()[6:]
    assert after[0] == "staff"
    assert after[1].startswith("indexed 2 documents as 2 passages")
    assert len(after) == 2
