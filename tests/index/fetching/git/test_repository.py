"""What a repository holds becomes documents, as its branch is now."""

import os
import re
import shutil
from collections.abc import Callable
from contextlib import suppress

import pytest

from index.errors import FetchFailed
from tests.index.fetching.git.conftest import Fetchings, Make
from tests.support.git import FILE, POINTER, GitDaemon

LINK = "https://git.example.org/{commit}/{path}#n{first}"


def test_documents_come_change_and_go_with_their_branch(make: Make) -> None:
    hb = make(link=LINK)
    first = hb.upstream.commit({"a.md": "one", "d/b.md": "two", "run.exe": "no", ".x/c.md": "no"})
    state = hb.fetch()
    assert (state.version, state.documents, state.skipped) == (first, 2, ())
    assert hb.files == {"a.md": "one", "d/b.md": "two"}
    second = hb.upstream.commit({"a.md": "one", "d/c.md": "three"})
    assert hb.fetch().version == second
    assert hb.files == {"a.md": "one", "d/c.md": "three"}
    assert hb.links == {
        "a.md": f"https://git.example.org/{second}/a.md#n{{first}}",
        "d/c.md": f"https://git.example.org/{second}/d/c.md#n{{first}}",
    }


def test_what_has_not_changed_is_asked_for_and_not_fetched(make: Make) -> None:
    hb = make()
    commit = hb.upstream.commit({"a.md": "one"})
    hb.fetch()
    hb.server.reset()
    shutil.rmtree(hb.work)
    state = hb.fetch()
    name = hb.upstream.place.name
    assert hb.server.asked == [f"GET /{name}/info/refs", f"POST /{name}/git-upload-pack"]
    assert (state.version, state.documents, hb.files) == (commit, 1, {"a.md": "one"})


def test_only_what_is_new_comes_over_the_network(make: Make) -> None:
    hb = make()
    hb.upstream.commit({"a.md": "one"})
    hb.fetch()
    before = hb.packs
    hb.upstream.commit({"a.md": "one", "b.md": "two"})
    hb.fetch()
    assert len(before) == 1
    assert before < hb.packs


def test_a_file_changed_by_hand_is_put_back(make: Make) -> None:
    hb = make()
    hb.upstream.commit({"a.md": "one", "b.md": "two"})
    hb.fetch()
    (hb.place / "a.md").write_text("mine")
    (hb.place / "b.md").unlink()
    hb.fetch()
    assert hb.files == {"a.md": "one", "b.md": "two"}


def test_a_branch_a_tag_and_a_folder_can_be_chosen(make: Make) -> None:
    hb = make(subfolder="docs", only=["/x/"], link=LINK)
    old = hb.upstream.commit({"docs/x/a.md": "old", "docs/b.md": "no", "x/c.md": "no"})
    hb.upstream.git("tag", "-a", "-m", "text", "v1", old)
    hb.upstream.commit({"docs/x/a.md": "new"})
    hb.upstream.commit({"docs/x/a.md": "side"}, branch="side/track")
    hb.fetch()
    assert hb.files == {"x/a.md": "new"}
    hb.keys["branch"] = "side/track"
    hb.fetch()
    assert hb.files == {"x/a.md": "side"}
    hb.keys["branch"] = "v1"
    assert hb.fetch().version == old
    assert hb.files == {"x/a.md": "old"}
    assert hb.links == {"x/a.md": f"https://git.example.org/{old}/docs/x/a.md#n{{first}}"}


def test_a_history_written_anew_is_followed(make: Make) -> None:
    hb = make()
    hb.upstream.commit({"a.md": "one"})
    hb.fetch()
    commit = hb.upstream.commit({"b.md": "two"}, anew=True)
    hb.upstream.git("gc", "-q", "--prune=now")
    assert hb.fetch().version == commit
    assert hb.files == {"b.md": "two"}


def test_a_renamed_default_branch_is_followed(make: Make) -> None:
    hb = make()
    hb.upstream.commit({"a.md": "one"})
    hb.fetch()
    hb.upstream.git("branch", "-m", "main", "trunk")
    hb.upstream.git("symbolic-ref", "HEAD", "refs/heads/trunk")
    hb.upstream.commit({"a.md": "two"}, branch="trunk")
    hb.fetch()
    assert hb.files == {"a.md": "two"}


