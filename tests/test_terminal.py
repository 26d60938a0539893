"""Both programs as a user runs them: in a process of their own, from any folder."""

import json
import os
import re
import shutil
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from index import IndexSettings, lacking
from index.build.build import build
from index.store.store import Store
from index.store.writing import writing
from tests.support.chat_endpoint import ChatEndpoint, says, sends

ROOT = Path(__file__).parent.parent


def run(
    *arguments: str, folder: Path, stdin: str = "", token: str = ""
) -> subprocess.CompletedProcess[str]:
    """Run `python -m …` in `folder`."""
    environment = {**os.environ, "PYTHONPATH": str(ROOT), "DISCORD_TOKEN": token}
    environment["COLUMNS"] = "200"
    return subprocess.run(  # noqa: S603 - our own program
        [sys.executable, "-m", *arguments],
        cwd=folder,
        input=stdin,
        capture_output=True,
        text=True,
        timeout=300,
        env=environment,
        check=False,
    )


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory, begun: Path) -> Path:
    """A user's folder with one document of theirs and one that can't be read."""
    folder = tmp_path_factory.mktemp("project")
    shutil.copytree(begun, folder / ".index")
    (folder / "seeds").mkdir()
    text = "# Rules\r\n\r\n## Bees\r\n\r\nBees must be registered by 3 May.\r\n"
    (folder / "seeds" / "rules.md").write_bytes(text.encode())
    (folder / "seeds" / "broken.txt").write_bytes(b"\x00\x01\x02")
    return folder


@pytest.fixture(scope="module")
def asked(tmp_path_factory: pytest.TempPathFactory, begun: Path) -> Path:
    """A user's folder whose index is up to date."""
    folder = tmp_path_factory.mktemp("asked")
    shutil.copytree(begun, folder / ".index")
    (folder / "seeds").mkdir()
    (folder / "seeds" / "rules.md").write_text("Bees must be registered by 3 May.\n")
    settings = IndexSettings(seeds=str(folder / "seeds"), store=str(folder / ".index"))
    build(settings, lambda *_: None)
    return folder


def test_build_check_info_and_search(project: Path) -> None:
    built = run("index", "build", folder=project)
    assert built.returncode == 0
    assert "indexed 1 document as 1 passage" in built.stdout
    assert "broken.txt: the file is binary" in built.stderr
    checked = run("index", "check", folder=project)
    assert checked.returncode == 0
    assert "0 failed" in checked.stdout
    found = run("index", "search", "register bees", folder=project)
    assert "rules.md · line 5" in found.stdout
    info = run("index", "info", folder=project)
    assert "all-MiniLM-L6-v2, 384 dimensions" in info.stdout
    assert ("in a process that can do nothing else" in info.stdout) == (not lacking())
    assert all(what in info.stdout for what in lacking())


def test_check_names_a_file_that_changed(project: Path) -> None:
    run("index", "build", folder=project)
    file = project / "seeds" / "rules.md"
    good = file.read_bytes()
    file.write_bytes(good.replace(b"3 May", b"4 June"))
    checked = run("index", "check", folder=project)
    file.write_bytes(good)
    assert checked.returncode == 1
    assert "rules.md: the file has changed" in checked.stdout
    assert "is not in the file at its place" in checked.stdout


