"""What a document is of is said beside it, before it is there."""

import json
from pathlib import Path

import pytest

from bot.errors import NotTaken
from bot.uploads import Uploads
from index.reading.origins import Links
from tests.support.uploads import ANN, GREEN, RULES, TEA, place

LINK = "https://discord.com/channels/1/2/3"


def test_a_link_is_kept_for_what_it_is_of_and_comes_back_with_it(
    seeds: Path, uploads: Uploads
) -> None:
    plan = uploads.plan_add(place(seeds), "tea.md", TEA, "learned", link=LINK)
    uploads.take(plan, ANN)
    assert Links(seeds).of(plan.path, plan.after) == LINK
    changed = uploads.plan_replace(place(seeds), "tea.md", GREEN, plan.path)
    uploads.take(changed, ANN)
    assert Links(seeds).of(plan.path, changed.after) == ""
    uploads.take(uploads.plan_undo(place(seeds)), ANN)
    uploads.take(uploads.plan_remove(place(seeds), plan.path), ANN)
    uploads.take(uploads.plan_undo(place(seeds)), ANN)
    assert Links(seeds).of(plan.path, plan.after) == LINK


def test_of_what_is_gone_nothing_is_said_once_something_is_added(
    seeds: Path, uploads: Uploads
) -> None:
    first = uploads.plan_add(place(seeds), "tea.md", TEA, "learned", link=LINK)
    uploads.take(first, ANN)
    uploads.take(uploads.plan_remove(place(seeds), first.path), ANN)
    uploads.take(uploads.plan_add(place(seeds), "rules.md", RULES, "learned", link=LINK), ANN)
    kept = json.loads((seeds / "staff" / "learned" / ".origins.json").read_bytes())
    assert list(kept["files"]) == ["rules.md"]


@pytest.mark.parametrize(
    ("before", "added"), [("no JSON", True), ('{"source": "wiki", "files": {}}', False)]
)
def test_what_a_source_keeps_is_left_and_what_is_damaged_begun_anew(
    seeds: Path, uploads: Uploads, before: str, *, added: bool
) -> None:
    folder = seeds / "staff" / "learned"
    folder.mkdir(parents=True)
    (folder / ".origins.json").write_text(before)
    if added:
        plan = uploads.plan_add(place(seeds), "tea.md", TEA, "learned", link=LINK)
        uploads.take(plan, ANN)
        assert Links(seeds).of(plan.path, plan.after) == LINK
    else:
        with pytest.raises(NotTaken, match="by the source wiki"):
            uploads.plan_add(place(seeds), "tea.md", TEA, "learned", link=LINK)
    assert (folder / "tea.md").exists() == added


def test_a_link_in_the_place_of_what_says_it_is_not_followed(
    seeds: Path, uploads: Uploads, tmp_path: Path
) -> None:
    (tmp_path / "secret").write_text("{}")
    folder = seeds / "staff" / "learned"
    folder.mkdir(parents=True)
    (folder / ".origins.json").symlink_to(tmp_path / "secret")
    plan = uploads.plan_add(place(seeds), "tea.md", TEA, "learned", link=LINK)
    with pytest.raises(NotTaken, match="is a link"):
        uploads.take(plan, ANN)
    assert (tmp_path / "secret").read_text() == "{}"
    assert not (folder / "tea.md").exists()