@pytest.mark.parametrize(
    ("keys", "words"),
    [
        ({"branch": "gone"}, "no branch or tag 'gone' in it; its default branch is 'main'"),
        ({"branch": "mai"}, "no branch or tag 'mai'"),
        ({"subfolder": "docs"}, "no folder 'docs' in it"),
        ({"subfolder": "a.md"}, "no folder 'a.md' in it"),
        ({"only": ["*.txt"]}, "no document in it"),
        ({"max_files": 1}, "more than 1 documents (`max_files`)"),
        ({"max_mb": 0.00001}, "`max_mb`"),
    ],
)
def test_what_can_not_be_meant_leaves_what_there_is(
    make: Make, keys: dict[str, object], words: str
) -> None:
    hb = make()
    hb.upstream.commit({"a.md": "one" * 10, "b.md": "two"})
    hb.fetch()
    hb.keys |= keys
    with pytest.raises(FetchFailed, match=re.escape(words)):
        hb.fetch()
    assert words in hb.state.problem
    assert "b.md" in hb.files


def test_a_repository_without_a_commit_is_told(make: Make) -> None:
    with pytest.raises(FetchFailed, match="there is no commit that its default branch is at"):
        make().fetch()


def test_another_repository_takes_the_place_of_one(make: Make) -> None:
    hb = make()
    hb.upstream.commit({"a.md": "one"})
    hb.fetch()
    place = hb.upstream.place.rename(hb.upstream.place.with_name(f"moved-{hb.folder.name}.git"))
    hb.upstream.place = place
    hb.fetch()
    assert hb.files == {"a.md": "one"}
    assert len([*hb.work.iterdir()]) == 1


@pytest.mark.parametrize("filters", [True, False])
def test_what_is_no_file_of_it_is_named_and_left_out(make: Make, *, filters: bool) -> None:
    hb = make(filters=filters)
    hb.upstream.commit(
        {"a.md": "one", "big.txt": "x" * 100_001, "fits.txt": "x" * 100_000, "lfs.pdf": POINTER},
        links={"passwd.md": "/etc/passwd", "up": ".."},
        elsewhere="sub/module",
    )
    assert hb.fetch().documents == 2
    assert hb.skipped["lfs.pdf"] == "it is kept elsewhere (by Git LFS), and isn't fetched"
    assert hb.skipped["passwd.md"] == "it is a link, and links are not followed"
    assert "submodule" in hb.skipped["sub/module"]
    assert "over the limit of 0.1 MB (`max_file_mb`)" in hb.skipped["big.txt"]
    assert len(hb.skipped) == 4
    # What was left out before doesn't make the next fetch bring all of it.
    before = hb.packs
    hb.upstream.commit({"a.md": "two", "big.txt": "x" * 100_001})
    hb.fetch()
    assert before < hb.packs


@pytest.mark.parametrize(
    ("name", "reason"),
    [
        (b"new\nline.md", "control characters"),
        ("\u202eabc.md".encode(), "control characters"),
        (b"caf\xe9.md", "not valid Unicode"),
        (b"back\\slash.md", "backslash"),
        (b"A.MD", "nearly so"),
        (b"x" * 250 + b".md", "too long"),
    ],
)
def test_a_name_that_no_file_may_have_is_left_out(make: Make, name: bytes, reason: str) -> None:
    hb = make()
    blob = hb.upstream.blob(b"text")
    names = sorted([b"a.md", name])
    hb.upstream.commit_tree(hb.upstream.tree(*((FILE, each, blob) for each in names)))
    assert hb.fetch().documents == 1
    assert [reason in each for each in hb.skipped.values()] == [True]


@pytest.mark.parametrize("name", [b"..", b".git", b"."])
def test_a_name_that_leads_elsewhere_writes_nothing_there(make: Make, name: bytes) -> None:
    hb = make()
    upstream = hb.upstream
    evil = upstream.tree((FILE, b"evil.md", upstream.blob(b"evil")))
    upstream.commit_tree(upstream.tree(("40000", name, evil), (FILE, b"a.md", upstream.blob(b"x"))))
    # Git itself refuses some of them.
    with suppress(FetchFailed):
        hb.fetch()
    assert "\n" not in hb.state.problem
    assert len(hb.state.problem) < 300
    assert [*hb.folder.rglob("evil.md")] == []


