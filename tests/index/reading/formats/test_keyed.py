"""Settings to blocks: a key with its values, below the keys above it."""

import pytest

from index.domain import BlockKind
from index.reading.formats import read
from tests.support.formats import samples

YAML = samples()["studio.yaml"]


def entries(path: str, data: bytes) -> dict[str, str]:
    """What stands above each block, by the block."""
    document = read(path, data)
    assert document.text == data.decode()
    assert {block.kind for block in document.blocks} == {BlockKind.ROW}
    return {block.span.of(document.text): block.context for block in document.blocks}


def test_a_key_of_yaml_comes_with_its_values_and_knows_the_keys_above() -> None:
    assert entries("studio.yaml", YAML) == {
        "# Who fires what, and how hot.\nkilns:": "",
        "- name: small\n    heat: 1222\n    # Bisque alone.\n    use: bisque": "kilns",
        "- name: large": "kilns",
        "heat: 1280": "kilns › name: large",
        "glazes:\n      - celadon\n      - tenmoku": "kilns › name: large",
        "programme: |\n      # Warm up first.\n      raise 100\n      hold: 30\n      cool": (
            "kilns › name: large"
        ),
        "keeper: Ines": "kilns › name: large",
        'opening:\n  sunday: "closed"': "",
        "address: Quay 4": "",
    }


def test_an_item_as_deep_as_its_key_belongs_to_it() -> None:
    text = b"ports:\n- 80\n- 443\nhosts:\n- quay\n"
    assert list(entries("a.yml", text)) == ["ports:\n- 80\n- 443", "hosts:\n- quay"]


def test_a_section_of_toml_is_one_or_divided_by_its_keys() -> None:
    long = "\n".join(f'  "glaze number {number}",' for number in range(9))
    text = f"""title = "Kilns"

# The small one.
[kilns.small]
heat = 1222
use = "bisque"

[kilns.large]  # by the door
heat = 1280
glazes = [
{long}
]
keeper = "Ines"
"""
    assert entries("a.toml", text.encode()) == {
        'title = "Kilns"': "",
        '# The small one.\n[kilns.small]\nheat = 1222\nuse = "bisque"': "",
        "heat = 1280": "kilns.large",
        f"glazes = [\n{long}\n]": "kilns.large",
        'keeper = "Ines"': "kilns.large",
    }


@pytest.mark.parametrize("suffix", ["ini", "cfg"])
def test_so_are_the_sections_of_ini_files(suffix: str) -> None:
    note = "Fire it on Fridays, since the studio is empty then and the lamps are off anyway,"
    text = f"""[small]
heat: 1222
; Bisque alone.
use=bisque
[large]
note = {note}
  since nobody needs them, or ask in the shop next door before you switch it on.
heat=9
"""
    assert entries(f"a.{suffix}", text.encode()) == {
        "[small]\nheat: 1222\n; Bisque alone.\nuse=bisque": "",
        text[text.index("note") : text.index("\nheat=9")]: "large",
        "heat=9": "large",
    }


@pytest.mark.parametrize(
    "text",
    [
        "# only\n# comments\n",
        "just text\nand more\n",
        "- a\n",
        "a: b: c\n  - d\n e\n",
        "]\n[[\n=\n",
        "a:\n" * 3,
    ],
)
@pytest.mark.parametrize("suffix", ["yaml", "toml", "ini"])
def test_nothing_is_lost_of_what_is_not_well_formed(suffix: str, text: str) -> None:
    document = read(f"a.{suffix}", text.encode())
    covered = "".join(block.span.of(text) for block in document.blocks)
    assert "".join(covered.split()) == "".join(text.split())


def test_keys_nested_deeper_than_anything_are_read() -> None:
    text = "".join(f"{' ' * depth}key{depth}:\n" for depth in range(1000)) + " " * 1000 + "end: 1\n"
    assert read("a.yaml", text.encode()).blocks[-1].span.of(text).endswith("end: 1")
