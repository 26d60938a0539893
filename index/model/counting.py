"""Tokens counted without the model, in whatever process has to know how many a text has."""

import warnings
from collections.abc import Callable
from functools import lru_cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tokenizers import Tokenizer
    from transformers import PreTrainedTokenizerBase

# Of so many texts, none of more characters, it is remembered how many tokens they have.
COUNTS, COUNTED_CHARS = 4096, 2000


class TokenCounter:
    """Counts the tokens of texts and remembers those of short ones; pickled, it has to start anew.

    `count` is a function of a module, or a partial one, so that it can be pickled as well.
    """

    def __init__(self, count: Callable[[str], int]) -> None:
        """Count with `count`."""
        self._count = count
        self._remembered = lru_cache(COUNTS)(count)

    def __call__(self, text: str) -> int:
        """Return the number of tokens."""
        return (self._remembered if len(text) <= COUNTED_CHARS else self._count)(text)

    def __reduce__(self) -> tuple[type["TokenCounter"], tuple[Callable[[str], int]]]:
        return TokenCounter, (self._count,)


def token_count(tokenizer: "Tokenizer", text: str) -> int:
    """Count the tokens of all of `text`, special ones left out."""
    if not text:
        return 0
    encoded = tokenizer.encode_batch_fast([text], add_special_tokens=False)[0]
    return len(encoded) + sum(map(len, encoded.overflowing))


def slow_token_count(tokenizer: "PreTrainedTokenizerBase", text: str) -> int:
    """Count as `token_count` does, with a tokenizer that is written in Python."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return len(tokenizer.encode(text, add_special_tokens=False, verbose=False))
