"""What was changed is taken back, the last change first, for some days."""

import os
import threading
import time
from collections.abc import Callable
from pathlib import Path

import pytest
from filelock import FileLock

from bot.uploads import Author, Place, Plan, Uploads, folders
from bot.uploads import kept as keeping
from bot.uploads import uploads as changing
from index import IndexSettings
from tests.support.uploads import ANN, GREEN, RULES, TEA, place, refusal, tree

pytestmark = pytest.mark.usefixtures("untried")


def test_all_changes_are_taken_back_one_after_the_other(seeds: Path, uploads: Uploads) -> None:
    here = place(seeds)
    states = [tree(seeds)]
    plans: list[Callable[[], Plan]] = [
        lambda: uploads.plan_add(here, "tea.md", TEA),
        lambda: uploads.plan_replace(here, "tea.md", GREEN),
        lambda: uploads.plan_replace(here, "rules.md", TEA),
        lambda: uploads.plan_remove(here, "tea.md"),
    ]
    for plan in plans:
        uploads.take(plan(), ANN)
        states.append(tree(seeds))
    while states:
        assert tree(seeds) == states.pop()
        if states:
            uploads.take(uploads.plan_undo(here), Author(2, "bob"))
    assert "nothing was changed here" in refusal(uploads.plan_undo, here)


def test_a_change_after_the_way_back_is_the_last_one(seeds: Path, uploads: Uploads) -> None:
    here = place(seeds)
    before = tree(seeds)
    uploads.take(uploads.plan_add(here, "tea.md", TEA), ANN)
    uploads.take(uploads.plan_replace(here, "tea.md", GREEN), ANN)
    uploads.take(uploads.plan_undo(here), ANN)
    uploads.take(uploads.plan_replace(here, "tea.md", b"# Other\n"), ANN)
    uploads.take(uploads.plan_undo(here), ANN)
    assert tree(seeds)["staff/tea.md"] == TEA
    uploads.take(uploads.plan_undo(here), ANN)
    assert tree(seeds) == before


def test_it_says_what_would_be_taken_back(seeds: Path, uploads: Uploads) -> None:
    here = place(seeds)
    uploads.take(uploads.plan_replace(here, "rules.md", TEA), ANN)
    plan = uploads.plan_undo(here)
    assert plan.undone is not None
    assert (plan.undone.kind, plan.undone.author) == ("replace", ANN)
    assert plan.lines is not None
    assert plan.lines.last == ("# Tea", "Tea is steeped.")
    assert time.time() - plan.undone.moment < 60


def test_what_other_hands_did_is_left_alone(seeds: Path, uploads: Uploads) -> None:
    here = place(seeds)
    uploads.take(uploads.plan_replace(here, "rules.md", TEA), ANN)
    plan = uploads.plan_undo(here)
    (seeds / "staff" / "rules.md").write_bytes(b"Mine.\n")
    assert "changed by other hands" in refusal(uploads.plan_undo, here)
    assert "has changed since" in refusal(uploads.take, plan, ANN)
    (seeds / "staff" / "rules.md").unlink()
    assert "changed by other hands" in refusal(uploads.plan_undo, here)
    assert tree(seeds).keys() == {"all.md"}


def test_one_plan_is_taken_back_once(seeds: Path, uploads: Uploads) -> None:
    here = place(seeds)
    uploads.take(uploads.plan_add(here, "tea.md", TEA), ANN)
    uploads.take(uploads.plan_replace(here, "rules.md", TEA), ANN)
    twice = [uploads.plan_undo(here), uploads.plan_undo(here)]
    uploads.take(twice[0], ANN)
    assert "has changed since" in refusal(uploads.take, twice[1], ANN)


def test_what_is_no_longer_the_last_change_is_not_taken_back(seeds: Path, uploads: Uploads) -> None:
    here = place(seeds)
    uploads.take(uploads.plan_add(here, "tea.md", TEA), ANN)
    plan = uploads.plan_undo(here)
    uploads.take(uploads.plan_replace(here, "rules.md", TEA), ANN)
    assert "has changed since" in refusal(uploads.take, plan, ANN)
    assert tree(seeds)["staff/tea.md"] == TEA


def test_collections_have_ways_of_their_own(seeds: Path, uploads: Uploads) -> None:
    here, there = place(seeds), Place("", IndexSettings(seeds=str(seeds)))
    uploads.take(uploads.plan_add(here, "tea.md", TEA), ANN)
    assert "nothing was changed here" in refusal(uploads.plan_undo, there)


def test_a_damaged_copy_is_not_put_back(seeds: Path, uploads: Uploads, kept: Path) -> None:
    here = place(seeds)
    uploads.take(uploads.plan_replace(here, "rules.md", TEA), ANN)
    (copy,) = kept.rglob("*.was")
    copy.write_bytes(b"torn")
    assert "no longer kept" in refusal(uploads.plan_undo, here)
    copy.unlink()
    assert "no longer kept" in refusal(uploads.plan_undo, here)
    (entry,) = kept.rglob("*.json")
    entry.write_text('{"number": 1')
    assert "nothing was changed here" in refusal(uploads.plan_undo, here)


