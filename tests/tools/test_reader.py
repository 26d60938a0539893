"""The training of the reader, on next to nothing: that its parts do what they say."""

import gzip
import json
import random
from collections.abc import Sequence
from importlib import resources
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

from index import IndexSettings, open_index
from index.answer.calibration import SIGNALS
from index.answer.search import READ
from index.domain import Passage, Span
from index.evaluation.files import read_sets
from index.evaluation.questions import ANSWERABLE, GradedQuestion, Words
from index.model.onnx_embedder import OnnxEmbedder, open_session
from index.model.reader import GRAPH, load_reader
from tests.tools.reader import (
    asking,
    calibrate,
    depth,
    dumps,
    made,
    searched,
    shortened,
    tune,
    weights,
)
from tests.tools.reader.candidates import dumped
from tests.tools.reader.data import AUTHORED, WRITTEN, authored, lines
from tests.tools.reader.encoders import BERT, MPNET, Batch, Encoder, Reader, Shape, buckets
from tests.tools.reader.export import Plain, between, given, ran
from tests.tools.reader.pairs import FOUND, GOLD, MISS, REMOVED, Maker, Pairs, Texts, whole
from tests.tools.reader.prepare import HEAD_TOKENS, QUESTION_TOKENS, bundled_tokenizer, token_span
from tests.tools.reader.ragged import Ragged, save
from tests.tools.reader.reading import best_span, filled, laid, read_all, spread
from tests.tools.reader.train import Drawing, Plan, Told, losses, train

WORDS = 1100
TINY = Shape(BERT, 2, 16, 2, 1e-12)
CPU = torch.device("cpu")


def ragged(*rows: Sequence[int]) -> Ragged:
    return Ragged.of(rows, np.uint16)


@pytest.fixture
def texts() -> Texts:
    """Two passages; question 0 is answered by token 5 of the first, question 1 by neither."""
    return Texts(
        heads=ragged([1050], [1051]),
        bodies=ragged(range(1001, 1031), range(1031, 1051)),
        units=ragged([0, 15, 15, 30], [0, 20]),
        questions=ragged([1060, 1061], [1062]),
        answers=ragged([5, 7], []),
        corpus=np.array([0, 0]),
        text=np.array([0, 0]),
        source=np.array([0, 0]),
        sources=np.array(["authored"]),
        corpora=np.array(["flask"]),
        form=np.array([0, 0]),
        answerable=np.array([True, False]),
        held=np.array([False, False]),
        overlap=np.array([0.5, 0.5]),
        weight=np.array([1.0, 1.0]),
        near=np.full((2, 1), 1),
    )


def made_pairs(texts: Texts) -> Pairs:
    maker = Maker(texts, 0)
    for _ in range(20):
        for number in (0, 1):
            maker.group(number, np.array([1]))
    return maker.made()


def test_sequences_end_to_end_are_read_as_each_by_itself() -> None:
    for kind in (BERT, MPNET):
        torch.manual_seed(0)
        model = Encoder(Shape(kind, 2, 16, 2, 1e-5), WORDS).eval()
        rows = [[101, *range(500, 500 + n), 102] for n in (3, 40, 7)]
        ids = torch.tensor([each for row in rows for each in row])
        types = torch.arange(len(ids)) % 2
        together = model(Batch.of(ids, types, [len(row) for row in rows], CPU, pad=True))
        start = 0
        for row in rows:
            own = slice(start, start + len(row))
            alone = model(Batch.of(ids[own], types[own], [len(row)], CPU, pad=True))
            torch.testing.assert_close(together[own], alone, atol=1e-5, rtol=1e-4)
            start += len(row)


