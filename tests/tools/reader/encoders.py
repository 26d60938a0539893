"""The encoders in plain torch, over sequences laid end to end; and what reads an answer off them.

Weights come from the published models: BERT's form (all-MiniLM-L6-v2) and MPNet's
(all-mpnet-base-v2), which has no segments, starts its positions at 2 and adds a bias by distance
to the attention (Song et al. 2020). Laid end to end, no token is spent on padding, and the number
of tokens of a batch can be fixed, so that a compiled layer is compiled once.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any, cast

import torch
from torch import Tensor, nn
from torch.nn import functional

BERT, MPNET = "bert", "mpnet"
BUCKETS, FARTHEST = 32, 128
# The vocabulary is BERT's in both; MPNet has four numbers before it and its own special ones.
SPECIAL = {0: 1, 101: 0, 102: 2}
SHIFT = 4
CHUNK = 64


@dataclass(frozen=True, slots=True)
class Shape:
    """How large an encoder is."""

    kind: str
    layers: int
    dim: int
    heads: int
    epsilon: float


MINILM = Shape(BERT, 6, 384, 12, 1e-12)
MPNET_BASE = Shape(MPNET, 12, 768, 12, 1e-5)


@dataclass(frozen=True, slots=True)
class Batch:
    """Sequences end to end.

    `ids`, `types` and `positions` are (tokens,) int64; `bounds` (n + 1,) int32 says where each
    sequence starts; `longest` is the longest one's length. `pads` is for attention without the
    kernel for sequences of unlike length: pairs of (rows, length) places of the tokens, `tokens`
    where there is none, and the places of those tokens in it.
    """

    ids: Tensor
    types: Tensor
    positions: Tensor
    bounds: Tensor
    longest: int
    pads: list[tuple[Tensor, Tensor]]

    @classmethod
    def of(
        cls,
        ids: Tensor,
        types: Tensor,
        lengths: list[int],
        device: str | torch.device,
        *,
        pad: bool,
    ) -> "Batch":
        """Lay out a batch on `device`; with what padding takes, if it is to be padded."""
        sizes = torch.tensor(lengths)
        bounds = torch.zeros(len(lengths) + 1, dtype=torch.int64)
        torch.cumsum(sizes, 0, out=bounds[1:])
        positions = torch.arange(len(ids)) - torch.repeat_interleave(bounds[:-1], sizes)
        pads = _pads(bounds, sizes, len(ids)) if pad else []
        return cls(
            ids.to(device, torch.int64, non_blocking=True),
            types.to(device, torch.int64, non_blocking=True),
            positions.to(device, non_blocking=True),
            bounds.to(device, torch.int32, non_blocking=True),
            int(sizes.max()),
            [(one.to(device), other.to(device)) for one, other in pads],
        )


def _pads(bounds: Tensor, sizes: Tensor, tokens: int) -> list[tuple[Tensor, Tensor]]:
    """Rows of like length together, so that little is padded."""
    order = torch.argsort(sizes)
    pads = []
    for first in range(0, len(order), CHUNK):
        rows = order[first : first + CHUNK]
        longest = -(-int(sizes[rows].max()) // 16) * 16
        steps = torch.arange(longest)
        inside = steps < sizes[rows, None]
        places = torch.where(inside, bounds[rows, None] + steps, tokens)
        pads.append((places, inside.reshape(-1).nonzero()[:, 0]))
    return pads


class _Pad(torch.autograd.Function):
    """Tokens to padded rows; each token is used once, so its gradient is only looked up."""

    @staticmethod
    def forward(ctx: Any, flat: Tensor, places: Tensor, held: Tensor) -> Tensor:  # noqa: ANN401
        ctx.save_for_backward(places, held)
        ctx.tokens = len(flat)
        return torch.cat([flat, flat.new_zeros(1, *flat.shape[1:])])[places]

    @staticmethod
    def backward(ctx: Any, grad: Tensor) -> tuple[Tensor, None, None]:  # noqa: ANN401
        places, held = ctx.saved_tensors
        flat = grad.new_zeros(ctx.tokens, *grad.shape[2:])
        flat[places.reshape(-1)[held]] = grad.flatten(0, 1)[held]
        return flat, None, None


class _Unpad(torch.autograd.Function):
    """Padded rows back to (tokens, …), zero where no row has the token."""

    @staticmethod
    def forward(ctx: Any, rows: Tensor, places: Tensor, held: Tensor, tokens: int) -> Tensor:  # noqa: ANN401
        ctx.save_for_backward(places)
        flat = rows.new_zeros(tokens, *rows.shape[2:])
        flat[places.reshape(-1)[held]] = rows.flatten(0, 1)[held]
        return flat

    @staticmethod
    def backward(ctx: Any, grad: Tensor) -> tuple[Tensor, None, None, None]:  # noqa: ANN401
        (places,) = ctx.saved_tensors
        return torch.cat([grad, grad.new_zeros(1, *grad.shape[1:])])[places], None, None, None


def varying() -> Callable[..., Tensor] | None:
    """The kernel for sequences of unlike length; None where torch has none."""
    try:
        from torch.nn.attention.varlen import varlen_attn  # noqa: PLC0415 - new in torch 2.10
    except ImportError:
        return None
    return cast("Callable[..., Tensor]", varlen_attn)


class Layer(nn.Module):
    """One layer's weights."""

    def __init__(self, shape: Shape) -> None:
        """Make an untrained one."""
        super().__init__()
        self.qkv = nn.Linear(shape.dim, 3 * shape.dim)
        self.out = nn.Linear(shape.dim, shape.dim)
        self.attended = nn.LayerNorm(shape.dim, shape.epsilon)
        self.up = nn.Linear(shape.dim, 4 * shape.dim)
        self.down = nn.Linear(4 * shape.dim, shape.dim)
        self.fed = nn.LayerNorm(shape.dim, shape.epsilon)

    def weights(self) -> list[Tensor]:
        """What `after` takes of the layer."""
        parts = (self.out, self.attended, self.up, self.down, self.fed)
        return [each for part in parts for each in (part.weight, part.bias)]


