"""The seeds folder and the process that reads it: one bad document is one skipped document."""

import hashlib
import os
import re
import socket
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pathspec import GitIgnoreSpec

from index import IndexSettings, SettingsError
from index.domain import Document, Skipped
from index.errors import ResourcesMissing, SourcesMissing
from index.reading.files import scan
from index.reading.formats import read
from index.reading.process import BOOT, ROOT, ReaderProcess
from index.reading.rules import ignored
from index.reading.worker import Cutter
from index.text.chunking import Chunker
from tests.support import cutters
from tests.support.formats import samples
from tests.support.readers import HIJACKED, KILLED, readers_that
from tests.support.resources import no_descriptors

Process = subprocess.Popen[bytes]


@pytest.fixture
def seeds(tmp_path: Path) -> Path:
    """A folder with one good document."""
    folder = tmp_path / "seeds"
    folder.mkdir()
    (folder / "good.txt").write_text("Tea is steeped.\n")
    return folder


def settings(seeds: Path, **changes: object) -> IndexSettings:
    """Settings for a folder of documents."""
    return IndexSettings.model_validate({"seeds": str(seeds), "language": "english", **changes})


def contents(settings: IndexSettings) -> tuple[dict[str, Document], dict[str, str]]:
    """The documents of a folder, and why the other files have none."""
    found = scan(settings)
    with ReaderProcess(settings) as reader:
        read = [reader.read(path) for path in found.hashes]
    skipped = [*found.skipped, *(each for each in read if isinstance(each, Skipped))]
    documents = {each.path: each for each in read if isinstance(each, Document)}
    return documents, {each.path: each.reason for each in skipped}


def reasons(settings: IndexSettings) -> dict[str, str]:
    """Why each skipped file of a folder was skipped; the good one never is."""
    documents, skipped = contents(settings)
    assert "good.txt" in documents
    return skipped


@pytest.fixture
def reader(seeds: Path) -> Iterator[ReaderProcess]:
    """A process that reads the folder."""
    with ReaderProcess(settings(seeds)) as process:
        yield process


@pytest.fixture
def started(monkeypatch: pytest.MonkeyPatch) -> list[Process]:
    """Every process that is started."""
    processes: list[Process] = []

    class Noted(Process):
        def __init__(self, *arguments: Any, **options: Any) -> None:  # noqa: ANN401 - passed on
            super().__init__(*arguments, **options)
            processes.append(self)

    monkeypatch.setattr(subprocess, "Popen", Noted)
    return processes


def test_every_format_comes_back_from_the_process_as_it_was_read(tmp_path: Path) -> None:
    for name, data in samples().items():
        (tmp_path / name).write_bytes(data)
    documents, skipped = contents(settings(tmp_path))
    assert set(documents) == set(samples())
    assert not skipped
    assert documents["boat.pdf"].landmarks[0].kind == "page"


# The tags that a parser has to open again in every element take it quadratic time, in C.
SLOW = "<a><b>" * 300_000


@pytest.mark.parametrize(
    ("path", "text", "limit", "reason"),
    [
        ("large.txt", "word " * 3000, {"max_file_mb": 0.01}, "it has 0.01 MB, over the limit of"),
        ("slow.html", SLOW, {"max_seconds_per_file": 2.0}, "reading it took too long, over the"),
        ("wide.json", "[" + "[]," * 4_000_000 + "1]", {"max_reader_mb": 300}, "too much memory"),
    ],
)
def test_a_file_over_a_limit_is_skipped_with_the_key_that_sets_it(
    seeds: Path, path: str, text: str, limit: dict[str, float], reason: str
) -> None:
    (seeds / path).write_text(text)
    found = reasons(settings(seeds, **limit))
    assert reason in found[path]
    assert f"(`{next(iter(limit))}` under [index])" in found[path]


@pytest.mark.parametrize(
    ("does", "reason"),
    [
        ("os.kill(os.getpid(), 11)", r"its reader died \(SIGSEGV\): the file is damaged, or needs"),
        ("os._exit(3)", r"its reader died \(exit code 3\)"),
        ("c.send_bytes(b'no document'); time.sleep(9)", "its reader sent what is no document"),
        ('c.send_bytes(b\'{"path": "x", "reason": "y"}\')', "sent another document"),
    ],
)
def test_a_reader_that_dies_or_lies_is_one_skipped_file(
    reader: ReaderProcess, monkeypatch: pytest.MonkeyPatch, does: str, reason: str
) -> None:
    with monkeypatch.context() as patch:
        patch.setattr("index.reading.process.BOOT", HIJACKED + does)
        result = reader.read("good.txt")
    assert isinstance(result, Skipped)
    assert result.path == "good.txt"
    assert re.search(reason, result.reason)
    assert isinstance(reader.read("good.txt"), Document)


