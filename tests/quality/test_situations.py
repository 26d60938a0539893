"""Documents as people have them: each folder of `situations` is one kind, asked as members ask.

`seeds` holds the documents, and `before`, where there is one, what stood in their place when the
index was built first. `questions.toml` says what the folder is about and what is asked of it; an
`[[ask]]` has the fields of `Ask`.
"""

import re
import shutil
import tomllib
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

import pytest

from index import Answer, Citation, Index, IndexSettings, NoAnswer, open_index
from index.model.onnx_embedder import OnnxEmbedder
from tests.support.builder import Builder

SITUATIONS = Path(__file__).parent / "situations"
Opened = Callable[[str], Index]


@dataclass(frozen=True)
class Ask:
    """A question and what holds of its reply; texts are patterns, upper and lower case alike.

    The first citation holds `quotes`, and one or another each of `shown`, in its quote, the words
    that this needs from elsewhere or its rows; being named as a place that says the same doesn't
    count. With `differs` a citation is marked as saying otherwise than one before, and the date or
    version that makes one the later holds `later`. What is `refused` isn't answered. What doesn't
    hold yet says in `short` why.
    """

    question: str
    quotes: str = ""
    shown: Sequence[str] = ()
    differs: bool = False
    later: str = ""
    refused: bool = False
    short: str = ""

    def misses(self, reply: Answer | NoAnswer) -> Iterator[str]:
        """Yield what doesn't hold of a reply."""
        if self.refused:
            if isinstance(reply, Answer):
                yield "a refusal"
            return
        if isinstance(reply, NoAnswer):
            yield "an answer"
            return
        if not found(self.quotes, said(reply.citations[0])):
            yield f"/{self.quotes}/ in the first quote"
        for pattern in self.shown:
            if not any(found(pattern, said(citation)) for citation in reply.citations):
                yield f"/{pattern}/ in a quote"
        if self.differs and not any(citation.unlike for citation in reply.citations):
            yield "a quote that is marked as saying otherwise"
        if self.later and not any(found(self.later, each.later) for each in reply.citations):
            yield f"a quote that is marked as later for /{self.later}/"
        if any(
            other.path == each.path and each.span.holds(other.bold_span)
            for each in reply.citations
            for other in each.also
        ):
            yield "a quote that isn't named as a further place of itself"


def found(pattern: str, text: str) -> bool:
    """Whether a text has a pattern."""
    return re.search(pattern, text, re.IGNORECASE) is not None


def said(citation: Citation) -> str:
    """What a citation shows of its document, in one line."""
    quotes = (citation.quote, *(row.quote for row in citation.rows), citation.context)
    return " ".join(" ".join(quotes).split())


def described(reply: Answer | NoAnswer) -> str:
    """A reply for a person to read."""
    answered = isinstance(reply, Answer)
    shown = reply.citations if isinstance(reply, Answer) else reply.nearest
    lines = [f"{'answered' if answered else 'not answered'}, confidence {reply.confidence:.2f}"]
    for each in shown:
        marks = f" unlike [{each.unlike}]" if each.unlike else ""
        marks += f" later: {each.later}" if each.later else ""
        marks += f" the same in {each.elsewhere}" if each.also else ""
        marks += f" {each.more} more" if each.more else ""
        lines.append(f"[{each.number}] {each.path}:{marks} {said(each)}")
    return "\n  ".join(lines)


def asks() -> Iterator[object]:
    """Yield each folder with each of its questions."""
    for folder in sorted(each for each in SITUATIONS.iterdir() if each.is_dir()):
        for table in tomllib.loads((folder / "questions.toml").read_text("utf-8"))["ask"]:
            ask = Ask(**table)
            short = pytest.mark.xfail(reason=ask.short, strict=True, raises=pytest.fail.Exception)
            marks = [short] if ask.short else []
            yield pytest.param(folder.name, ask, id=f"{folder.name}: {ask.question}", marks=marks)


@pytest.fixture(scope="module")
def opened(tmp_path_factory: pytest.TempPathFactory, embedder: OnnxEmbedder) -> Opened:
    """Index a folder of documents, once for the questions that follow each other."""

    @lru_cache(1)
    def opened(folder: str) -> Index:
        home = tmp_path_factory.mktemp("situation")
        settings = IndexSettings(seeds=str(home / "seeds"), store=str(home / "store"))
        before, now = SITUATIONS / folder / "before", SITUATIONS / folder / "seeds"
        shutil.copytree(before if before.exists() else now, home / "seeds")
        index = open_index(settings, embedder=embedder, builder=Builder(embedder))
        if before.exists():
            shutil.rmtree(home / "seeds")
            shutil.copytree(now, home / "seeds")
            index.rebuild()
        return index

    return opened


@pytest.mark.parametrize(("folder", "ask"), [*asks()])
def test_members_are_answered(opened: Opened, folder: str, ask: Ask) -> None:
    reply = opened(folder).answer(ask.question)
    if missing := "; ".join(ask.misses(reply)):
        message = f"{folder}: {ask.question!r} lacks {missing}\n  {described(reply)}"
        pytest.fail(message, pytrace=False)