def test_folders_that_stand_for_very_many_files_are_given_up(
    make: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("index.fetching.git.objects.MOST", 1_000_000)
    hb = make()
    tree = hb.upstream.tree((FILE, b"a.md", hb.upstream.blob(b"x")))
    for _ in range(9):
        tree = hb.upstream.tree(*(("40000", b"%d" % each * 60, tree) for each in range(10)))
    hb.upstream.commit_tree(tree)
    with pytest.raises(FetchFailed, match="more files than can be looked through"):
        hb.fetch()


def _cut(hb: Fetchings) -> None:
    for pack in hb.work.rglob("*.pack"):
        pack.chmod(0o600)
        pack.write_bytes(pack.read_bytes()[:-40])


def _flip(hb: Fetchings) -> None:
    for pack in hb.work.rglob("*.pack"):
        pack.chmod(0o600)
        data = bytearray(pack.read_bytes())
        data[-60] ^= 0xFF
        pack.write_bytes(data)


def _lose(hb: Fetchings) -> None:
    for each in hb.work.rglob("*.idx"):
        each.unlink()


def _garble(hb: Fetchings) -> None:
    for each in hb.work.rglob("HEAD"):
        each.write_bytes(b"\0\xff")


def _replace(hb: Fetchings) -> None:
    [place] = hb.work.iterdir()
    shutil.rmtree(place)
    place.write_text("a file")


def _lock(hb: Fetchings) -> None:
    [place] = hb.work.iterdir()
    (place / "shallow.lock").touch()
    (place / "refs/fetched/head.lock").touch()
    (place / "config.lock").touch()
    (place / "objects/pack/tmp_pack_x").write_bytes(b"x" * 10_000)


@pytest.mark.parametrize("damage", [_cut, _flip, _lose, _garble, _replace, _lock])
def test_a_damaged_copy_is_mended_by_the_next_fetches(
    make: Make, damage: Callable[[Fetchings], None]
) -> None:
    hb = make()
    hb.upstream.commit({f"{each}.md": f"{each} " * 99 for each in range(9)})
    hb.fetch()
    damage(hb)
    hb.upstream.commit({f"{each}.md": f"{each} " * 99 for each in range(10)})
    with suppress(FetchFailed):
        hb.fetch()
    if hb.state.problem:
        assert "it is fetched anew the next time" in hb.state.problem
        assert len(hb.files) == 9
        hb.fetch()
    assert hb.files == {f"{each}.md": f"{each} " * 99 for each in range(10)}


def test_copies_do_not_pile_up(make: Make, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("index.fetching.git.copies.MOST_PACKS", 2)
    hb = make()
    for each in range(4):
        hb.upstream.commit({"a.md": str(each)})
        hb.fetch()
    assert len(hb.packs) == 1
    assert hb.files == {"a.md": "3"}


def test_a_repository_of_sha256_is_fetched(make: Make) -> None:
    hb = make(kind="sha256")
    commit = hb.upstream.commit({"a.md": "one"})
    assert len(commit) == 64
    assert hb.fetch().version == commit
    assert hb.files == {"a.md": "one"}


def test_one_on_this_machine_and_one_of_gits_own_server_are_fetched(make: Make) -> None:
    hb = make()
    hb.upstream.commit({"a.md": "one"})
    for address in (str(hb.upstream.place), hb.upstream.place.as_uri()):
        hb.keys["repository"] = address
        hb.fetch()
        assert hb.files == {"a.md": "one"}
    with GitDaemon(hb.server.root) as daemon:
        hb.keys["repository"] = f"{daemon.base}/{hb.upstream.place.name}"
        hb.upstream.commit({"a.md": "two"})
        hb.fetch()
        assert hb.files == {"a.md": "two"}
        hb.keys["repository"] = f"{daemon.base}/other.git"
        with pytest.raises(FetchFailed, match="there is no repository"):
            hb.fetch()


def test_one_behind_ssh_is_fetched_with_nobody_to_ask(
    make: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    hb = make()
    commit = hb.upstream.commit({"a.md": "one"})
    # It goes to no other machine, and does there what it is told.
    program = hb.folder / "bin" / "ssh"
    program.parent.mkdir()
    program.write_text(
        f'#!/bin/sh\necho "$@" > {hb.folder}/said\nfor last; do :; done\neval "exec $last"\n'
    )
    program.chmod(0o755)
    monkeypatch.setenv("PATH", f"{program.parent}:{os.environ['PATH']}")
    hb.keys["repository"] = f"git@github.com:{hb.upstream.place}"
    hb.fetch()
    assert hb.files == {"a.md": "one"}
    where = str(hb.upstream.place).removesuffix(".git")
    assert hb.links["a.md"].startswith(f"https://github.com{where}/blob/{commit}/a.md")
    said = (hb.folder / "said").read_text()
    assert "-o BatchMode=yes" in said
    assert "git@github.com git-upload-pack" in said
