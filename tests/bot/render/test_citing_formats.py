"""Documents without lines, from their bytes to what a program and a reader are shown."""

import pytest

from bot import render
from bot.programs import forms
from bot.render.pages import pages
from index import Answer, AnswerSettings, Index, IndexSettings, open_index
from index.commands.proof import verify
from index.model.onnx_embedder import OnnxEmbedder
from index.store.store import Store
from tests.support.formats import samples


@pytest.fixture(scope="module")
def index(tmp_path_factory: pytest.TempPathFactory, embedder: OnnxEmbedder) -> Index:
    """One document of every format, indexed."""
    folder = tmp_path_factory.mktemp("formats")
    (folder / "seeds").mkdir()
    for name, data in samples().items():
        (folder / "seeds" / name).write_bytes(data)
    settings = IndexSettings(seeds=str(folder / "seeds"), store=str(folder / "store"))
    answers = AnswerSettings(base_url="https://x.org")
    index = open_index(settings, answers, embedder=embedder)
    proof = verify(Store(settings.store_path).open().generation, settings)
    assert proof.documents == len(samples())
    assert not proof.failures
    return index


@pytest.mark.parametrize(
    ("question", "path", "numbers", "shown"),
    [
        ("How high is the mast?", "boat.pdf", {"page": 2}, "· page 2 · Rigging"),
        ("When does the reading room open?", "opening.html", {}, "html) · Opening hours"),
        ("Is there parking?", "faq.jsonl", {"lines": [3, 3]}, "· line 3 · faq"),
        ("What is the size of the atelier?", "rooms.json", {"record": 2}, "· record 2 · rooms"),
        ("What rules the period?", "tides.ipynb", {"cell": 3}, "· cell 3 · Tides"),
        ("Which shelf is the belt sander on?", "tools.csv", {"lines": [4, 4]}, "· line 4 · tools"),
    ],
)
def test_a_citation_names_the_place_in_the_files_own_terms(
    index: Index, question: str, path: str, numbers: dict[str, object], shown: str
) -> None:
    reply = index.answer(question)
    assert isinstance(reply, Answer)
    first = forms.answered(question, reply, 0.0)["citations"][0]
    assert first["path"] == path
    kinds = ("lines", "page", "record", "cell")
    assert {key: value for key, value in first.items() if key in kinds} == numbers
    page = "#page=2" if "page" in numbers else ""
    assert first["url"] == f"https://x.org/{path}{page}"
    assert shown in render.place(reply.citations[0])


def test_sources_are_as_long_as_their_format_counts(index: Index) -> None:
    extents = {source.path: source.extent for source in index.sources()}
    assert extents["boat.pdf"] == "2 pages"
    assert extents["opening.html"] == ""
    assert extents["tools.csv"] == "5 lines"
    assert extents["rooms.json"] == "3 records"


@pytest.mark.parametrize(("path", "where"), [("tools.csv", "lines 1–5 · "), ("faq.jsonl", "")])
def test_a_page_of_a_document_names_lines_only_where_they_are_the_files(
    index: Index, path: str, where: str
) -> None:
    """The text of a record has lines of its own, whatever the citation of it counts."""
    document = index.read(path)
    assert document is not None
    shown = render.source_page(document, pages(document.text, 1000), 0)
    assert shown.embed.footer.text == f"{where}page 1 of 1"
