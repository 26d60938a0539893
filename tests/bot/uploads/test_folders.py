"""Nothing is written through a link, and what goes wrong changes nothing."""

import errno
import os
import subprocess
import sys
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from itertools import count
from pathlib import Path
from typing import Any

import pytest

from bot.errors import NotTaken
from bot.uploads import Uploads
from bot.uploads.folders import opened
from tests.support.uploads import ANN, GREEN, TEA, place, refusal, tree

pytestmark = pytest.mark.usefixtures("untried")


@pytest.fixture
def outside(tmp_path: Path) -> Path:
    """A folder that is none of the documents'."""
    folder = tmp_path / "outside"
    folder.mkdir()
    (folder / "secret.md").write_bytes(TEA)
    return folder


def test_a_folder_that_is_a_link_is_refused(seeds: Path, uploads: Uploads, outside: Path) -> None:
    (seeds / "staff" / "link").symlink_to(outside)
    (seeds / "staff" / "file.md").write_bytes(TEA)
    here = place(seeds)
    for folder in ("link", "link/deep", "file.md"):
        reason = refusal(uploads.plan_add, here, "tea.md", TEA, folder)
        assert "is a link" in reason
    assert "is a link" in refusal(uploads.plan_add, place(seeds, "staff/link"), "tea.md", TEA)
    assert tree(outside) == {"secret.md": TEA}


@pytest.mark.parametrize("name", ["secret.md", "new.md"])
def test_a_file_that_is_a_link_is_refused(
    seeds: Path, uploads: Uploads, outside: Path, name: str
) -> None:
    (seeds / "staff" / "tea.md").symlink_to(outside / name)
    here = place(seeds)
    assert "is a link" in refusal(uploads.plan_add, here, "tea.md", GREEN)
    assert "no document" in refusal(uploads.plan_replace, here, "tea.md", GREEN)
    assert tree(outside) == {"secret.md": TEA}


def test_a_pipe_is_not_waited_for(seeds: Path, uploads: Uploads) -> None:
    os.mkfifo(seeds / "staff" / "tea.md")
    assert "is a link" in refusal(uploads.plan_add, place(seeds), "tea.md", TEA)


@pytest.mark.parametrize("step", ["mkdir", "open", "link", "rename", "unlink"])
def test_a_link_that_takes_the_folders_place_meanwhile_leads_nowhere(
    seeds: Path,
    uploads: Uploads,
    outside: Path,
    monkeypatch: pytest.MonkeyPatch,
    step: str,
) -> None:
    """The folder is swapped right before one of the steps."""
    (seeds / "staff" / "sub").mkdir()
    (seeds / "staff" / "sub" / "secret.md").write_bytes(GREEN)
    here = place(seeds)
    plan = {
        "mkdir": lambda: uploads.plan_add(here, "tea.md", TEA, "sub/deep"),
        "open": lambda: uploads.plan_add(here, "tea.md", TEA, "sub"),
        "link": lambda: uploads.plan_add(here, "tea.md", TEA, "sub"),
        "rename": lambda: uploads.plan_replace(here, "sub/secret.md", b"# New\n"),
        "unlink": lambda: uploads.plan_remove(here, "sub/secret.md"),
    }[step]()
    ordinary = getattr(os, step)

    def swapped(*args: Any, **options: Any) -> Any:  # noqa: ANN401 - any of the system's calls
        sub = seeds / "staff" / "sub"
        inner = options.get("dir_fd", options.get("src_dir_fd")) is not None
        begins = step != "open" or str(args[0]).endswith(".upload")
        if inner and begins and not sub.is_symlink():
            sub.replace(seeds / "moved")
            sub.symlink_to(outside)
        return ordinary(*args, **options)

    monkeypatch.setattr(os, step, swapped)
    try:
        uploads.take(plan, ANN)
    except NotTaken as error:
        assert "\n" not in str(error)  # noqa: PT017 - it may also go well
    assert (seeds / "staff" / "sub").is_symlink()
    assert tree(outside) == {"secret.md": TEA}


