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


YAML = """---
title: "Oak: a life"
date: 2023-01-01
updated: 2024-05-06
weight: 30
sidebar_label: Oak
rating: 3.5
description: All about it.
tags: [tree, wood]
aliases:
  - /old/oak
  - quercus
---

# Heading

Body.
"""
TOML = """+++
title = "Oak: a life"
draft = false
date = 2024-05-06
tags = ["tree", "wood"]
aliases = ["/old/oak", "quercus"]
[params]
height = '''
40 m
'''
+++

Body.
"""


@pytest.mark.parametrize(
    ("text", "metadata"),
    [
        (YAML, ["date: 2023-01-01", "updated: 2024-05-06", "rating: 3.5"]),
        (TOML, ["date = 2024-05-06", "height = '''\n40 m\n'''"]),
    ],
)
def test_front_matter_names_the_document_and_is_quoted_where_it_says_something(
    text: str, metadata: list[str]
) -> None:
    document = read("a/b.md", text.encode())
    assert document.title == "Oak: a life"
    assert document.aliases == "quercus, tree, wood"
    assert document.date == "2024-05-06"
    kept = [b.span.of(document.text) for b in document.blocks if b.kind is BlockKind.METADATA]
    assert kept == metadata
    assert document.blocks[-1].span.of(document.text) == "Body."


@pytest.mark.parametrize(
    "text",
    [
        "+++\ntitle = 'Hut'\n[params]\n  toc = true\n  math = false\n+++\n\nIt has beds.\n",
        "+++\ntitle = 'Hut'\n[menu.main]\nweight = 3\n[extra]\ntoc = true\n+++\n\nIt has beds.\n",
        "---\ntitle: Hut\nparams:\n  toc: true\n---\n\nIt has beds.\n",
    ],
)
def test_a_table_of_front_matter_that_says_nothing_of_the_page_is_left_out(text: str) -> None:
    document = read("hut.md", text.encode())
    assert [block.span.of(document.text) for block in document.blocks] == ["It has beds."]


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


@pytest.mark.parametrize("fence", ["---", "+++"])
def test_broken_front_matter_is_read_as_text_with_a_note(fence: str) -> None:
    document = read("b.md", f"{fence}\ntitle: [unclosed\n{fence}\nBody.\n".encode())
    assert "front matter is not valid" in document.notes[0]
    assert any("Body." in block.span.of(document.text) for block in document.blocks)


def test_a_hand_wrapped_paragraph_is_one_and_long_lines_are_several() -> None:
    wrapped = read("w.txt", b"A line that was\nwrapped by hand.\n")
    assert len(wrapped.blocks) == 1
    long = ("word " * 40).strip() + "."
    assert len(read("l.txt", f"{long}\n{long}\n{long}".encode()).blocks) == 3
    wide = f"{long[:-1]}\nand ends on the next line.\n"
    assert len(read("w.txt", wide.encode()).blocks) == 1


SEASONS = "| Room | Spring | | Autumn | |"
DAYS = "| | Half day | Day | Half day | Day |"
DASHES = "|---|---|---|---|---|"


@pytest.mark.parametrize(
    "header",
    [(SEASONS, DAYS, DASHES), (SEASONS, DASHES, DAYS), (SEASONS, DAYS, "| | | | | |", DASHES)],
)
def test_both_rows_of_a_header_name_the_columns(header: tuple[str, ...]) -> None:
    table = [*header, "| Loft | 20 | 30 | 15 | 25 |", "| Barn | 40 | | 35 | |"]
    document = read("t.md", "\n".join(table).encode())
    rows = {block.span.of(document.text): block.context for block in document.blocks}
    columns = "Room | Spring Half day | Spring Day | Autumn Half day | Autumn Day"
    assert rows["| Loft | 20 | 30 | 15 | 25 |"] == columns
    assert rows["| Barn | 40 | | 35 | |"] == columns
    assert rows["| Room | Spring | | Autumn | |"] == ""