def test_what_is_exported_reads_as_what_was_trained() -> None:
    torch.manual_seed(0)
    reader = Reader(Encoder(TINY, WORDS)).eval()
    ids = torch.randint(200, WORDS, (1, 30))
    types = (torch.arange(30) > 9).long()[None]
    logit, span = reader(Batch.of(ids[0], types[0], [30], CPU, pad=True))
    found = Plain(reader)(ids, types)
    torch.testing.assert_close(found[0], logit, atol=1e-5, rtol=1e-4)
    torch.testing.assert_close(found[1][0], span[:, 0], atol=1e-5, rtol=1e-4)
    torch.testing.assert_close(found[2][0], span[:, 1], atol=1e-5, rtol=1e-4)


def test_weights_can_be_moved_back_a_part_of_the_way() -> None:
    old, new = (Reader(Encoder(TINY, WORDS)) for _ in range(2))
    expected = 0.75 * new.span.weight + 0.25 * old.span.weight
    assert torch.allclose(between(old, new, 0.75).span.weight, expected)


def test_distances_are_counted_as_mpnet_does() -> None:
    assert buckets(torch.tensor([0, -1, 1, -7, 200, -200])).tolist() == [0, 1, 17, 7, 31, 15]


def test_an_answering_pair_marks_its_answer_and_one_without_it_has_it_nowhere(
    texts: Texts,
) -> None:
    pairs = made_pairs(texts)
    answer = texts.bodies[0][5:7].tolist()
    kinds = set()
    for number, kind in enumerate(pairs.kind):
        tokens = pairs.tokens[number].tolist()
        kinds.add(int(kind))
        held = any(tokens[at : at + 2] == answer for at in range(len(tokens)))
        if kind == GOLD:
            assert tokens[pairs.first[number] : pairs.last[number] + 1] == answer
        elif kind in {FOUND, REMOVED}:
            assert not held
        assert pairs.label[number] == (kind == GOLD)
    assert {GOLD, MISS, FOUND, REMOVED} <= kinds


def test_a_passage_that_holds_the_answers_words_is_no_negative(texts: Texts) -> None:
    maker = Maker(texts, 0)
    answers = np.array([[5, 7]])
    assert maker.silent(0, answers, np.array([0, 1])).tolist() == [1]


def test_an_input_says_where_its_passage_and_its_text_begin() -> None:
    tokens, second, body = whole(np.array([7]), np.array([8]), np.array([9, 10]))
    assert tokens.tolist() == [101, 7, 102, 8, 1012, 9, 10, 102]
    assert tokens[second] == 8
    assert tokens[body] == 9
    alone, second, body = whole(np.array([7]), np.zeros(0), np.array([9]))
    assert alone.tolist() == [101, 7, 102, 9, 102]
    assert second == body == 3


def test_probabilities_of_words_sum_to_one_over_a_text_alone() -> None:
    tokens = ragged([101, 5, 102, 6, 7, 102], [101, 5, 102, 8, 102])
    chosen, second = np.array([0, 1]), np.array([3, 3])
    one = laid(tokens, second, second, chosen, 16, CPU, pad=True)
    chances = spread(torch.randn(16, 2), one).exp()
    sums = [chances[3:5].sum(0), chances[9:10].sum(0)]
    torch.testing.assert_close(torch.stack(sums), torch.ones(2, 2))
    assert float(chances.sum()) == pytest.approx(4)


def test_batches_hold_every_pair_and_no_more_tokens_than_fit() -> None:
    lengths = np.array([5, 6, 3, 9, 2])
    batches = list(filled(lengths, np.arange(5), 10))
    assert np.concatenate(batches).tolist() == [0, 1, 2, 3, 4]
    assert all(lengths[each].sum() <= 10 for each in batches)


def test_the_best_span_lies_in_one_unit() -> None:
    start = np.array([0.0, -9, -9, -1, -9])
    end = np.array([-9.0, -9, -9, -9, 0])
    assert best_span(start, end, np.array([[0, 2], [2, 5]])) == (1, 3, 4, -1.0)


