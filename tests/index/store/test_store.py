"""Generations on disk: what is opened is what was built, or is refused."""

import gc
import hashlib
import json
import os
import re
import shutil
import threading
import weakref
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from datetime import datetime, tzinfo
from pathlib import Path
from typing import Self

import pytest

from index import Answer, IndexSettings, SeedIndexError, Span, open_index
from index.build import embed
from index.build.embed import model_text
from index.domain import Embedder, Passage
from index.errors import (
    GenerationMissing,
    IndexCorrupt,
    IndexIncompatible,
    IndexLocked,
    IndexMissing,
    IndexOutdated,
    SourcesMissing,
    StoreError,
    ValidationFailed,
)
from index.front import silent
from index.model.onnx_embedder import OnnxEmbedder
from index.store.passage_embeddings import EmbeddedPassage
from index.store.seal import FORMAT_VERSION
from index.store.store import Store
from index.store.writing import writing
from tests.support.builder import Builder


@pytest.fixture
def small(tmp_path: Path, embedder: OnnxEmbedder) -> IndexSettings:
    """Two small documents, indexed."""
    seeds = tmp_path / "seeds"
    seeds.mkdir()
    (seeds / "tea.md").write_text("# Tea\n\nGreen tea is steeped at eighty degrees.\n")
    (seeds / "coffee.txt").write_text("Coffee is ground just before it is brewed.\n")
    settings = IndexSettings(seeds=str(seeds), store=str(tmp_path / "store"))
    Builder(embedder)(settings, silent)
    return settings


def generation(settings: IndexSettings) -> Path:
    """The folder of the current generation."""
    store = Store(settings.store_path)
    return store.folder / "generations" / store.current()