@pytest.mark.parametrize(
    ("above", "leads_in"),
    [
        ("Visitors of each month are shown below.", "Visitors of each month are shown below"),
        ("Visitors of each month:", "Visitors of each month"),
        (
            "We count at the door. " * 6 + "The table has the visitors.",
            "The table has the visitors",
        ),
        ("Die folgende Tabelle zählt die Gäste.", "Die folgende Tabelle zählt die Gäste"),
        ("The museum has a garden.", ""),
        ("Visitors are shown below.\n\n## Numbers", ""),
    ],
)
def test_rows_know_the_sentence_that_leads_in_their_table(above: str, leads_in: str) -> None:
    text = f"# Museum\n\n{above}\n\n| Year | May |\n|---|---|\n| 2021 | 310 |\n"
    context = read("t.md", text.encode()).blocks[-1].context
    assert context == (f"{leads_in} › Year | May" if leads_in else "Year | May")


def test_what_stands_below_an_item_knows_it() -> None:
    text = (
        "Before you leave:\n\n- Close the lid.\n\n  It is heavy.\n\n  ```\n  lid --close\n  ```\n"
    )
    document = read("a.md", text.encode())
    item, paragraph, code = document.blocks[1:]
    assert (code.kind, code.context) == (BlockKind.CODE, "Before you leave › Close the lid.")
    assert paragraph.anchor == code.anchor == item.span.start


def test_markdown_code_stays_whole() -> None:
    document = read("c.md", b"# T\n\n```\n# no heading\n| a | b |\n| c | d |\n```\n")
    assert [block.kind for block in document.blocks] == [BlockKind.CODE]
    assert len(document.landmarks) == 1


def shown(path: str, text: str) -> list[str]:
    document = read(path, text.encode())
    return [block.span.of(document.text) for block in document.blocks]


def headings(path: str, text: str) -> list[tuple[str, int]]:
    return [(mark.label, mark.level) for mark in read(path, text.encode()).landmarks]


@pytest.mark.parametrize(
    "forgotten",
    [
        "```\nmake all\n\n## Next\nThe rest is text.\n",
        "~~~sh\nmake all\n\nThe rest is text.\n",
        "```\nmake all\n\n## Next\nThe rest is text.\n\n```sh\nmake clean\n```\n",
        "- Build it:\n\n  ```\n  make all\n\nThe rest is text.\n",
    ],
)
def test_a_fence_that_nobody_closed_swallows_no_text(forgotten: str) -> None:
    found = read("a.md", forgotten.encode())
    blocks = {block.span.of(found.text): block.kind for block in found.blocks}
    assert blocks["The rest is text."] is BlockKind.PARAGRAPH
    assert blocks["make all"] is BlockKind.CODE
    assert [mark.label for mark in found.landmarks] == ["Next"] * ("## Next" in forgotten)


def test_a_fence_closed_as_it_should_be_keeps_all_of_its_code() -> None:
    code = "```sh\n# Greet.\necho a\n\n## Not a heading.\nThis is no sentence either.\n```"
    assert shown("a.md", f"{code}\n\nText.\n") == [code, "Text."]


def test_headings_are_known_however_they_are_written() -> None:
    markdown = "Crane\n=====\n\nOne.\n\n<h3 align='center'>The <b>hook</b></h3>\n\nTwo.\n\n"
    summary = "<details><summary>And the rope?</summary>\nThree.\n</details>\n"
    assert headings("a.md", markdown + summary) == [
        ("Crane", 1), ("The hook", 3), ("And the rope?", 6)
    ]  # fmt: skip
    plain = "The crane\n=========\n\nOne.\n\nIts hook\n--------\nTwo.\n"
    assert headings("a.txt", plain) == [("The crane", 1), ("Its hook", 2)]


def test_a_line_below_a_paragraph_of_plain_text_divides_and_makes_no_heading() -> None:
    text = "The crane lifts two tonnes.\nIt is tested in May.\n-----\nOther matters.\n"
    assert headings("a.txt", text) == []
    assert "two tonnes" in shown("a.txt", text)[0]


def test_an_unknown_suffix_is_named() -> None:
    with pytest.raises(UnsupportedFormat, match=r"x\.zip: the format \.zip is not one of"):
        read("x.zip", b"PK")
