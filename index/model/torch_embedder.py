"""An embedding model run by sentence-transformers, its own library: texts in, unit vectors out."""

import logging
import os
import threading
import warnings
from collections.abc import Sequence
from copy import deepcopy
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from index.domain import ModelDescription, TokenEmbeddings
from index.errors import DimensionMismatch, EmbeddingError, ModelUnavailable
from index.model.batching import Batcher
from index.model.counting import TokenCounter, slow_token_count, token_count
from index.model.revision import check_library, folder, revision
from index.settings import BUNDLED_MODEL, IndexSettings

if TYPE_CHECKING:
    from sentence_transformers import SentenceTransformer
    from tokenizers import Tokenizer

# Small, so that a question never waits long for a build's batch to end.
BATCH = 16
# What `passage_tokens` can be set to at the least.
LEAST_TOKENS = 32
_Floats = npt.NDArray[np.float32]
Encoding = tuple[npt.NDArray[np.int64], npt.NDArray[np.int64], npt.NDArray[np.bool_]]
"""The numbers of a text's tokens, where each starts and ends, and whether it is a special one."""


class SentenceTransformerEmbedder:
    """A sentence-transformers model, safe to use from several threads."""

    def __init__(self, settings: IndexSettings) -> None:
        """Load the model that the settings name.

        Raises:
            ModelUnavailable: it isn't there, isn't a model, or its weights were altered; or its
                library isn't installed.
        """
        check_library(f"the model {settings.model!r} itself")
        self.name = settings.model
        # What was altered is told before any of it is loaded.
        known = revision(settings)
        model = _load(settings.model, folder(settings.model))
        config = getattr(getattr(model[0], "auto_model", None), "config", None)
        if config is not None:
            config.output_hidden_states = True
        self.model = model
        self.files: Path | None = None
        self._lock = threading.Lock()
        # Questions that wait for each other are embedded together.
        self._questions = Batcher[str, TokenEmbeddings](
            lambda texts: self._embed(texts, self._query_prompt)
        )
        prompts = model.prompts or {}
        self._query_prompt = settings.query_prompt or prompts.get("query") or ""
        self._document_prompt = settings.document_prompt or prompts.get("document") or ""
        # None if the model's own is a slow one.
        self.tokenizer = _tokenizer(model)
        # A slow one is copied: it isn't made for two threads.
        self.count_tokens = TokenCounter(
            partial(token_count, self.tokenizer)
            if self.tokenizer is not None
            else partial(slow_token_count, deepcopy(model.tokenizer))
        )
        dim = model.get_embedding_dimension()
        if not dim:
            raise ModelUnavailable(_unavailable(settings.model, "it says no dimension"))
        self.dim = int(dim)
        self.revision = known or revision(settings) or "unknown"
        self._limit = int(model.get_max_seq_length() or 512)
        special = len(model.tokenize([""])["input_ids"][0])
        self.max_tokens = self._limit - special - self.count_tokens(self._document_prompt)
        if self.max_tokens < LEAST_TOKENS:
            reason = (
                f"its document prompt leaves {max(0, self.max_tokens)} of its {self._limit} tokens "
                f"for a passage, which needs {LEAST_TOKENS}; shorten `document_prompt`"
            )
            raise ModelUnavailable(_unavailable(settings.model, reason))

    def embed_documents(self, texts: Sequence[str]) -> list[TokenEmbeddings]:
        """Embed passages or units."""
        return self._embed(texts, self._document_prompt)

    def embed_question(self, text: str) -> TokenEmbeddings:
        """Embed a question."""
        return self._questions(text)

    def plain_vector(self, text: str) -> npt.NDArray[np.float32]:
        """Embed a question as the library does by itself: (dim,); what our own time is held to."""
        with self._lock:
            encoded: npt.NDArray[np.float32] = self.model.encode(text, show_progress_bar=False)
        return encoded

    def _embed(self, texts: Sequence[str], prompt: str) -> list[TokenEmbeddings]:
        """Embed `texts` batch by batch, similar lengths together.

        Raises:
            EmbeddingError: the model gave what is no number.
            DimensionMismatch: the model gave vectors of another length than it said.
        """
        result: dict[int, TokenEmbeddings] = {}
        order = sorted(range(len(texts)), key=lambda number: len(texts[number]))
        for begin in range(0, len(order), BATCH):
            batch = order[begin : begin + BATCH]
            prompted = [prompt + texts[number] for number in batch]
            with self._lock:
                vectors, tokens = self._forward(prompted)
                if vectors.shape[1] != self.dim:
                    message = f"{self.name} gave {vectors.shape[1]} numbers a text, not {self.dim}"
                    raise DimensionMismatch(message)
                encodings = [self._encoding(text) for text in prompted]
            for place, number in enumerate(batch):
                rows = None if tokens is None else tokens[place]
                result[number] = token_embeddings(
                    vectors[place], rows, encodings[place], len(prompt)
                )
        return [result[number] for number in range(len(texts))]

    @property
    def description(self) -> ModelDescription:
        """What an export of the model has to know of it."""
        return ModelDescription(
            name=self.name,
            revision=self.revision,
            dim=self.dim,
            max_length=self._limit,
            max_tokens=self.max_tokens,
            query_prompt=self._query_prompt,
            document_prompt=self._document_prompt,
        )

    def features(self, text: str) -> dict[str, Any]:
        """Return what the model is given of a text that has its prompt already."""
        features: dict[str, Any] = self.model.preprocess([text], prompt="")
        return features

    def _forward(self, texts: list[str]) -> tuple[_Floats, _Floats | None]:
        """Return a batch's vectors, (n, dim), and tokens, (n, tokens, hidden) padded, or None."""
        import torch  # noqa: PLC0415 - loaded with the model, not before

        with torch.inference_mode():
            # A prompt that the model would add by itself is already there.
            vectors, tokens = self.outputs(self.model.preprocess(texts, prompt=""))
        return vectors.numpy(), None if tokens is None else tokens.numpy()

    def outputs(self, features: dict[str, Any]) -> Any:  # noqa: ANN401 - tensors
        """Return the tensors of the texts and, or None, of their tokens.

        A token is the mean of the upper half of the layers: the last layer alone is trained for
        the text as a whole and blurs the single words (on squad-open.json, by article, the first
        passage is right for 89.0% of the questions instead of 87.8%).
        """
        import torch  # noqa: PLC0415 - loaded with the model, not before

        output = self.model(features)
        vectors = output["sentence_embedding"].float()
        layers = output.get("all_layer_embeddings")
        if layers is None:
            tokens = output.get("token_embeddings")
            return vectors, None if tokens is None else tokens.float()
        # The first entry is what goes into the lowest layer.
        upper = layers[1 + len(layers) // 2 :]
        units = [torch.nn.functional.normalize(layer.float(), dim=-1) for layer in upper]
        return vectors, sum(units[1:], units[0])

    def _encoding(self, text: str) -> Encoding | None:
        """The tokens of `text` as the model reads it; None where they can't be placed in it."""
        tokenizer = self.model.tokenizer
        if not getattr(tokenizer, "is_fast", False):
            return None
        limit = self.model.get_max_seq_length()
        encoded = tokenizer(
            text,
            truncation=True,
            max_length=limit,
            return_offsets_mapping=True,
            return_special_tokens_mask=True,
        )
        return (
            np.array(encoded["input_ids"], np.int64),
            np.array(encoded["offset_mapping"], np.int64),
            np.array(encoded["special_tokens_mask"], bool),
        )


def token_embeddings(
    vector: _Floats, tokens: _Floats | None, encoding: Encoding | None, prompt: int
) -> TokenEmbeddings:
    """Turn what a model gave for one text into unit vectors.

    Args:
        vector: (dim,), the text's.
        tokens: (n, hidden), one a token and perhaps some of padding; None if there are none.
        encoding: the tokens; None where they can't be placed in the text.
        prompt: the characters of the prompt before the text.

    Raises:
        EmbeddingError: the model gave what is no number.
    """
    vector = _unit(vector[np.newaxis])
    if not np.isfinite(vector).all():
        message = "the model gave an embedding that is no number"
        raise EmbeddingError(message)
    if tokens is not None and encoding is not None:
        ids, offsets, special = encoding
        kept = ~special & (offsets[:, 0] >= prompt)
        if tokens.shape[1] == vector.shape[1] and kept.any() and len(tokens) >= len(kept):
            rows = _unit(tokens[: len(kept)][kept])
            return TokenEmbeddings(vector[0], rows, ids[kept])
    # A model without tokens of its own, or a text without any: the text is its one token.
    return TokenEmbeddings(vector[0], vector, np.zeros(1, np.int64))


def _tokenizer(model: "SentenceTransformer") -> "Tokenizer | None":
    """A copy of the model's tokenizer that reads all of a text; None if it is a slow one."""
    from tokenizers import Tokenizer  # noqa: PLC0415 - loaded with the model, not before

    own = getattr(model.tokenizer, "backend_tokenizer", None)
    if own is None:
        return None
    copy = Tokenizer.from_str(own.to_str())
    copy.no_padding()
    copy.no_truncation()
    return copy


def _unit(vectors: _Floats) -> _Floats:
    """Scale rows to length 1; a row of zeros stays."""
    lengths = np.linalg.norm(vectors, axis=1, keepdims=True)
    scaled: _Floats = vectors / np.maximum(lengths, np.float32(1e-12))
    return scaled.astype(np.float32)


def silence() -> None:
    """Keep the model libraries from writing over the terminal."""
    os.environ.setdefault("TOKENIZERS_PARALLELISM", "false")
    os.environ.setdefault("HF_HUB_DISABLE_PROGRESS_BARS", "1")
    for name in ("sentence_transformers", "transformers", "huggingface_hub"):
        logging.getLogger(name).setLevel(logging.ERROR)
    from transformers.utils import logging as transformers_logging  # noqa: PLC0415 - half a second

    transformers_logging.disable_progress_bar()


def reason_of(error: Exception) -> str:
    """Return what a library says went wrong, in one line."""
    return " ".join(str(error).split())[:200] or type(error).__name__


def _load(name: str, path: Path | None) -> "SentenceTransformer":
    try:
        silence()
        # Imported here: it takes seconds, and a wrong setting should be told before that.
        from sentence_transformers import SentenceTransformer  # noqa: PLC0415

        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            return SentenceTransformer(str(path or name), device="cpu")
    # A model can fail to load in as many ways as there are libraries below.
    except Exception as error:
        raise ModelUnavailable(_unavailable(name, reason_of(error))) from error


def _unavailable(name: str, reason: str) -> str:
    return (
        f"the model {name!r} can't be loaded: {reason}. Set `model` in [index] to a folder with a "
        f"sentence-transformers model, a name on the Hugging Face hub, or {BUNDLED_MODEL!r}"
    )
