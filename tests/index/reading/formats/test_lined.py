"""Bytes to documents: headings, lists, tables, front matter."""

import pytest

from index.domain import BlockKind
from index.errors import UnsupportedFormat
from index.reading.formats import read

WIKI = b"""= Lamps =

Infobox
- Maker: Ada
- Parts:
  - Shade
  - Foot

== History ==
=== Early days ===
The first lamp was lit in 1820.

==Awards==
| Award | Date | Category |
| Golden Lamp | 1 May 2020 | Best Light |
| Best Shade | Ada | |
| Best Foot | Bob | |
| Cy | | |
| Silver Lamp | 2 May 2020 | Best Glow |
"""


def test_wiki_headings_become_landmarks_and_the_title() -> None:
    document = read("lamps.txt", WIKI)
    assert document.title == "Lamps"
    assert [(each.label, each.level) for each in document.landmarks] == [
        ("Lamps", 1),
        ("History", 2),
        ("Early days", 3),
        ("Awards", 2),
    ]


def test_list_items_know_their_lead_in_and_parent() -> None:
    document = read("lamps.txt", WIKI)
    items = {
        block.span.of(document.text): block.context
        for block in document.blocks
        if block.kind is BlockKind.ITEM
    }
    assert items["- Maker: Ada"] == "Infobox"
    assert items["- Foot"] == "Infobox › Parts:"


def test_rows_with_cells_left_out_belong_to_the_award_above() -> None:
    document = read("lamps.txt", WIKI)
    rows = {
        block.span.of(document.text): block
        for block in document.blocks
        if block.kind is BlockKind.ROW
    }
    golden = next(block for row, block in rows.items() if "Golden" in row)
    assert rows["| Best Shade | Ada | |"].context == (
        "Award: Golden Lamp; Date: 1 May 2020; Category"
    )
    assert rows["| Best Shade | Ada | |"].anchor == golden.span.start
    assert "Best Foot" in rows["| Cy | | |"].context
    assert rows["| Silver Lamp | 2 May 2020 | Best Glow |"].context == "Award | Date | Category"


def test_a_markdown_table_with_an_empty_cell_keeps_its_columns() -> None:
    text = b"| Key | Default | Note |\n|---|---|---|\n| a | 1 | |\n| b | 2 | fine |\n"
    document = read("t.md", text)
    contexts = {block.context for block in document.blocks if block.span.start > 30}
    assert contexts == {"Key | Default | Note"}


def test_front_matter_is_metadata_and_names_the_document() -> None:
    text = b'---\ntitle: "The: Title"\nrating: 3.5\n---\n\n# Heading\n\nBody.\n'
    document = read("a/b.md", text)
    assert document.title == "The: Title"
    metadata = [b.span.of(document.text) for b in document.blocks if b.kind is BlockKind.METADATA]
    assert metadata == ['title: "The: Title"', "rating: 3.5"]


@pytest.mark.parametrize("depth", [3, 15, 30, 300])
def test_nothing_is_lost_however_deep_it_is_nested(depth: int) -> None:
    lists = "".join("  " * level + f"- level {level}\n" for level in range(depth))
    quotes = "> " * depth + "a deep quote\n"
    for text in (lists, quotes):
        document = read("deep.md", text.encode())
        found = " ".join(block.span.of(document.text) for block in document.blocks)
        for line in text.splitlines():
            assert line.strip(" ->") in found


def test_a_byline_names_the_author() -> None:
    assert read("r.txt", b"by Ada Lovelace\n\nA review.\n").author == "Ada Lovelace"
    assert read("r.txt", b"by the way\n\nA review.\n").author == ""
    assert read("r.md", b"---\nauthor: Ada\n---\nA review.\n").author == "Ada"


def test_broken_front_matter_is_read_as_text_with_a_note() -> None:
    document = read("b.md", b"---\ntitle: [unclosed\n---\nBody.\n")
    assert "front matter" in document.notes[0]
    assert any("Body." in block.span.of(document.text) for block in document.blocks)


def test_a_hand_wrapped_paragraph_is_one_and_long_lines_are_several() -> None:
    wrapped = read("w.txt", b"A line that was\nwrapped by hand.\n")
    assert len(wrapped.blocks) == 1
    long = ("word " * 40).strip() + "."
    assert len(read("l.txt", f"{long}\n{long}\n{long}".encode()).blocks) == 3


def test_markdown_code_stays_whole() -> None:
    document = read("c.md", b"# T\n\n```\n# no heading\n| a | b |\n| c | d |\n```\n")
    assert [block.kind for block in document.blocks] == [BlockKind.CODE]
    assert len(document.landmarks) == 1


def test_an_unknown_suffix_is_named() -> None:
    with pytest.raises(UnsupportedFormat, match=r"x\.zip: the format \.zip is not one of"):
        read("x.zip", b"PK")
