"""A build takes over what hasn't changed, and answers as if it had made everything anew."""

import errno
import shutil
import time
from collections.abc import Callable
from copy import copy
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from index import (
    Answer,
    BuildReport,
    Citation,
    CollectionSettings,
    IndexSettings,
    NoAnswer,
    Span,
    open_index,
)
from index.answer.search import Searcher
from index.build.build import build
from index.build.changes import find_changes
from index.collections import names, settings_of
from index.errors import ModelUnavailable, SourcesMissing
from index.front import silent
from index.model.counting import TokenCounter
from index.model.onnx_embedder import OnnxEmbedder
from index.reading.files import Scan, scan
from index.reading.origins import JSON, ORIGINS, Origin, Origins
from index.settings import BUNDLED_MODEL
from index.store.arrays import Array
from index.store.generation import Generation
from index.store.store import Store
from tests.support.builder import Builder
from tests.support.failing import failing_to_open
from tests.support.readers import KILLED, readers_that

TEA = """\
# Tea

Green tea is steeped at eighty degrees.

| Tea | Minutes |
| --- | --- |
| Black | 4 |
"""
TEXTS = {
    "tea.md": TEA,
    "coffee.txt": "Coffee is ground just before it is brewed. It keeps for two weeks.\n",
    "bees.md": "# Bees\n\n- Hives are inspected in May.\n- Honey is taken in July.\n",
    "tools.csv": "tool,shelf\nbelt sander,4\nband saw,2\n",
}


@pytest.fixture
def seeds(tmp_path: Path) -> Path:
    """A folder with a few documents."""
    folder = tmp_path / "seeds"
    folder.mkdir()
    for name, text in TEXTS.items():
        (folder / name).write_text(text)
    return folder


@pytest.fixture
def settings(seeds: Path, tmp_path: Path) -> IndexSettings:
    """The folder's settings."""
    return IndexSettings(seeds=str(seeds), store=str(tmp_path / "store"))


@pytest.fixture
def make(settings: IndexSettings, embedder: OnnxEmbedder) -> Callable[[], Generation]:
    """Builds, and returns the current generation."""

    def build_once() -> Generation:
        Builder(embedder)(settings, silent)
        return Store(settings.store_path).open().generation

    return build_once


def unloaded(_settings: IndexSettings) -> OnnxEmbedder:
    """A model that must not be asked for."""
    raise AssertionError


def embeddings(generation: Generation, path: str) -> list[bytes]:
    """All the embeddings of a document's passages, byte for byte."""
    tokens = generation.tokens
    arrays = []
    for number in generation.passages.of(path):
        row = generation.passages.rows[number : number + 1][0]
        begin, end = row["token"], row["last_token"]
        arrays.append(generation.vectors.of(np.array([number])))
        arrays += [tokens.codes[begin:end], tokens.scales[begin:end]]
    assert arrays
    return [array.tobytes() for array in arrays]


def test_nothing_changed_needs_no_model_and_makes_nothing(
    settings: IndexSettings, make: Callable[[], Generation]
) -> None:
    name = make().name
    report = build(settings, silent, unloaded)
    assert not report.made
    assert report.generation == name == Store(settings.store_path).current()
    assert report.summary.startswith("nothing has changed: the index has 4 documents")


def test_unchanged_files_keep_their_embeddings_bit_for_bit(
    seeds: Path, make: Callable[[], Generation]
) -> None:
    before = make()
    (seeds / "aaa.txt").write_text("Something new, and first.\n")
    (seeds / "coffee.txt").write_text("Coffee is never ground.\n")
    after = make()
    for path in ("tea.md", "bees.md", "tools.csv"):
        assert embeddings(after, path) == embeddings(before, path)
    outcomes = {record.path: record.outcome for record in after.manifest.sources}
    assert outcomes["tea.md"] == "unchanged"
    assert outcomes["aaa.txt"] == outcomes["coffee.txt"] == "indexed"
    assert after.manifest.embedded == 2


