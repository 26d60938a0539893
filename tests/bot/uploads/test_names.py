"""What a document from outside is called is safe on every system, and reads as it is."""

import unicodedata
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.errors import NotTaken
from bot.uploads import safe_folder, safe_name
from bot.uploads.names import NAME_BYTES, same


@pytest.mark.parametrize(
    "name",
    [
        "guide.md",
        " guide to the harbour.md ",
        "Käse.txt",
        "指南.pdf",
        "a.b.c.tar.md",
        "-rf.md",
        "@everyone `x` __b__ ~~c~~.md",
        "console.md",
        "🎭.md",
        "x" * (NAME_BYTES - 3) + ".md",
    ],
)
def test_ordinary_names_stay_as_they_are(name: str) -> None:
    assert safe_name(name) == name.strip()


@pytest.mark.parametrize(
    "name",
    [
        "",
        " ",
        ".",
        "..",
        "../guide.md",
        "/etc/passwd.md",
        "a/b.md",
        "a\\b.md",
        "C:guide.md",
        ".hidden.md",
        "~root.md",
        "guide.md.",
        "guide\0.md",
        "guide\n.md",
        "guide\x1b[2J.md",
        "guide\x7f.md",
        "\u202egpj.md",
        "gui\u2066de.md",
        "gui\u200bde.md",
        "gui\u200dde.md",
        "gui\u00adde.md",
        "gui\u2028de.md",
        "gui\u3164de.md",
        "gui\u2800de.md",
        "gui\ufe0fde.md",
        "gui\U000e0041de.md",
        "gui\U000e0101de.md",
        "gui\ud800de.md",
        "gui\ue000de.md",
        "gui\u00a0de.md",
        "gui\u3000de.md",
        "con.md",
        "NUL.txt",
        "Com1.tar.md",
        "lpt³.md",
        "aux .md",
        "what?.md",
        "a*.md",
        'a"b.md',
        "a<b>.md",
        "a|b.md",
        "x" * NAME_BYTES + ".md",
        "ü" * 100 + ".md",
    ],
)
def test_what_could_be_taken_for_something_else_is_refused(name: str) -> None:
    with pytest.raises(NotTaken, match="Please rename it"):
        safe_name(name)


def test_a_name_is_composed() -> None:
    assert safe_name("Ka\u0308se.md") == "Käse.md"


@given(st.text(max_size=300))
def test_whatever_is_let_through_is_one_visible_name(text: str) -> None:
    try:
        name = safe_name(text)
    except NotTaken:
        return
    assert Path(name).name == name
    assert name == unicodedata.normalize("NFC", name) == safe_name(name)
    assert name.isprintable()
    assert 0 < len(name.encode()) <= NAME_BYTES


def test_a_folder_is_one_below_the_other() -> None:
    assert safe_folder("") == safe_folder(" / ") == ""
    assert safe_folder("/a// b /c/") == "a/b/c"


@pytest.mark.parametrize("folder", ["..", "a/../b", "a/.git", "a\\b", "~", "a/con", "a/" * 9])
def test_a_folder_leads_nowhere_else(folder: str) -> None:
    with pytest.raises(NotTaken):
        safe_folder(folder)


def test_names_that_some_systems_confuse_are_the_same() -> None:
    assert same("STRASSE.md") == same("straße.md")
    assert same("Ka\u0308se.md") == same("käse.md") == same("KÄSE.MD")
    assert same("a.md") != same("b.md")
