"""Train a reader on pairs for a given time; where a teacher has read them, on what it says too."""

import math
import queue
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor
from torch.nn import functional

from tests.tools.reader.encoders import MPNET, Reader, after, varying
from tests.tools.reader.pairs import FOUND, GOLD, Pairs
from tests.tools.reader.reading import Laid, laid, spread

SEED = 18
# How often a source is drawn, in parts; the others share the rest by their number of groups.
SEARCHED = "searched"
SHARES = {
    "authored": 0.18,
    "balance": 0.07,
    "written": 0.13,
    SEARCHED: 0.18,
    "made": 0.05,
    "squad_train_cs224n": 0.08,
    "squad2_train_part": 0.08,
    "squad_flan_eval": 0.05,
    "squadshifts_new_wiki": 0.05,
}
# A found passage of which a teacher believes this that it answers is no negative.
BELIEVED = 0.0
WARMUP = 0.05
Tokens = npt.NDArray[Any]


@dataclass(frozen=True, slots=True)
class Plan:
    """How a reader is trained."""

    seconds: float
    rate: float
    size: int
    found: int
    head_rate: float = 5.0
    soft: float = 0.5


@dataclass(frozen=True, slots=True)
class Told:
    """What a teacher says of every pair: its logit, and of each token (log start, log end)."""

    logits: Tokens
    spans: Tokens


@dataclass(frozen=True, slots=True)
class Step:
    """One batch and what is known of it; `group` numbers the groups of its pairs."""

    laid: Laid
    label: Tensor
    kind: Tensor
    weight: Tensor
    group: Tensor
    first: Tensor
    last: Tensor
    told: Tensor | None
    spans: Tensor | None


class Drawing:
    """Draws groups by their source, and some of their pairs, for ever."""

    def __init__(
        self,
        pairs: Pairs,
        source: Tokens,
        sources: Sequence[str] | Tokens,
        plan: Plan,
        told: Told | None,
    ) -> None:
        """Look where the groups of `pairs` are; `source` is each question's, by its number."""
        self.pairs, self.plan, self.told = pairs, plan, told
        cut = np.flatnonzero(np.diff(pairs.question)) + 1
        self.starts = np.concatenate([[0], cut])
        self.ends = np.concatenate([cut, [len(pairs.question)]])
        of = source[pairs.question[self.starts]]
        names = [str(name) for name in sources]
        counts = np.bincount(of, minlength=len(names))
        rest = 1 - sum(SHARES.get(name, 0) for name, n in zip(names, counts, strict=True) if n)
        others = sum(n for name, n in zip(names, counts, strict=True) if name not in SHARES)
        each = np.array(
            [
                SHARES[name] / max(1, n) if name in SHARES else rest / max(1, others)
                for name, n in zip(names, counts, strict=True)
            ]
        )
        chances = each[of]
        self.chances = chances / chances.sum()
        self.lengths = pairs.tokens.lengths

    def kept(self, rng: np.random.Generator, count: int) -> Tokens:
        """Return the pairs of so many groups, each drawn once, that they are about `count`."""
        order = rng.choice(len(self.starts), len(self.starts), replace=False, p=self.chances)
        sizes = (self.ends - self.starts)[order].cumsum()
        groups = np.sort(order[: int(np.searchsorted(sizes, count)) + 1])
        return np.concatenate([np.arange(self.starts[g], self.ends[g]) for g in groups])

    def chosen(self, rng: np.random.Generator) -> Iterator[tuple[Tokens, Tokens]]:
        """Yield the pairs of a batch and the groups they are of."""
        pairs, plan = self.pairs, self.plan
        chosen: list[int] = []
        groups: list[int] = []
        room, group = plan.size, 0
        while True:
            for drawn in rng.choice(len(self.starts), 4096, p=self.chances):
                own = np.arange(self.starts[drawn], self.ends[drawn])
                found = own[pairs.kind[own] == FOUND]
                if len(found) > plan.found:
                    found = rng.choice(found, plan.found, replace=False)
                own = np.concatenate([own[pairs.kind[own] != FOUND], found])
                length = int(self.lengths[own].sum())
                if length > room:
                    yield np.array(chosen), np.array(groups)
                    chosen, groups, room, group = [], [], plan.size, 0
                chosen.extend(own.tolist())
                groups.extend([group] * len(own))
                room -= length
                group += 1

    def steps(self, device: torch.device, *, pad: bool, seed: int) -> Iterator[Step]:
        """Yield batches on `device`."""
        pairs, size = self.pairs, self.plan.size
        for chosen, groups in self.chosen(np.random.default_rng([SEED, seed])):
            one = laid(pairs.tokens, pairs.second, pairs.body, chosen, size, device, pad=pad)

            def put(values: Tokens) -> Tensor:
                return torch.from_numpy(np.ascontiguousarray(values)).to(device, non_blocking=True)

            told = spans = None
            if self.told is not None:
                told = put(self.told.logits[chosen])
                values = np.zeros((size, 2), np.float32)
                where = np.repeat(pairs.tokens.starts[chosen], self.lengths[chosen])
                where += np.arange(one.bounds[-1]) - np.repeat(
                    one.bounds[:-1], self.lengths[chosen]
                )
                values[: one.bounds[-1]] = self.told.spans[where]
                spans = put(values)
            yield Step(
                one,
                put(pairs.label[chosen].astype(np.float32)),
                put(pairs.kind[chosen].astype(np.int64)),
                put(pairs.weight[chosen].astype(np.float32)),
                put(groups.astype(np.int64)),
                put(one.bounds[:-1] + pairs.first[chosen].astype(np.int64)),
                put(one.bounds[:-1] + pairs.last[chosen].astype(np.int64)),
                told,
                spans,
            )