def test_a_part_of_a_file_that_stays_is_not_embedded_again(
    seeds: Path, make: Callable[[], Generation]
) -> None:
    sections = [
        f"# Part {number}\n\nRoom {number} has {number + 3} doors.\n" for number in range(6)
    ]
    (seeds / "rooms.md").write_text("\n".join(sections))
    make()
    sections[3] = "# Part 3\n\nRoom 3 is walled up.\n"
    (seeds / "rooms.md").write_text("\n".join(sections))
    assert make().manifest.embedded == 1


def test_a_passage_that_several_files_have_is_embedded_once(
    seeds: Path, make: Callable[[], Generation], monkeypatch: pytest.MonkeyPatch
) -> None:
    # So few that those of one file are embedded before the next is looked at.
    monkeypatch.setattr("index.build.embed.EMBEDDING_STEP", 1)
    for name in ("xa.txt", "xb.txt", "xc.txt"):
        (seeds / name).write_text("The cellar door stays locked at night.\n")
    first = make()
    passages = len(first.passages)
    assert first.manifest.embedded == passages - 2
    (seeds / "xd.txt").write_text("The cellar door stays locked at night.\n")
    second = make()
    assert second.manifest.embedded == 0
    for path in ("xb.txt", "xc.txt", "xd.txt"):
        assert embeddings(second, path) == embeddings(first, "xa.txt")


@pytest.mark.parametrize("step", [1, 256])
def test_a_passage_that_a_file_repeats_is_embedded_once(
    seeds: Path, make: Callable[[], Generation], monkeypatch: pytest.MonkeyPatch, step: int
) -> None:
    monkeypatch.setattr("index.build.embed.EMBEDDING_STEP", step)
    make()
    verse = "The cellar door stays locked at night."
    (seeds / "song.md").write_text("# Song\n\n" + f"## Refrain\n\n{verse}\n\n" * 3)
    (seeds / "tune.md").write_text(f"# Song\n\n## Refrain\n\n{verse}\n")
    after = make()
    assert len(after.passages.of("song.md")) == 3
    assert after.manifest.embedded == 1
    assert embeddings(after, "song.md") == 3 * embeddings(after, "tune.md")


def test_a_renamed_file_keeps_its_embeddings_and_is_found_by_its_new_name(
    seeds: Path,
    settings: IndexSettings,
    make: Callable[[], Generation],
    embedder: OnnxEmbedder,
) -> None:
    before = make()
    (seeds / "coffee.txt").rename(seeds / "espresso.txt")
    (seeds / "deep").mkdir()
    (seeds / "bees.md").rename(seeds / "deep" / "hive.md")
    index = open_index(settings, embedder=embedder)
    changes = index.changes(index.manifest)
    assert changes.renamed == (("bees.md", "deep/hive.md"), ("coffee.txt", "espresso.txt"))
    assert not changes.added
    assert not changes.deleted
    after = make()
    assert after.manifest.embedded == 0
    assert embeddings(after, "espresso.txt") == embeddings(before, "coffee.txt")
    assert embeddings(after, "deep/hive.md") == embeddings(before, "bees.md")
    _, citation = open_index(settings, embedder=embedder).lookup("espresso")[0]
    assert citation.path == "espresso.txt"


@pytest.mark.parametrize("ask", ["lookup", "near"])
def test_a_rebuild_while_something_is_looked_up_has_no_part_in_it(
    seeds: Path,
    settings: IndexSettings,
    embedder: OnnxEmbedder,
    monkeypatch: pytest.MonkeyPatch,
    ask: str,
) -> None:
    index = open_index(settings, embedder=embedder, builder=Builder(embedder))
    before = index.generation
    hits = Searcher.hits

    def overtaken(searcher: Searcher, query: str, count: int, source: str | None = None) -> object:
        found = hits(searcher, query, count, source)
        for hit in found:
            (seeds / hit.passage.document).unlink(missing_ok=True)
        (seeds / "new.txt").write_text("Nothing else is left.\n")
        index.rebuild()
        return found

    monkeypatch.setattr(Searcher, "hits", overtaken)
    if ask == "lookup":
        pairs = index.lookup("How hot is green tea?")
    else:
        pairs = index.near("How hot is green tea?", "bees.md", Span(9, 40), 3)
    found = [citation for _, citation in pairs]
    assert index.generation != before
    assert "tea.md" in {each.path for each in found}
    assert {each.generation for each in found} == {before}