def test_training_lowers_the_loss_and_a_teachers_word_is_followed(texts: Texts) -> None:
    torch.manual_seed(0)
    pairs = made_pairs(texts)
    reader = Reader(Encoder(TINY, WORDS))
    told = Told(
        np.where(pairs.label, 3.0, -3.0).astype(np.float32),
        np.full((len(pairs.tokens.values), 2), -2.0, np.float16),
    )
    plan = Plan(seconds=3.0, rate=3e-3, size=512, found=2)
    drawing = Drawing(pairs, np.array([0, 0]), np.array(["authored"]), plan, told)
    step = next(drawing.steps(CPU, pad=True, seed=9))
    before = {name: float(each.detach()) for name, each in losses(reader, step, 0.5).items()}
    seen = train(reader, drawing, plan, threads=1)
    after = {name: float(each.detach()) for name, each in losses(reader, step, 0.5).items()}
    assert seen["steps"] > 3
    assert after["answers"] < before["answers"]
    assert after["soft answers"] < before["soft answers"]
    assert after["words"] < before["words"]


def test_reading_gives_every_pair_a_logit_and_its_text_chances(texts: Texts) -> None:
    pairs = made_pairs(texts)
    reader = Reader(Encoder(TINY, WORDS)).eval()
    logits, spans = read_all(reader, pairs.tokens, pairs.second, pairs.body, 256)
    assert np.isfinite(logits).all()
    text = spans[pairs.body[0] : pairs.tokens.starts[1] - 1].astype(np.float32)
    assert np.exp(text).sum(axis=0) == pytest.approx([1, 1], abs=0.01)


def test_weights_come_back_from_bytes_and_from_parts(tmp_path: Path) -> None:
    given = {"a": torch.randn(70, 8), "b": torch.randn(4), "skipped": torch.randn(3)}
    save(tmp_path / "bytes.npz", weights.in_bytes(given))
    weights.in_parts(given, tmp_path, "part", "skipped")
    for found in (weights.read(tmp_path / "bytes.npz"), weights.read(tmp_path / "part-1.npz")):
        torch.testing.assert_close(found["a"], given["a"], atol=0.03, rtol=0.02)
        torch.testing.assert_close(found["b"], given["b"], atol=1e-3, rtol=1e-3)


def test_tokens_that_touch_characters_are_found() -> None:
    offsets = np.array([[0, 3], [4, 6], [6, 9]], np.int32)
    assert token_span(offsets, 4, 7) == (1, 3)
    assert token_span(offsets, 3, 4) == (0, 0)


def test_a_sheet_holds_what_is_answered_and_lacks_what_is_not() -> None:
    for sheet in made.sheets(50, 1):
        for question, place in sheet["questions"]:
            assert question
            if place:
                start, end = place
                assert sheet["text"][start:end].strip()
                assert any(low <= start and end <= high for low, high in sheet["units"])
        assert [place for _, place in sheet["questions"]].count(None) == 2


def test_a_changed_question_asks_for_something_else() -> None:
    rng = random.Random(0)  # noqa: S311
    assert asking.opposite("What is the first step?", rng) == "What is the last step?"
    assert asking.opposite("Who wrote it?", rng) is None
    context = "He met Anna Berg in Oslo, and Carl Lund in Rome."
    changed = asking.renamed("Where did he meet Anna Berg?", context, ["Oslo"], [], rng)
    assert changed in {None, "Where did he meet Carl Lund?", "Where did he meet Rome?"}


def test_a_question_typed_by_a_member_keeps_words_of_it() -> None:
    rng = random.Random(3)  # noqa: S311
    question = "Where can the configuration of the server be found?"
    for _ in range(50):
        typed = asking.as_member(question, rng)
        assert set(typed.lower().split()) & set(question.lower().rstrip("?").split())


