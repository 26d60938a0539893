"""Whatever the engine: it proposes what the files say is nearest, of the generation asked alone."""

from collections.abc import Iterator, Sequence
from contextlib import ExitStack
from itertools import pairwise
from pathlib import Path
from random import Random

import numpy as np
import numpy.typing as npt
import pytest

from index import IndexSettings, open_index
from index.build.build import build
from index.domain import NoAnswer
from index.front import Index, silent
from index.settings import QdrantSettings
from index.store.generation import Generation
from index.store.store import Store
from tests.support.engines import in_memory, on_a_server, on_the_standin, with_engine
from tests.support.qdrant_standin.process import StandIn
from tests.tools.endurance.leaks.quick import WordEmbedder, hurry

WORDS = [f"{first}{second}" for first in "bdfglmnprst" for second in ("ade", "irp", "olm", "unk")]
DOCUMENTS = 60
EMBEDDER = WordEmbedder()

pytestmark = [
    pytest.mark.filterwarnings("ignore:Payload indexes have no effect:UserWarning"),
    pytest.mark.filterwarnings("ignore:Local mode performs exact:UserWarning"),
]


@pytest.fixture(scope="module")
def standin(tmp_path_factory: pytest.TempPathFactory) -> Iterator[StandIn]:
    """A process with Qdrant's own engine."""
    with StandIn(tmp_path_factory.mktemp("standin")) as process:
        yield process


@pytest.fixture(params=["faiss", "memory", "stand-in", "server"])
def qdrant(
    request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch
) -> Iterator[QdrantSettings | None]:
    """Each engine in turn."""
    with ExitStack() as stack:
        if request.param == "memory":
            yield stack.enter_context(in_memory(monkeypatch))
        elif request.param == "stand-in":
            yield on_the_standin(request.getfixturevalue("standin"))
        elif request.param == "server":
            yield stack.enter_context(on_a_server())
        else:
            yield None