def test_what_is_told_of_the_index_is_told_of_one_generation(
    seeds: Path, settings: IndexSettings, embedder: OnnxEmbedder
) -> None:
    index = open_index(settings, embedder=embedder, builder=Builder(embedder))
    before = index.state
    (seeds / "tea.md").unlink()
    index.rebuild()
    assert [each.path for each in before.sources] == sorted(before.manifest.documents)
    assert before.generation != index.state.generation
    assert index.changes(before.manifest).deleted == ("tea.md",)
    assert not index.changes(index.state.manifest).any


def test_a_deleted_file_leaves(
    seeds: Path, settings: IndexSettings, make: Callable[[], Generation]
) -> None:
    make()
    (seeds / "tea.md").unlink()
    after = make()
    assert set(after.documents) == TEXTS.keys() - {"tea.md"}
    assert all(passage.document != "tea.md" for passage in after.passages)
    assert (
        "black" not in (settings.store_path / "generations" / after.name / "words.json").read_text()
    )


@pytest.mark.parametrize(
    ("changed", "why"),
    [
        ({"passage_tokens": 128}, "passage_tokens is 128 now, was 256"),
        ({"language": "german"}, "language is german now, was auto"),
        ({"max_pages": 3}, "max_pages is 3 now, was 2000"),
        ({"query_prompt": "query: "}, f"the model {BUNDLED_MODEL} is another version than before"),
    ],
)
def test_a_changed_setting_makes_everything_anew_and_says_why(
    settings: IndexSettings,
    make: Callable[[], Generation],
    embedder: OnnxEmbedder,
    changed: dict[str, object],
    why: str,
) -> None:
    make()
    other = IndexSettings.model_validate({**settings.model_dump(), **changed})
    report = Builder(embedder)(other, silent)
    assert report.manifest.rebuilt == why
    assert report.manifest.embedded == report.manifest.passages
    assert {record.outcome for record in report.manifest.sources} == {"indexed"}


def test_a_file_that_is_elsewhere_on_the_web_is_linked_there_without_being_read(
    seeds: Path, settings: IndexSettings, make: Callable[[], Generation]
) -> None:
    manifest = make().manifest
    sha256 = manifest.documents["tea.md"]
    old, new, other = (
        f"https://{host}/{commit * 40}/tea.md"
        for host, commit in (("a.example", "1"), ("a.example", "2"), ("b.example", "2"))
    )
    # At a later commit alone it isn't elsewhere, but whatever is built has the later one.
    for link, changed in ((old, ("tea.md",)), (new, ()), (other, ("tea.md",)), ("", ("tea.md",))):
        origins = Origins(files={"tea.md": Origin(sha256, link)})
        (seeds / ORIGINS).write_bytes(JSON.dump_json(origins))
        changes = find_changes(scan(settings), manifest, settings, manifest.model_revision)
        assert (changes.linked, changes.any) == (changed, bool(changed))
        if changed:
            manifest = make().manifest
            assert manifest.embedded == 0
            assert manifest.links == ({"tea.md": link} if link else {})
    (seeds / "bees.md").write_text("Bees are kept in hives.\n")
    (seeds / ORIGINS).write_bytes(JSON.dump_json(Origins(files={"tea.md": Origin("0", other)})))
    assert make().manifest.links == {}


