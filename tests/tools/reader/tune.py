"""Go on training a reader on what search itself finds, a question at a time; a processor will do.

python -m tests.tools.reader.tune OUT DUMPS… --weights FILE.npz … [--pairs N] [--rate R]

DUMPS are candidates as `candidates` writes them, of documentations that aren't held out. A group is
a question with the passage that answers and others that search found before or behind it. The order
is learned of what the product sorts by, the logit and search's own score as they are weighed there:
so the reader needn't learn what search knows already.
"""

import re
import time
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import click
import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor
from torch.nn import functional

from index.answer import calibration
from tests.tools.reader import weights as kept
from tests.tools.reader.calibrate import Order
from tests.tools.reader.data import lines
from tests.tools.reader.dumps import weighed
from tests.tools.reader.encoders import Reader
from tests.tools.reader.export import trained
from tests.tools.reader.pairs import whole
from tests.tools.reader.prepare import (
    HEAD_TOKENS,
    QUESTION_TOKENS,
    bundled_tokenizer,
    token_span,
)
from tests.tools.reader.ragged import Ragged
from tests.tools.reader.reading import filled, laid, spread
from tests.tools.reader.run import WORDS, said
from tests.tools.reader.train import ready

SEED = 20
# Of a question's candidates, so many that don't answer are drawn from the best so many.
OTHERS, FROM_BEST = 5, 12
OTHERS_OF_MISS, FROM_BEST_OF_MISS = 3, 5
# What search finds for a near miss, or what lacks the answer's words, may answer all the same: they
# count less than a passage that is known to answer.
MISSED, UNSEEN = 0.6, 0.4
WARMUP = 0.05
# A batch has a multiple of so many tokens.
ROUND = 512
Tokens = npt.NDArray[Any]


@dataclass(frozen=True, slots=True)
class Pair:
    """A question and a candidate as the reader is given them.

    `answers` are first and last tokens of the input, none where the candidate doesn't answer.
    """

    tokens: Tokens
    second: int
    body: int
    search: float
    answers: list[tuple[int, int]]


@dataclass(frozen=True, slots=True)
class Group:
    """A question's candidates, in search's order."""

    answerable: bool
    pairs: list[Pair]

    def drawn(self, rng: np.random.Generator) -> list[Pair]:
        """Return the first that answers, if any, and some of the others."""
        right = [each for each in self.pairs[:FROM_BEST] if each.answers][:1]
        best = FROM_BEST if self.answerable else FROM_BEST_OF_MISS
        others = [each for each in self.pairs[:best] if not each.answers]
        count = min(len(others), OTHERS if self.answerable else OTHERS_OF_MISS)
        chosen = sorted(rng.choice(len(others), count, replace=False)) if count else []
        return [*right, *(others[each] for each in chosen)]


def groups(dumps: Sequence[Path]) -> list[Group]:
    """Read the questions of dumps that can be learned from."""
    tokenizer = bundled_tokenizer()
    texts: dict[str, Any] = {}

    def encoded(text: str) -> Any:  # noqa: ANN401 - an encoding
        if text not in texts:
            texts[text] = tokenizer.encode(text, add_special_tokens=False)
        return texts[text]

    ranking = calibration.shipped().ranking
    found = []
    for asked in (each for dump in dumps for each in lines(dump)):
        question = tokenizer.encode(asked["question"], add_special_tokens=False)
        answerable = asked["kind"] == "answerable"
        if answerable and not any(hit["right"] for hit in asked["hits"][:FROM_BEST]):
            continue
        pairs = []
        scores = weighed(asked["hits"], ranking)
        best = np.argsort(-scores, kind="stable")[:FROM_BEST]
        for hit, search in ((asked["hits"][each], float(scores[each])) for each in best):
            head, text = encoded(hit["preamble"]), encoded(hit["text"])
            tokens, second, body = whole(
                np.array(question.ids[:QUESTION_TOKENS], np.uint16),
                np.array(head.ids[-HEAD_TOKENS:], np.uint16),
                np.array(text.ids, np.uint16),
            )
            offsets = np.array(text.offsets, np.int32).reshape(-1, 2)
            spans = [
                (body + first, body + last - 1)
                for start, end in (places(asked["key"], hit) if hit["right"] else ())
                for first, last in (token_span(offsets, start, end),)
                if first < last and body + last < len(tokens)
            ]
            if spans or not hit["right"]:
                pairs.append(Pair(tokens, second, body, search, spans))
        if any(each.answers for each in pairs) == answerable and pairs:
            found.append(Group(answerable, pairs))
    return found


def places(key: dict[str, Any], hit: dict[str, Any]) -> Iterator[tuple[int, int]]:
    """Where the words that answer stand in a candidate."""
    for words in (each for alternatives in key["words"] for each in alternatives):
        pattern = r"\s+".join(map(re.escape, words.split()))
        if place := re.search(pattern, hit["text"], re.IGNORECASE):
            yield place.span()