@pytest.mark.parametrize(
    ("does", "reason"),
    [
        (KILLED, "its reader was killed, perhaps because the machine had no more memory"),
        ("os.kill(os.getpid(), 11)", "its reader died (SIGSEGV)"),
        ("sys.exit(70)", "reading it took too much memory"),
        ("time.sleep(9)", "reading it took too long"),
    ],
)
def test_what_befalls_the_process_may_pass(
    seeds: Path, monkeypatch: pytest.MonkeyPatch, does: str, reason: str
) -> None:
    limited = settings(seeds, max_seconds_per_file=1.0)
    with ReaderProcess(limited) as reader, readers_that(monkeypatch, does):
        result = reader.read("good.txt")
    assert isinstance(result, Skipped)
    assert result.reason.startswith(reason)
    assert result.passing


def test_what_a_file_holds_does_not_pass_and_what_can_not_be_opened_may(
    seeds: Path, reader: ReaderProcess
) -> None:
    (seeds / "binary.txt").write_bytes(b"\0\1")
    binary = reader.read("binary.txt")
    assert binary == Skipped(
        "binary.txt", "the file is binary, not text", sha256=hashlib.sha256(b"\0\1").hexdigest()
    )
    gone = reader.read("gone.txt")
    assert gone == Skipped(
        "gone.txt", "it can't be opened: No such file or directory", passing=True
    )


@pytest.mark.parametrize(
    ("boot", "reason"),
    [
        ("raise SystemExit(4)", "it died with exit code 4"),
        ("import os; os.kill(os.getpid(), 9)", "it died with exit code -9"),
        ("import time; time.sleep(9)", "it isn't ready after 1 seconds"),
    ],
)
def test_a_process_that_does_not_start_is_no_fault_of_a_file(
    reader: ReaderProcess, monkeypatch: pytest.MonkeyPatch, boot: str, reason: str
) -> None:
    monkeypatch.setattr("index.reading.process.BOOT", boot)
    monkeypatch.setattr("index.reading.process.START_SECONDS", 1.0)
    with pytest.raises(ResourcesMissing, match=rf"can't be started \({reason}\).*max_reader_mb"):
        reader.read("good.txt")


def test_where_no_file_can_be_opened_no_process_is_started_and_no_file_blamed(
    reader: ReaderProcess,
) -> None:
    with (
        no_descriptors(),
        pytest.raises(ResourcesMissing, match=r"can't be started \(Too many open files\)"),
    ):
        reader.read("good.txt")
    assert isinstance(reader.read("good.txt"), Document)


def test_a_process_that_dies_between_two_files_is_started_again(
    reader: ReaderProcess, started: list[Process]
) -> None:
    assert isinstance(reader.read("good.txt"), Document)
    started[0].kill()
    assert isinstance(reader.read("good.txt"), Document)
    assert len(started) == 2


def test_the_process_is_gone_when_its_context_ends(seeds: Path, started: list[Process]) -> None:
    with ReaderProcess(settings(seeds)) as reader:
        reader.read("good.txt")
    assert [each.returncode for each in started] == [0]