def test_a_folder_is_opened_from_the_one_before(seeds: Path, outside: Path) -> None:
    (seeds / "a").symlink_to(outside)
    with pytest.raises(NotTaken, match="'a' is a link"), opened(seeds, ["a", "b"], make=True):
        pass
    assert tree(outside) == {"secret.md": TEA}


def failing(number: int, at: int) -> Callable[[int], None]:
    """What flushes as the system does, but fails at one of its turns, counted from 0."""
    ordinary, turns = os.fsync, count()

    def flush(descriptor: int) -> None:
        if next(turns) == at:
            raise OSError(number, os.strerror(number))
        ordinary(descriptor)

    return flush


REASONS = {
    errno.ENOSPC: "the disk is full",
    errno.EDQUOT: "the disk is full",
    errno.EACCES: "I may not write there",
    errno.EROFS: "I may not write there",
    errno.EIO: ": Input/output error",
}


@pytest.mark.parametrize("number", REASONS)
def test_a_disk_that_refuses(seeds: Path, uploads: Uploads, kept: Path, number: int) -> None:
    """Whichever step it refuses, until it refuses none."""
    here = place(seeds)
    old = tree(seeds)
    new = {**old, "staff/rules.md": TEA}
    refused = 0
    for at in range(20):
        plan = uploads.plan_replace(here, "rules.md", TEA)
        with pytest.MonkeyPatch.context() as patched:
            patched.setattr(os, "fsync", failing(number, at))
            try:
                uploads.take(plan, ANN)
            except NotTaken as error:
                reason = str(error)
            else:
                break
        refused += 1
        assert REASONS[number] in reason
        assert tree(seeds) in (old, new)
        if tree(seeds) == new:
            uploads.take(uploads.plan_undo(here), ANN)
    assert refused > 3
    assert tree(seeds) == new
    assert not list(kept.rglob("*.begun"))
    uploads.take(uploads.plan_undo(here), ANN)
    assert tree(seeds) == old


def test_a_file_that_others_make_meanwhile_is_theirs(
    seeds: Path, uploads: Uploads, monkeypatch: pytest.MonkeyPatch
) -> None:
    plan = uploads.plan_add(place(seeds), "tea.md", TEA)
    ordinary = os.link
    mine = seeds / "staff" / "tea.md"

    def link(*args: Any, **options: Any) -> None:  # noqa: ANN401 - the system's call
        mine.write_bytes(b"Mine.\n")
        ordinary(*args, **options)

    monkeypatch.setattr(os, "link", link)
    assert "another file took its place" in refusal(uploads.take, plan, ANN)
    assert mine.read_bytes() == b"Mine.\n"
    assert len(list((seeds / "staff").iterdir())) == 2


def test_a_file_system_without_second_names_will_do(
    seeds: Path, uploads: Uploads, monkeypatch: pytest.MonkeyPatch
) -> None:
    def link(*_: object, **__: object) -> None:
        raise OSError(errno.EPERM, "no")

    monkeypatch.setattr(os, "link", link)
    uploads.take(uploads.plan_add(place(seeds), "tea.md", TEA), ANN)
    assert tree(seeds)["staff/tea.md"] == TEA
    with opened(seeds, ["staff"]) as folder, pytest.raises(FileExistsError):
        folder.write("tea.md", GREEN, new=True)
    assert len(list((seeds / "staff").iterdir())) == 2


def test_what_changed_since_the_plan_is_not_replaced(seeds: Path, uploads: Uploads) -> None:
    here = place(seeds)
    uploads.take(uploads.plan_add(here, "tea.md", TEA), ANN)
    plans = [uploads.plan_replace(here, "rules.md", TEA), uploads.plan_remove(here, "rules.md")]
    (seeds / "staff" / "rules.md").write_bytes(b"Mine.\n")
    for plan in plans:
        assert "has changed since" in refusal(uploads.take, plan, ANN)
    assert tree(seeds)["staff/rules.md"] == b"Mine.\n"


