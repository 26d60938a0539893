"""Hits to answers: verbatim or nothing."""

from contextlib import closing
from dataclasses import replace
from pathlib import Path

import pytest

from index import (
    Answer,
    AnswerSettings,
    Index,
    IndexSettings,
    NoAnswer,
    QuestionError,
    Span,
    document_key,
    open_index,
)
from index.answer.answer import Answerer, proves
from index.domain import Citation, Passage
from index.model.onnx_embedder import OnnxEmbedder
from index.store.passages import Passages
from tests.support.builder import Builder


def test_an_answer_quotes_its_file_word_for_word(seeds_index: Index) -> None:
    reply = seeds_index.answer("Who directed All of Us Strangers?")
    assert isinstance(reply, Answer)
    assert "Andrew Haigh" in reply.citations[0].bold
    for citation in reply.citations:
        document = seeds_index.read(citation.path)
        assert document is not None
        text = document.text
        assert citation.span.of(text) == citation.quote
        assert citation.bold in citation.quote
        assert citation.lines is not None
        first, last = citation.lines
        assert citation.quote in "\n".join(text.split("\n")[first - 1 : last])
        assert citation.url == f"https://example.org/docs/{citation.path}"


def test_an_infobox_line_answers(seeds_index: Index) -> None:
    reply = seeds_index.answer("What is the runtime of All of Us Strangers?")
    assert isinstance(reply, Answer)
    assert reply.citations[0].bold == "Runtime: 105 minutes"
    assert "Infobox" in reply.citations[0].quote + reply.citations[0].context


def test_an_award_row_is_quoted_with_the_award_it_belongs_to(seeds_index: Index) -> None:
    reply = seeds_index.answer(
        "Who was named for Best Editing at the British Independent Film Awards?"
    )
    citation = reply.citations[0] if isinstance(reply, Answer) else reply.nearest[0]
    assert "British Independent Film Awards" in citation.quote + citation.context


def test_a_sentence_that_leads_in_code_or_a_list_is_quoted_with_it(
    tmp_path: Path, embedder: OnnxEmbedder
) -> None:
    guide = """# Running it

Start the server with this script:

```bash
#!/bin/sh
exec server --port 80
```

It listens at once.

# Before the hike

Pack these things for the hike:

- two litres of water
- a map

Then go.
"""
    (tmp_path / "guide.md").write_text(guide)
    settings = IndexSettings(seeds=str(tmp_path), store=str(tmp_path / "store"))
    with closing(open_index(settings, embedder=embedder, builder=Builder(embedder))) as index:
        started = index.answer("How do I start the server?")
        packed = index.answer("What do I pack for the hike?")
    assert isinstance(started, Answer)
    assert isinstance(packed, Answer)
    code = started.citations[0].quote
    assert code.startswith("Start the server with this script:")
    assert "exec server --port 80" in code
    assert not started.citations[0].goes_on
    assert "at once" not in code
    packing = packed.citations[0].quote
    assert packing.startswith("Pack these things")
    assert packing.endswith("- a map")


@pytest.mark.parametrize("fence", ["```\n", ""])
def test_of_code_that_is_too_long_the_beginning_is_quoted_and_said_to_go_on(
    embedder: OnnxEmbedder, tmp_path: Path, fence: str
) -> None:
    indent = "" if fence else "    "
    code = "".join(f"{indent}open_valve({n}, port={n * 3})\n" for n in range(90))
    text = f"# Garden\n\nWater the beds with this program:\n\n{fence}{code}{fence}\nThen wait.\n"
    (tmp_path / "garden.md").write_text(text)
    settings = IndexSettings(seeds=str(tmp_path), store=str(tmp_path / "store"))
    with closing(open_index(settings, embedder=embedder, builder=Builder(embedder))) as index:
        reply = index.answer("How do I water the beds?")
    assert isinstance(reply, Answer)
    first = reply.citations[0]
    assert first.quote.startswith("Water the beds with this program:")
    assert "open_valve(0, port=0)" in first.quote
    assert first.goes_on


def test_a_bold_question_is_quoted_with_all_of_its_signs(
    embedder: OnnxEmbedder, tmp_path: Path
) -> None:
    faq = (
        "# Pool\n\n**Is a bathing cap required?**\n\nOn Mondays, yes. Else it isn't.\n\n"
        "**Can I get a refund?**\n\nNo, but a card may be handed to another member.\n"
    )
    (tmp_path / "pool.md").write_text(faq)
    settings = IndexSettings(seeds=str(tmp_path), store=str(tmp_path / "store"))
    with closing(open_index(settings, embedder=embedder, builder=Builder(embedder))) as index:
        reply = index.answer("Is a bathing cap required?")
    assert isinstance(reply, Answer)
    first = reply.citations[0]
    assert first.quote.removeprefix("**Is a bathing cap required?**\n\n").startswith("On Mondays")
    assert first.bold.startswith("On Mondays, yes.")