def test_a_dump_has_the_candidates_in_searchs_order_and_knows_what_answers(
    tmp_path: Path, embedder: OnnxEmbedder
) -> None:
    seeds = tmp_path / "seeds"
    seeds.mkdir()
    (seeds / "gate.md").write_text("# Gate\n\nIt is old.\n\nThe gate is closed at ten.\n")
    (seeds / "bread.md").write_text("# Bread\n\nThe baker sells bread and rolls.\n")
    settings = IndexSettings(seeds=str(seeds), store=str(tmp_path / "store"))
    index = open_index(settings, embedder=embedder)
    question = "When is the gate closed?"
    key = Words(("gate.md",), (("ten",),))
    found = dumped(index.answerer, GradedQuestion(question, ANSWERABLE, key))
    file = tmp_path / "dump.jsonl.gz"
    with gzip.open(file, "wt", encoding="utf-8") as stream:
        stream.write(json.dumps({"set": "held-gates-authored", **found}) + "\n")
    said = np.zeros(len(found["hits"]))
    arrays = dict.fromkeys(("logit", "unit", "first", "last"), said)
    weights = {"ranking": {"dense": 1.0}, "topic": {"dense": 1.0}, "topic_bias": 0.0}
    (one,) = dumps.asked([file], {"reader": arrays}, weights)
    assert [hit["path"] for hit in one.hits] == ["gate.md", "bread.md"]
    assert one.right.tolist() == [True, False]
    assert one.search[0] > one.search[1]
    assert one.topic[0] > one.topic[1]
    assert [one.answered(0, *unit) for unit in one.hits[0]["units"]] == [False, True]
    weights["ranking"] = {"dense": -1.0}
    (other_order,) = dumps.asked([file], {"reader": arrays}, weights)
    assert other_order.right.tolist() == [False, True]


def read_once(  # noqa: PLR0913, PLR0917 - what is known of a question
    words: str, kind: str, logits: list[float], search: list[float], topic: float, right: int
) -> dumps.Asked:
    """A question of two candidates of one topic, of which number `right` answers (-1: neither)."""
    nothing = np.zeros(2, np.int64)
    hits = [{"right": number == right} for number in range(2)]
    return dumps.Asked(
        {"set": f"held-gates-{words}", "kind": kind, "hits": hits},
        {"reader": dumps.Read(np.array(logits), nothing, nothing, nothing)},
        np.array(search),
        np.full(2, topic),
    )


def read_set(seed: int, words: str, count: int) -> list[dumps.Asked]:
    """Questions whose logit tells the answer well, and whose topic tells that there is one."""
    rng = np.random.default_rng(seed)
    found = []
    for _ in range(count):
        right = int(rng.integers(2))
        logits, search = rng.normal(size=2), rng.normal(size=2)
        logits[right] += 3
        near = read_once(words, "near-topic", (logits - 2).tolist(), search.tolist(), -2.0, -1)
        found += [near, read_once(words, ANSWERABLE, logits.tolist(), search.tolist(), -0.1, right)]
    return found


def test_what_tells_the_answer_is_weighed_and_what_does_not_is_left_out() -> None:
    questions = [*read_set(1, "authored", 150), *read_set(2, "balance", 150)]
    order = calibrate.fit_order(questions, "reader")
    assert order.score_reader > 1
    assert abs(order.score_ranking) < 0.5
    sureness = calibrate.fit_sureness(questions, "reader", order)
    assert sureness.answer_topic > 0
    likely: dict[bool, list[float]] = {True: [], False: []}
    for one in questions:
        read = one.read["reader"]
        first = int(order.scores(one, read).argmax())
        logit = sureness.of(one, read, first)
        likely[one.answerable and bool(one.right[first])].append(1 / (1 + np.exp(-logit)))
    assert np.mean(likely[True]) > 0.8
    assert np.mean(likely[False]) < 0.2
    every = [*likely[True], *likely[False]]
    assert np.mean(every) == pytest.approx(len(likely[True]) / len(every), abs=0.01)


def test_kinds_of_questions_count_alike_however_many_there_are() -> None:
    own, members = read_set(3, "balance", 60), read_set(4, "authored", 60)
    fitted = calibrate.fit_order([*own, *members], "reader")
    again = calibrate.fit_order([*own * 4, *members], "reader")
    assert again.score_reader == pytest.approx(fitted.score_reader, rel=1e-3)
    assert again.score_ranking == pytest.approx(fitted.score_ranking, abs=1e-3)