def test_a_missing_folder_of_documents(tmp_path: Path, uploads: Uploads) -> None:
    here = place(tmp_path / "nowhere")
    plan = uploads.plan_add(here, "tea.md", TEA)
    assert "is no longer there" in refusal(uploads.take, plan, ANN)


def test_of_changes_at_one_moment_one_is_made(seeds: Path, uploads: Uploads) -> None:
    here = place(seeds)
    texts = [f"# Tea {number}\n".encode() for number in range(8)]
    plans = [uploads.plan_replace(here, "rules.md", text) for text in texts]
    begin = threading.Barrier(len(plans))

    def take(number: int) -> bool:
        begin.wait()
        try:
            uploads.take(plans[number], ANN)
        except NotTaken:
            return False
        return True

    with ThreadPoolExecutor(len(plans)) as pool:
        taken = list(pool.map(take, range(len(plans))))
    assert taken.count(True) == 1
    assert tree(seeds)["staff/rules.md"] == texts[taken.index(True)]
    assert uploads.plan_undo(here).data == b"# Rules\n\nBe kind.\n"


REPOSITORY = Path(__file__).parents[3]
# Processes that die, each at the next one of the steps that change something on the disk, until one
# is done.
DYING = """
import os, shutil, sys
from itertools import count
from pathlib import Path
from bot.uploads import Author, Place, Uploads, uploads as module
from index import IndexSettings

module.tried = lambda plan: plan
folder, kind = Path(sys.argv[1]), sys.argv[2]

def die_at(at):
    left = iter(range(at))

    def dying(ordinary):
        def step(*args, **options):
            if next(left, None) is None:
                os._exit(9)
            return ordinary(*args, **options)
        return step

    for name in ("mkdir", "fsync", "link", "rename", "unlink", "open"):
        setattr(os, name, dying(getattr(os, name)))

for at in count():
    seeds = folder / str(at) / "seeds"
    shutil.copytree(folder / "seeds", seeds)
    if not (child := os.fork()):
        here = Place("staff", IndexSettings(seeds=str(seeds), folder="staff"))
        uploads = Uploads(folder / str(at) / ".kept", 90)
        plan = {
            "add": lambda: uploads.plan_add(here, "tea.md", b"# Tea\\n", "new"),
            "replace": lambda: uploads.plan_replace(here, "rules.md", b"# Tea\\n"),
            "remove": lambda: uploads.plan_remove(here, "rules.md"),
        }[kind]()
        die_at(at)
        uploads.take(plan, Author(1, "ann"))
        os._exit(0)
    if (code := os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])) != 9:
        sys.exit(code)
"""


@pytest.mark.parametrize("kind", ["add", "replace", "remove"])
def test_a_process_that_dies_leaves_the_old_or_the_new(
    seeds: Path, tmp_path: Path, kind: str
) -> None:
    (seeds / "staff" / "other.md").write_bytes(TEA)
    old = tree(seeds)
    new = {
        "add": {**old, "staff/new/tea.md": b"# Tea\n"},
        "replace": {**old, "staff/rules.md": b"# Tea\n"},
        "remove": {path: data for path, data in old.items() if path != "staff/rules.md"},
    }[kind]
    command = [sys.executable, "-c", DYING, str(tmp_path), kind]
    subprocess.run(command, cwd=REPOSITORY, check=True)  # noqa: S603 - our own interpreter
    folders = sorted(tmp_path.glob("[0-9]*"), key=lambda folder: int(folder.name))
    assert len(folders) > 5
    seen = []
    for folder in folders:
        after = Uploads(folder / ".kept", 90)
        here = place(folder / "seeds")
        found = visible(folder / "seeds")
        assert found in (old, new)
        seen.append(found == new)
        if found == new:
            after.take(after.plan_undo(here), ANN)
        assert visible(folder / "seeds") == old
        assert "nothing was changed here" in refusal(after.plan_undo, here)
    assert seen == sorted(seen)
    assert set(seen) == {False, True}


def visible(seeds: Path) -> dict[str, bytes]:
    """What the files hold that a build reads."""
    return {path: data for path, data in tree(seeds).items() if "/." not in path}