def test_the_process_knows_no_secret(
    reader: ReaderProcess, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DISCORD_TOKEN", "secret")
    tell = (
        "import json; reason = os.environ.get('DISCORD_TOKEN', 'nothing'); "
        "c.send_bytes(json.dumps({'path': json.loads(path), 'reason': reason}).encode())"
    )
    monkeypatch.setattr("index.reading.process.BOOT", HIJACKED + tell)
    assert reader.read("good.txt") == Skipped("good.txt", "nothing")


def test_the_process_loads_neither_the_model_nor_the_index() -> None:
    loaded = (
        "from index.reading.formats import READERS; import importlib; "
        "[importlib.import_module(f'index.reading.formats.{name}') for name in READERS.values()]; "
        "print(*sys.modules)"
    )
    code = BOOT.replace("main(sys.argv[2:])", loaded)
    command = [sys.executable, "-P", "-c", code, str(ROOT)]
    run = subprocess.run(command, capture_output=True, text=True, check=True)  # noqa: S603
    modules = set(run.stdout.split())
    assert {"index.reading.formats.pdf", "pypdfium2"} <= modules
    assert not modules & {"torch", "sentence_transformers", "transformers", "faiss", "bm25s"}


def test_a_document_is_cut_in_the_process_as_it_is_cut_here(seeds: Path) -> None:
    chunker = Chunker(20, len)
    with ReaderProcess(settings(seeds), chunker) as reader:
        for path, data in samples().items():
            document = read(path, data)
            assert reader.cut(document, 7) == chunker.cut(document, 7)


@pytest.mark.parametrize(
    ("cutter", "limit", "reason"),
    [
        (cutters.Slow(), {"max_seconds_per_file": 1.0}, r"cutting it took too long, .* of 1 sec"),
        (cutters.Hungry(), {"max_reader_mb": 300}, r"cutting it took too much memory, .* 300 MB"),
        (cutters.Dying(), {}, r"its reader died \(SIGSEGV\)"),
        (cutters.Lying(), {}, "sent another document"),
    ],
)
def test_a_document_whose_cutting_does_harm_is_one_skipped_file(
    seeds: Path, cutter: Cutter, limit: dict[str, float], reason: str
) -> None:
    with ReaderProcess(settings(seeds, **limit), cutter) as reader:
        good = reader.read("good.txt")
        assert isinstance(good, Document)
        cut = reader.cut(replace(good, path="bad.txt"), 0)
        assert isinstance(cut, Skipped)
        assert cut.path == "bad.txt"
        assert re.search(reason, cut.reason)
        assert reader.cut(good, 0) == cutters.in_one(good, 0)


def test_cutting_loads_no_library_of_numbers_or_models() -> None:
    code = BOOT.replace("main(sys.argv[2:])", "import index.text.chunking; print(*sys.modules)")
    command = [sys.executable, "-P", "-c", code, str(ROOT)]
    run = subprocess.run(command, capture_output=True, text=True, check=True)  # noqa: S603
    assert not set(run.stdout.split()) & {"numpy", "py3langid", "torch", "transformers"}


def test_a_module_in_the_seeds_folder_is_never_imported(
    seeds: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (seeds / "json.py").write_text("raise SystemExit(9)\n")
    monkeypatch.chdir(seeds)
    monkeypatch.delenv("PYTHONPATH", raising=False)
    documents, skipped = contents(settings(Path()))
    assert set(documents) == {"good.txt", "json.py"}
    assert not skipped


def test_a_link_that_leaves_the_folder_is_refused_and_one_within_is_followed(
    seeds: Path, tmp_path: Path
) -> None:
    (tmp_path / "secret.txt").write_text("A secret.\n")
    (tmp_path / "elsewhere").mkdir()
    (tmp_path / "elsewhere" / "other.txt").write_text("Also secret.\n")
    (seeds / "out.txt").symlink_to(tmp_path / "secret.txt")
    (seeds / "folder").symlink_to(tmp_path / "elsewhere")
    (seeds / "within.txt").symlink_to(seeds / "good.txt")
    (seeds / "nowhere.txt").symlink_to(seeds / "gone.txt")
    (seeds / "loop.txt").symlink_to(seeds / "loop.txt")
    documents, found = contents(settings(seeds))
    assert set(documents) == {"good.txt", "within.txt"}
    assert set(found) == {"out.txt", "folder", "nowhere.txt", "loop.txt"}
    assert "leaves the seeds folder" in found["out.txt"]
    assert "leaves the seeds folder" in found["folder"]
    assert found["nowhere.txt"] == found["loop.txt"] == "it is a link that leads nowhere"


def test_a_seeds_folder_that_is_a_link_itself_is_read(seeds: Path, tmp_path: Path) -> None:
    (tmp_path / "link").symlink_to(seeds)
    assert set(scan(settings(tmp_path / "link")).hashes) == {"good.txt"}


def test_names_that_can_not_be_shown_are_refused(seeds: Path) -> None:
    (seeds / "bell\a.txt").write_text("x")
    (seeds / os.fsdecode(b"latin\xe9.txt")).write_text("x")
    found = reasons(settings(seeds))
    assert found["'bell\\x07.txt'"] == "its name has control characters; rename it"
    assert found["'latin\\udce9.txt'"] == "its name is not valid Unicode; rename it"


@pytest.mark.parametrize(
    "name",
    [
        "会議\u3000議事録.txt",
        "می\u200cخواهم.txt",
        "\U0001f468\u200d\U0001f33e farm.txt",
        "Screenshot 9.41.07\u202fAM.txt",
        "no\u00a0break.txt",
    ],
)
def test_names_of_other_scripts_and_systems_are_ordinary(seeds: Path, name: str) -> None:
    (seeds / name).write_text("A text of some words.")
    documents, found = contents(settings(seeds))
    assert name in documents
    assert not found


@pytest.mark.parametrize("sign", ["\u202e", "\u2066", "\u2028", "\x85"])
def test_names_that_show_as_others_are_refused(seeds: Path, sign: str) -> None:
    (seeds / f"a{sign}txt.md").write_text("x")
    assert list(reasons(settings(seeds)).values()) == ["its name has control characters; rename it"]


def test_what_is_no_file_is_named(seeds: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    os.mkfifo(seeds / "pipe.txt")
    monkeypatch.chdir(seeds)
    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind("door.txt")
        found = reasons(settings(seeds))
    assert found == {
        "door.txt": "it is a socket, not a file",
        "pipe.txt": "it is a named pipe, not a file",
    }


def test_ignore_rules_are_gitignores_and_the_file_has_the_last_word(seeds: Path) -> None:
    for name in ("drafts/a.md", "b.log.txt", "notes/c.md", "notes/keep.md", ".hidden.md"):
        (seeds / name).parent.mkdir(exist_ok=True)
        (seeds / name).write_text("x")
    (seeds / "README.md").write_text("Not a document.")
    (seeds / ".seedignore").write_text("# comment\n/drafts/\n!notes/keep.md\n")
    rules = settings(seeds, ignore=["*.log.txt", "notes/*"])
    found = scan(rules)
    assert list(found.hashes) == ["good.txt", "notes/keep.md"]
    assert not found.skipped


@pytest.mark.parametrize("rule", ["!", "[z-a]", "a\\"])
@pytest.mark.parametrize("where", ["file", "config"])
def test_a_rule_that_is_none_is_named_with_its_place(seeds: Path, where: str, rule: str) -> None:
    if where == "file":
        (seeds / ".seedignore").write_text(f"drafts/\n{rule}\n")
        rules, place = settings(seeds), ".seedignore, line 2"
    else:
        rules = settings(seeds, ignore=["drafts/", rule])
        place = "`ignore` under [index], entry 2"
    with pytest.raises(SettingsError) as error:
        scan(rules)
    assert f"{place}: {rule!r} is no gitignore pattern" in str(error.value)


@pytest.mark.parametrize("stars", [6, 8, 20])
@pytest.mark.parametrize("where", ["file", "config"])
def test_a_rule_of_many_stars_ends_and_does_what_it_says(
    seeds: Path, where: str, stars: int
) -> None:
    deep = "a/" * 60
    names = ["a" * 246 + ".txt", "a" * 200 + "b.txt", f"{deep}c.txt", f"{deep}b/c.txt"]
    for name in names:
        (seeds / name).parent.mkdir(parents=True, exist_ok=True)
        (seeds / name).write_text("x")
    lines = ["*a" * stars + "*b*", "/".join(["**/a*"] * stars) + "/b*/"]
    if where == "file":
        (seeds / ".seedignore").write_text("\n".join(lines))
    # What tries every place for every star takes 26 seconds for eight in a name of 64 characters,
    # and ten thousand years for twenty.
    found = scan(settings(seeds, ignore=lines if where == "config" else []))
    assert set(found.hashes) == {"good.txt", names[0], names[2]}


def test_brackets_match_no_slash(seeds: Path) -> None:
    (seeds / "a").mkdir()
    (seeds / "a" / "b.txt").write_text("x")
    found = scan(settings(seeds, ignore=["a[!x]b.txt", "a[+-9]b.txt", "*[!x]*[!x]b.txt"]))
    assert set(found.hashes) == {"good.txt", "a/b.txt"}


RULE = st.lists(
    st.sampled_from(["*", "**", "**/", "/", "a", "b", "?", "[ab]", "[!a]", "\\*", "."]),
    min_size=1,
    max_size=8,
).map("".join)
NAMES = st.lists(st.text("ab*.", min_size=1, max_size=5), min_size=1, max_size=6).map("/".join)


@given(st.lists(st.builds("{}{}".format, st.sampled_from(["", "!"]), RULE), max_size=3), NAMES)
def test_rules_match_what_pathspec_matches_with_them(rules: list[str], name: str) -> None:
    try:
        # By itself, pathspec has the second match a slash as well.
        lines = [rule.replace("[!a]", "[b*.]") for rule in rules]
        expected = GitIgnoreSpec.from_lines(lines, backend="simple")
    except ValueError:
        return
    found = ignored(IndexSettings(seeds="nowhere", ignore=rules))
    assert found.check_file(name) == expected.check_file(name)


def test_a_folder_where_all_is_ignored_says_so(seeds: Path) -> None:
    with pytest.raises(SourcesMissing, match="every file in it is left out by an ignore rule"):
        scan(settings(seeds, ignore=["*"]))
