"""Training data to arrays: texts as tokens, questions with where their answers are, negatives.

python -m tests.tools.reader.prepare DATA OUT.npz [--share 0.01]

Everything random is drawn with fixed seeds. What needs text is done here, once; what needs a
graphics card (passages near a question by embedding) and what is drawn anew for each pair is done
by `pairs`.
"""

import random
import re
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import bm25s
import click
import numpy as np
import numpy.typing as npt
import Stemmer
from bm25s.stopwords import STOPWORDS_EN
from tokenizers import Encoding, Tokenizer

from index.model.revision import bundled_folder
from tests.tools.reader.asking import as_member, names, opposite, renamed
from tests.tools.reader.data import AUTHORED, HELD_OUT, authored, held_out, lines
from tests.tools.reader.made import sheets
from tests.tools.reader.ragged import Ragged, packed, save

HEAD_TOKENS = 40
QUESTION_TOKENS = 48
TEXT_TOKENS = 1500
NEAR_BM25 = 12
SHEETS = 2500
SEED = 16
# Questions of these are asked again as other members would type them.
AGAIN = 2
# Sources of one kind, whose contexts are each other's negatives.
SQUAD = "squad"
POOLS = {
    "squad_train_cs224n": SQUAD,
    "squad2_train_part": SQUAD,
    "squad_flan_eval": SQUAD,
    "nq_oracle": "nq",
    "qed_dev": "nq",
    "clapnq_dev": "nq",
}
SENTENCE = re.compile(r"[^.!?\n]*(?:[.!?]+(?=\s|$)|\n|$|[.!?])", re.DOTALL)
WORD = re.compile(r"\w+")

# What a question is: asked as it stands; typed otherwise; changed so that nothing answers; or one
# that doesn't name what it is about, so that other passages may answer it too.
PLAIN, TYPED, CHANGED, UNNAMED = range(4)


@dataclass
class Texts:
    """The passages, and which corpus each is of."""

    heads: list[str] = field(default_factory=list)
    bodies: list[str] = field(default_factory=list)
    units: list[list[tuple[int, int]]] = field(default_factory=list)
    corpora: list[str] = field(default_factory=list)

    def add(self, head: str, body: str, units: list[tuple[int, int]], corpus: str) -> int:
        """Add one and return its number."""
        self.heads.append(head)
        self.bodies.append(body)
        self.units.append(units)
        self.corpora.append(corpus)
        return len(self.bodies) - 1


@dataclass
class Asked:
    """A question about passage number `text`; `answers` are character spans of its body."""

    text: int
    question: str
    answers: list[tuple[int, int]]
    source: str
    form: int = PLAIN
    held: bool = False
    overlap: float = 0.0
    weight: float = 1.0


@click.command()
@click.argument("data", type=click.Path(path_type=Path))
@click.argument("out", type=click.Path(path_type=Path))
@click.option("--share", default=1.0, help="Of the questions, for a trial.")
def main(data: Path, out: Path, share: float) -> None:
    """Write OUT from the files in DATA."""
    texts = Texts()
    asked = [*_authored(data, texts), *_public(data, texts), *_made(texts)]
    rng = random.Random(SEED)  # noqa: S311 - examples, no secrets
    asked = [each for each in asked if rng.random() < share]
    click.echo(f"{len(texts.bodies)} passages, {len(asked)} questions")
    _weigh(asked, texts)
    near = _near(asked, texts)
    click.echo("searched")
    asked, near = _more(asked, near, texts, rng)
    click.echo(f"{len(asked)} questions with those typed otherwise or changed")
    save(out, _arrays(asked, near, texts))


def _authored(data: Path, texts: Texts) -> Iterator[Asked]:
    numbers = {
        each["id"]: texts.add(
            each["preamble"],
            each["text"],
            [(start, end) for start, end, _ in each["units"]],
            each["corpus"],
        )
        for each in lines(data / "passages.jsonl.gz")
        if each["corpus"] not in HELD_OUT
    }
    for name in AUTHORED:
        for each in authored(data, name):
            if each["passage"] in numbers:
                yield Asked(numbers[each["passage"]], each["question"], each["answers"], name)


def _spans(example: dict[str, Any]) -> list[tuple[int, int]]:
    spans = [(each["start"], each["start"] + len(each["text"])) for each in example["answers"]]
    return list(dict.fromkeys(spans))