def test_a_passage_that_is_not_read_comes_after_those_that_are() -> None:
    count = READ + 2
    nothing = np.zeros(count, np.int64)
    read = dumps.Read(np.full(count, -9.0), nothing, nothing, nothing)
    search = np.arange(count, 0, -1.0)
    one = dumps.Asked({"set": "x", "hits": []}, {}, search, search)
    scores = calibrate.Order(1.0, 0.0).scores(one, read)
    assert scores[:READ].min() > scores[READ] > scores[-1]


@pytest.mark.parametrize("length", [1, 400])
@pytest.mark.parametrize("heading", ["", "The gate\nHours", "A heading without an end " * 20])
def test_the_product_reads_as_the_training_does(heading: str, length: int) -> None:
    question, text = "At which hour is the gate closed? " * length, "It is closed at ten. " * length
    passage = Passage(0, "gate.md", Span(0, len(text)), text, (), heading, ())
    (found,) = load_reader().read(question, [passage])
    tokenizer = bundled_tokenizer()
    asked, head, body = (
        np.array(tokenizer.encode(each, add_special_tokens=False).ids)
        for each in (question, heading, text)
    )
    tokens, second, start = whole(asked[:QUESTION_TOKENS], head[-HEAD_TOKENS:], body)
    model = open_session((resources.files("index.model") / "weights" / GRAPH).read_bytes())
    answers, starts, _ = ran(model, given(tokens, second))
    expected = starts[0, start:-1]
    assert found.answers == pytest.approx(float(answers[0]), abs=1e-4)
    assert found.starts == pytest.approx(expected - np.logaddexp.reduce(expected), abs=1e-4)


def candidate(text: str, words: str | None) -> dict[str, Any]:
    """A candidate as it is dumped, that answers where it has `words`."""
    return {
        "path": "gate.md",
        "preamble": "The gate",
        "text": text,
        "units": [(0, len(text))],
        "signals": dict.fromkeys(SIGNALS, 0.5),
        "right": words is not None and words in text,
    }


def test_training_on_candidates_learns_which_of_them_answers_and_with_which_words(
    tmp_path: Path,
) -> None:
    texts = ["It is closed at ten.", "It is painted green.", "Its key hangs inside."]
    asked = [
        ("When is the gate closed?", "ten"),
        ("Which colour is the gate?", "green"),
        ("Who made the gate?", None),
        # The answer is in none of the candidates: nothing to learn from.
        ("How wide is the gate?", "two metres"),
    ]
    file = tmp_path / "dump.jsonl.gz"
    with gzip.open(file, "wt", encoding="utf-8") as stream:
        for question, words in asked:
            kind = ANSWERABLE if words else "near-topic"
            key = {"files": ["gate.md"], "words": [[words]]} if words else None
            hits = [candidate(text, words) for text in texts]
            found = {"set": "gates", "question": question, "kind": kind, "key": key, "hits": hits}
            stream.write(json.dumps(found) + "\n")
    groups = tune.groups([file])
    assert [group.answerable for group in groups] == [True, True, False]
    made = searched.paired(groups)
    assert np.bincount(made.question).tolist() == [len(group.pairs) for group in groups]
    assert made.label.sum() == 2
    assert set(made.weight[made.question == 2].tolist()) == {np.float16(searched.MISSED)}
    (pair,) = [each for each in groups[0].pairs if each.answers]
    ((first, last),) = pair.answers
    assert bundled_tokenizer().decode(pair.tokens[first : last + 1].tolist()) == "ten"
    torch.manual_seed(0)
    reader = Reader(Encoder(TINY, 30528))
    how = calibrate.Order(1.0, 1.0)
    pairs, numbers = groups[0].pairs, np.zeros(3, np.int64)
    before = float(tune.losses(reader, pairs, numbers, how).detach())
    tune.tune(reader, groups, 1200, 3e-3, 512)
    assert float(tune.losses(reader, pairs, numbers, how).detach()) < before / 2


