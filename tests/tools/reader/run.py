"""Training from beginning to end, in steps that each leave their files in one folder.

python -m tests.tools.reader.run STEP FOLDER … (see `README.md` here)
"""

import json
import multiprocessing
import os
import time
from collections.abc import Callable
from dataclasses import replace
from multiprocessing.pool import Pool
from pathlib import Path
from typing import Any

import click
import numpy as np
import numpy.typing as npt
import torch

from tests.tools.reader import pairs as drawn
from tests.tools.reader import weights as kept
from tests.tools.reader.encoders import (
    BERT,
    MINILM,
    MPNET,
    MPNET_BASE,
    Encoder,
    Reader,
    Shape,
    encoder,
)
from tests.tools.reader.pairs import Pairs, Texts, whole
from tests.tools.reader.ragged import Ragged, save, unpacked
from tests.tools.reader.reading import Laid, best_span, filled, laid, read_all
from tests.tools.reader.train import SEARCHED, Drawing, Plan, Told, ready, train

SEED = 19
NEAR_DENSE = 16
EMBEDDED_TOKENS = 200
WORDS = "encoder.words.weight"
SHAPES = {"minilm": MINILM, "mpnet": MPNET_BASE}
TINY = {
    "minilm": Shape(BERT, 1, 48, 4, 1e-12),
    "mpnet": Shape(MPNET, 1, 48, 4, 1e-5),
}
Tokens = npt.NDArray[Any]


def device() -> torch.device:
    """The graphics card, if there is one."""
    return torch.device("cuda" if torch.cuda.is_available() else "cpu")


def said(text: str) -> None:
    """Print at once, with the time."""
    print(f"[{time.strftime('%X')}] {text}", flush=True)  # noqa: T201


def forked(data: Path) -> Pool:
    """Processes that have read the texts; to be made before the graphics card is used."""
    count = os.cpu_count() or 1
    return multiprocessing.get_context("fork").Pool(count, drawn.start, (str(data),))


@click.group()
def main() -> None:
    """Train a reader step by step."""
    torch.manual_seed(SEED)
    torch.backends.cuda.matmul.allow_tf32 = True


def _encoder(name: str, folder: Path, *, tiny: bool) -> Encoder:
    if tiny:
        return Encoder(TINY[name], 30528)
    return encoder(SHAPES[name], kept.read(*sorted(folder.glob(f"{name}*.npz"))))


@main.command("pairs")
@click.argument("folder", type=click.Path(path_type=Path))
@click.option("--tiny", is_flag=True, help="With an untrained model of no size.")
@click.option("--size", default=262_144, help="Tokens of a batch.")
def make_pairs(folder: Path, *, tiny: bool, size: int) -> None:
    """Find passages near each question by embedding, and make pairs of all: FOLDER/pairs.npz."""
    pool = forked(folder / "data.npz")
    texts = Texts.read(folder / "data.npz")
    place = device()
    model = _encoder("minilm", folder, tiny=tiny).to(place).eval()
    vectors = _embedded(model, texts, size, place)
    said(f"embedded {len(vectors)} texts")
    dense = _nearest(texts, vectors, place)
    said("found the nearest")
    made = drawn.make(pool, dense, texts.held)
    if (folder / "searched.npz").exists():
        made = Pairs.joined([made, _searched(folder, len(texts.questions))])
    save(folder / "pairs.npz", made.arrays(), small=False)
    said(
        f"{len(made.label)} pairs, {len(made.tokens.values)} tokens, "
        f"kinds {np.bincount(made.kind).tolist()}"
    )


def _pairs(file: Path) -> Pairs:
    with np.load(file) as arrays:
        names = [each for each in Pairs.__dataclass_fields__ if each != "tokens"]
        return Pairs(unpacked(arrays, "tokens"), *(arrays[each] for each in names))


def _searched(folder: Path, questions: int) -> Pairs:
    """What search finds itself; its questions are numbered after the others."""
    found = _pairs(folder / "searched.npz")
    return replace(found, question=found.question + questions)


def _sources(folder: Path, pairs: Pairs) -> tuple[Tokens, list[str]]:
    """The source of each question, by its number, and the names of sources."""
    with np.load(folder / "data.npz") as arrays:
        source, names = arrays["source"], [*arrays["sources"].tolist(), SEARCHED]
    more = max(0, int(pairs.question.max()) + 1 - len(source))
    return np.concatenate([source, np.full(more, len(names) - 1, source.dtype)]), names