def test_no_command_prints_what_a_terminal_would_obey(project: Path) -> None:
    hostile = "\x1b[31mred\x1b]0;title\x07\x9b2J\u202egpj\u200f\u200b\U000e0041\x7f"
    files = {
        "wasps\u200f [bold]x.md": f"# Wasps {hostile}\n\nWasp nests are removed {hostile} free.\n",
        "new\nerror: \x1b[2J.md": "The name of this one is refused.\n",
    }
    for name, text in files.items():
        (project / "seeds" / name).write_text(text)
    chat = "/sources\nAre wasp nests removed?\n/show 1\n/lookup wasp\n/quit\n"
    printed = [
        run("index", "build", folder=project),
        *(run("index", command, folder=project) for command in ("info", "report")),
        run("index", "search", "wasp nests", folder=project),
        run("bot", "ask", "--json", "Are wasp nests removed?", folder=project),
        run("bot", "console", folder=project, stdin=chat),
    ]
    for name in files:
        (project / "seeds" / name).unlink()
    run("index", "build", folder=project)
    for done in printed:
        assert done.returncode == 0, done.stderr
        both = done.stdout + done.stderr
        assert not re.search("[\x00-\x08\x0b-\x1f\x7f-\x9f\u200b-\u200f\u202e\U000e0041]", both)
        assert "\nerror:" not in both
    assert "wasps<U+200F> [bold]x.md" in printed[1].stdout
    assert "␛[31mred" in printed[3].stdout
    assert hostile in json.loads(printed[4].stdout)["citations"][0]["quote"]


def test_questions_from_standard_input_are_answered_one_line_each(project: Path) -> None:
    questions = "By when must bees be registered?\n\nHow do I boil an egg?\n"
    asked = run("bot", "ask", "--json", "-", folder=project, stdin=questions)
    assert asked.returncode == 0, asked.stderr
    first, empty, egg = (json.loads(line) for line in asked.stdout.splitlines())
    assert first["outcome"] == "answer"
    citation = first["citations"][0]
    assert citation["path"] == "rules.md"
    assert citation["headings"] == ["Bees"]
    assert citation["lines"] == [5, 5]
    assert citation["bold"] == "Bees must be registered by 3 May."
    text = (project / "seeds" / "rules.md").read_text()
    start, end = citation["span"]
    assert text[start:end] == citation["quote"]
    assert empty["outcome"] == "none"
    assert "empty" in empty["error"]
    assert egg["outcome"] in {"nearest", "none"}


def test_a_writer_phrases_the_answer_and_its_failure_leaves_the_quotes(
    project: Path, endpoint: ChatEndpoint
) -> None:
    url = endpoint.settings.url
    file = project / "writer.toml"
    file.write_text(f'[writer]\nurl = "{url}"\nmodel = "scribe"\n')
    question = "By when must bees be registered?"
    endpoint.reply = says("Bees must be registered by 3 May. [1] Bees may fly [1].")
    asked = run("bot", "--config", str(file), "ask", "--json", "-", folder=project, stdin=question)
    reply = json.loads(asked.stdout)
    assert reply["written"] == "Bees must be registered by 3 May [1]."
    assert reply["citations"][0]["number"] == 1
    shown = run("bot", "--config", str(file), "ask", question, folder=project).stdout
    assert shown.startswith("Bees must be registered by 3 May [1].\nWritten by a language model")
    assert "rules.md · line 5" in shown
    endpoint.reply = sends(b"", 500)
    failed = run("bot", "--config", str(file), "ask", "--json", question, folder=project)
    assert failed.returncode == 0
    assert json.loads(failed.stdout)["written"] == ""
    assert json.loads(failed.stdout)["citations"] == reply["citations"]
    assert f"the writer at {url} answered with HTTP status 500" in failed.stderr
    assert len(endpoint.bodies) == 3


def test_a_chat_knows_the_commands_of_discord(project: Path) -> None:
    lines = [
        "/help",
        "By when must bees be registered?",
        "/show 1",
        "/show rules.md:3",
        "/lookup bees",
        "/sources",
        "/rebuild",
        "/nonsense",
        "/quit",
    ]
    chat = run("bot", "console", folder=project, stdin="\n".join(lines))
    assert chat.returncode == 0, chat.stderr
    for word in ("/rebuild", "3 May", "rules.md · line 5", "3 ## Bees", "nothing has changed"):
        assert word in chat.stdout
    assert "no command /nonsense" in chat.stderr


def test_a_chat_goes_on_with_the_question_before(project: Path) -> None:
    lines = ["By when must bees be registered?", "thanks", "and wasps?", "🙂", "/quit"]
    chat = run("bot", "console", folder=project, stdin="\n".join(lines))
    assert chat.returncode == 0, chat.stderr
    assert chat.stdout.count("Understood as") == 1
    assert "Understood as: and wasps? — By when must bees be registered?" in chat.stdout


