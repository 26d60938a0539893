"""A document in pages loses nothing and tears nothing."""

from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from bot.choices import closest
from bot.pages import page_of, pages

LIMIT = 80
lines = st.lists(
    st.one_of(
        st.text(st.characters(exclude_characters="\n", exclude_categories=["Cs"]), max_size=120),
        st.sampled_from(["```", "```sh", "| a | b |", ""]),
    ),
    max_size=40,
)


@given(lines)
def test_pages_hold_every_line_once_and_keep_the_limit(parts: list[str]) -> None:
    text = "\n".join(parts)
    found = pages(text, LIMIT)
    assert "\n".join(page.text for page in found) == text
    assert found[0].first == 1
    for before, after in pairwise(found):
        assert after.first == before.last + 1
    for number, page in enumerate(found):
        assert len(page.text) <= LIMIT or "\n" not in page.text
        assert page_of(found, page.first) == page_of(found, page.last) == number


def test_a_block_of_code_that_fits_on_a_page_is_not_divided() -> None:
    code = ["```sh", "one", "two", "three", "```"]
    found = pages("\n".join(["word " * 12, *code, "After."]), LIMIT)
    assert [page.text for page in found] == ["word " * 12, "\n".join([*code, "After."])]


def test_what_was_typed_may_have_letters_wrong() -> None:
    names = {"guide.md": "guide.md House rules", "faq.md": "faq.md Questions"}
    assert closest("", names) == ["guide.md", "faq.md"]
    assert closest("hose rules", names) == ["guide.md"]
    assert closest("zzzz", names) == []
    assert len(closest("", {str(number): "x" for number in range(40)})) == 25
