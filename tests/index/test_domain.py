"""A document's key is its own."""

import hashlib
import re

import pytest

from bot.buttons.button import KEY
from index import Source, domain
from index.domain import document_key, named


def source(path: str) -> Source:
    """A document of that path."""
    return Source(path, "", "", 1)


def test_a_key_is_short_and_of_too_many_bits_to_be_found_twice() -> None:
    keys = {document_key(f"n{number}.md") for number in range(5000)}
    assert len(keys) == 5000
    assert all(re.fullmatch(KEY, key) for key in keys)
    assert all(len(key) == 1 + 22 for key in keys)
    # 22 signs out of 64 are 132 bits, all of which a hash fills.
    assert len({key[1] for key in keys}) == 64
    assert len({key[-1] for key in keys}) == 64


def test_a_document_is_named_by_its_path_and_its_key_and_by_the_key_it_had() -> None:
    only = source("guide/häuser.md")
    old = hashlib.sha256(only.path.encode()).hexdigest()[:12]
    names = named([only])
    assert set(names.values()) == {only}
    assert names.keys() == {only.path, document_key(only.path), f"/{old}"}


def test_a_key_that_two_documents_had_names_neither(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(domain, "OLD_KEY_CHARS", 1)
    sources = [source(f"{number}.md") for number in range(8)]
    names = named(sources)
    firsts = [hashlib.sha256(each.path.encode()).hexdigest()[0] for each in sources]
    assert max(map(firsts.count, firsts)) > 1, "two of eight have to share one of sixteen digits"
    for each, first in zip(sources, firsts, strict=True):
        assert names[each.path] is names[document_key(each.path)] is each
        assert names.get(f"/{first}") is (each if firsts.count(first) == 1 else None)


def test_no_document_can_be_called_like_the_key_of_another() -> None:
    victim = source("rules.md")
    key = document_key(victim.path)
    old = hashlib.sha256(victim.path.encode()).hexdigest()[:12]
    names = named([source(key[1:]), source(old), victim])
    assert names[key] is victim
    assert names[f"/{old}"] is victim
    assert names[old].path == old
