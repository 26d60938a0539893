"""What lays out a page or leads through a site is never quoted, and stays in the text."""

import pytest

from index.reading.formats import read

SAID = "The kiln is fired on Fridays."


def blocks(path: str, text: str) -> list[str]:
    document = read(path, text.encode())
    assert document.text == text
    return [block.span.of(text) for block in document.blocks]


@pytest.mark.parametrize(
    "furniture",
    [
        "![Kiln](kiln.png)",
        "[![build](https://ci.example/b.svg)](https://ci.example) ![cover][badge]",
        '<p align="center">\n  <img src="kiln.svg" width="200">\n</p>',
        'import Kiln from "../kiln.js";',
        "import {\n  Tabs,\n  TabItem,\n} from '@site/parts'",
        "export const heat = {\n  cone: 6,\n}",
        "{/* To be written */}",
        '<Tabs syncKey="os">',
        '<Card\n  title="Glazes"\n  when={() => 3 > 2}\n/>',
        "{{< figure src='kiln.png' >}}",
        "{{< figure\n  src='kiln.png'\n  title='Kiln' >}}",
        "{% hint style='info' %}",
        ":::warning Mind the heat",
        "::: {.note}",
        "> [!TIP]",
        "[TOC]",
        "{: .no_toc }",
        "[kiln]: https://kiln.example 'The kiln'",
        "- [Firing](#firing)\n- [Glazes](glazes.md#white)\n  - [White *glaze*](/glazes/white/)",
        "1. [Can I fire twice?](#twice)\n2. [Cones](./cones)",
        "[Home](/) | [Docs](../docs/index.html) · [Next →](next.md)",
        '<a href="#top">Back to top</a>',
        "| [Home](/) | [Shop](shop.md) |\n|---|---|",
        "Table of contents",
        "Firing ........... 12\nGlazes . . . . . . 14",
        'THE SOFTWARE IS PROVIDED "AS IS", WITHOUT WARRANTY OF ANY KIND.',
        "<script>\nlet kiln = 1;\n</script>",
    ],
)
@pytest.mark.parametrize("path", ["a.md", "a.mdx"])
def test_furniture_is_no_block(path: str, furniture: str) -> None:
    assert blocks(path, f"{SAID} {SAID}\n\n{furniture}\n\n{SAID}\n") == [f"{SAID} {SAID}", SAID]


@pytest.mark.parametrize(
    "said",
    [
        "The [rota](rota.md) hangs at the door.",
        "- [Rota](rota.pdf)",
        "- [The potters' guild](https://guild.example)",
        "[The kiln is closed in July.](news.md)",
        "- [Rota](rota.md): who fires when",
        "![Kiln](kiln.png) Close the lid first.",
        "<https://kiln.example>",
        "import the glaze from Kiel",
        "[^1]: Measured with a cone.",
        "Use `{{ heat }}` for the heat.",
        "Licence: MIT",
        "Clay is dug at 3.... no, 4 places",
    ],
)
def test_what_says_something_is_a_block(said: str) -> None:
    assert said in blocks("a.md", f"{SAID}\n\n{said}\n\n{SAID}\n")


def test_what_furniture_holds_is_text() -> None:
    text = (
        ":::note\nClose the lid first.\n:::\n\n<Tabs>\n  <TabItem value='a'>\n\n"
        "    Wear gloves.\n\n  </TabItem>\n</Tabs>\n\n{{% tip %}}\nUse cones.\n{{% /tip %}}\n"
    )
    assert blocks("a.mdx", text) == ["Close the lid first.", "Wear gloves.", "Use cones."]


def test_what_mkdocs_indents_is_text_and_no_code() -> None:
    text = (
        '!!! note "Heat"\n    Close the lid first.\n\n    - Wear gloves.\n\n=== "Gas"\n\n'
        "    Open the valve.\n\n    ```\n    light 1\n    ```\n\nThen wait.\n"
    )
    assert blocks("a.md", text) == [
        "Close the lid first.", "- Wear gloves.", "Open the valve.",
        "```\n    light 1\n    ```", "Then wait.",
    ]  # fmt: skip


def test_code_that_looks_like_furniture_is_kept() -> None:
    code = '```jsx\nimport Kiln from "kiln";\n:::note\n<Kiln />\n```'
    assert blocks("a.md", f"{SAID}\n\n{code}\n") == [SAID, code]


def test_a_licence_is_quoted_where_the_document_is_one() -> None:
    licence = (
        "Permission is hereby granted, free of charge, to any person who has a copy of this "
        "kiln plan, to use it."
    )
    assert licence in blocks("licence.txt", f"Kiln licence\n\n{licence}\n")
    assert licence not in blocks("readme.txt", f"{SAID}\n\n{licence}\n\n{f'{SAID} ' * 9}\n")