def after(given: Tensor, mixed: Tensor, weights: list[Tensor], epsilon: float) -> Tensor:
    """Do what follows attention in a layer; of tensors alone, so that it is compiled once."""
    out, out_bias, one, one_bias, up, up_bias, down, down_bias, two, two_bias = weights
    linear, norm = functional.linear, functional.layer_norm
    hidden = norm(given + linear(mixed, out, out_bias), one.shape, one, one_bias, epsilon)
    fed = linear(functional.gelu(linear(hidden, up, up_bias)), down, down_bias)
    return norm(hidden + fed, two.shape, two, two_bias, epsilon)


class Encoder(nn.Module):
    """A BERT or MPNet."""

    def __init__(self, shape: Shape, words: int) -> None:
        """Make an untrained one with `words` in its vocabulary."""
        super().__init__()
        self.shape = shape
        self.words = nn.Embedding(words, shape.dim)
        self.places = nn.Embedding(514, shape.dim)
        self.types = nn.Embedding(2, shape.dim)
        self.norm = nn.LayerNorm(shape.dim, shape.epsilon)
        self.layers = nn.ModuleList(Layer(shape) for _ in range(shape.layers))
        self.distances = nn.Embedding(BUCKETS, shape.heads)
        self.after: Callable[[Tensor, Tensor, list[Tensor], float], Tensor] = after
        self.kernel: Callable[..., Tensor] | None = None

    def forward(self, batch: Batch) -> Tensor:
        """Return (tokens, dim)."""
        ids, places = batch.ids, batch.positions
        mpnet = self.shape.kind == MPNET
        if mpnet:
            shifted = ids + SHIFT
            for bert, own in SPECIAL.items():
                shifted = torch.where(ids == bert, own, shifted)
            ids, places = shifted, places + 2
        embedded = self.words(ids) + self.places(places)
        if not mpnet:
            embedded = embedded + self.types(batch.types)
        hidden: Tensor = self.norm(embedded)
        masks = [] if self.kernel and not mpnet else [self._mask(pad) for pad, _ in batch.pads]
        for layer in cast("Iterable[Layer]", self.layers):
            mixed = self._attend(layer.qkv(hidden), batch, masks)
            hidden = self.after(hidden, mixed, layer.weights(), self.shape.epsilon)
        return hidden

    def _mask(self, places: Tensor) -> Tensor:
        """What is added to the attention of padded rows: (rows, heads or 1, 1 or n, n)."""
        tokens = places.max()
        hidden = torch.where(places < tokens, 0.0, -1e4)[:, None, None, :]
        if self.shape.kind == MPNET:
            steps = torch.arange(places.shape[1], device=places.device)
            bias = self.distances(buckets(steps[None, :] - steps[:, None]))
            hidden = hidden + bias.detach().permute(2, 0, 1)
        return hidden.to(torch.bfloat16 if places.is_cuda else torch.float32)

    def _attend(self, qkv: Tensor, batch: Batch, masks: list[Tensor]) -> Tensor:
        heads = self.shape.heads
        split = qkv.view(len(qkv), 3, heads, -1)
        if not masks:
            assert self.kernel is not None
            query, key, value = (split[:, number] for number in range(3))
            mixed = self.kernel(
                query, key, value, batch.bounds, batch.bounds, batch.longest, batch.longest
            )
            return mixed.reshape(len(qkv), -1)
        result = qkv.new_zeros(len(qkv), self.shape.dim)
        for (places, held), mask in zip(batch.pads, masks, strict=True):
            padded = _Pad.apply(split, places, held)  # type: ignore[no-untyped-call]
            padded = padded.permute(2, 0, 3, 1, 4)
            mixed = functional.scaled_dot_product_attention(
                padded[0], padded[1], padded[2], mask.to(padded.dtype)
            )
            rows = mixed.transpose(1, 2).flatten(2)
            flat = _Unpad.apply(rows, places, held, len(qkv))  # type: ignore[no-untyped-call]
            result = result + flat
        return result


