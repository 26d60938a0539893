"""The newest release: it is found in any order of headings, and only where it is asked for."""

import pytest

from index import Answer, Index, NoAnswer
from tests.index.answer.conftest import Indexed

SHOP = "# Corner shop\nWe sell bread, nails and lamps to everybody in the street.\n"


@pytest.fixture(scope="module")
def shop(indexed: Indexed) -> Index:
    """A changelog with links in its headings, dated news, and a manual of numbered sections."""
    return indexed(
        {
            "about.md": SHOP,
            "till/CHANGELOG.md": "# Changelog\n\n## Unreleased\n- Coins of chocolate\n\n"
            "## [0.9.4](https://example.org/0.9.4) (2024-03-02)\n- A bell\n\n"
            "## [0.12.0](https://example.org/0.12.0) (2025-06-09)\n### Added\n- Receipts\n\n"
            "### Fixed\n- Rounding of halves\n\n## [0.12.0-rc1]\n- Try it\n",
            "board.md": "# News of the shop\n\n## 3 May 2025\nEggs are back.\n\n"
            "## 20 January 2026\nThe scale is new.\n\n## 1 December 2025\nA lamp fell.\n",
            "manual.md": "# Manual\n\n## 1.1 Opening\nTurn the key twice.\n\n## 9.4 Closing\n"
            "Count the coins.\n",
        }
    )


@pytest.mark.parametrize(
    ("question", "heading", "below"),
    [
        ("what is the latest version", "0.12.0", "Rounding of halves"),
        ("what's new in the newest release?", "0.12.0", "Receipts"),
        ("which version of the till is the most recent one", "0.12.0", "Receipts"),
        ("when was the last release", "2025-06-09", "Receipts"),
        ("what is the latest news", "20 January 2026", "The scale is new."),
    ],
)
def test_the_newest_section_is_quoted_with_its_heading_as_the_answer(
    shop: Index, question: str, heading: str, below: str
) -> None:
    reply = shop.answer(question)
    assert isinstance(reply, Answer)
    assert heading in reply.citations[0].bold
    assert below in reply.citations[0].quote
    assert [heading in label for label in reply.citations[0].headings] == [True]


@pytest.mark.parametrize(
    "question",
    ["what is the latest version of Python", "who wrote the last version"],
)
def test_what_asks_for_more_than_the_newest_is_left_to_the_reader(
    shop: Index, question: str
) -> None:
    assert isinstance(shop.answer(question), NoAnswer)
