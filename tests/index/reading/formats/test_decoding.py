"""Bytes to text."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from index.errors import UnreadableSource
from index.reading.formats import read
from index.reading.formats.decoding import decode

TEXT = "Où est le café? Größe: 5 €.\nSecond line."
words = st.text(st.characters(exclude_categories=["Cs", "Cc"]), min_size=1).filter(str.strip)


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-32"])
def test_every_unicode_encoding_reads_the_same(encoding: str) -> None:
    assert decode("a.txt", TEXT.encode(encoding)) == (TEXT, ())


@pytest.mark.parametrize("line_end", ["\r\n", "\r", "\n"])
def test_line_ends_become_line_feeds(line_end: str) -> None:
    assert decode("a.txt", TEXT.replace("\n", line_end).encode())[0] == TEXT


def test_a_legacy_encoding_is_read_and_said_to_be_a_guess() -> None:
    german = "Die Größe der Tür beträgt zwei Meter. Fußgänger dürfen über die Brücke gehen." * 3
    text, notes = decode("a.txt", german.encode("cp1252"))
    assert text == german
    assert "a guess" in notes[0]


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (b"", "empty"),
        (b" \r\n\t", "empty"),
        (b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR", "binary"),
        (b"text with a \0 in it", "binary"),
        (b"\xff\xfea", "utf-16"),
        ("\ufeff\n".encode(), "no text"),
    ],
)
def test_what_is_no_text_is_refused_with_the_reason(data: bytes, reason: str) -> None:
    with pytest.raises(UnreadableSource, match=reason) as caught:
        decode("some/file.txt", data)
    assert str(caught.value).startswith("some/file.txt: ")


@settings(deadline=None)
@given(words, st.sampled_from(["utf-8", "utf-8-sig", "utf-16"]))
def test_any_text_comes_back_as_it_was(text: str, encoding: str) -> None:
    assert read("a.txt", text.encode(encoding)).text == text.removeprefix("\ufeff")