def losses(reader: Reader, pairs: Sequence[Pair], group: Tokens, how: Order) -> Tensor:
    """Return the loss of pairs; `group` numbers the groups they are of."""
    tokens = Ragged.of([each.tokens for each in pairs], np.uint16)
    second, body = (np.array([getattr(p, name) for p in pairs]) for name in ("second", "body"))
    # Few sizes: for each one more is kept in memory.
    size = -(-int(tokens.lengths.sum()) // ROUND) * ROUND
    device = reader.span.weight.device
    one = laid(tokens, second, body, np.arange(len(pairs)), size, device, pad=True)
    with torch.autocast(device.type, torch.bfloat16):
        logit, span = reader(one.batch)
    logit = logit[: len(pairs)]
    gold = torch.tensor([bool(each.answers) for each in pairs])
    numbers = torch.from_numpy(group)
    answered = torch.zeros(int(numbers.max()) + 1).scatter_add(0, numbers, gold.float())[numbers]
    weight = torch.where(gold, 1.0, torch.where(answered == 0, MISSED, UNSEEN))
    right = functional.binary_cross_entropy_with_logits(logit, gold.float(), reduction="none")
    search = torch.tensor([each.search for each in pairs])
    score = how.score_reader * logit + how.score_ranking * search
    top = score.new_full((len(answered),), -1e4).scatter_reduce(0, numbers, score.detach(), "amax")
    total = torch.zeros_like(top).scatter_add(0, numbers, (score - top[numbers]).exp())
    share = score - top[numbers] - total.clamp(min=1e-9).log()[numbers]
    count = gold.sum().clamp(min=1)
    order = -(share * gold).sum() / count
    logs = spread(span, one)
    words = torch.zeros(())
    for number, each in enumerate(pairs):
        if each.answers:
            start = int(one.bounds[number])
            places = [logs[start + low, 0] + logs[start + high, 1] for low, high in each.answers]
            words = words - torch.logsumexp(torch.stack(places), 0) / 2
    loss: Tensor = (right * weight).sum() / weight.sum() + order + words / count
    return loss


def tune(reader: Reader, found: Sequence[Group], pairs: int, rate: float, size: int) -> None:
    """Train `reader` on so many pairs."""
    rng = np.random.default_rng(SEED)
    reader.encoder.words.weight.requires_grad_(False)  # noqa: FBT003 - torch has no name for it
    learned = [each for each in reader.parameters() if each.requires_grad]
    optimizer = torch.optim.AdamW(learned, lr=rate, betas=(0.9, 0.98), weight_decay=0.01)
    reader.train()
    weights = calibration.shipped()
    how = Order(weights.score_reader, weights.score_ranking)
    seen, steps, recent = 0, 0, 0.0
    started = time.perf_counter()
    while seen < pairs:
        drawn = [(number, found[number].drawn(rng)) for number in rng.permutation(len(found))]
        lengths = np.array([sum(len(each.tokens) for each in own) for _, own in drawn])
        # Groups of like length together, then the batches in any order.
        order = np.argsort(lengths + rng.uniform(0, 200, len(lengths)))
        for batch in rng.permutation(len(batches := list(filled(lengths, order, size)))):
            own = [drawn[each][1] for each in batches[batch]]
            numbers = np.repeat(np.arange(len(own)), [len(each) for each in own])
            passed = seen / pairs
            for group in optimizer.param_groups:
                group["lr"] = rate * max(min(passed / WARMUP, (1 - passed) / (1 - WARMUP)), 1e-3)
            loss = losses(reader, [each for one in own for each in one], numbers, how)
            loss.backward()  # type: ignore[no-untyped-call]
            torch.nn.utils.clip_grad_norm_(learned, 1.0)
            optimizer.step()
            optimizer.zero_grad(set_to_none=True)
            seen += len(numbers)
            steps += 1
            recent = 0.98 * recent + 0.02 * float(loss.detach())
            if steps % 50 == 0:
                debiased = recent / (1 - 0.98**steps)
                said(
                    f"{seen} pairs, {seen / (time.perf_counter() - started):.1f}/s: {debiased:.3f}"
                )
            if seen >= pairs:
                break
    reader.eval()


@click.command()
@click.argument("out", type=click.Path(path_type=Path))
@click.argument("dumps", nargs=-1, required=True, type=click.Path(path_type=Path))
@click.option("--weights", multiple=True, required=True, type=click.Path(path_type=Path))
@click.option("--pairs", default=40_000)
@click.option("--rate", default=4e-5)
@click.option("--size", default=4096, help="Tokens of a batch.")
@click.option("--threads", default=2)
def main(  # noqa: PLR0913, PLR0917 - one argument an option
    out: Path,
    dumps: tuple[Path, ...],
    weights: tuple[Path, ...],
    pairs: int,
    rate: float,
    size: int,
    threads: int,
) -> None:
    """Write OUT-1.npz and on: the reader of WEIGHTS, trained on the questions of DUMPS."""
    torch.manual_seed(SEED)
    torch.set_num_threads(threads)
    found = groups(dumps)
    shares: dict[bool, int] = defaultdict(int)
    for each in found:
        shares[each.answerable] += 1
    said(f"{shares[True]} questions that are answered, {shares[False]} that aren't")
    reader = trained(weights)
    ready(reader, torch.device("cpu"), compiled=False, kernel=False)
    tune(reader, found, pairs, rate, size)
    kept.in_parts(reader.state_dict(), out.parent, out.name, WORDS)
    said(f"wrote {out}")


if __name__ == "__main__":
    main()
