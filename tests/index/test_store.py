"""Generations on disk: what is opened is what was built, or is refused."""

import json
import shutil
from pathlib import Path

import pytest

from index import IndexSettings, SeedIndexError, Span, open_index
from index.build import build
from index.embedding import SentenceTransformerEmbedder
from index.errors import (
    IndexCorrupt,
    IndexIncompatible,
    IndexLocked,
    IndexMissing,
    SourcesMissing,
    StoreError,
)
from index.front import silent
from index.store import FORMAT_VERSION, Store


@pytest.fixture
def small(tmp_path: Path, embedder: SentenceTransformerEmbedder) -> IndexSettings:
    """Two small documents, indexed."""
    seeds = tmp_path / "seeds"
    seeds.mkdir()
    (seeds / "tea.md").write_text("# Tea\n\nGreen tea is steeped at eighty degrees.\n")
    (seeds / "coffee.txt").write_text("Coffee is ground just before it is brewed.\n")
    settings = IndexSettings(seeds=str(seeds), store=str(tmp_path / "store"))
    build(settings, embedder, silent)
    return settings


def generation(settings: IndexSettings) -> Path:
    """The folder of the current generation."""
    store = Store(settings.store_path)
    return store.folder / "generations" / store.current()


def test_an_index_opens_without_embedding_anything_again(
    small: IndexSettings, embedder: SentenceTransformerEmbedder, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(embedder, "embed_documents", None)
    index = open_index(small, embedder=embedder)
    assert [source.path for source in index.sources()] == ["coffee.txt", "tea.md"]
    assert index.lookup("How hot should green tea be?")[0].passage.document == "tea.md"


def test_a_store_without_an_index_says_how_to_build_one(tmp_path: Path) -> None:
    with pytest.raises(IndexMissing, match="python -m index build"):
        Store(tmp_path).read()


def test_a_flipped_byte_in_any_file_is_found_and_named(small: IndexSettings) -> None:
    folder = generation(small)
    files = [file for file in folder.rglob("*") if file.is_file() and file.name != "manifest.json"]
    assert len(files) > 10
    for file in files:
        good = file.read_bytes()
        place = len(good) // 2
        file.write_bytes(good[:place] + bytes([good[place] ^ 1]) + good[place + 1 :])
        with pytest.raises(IndexCorrupt, match=r"damaged.*python -m index build") as caught:
            Store(small.store_path).read()
        assert file.name in str(caught.value)
        file.write_bytes(good)
    Store(small.store_path).read()


def test_a_missing_file_and_a_broken_manifest_are_named(small: IndexSettings) -> None:
    folder = generation(small)
    (folder / "units.npy").rename(folder / "gone")
    with pytest.raises(IndexCorrupt, match=r"units\.npy is missing"):
        Store(small.store_path).read()
    (folder / "manifest.json").write_text("{")
    with pytest.raises(IndexCorrupt, match=r"manifest\.json"):
        Store(small.store_path).read()


def test_files_of_two_generations_do_not_mix(
    small: IndexSettings, embedder: SentenceTransformerEmbedder
) -> None:
    first = generation(small)
    old = first.parent.parent / "old"
    shutil.copytree(first, old)
    (small.seeds_path / "milk.txt").write_text("Milk is kept cold.\n")
    build(small, embedder, silent)
    second = generation(small)
    manifest = json.loads((second / "manifest.json").read_text())
    before = json.loads((old / "manifest.json").read_text())
    shutil.copy(old / "passages.jsonl", second / "passages.jsonl")
    manifest["files"]["passages.jsonl"] = before["files"]["passages.jsonl"]
    (second / "manifest.json").write_text(json.dumps(manifest))
    with pytest.raises(IndexCorrupt, match="mixes"):
        Store(small.store_path).read()


def test_another_setting_model_or_format_is_incompatible(
    small: IndexSettings, embedder: SentenceTransformerEmbedder
) -> None:
    other = small.model_copy(update={"language": "german"})
    with pytest.raises(IndexIncompatible, match=r"language auto.*say german.*index build"):
        open_index(other, embedder=embedder)
    other = small.model_copy(update={"model": "other/model"})
    with pytest.raises(IndexIncompatible, match="model all-MiniLM-L6-v2"):
        open_index(other, embedder=embedder)
    file = generation(small) / "manifest.json"
    file.write_text(
        file.read_text().replace(f'"format_version": {FORMAT_VERSION}', '"format_version": 99')
    )
    with pytest.raises(IndexIncompatible, match="format 99"):
        open_index(small, embedder=embedder)


def test_a_failing_build_leaves_the_last_good_generation(
    small: IndexSettings, embedder: SentenceTransformerEmbedder, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = generation(small)

    def full_disk(*_args: object) -> None:
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as patch:
        patch.setattr("index.store.write_files", full_disk)
        with pytest.raises(StoreError, match="No space left on device"):
            build(small, embedder, silent)
    assert generation(small) == before
    build(small, embedder, silent)
    assert generation(small) != before
    assert not list(before.parent.glob("*.tmp"))


def test_two_builds_do_not_run_at_once(
    small: IndexSettings, embedder: SentenceTransformerEmbedder
) -> None:
    with Store(small.store_path).writing(), pytest.raises(IndexLocked, match="another build"):
        build(small, embedder, silent)


def test_a_rebuild_replaces_what_answers(
    small: IndexSettings, embedder: SentenceTransformerEmbedder
) -> None:
    index = open_index(small, embedder=embedder)
    (small.seeds_path / "milk.txt").write_text("Milk is kept at four degrees.\n")
    (small.seeds_path / "picture.png").write_bytes(b"\x89PNG")
    (small.seeds_path / "binary.txt").write_bytes(b"\0\1\2")
    report = index.rebuild()
    assert report.documents == 3
    assert {each.path for each in report.skipped} == {"picture.png", "binary.txt"}
    assert "milk.txt" in {source.path for source in index.sources()}


@pytest.mark.parametrize(("make", "reason"), [(False, "no seeds folder"), (True, "empty")])
def test_a_missing_or_empty_seeds_folder_never_replaces_an_index(
    small: IndexSettings, embedder: SentenceTransformerEmbedder, *, make: bool, reason: str
) -> None:
    before = generation(small)
    shutil.rmtree(small.seeds_path)
    if make:
        small.seeds_path.mkdir()
    with pytest.raises(SourcesMissing, match=reason):
        build(small, embedder, silent)
    assert generation(small) == before


def test_a_document_that_lost_its_text_is_noted_and_shown_as_gone(
    small: IndexSettings, embedder: SentenceTransformerEmbedder
) -> None:
    index = open_index(small, embedder=embedder)
    (small.seeds_path / "tea.md").write_text("# Tea\n")
    report = index.rebuild()
    assert [(each.path, "headings" in each.reason) for each in report.notes] == [("tea.md", True)]
    assert index.passage("tea.md", Span(0, 3), "") is None


def test_a_manifest_that_was_tampered_with_and_a_file_in_the_way_are_told(
    small: IndexSettings, tmp_path: Path, embedder: SentenceTransformerEmbedder
) -> None:
    file = generation(small) / "manifest.json"
    file.write_text(file.read_text().replace('"chunking"', '"cutting"'))
    with pytest.raises(IndexCorrupt, match="python -m index build"):
        Store(small.store_path).read()
    (tmp_path / "file").write_text("in the way")
    blocked = small.model_copy(update={"store": str(tmp_path / "file")})
    with pytest.raises(StoreError, match="move it away"):
        build(blocked, embedder, silent)


def test_every_failure_is_one_of_ours(tmp_path: Path) -> None:
    (tmp_path / "current").write_text("../../etc")
    with pytest.raises(SeedIndexError):
        Store(tmp_path).read()


def test_a_folder_in_the_place_of_the_pointer_is_named(
    small: IndexSettings, embedder: SentenceTransformerEmbedder
) -> None:
    pointer = Path(small.store) / "current"
    pointer.unlink()
    pointer.mkdir()
    with pytest.raises(IndexCorrupt, match="current"):
        Store(small.store_path).read()
    with pytest.raises(StoreError, match=r"current: the index can't be written: Is a directory"):
        build(small, embedder, silent)