def _public(data: Path, texts: Texts) -> Iterator[Asked]:
    numbers: dict[tuple[str, str], int] = {}
    for each in lines(data / "public.jsonl.gz"):
        pool = POOLS.get(each["source"], each["source"])
        context = each["context"]
        if (pool, context) not in numbers:
            units = [(m.start(), m.end()) for m in SENTENCE.finditer(context) if m.group().strip()]
            numbers[pool, context] = texts.add(each["title"], context, units, pool)
        number = numbers[pool, context]
        texts.heads[number] = texts.heads[number] or each["title"]
        yield Asked(number, each["question"], _spans(each), each["source"], held=held_out(each))


def _made(texts: Texts) -> Iterator[Asked]:
    for sheet in sheets(SHEETS, SEED):
        number = texts.add(sheet["title"], sheet["text"], sheet["units"], "made")
        for question, place in sheet["questions"]:
            form = PLAIN if sheet["named"] else UNNAMED
            yield Asked(number, question, [place] if place else [], "made", form)


def _weigh(asked: Sequence[Asked], texts: Texts) -> None:
    """Set how much of a question's words its passage has, and a weight that makes it say nothing.

    Among the authored questions of like overlap, answerable ones and near misses then count as
    much as they do among all of them.
    """
    stemmer = Stemmer.Stemmer("english")
    stop = frozenset(STOPWORDS_EN)

    def words(text: str) -> set[str]:
        found = [word for word in WORD.findall(text.lower()) if word not in stop]
        return set(stemmer.stemWords(found))

    for each in asked:
        wanted = words(each.question)
        if wanted:
            held = words(f"{texts.heads[each.text]} {texts.bodies[each.text]}")
            each.overlap = len(wanted & held) / len(wanted)
    own = [each for each in asked if each.source in AUTHORED]
    if not own:
        return
    bins: dict[int, list[Asked]] = defaultdict(list)
    for each in own:
        bins[min(4, int(each.overlap * 5))].append(each)
    share = sum(bool(each.answers) for each in own) / len(own)
    for number, own_bin in sorted(bins.items()):
        right = sum(bool(each.answers) for each in own_bin) / len(own_bin)
        click.echo(f"overlap {number / 5:.1f}: {len(own_bin)} authored, {right:.0%} answered")
        for each in own_bin:
            expected, found = (share, right) if each.answers else (1 - share, 1 - right)
            each.weight = float(np.clip(expected / max(found, 1e-3), 0.3, 3))


def _near(asked: Sequence[Asked], texts: Texts) -> npt.NDArray[np.int32]:
    """The passages that BM25 finds for each question in its own corpus: (n, NEAR_BM25)."""
    near = np.full((len(asked), NEAR_BM25), -1, np.int32)
    members: dict[str, list[int]] = defaultdict(list)
    for number, corpus in enumerate(texts.corpora):
        members[corpus].append(number)
    questions: dict[str, list[int]] = defaultdict(list)
    for number, each in enumerate(asked):
        questions[texts.corpora[each.text]].append(number)
    stemmer = Stemmer.Stemmer("english")
    for corpus, numbers in questions.items():
        held = members[corpus]
        tokens = bm25s.tokenize(
            [f"{texts.heads[each]}\n{texts.bodies[each]}" for each in held],
            stemmer=stemmer,
            show_progress=False,
        )
        found = bm25s.BM25()
        found.index(tokens, show_progress=False)
        wanted = bm25s.tokenize(
            [asked[each].question for each in numbers],
            stemmer=stemmer,
            show_progress=False,
            return_ids=False,
        )
        best, _ = found.retrieve(
            wanted, k=min(len(held), NEAR_BM25 + 1), show_progress=False, n_threads=1
        )
        for number, row in zip(numbers, best, strict=True):
            others = [held[each] for each in row if held[each] != asked[number].text][:NEAR_BM25]
            near[number, : len(others)] = others
    return near


