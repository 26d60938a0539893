"""Embeddings of tokens on disk, and how near a question is to them."""

from pathlib import Path

import numpy as np
import numpy.typing as npt

from index.domain import TokenEmbeddings
from index.store.arrays import Array, Rows, RowsWriter
from index.store.contents import Files
from index.store.passage_embeddings import TokenRows
from index.store.ranking import best_matches, idf, late_interaction
from index.store.token_code import Code

CODES = "tokens.bin"
SCALES = "token_scales.bin"
IDS = "token_ids.bin"
COUNTS = "token_counts.bin"

Floats = npt.NDArray[np.float32]
Numbers = npt.NDArray[np.int64]


class Tokens:
    """The tokens of all passages end to end, and behind each file's its name.

    `codes` has `code.width` bytes a token and `scales` a float16, `ids` their numbers in the
    model's vocabulary; `counts` is (vocabulary,) int64, how many passages hold a token.
    """

    def __init__(self, files: Files, code: Code) -> None:
        """Read the tokens that were written in `code`.

        Raises:
            IndexCorrupt, OSError: as `Files.content`.
        """
        self.code = code
        self.codes = Rows(files.content(CODES), np.uint8, code.width)
        self.scales = Rows(files.content(SCALES), np.float16)
        self.ids = Rows(files.content(IDS), np.int32)
        self.counts: Numbers = Rows(files.content(COUNTS), np.int64)[:]

    def __len__(self) -> int:
        return len(self.ids)

    def late_interaction(self, question: TokenEmbeddings, passages: Array, size: int) -> Floats:
        """Return the late interaction with `passages`, rows of `PASSAGE`, of `size` passages.

        A passage's tokens are those of its title, headings and text, and of its file's name.

        Returns:
            (passages,) float32, -1 to 1.
        """
        known = question.ids < len(self.counts)
        holding = np.where(known, self.counts[np.where(known, question.ids, 0)], 0)
        weights = idf(size, holding)
        own = self._best(question, passages["token"], passages["last_token"])
        names, places = np.unique(passages["name"], return_inverse=True)
        last_names = np.zeros_like(names)
        last_names[places] = passages["last_name"]
        named = self._best(question, names, last_names)[places]
        return late_interaction(np.maximum(own, named), weights)

    def _best(self, question: TokenEmbeddings, firsts: Numbers, lasts: Numbers) -> Floats:
        """The best cosine of each of the question's tokens in ranges: (ranges, tokens)."""
        codes, scales = self.codes.spans(firsts, lasts), self.scales.spans(firsts, lasts)
        ends = np.cumsum(lasts - firsts)
        cosines = self.code.cosines(question.tokens, codes, scales)
        return best_matches(cosines, ends - (lasts - firsts), ends)


class TokensWriter:
    """Writes what `Tokens` reads."""

    def __init__(self, folder: Path, code: Code) -> None:
        """Write into `folder`, the tokens in `code`.

        Raises:
            OSError: the disk refuses.
        """
        self._folder = folder
        self._code = code
        self.codes = RowsWriter(folder / CODES, np.uint8, code.width)
        self.scales = RowsWriter(folder / SCALES, np.float16)
        self.ids = RowsWriter(folder / IDS, np.int32)
        self._counts = np.zeros(0, np.int64)

    @property
    def size(self) -> int:
        """How many tokens were written."""
        return self.ids.count

    def add(self, rows: TokenRows) -> tuple[int, int]:
        """Write the next tokens, as `quantize` gave them or in the writer's code.

        Returns which rows they are, half-open.

        Raises:
            OSError: the disk refuses.
        """
        begin = self.size
        values, scales = rows.values, rows.scales
        if values.dtype != np.uint8:
            values, scales = self._code.encode(values.astype(np.int8, copy=False))
        self.codes.add(values)
        self.scales.add(scales)
        self.ids.add(rows.ids)
        return begin, self.size

    def count(self, ids: Array) -> None:
        """Count the tokens that one passage holds, each once."""
        distinct = np.unique(ids)
        if len(distinct) and distinct[-1] >= len(self._counts):
            more = np.zeros(int(distinct[-1]) + 1 - len(self._counts), np.int64)
            self._counts = np.concatenate([self._counts, more])
        self._counts[distinct] += 1

    def close(self) -> None:
        """Write what isn't yet, of the files that grow.

        Raises:
            OSError: the disk refuses.
        """
        for file in (self.codes, self.scales, self.ids):
            file.close()

    def finish(self) -> None:
        """Write how many passages hold which token.

        Raises:
            OSError: the disk refuses.
        """
        # One token at least, so that any number can be looked up.
        counts = self._counts if len(self._counts) else np.zeros(1, np.int64)
        counts.astype("<i8").tofile(self._folder / COUNTS)