def test_another_folder_or_choice_is_taken_in_as_files_that_come_and_go(
    seeds: Path,
    settings: IndexSettings,
    embedder: OnnxEmbedder,
    make: Callable[[], Generation],
) -> None:
    (seeds / "sub").mkdir()
    (seeds / "tea.md").rename(seeds / "sub" / "tea.md")
    (seeds / "coffee.txt").rename(seeds / "sub" / "coffee.txt")
    manifest = make().manifest
    for changed, deleted, added in (
        ({"folder": "sub"}, {"bees.md", "tools.csv"}, set()),
        ({"only": ["*.md"]}, {"sub/coffee.txt"}, {"bees.md"}),
        ({"folder": "sub", "only": ["*.txt"]}, {"bees.md", "sub/tea.md"}, {"sub/coffee.txt"}),
    ):
        other = settings.model_copy(update=changed)
        changes = find_changes(scan(other), manifest, other, manifest.model_revision)
        assert (set(changes.deleted), set(changes.added)) == (deleted, added)
        manifest = Builder(embedder)(other, silent).manifest
        assert not manifest.rebuilt
        assert manifest.embedded == (1 if added else 0)
    assert set(manifest.documents) == {"sub/coffee.txt"}


def test_folders_in_each_other_and_a_document_of_two_collections_are_no_trouble(
    seeds: Path, settings: IndexSettings, embedder: OnnxEmbedder
) -> None:
    (seeds / "sub").mkdir()
    (seeds / "tea.md").rename(seeds / "sub" / "tea.md")
    collections = [
        CollectionSettings(name="all"),
        CollectionSettings(name="sub", folder="sub"),
        CollectionSettings(name="tea", only=["tea.md"]),
    ]
    built = {}
    for name in names(settings, collections):
        one = settings_of(settings, collections, name)
        built[name] = set(Builder(embedder)(one, silent).manifest.documents)
        index = open_index(one, embedder=embedder, builder=Builder(embedder))
        reply = index.answer("How hot is green tea?")
        assert isinstance(reply, Answer)
        assert reply.citations[0].path == "sub/tea.md"
    assert built["all"] == {"sub/tea.md", "coffee.txt", "bees.md", "tools.csv"}
    assert built["sub"] == built["tea"] == {"sub/tea.md"}


def test_another_model_makes_everything_anew_and_says_why(
    settings: IndexSettings, make: Callable[[], Generation], tmp_path: Path
) -> None:
    make()
    other = settings.model_copy(update={"model": str(tmp_path / "none")})
    with pytest.raises(ModelUnavailable):
        build(other, silent)
    store = Store(settings.store_path)
    assert store.manifest(store.current()).model == BUNDLED_MODEL


def test_an_updated_program_makes_everything_anew_and_says_why(
    make: Callable[[], Generation], monkeypatch: pytest.MonkeyPatch
) -> None:
    make()
    monkeypatch.setattr("index.build.changes.program", lambda: "another")
    monkeypatch.setattr("index.build.build.program", lambda: "another")
    after = make().manifest
    assert after.rebuilt == "the bot or a library that reads documents was updated"
    assert after.embedded == after.passages


def test_a_file_that_can_not_be_read_is_tried_again_when_it_changes(
    seeds: Path, settings: IndexSettings, make: Callable[[], Generation]
) -> None:
    (seeds / "broken.txt").write_bytes(b"\0\1\2")
    (seeds / "picture.png").write_bytes(b"\x89PNG")
    assert len(make().manifest.skipped) == 2
    assert not build(settings, silent, unloaded).made
    (seeds / "broken.txt").write_text("Mended.\n")
    assert "broken.txt" in make().documents


