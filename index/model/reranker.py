"""An optional cross-encoder: reads question and passage together, within a time budget."""

import logging
import time
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from index.errors import EmbeddingError, ModelUnavailable
from index.model.revision import check_library
from index.model.torch_embedder import reason_of, silence

if TYPE_CHECKING:
    from sentence_transformers import CrossEncoder

log = logging.getLogger(__name__)

# Small, so that the budget is overrun by little.
BATCH = 4


@dataclass(frozen=True, slots=True)
class Reranker:
    """A cross-encoder and the seconds that it may take for a question."""

    model: "CrossEncoder"
    seconds: float

    def order(self, question: str, texts: Sequence[str]) -> list[int]:
        """Return the numbers of `texts`, best first.

        Those that the budget doesn't reach keep their order, behind those that it does.

        Raises:
            EmbeddingError: the model fails.
        """
        started = time.perf_counter()
        scores: list[float] = []
        while len(scores) < len(texts) and time.perf_counter() - started < self.seconds:
            pairs = [(question, text) for text in texts[len(scores) : len(scores) + BATCH]]
            try:
                scores.extend(map(float, self.model.predict(pairs, show_progress_bar=False)))
            # A model can fail in as many ways as there are libraries below.
            except Exception as error:
                message = f"the cross-encoder failed: {reason_of(error)}"
                raise EmbeddingError(message) from error
        if len(scores) < len(texts):
            log.warning("the cross-encoder read %d of %d passages", len(scores), len(texts))
        ranked = np.argsort(-np.array(scores), kind="stable")
        return [*map(int, ranked), *range(len(scores), len(texts))]


def load_reranker(model: str, seconds: float) -> Reranker | None:
    """Load the cross-encoder that the settings name, if they name one.

    Raises:
        ModelUnavailable: it isn't there, isn't a model, or gives no single score; or its library
            isn't installed.
    """
    if not model:
        return None
    check_library(f"a cross-encoder (`reranker` under [answers] is {model!r})")
    try:
        silence()
        # Imported here: it takes seconds, and most bots don't use one.
        from sentence_transformers import CrossEncoder  # noqa: PLC0415

        encoder = CrossEncoder(model, device="cpu")
        labels = int(encoder.config.num_labels)
    # A model can fail to load in as many ways as there are libraries below.
    except Exception as error:
        message = (
            f"the cross-encoder {model!r} can't be loaded: {reason_of(error)}. Set `reranker` in "
            "[answers] to a folder or a name on the Hugging Face hub, or leave it empty"
        )
        raise ModelUnavailable(message) from error
    if labels != 1:
        message = (
            f"the cross-encoder {model!r} gives {labels} scores a passage, not 1; set `reranker` "
            "in [answers] to one made for ranking"
        )
        raise ModelUnavailable(message)
    return Reranker(encoder, seconds)