def test_what_is_kept_is_for_the_bot_alone(seeds: Path, uploads: Uploads, kept: Path) -> None:
    uploads.take(uploads.plan_replace(place(seeds), "rules.md", TEA), ANN)
    files = [kept / "staff", *kept.rglob("*.*")]
    assert len(files) == 3
    assert all(not file.stat().st_mode & 0o077 for file in files)


def test_what_is_old_goes(
    seeds: Path, uploads: Uploads, kept: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    here = place(seeds)
    uploads.take(uploads.plan_replace(here, "rules.md", TEA), ANN)
    now = time.time()
    monkeypatch.setattr(time, "time", lambda: now + 89 * 86_400)
    uploads.tidy()
    assert uploads.plan_undo(here).data == b"# Rules\n\nBe kind.\n"
    monkeypatch.setattr(time, "time", lambda: now + 91 * 86_400)
    uploads.tidy()
    assert tree(kept) == {}
    assert "nothing was changed here" in refusal(uploads.plan_undo, here)


def test_of_many_changes_the_last_ones_are_kept(
    seeds: Path, uploads: Uploads, monkeypatch: pytest.MonkeyPatch
) -> None:
    here = place(seeds)
    monkeypatch.setattr(keeping, "MOST_CHANGES", 2)
    for text in (TEA, GREEN, b"# 3\n"):
        uploads.take(uploads.plan_replace(here, "rules.md", text), ANN)
    monkeypatch.setattr(keeping, "MOST_CHANGES", 9)
    for text in (GREEN, TEA):
        plan = uploads.plan_undo(here)
        assert plan.data == text
        uploads.take(plan, ANN)
    assert "nothing was changed here" in refusal(uploads.plan_undo, here)


def test_of_large_documents_the_last_one_is_kept(
    seeds: Path, uploads: Uploads, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    here = place(seeds)
    monkeypatch.setattr(keeping, "MOST_BYTES", 10)
    for text in (TEA, GREEN):
        uploads.take(uploads.plan_replace(here, "rules.md", text), ANN)
    assert [file.read_bytes() for file in tmp_path.rglob("*.was")] == [TEA]
    assert uploads.plan_undo(here).data == TEA


def test_what_a_dead_process_left_goes(seeds: Path, uploads: Uploads, kept: Path) -> None:
    here = place(seeds)
    uploads.take(uploads.plan_replace(here, "rules.md", TEA), ANN)
    left = [
        kept / "staff" / "12.was",
        kept / "staff" / "13.begun",
        seeds / "staff" / ".0123456789abcdef.upload",
    ]
    for file in left:
        file.write_bytes(b"{")
        os.utime(file, (1, 1))
    young = seeds / "staff" / ".fedcba9876543210.upload"
    young.write_bytes(b"x")
    uploads.take(uploads.plan_replace(here, "rules.md", GREEN), ANN)
    assert [file for file in [*left, young] if file.exists()] == [young]


def test_who_changed_a_document_last_is_listed(seeds: Path, uploads: Uploads) -> None:
    here = place(seeds)
    uploads.take(uploads.plan_add(here, "tea.md", TEA), ANN)
    uploads.take(uploads.plan_add(here, "milk.md", TEA), ANN)
    (seeds / "staff" / "milk.md").write_bytes(b"Mine.\n")
    (seeds / "staff" / ".hidden.md").write_bytes(TEA)
    (seeds / "staff" / "run.exe").write_bytes(TEA)
    found = {each.path: each.change and each.change.author for each in uploads.documents(here)}
    assert found == {"staff/milk.md": None, "staff/rules.md": None, "staff/tea.md": ANN}


def test_a_change_that_another_process_is_making_is_not_settled_by_who_looks(
    seeds: Path, kept: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It would be taken for one that was never made, and what was there before be gone."""
    here = place(seeds)
    ours, theirs = Uploads(kept, 90), Uploads(kept, 90)
    begun, looked = threading.Event(), threading.Event()
    write = folders.Folder.write

    def slow(folder: folders.Folder, name: str, data: bytes, *, new: bool) -> None:
        begun.set()
        assert not looked.wait(0.3)
        write(folder, name, data, new=new)

    def look() -> None:
        begun.wait()
        theirs.documents(here)
        looked.set()

    monkeypatch.setattr(folders.Folder, "write", slow)
    looking = threading.Thread(target=look)
    looking.start()
    ours.take(ours.plan_replace(here, "rules.md", TEA), ANN)
    looking.join()
    monkeypatch.undo()
    theirs.take(theirs.plan_undo(here), ANN)
    assert tree(seeds)["staff/rules.md"] == RULES


def test_who_waits_too_long_for_another_process_is_asked_to_try_again(
    seeds: Path, kept: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(changing, "ALONE_SECONDS", 0.05)
    uploads = Uploads(kept, 90)
    plan = uploads.plan_add(place(seeds), "tea.md", TEA)
    with FileLock(kept.with_name(f"{kept.name}.lock")):
        assert "at this moment" in refusal(uploads.take, plan, ANN)
    uploads.take(plan, ANN)