def test_lines_of_standard_input_are_no_conversation(project: Path) -> None:
    questions = "By when must bees be registered?\nand wasps?\n"
    asked = run("bot", "ask", "-", folder=project, stdin=questions)
    assert asked.returncode == 0, asked.stderr
    assert "Understood" not in asked.stdout


@pytest.mark.parametrize(
    ("arguments", "config", "expected"),
    [
        (("bot", "ask", ""), "", "the question is empty"),
        (("bot", "ask", "🙂"), "", "no words"),
        (("bot", "ask", "x" * 10_000), "", "10,000 characters"),
        (("bot", "run"), "", "no token: set DISCORD_TOKEN"),
        (("bot", "ask", os.fsdecode(b"bad \xff dog")), "", "not valid Unicode"),
        (("bot", "ask", "q"), "[index]\nsede = 1\n", "unknown key `index.sede`"),
        (("bot", "ask", "q"), "[index]\nseeds = 'no'\nstore = 's'\n", "no seeds folder"),
        (("bot", "ask", "q"), "[index]\nseeds = 'empty'\nstore = 's'\n", "the folder is empty"),
        (("index", "build"), "[index]\nmodel = './nothing'\n", "can't be loaded"),
        (("index", "search", "q"), "[index]\nlanguage = 'elvish'\nstore = 's'\n", "elvish"),
        (("index", "eval", "nothing.jsonl"), "", "nothing.jsonl"),
        (("bot", "--config", "nothing.toml", "ask", "q"), "", "no such config file"),
    ],
)
def test_bad_input_gets_one_line_and_exit_code_2(
    asked: Path, arguments: tuple[str, ...], config: str, expected: str
) -> None:
    (asked / "empty").mkdir(exist_ok=True)
    file = asked / "config.toml"
    if config:
        file.write_text(config)
    try:
        failed = run(*arguments, folder=asked)
    finally:
        file.unlink(missing_ok=True)
    assert failed.returncode == 2, failed.stderr
    assert expected in failed.stderr
    assert "Traceback" not in failed.stderr
    lines = [line for line in failed.stderr.splitlines() if line.strip()]
    assert len(lines) == 1, lines


def test_a_damaged_index_is_refused_in_one_line(project: Path) -> None:
    run("index", "build", folder=project)
    store = Store(project / ".index")
    with writing(store) as writer:
        writer.prune(1)
    file = store.generations / store.current() / "vectors.bin"
    file.write_bytes(file.read_bytes()[:-1])
    asked = run("bot", "ask", "bees?", folder=project)
    assert asked.returncode == 2
    assert "vectors.bin is damaged" in asked.stderr
    assert "python -m index build" in asked.stderr
    assert run("index", "build", folder=project).returncode == 0
    assert run("bot", "ask", "By when must bees be registered?", folder=project).returncode == 0


@pytest.fixture(scope="module")
def both(tmp_path_factory: pytest.TempPathFactory, begun: Path) -> Path:
    """A folder whose one document was indexed, and then again with another text."""
    folder = tmp_path_factory.mktemp("versions")
    (folder / "seeds").mkdir()
    shutil.copytree(begun, folder / ".index")
    for colour in ("green", "red"):
        (folder / "seeds" / "gate.txt").write_text(f"The colour of the gate is {colour}.\n")
        assert run("index", "build", folder=folder).returncode == 0
    assert run("index", "prune", "--keep", "2", folder=folder).returncode == 0
    return folder


@pytest.fixture
def versions(both: Path, tmp_path: Path) -> Path:
    """A copy of it for one test."""
    return shutil.copytree(both, tmp_path / "versions")


