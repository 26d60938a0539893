"""Documents come and go one at a time and whole, where they may."""

from dataclasses import replace
from pathlib import Path

import pytest

from bot.errors import NotTaken
from bot.uploads import Uploads
from index import document_key
from tests.support.uploads import ANN, GREEN, RULES, TEA, place, refusal, tree


def test_a_document_is_added_where_it_was_said(seeds: Path, uploads: Uploads) -> None:
    plan = uploads.plan_add(place(seeds), "tea.md", TEA, "drinks/hot")
    assert (plan.path, plan.title, plan.size) == ("staff/drinks/hot/tea.md", "Tea", len(TEA))
    assert plan.lines is not None
    assert (plan.lines.come, plan.lines.go) == (3, 0)
    assert "staff/drinks" not in tree(seeds)
    assert not (seeds / "staff" / "drinks").exists()
    uploads.take(plan, ANN)
    assert tree(seeds)["staff/drinks/hot/tea.md"] == TEA


def test_a_document_that_is_replaced_shows_its_lines(seeds: Path, uploads: Uploads) -> None:
    here = place(seeds)
    uploads.take(uploads.plan_add(here, "tea.md", TEA), ANN)
    (seeds / "staff" / "tea.md").chmod(0o640)
    plan = uploads.plan_replace(here, "tea.md", GREEN)
    assert plan.lines is not None
    assert (plan.lines.come, plan.lines.go) == (1, 1)
    assert (plan.lines.first, plan.lines.last) == (("Tea is green.",), ("Tea is steeped.",))
    assert (plan.size_before, plan.size) == (len(TEA), len(GREEN))
    uploads.take(plan, ANN)
    assert tree(seeds)["staff/tea.md"] == GREEN
    assert (seeds / "staff" / "tea.md").stat().st_mode & 0o777 == 0o640


def test_adding_replaces_nothing_and_replacing_adds_nothing(seeds: Path, uploads: Uploads) -> None:
    here = place(seeds)
    assert "replace" in refusal(uploads.plan_add, here, "rules.md", TEA)
    for attempt in (
        lambda: uploads.plan_replace(here, "tea.md", TEA),
        lambda: uploads.plan_remove(here, "tea.md"),
        lambda: uploads.plan_remove(here, "all.md"),
        lambda: uploads.plan_remove(here, "../all.md"),
        lambda: uploads.plan_remove(here, "staff/../all.md"),
        lambda: uploads.plan_remove(here, str(seeds / "all.md")),
    ):
        assert "There is no document" in refusal(attempt)
    rules = (seeds / "staff" / "rules.md").read_bytes()
    assert "just that" in refusal(uploads.plan_replace, here, "rules.md", rules)


@pytest.mark.parametrize(
    "name", ["staff/rules.md", "rules.md", document_key("staff/rules.md"), " rules.md "]
)
def test_a_document_is_found_by_its_path_and_its_key(
    seeds: Path, uploads: Uploads, name: str
) -> None:
    (seeds / "staff" / "deep").mkdir()
    (seeds / "staff" / "deep" / "rules.md").write_bytes(RULES)
    assert uploads.path(place(seeds), name) == "staff/rules.md"


def test_a_document_is_found_by_the_end_of_its_path_where_that_is_clear(
    seeds: Path, uploads: Uploads
) -> None:
    here = place(seeds)
    for folder in ("b", "c"):
        (seeds / "staff" / folder).mkdir()
        (seeds / "staff" / folder / "tea.md").write_bytes(TEA)
    assert uploads.path(here, "c/tea.md") == "staff/c/tea.md"
    reason = refusal(uploads.path, here, "tea.md")
    assert reason == (
        "Several documents are called tea.md, such as staff/b/tea.md and staff/c/tea.md."
    )
    (seeds / "staff" / "c" / "tea.md").unlink()
    assert uploads.path(here, "tea.md") == "staff/b/tea.md"
    for name in ("", "ea.md", "/", "..", "rules"):
        assert "no document" in refusal(uploads.path, here, name)


def test_a_document_stays_of_its_kind(seeds: Path, uploads: Uploads) -> None:
    here = place(seeds)
    reason = refusal(uploads.plan_replace, here, "new.pdf", TEA, "rules.md")
    assert reason.startswith("The document staff/rules.md can't become a .pdf: ")
    assert uploads.plan_replace(here, "New.MD", TEA, "rules.md").path == "staff/rules.md"


@pytest.mark.parametrize(
    ("name", "reason"),
    [
        ("run.exe", "the format .exe is not one of"),
        ("nothing", "the format (no suffix)"),
        ("../up.md", "the sign /"),
        (".md", "hides it"),
        ("draft-1.md", "an ignore rule"),
        ("RULES.md", "There is rules.md, which is called nearly as"),
    ],
)
def test_what_would_be_no_document_is_refused(
    seeds: Path, uploads: Uploads, name: str, reason: str
) -> None:
    here = place(seeds, ignore=["draft-*"])
    before = tree(seeds)
    assert reason in refusal(uploads.plan_add, here, name, TEA)
    assert tree(seeds) == before