@main.command()
@click.argument("folder", type=click.Path(path_type=Path))
@click.option("--pairs", "count", default=250_000)
def fewer(folder: Path, count: int) -> None:
    """Keep so many of the pairs, drawn by source as training draws them: FOLDER/pairs.npz."""
    pairs = _pairs(folder / "pairs.npz")
    drawing = Drawing(pairs, *_sources(folder, pairs), Plan(0, 0, 0, 0), None)
    kept = drawing.kept(np.random.default_rng(SEED), count)
    save(folder / "pairs.npz", pairs.chosen(kept).arrays(), small=False)
    said(f"kept {len(kept)} of {len(pairs.label)} pairs")


@main.command()
@click.argument("folder", type=click.Path(path_type=Path))
@click.argument("name")
@click.option("--model", type=click.Choice(list(SHAPES)), default="mpnet")
@click.option("--size", default=32_768, help="Tokens of a batch.")
@click.option("--tiny", is_flag=True)
def tell(folder: Path, name: str, model: str, size: int, *, tiny: bool) -> None:
    """Have the reader whose weights are FOLDER/NAME.pt read the pairs, to be a teacher."""
    reader = Reader(_encoder(model, folder, tiny=tiny))
    reader.load_state_dict(torch.load(folder / f"{name}.pt", map_location=device()))
    _made_ready(reader.eval(), model, folder)
    _tell(reader, _pairs(folder / "pairs.npz"), folder, name, size)


def _tell(reader: Reader, pairs: Pairs, folder: Path, name: str, size: int) -> None:
    logits, spans = read_all(reader, pairs.tokens, pairs.second, pairs.body, size)
    np.save(folder / f"{name}-logits.npy", logits)
    np.save(folder / f"{name}-spans.npy", spans)
    for kind in range(5):
        own = logits[pairs.kind == kind]
        said(f"kind {kind}: {len(own)} pairs, {(own > 0).mean():.3f} believed to answer")


@torch.no_grad()
def _embedded(model: Encoder, texts: Texts, size: int, place: torch.device) -> torch.Tensor:
    """Unit vectors of all passages, then of all questions."""
    none = np.zeros(0, np.uint16)
    rows = [
        whole(none, texts.heads[each], texts.bodies[each][:EMBEDDED_TOKENS])[0][1:]
        for each in range(len(texts.bodies))
    ]
    # An embedder's input has one separator, at its end.
    rows = [np.concatenate([[drawn.CLS], row[1:]]) for row in rows]
    rows += [
        np.concatenate([[drawn.CLS], texts.questions[each], [drawn.SEP]])
        for each in range(len(texts.questions))
    ]
    tokens = Ragged.of(rows, np.uint16)
    zeros = np.full(len(tokens), 1000, np.int64)
    result = torch.zeros(len(tokens), model.shape.dim, device=place)
    order = np.argsort(tokens.lengths, kind="stable")
    for chosen in filled(tokens.lengths, order, size):
        one = laid(tokens, zeros, zeros, chosen, size, place, pad=True)
        with torch.autocast(place.type, torch.bfloat16, enabled=place.type == "cuda"):
            hidden = model(one.batch).float()
        sums = torch.zeros(len(chosen) + 1, hidden.shape[1], device=place)
        sums = sums.index_add(0, one.pair, hidden)[:-1]
        result[torch.from_numpy(chosen).to(place)] = torch.nn.functional.normalize(sums, dim=-1)
    return result


def _nearest(texts: Texts, vectors: torch.Tensor, place: torch.device) -> Tokens:
    """The passages nearest to each question in its own corpus: (n, NEAR_DENSE), -1 for none."""
    count = len(texts.bodies)
    near = np.full((len(texts.questions), NEAR_DENSE), -1, np.int32)
    corpus = torch.from_numpy(texts.corpus.astype(np.int64)).to(place)
    text = torch.from_numpy(texts.text.astype(np.int64)).to(place)
    for number in range(len(texts.corpora)):
        members = (corpus == number).nonzero()[:, 0]
        asked = (corpus[text] == number).nonzero()[:, 0]
        if not len(asked):
            continue
        for some in torch.split(asked, 4096):
            cosines = vectors[count + some] @ vectors[members].T
            cosines = torch.where(members[None, :] == text[some][:, None], -2.0, cosines)
            best = cosines.topk(min(NEAR_DENSE, len(members)), dim=1)
            found = torch.where(best.values > -1.5, members[best.indices], -1)
            near[some.cpu().numpy(), : found.shape[1]] = found.cpu().numpy()
    return near