def ahead(steps: Callable[[int], Iterator[Step]], threads: int) -> Iterator[Step]:
    """Yield what `steps` of several seeds do, made ahead in threads of their own."""
    made: queue.Queue[Step] = queue.Queue(2 * threads)

    def work(seed: int) -> None:
        for step in steps(seed):
            made.put(step)

    for seed in range(threads):
        threading.Thread(target=work, args=(seed,), daemon=True).start()
    while True:
        yield made.get()


def losses(reader: Reader, step: Step, soft: float) -> dict[str, Tensor]:
    """Return the parts of a batch's loss."""
    logit, span = reader(step.laid.batch)
    logit = logit[: step.laid.count]
    logs = spread(span, step.laid)
    gold = step.kind == GOLD
    rank_hidden = torch.zeros_like(gold)
    weight = step.weight
    if step.told is not None:
        # What only search has found, a teacher judges better than the lack of a word does.
        doubted = (step.kind == FOUND) & (step.told > BELIEVED)
        weight = torch.where(doubted, 0.0, weight)
        rank_hidden = doubted
    hard = functional.binary_cross_entropy_with_logits(logit, step.label, reduction="none")
    found = {"answers": (hard * weight).sum() / weight.sum().clamp(min=1)}
    groups = step.group
    ranked = torch.where(rank_hidden, -1e4, logit)
    logs_rank = ranked - _log_sum(ranked, groups)[groups]
    found["order"] = -(logs_rank * gold).sum() / gold.sum().clamp(min=1)
    places = -(logs[step.first, 0] + logs[step.last, 1]) / 2
    found["words"] = (places * gold).sum() / gold.sum().clamp(min=1)
    if step.told is None or step.spans is None:
        return found
    found = {name: each * (1 - soft) for name, each in found.items()}
    share = torch.where(step.kind == FOUND, 0.4, 1.0)
    softly = functional.binary_cross_entropy_with_logits(
        logit, step.told.sigmoid(), reduction="none"
    )
    found["soft answers"] = soft * (softly * share).sum() / share.sum()
    expected = (step.told - _log_sum(step.told, groups)[groups]).exp()
    own = logit - _log_sum(logit, groups)[groups]
    # A group without an answer has no order worth learning.
    answered = torch.zeros_like(logit).scatter_add(0, groups, gold.float())[groups]
    found["soft order"] = -soft * (expected * own * answered).sum() / gold.sum().clamp(min=1)
    of_gold = torch.cat([gold, gold.new_zeros(1)])[step.laid.pair]
    of_words = of_gold & step.laid.inside
    likely = step.spans.exp() * of_words[:, None]
    found["soft words"] = -soft * (likely * logs).sum() / 2 / gold.sum().clamp(min=1)
    return found


