"""Documents to passages: exact spans, and never over the model's limit."""

from collections.abc import Sequence
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from index.build.build import chunker
from index.domain import BlockKind, Document, Passage, Span
from index.errors import ModelUnavailable, UnreadableSource
from index.model.onnx_embedder import OnnxEmbedder
from index.model.torch_embedder import SentenceTransformerEmbedder
from index.reading.formats import read
from index.settings import IndexSettings
from index.text.chunking import Chunker, embedded_text

pieces = st.lists(
    st.one_of(
        st.text(st.characters(exclude_categories=["Cs"]), max_size=200),
        st.sampled_from(["\n\n", "\r\n", "\r", "# H\n", "== W ==\n", "- item\n", "| a | b |\n"]),
        st.just("word " * 300),
        st.just("x" * 5000),
        st.just("é́ẍ" * 50),
    ),
    max_size=8,
)


def _passages(document: Document, cutter: Chunker) -> Sequence[Passage]:
    passages = cutter.cut(document, 0).passages
    for passage in passages:
        text = embedded_text(passage.preamble, passage.units[0].context, passage.text)
        assert passage.span.of(document.text) == passage.text
        assert passage.text.strip()
        assert cutter.count_tokens(text) <= cutter.max_tokens
        for unit in passage.units:
            assert passage.span.start <= unit.span.start < unit.span.end <= passage.span.end
    return passages


@pytest.mark.parametrize("suffix", ["txt", "md"])
def test_any_text_is_cut_at_exact_spans_within_the_limit(
    suffix: str, embedder: OnnxEmbedder
) -> None:
    cutter = chunker(IndexSettings(passage_tokens=64), embedder)

    @settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))
    @given(pieces)
    def holds(parts: list[str]) -> None:
        try:
            document = read(f"a.{suffix}", "".join(parts).encode())
        except UnreadableSource:
            return
        _passages(document, cutter)

    holds()


@pytest.mark.parametrize("limit", [-20, -1, 0, 1, 2])
def test_cutting_ends_whatever_the_limit(limit: int) -> None:
    document = read("a.md", b"# Prices\n\nAll of them:\n\n- One costs two.\n- Two cost three.\n")
    passages = Chunker(limit, lambda text: len(text.split())).cut(document, 0).passages
    assert all(passage.span.of(document.text) == passage.text for passage in passages)
    assert "Two" in "".join(passage.text for passage in passages)


def test_a_prompt_that_leaves_no_room_for_a_passage_is_refused() -> None:
    long = IndexSettings(document_prompt="passage " * 300)
    with pytest.raises(ModelUnavailable, match=r"leaves 0 of its 256 tokens .*`document_prompt`"):
        SentenceTransformerEmbedder(long)


def test_every_word_of_the_seeds_is_in_a_passage(embedder: OnnxEmbedder) -> None:
    cutter = chunker(IndexSettings(), embedder)
    for file in (Path(__file__).parents[3] / "seeds").glob("00*"):
        document = read(file.name, file.read_bytes())
        covered = set[int]()
        for passage in _passages(document, cutter):
            covered.update(range(passage.span.start, passage.span.end))
        left_out = "".join(
            char if at not in covered else "\n" for at, char in enumerate(document.text)
        )
        lines = {line.strip(" =-") for line in left_out.splitlines() if line.strip(" =-")}
        lines = {line for line in lines if not line.startswith(("layout:", "title:", "excerpt:"))}
        assert lines <= {landmark.label for landmark in document.landmarks}


def test_a_table_row_is_never_torn(embedder: OnnxEmbedder) -> None:
    rows = [f"| name {n} | {'value ' * 12}{n} |" for n in range(60)]
    document = read("t.txt", "\n".join(["| Name | Value |", *rows]).encode())
    passages = _passages(document, chunker(IndexSettings(), embedder))
    units = [unit for passage in passages for unit in passage.units]
    assert [unit.span.of(document.text) for unit in units][1:] == [row.strip() for row in rows]
    assert all(unit.kind is BlockKind.ROW for unit in units)


