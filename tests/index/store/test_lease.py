"""One process of those that share a store has its lease, and it dies with it."""

import subprocess
import sys
import time
from pathlib import Path

import pytest

from index.errors import StoreError
from index.store.lease import Lease

ROOT = Path(__file__).parents[3]
HOLDER = (
    "import sys, pathlib; from index.store.lease import Lease; "
    "lease = Lease(pathlib.Path(sys.argv[1])); print(lease.take(), flush=True); sys.stdin.read()"
)
PATIENCE = 10.0


def test_who_holds_it_keeps_it_until_the_process_is_killed(tmp_path: Path) -> None:
    store = tmp_path / "not" / "there"
    with subprocess.Popen(  # noqa: S603 - our own interpreter
        [sys.executable, "-c", HOLDER, store],
        cwd=ROOT,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    ) as holder:
        assert holder.stdout is not None
        assert holder.stdout.readline() == "True\n"
        lease = Lease(store)
        assert not lease.take()
        assert not lease.held
        holder.kill()
    end = time.monotonic() + PATIENCE
    while not lease.take():
        assert time.monotonic() < end
    assert lease.held
    assert lease.take()
    assert not Lease(store).take()


def test_what_is_given_up_is_for_others_and_not_taken_again(tmp_path: Path) -> None:
    first, second = Lease(tmp_path), Lease(tmp_path)
    assert first.take()
    assert not second.take()
    first.give_up()
    assert not first.take()
    assert not first.held
    assert second.take()


def test_a_store_that_can_not_be_locked_is_named(tmp_path: Path) -> None:
    (tmp_path / "store").write_text("A file, where a folder should be.")
    with pytest.raises(StoreError, match=r"store/builder\.lock: it can't be locked"):
        Lease(tmp_path / "store").take()
