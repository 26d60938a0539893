"""Bytes to text: the encoding is found, never assumed, and a guess is said to be one."""

import codecs

import charset_normalizer

from index.errors import UnreadableSource

# UTF-32's mark begins with UTF-16's, so it is tried first.
BYTE_ORDER_MARKS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)


def decode(path: str, data: bytes, declared: str = "") -> tuple[str, tuple[str, ...]]:
    """Return the text, line ends turned to a line feed, and a note where its encoding is a guess.

    What is not Unicode is read in the encoding that the file itself has `declared`, if it can be.

    Raises:
        UnreadableSource: the bytes are no text in any encoding, or the file is empty.
    """
    if not data.strip():
        raise UnreadableSource(path, "the file is empty")
    text, notes = _decode(path, data, declared)
    if "\0" in text:
        raise UnreadableSource(path, "the file is binary, not text")
    text = text.replace("\r\n", "\n").replace("\r", "\n")
    if not text.strip():
        raise UnreadableSource(path, "the file holds no text")
    return text, notes


def _decode(path: str, data: bytes, declared: str) -> tuple[str, tuple[str, ...]]:
    for mark, encoding in BYTE_ORDER_MARKS:
        if data.startswith(mark):
            try:
                return data.decode(encoding), ()
            except UnicodeDecodeError as error:
                reason = f"it begins as {encoding} but byte {error.start} is none: {error.reason}"
                raise UnreadableSource(path, reason) from None
    try:
        return data.decode("utf-8"), ()
    except UnicodeDecodeError:
        pass
    if b"\0" in data:
        raise UnreadableSource(path, "the file is binary, not text")
    if declared:
        try:
            return data.decode(declared), ()
        except (LookupError, UnicodeError):
            pass
    guess = charset_normalizer.from_bytes(data).best()
    if guess is None:
        raise UnreadableSource(path, "the file is no text in any known encoding; save it as UTF-8")
    return str(guess), (f"not UTF-8: read as {guess.encoding}, a guess; save it as UTF-8",)
