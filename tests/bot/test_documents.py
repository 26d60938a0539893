"""Who types a name is offered the nearest ones."""

from bot.documents import COMPARED, closest


def test_what_was_typed_may_have_letters_wrong() -> None:
    names = {"guide.md": "guide.md House rules", "faq.md": "faq.md Questions"}
    assert closest("", names) == ["guide.md", "faq.md"]
    assert closest("hose rules", names) == ["guide.md"]
    assert closest("zzzz", names) == []
    assert len(closest("", {str(number): "x" for number in range(40)})) == 25


def test_the_nearest_names_are_offered_wherever_among_many_they_stand() -> None:
    names = {str(number): f"chapter {number}" for number in range(3 * COMPARED)}
    for at in (0, COMPARED - 1, COMPARED, 3 * COMPARED - 1):
        assert closest("hose rules", {**names, str(at): "House rules"}) == [str(at)]
    assert closest("chapter", names) == [str(number) for number in range(25)]