def test_generations_are_listed_reported_compared_put_back_and_pruned(versions: Path) -> None:
    first, second = run("index", "list", folder=versions).stdout.splitlines()
    assert second.startswith("current  ")
    assert "1 documents, 1 passages" in first
    old, new = first.split()[0], second.split()[1]
    report = run("index", "report", folder=versions).stdout
    assert report.startswith("indexed    gate.txt  1 passage\n1 indexed, 0 unchanged, 0 skipped; ")
    assert run("index", "report", old, folder=versions).returncode == 0
    back = run("index", "rollback", folder=versions).stdout
    assert back.startswith(f"{old} is current: 1 documents")
    assert f"in the place of {new}" in run("index", "list", folder=versions).stdout
    (versions / "seeds" / "new.txt").write_text("New.\n")
    assert run("index", "diff", folder=versions).stdout.splitlines() == [
        "added    new.txt",
        "changed  gate.txt",
        "0 unchanged",
    ]
    asked = run("bot", "ask", "What colour is the gate?", folder=versions)
    assert "note: since the index was built: 1 added, 1 changed; `python -m index" in asked.stderr
    last = run("index", "rollback", folder=versions)
    assert last.returncode == 2
    assert "there is no generation before" in last.stderr
    assert run("index", "rollback", new, folder=versions).returncode == 0
    assert run("index", "prune", "--keep", "1", folder=versions).stdout == f"removed {old}\n"
    assert run("index", "prune", folder=versions).stdout == "there is none to remove\n"


def test_an_index_that_can_not_be_trusted_gives_way_to_the_one_before(versions: Path) -> None:
    current = versions / ".index" / "generations" / (versions / ".index" / "current").read_text()
    (current / "units.bin").write_bytes(b"nothing of the kind")
    asked = run("bot", "ask", "What colour is the gate?", folder=versions)
    assert asked.returncode == 0
    assert "gate is green" in asked.stdout
    assert "units.bin is damaged" in asked.stderr
    assert "python -m index build" in asked.stderr
    listed = run("index", "list", folder=versions).stdout
    assert "units.bin is damaged" in listed
    assert run("index", "build", folder=versions).returncode == 0
    asked = run("bot", "ask", "What colour is the gate?", folder=versions)
    assert "gate is red" in asked.stdout
    assert "damaged" not in asked.stderr


def test_build_watch_builds_again_when_a_file_changes(versions: Path) -> None:
    (versions / "config.toml").write_text("[index]\nsettle_seconds = 0.3\n")
    command = [sys.executable, "-u", "-m", "index", "build", "--watch"]
    environment = {**os.environ, "PYTHONPATH": str(ROOT), "COLUMNS": "200"}
    # What a shell runs in the background ignores it, and hands that down.
    signal.signal(signal.SIGINT, signal.default_int_handler)
    with subprocess.Popen(  # noqa: S603 - our own program
        command, cwd=versions, env=environment, stdout=subprocess.PIPE, text=True
    ) as watching:
        assert watching.stdout is not None
        assert watching.stdout.readline().startswith("nothing has changed")
        # Also what changes before the folder is watched.
        for number in range(100):
            (versions / "seeds" / f"{number}.txt").write_text(f"Number {number}.\n")
        built = watching.stdout.readline()
        while not built.startswith("indexed 101 documents"):
            assert built.startswith("indexed ")  # it may have looked amid them
            built = watching.stdout.readline()
        watching.send_signal(signal.SIGINT)
        assert watching.stdout.read().strip() == ""
    assert watching.returncode == 0


def test_an_emptied_folder_empties_the_index_only_on_purpose(versions: Path) -> None:
    (versions / "seeds" / "gate.txt").unlink()
    refused = run("index", "build", folder=versions)
    assert refused.returncode == 2
    assert "python -m index build --allow-empty" in refused.stderr
    assert "gate is red" in run("bot", "ask", "What colour is the gate?", folder=versions).stdout
    emptied = run("index", "build", "--allow-empty", folder=versions)
    assert "indexed 0 documents as 0 passages" in emptied.stdout
    asked = run("bot", "ask", "What colour is the gate?", folder=versions)
    assert "not in the documents" in asked.stdout