def _more(
    asked: Sequence[Asked], near: npt.NDArray[np.int32], texts: Texts, rng: random.Random
) -> tuple[list[Asked], npt.NDArray[np.int32]]:
    """Add the questions typed otherwise, and those changed so that nothing answers them."""
    others = [
        name
        for each in rng.sample(range(len(texts.bodies)), min(20_000, len(texts.bodies)))
        for name in names(texts.bodies[each])[:3]
    ]
    more: list[Asked] = []
    rows: list[int] = []
    for number, each in enumerate(asked):
        if each.held or each.form == UNNAMED:
            continue
        for _ in range(AGAIN if each.source in AUTHORED else rng.random() < 0.15):
            typed = as_member(each.question, rng)
            more.append(
                Asked(each.text, typed, each.answers, each.source, TYPED, weight=each.weight)
            )
            more[-1].overlap = each.overlap
            rows.append(number)
        if not each.answers or each.source == "made":
            continue
        body = texts.bodies[each.text]
        said = [body[start:end] for start, end in each.answers]
        changed = opposite(each.question, rng) if rng.random() < 0.5 else None
        if changed is None and rng.random() < 0.55:
            sample = rng.sample(others, min(40, len(others)))
            changed = renamed(each.question, body, said, sample, rng)
        if changed is not None:
            more.append(Asked(each.text, changed, [], each.source, CHANGED, weight=0.7))
            more[-1].overlap = each.overlap
            rows.append(number)
    return [*asked, *more], np.concatenate([near, near[rows]])


def _arrays(
    asked: Sequence[Asked], near: npt.NDArray[np.int32], texts: Texts
) -> dict[str, npt.NDArray[Any]]:
    tokenizer = bundled_tokenizer()
    heads = [each.ids[-HEAD_TOKENS:] for each in encoded(tokenizer, texts.heads)]
    bodies, units, places = [], [], []
    for found, own in zip(encoded(tokenizer, texts.bodies), texts.units, strict=True):
        offsets = np.array(found.offsets[:TEXT_TOKENS], np.int32).reshape(-1, 2)
        bodies.append(np.array(found.ids[:TEXT_TOKENS], np.uint16))
        places.append(offsets)
        units.append(np.array([token_span(offsets, *span) for span in own]).reshape(-1))
    answers = [
        np.array([token_span(places[each.text], *span) for span in each.answers[:4]]).reshape(-1)
        for each in asked
    ]
    questions = [
        each.ids[:QUESTION_TOKENS] for each in encoded(tokenizer, [e.question for e in asked])
    ]
    corpora = sorted(set(texts.corpora))
    sources = sorted({each.source for each in asked})
    return {
        **packed(
            heads=Ragged.of(heads, np.uint16),
            bodies=Ragged.of(bodies, np.uint16),
            units=Ragged.of(units, np.uint16),
            questions=Ragged.of(questions, np.uint16),
            answers=Ragged.of(answers, np.uint16),
        ),
        "corpus": np.array([corpora.index(each) for each in texts.corpora], np.uint8),
        "corpora": np.array(corpora),
        "text": np.array([each.text for each in asked], np.int32),
        "source": np.array([sources.index(each.source) for each in asked], np.uint8),
        "sources": np.array(sources),
        "form": np.array([each.form for each in asked], np.uint8),
        "answerable": np.array([bool(each.answers) for each in asked]),
        "held": np.array([each.held for each in asked]),
        "overlap": np.array([each.overlap for each in asked], np.float16),
        "weight": np.array([each.weight for each in asked], np.float16),
        "near": near,
    }


def bundled_tokenizer() -> Tokenizer:
    """The tokenizer of the embedder that ships, which is the reader's too."""
    tokenizer = Tokenizer.from_file(str(bundled_folder() / "tokenizer.json"))
    tokenizer.no_padding()
    tokenizer.no_truncation()
    return tokenizer


def token_span(offsets: npt.NDArray[np.int32], start: int, end: int) -> tuple[int, int]:
    """The tokens that touch the characters from `start` up to `end`: half-open; (0, 0) for none.

    `offsets` is (n, 2), where each token starts and ends.
    """
    first = int(np.searchsorted(offsets[:, 1], start, "right"))
    last = int(np.searchsorted(offsets[:, 0], end, "left"))
    return (first, last) if first < last else (0, 0)


def encoded(tokenizer: Tokenizer, texts: Sequence[str]) -> Iterator[Encoding]:
    for first in range(0, len(texts), 2000):
        yield from tokenizer.encode_batch(
            list(texts[first : first + 2000]), add_special_tokens=False
        )


if __name__ == "__main__":
    main()
