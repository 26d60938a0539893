"""A reader over many pairs: batches of a fixed number of tokens, logits, best spans; torch."""

import time
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from itertools import islice
from typing import Any

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor

from tests.tools.reader.encoders import MPNET, Batch, Reader
from tests.tools.reader.ragged import Ragged

SPAN_TOKENS = 60
PADDING = 256
Tokens = npt.NDArray[Any]


@dataclass(frozen=True, slots=True)
class Laid:
    """Pairs laid out as one batch of exactly so many tokens; the rest are of no pair.

    `pair` says which of the pairs each token is of (n: of none); `inside` whether it is of a text.
    """

    batch: Batch
    count: int
    pair: Tensor
    inside: Tensor
    bounds: Tokens


def laid(  # noqa: PLR0913, PLR0917 - where pairs lie and how they are to be laid
    tokens: Ragged,
    second: Tokens,
    body: Tokens,
    chosen: Tokens,
    size: int,
    device: torch.device,
    *,
    pad: bool,
) -> Laid:
    """Lay out the `chosen` pairs in `size` tokens; they have to fit."""
    starts, lengths = tokens.starts[chosen], tokens.lengths[chosen]
    bounds = np.concatenate([[0], lengths.cumsum()])
    held = int(bounds[-1])
    pair = np.full(size, len(chosen), np.int64)
    pair[:held] = np.repeat(np.arange(len(chosen)), lengths)
    step = np.zeros(size, np.int64)
    step[:held] = np.arange(held) - np.repeat(bounds[:-1], lengths)
    ids = np.zeros(size, np.int64)
    ids[:held] = tokens.values[np.repeat(starts, lengths) + step[:held]]
    types = np.zeros(size, np.int64)
    types[:held] = step[:held] >= np.repeat(second[chosen], lengths)
    inside = np.zeros(size, bool)
    inside[:held] = (step[:held] >= np.repeat(body[chosen], lengths)) & (
        step[:held] < np.repeat(lengths - 1, lengths)
    )
    spare = size - held
    fill = [PADDING] * (spare // PADDING) + ([spare % PADDING] if spare % PADDING else [])
    batch = Batch.of(
        torch.from_numpy(ids),
        torch.from_numpy(types),
        [*lengths.tolist(), *fill],
        device,
        pad=pad,
    )
    return Laid(
        batch,
        len(chosen),
        torch.from_numpy(pair).to(device, non_blocking=True),
        torch.from_numpy(inside).to(device, non_blocking=True),
        bounds,
    )


def spread(values: Tensor, laid_out: Laid) -> Tensor:
    """Return the logarithms of softmax over each pair's text: (tokens, 2), -1e4 elsewhere."""
    hidden = torch.where(laid_out.inside[:, None], values, -1e4)
    index = laid_out.pair[:, None].expand_as(hidden)
    top = hidden.new_full((laid_out.count + 1, 2), -1e4)
    top = top.scatter_reduce(0, index, hidden.detach(), "amax")
    total = torch.zeros_like(top).scatter_add(0, index, (hidden - top[laid_out.pair]).exp())
    norm = total.clamp(min=1e-9).log() + top
    return torch.where(laid_out.inside[:, None], hidden - norm[laid_out.pair], -1e4)


def filled(lengths: Tokens, order: Sequence[int] | Tokens, size: int) -> Iterator[Tokens]:
    """Yield the pairs in `order`, as many at a time as fit into `size` tokens."""
    chosen: list[int] = []
    room = size
    for each in order:
        if lengths[each] > room:
            yield np.array(chosen)
            chosen, room = [], size
        chosen.append(int(each))
        room -= int(lengths[each])
    if chosen:
        yield np.array(chosen)


@torch.no_grad()
def read_all(  # noqa: PLR0913 - as `laid`
    reader: Reader,
    tokens: Ragged,
    second: Tokens,
    body: Tokens,
    size: int,
    *,
    spans: bool = True,
) -> tuple[Tokens, Tokens]:
    """Return every pair's logit, (n,) float32, and its tokens' log start and end, float16."""
    device = reader.span.weight.device
    logits = np.zeros(len(tokens), np.float32)
    found = np.zeros((len(tokens.values) if spans else 0, 2), np.float16)
    started = time.perf_counter()
    mpnet = reader.encoder.shape.kind == MPNET

    def made(chosen: Tokens) -> tuple[Tokens, Laid]:
        pad = reader.encoder.kernel is None or mpnet
        return chosen, laid(tokens, second, body, chosen, size, device, pad=pad)

    def keep(chosen: Tokens, one: Laid, logit: Tensor, chances: Tensor) -> None:
        logits[chosen] = logit[: len(chosen)].cpu().numpy()
        if spans:
            start, held = tokens.starts[chosen[0]], int(one.bounds[-1])
            found[start : start + held] = chances[:held].cpu().numpy()

    # The device reads one batch while the one before is kept and the next ones are laid out.
    before: tuple[Tokens, Laid, Tensor, Tensor] | None = None
    for chosen, one in _ahead(made, filled(tokens.lengths, np.arange(len(tokens)), size)):
        with torch.autocast(device.type, torch.bfloat16, enabled=device.type == "cuda"):
            logit, span = reader(one.batch)
        chances = spread(span, one).clamp(min=-60).half()
        if before is not None:
            keep(*before)
        before = chosen, one, logit, chances
    if before is not None:
        keep(*before)
    seconds = time.perf_counter() - started
    print(f"read {len(tokens)} pairs in {seconds:.1f} s", flush=True)  # noqa: T201
    return logits, found


def _ahead(
    made: Callable[[Tokens], tuple[Tokens, Laid]], batches: Iterator[Tokens]
) -> Iterator[tuple[Tokens, Laid]]:
    """Yield what is `made` of each of `batches`, in order, made ahead in other threads."""
    with ThreadPoolExecutor(8) as threads:
        waiting = deque(threads.submit(made, each) for each in islice(batches, 16))
        while waiting:
            yield waiting.popleft().result()
            waiting.extend(threads.submit(made, each) for each in islice(batches, 1))


def best_span(start: Tokens, end: Tokens, units: Tokens) -> tuple[int, int, int, float]:
    """Return the likeliest span inside a unit: unit, first and last token, sum of logarithms.

    `start` and `end` are (n,), of a text's tokens; `units` (m, 2), half-open; -1 where none is.
    """
    best = (-1, 0, 0, -1e9)
    for number, (low, high) in enumerate(units):
        one, other = start[low:high].astype(np.float32), end[low:high].astype(np.float32)
        if not len(one):
            continue
        sums = one[:, None] + other[None, :]
        inside = np.triu(np.ones_like(sums, bool)) & ~np.triu(np.ones_like(sums, bool), SPAN_TOKENS)
        sums = np.where(inside, sums, -1e9)
        place = int(sums.argmax())
        score = float(sums.reshape(-1)[place])
        if score > best[3]:
            best = (number, low + place // len(one), low + place % len(one), score)
    return best
