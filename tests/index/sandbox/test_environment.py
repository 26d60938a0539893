"""What a process of ours is started with, and what another of its user sees of it."""

import json
import os
import subprocess
import sys
from pathlib import Path
from textwrap import indent

import pytest

from index import IndexSettings
from index.build import process as build
from index.build.process import BuildProcess
from index.domain import Document
from index.errors import StoreError
from index.front import silent
from index.reading.process import ReaderProcess
from index.sandbox.environment import STARTING

ROOT = Path(__file__).parents[3]
# Whether a child of the same user can read how its parent was started.
PEEKED = """
import os, sys
sys.path.insert(0, sys.argv[1])
from index.sandbox.confine import hide
from index.sandbox.kernel import prctl
if os.getuid() == 0:
    os.setgroups([])
    os.setgid(65534)
    os.setuid(65534)
    prctl(4, 1, 0, 0, 0)
if sys.argv[2] == "hidden":
    hide()
if os.fork() == 0:
    for name in ("environ", "mem", "maps", "auxv", "fd/0"):
        try:
            open(f"/proc/{os.getppid()}/{name}", "rb").close()
            print(name)
        except PermissionError:
            pass
    sys.exit()
os.wait()
"""


@pytest.mark.skipif(sys.platform != "linux", reason="other systems have no /proc")
@pytest.mark.parametrize("how", ["open", "hidden"])
def test_a_process_that_hides_can_not_be_read_by_another_of_its_user(how: str) -> None:
    command = [sys.executable, "-P", "-c", PEEKED, str(ROOT), how]
    peeked = subprocess.run(  # noqa: S603 - our own code
        command, stdin=subprocess.DEVNULL, capture_output=True, text=True, check=True
    )
    seen = peeked.stdout.split()
    assert ("environ" in seen, "mem" in seen) == (how == "open", how == "open")


SECRETS = {
    "DISCORD_TOKEN": "a.b.c",
    "WRITER_API_KEY": "key",
    "SEEDBOT_API_TOKEN": "0123456789abcdef",
    "AWS_SECRET_ACCESS_KEY": "aws",
    "GITHUB_TOKEN": "git",
    "DATABASE_URL": "postgres://a:b@c/d",
    "PATH_TO_SECRET": "x",
}
# Its variables, how many files it has open, and whether it can be read.
TELL = """
import ctypes, json, os
files = len(os.listdir("/proc/self/fd"))
told = json.dumps([dict(os.environ), files, ctypes.CDLL(None).prctl(3)])
"""
TELLING_BUILD = f"""
from index.build import build
from index.errors import StoreError
def tell(*_, **__):
{indent(TELL, "    ")}
    raise StoreError(told)
build.build = tell
main()
"""
TELLING_READER = f"""
import sys
from multiprocessing.connection import Connection
connection = Connection(int(sys.argv[3]))
connection.recv_bytes()
connection.send_bytes(b"ready")
connection.recv_bytes()
{TELL}
connection.send_bytes(json.dumps({{"path": "good.txt", "reason": told}}).encode())
"""
TELLING_PROGRAM = """
import sys
sys.path.insert(0, sys.argv[1])
try:
    {program}
except SystemExit:
{tell}
    print(told)
"""


@pytest.fixture
def settings(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> IndexSettings:
    """A folder with a document, and secrets in the environment."""
    (tmp_path / "seeds").mkdir()
    (tmp_path / "seeds" / "good.txt").write_text("Tea is steeped.\n")
    for name, value in SECRETS.items():
        monkeypatch.setenv(name, value)
    return IndexSettings(seeds=str(tmp_path / "seeds"), store=str(tmp_path / "store"))


def test_a_build_is_given_no_secret_and_no_file_and_hides(
    settings: IndexSettings, monkeypatch: pytest.MonkeyPatch
) -> None:
    needed = {"HF_HOME": "/hub", "HTTPS_PROXY": "http://p", "LC_TIME": "C"}
    for name, value in needed.items():
        monkeypatch.setenv(name, value)
    monkeypatch.setattr(build, "BOOT", build.BOOT.replace("main()", TELLING_BUILD))
    with pytest.raises(StoreError) as error:
        BuildProcess()(settings, silent)
    environment, files, dumpable = json.loads(str(error.value))
    assert not set(SECRETS) & set(environment)
    assert {*needed, "PATH"} <= set(environment)
    # Standard input, output and error, and the folder that is being listed.
    assert (files, dumpable) == (4, 0)


def test_the_process_that_reads_is_given_no_secret_and_no_file(
    settings: IndexSettings, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in {"HF_TOKEN": "hf", "https_proxy": "http://a:b@p"}.items():
        monkeypatch.setenv(name, value)
    monkeypatch.setattr("index.reading.process.BOOT", TELLING_READER)
    with ReaderProcess(settings) as reader:
        skipped = reader.read("good.txt")
    assert not isinstance(skipped, Document)
    environment, files, _ = json.loads(skipped.reason)
    assert {name for name in environment if not name.startswith("LC_")} <= {
        "TOKENIZERS_PARALLELISM",
        *STARTING,
    }
    assert "PATH" in environment
    assert files == 5  # the connection besides


@pytest.mark.parametrize(
    "program",
    [
        "from bot.__main__ import main; main(['run'])",
        "from bot.__main__ import main; main(['ask', 'Is it?'])",
        "from index.commands.main import main; main(['info'])",
    ],
)
def test_every_program_hides_and_dumps_no_core(tmp_path: Path, program: str) -> None:
    (tmp_path / "seeds").mkdir()
    code = TELLING_PROGRAM.format(program=program, tell=indent(TELL, "    "))
    ran = subprocess.run(  # noqa: S603 - our own code
        [sys.executable, "-c", code, str(ROOT)],
        cwd=tmp_path,
        env={**os.environ, "DISCORD_TOKEN": ""},
        capture_output=True,
        text=True,
        check=True,
    )
    assert json.loads(ran.stdout.splitlines()[-1])[2] == 0