def test_an_index_opens_without_embedding_anything_again(
    small: IndexSettings, embedder: OnnxEmbedder, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(embedder, "embed_documents", None)
    index = open_index(small, embedder=embedder, builder=Builder(embedder))
    assert [source.path for source in index.sources()] == ["coffee.txt", "tea.md"]
    assert index.lookup("How hot should green tea be?")[0][0].passage.document == "tea.md"


def test_a_store_without_an_index_says_how_to_build_one(tmp_path: Path) -> None:
    with pytest.raises(IndexMissing, match="python -m index build"):
        Store(tmp_path).open()


def test_a_flipped_byte_in_any_file_is_found_and_named(small: IndexSettings) -> None:
    folder = generation(small)
    files = [file for file in folder.rglob("*") if file.is_file() and file.name != "manifest.json"]
    assert len(files) > 10
    for file in files:
        good = file.read_bytes()
        place = len(good) // 2
        file.write_bytes(good[:place] + bytes([good[place] ^ 1]) + good[place + 1 :])
        with pytest.raises(IndexCorrupt, match=r"damaged.*python -m index build") as caught:
            Store(small.store_path).open()
        assert file.name in str(caught.value)
        file.write_bytes(good)
    Store(small.store_path).open()


def test_a_missing_file_and_a_broken_manifest_are_named(small: IndexSettings) -> None:
    folder = generation(small)
    (folder / "units.bin").rename(folder / "gone")
    with pytest.raises(IndexCorrupt, match=r"units\.bin is missing"):
        Store(small.store_path).open()
    (folder / "manifest.json").write_text("{")
    with pytest.raises(IndexCorrupt, match=r"manifest\.json"):
        Store(small.store_path).open()


def test_files_of_two_generations_do_not_mix(small: IndexSettings, embedder: OnnxEmbedder) -> None:
    first = generation(small)
    (small.seeds_path / "milk.txt").write_text("Milk is kept cold.\n")
    Builder(embedder)(small, silent)
    second = generation(small)
    manifest = json.loads((second / "manifest.json").read_text())
    before = json.loads((first / "manifest.json").read_text())
    shutil.copy(first / "passages.bin", second / "passages.bin")
    manifest["files"]["passages.bin"] = before["files"]["passages.bin"]
    # Even whoever gets all the checksums right is found out.
    (second / "manifest.json").write_text(json.dumps(manifest))
    sha256 = hashlib.sha256((second / "manifest.json").read_bytes()).hexdigest()
    forged = second.with_name(f"{second.name.partition('-')[0]}-{sha256[:12]}")
    second.rename(forged)
    shutil.rmtree(first)
    (small.store_path / "current").write_text(forged.name)
    with pytest.raises(IndexCorrupt, match="mixes"):
        Store(small.store_path).open()


def test_another_setting_model_or_format_is_incompatible(
    small: IndexSettings, embedder: OnnxEmbedder
) -> None:
    other = small.model_copy(update={"language": "german"})
    with pytest.raises(IndexIncompatible, match=r"language auto.*german is wanted.*index build"):
        open_index(other, embedder=embedder)
    other = small.model_copy(update={"model": "other/model"})
    with pytest.raises(IndexIncompatible, match="model all-MiniLM-L6-v2"):
        open_index(other, embedder=embedder)
    file = generation(small) / "manifest.json"
    file.write_text(
        file.read_text().replace(f'"format_version": {FORMAT_VERSION}', '"format_version": 99')
    )
    with pytest.raises(IndexIncompatible, match="format 99"):
        open_index(small, embedder=embedder, builder=Builder(embedder))


def test_an_index_of_an_earlier_format_is_built_anew_where_there_are_documents(
    small: IndexSettings, embedder: OnnxEmbedder, caplog: pytest.LogCaptureFixture
) -> None:
    before = generation(small)
    file = before / "manifest.json"
    earlier = f'"format_version": {FORMAT_VERSION - 1}'
    file.write_text(file.read_text().replace(f'"format_version": {FORMAT_VERSION}', earlier))
    index = open_index(small, embedder=embedder)
    assert generation(small) != before
    assert index.generation == generation(small).name
    assert f"earlier version of the bot ({FORMAT_VERSION - 1}): it is built anew" in caplog.text
    assert not index.problem


def test_an_index_of_an_earlier_format_is_refused_where_there_are_no_documents(
    small: IndexSettings, embedder: OnnxEmbedder
) -> None:
    before = generation(small)
    file = before / "manifest.json"
    earlier = f'"format_version": {FORMAT_VERSION - 1}'
    file.write_text(file.read_text().replace(f'"format_version": {FORMAT_VERSION}', earlier))
    shutil.rmtree(small.seeds_path)
    with pytest.raises(IndexOutdated, match=f"format {FORMAT_VERSION - 1}.*index build"):
        open_index(small, embedder=embedder)
    assert generation(small) == before


def test_a_failing_build_leaves_the_last_good_generation(
    small: IndexSettings, embedder: OnnxEmbedder, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = generation(small)
    (small.seeds_path / "milk.txt").write_text("Milk is kept cold.\n")

    def full_disk(*_args: object) -> None:
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as patch:
        patch.setattr("index.build.build.GenerationWriter.finish", full_disk)
        with pytest.raises(StoreError, match="the disk is full"):
            Builder(embedder)(small, silent)
    assert generation(small) == before
    Builder(embedder)(small, silent)
    assert generation(small) != before
    assert not list(before.parent.glob("*.tmp"))


def test_a_disk_that_is_full_while_others_are_embedded_is_what_is_told(
    small: IndexSettings, embedder: OnnxEmbedder, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = generation(small)
    for number in range(60):
        (small.seeds_path / f"{number}.txt").write_text(f"Shelf {number} has {number} cups.\n")

    def full_disk(*_args: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("index.build.embed.EMBEDDING_STEP", 1)
    with monkeypatch.context() as patch:
        patch.setattr("index.build.build.GenerationWriter.add", full_disk)
        with pytest.raises(StoreError, match="the disk is full"):
            Builder(embedder)(small, silent)
    assert not [thread for thread in threading.enumerate() if thread.name.startswith("prefetch")]
    assert generation(small) == before


def test_two_builds_do_not_run_at_once(small: IndexSettings, embedder: OnnxEmbedder) -> None:
    with writing(Store(small.store_path)), pytest.raises(IndexLocked, match="another build"):
        Builder(embedder)(small, silent)


def test_a_rebuild_replaces_what_answers(small: IndexSettings, embedder: OnnxEmbedder) -> None:
    index = open_index(small, embedder=embedder, builder=Builder(embedder))
    (small.seeds_path / "milk.txt").write_text("Milk is kept at four degrees.\n")
    (small.seeds_path / "picture.png").write_bytes(b"\x89PNG")
    (small.seeds_path / "binary.txt").write_bytes(b"\0\1\2")
    report = index.rebuild()
    assert len(report.manifest.documents) == 3
    assert {file.path for file in report.manifest.skipped} == {"picture.png", "binary.txt"}
    assert "milk.txt" in {source.path for source in index.sources()}


@pytest.mark.parametrize(("make", "reason"), [(False, "no seeds folder"), (True, "empty")])
def test_a_missing_or_empty_seeds_folder_never_replaces_an_index(
    small: IndexSettings, embedder: OnnxEmbedder, *, make: bool, reason: str
) -> None:
    before = generation(small)
    shutil.rmtree(small.seeds_path)
    if make:
        small.seeds_path.mkdir()
    with pytest.raises(SourcesMissing, match=reason):
        Builder(embedder)(small, silent)
    assert generation(small) == before


def test_a_document_that_lost_its_text_is_noted_and_shown_as_gone(
    small: IndexSettings, embedder: OnnxEmbedder
) -> None:
    index = open_index(small, embedder=embedder, builder=Builder(embedder))
    (small.seeds_path / "tea.md").write_text("# Tea\n")
    report = index.rebuild()
    assert [(note.path, "headings" in note.reason) for note in report.manifest.notes] == [
        ("tea.md", True)
    ]
    assert index.passage("tea.md", Span(0, 3), "") is None


def test_a_manifest_that_was_tampered_with_and_a_file_in_the_way_are_told(
    small: IndexSettings, tmp_path: Path, embedder: OnnxEmbedder
) -> None:
    file = generation(small) / "manifest.json"
    file.write_text(file.read_text().replace('"chunking"', '"cutting"'))
    with pytest.raises(IndexCorrupt, match="python -m index build"):
        Store(small.store_path).open()
    (tmp_path / "file").write_text("in the way")
    blocked = small.model_copy(update={"store": str(tmp_path / "file")})
    with pytest.raises(StoreError, match="move it away"):
        Builder(embedder)(blocked, silent)


def test_every_failure_is_one_of_ours(tmp_path: Path) -> None:
    (tmp_path / "current").write_text("../../etc")
    with pytest.raises(SeedIndexError):
        Store(tmp_path).open()


def test_a_folder_in_the_place_of_the_pointer_is_named(
    small: IndexSettings, embedder: OnnxEmbedder
) -> None:
    pointer = Path(small.store) / "current"
    pointer.unlink()
    pointer.mkdir()
    assert "current names no generation" in Store(small.store_path).open().problem
    with pytest.raises(StoreError, match=r"current: the index can't be written: Is a directory"):
        Builder(embedder)(small, silent)


def test_a_damaged_generation_is_replaced_by_the_newest_good_one_and_says_so(
    small: IndexSettings, embedder: OnnxEmbedder
) -> None:
    first = generation(small)
    (small.seeds_path / "milk.txt").write_text("Milk is kept cold.\n")
    Builder(embedder)(small, silent)
    (generation(small) / "units.bin").unlink()
    index = open_index(small, embedder=embedder, builder=Builder(embedder))
    assert index.generation == first.name
    assert re.search(r"units\.bin is missing.*python -m index build.*the index of", index.problem)
    report = index.rebuild()
    assert report.made
    assert report.manifest.embedded == 1
    assert not index.problem
    assert index.generation == report.generation == Store(small.store_path).current()


def test_a_lost_pointer_loses_no_index(small: IndexSettings) -> None:
    name = generation(small).name
    (small.store_path / "current").unlink()
    opened = Store(small.store_path).open()
    assert opened.generation.name == name
    assert "current is missing" in opened.problem


def test_an_older_generation_with_other_settings_does_not_step_in(
    small: IndexSettings, embedder: OnnxEmbedder
) -> None:
    german = small.model_copy(update={"language": "german"})
    Builder(embedder)(german, silent)
    (generation(small) / "units.bin").unlink()
    with pytest.raises(IndexCorrupt, match=r"units\.bin is missing"):
        open_index(german, embedder=embedder)
    older = open_index(small, embedder=embedder)
    assert "language german, but auto is wanted now" in older.problem
    assert older.manifest.chunking["language"] == "auto"


def test_the_last_generations_stay_and_one_can_go_back_to_each(
    small: IndexSettings, embedder: OnnxEmbedder
) -> None:
    store = Store(small.store_path)
    kept = small.model_copy(update={"keep_generations": 3})
    for number in range(4):
        (small.seeds_path / f"{number}.txt").write_text(f"Number {number}.\n")
        Builder(embedder)(kept, silent)
    names = store.names()
    assert len(names) == 3
    assert store.current() == names[2]
    index = open_index(small, embedder=embedder, builder=Builder(embedder))
    assert index.roll_back() == names[1] == index.generation == store.current()
    assert "3.txt" not in {source.path for source in index.sources()}
    assert store.rolled_back() == names[2]
    assert not index.outdated()
    assert index.changes(index.manifest).added == ("3.txt",)
    assert index.roll_back() == names[0]
    assert store.rolled_back() == names[2]
    with pytest.raises(GenerationMissing, match="no generation before"):
        index.roll_back()
    with pytest.raises(GenerationMissing, match=r"no generation 2026.*python -m index list"):
        index.roll_back("20260101T000000000000-000000000000")
    assert index.roll_back(names[2]) == names[2]
    assert not store.rolled_back()
    with writing(store) as writer:
        assert writer.prune(1) == names[:2]
    assert store.names() == names[2:]


@pytest.mark.parametrize(
    "name", ["99999999T000000000000-0123456789ab", "29990101T000000000000-0123456789ab"]
)
@pytest.mark.parametrize("content", ["", "{}", "manifest of another"])
def test_a_folder_that_only_looks_like_a_generation_counts_for_nothing(
    small: IndexSettings, embedder: OnnxEmbedder, name: str, content: str
) -> None:
    good = generation(small)
    for number in range(4):
        made_up = good.with_name(f"{name[:-1]}{number}")
        made_up.mkdir()
        if content:
            (made_up / "manifest.json").write_text(content)
        if content.startswith("manifest"):
            shutil.copy(good / "manifest.json", made_up)
    (small.seeds_path / "milk.txt").write_text("Milk is kept cold.\n")
    store = Store(small.store_path)
    report = Builder(embedder)(small, silent)
    assert store.names() == [good.name, report.generation]
    assert store.current() == report.generation
    assert report.manifest.created_at.year < 2900
    entries = {entry.name: entry.problem for entry in store.entries()}
    assert len(entries) == 6
    assert all(problem for other, problem in entries.items() if other not in store.names())
    with writing(store) as writer:
        assert writer.roll_back(lambda _manifest: None) == good.name
    assert made_up.is_dir()


def test_a_generation_that_was_renamed_is_none(
    small: IndexSettings, embedder: OnnxEmbedder
) -> None:
    good = generation(small)
    later = good.with_name(f"29990101T000000000000-{good.name.partition('-')[2]}")
    shutil.copytree(good, later)
    with pytest.raises(IndexCorrupt, match="has another name than the build gave it"):
        Store(small.store_path).read(later.name)
    (small.store_path / "current").write_text(later.name)
    opened = Store(small.store_path).open()
    assert opened.generation.name == good.name
    assert "another name" in opened.problem
    assert Builder(embedder)(small, silent).generation < later.name


def test_what_is_damaged_takes_no_good_generations_place(
    small: IndexSettings, embedder: OnnxEmbedder
) -> None:
    store = Store(small.store_path)
    kept = small.model_copy(update={"keep_generations": 2})
    made = [generation(small).name]
    for number in range(3):
        (small.seeds_path / f"{number}.txt").write_text(f"Number {number}.\n")
        made.append(
            Builder(embedder)(kept.model_copy(update={"keep_generations": 9}), silent).generation
        )
    (store.generations / made[1] / "units.bin").write_bytes(b"damage")
    (store.generations / made[2] / "manifest.json").write_text("{}")
    (small.seeds_path / "last.txt").write_text("The last one.\n")
    newest = Builder(embedder)(kept, silent).generation
    assert store.names() == [made[3], newest]
    with writing(store) as writer:
        assert writer.prune(1) == [made[3]]


def test_a_link_to_a_generation_elsewhere_is_served_and_never_emptied(
    small: IndexSettings, embedder: OnnxEmbedder, tmp_path: Path
) -> None:
    first = generation(small)
    elsewhere = tmp_path / "elsewhere"
    first.rename(elsewhere)
    first.symlink_to(elsewhere)
    assert open_index(small, embedder=embedder).answer("How hot should green tea be?")
    files = sorted(file.name for file in elsewhere.iterdir())
    for number in range(3):
        (small.seeds_path / f"{number}.txt").write_text(f"Number {number}.\n")
        Builder(embedder)(small.model_copy(update={"keep_generations": 1}), silent)
    assert sorted(file.name for file in elsewhere.iterdir()) == files
    assert len(Store(small.store_path).names()) == 1


@pytest.mark.parametrize("file", ["current", "build.lock"])
@pytest.mark.parametrize(
    "replace", [os.mkfifo, Path.mkdir, lambda file: file.symlink_to("/dev/zero")]
)
def test_a_pipe_folder_or_device_in_the_store_keeps_nobody_waiting(
    small: IndexSettings, embedder: OnnxEmbedder, file: str, replace: Callable[[Path], None]
) -> None:
    before = generation(small)
    (small.store_path / file).unlink(missing_ok=True)
    replace(small.store_path / file)
    index = open_index(small, embedder=embedder, builder=Builder(embedder))
    assert index.generation == before.name
    assert isinstance(index.answer("How hot should green tea be?"), Answer)
    (small.seeds_path / "milk.txt").write_text("Milk is kept cold.\n")
    try:
        assert index.rebuild().made
    except StoreError as error:
        assert file in str(error)  # noqa: PT017 - a pipe may well be locked
    assert Path("/dev/zero").is_char_device()


@pytest.mark.parametrize(
    "text", ["", "\0" * 500, "x" * 10_000, "é", "../../etc", "\n", " instead of "]
)
def test_whatever_the_pointer_holds_the_newest_index_answers(
    small: IndexSettings, text: str
) -> None:
    name = generation(small).name
    for content in (text, f"{name}{text}", f"{name} instead of {text}"):
        (small.store_path / "current").write_text(content)
        assert Store(small.store_path).open().generation.name == name


def test_nobody_goes_back_to_a_damaged_generation(
    small: IndexSettings, embedder: OnnxEmbedder
) -> None:
    first = generation(small)
    (small.seeds_path / "milk.txt").write_text("Milk is kept cold.\n")
    Builder(embedder)(small, silent)
    (first / "units.bin").unlink()
    store = Store(small.store_path)
    assert [bool(entry.problem) for entry in store.entries()] == [True, False]
    now = store.current()
    index = open_index(small, embedder=embedder)
    with pytest.raises(GenerationMissing, match=r"to go back to: .*units\.bin is missing"):
        index.roll_back()
    with pytest.raises(IndexCorrupt, match=r"units\.bin is missing"):
        index.roll_back(first.name)
    assert store.current() == now


def test_a_generation_that_does_not_find_its_own_passages_is_never_made_current(
    small: IndexSettings, embedder: OnnxEmbedder, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = generation(small)
    (small.seeds_path / "milk.txt").write_text("Milk is kept cold.\n")
    real = model_text

    def others_words(passage: Passage) -> str:
        return real(passage)[::-1]

    with monkeypatch.context() as patch:
        patch.setattr("index.build.write.model_text", others_words)
        with pytest.raises(ValidationFailed, match=r"its words are another's.*still in use"):
            Builder(embedder)(small, silent)
    make = embed.embed

    def others_vectors(
        passages: Sequence[Passage], embedder: Embedder
    ) -> Iterator[EmbeddedPassage]:
        for embedded in make(passages, embedder):
            yield replace(embedded, vector=-embedded.vector)

    monkeypatch.setattr("index.build.embed.embed", others_vectors)
    with pytest.raises(ValidationFailed, match=r"its embedding is another's"):
        Builder(embedder)(small, silent)
    assert generation(small) == before


def test_a_clock_that_was_put_back_makes_no_generation_older(
    small: IndexSettings, embedder: OnnxEmbedder, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = generation(small).name

    class Earlier(datetime):
        @classmethod
        def now(cls, tz: tzinfo | None = None) -> Self:
            return cls(2001, 1, 1, tzinfo=tz)

    monkeypatch.setattr("index.build.build.datetime", Earlier)
    (small.seeds_path / "milk.txt").write_text("Milk is kept cold.\n")
    Builder(embedder)(small, silent)
    assert generation(small).name > before
    assert Store(small.store_path).names()[-1] == generation(small).name


def test_an_old_index_lives_as_long_as_somebody_reads_it(
    small: IndexSettings, embedder: OnnxEmbedder
) -> None:
    index = open_index(small, embedder=embedder, builder=Builder(embedder))
    answerer = index.answerer
    old = weakref.ref(answerer.searcher.generation.tokens)
    (small.seeds_path / "tea.md").unlink()
    index.rebuild()
    index.rebuild(everything=True)
    index.rebuild(everything=True)
    reply = answerer.answer(answerer.question("How hot should green tea be?"))
    assert isinstance(reply, Answer)
    assert reply.citations[0].path == "tea.md"
    assert reply.generation != index.generation
    del answerer, reply
    gc.collect()
    assert old() is None
