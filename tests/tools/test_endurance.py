"""The scripts of the folder endurance, a little of each; with their defaults they take minutes."""

import os
import random
import subprocess
import sys
from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager, nullcontext
from pathlib import Path

import pytest

from index import Index, open_index
from index.model.onnx_embedder import OnnxEmbedder
from tests.support import model
from tests.tools.endurance import load, rebuilds
from tests.tools.endurance.corruptions import corrupted
from tests.tools.endurance.damage import in_blocks
from tests.tools.endurance.ground import GATE, Ground, gate
from tests.tools.endurance.leaks.running import run as play

ROOT = Path(__file__).parents[2]


def run_script(
    script: str, *arguments: str, environment: Mapping[str, str] | None = None
) -> subprocess.CompletedProcess[str]:
    """Run one of them in a process of its own: they fork and patch, some the file system."""
    return subprocess.run(  # noqa: S603 - our own script
        [sys.executable, "-m", f"tests.tools.endurance.{script}", *arguments],
        cwd=ROOT,
        env={**os.environ, **(environment or {})},
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.mark.parametrize(("script", "arguments"), [("kills", ("10", "5")), ("power_cuts", ("25",))])
def test_a_build_that_is_stopped_leaves_an_index_that_answers(
    script: str, arguments: tuple[str, ...], begun: Path
) -> None:
    done = run_script(script, *arguments, environment={model.VARIABLE: str(begun)})
    assert done.returncode == 0, done.stdout + done.stderr
    assert "0 wrong" in done.stdout


def test_a_fetch_that_is_killed_gives_no_file_the_link_of_another_content(begun: Path) -> None:
    done = run_script("fetches", "10", environment={model.VARIABLE: str(begun)})
    assert done.returncode == 0, done.stdout + done.stderr
    assert "wrong: 0" in done.stdout


def test_no_answer_is_of_two_indexes_while_a_search_engine_goes_over_to_another() -> None:
    # A loaded machine may take longer than a second for it.
    done = run_script("switches", "3", "2", "10")
    assert done.returncode == 0, done.stdout + done.stderr
    assert "0 mixed, 0 wrong, 0 failed" in done.stdout


@pytest.mark.parametrize(("script", "count"), [("engine_kills", 3), ("engine_walks", 15)])
def test_whatever_is_done_to_a_search_engine_changes_no_answer(script: str, count: int) -> None:
    seed = random.randrange(1000)  # noqa: S311 - no secret
    done = run_script(script, str(count), str(seed))
    assert done.returncode == 0, f"seed {seed}: {done.stdout}{done.stderr}"
    assert "0 wrong" in done.stdout


@pytest.mark.parametrize("reading", [nullcontext, in_blocks])
def test_a_changed_byte_is_noticed(
    reading: Callable[[], AbstractContextManager[None]], tmp_path: Path, embedder: OnnxEmbedder
) -> None:
    ground = Ground(tmp_path, embedder)
    with reading():
        asked, checked, wrong = corrupted(ground, 25, random.Random())  # noqa: S311 - no secret
    assert not wrong
    assert asked + checked == 25
    assert asked > 0


def test_no_answer_is_wrong_while_the_index_is_rebuilt_in_its_own_process(
    tmp_path: Path, begun: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(rebuilds, "AT_REST", 10)
    ground = Ground(tmp_path, model.exported(begun))
    ground.write(GATE, gate(1))
    ground.build()
    asked = rebuilds.Load(ground, open_index(ground.settings), newest=1)
    rebuilds.run(asked, questions=50, rebuilds=1)
    assert asked.answered >= 50
    assert len(asked.generations) == 2
    assert not asked.wrong


async def test_a_crowd_loses_no_answer_and_gets_none_twice(
    seeds_index: Index, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    records = tmp_path / "records.sqlite"
    steady, burst = await load.run(seeds_index, 100, 10, records, monkeypatch.setattr)
    assert (steady.kinds["answered"], steady.wrong) == (100, 0)
    assert burst.kinds["answered"] + burst.kinds["refused"] == 100
    assert burst.wrong == 0


async def test_nobody_sees_what_is_not_for_them_whatever_is_done(tmp_path: Path) -> None:
    found = await play(120, 1, tmp_path)
    assert not found.leaks, found.leaks[0]
    assert not found.troubles
    assert not found.wrong


@pytest.mark.parametrize("hole", ["private", "managers"])
async def test_a_hole_in_what_is_seen_is_found(hole: str, tmp_path: Path) -> None:
    found = await play(200, 3, tmp_path, hole)
    assert found.leaks