@pytest.mark.parametrize(
    "question", ["How do I bake sourdough bread?", "what's the tallest mountain in Peru"]
)
def test_ask_refuses_when_nothing_is_close(seeds_index: Index, question: str) -> None:
    reply = seeds_index.answer(question)
    assert isinstance(reply, NoAnswer)
    assert reply.reason


@pytest.mark.parametrize(
    ("question", "reason"),
    [
        ("", "empty"),
        ("  \n", "empty"),
        ("x" * 10_000, "10,000 characters"),
        ("🙂🎬", "no words"),
        ("bad \udcff dog", "Unicode"),
    ],
)
def test_what_is_no_question_gets_one_clear_line(
    seeds_index: Index, question: str, reason: str
) -> None:
    with pytest.raises(QuestionError, match=reason) as caught:
        seeds_index.answer(question)
    assert "\n" not in str(caught.value)


def test_a_question_of_stop_words_or_another_script_gets_an_outcome(seeds_index: Index) -> None:
    for question in ("who is he", "映画の監督は誰ですか", "кто режиссёр"):
        assert isinstance(seeds_index.answer(question), Answer | NoAnswer)


def test_a_quote_that_is_not_in_its_document_is_dropped(
    seeds_index: Index, caplog: pytest.LogCaptureFixture
) -> None:
    searcher = seeds_index.answerer.searcher
    documents = {
        path: replace(document, text=document.text.replace("Andrew Haigh", "Andrew  Hague"))
        for path, document in searcher.generation.documents.items()
    }
    damaged = replace(searcher, generation=replace(searcher.generation, documents=documents))
    answerer = Answerer(damaged, AnswerSettings())
    reply = answerer.answer(answerer.question("Who directed All of Us Strangers?"))
    shown = reply.citations if isinstance(reply, Answer) else reply.nearest
    for citation in shown:
        assert citation.quote in documents[citation.path].text
    assert "dropped" in caplog.text


def test_a_proof_needs_every_part(seeds_index: Index) -> None:
    generation = seeds_index.answerer.searcher.generation
    hit, citation = seeds_index.lookup("Who directed the film?", 1)[0]
    document = generation.documents[citation.path]
    assert proves(document, hit.passage, citation)
    start, end = citation.span.start, citation.span.end

    def wrong(**changes: object) -> Citation:
        return replace(citation, **changes)  # type: ignore[arg-type]

    for bad in (
        wrong(quote=citation.quote + "!"),
        wrong(bold=citation.bold[1:]),
        wrong(span=Span(start + 1, end + 1)),
        wrong(path="other.txt"),
        wrong(bold_span=Span(0, len(document.text) + 5)),
    ):
        assert not proves(document, hit.passage, bad)


def test_a_passage_view_says_when_the_file_changed(seeds_index: Index) -> None:
    _, citation = seeds_index.lookup("Who directed the film?", 1)[0]
    view = seeds_index.passage(citation.path, citation.bold_span, citation.sha256[:8])
    assert view is not None
    assert not view.changed
    assert citation.bold in view.text
    changed = seeds_index.passage(citation.path, Span(10**6, 10**6 + 5), "0" * 8)
    assert changed is not None
    assert changed.changed
    assert seeds_index.passage("gone.txt", Span(0, 1), "") is None


def test_showing_a_passage_decodes_none_but_its_neighbours(
    seeds_index: Index, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = "003_film_article.txt"
    document = seeds_index.read(path)
    assert document is not None
    text = document.text
    decoded: list[int] = []
    real = Passages.__getitem__

    def counted(passages: Passages, number: int) -> Passage:
        decoded.append(number)
        return real(passages, number)

    monkeypatch.setattr(Passages, "__getitem__", counted)
    assert len(text) > 10_000
    for start in range(500, len(text) - 10, 997):
        decoded.clear()
        span = Span(start, start + 10)
        view = seeds_index.passage(path, span, "")
        assert view is not None
        assert view.text == view.span.of(text)
        assert view.span.start <= span.start < span.end <= view.span.end
        assert len(set(decoded)) <= 3


def test_a_document_is_found_by_its_path_and_by_its_key(seeds_index: Index) -> None:
    for source in seeds_index.sources():
        assert seeds_index.source(source.path) is source
        assert seeds_index.source(document_key(source.path)) is source
    assert seeds_index.source("nowhere.md") is None