def test_a_readme_is_refused_where_no_build_reads_it(seeds: Path, uploads: Uploads) -> None:
    assert "README" in refusal(uploads.plan_add, place(seeds, ""), "ReadMe.md", TEA)
    assert uploads.plan_add(place(seeds), "readme.md", TEA).path == "staff/readme.md"


def test_only_what_the_collection_is_for_comes_in(seeds: Path, uploads: Uploads) -> None:
    here = place(seeds, only=["faq/*.md", "!faq/old.md"])
    reason = refusal(uploads.plan_add, here, "tea.md", TEA)
    assert "only names like faq/*.md, !faq/old.md belong there" in reason
    assert "only names" in refusal(uploads.plan_add, here, "old.md", TEA, "faq")
    assert uploads.plan_add(here, "tea.md", TEA, "faq").path == "staff/faq/tea.md"
    assert uploads.documents(here) == []


def test_another_collections_folder_is_its_own(seeds: Path, uploads: Uploads) -> None:
    (seeds / "staff" / "secret").mkdir()
    (seeds / "staff" / "secret" / "plan.md").write_bytes(TEA)
    apart = ("", "staff", "staff/secret", "staff/of-{server}")
    here = replace(place(seeds), apart=apart)
    assert [each.path for each in uploads.documents(here)] == ["staff/rules.md"]
    for folder in ("secret", "secret/more", "of-123"):
        reason = refusal(uploads.plan_add, here, "tea.md", TEA, folder)
        assert "another collection's" in reason
    for folder in ("Secret", "SECRET/more"):
        with pytest.raises(NotTaken):
            uploads.plan_add(here, "tea.md", TEA, folder)
    assert "no document" in refusal(uploads.plan_remove, here, "secret/plan.md")
    for folder in ("of-you", "secrets", ""):
        assert uploads.plan_add(here, "tea.md", TEA, folder).data == TEA
    there = replace(place(seeds, "staff/secret"), apart=apart)
    assert uploads.plan_replace(there, "plan.md", GREEN).path == "staff/secret/plan.md"


def test_the_examples_stay_as_they_are(
    seeds: Path, uploads: Uploads, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("index.settings.SHIPPED_SEEDS", seeds)
    assert "folder of their own" in refusal(uploads.plan_add, place(seeds), "a.md", TEA)


def test_a_document_has_something_in_it_and_not_too_much(seeds: Path, uploads: Uploads) -> None:
    here = place(seeds, max_file_mb=0.001)
    assert "empty" in refusal(uploads.plan_add, here, "tea.md", b"")
    reason = refusal(uploads.plan_add, here, "tea.md", b"x" * 1001)
    assert "over the limit of 0.001 MB (`max_file_mb` under [index])" in reason
    (seeds / "staff" / "large.md").write_bytes(b"x" * 1001)
    assert "larger" in refusal(uploads.plan_remove, here, "large.md")


def test_a_collection_has_room_for_so_much(seeds: Path, uploads: Uploads) -> None:
    few = replace(place(seeds), most=2)
    first, second = (uploads.plan_add(few, name, TEA) for name in ("tea.md", "coffee.md"))
    uploads.take(first, ANN)
    reason = "has 2 documents, and 2 is the most"
    assert reason in refusal(uploads.take, second, ANN)
    assert reason in refusal(uploads.plan_add, few, "milk.md", TEA)
    assert uploads.plan_replace(few, "tea.md", GREEN).data == GREEN
    small = replace(place(seeds), most_bytes=50)
    assert "it may have 5e-05 MB" in refusal(uploads.plan_add, small, "more.md", TEA)
    assert uploads.plan_replace(small, "tea.md", b"# Tea\n").size == 6


def test_the_last_document_of_all_stays(seeds: Path, uploads: Uploads) -> None:
    here = place(seeds, "", ignore=["staff"])
    assert "is the only one" in refusal(uploads.plan_remove, here, "all.md")
    uploads.take(uploads.plan_add(here, "tea.md", TEA), ANN)
    first, second = (uploads.plan_remove(here, name) for name in ("all.md", "tea.md"))
    uploads.take(first, ANN)
    assert "is the only one" in refusal(uploads.take, second, ANN)
    assert "staff/rules.md" in tree(seeds)


def test_a_collection_with_a_folder_may_become_empty(seeds: Path, uploads: Uploads) -> None:
    here = place(seeds)
    uploads.take(uploads.plan_remove(here, "rules.md"), ANN)
    assert uploads.documents(here) == []
    assert (seeds / "staff").is_dir()
    uploads.take(uploads.plan_undo(here), ANN)
    assert tree(seeds)["staff/rules.md"] == RULES


def test_what_can_not_be_read_is_told_before(seeds: Path, uploads: Uploads) -> None:
    plan = uploads.plan_add(place(seeds), "tea.pdf", b"%PDF-1.4 nonsense")
    assert len(plan.warnings) == 1
    assert "It can't be read, so nothing in it would be found: it is damaged" in plan.warnings[0]
    assert plan.lines is not None
    assert uploads.plan_add(place(seeds), "tea.txt", b"\xff\0\1").lines is None