def test_code_that_is_too_long_begins_with_the_sentence_that_leads_it_in(
    embedder: OnnxEmbedder,
) -> None:
    code = "\n".join(f"valve_{n} = open_valve(port={n * 3})" for n in range(60))
    text = f"# Garden\n\nWater the beds with this:\n\n```python\n{code}\n```\n\nThen wait.\n"
    first, *others = _passages(read("a.md", text.encode()), chunker(IndexSettings(), embedder))
    assert first.text.startswith("Water the beds with this:")
    assert "valve_0 = " in first.text
    assert all(other.text.startswith("valve_") for other in others[:-1])
    assert others[-1].text.endswith("Then wait.")


@pytest.mark.parametrize("limit", range(60, 110, 10))
def test_rows_and_items_stay_with_the_one_that_they_depend_on(limit: int) -> None:
    awards = [f"| Award {n} | {n} May | Best film |\n| Best actor | Name {n} | |" for n in range(9)]
    table = "\n".join(["| Ceremony | Date | Prize |", *awards])
    items = "\n".join(f"- Tool {n}\n  - flag one\n  - flag two" for n in range(20))
    cutter = Chunker(limit, lambda text: len(text.split()))
    for text in (table, items):
        passages = _passages(read("a.md", f"{text}\n".encode()), cutter)
        assert len(passages) > 1
        for passage in passages:
            assert all(unit.anchor >= passage.span.start for unit in passage.units)


def test_headings_longer_than_the_limit_still_leave_room(
    embedder: OnnxEmbedder,
) -> None:
    text = f"# {'Very long heading ' * 200}\n\nA sentence stands here.\n"
    passages = _passages(read("h.md", text.encode()), chunker(IndexSettings(), embedder))
    assert passages[0].text == "A sentence stands here."


def test_a_passage_is_whole_paragraphs_or_a_part_of_one(
    embedder: OnnxEmbedder,
) -> None:
    long = " ".join(
        f"Sentence {number} tells of the old mill by the river." for number in range(60)
    )
    short = "The mill was closed."
    text = f"{long}\n\n{short}\n\n{short}\n\n{long}\n\n{short}"
    document = read("mill.txt", text.encode())
    passages = Chunker(128, embedder.count_tokens).cut(document, 0).passages
    paragraphs = [block.span for block in document.blocks]
    for passage in passages:
        covered = [
            each
            for each in paragraphs
            if each.start < passage.span.end and passage.span.start < each.end
        ]
        whole = passage.span == Span(covered[0].start, covered[-1].end)
        assert whole or len(covered) == 1
    assert any(passage.text == f"{short}\n\n{short}" for passage in passages)


@pytest.mark.parametrize("path", ["a.md", "a.txt"])
def test_items_in_items_on_one_long_line_are_cut_in_order(path: str) -> None:
    document = read(path, ("- " * 40 + "word " * 4000 + "\n\n- end\n").encode())
    starts = [block.span.start for block in document.blocks]
    assert len(set(starts)) < len(starts)
    assert starts == sorted(starts)
    for passage in _passages(document, Chunker(64, lambda text: len(text.split()))):
        starts = [unit.span.start for unit in passage.units]
        assert starts == sorted(starts)


@pytest.mark.parametrize(
    ("path", "text"),
    [
        ("a.txt", "x" * 300_000),
        ("a.md", "- " + "ab1" * 100_000),
        ("a.csv", "a,b\n1," + "y" * 600_000 + "\n"),
        ("a.html", "<p>" + "ab cd, " * 60_000),
        ("a.md", "# " + "word " * 50_000 + "\n\ntext " * 50),
        ("a.yaml", "key: " + "漢" * 100_000),
    ],
)
def test_what_has_no_end_is_cut_with_a_bounded_effort(path: str, text: str) -> None:
    counted = 0

    def count(part: str) -> int:
        nonlocal counted
        counted += len(part)
        return len(part) // 3 + 1

    document = read(path, text.encode())
    assert max(block.span.end - block.span.start for block in document.blocks) <= 4000
    _passages(document, cutter := Chunker(256, count))
    counted = 0
    cutter.cut(document, 0)
    assert counted < 40 * len(text)
