"""A model that a build exported, run by onnxruntime and asked without its own library.

Every text is run by itself. A quantized model scales what flows through it by the largest number
in the batch, so in company a text's embedding would depend on its neighbours; alone it is the same
in every build, and there is no padding to compute. Texts run side by side, a thread each.
"""

import os
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

# Unless told before it is loaded, it numbers this machine and sends its maker what it runs. The
# first name is the one that 1.32 heeds, the second is for other versions.
os.environ["ORT_DISABLE_TELEMETRY"] = "1"
os.environ["ORT_TELEMETRY_DISABLED"] = "1"

import onnxruntime
from pydantic import TypeAdapter
from tokenizers import Tokenizer

from index.domain import ModelDescription, TokenEmbeddings
from index.errors import REBUILD, EmbeddingError, IndexCorrupt
from index.model.counting import TokenCounter, token_count
from index.model.torch_embedder import Encoding, reason_of, token_embeddings

if TYPE_CHECKING:
    from tokenizers import Encoding as Tokenized

GRAPH = "model.onnx"
TOKENIZER = "tokenizer.json"
DESCRIPTION = "model.json"
TEXT = "text"
TOKENS = "tokens"
# What a graph may ask for.
INPUTS = ("input_ids", "token_type_ids")
# One operator for a sum and its normalisation takes five times as long as the two apart: without
# it, a text takes a tenth less.
SLOWER = ["SkipLayerNormFusion"]


DESCRIPTION_JSON = TypeAdapter(ModelDescription)


class OnnxEmbedder:
    """An exported model; every method may be called from any thread."""

    def __init__(self, folder: Path) -> None:
        """Load the model that `export` left in `folder`.

        Raises:
            IndexCorrupt: it can't be read.
        """
        self.files: Path | None = folder
        try:
            self.description = DESCRIPTION_JSON.validate_json((folder / DESCRIPTION).read_bytes())
            self._tokenizer = Tokenizer.from_file(str(folder / TOKENIZER))
            self._session = open_session(str(folder / GRAPH))
        # The libraries raise what they like for a file that is none of theirs.
        except Exception as error:
            message = (
                f"{folder}: the exported model can't be loaded ({reason_of(error)}); build the "
                f"index again with `{REBUILD} --everything`"
            )
            raise IndexCorrupt(message) from error
        self._tokenizer.no_padding()
        self._tokenizer.enable_truncation(self.description.max_length)
        self.count_tokens = TokenCounter(partial(token_count, self._tokenizer))
        self._inputs = {tensor.name for tensor in self._session.get_inputs()}
        self.name = self.description.name
        self.revision = self.description.revision
        self.dim = self.description.dim
        self.max_tokens = self.description.max_tokens

    def embed_documents(self, texts: Sequence[str]) -> list[TokenEmbeddings]:
        """Embed passages or units."""
        prompt = self.description.document_prompt
        with ThreadPoolExecutor(os.cpu_count()) as threads:
            return list(threads.map(lambda text: self._embed(text, prompt), texts))

    def embed_question(self, text: str) -> TokenEmbeddings:
        """Embed a question."""
        return self._embed(text, self.description.query_prompt)

    def _embed(self, text: str, prompt: str) -> TokenEmbeddings:
        encoded = self._tokenizer.encode(prompt + text)
        vectors, tokens = self._run(encoded)
        return token_embeddings(vectors[0], tokens[0], _places(encoded), len(prompt))

    def _run(self, encoded: "Tokenized") -> list[npt.NDArray[np.float32]]:
        """Return what the graph gives for one text: the text as a whole and its tokens.

        Raises:
            EmbeddingError: the model fails.
        """
        ids = np.array([encoded.ids], np.int64)
        known = dict(zip(INPUTS, (ids, np.zeros_like(ids)), strict=True))
        inputs = {name: known[name] for name in self._inputs}
        try:
            outputs: list[npt.NDArray[np.float32]] = self._session.run([TEXT, TOKENS], inputs)
        # The library's errors have no common root but this.
        except Exception as error:
            message = f"the model {self.name!r} failed: {reason_of(error)}"
            raise EmbeddingError(message) from error
        return outputs


def open_session(graph: str | bytes) -> onnxruntime.InferenceSession:
    """Load a graph, from its file or its bytes, to be run a text at a time."""
    options = onnxruntime.SessionOptions()
    # A text is too little work to be divided; texts side by side use the other cores.
    options.intra_op_num_threads = 1
    options.inter_op_num_threads = 1
    # The arena never gives back what the longest text took, once for every thread.
    options.enable_cpu_mem_arena = False
    options.log_severity_level = 3
    return onnxruntime.InferenceSession(
        graph, options, providers=["CPUExecutionProvider"], disabled_optimizers=SLOWER
    )


def _places(encoded: "Tokenized") -> Encoding:
    return (
        np.array(encoded.ids, np.int64),
        np.array(encoded.offsets, np.int64).reshape(-1, 2),
        np.array(encoded.special_tokens_mask, bool),
    )