@main.command()
@click.argument("folder", type=click.Path(path_type=Path))
@click.option("--tiny", is_flag=True)
@click.option("--size", default=65_536, help="Tokens of a student's batch; a teacher's is half.")
def bench(folder: Path, *, tiny: bool, size: int) -> None:
    """See how fast each way of running a model is, and that they say the same: bench.json."""
    sizes = {"minilm": size, "mpnet": size // 2}
    place = device()
    rng = np.random.default_rng(SEED)
    best: dict[str, Any] = {}
    for name, shape in SHAPES.items():
        # A large model is trained with smaller batches; a compiled layer is of one size.
        size = sizes[name]
        rows = [rng.integers(1000, 30000, rng.integers(40, 300)) for _ in range(size // 170)]
        tokens = Ragged.of(rows, np.uint16)
        second, body = np.full(len(tokens), 14), np.full(len(tokens), 20)
        chosen = next(filled(tokens.lengths, np.arange(len(tokens)), size))
        weights = TINY[name] if tiny else shape
        torch.manual_seed(SEED)
        reader = Reader(Encoder(weights, 30528)).to(place)
        expected = None
        for kernel in (False, True) if name == "minilm" else (False,):
            for compiled in (False, True):
                try:
                    ready(reader, place, compiled=compiled, kernel=kernel)
                    one = laid(tokens, second, body, chosen, size, place, pad=not kernel)
                    speed, logit = _speed(reader, one, size, place)
                except Exception as error:  # noqa: BLE001 - whatever fails isn't used
                    said(f"{name} kernel {kernel} compiled {compiled}: {str(error)[:300]}")
                    continue
                expected = logit if expected is None else expected
                apart = float((logit - expected).abs().max() / expected.abs().max())
                said(
                    f"{name} kernel {kernel} compiled {compiled}: {speed:.0f} tokens/s, {apart:.4f}"
                )
                if apart < 0.1 and speed > best.get(name, {"speed": 0})["speed"]:
                    best[name] = {"speed": speed, "kernel": kernel, "compiled": compiled}
                (folder / "bench.json").write_text(json.dumps(best))


def _speed(
    reader: Reader,
    one: Laid,
    size: int,
    place: torch.device,
) -> tuple[float, torch.Tensor]:
    def once() -> torch.Tensor:
        with torch.autocast(place.type, torch.bfloat16, enabled=place.type == "cuda"):
            logit, span = reader(one.batch)
        (logit[: one.count].sum() + span.sum() * 1e-6).backward()
        found: torch.Tensor = logit[: one.count].detach()
        return found

    def wait() -> None:
        if place.type == "cuda":
            torch.cuda.synchronize()

    logit = once()
    once()
    wait()
    started, times = time.perf_counter(), 8 if place.type == "cuda" else 1
    for _ in range(times):
        once()
    wait()
    with torch.no_grad(), torch.autocast(place.type, torch.bfloat16, enabled=place.type == "cuda"):
        seconds = time.perf_counter() - started
        # The form without gradients is compiled as well.
        reader(one.batch)
        wait()
    return times * size / seconds, logit.float()


def _made_ready(reader: Reader, name: str, folder: Path) -> None:
    file = folder / "bench.json"
    found = json.loads(file.read_text()).get(name, {}) if file.exists() else {}
    ready(
        reader,
        device(),
        compiled=found.get("compiled", False),
        kernel=found.get("kernel", False),
    )


@main.command("train")
@click.argument("folder", type=click.Path(path_type=Path))
@click.argument("out", type=click.Path(path_type=Path))
@click.option("--model", type=click.Choice(list(SHAPES)), default="minilm")
@click.option("--name", default="student")
@click.option("--teacher", default="", help="The name of one that has read the pairs.")
@click.option("--seconds", default=300.0)
@click.option("--rate", default=2e-4)
@click.option("--size", default=65_536, help="Tokens of a batch.")
@click.option("--found", default=5, help="Passages that search finds, a question.")
@click.option("--soft", default=0.9, help="How much a teacher's word counts.")
@click.option("--tiny", is_flag=True)
def train_one(  # noqa: PLR0913, PLR0917 - one argument an option
    folder: Path,
    out: Path,
    model: str,
    name: str,
    teacher: str,
    seconds: float,
    rate: float,
    size: int,
    found: int,
    soft: float,
    tiny: bool,  # noqa: FBT001 - an option of the command
) -> None:
    """Train a reader on the pairs in FOLDER; weights, what was seen and spans go to OUT."""
    pool = forked(folder / "data.npz")
    pairs = _pairs(folder / "pairs.npz")
    told = None
    if teacher:
        told = Told(
            np.load(folder / f"{teacher}-logits.npy"), np.load(folder / f"{teacher}-spans.npy")
        )
    torch.manual_seed(SEED)
    reader = Reader(_encoder(model, folder, tiny=tiny))
    _made_ready(reader, model, folder)
    plan = Plan(seconds, rate, size, found, soft=soft)
    said(f"train {name}: {plan}")
    seen = train(reader, Drawing(pairs, *_sources(folder, pairs), plan, told), plan)
    said(f"trained {name}: {seen['steps']} steps, {seen['pairs']} pairs")
    out.mkdir(parents=True, exist_ok=True)
    (out / f"{name}.json").write_text(json.dumps(seen))
    torch.save(reader.state_dict(), folder / f"{name}.pt")
    kept.in_parts(reader.state_dict(), out, name, WORDS)
    _evaluate(reader, folder, out, name, size, pool.starmap)


@main.command("read")
@click.argument("folder", type=click.Path(path_type=Path))
@click.argument("out", type=click.Path(path_type=Path))
@click.argument("name")
@click.option("--size", default=65_536)
def read_one(folder: Path, out: Path, name: str, size: int) -> None:
    """Evaluate the reader whose weights are FOLDER/NAME*.npz; its words are the embedder's."""
    pool = forked(folder / "data.npz")
    reader = Reader(_encoder("minilm", folder, tiny=False))
    reader.load_state_dict(kept.read(*sorted(folder.glob(f"{name}*.npz"))), strict=False)
    ready(reader.eval(), device(), compiled=False, kernel=False)
    out.mkdir(parents=True, exist_ok=True)
    _evaluate(reader, folder, out, name, size, pool.starmap)


Starmap = Callable[[Callable[..., Any], Any], list[Any]]


def _evaluate(  # noqa: PLR0913, PLR0917 - where from and where to
    reader: Reader, folder: Path, out: Path, name: str, size: int, starmap: Starmap
) -> None:
    """Read the evaluation sets' candidates: logits and best spans to OUT/NAME-read.npz."""
    if not (folder / "eval.npz").exists():
        return
    with np.load(folder / "eval.npz") as arrays:
        heads, bodies = unpacked(arrays, "heads"), unpacked(arrays, "bodies")
        units, questions = unpacked(arrays, "units"), unpacked(arrays, "questions")
        numbers = arrays["pairs"]
    made = [whole(questions[one], heads[other], bodies[other]) for one, other in numbers]
    tokens = Ragged.of([each[0] for each in made], np.uint16)
    second, body = (np.array([each[place] for each in made]) for place in (1, 2))
    logits, spans = read_all(reader, tokens, second, body, size)
    given = []
    for number, (_, text) in enumerate(numbers):
        own = spans[tokens.starts[number] + body[number] : tokens.starts[number + 1] - 1]
        given.append((own[:, 0], own[:, 1], units[text].reshape(-1, 2).astype(np.int64)))
    found = starmap(best_span, given)
    np.savez_compressed(
        out / f"{name}-read.npz",
        logit=logits,
        unit=np.array([each[0] for each in found], np.int16),
        first=np.array([each[1] for each in found], np.int16),
        last=np.array([each[2] for each in found], np.int16),
        score=np.array([each[3] for each in found], np.float32),
    )
    said(f"evaluated {name}")


if __name__ == "__main__":
    main()