def test_fewer_pairs_are_whole_groups_drawn_by_their_source(texts: Texts) -> None:
    pairs = made_pairs(texts)
    drawing = Drawing(pairs, np.array([0, 0]), ["authored"], Plan(0, 0, 0, 0), None)
    kept = drawing.kept(np.random.default_rng(0), 12)
    assert 12 <= len(kept) < len(pairs.label)
    groups = np.searchsorted(drawing.starts, kept, "right") - 1
    for group in np.unique(groups):
        own = np.arange(drawing.starts[group], drawing.ends[group])
        assert np.isin(own, kept).all()
    chosen = pairs.chosen(kept)
    assert chosen.kind.tolist() == pairs.kind[kept].tolist()
    assert chosen.tokens[1].tolist() == pairs.tokens[int(kept[1])].tolist()


def test_candidates_are_cut_to_what_answers_and_to_what_is_like_the_question() -> None:
    sentences = ["The gate is old. ", "It is closed at ten. ", "Nobody remembers who built it. "]
    text = "".join(sentences) + "x" * shortened.LONGEST
    starts = np.cumsum([0, *map(len, sentences)]).tolist()
    units = [[start, end - 1] for start, end in pairwise(starts)] + [[starts[-1], len(text)]]
    hit = candidate(text, "ten") | {"units": units, "start": 100}
    key = {"files": ["gate.md"], "words": [["ten"]]}
    asked = {"question": "who built it?", "key": key, "hits": [hit]}
    for seed in range(20):
        answers, other = shortened.shortened(asked, np.random.default_rng(seed))
        assert "ten" in answers["text"]
        assert answers["right"]
        assert "who built it" in other["text"]
        assert "ten" not in other["text"]
        assert not other["right"]
        for cut in (answers, other):
            assert text[cut["start"] - 100 :].startswith(cut["text"])
            assert cut["units"][0][0] == 0
            assert cut["units"][-1][1] == len(cut["text"])
            assert len(cut["text"]) <= shortened.LONGEST
    (only,) = shortened.shortened(
        asked | {"key": None, "hits": [hit | {"right": False}]}, np.random.default_rng(0)
    )
    assert "who built it" in only["text"]


def test_reading_deeper_is_measured_and_an_early_stop_spares_passages() -> None:
    logits, nothing = np.full(20, -5.0), np.zeros(20, np.int64)
    logits[6] = 9.0
    hits = [{"right": number == 6} for number in range(20)]
    one = dumps.Asked(
        {"set": "held-gates-authored", "kind": ANSWERABLE, "hits": hits},
        {"": dumps.Read(logits, nothing, nothing, nothing)},
        np.linspace(1, 0, 20),
        np.zeros(20),
    )
    found = {point.name: point for point in depth.points([one], 12)}
    assert [found[name].first for name in ("4", "8", "20")] == [0, 1, 1]
    assert found["to 3"].passages == 8
    assert found["to 3"].first == 1


def test_the_questions_written_for_this_project_hold_no_text_of_others() -> None:
    assert "written" in AUTHORED
    for each in lines(WRITTEN):
        assert set(each) == {"passage", "question", "answers", "answerable"}
        assert bool(each["answers"]) is each["answerable"]
        assert all(set(answer) == {"start", "end"} for answer in each["answers"])
    assert next(authored(Path("nowhere"), "written"))["question"]


@pytest.mark.parametrize("folder", ["facts", "software", "talk"])
def test_every_question_about_an_own_document_has_its_answer_there(folder: str) -> None:
    own = WRITTEN.parent / folder
    questions = read_sets((own / "questions.jsonl",)).questions
    assert len(questions) > 100
    for question in questions:
        if not isinstance(question.key, Words):
            continue
        (name,) = question.key.files
        text = (own / "docs" / name).read_text(encoding="utf-8")
        assert any(word in text for words in question.key.words for word in words), question.text