@pytest.fixture
def settings(
    qdrant: QdrantSettings | None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> IndexSettings:
    """An index with that engine, of documents by chance."""
    hurry(monkeypatch)
    seeds = tmp_path / "seeds"
    seeds.mkdir()
    draw = Random(7)  # noqa: S311 - no secret
    for number in range(DOCUMENTS):
        write(seeds, number, sentences(draw))
    # The same twice.
    write(seeds, DOCUMENTS, (seeds / "0.txt").read_text())
    return with_engine(IndexSettings(seeds=str(seeds), store=str(tmp_path / "store")), qdrant)


def sentences(draw: Random) -> str:
    """Some words by chance, the first ones the oftenest."""
    words = [WORDS[min(int(draw.paretovariate(0.7)), len(WORDS)) - 1] for _ in range(12)]
    return f"{' '.join(words)}."


def write(seeds: Path, number: int, text: str) -> None:
    """Write a document."""
    (seeds / f"{number}.txt").write_text(text)


def built(settings: IndexSettings) -> Index:
    """Build, and open what was built."""
    build(settings, silent, lambda _settings: EMBEDDER)
    return open_index(settings, embedder=EMBEDDER)


def generation(index: Index) -> Generation:
    """What answers now."""
    return index.answerer.searcher.generation


def texts(found: Generation, ids: npt.NDArray[np.int64]) -> list[str]:
    """What stands in passages, in order."""
    return sorted(found.passages[int(each)].text for each in ids)


def nearest_texts(found: Generation, question: str, count: int) -> list[str]:
    """What stands in the passages that the engine finds nearest to a question."""
    return texts(found, found.engine.nearest(EMBEDDER.embed_question(question).vector, count))


def bm25(found: Generation, words: Sequence[str]) -> npt.NDArray[np.float32]:
    """The BM25 of each passage by the formula, a word at a time."""
    analyzer, every = found.lexicon.analyzer, [*found.passages]
    held = [analyzer.words(found_text(each.document, each.text), "english") for each in every]
    average = float(np.mean([len(each) for each in held]))
    scores = np.zeros(len(every), np.float64)
    for word in words:
        holding = sum(word in each for each in held)
        rare = np.log(1 + (len(every) - holding + 0.5) / (holding + 0.5))
        for place, own in enumerate(held):
            often = own.count(word)
            scores[place] += rare * often / (often + 1.2 * (0.25 + 0.75 * len(own) / average))
    return scores.astype(np.float32)


def found_text(path: str, text: str) -> str:
    """What the words of a passage are taken from: its document's title, which is its name, too."""
    return f"{Path(path).stem}\n{text}"


def test_the_nearest_are_those_that_comparing_with_each_finds(settings: IndexSettings) -> None:
    found = generation(built(settings))
    every = np.arange(len(found.passages))
    for word in WORDS:
        vector = EMBEDDER.embed_question(word).vector
        cosines = found.vectors.cosines(vector, every)
        ids = found.engine.nearest(vector, 7)
        assert np.allclose(found.vectors.cosines(vector, ids), np.sort(cosines)[::-1][:7])


def test_the_best_matches_are_those_that_the_formula_finds(settings: IndexSettings) -> None:
    found = generation(built(settings))
    every = np.arange(len(found.passages))
    for first, second in pairwise(WORDS):
        words = found.lexicon.words(f"{first} {second} {first}")
        matches, expected = found.engine.matches(words), bm25(found, words)
        assert np.allclose(matches.scores(every), expected, atol=1e-5)
        best = np.sort(matches.scores(matches.best(7)))[::-1]
        assert np.allclose(best, np.sort(expected[expected > 0])[::-1][:7], atol=1e-5)


def test_of_very_many_passages_frequent_words_count_but_are_not_asked_for(
    settings: IndexSettings, monkeypatch: pytest.MonkeyPatch
) -> None:
    found = generation(built(settings))
    monkeypatch.setattr("index.store.qdrant.engine.MANY", 10)
    rare = min(WORDS, key=lambda word: found.lexicon.holding(word) or DOCUMENTS)
    words = found.lexicon.words(f"{WORDS[0]} {rare}")
    assert found.lexicon.holding(words[0]) > 0.1 * DOCUMENTS
    matches = found.engine.matches(words)
    best = matches.best(1)
    assert np.allclose(matches.scores(best), bm25(found, words).max(), atol=1e-5)
    # Where there is no other, they are.
    assert len(found.engine.matches(words[:1]).best(3)) == 3


def test_words_that_no_passage_has_match_nothing(settings: IndexSettings) -> None:
    found = generation(built(settings))
    matches = found.engine.matches(["nowhere"])
    assert matches.best(5).tolist() == []
    assert matches.scores(np.array([0, 1])).tolist() == [0, 0]


def test_more_than_there_are_can_be_asked_for(settings: IndexSettings) -> None:
    found = generation(built(settings))
    vector = EMBEDDER.embed_question("bade").vector
    assert sorted(found.engine.nearest(vector, 1000)) == [*range(len(found.passages))]


def test_what_is_said_twice_is_found_in_both_places(settings: IndexSettings) -> None:
    found = generation(built(settings))
    text = found.documents["0.txt"].text
    ids = found.engine.nearest(EMBEDDER.embed_question(text).vector, 2)
    paths = {found.passages[int(each)].document for each in ids}
    assert paths == {"0.txt", f"{DOCUMENTS}.txt"}


def test_each_generation_finds_what_it_has_and_nothing_else(settings: IndexSettings) -> None:
    first = built(settings)
    old = generation(first)
    seeds = settings.seeds_path
    before = {path.name: path.read_text() for path in seeds.iterdir()}
    write(seeds, 3, "zonk zonk zonk.")
    (seeds / "4.txt").unlink()
    new = generation(built(settings))
    assert nearest_texts(new, "zonk", 1) == ["zonk zonk zonk."]
    assert "zonk zonk zonk." not in nearest_texts(old, "zonk", DOCUMENTS)
    everything = DOCUMENTS + 1
    assert nearest_texts(old, "bade", everything) == sorted(before.values())
    after = sorted(path.read_text() for path in seeds.iterdir())
    assert nearest_texts(new, "bade", everything) == after
    assert texts(old, old.engine.matches(["zonk"]).best(5)) == []
    assert texts(new, new.engine.matches(["zonk"]).best(5)) == ["zonk zonk zonk."]


def test_what_goes_and_comes_back_is_found_again(settings: IndexSettings) -> None:
    built(settings)
    place = settings.seeds_path / "5.txt"
    text = place.read_text()
    place.write_text("zonk.")
    without = generation(built(settings))
    place.write_text(text)
    again = generation(built(settings))
    assert nearest_texts(without, text, DOCUMENTS).count(text) == 0
    assert nearest_texts(again, text, 1) == [text]


def test_what_was_rolled_back_to_answers_and_is_built_on(settings: IndexSettings) -> None:
    index = built(settings)
    place = settings.seeds_path / "6.txt"
    text = place.read_text()
    place.write_text("zonk.")
    built(settings)
    index.refresh()
    index.roll_back()
    assert nearest_texts(generation(index), text, 1) == [text]
    write(settings.seeds_path, 7, "quiff quiff.")
    place.write_text(text)
    newest = generation(built(settings))
    assert nearest_texts(newest, text, 1) == [text]
    assert "zonk." not in nearest_texts(newest, "zonk", DOCUMENTS)
    assert nearest_texts(newest, "quiff", 1) == ["quiff quiff."]


def test_a_build_after_many_finds_just_what_one_finds(
    settings: IndexSettings, tmp_path: Path
) -> None:
    draw = Random(11)  # noqa: S311 - no secret
    for _ in range(5):
        built(settings)
        for number in draw.sample(range(DOCUMENTS), 9):
            write(settings.seeds_path, number, sentences(draw))
    many = built(settings)
    one = built(settings.model_copy(update={"store": str(tmp_path / "other"), "engine": "faiss"}))
    for word in WORDS:
        assert replied(many, f"{word} {WORDS[0]}?") == replied(one, f"{word} {WORDS[0]}?")


def replied(index: Index, question: str) -> object:
    """What is said, or shown as nearest."""
    reply = index.answer(question)
    found = reply.nearest if isinstance(reply, NoAnswer) else reply.citations
    return [(each.path, each.quote) for each in found]


def test_an_index_of_nothing_finds_nothing(settings: IndexSettings, tmp_path: Path) -> None:
    empty = tmp_path / "empty"
    empty.mkdir()
    other = settings.model_copy(update={"seeds": str(empty)})
    build(other, silent, lambda _settings: EMBEDDER, allow_empty=True)
    found = Store.of(other).open().generation
    assert found.engine.nearest(EMBEDDER.embed_question("bade").vector, 5).tolist() == []
    assert found.engine.matches(["bade"]).best(5).tolist() == []
