"""What is packed by gzip, unpacked in small steps; and why there is no reply that can be used."""

import zlib
from collections.abc import Iterable, Iterator

# So much is unpacked at once, so that who takes it can stop in time.
STEP = 65_536


class NotFetched(Exception):
    """There is no reply that can be used; `passing` if there may be one another time."""

    def __init__(self, reason: str, *, passing: bool) -> None:
        """Say why."""
        super().__init__(reason)
        self.passing = passing


def unpacked(parts: Iterable[bytes]) -> Iterator[bytes]:
    """Yield what is packed by gzip, in small parts.

    Raises:
        NotFetched: it is damaged.
    """
    unpacker = zlib.decompressobj(wbits=zlib.MAX_WBITS | 16)
    try:
        for part in parts:
            rest = part
            while rest and not unpacker.eof:
                yield unpacker.decompress(rest, STEP)
                rest = unpacker.unconsumed_tail
        while not unpacker.eof and (more := unpacker.decompress(b"", STEP)):
            yield more
    except zlib.error:
        message = "it is packed, and damaged"
        raise NotFetched(message, passing=True) from None
    if not unpacker.eof:
        message = "it is packed, and its end is missing"
        raise NotFetched(message, passing=True)