def test_a_document_whose_reader_was_killed_is_read_at_the_next_build(
    seeds: Path,
    settings: IndexSettings,
    embedder: OnnxEmbedder,
    make: Callable[[], Generation],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    make()
    (seeds / "late.txt").write_text("The ferry leaves at nine.\n")
    with readers_that(monkeypatch, KILLED):
        first = make().manifest
        assert {record.path for record in first.sources if record.reason} == {"late.txt"}
        said = first.skipped[0].reason
        assert said.startswith("its reader was killed")
        assert said.endswith("; it is tried again at the next build")
        # It is tried, and tells nothing new: no generation is made that would push out another.
        names = Store(settings.store_path).names()
        again = Builder(embedder)(settings, silent)
        assert not again.made
        assert again.manifest.skipped == first.skipped
        assert Store(settings.store_path).names() == names
        assert len(list(Store(settings.store_path).generations.iterdir())) == len(names)
    after = make()
    assert "late.txt" in after.documents
    assert not after.manifest.skipped
    assert not after.manifest.passing
    assert after.manifest.embedded == 1


def test_what_is_to_be_tried_again_is_no_change_but_told(
    seeds: Path,
    settings: IndexSettings,
    make: Callable[[], Generation],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    (seeds / "late.txt").write_text("The ferry leaves at nine.\n")
    make()
    with readers_that(monkeypatch, KILLED):
        (seeds / "late.txt").write_text("The ferry leaves at ten.\n")
        manifest = make().manifest
    changes = find_changes(scan(settings), manifest, settings, "")
    assert not changes.any
    assert changes.again == ("late.txt",)
    assert changes.summary == "1 to be tried again"
    (seeds / "late.txt").write_text("The ferry leaves at noon.\n")
    assert find_changes(scan(settings), manifest, settings, "").changed == ("late.txt",)


@pytest.mark.parametrize("kind", [errno.EIO, errno.ESTALE])
def test_what_the_disk_fails_to_give_stays_as_it_was_read_before_and_that_is_said(
    seeds: Path, make: Callable[[], Generation], monkeypatch: pytest.MonkeyPatch, kind: int
) -> None:
    before = make()
    (seeds / "new.txt").write_text("The ferry leaves at nine.\n")
    with failing_to_open(monkeypatch, seeds / "tea.md", kind):
        after = make()
    assert embeddings(after, "tea.md") == embeddings(before, "tea.md")
    assert after.manifest.documents["tea.md"] == before.manifest.documents["tea.md"]
    assert [note.path for note in after.manifest.notes] == ["tea.md"]
    assert "is in the index as it was before" in after.manifest.notes[0].reason
    assert not make().manifest.notes


def test_what_nobody_may_read_any_more_is_quoted_no_more(
    seeds: Path, make: Callable[[], Generation], monkeypatch: pytest.MonkeyPatch
) -> None:
    make()
    with failing_to_open(monkeypatch, seeds / "tea.md", errno.EACCES):
        after = make().manifest
    assert "tea.md" not in after.documents
    assert after.skipped[0].reason.startswith("it can't be opened: Permission denied; it is tried")
    assert "tea.md" in make().documents


def test_a_document_of_an_updated_program_is_never_taken_over_unread(
    seeds: Path, make: Callable[[], Generation], monkeypatch: pytest.MonkeyPatch
) -> None:
    make()
    monkeypatch.setattr("index.build.changes.program", lambda: "another")
    (seeds / "tea.md").unlink()
    (seeds / "coffee.txt").unlink()
    with (
        failing_to_open(monkeypatch, seeds / "bees.md", errno.EIO),
        readers_that(monkeypatch, KILLED),
        pytest.raises(SourcesMissing, match="its reader was killed"),
    ):
        make()


def test_a_file_that_was_damaged_only_while_it_was_read_is_read_again(
    seeds: Path,
    settings: IndexSettings,
    embedder: OnnxEmbedder,
    make: Callable[[], Generation],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    whole = "The ferry leaves at nine.\n"
    (seeds / "late.txt").write_text(whole)

    def scan_then_write(*arguments: Any, **options: Any) -> Scan:  # noqa: ANN401 - passed on
        found = scan(*arguments, **options)
        (seeds / "late.txt").write_bytes(b"\0half")
        return found

    with monkeypatch.context() as patch:
        patch.setattr("index.build.build.scan", scan_then_write)
        assert [file.path for file in make().manifest.skipped] == ["late.txt"]
    (seeds / "late.txt").write_text(whole)
    assert Builder(embedder)(settings, silent).made
    assert "late.txt" in Store(settings.store_path).open().generation.documents


def count_in_no_hurry(text: str) -> int:
    """Count words; those of one text take longer than a file may."""
    if "Stewed" in text:
        time.sleep(30)
    return len(text.split())


def test_a_file_whose_cutting_takes_too_long_is_named_and_the_others_are_indexed(
    seeds: Path, settings: IndexSettings, embedder: OnnxEmbedder
) -> None:
    (seeds / "slow.txt").write_text("Stewed pears are eaten cold.\n" * 20)
    patient = copy(embedder)
    patient.count_tokens = TokenCounter(count_in_no_hurry)
    short = settings.model_copy(update={"max_seconds_per_file": 2.0})
    manifest = Builder(patient)(short, silent).manifest
    assert [file.path for file in manifest.skipped] == ["slow.txt"]
    assert "cutting it took too long, over the limit of 2 seconds" in manifest.skipped[0].reason
    assert {file.path for file in manifest.sources if not file.reason} == set(TEXTS)


def test_a_text_too_short_to_tell_turns_with_the_language_of_the_others(
    tmp_path: Path, embedder: OnnxEmbedder
) -> None:
    seeds = tmp_path / "texts"
    seeds.mkdir()
    (seeds / "short.txt").write_text("OK 42\n")
    english = "The library is open on Mondays, and on Thursdays it closes at noon.\n"
    german = "Die Bibliothek hat montags geöffnet, und donnerstags schließt sie am Mittag.\n"
    (seeds / "english.txt").write_text(english)
    settings = IndexSettings(seeds=str(seeds), store=str(tmp_path / "store"))
    Builder(embedder)(settings, silent)
    for number in range(3):
        (seeds / f"german{number}.txt").write_text(german * (number + 1))
    Builder(embedder)(settings, silent)
    after = Store(settings.store_path).open().generation
    assert after.documents["short.txt"].language == "german"
    assert after.documents["english.txt"].language == "english"
    outcomes = {record.path: record.outcome for record in after.manifest.sources}
    assert outcomes["english.txt"] == "unchanged"
    assert outcomes["short.txt"] == "indexed"


@pytest.mark.parametrize("gone", [True, False])
def test_only_who_allows_it_empties_an_index(
    seeds: Path, settings: IndexSettings, embedder: OnnxEmbedder, *, gone: bool
) -> None:
    Builder(embedder)(settings, silent)
    shutil.rmtree(seeds)
    if not gone:
        seeds.mkdir()
    with pytest.raises(SourcesMissing, match="--allow-empty"):
        build(settings, silent, lambda _settings: embedder)
    report = build(settings, silent, lambda _settings: embedder, allow_empty=True)
    assert report.manifest.documents == {}
    index = open_index(settings, embedder=embedder, builder=Builder(embedder))
    reply = index.answer("How hot is green tea?")
    assert isinstance(reply, NoAnswer)
    assert not reply.nearest
    assert index.lookup("tea") == []
    seeds.mkdir(exist_ok=True)
    (seeds / "tea.md").write_text(TEA)
    index.rebuild()
    assert isinstance(index.answer("How hot is green tea?"), Answer)


QUESTIONS = (
    "How hot is green tea?",
    "On which shelf is the band saw?",
    "When is honey taken?",
    "What is the espresso machine called?",
)
PIECES = (
    "Green tea is steeped at eighty degrees.",
    "# Tools\n\n| tool | shelf |\n| --- | --- |\n| band saw | 2 |",
    "Honey is taken in July, and never before.",
    "- The machine is called Vesuvius.\n- It makes espresso.",
    "Die Tür wird um acht Uhr geschlossen, und am Sonntag bleibt sie zu.",
    "Nobody may enter the cellar after dark.",
)
NAMES = ("a.md", "b.txt", "machines.md", "sub/c.md", "notes 7.txt")
edits = st.lists(
    st.tuples(
        st.sampled_from(["write", "delete", "rename"]),
        st.sampled_from(NAMES),
        st.sampled_from(NAMES),
        st.lists(st.sampled_from(PIECES), min_size=1, max_size=3),
    ),
    min_size=1,
    max_size=4,
)


def edit(folder: Path, changes: list[tuple[str, str, str, list[str]]]) -> None:
    """Change the files of a folder."""
    for action, name, other, pieces in changes:
        file = folder / name
        file.parent.mkdir(parents=True, exist_ok=True)
        if action == "write":
            file.write_text("\n\n".join(pieces) + "\n")
        elif action == "delete":
            file.unlink(missing_ok=True)
        elif file.exists() and other != name:
            (folder / other).parent.mkdir(parents=True, exist_ok=True)
            file.rename(folder / other)


def unnamed(citation: Citation) -> Citation:
    """A citation without the name of its generation."""
    also, rows = (tuple(map(unnamed, others)) for others in (citation.also, citation.rows))
    return replace(citation, generation="", also=also, rows=rows)


def told(settings: IndexSettings, embedder: OnnxEmbedder) -> list[object]:
    """What an index answers and finds."""
    index = open_index(settings, embedder=embedder)
    replies: list[object] = []
    for question in QUESTIONS:
        reply = index.answer(question)
        cited = reply.citations if isinstance(reply, Answer) else reply.nearest
        replies.append([type(reply), round(reply.confidence, 2)])
        replies += map(unnamed, cited)
        replies += [hit.passage for hit, _ in index.lookup(question)]
    return replies


def levels_apart(some: Array, others: Array) -> int:
    """How far apart numbers are that embeddings were rounded to; batches move the last digits."""
    return int(np.abs(some.astype(int) - others.astype(int)).max())


def test_any_edits_taken_in_one_by_one_answer_as_a_build_of_everything(
    tmp_path_factory: pytest.TempPathFactory, embedder: OnnxEmbedder
) -> None:
    @hypothesis_settings(
        max_examples=8, deadline=None, suppress_health_check=list(HealthCheck), derandomize=True
    )
    @given(st.lists(edits, min_size=1, max_size=3))
    def holds(rounds: list[list[tuple[str, str, str, list[str]]]]) -> None:
        folder = tmp_path_factory.mktemp("edits")
        seeds = folder / "seeds"
        seeds.mkdir()
        (seeds / "first.txt").write_text("The first document stays where it is.\n")
        settings = IndexSettings(seeds=str(seeds), store=str(folder / "store"))
        fresh = settings.model_copy(update={"store": str(folder / "fresh")})
        Builder(embedder)(settings, silent)
        for changes in rounds:
            edit(seeds, changes)
            Builder(embedder)(settings, silent)
        full: BuildReport = build(fresh, silent, lambda _settings: embedder)
        step, whole = (Store(one.store_path).open().generation for one in (settings, fresh))
        assert dict(step.documents) == dict(whole.documents)
        assert list(step.passages) == list(whole.passages)
        assert [replace(record, reused=False) for record in step.manifest.sources] == list(
            full.manifest.sources
        )
        every = np.arange(len(step.passages))
        assert np.allclose(step.vectors.of(every), whole.vectors.of(every), atol=1e-5)
        assert np.array_equal(step.passages.rows[:], whole.passages.rows[:])
        assert np.array_equal(step.passages.units[:], whole.passages.units[:])
        assert np.array_equal(step.tokens.counts, whole.tokens.counts)
        for shift in (0, 4):
            codes = [built.tokens.codes[:] >> shift & 15 for built in (step, whole)]
            assert levels_apart(*codes) <= 1
        assert told(settings, embedder) == told(fresh, embedder)

    holds()