def buckets(distances: Tensor) -> Tensor:
    """The number of each distance's bias, as T5 and MPNet count them (Raffel et al. 2020)."""
    half = BUCKETS // 2
    result = (distances > 0).long() * half
    n = distances.abs()
    exact = half // 2
    far = (
        exact
        + (
            torch.log(n.float().clamp(min=1) / exact)
            / torch.log(torch.tensor(FARTHEST / exact))
            * (half - exact)
        ).long()
    )
    return result + torch.where(n < exact, n, far.clamp(max=half - 1))


class Reader(nn.Module):
    """An encoder, and on it: does the passage answer, and which words."""

    def __init__(self, encoder: Encoder) -> None:
        """Put untrained heads on `encoder`."""
        super().__init__()
        dim = encoder.shape.dim
        self.encoder = encoder
        self.span = nn.Linear(dim, 2)
        self.answers = nn.Sequential(nn.Linear(dim, dim), nn.GELU(), nn.Linear(dim, 1))

    def forward(self, batch: Batch) -> tuple[Tensor, Tensor]:
        """Return a logit a sequence, (n,), and start and end logits, (tokens, 2); float32."""
        hidden = self.encoder(batch)
        first = hidden[batch.bounds[:-1].long()]
        logits: Tensor = self.answers(first)
        spans: Tensor = self.span(hidden)
        return logits[:, 0].float(), spans.float()


def bert_weights(found: Mapping[str, Tensor], prefix: str = "") -> dict[str, Tensor]:
    """Return a published BERT's weights by the names of `Encoder`."""
    given = {name.removeprefix(prefix): each for name, each in found.items()}
    weights = {
        "words.weight": given["embeddings.word_embeddings.weight"],
        "places.weight": given["embeddings.position_embeddings.weight"],
        "types.weight": given["embeddings.token_type_embeddings.weight"],
        "norm.weight": given["embeddings.LayerNorm.weight"],
        "norm.bias": given["embeddings.LayerNorm.bias"],
    }
    layers = 1 + max(int(name.split(".")[2]) for name in given if name.startswith("encoder.layer."))
    for number in range(layers):
        old, new = f"encoder.layer.{number}", f"layers.{number}"
        for part in ("weight", "bias"):
            own = [
                given[f"{old}.attention.self.{each}.{part}"] for each in ("query", "key", "value")
            ]
            weights[f"{new}.qkv.{part}"] = torch.cat(own)
            weights[f"{new}.out.{part}"] = given[f"{old}.attention.output.dense.{part}"]
            weights[f"{new}.attended.{part}"] = given[f"{old}.attention.output.LayerNorm.{part}"]
            weights[f"{new}.up.{part}"] = given[f"{old}.intermediate.dense.{part}"]
            weights[f"{new}.down.{part}"] = given[f"{old}.output.dense.{part}"]
            weights[f"{new}.fed.{part}"] = given[f"{old}.output.LayerNorm.{part}"]
    return weights


def mpnet_weights(found: Mapping[str, Tensor]) -> dict[str, Tensor]:
    """Return a published MPNet's weights by the names of `Encoder`."""
    weights = {
        "words.weight": found["embeddings.word_embeddings.weight"],
        "places.weight": found["embeddings.position_embeddings.weight"],
        "norm.weight": found["embeddings.LayerNorm.weight"],
        "norm.bias": found["embeddings.LayerNorm.bias"],
        "distances.weight": found["encoder.relative_attention_bias.weight"],
    }
    for number in range(MPNET_BASE.layers):
        old, new = f"encoder.layer.{number}", f"layers.{number}"
        for part in ("weight", "bias"):
            own = [found[f"{old}.attention.attn.{each}.{part}"] for each in "qkv"]
            weights[f"{new}.qkv.{part}"] = torch.cat(own)
            weights[f"{new}.out.{part}"] = found[f"{old}.attention.attn.o.{part}"]
            weights[f"{new}.attended.{part}"] = found[f"{old}.attention.LayerNorm.{part}"]
            weights[f"{new}.up.{part}"] = found[f"{old}.intermediate.dense.{part}"]
            weights[f"{new}.down.{part}"] = found[f"{old}.output.dense.{part}"]
            weights[f"{new}.fed.{part}"] = found[f"{old}.output.LayerNorm.{part}"]
    return weights


def encoder(shape: Shape, weights: Mapping[str, Tensor]) -> Encoder:
    """Return an encoder with these weights; what a kind of encoder has not is left as it is."""
    made = Encoder(shape, len(weights["words.weight"]))
    if len(weights["places.weight"]) != len(made.places.weight):
        made.places = nn.Embedding(*weights["places.weight"].shape)
    missing, unexpected = made.load_state_dict(dict(weights), strict=False)
    if unexpected or any(not name.startswith(("types", "distances")) for name in missing):
        message = f"weights that don't fit: {missing} are missing, {unexpected} unknown"
        raise ValueError(message)
    return made
