"""Collections share one exported model; what damages it is found out by all, and mended by a build.

The first collection has its model from a store that was built before. What a build would export
anew stands for itself: the same model, with another description.
"""

import os
import shutil
from collections.abc import Callable, Sequence
from itertools import count
from pathlib import Path
from typing import Any

import pytest

from index import BuildReport, IndexSettings
from index.build.borrowing import borrow, others_models
from index.build.build import build
from index.build.process import BuildProcess
from index.domain import Embedder
from index.errors import IndexCorrupt
from index.front import silent
from index.model.onnx_embedder import OnnxEmbedder
from index.model.revision import revision
from index.store.seal import seal
from index.store.sharing import links
from index.store.store import Store
from index.store.writing import writing

EXPORTED = "exported anew"


@pytest.fixture
def store(tmp_path: Path, begun: Path) -> Path:
    """A store with one collection, called a, of an empty folder."""
    shutil.copytree(begun, tmp_path / "store" / "collections" / "a")
    return tmp_path / "store"


@pytest.fixture
def exports(begun: Path, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """A line for each time that the model was exported."""
    model = Store(begun).model(Store(begun).current())
    assert model is not None
    made: list[str] = []

    def load(_settings: IndexSettings, folder: Path | None) -> Embedder:
        return OnnxEmbedder(folder or model)

    def export(
        _original: Embedder, _sample: Sequence[str], folder: Path
    ) -> tuple[OnnxEmbedder, str]:
        made.append(EXPORTED)
        shutil.copytree(model, folder, dirs_exist_ok=True)
        with (folder / "model.json").open("a") as file:
            file.write("\n")
        return OnnxEmbedder(folder), EXPORTED

    monkeypatch.setattr("index.build.build.load_embedder", load)
    monkeypatch.setattr("index.build.build.try_export", export)
    return made


@pytest.fixture
def make(tmp_path: Path, store: Path) -> Callable[..., BuildReport]:
    """Builds a collection, whose one document is another each time unless told otherwise."""
    numbers = count(1)

    def make_once(name: str, *, change: bool = True, everything: bool = False) -> BuildReport:
        folder = tmp_path / "seeds" / name
        folder.mkdir(parents=True, exist_ok=True)
        if change:
            (folder / "gate.txt").write_text(f"The gate number {next(numbers)} is green.\n")
        return build(settings(store, name), silent, everything=everything)

    return make_once


def settings(store: Path, name: str) -> IndexSettings:
    """The settings of a collection."""
    seeds, where = str(store.parent / "seeds"), str(store / "collections" / name)
    return IndexSettings(seeds=seeds, folder=name, store=where)


def models(store: Path, name: str) -> list[Path]:
    """The model's graph of each generation, oldest first."""
    of_name = Store(store / "collections" / name)
    return [of_name.generations / each / "model" / "model.onnx" for each in of_name.names()]


def numbers(store: Path, name: str) -> list[int]:
    """What tells the files of `models` apart: those with one number are one."""
    return [file.stat().st_ino for file in models(store, name)]


def damage(file: Path) -> None:
    """Change one byte, as a disk does."""
    with file.open("r+b") as stream:
        stream.seek(1_000_000)
        stream.write(b"\0" if stream.read(1) != b"\0" else b"\1")


def test_a_collection_takes_the_model_of_another_and_all_its_generations_share_it(
    store: Path, make: Callable[..., BuildReport], exports: list[str]
) -> None:
    (first,) = numbers(store, "a")
    report = make("b")
    assert report.manifest.embedded == 1
    make("b")
    make("c@5")
    assert numbers(store, "b") == [first, first]
    assert numbers(store, "c@5") == [first]
    assert links(models(store, "a")[0]) == 4
    assert not exports
    for name in ("a", "b", "c@5"):
        assert not any(entry.problem for entry in Store(store / "collections" / name).entries())


def test_what_is_removed_of_one_collection_stays_with_the_others(
    store: Path, make: Callable[..., BuildReport], exports: list[str]
) -> None:
    for name in "bbc":
        make(name)
    shutil.rmtree(store / "collections" / "a")
    with writing(Store(store / "collections" / "b")) as writer:
        assert len(writer.prune(1)) == 1
    assert links(models(store, "c")[0]) == 2
    for name in "bc":
        assert not make(name, change=False).made
    assert not exports


def test_a_damaged_model_is_found_by_all_that_share_it_and_one_build_mends_it_for_the_others(
    store: Path, make: Callable[..., BuildReport], exports: list[str]
) -> None:
    for name in ("b", "b", "c"):
        make(name)
    (old,) = numbers(store, "a")
    damage(models(store, "c")[0])
    for name, generations in (("a", 1), ("b", 2), ("c", 1)):
        problems = [entry.problem for entry in Store(store / "collections" / name).entries()]
        assert len(problems) == generations
        assert all("model.onnx is damaged" in problem for problem in problems)
    mended = make("b", change=False)
    assert exports == [EXPORTED]
    assert mended.manifest.runtime == EXPORTED
    assert mended.manifest.rebuilt == "there is no index to go on from"
    new = numbers(store, "b")[-1]
    assert new != old
    make("c", change=False)
    make("d")
    assert exports == [EXPORTED]
    assert numbers(store, "c")[-1] == numbers(store, "d")[-1] == new
    for name in ("b", "c", "d"):
        of_name = Store(store / "collections" / name)
        of_name.verify(of_name.current())


def test_a_model_that_is_damaged_while_a_build_goes_on_is_not_sealed(
    store: Path,
    make: Callable[..., BuildReport],
    exports: list[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    make("b")

    def damaged_before(*arguments: Any, **options: Any) -> Path:  # noqa: ANN401 - passed on
        damage(models(store, "b")[0])
        return seal(*arguments, **options)

    with monkeypatch.context() as patch:
        patch.setattr("index.build.build.seal", damaged_before)
        with pytest.raises(IndexCorrupt, match=r"model is damaged.*python -m index build"):
            make("b")
    assert len(models(store, "b")) == 1
    make("b")
    assert exports == [EXPORTED]


def test_no_more_share_a_model_than_may_be_damaged_together(
    store: Path,
    tmp_path: Path,
    make: Callable[..., BuildReport],
    exports: list[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("index.store.sharing.MOST_LINKS", 2)
    monkeypatch.setattr("index.build.borrowing.MOST_LINKS", 2)
    for name in "bc":
        make(name)
    # Another is taken in the place of the one that is handed over.
    full = models(store, "a")[0].parent
    (tmp_path / "seeds" / "d").mkdir()
    (tmp_path / "seeds" / "d" / "gate.txt").write_text("The gate is shut.\n")
    build(settings(store, "d"), silent, model=full)
    found = [number for name in "abcd" for number in numbers(store, name)]
    assert sorted(found.count(number) for number in set(found)) == [2, 2]
    assert not exports


def test_where_nothing_can_be_linked_the_model_is_copied(
    store: Path,
    make: Callable[..., BuildReport],
    exports: list[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def refuse(*_: object, **_options: object) -> None:
        raise OSError(18, "Invalid cross-device link")

    monkeypatch.setattr(os, "link", refuse)
    make("b")
    make("b")
    assert len({*numbers(store, "a"), *numbers(store, "b")}) == 3
    assert not exports


def test_a_model_of_another_version_or_program_is_not_taken(
    store: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    models, version = others_models(settings(store, "b")), revision(settings(store, "b"))
    assert len(models) == 1
    assert borrow(models, tmp_path / "model", "another", link=True) is None
    with monkeypatch.context() as patch:
        patch.setattr("index.build.borrowing.program", lambda: "another")
        assert borrow(models, tmp_path / "model", version, link=True) is None
    assert borrow(models, tmp_path / "model", version, link=True) is not None


def test_who_makes_everything_anew_takes_only_what_is_handed_over(
    store: Path, make: Callable[..., BuildReport], exports: list[str], tmp_path: Path
) -> None:
    make("b")
    make("b", everything=True)
    assert exports == [EXPORTED]
    made = models(store, "b")[-1]
    report = build(settings(store, "b"), silent, everything=True, model=made.parent)
    assert report.manifest.embedded == 1
    assert numbers(store, "b")[-1] == made.stat().st_ino
    nothing = build(settings(store, "b"), silent, everything=True, model=tmp_path / "nothing")
    assert nothing.made
    assert exports == [EXPORTED, EXPORTED]


def test_the_index_of_everything_shares_its_model_with_nobody(
    store: Path, make: Callable[..., BuildReport], exports: list[str]
) -> None:
    make("b")
    alone = settings(store, "b").model_copy(update={"store": str(store)})
    assert others_models(alone) == []
    handed = models(store, "b")[0].parent
    build(alone, silent, model=handed)
    (store.parent / "seeds" / "b" / "more.txt").write_text("More.\n")
    build(alone, silent)
    generations = Store(store).generations
    graphs = [generations / name / "model" / "model.onnx" for name in Store(store).names()]
    assert [links(graph) for graph in graphs] == [1, 1]
    assert not exports


def test_a_model_that_goes_while_it_is_taken_gives_way_to_the_next(
    store: Path, make: Callable[..., BuildReport], tmp_path: Path
) -> None:
    make("b")
    first, second = others_models(settings(store, "c"))
    (first / "tokenizer.json").unlink()
    taken = borrow([first, second], tmp_path / "model", revision(settings(store, "c")), link=True)
    assert taken is not None
    assert taken.source == Store(store / "collections" / "a").manifest(second.parent.name)
    shutil.rmtree(tmp_path / "model")
    (second / "model.onnx").unlink()
    assert borrow([first, second], tmp_path / "model", taken.embedder.revision, link=True) is None
    assert not (tmp_path / "model").exists()


@pytest.mark.model
def test_the_process_that_builds_takes_a_model_as_well(store: Path, tmp_path: Path) -> None:
    (tmp_path / "seeds" / "b").mkdir(parents=True)
    (tmp_path / "seeds" / "b" / "gate.txt").write_text("The gate is green.\n")
    (first,) = numbers(store, "a")
    stages: list[str] = []
    handed = models(store, "a")[0].parent
    BuildProcess()(
        settings(store, "b"), lambda stage, _done, _total: stages.append(stage), model=handed
    )
    assert "export" not in stages
    assert numbers(store, "b") == [first]