def _log_sum(values: Tensor, groups: Tensor) -> Tensor:
    top = values.new_full((len(values),), -1e4)
    top = top.scatter_reduce(0, groups, values.detach(), "amax")
    total = torch.zeros_like(top).scatter_add(0, groups, (values - top[groups]).exp())
    return total.clamp(min=1e-9).log() + top


def ready(reader: Reader, device: torch.device, *, compiled: bool, kernel: bool) -> None:
    """Put a reader on `device`, with the kernel and the compiled layers that it is to have."""
    reader.to(device)
    reader.encoder.kernel = varying() if kernel else None
    reader.encoder.after = torch.compile(after, dynamic=False) if compiled else after


def train(reader: Reader, drawing: Drawing, plan: Plan, threads: int = 4) -> dict[str, Any]:
    """Train `reader` where it is, for the time that the plan gives, and say what was seen."""
    device = reader.span.weight.device
    pad = reader.encoder.kernel is None or reader.encoder.shape.kind == MPNET
    # The embedder's words stay as they are: they needn't be kept, and can't be learned by heart.
    reader.encoder.words.weight.requires_grad_(False)  # noqa: FBT003 - torch has no name for it
    reader.encoder.distances.weight.requires_grad_(False)  # noqa: FBT003 - torch has no name for it
    heads = [*reader.span.parameters(), *reader.answers.parameters()]
    bodies = [each for each in reader.encoder.parameters() if each.requires_grad]
    optimizer = torch.optim.AdamW(
        [{"params": bodies, "factor": 1.0}, {"params": heads, "factor": plan.head_rate}],
        lr=plan.rate,
        betas=(0.9, 0.98),
        weight_decay=0.01,
        fused=device.type == "cuda",
    )
    reader.train()
    seen: Counter[str] = Counter()
    log: list[dict[str, float]] = []
    started = time.perf_counter()
    for step in ahead(lambda seed: drawing.steps(device, pad=pad, seed=seed), threads):
        passed = (time.perf_counter() - started) / plan.seconds
        if passed >= 1:
            break
        for group in optimizer.param_groups:
            factor = min(passed / WARMUP, (1 - passed) / (1 - WARMUP))
            group["lr"] = plan.rate * group["factor"] * max(factor, 1e-3)
        with torch.autocast(device.type, torch.bfloat16, enabled=device.type == "cuda"):
            parts = losses(reader, step, plan.soft)
        loss = torch.stack(list(parts.values())).sum()
        loss.backward()  # type: ignore[no-untyped-call]
        torch.nn.utils.clip_grad_norm_([*bodies, *heads], 1.0, foreach=True)
        optimizer.step()
        optimizer.zero_grad(set_to_none=True)
        seen["steps"] += 1
        seen["pairs"] += step.laid.count
        # Reading a figure waits for the device: seldom.
        if seen["steps"] % 100 == 1:
            values = {name: float(each.detach()) for name, each in parts.items()}
            if math.isnan(sum(values.values())):
                message = f"the loss is no number after {seen['steps']} steps: {values}"
                raise ValueError(message)
            log.append({"seconds": time.perf_counter() - started, **seen, **values})
            shown = " ".join(f"{name} {value:.3f}" for name, value in log[-1].items())
            print(shown, flush=True)  # noqa: T201
    reader.eval()
    return {"plan": str(plan), **seen, "log": log}
