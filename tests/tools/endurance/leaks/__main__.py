"""Lets chance act in servers with collections, and looks for what somebody sees who may not.

    python -m tests.tools.endurance.leaks [DRAWS] [SEED] [--plant HOLE]

Each draw is an act: a command, a message, a menu, a suggestion, a button on any message before, a
manager's change, or one of roles, channels, members and documents. The bot is the real one, with
real indexes; Discord is simulated, and the model and the reader are quick ones. Whatever leaves the
bot, by whatever way, is looked through for words that stand in one document alone, and who would
see it is found out by going through everybody who is there or could be. What may be seen has to
come, too. With a hole planted, it has to be found.
"""

import argparse
import asyncio
import sys
import tempfile
import time
from pathlib import Path

from tests.tools.endurance.leaks.holes import HOLES
from tests.tools.endurance.leaks.running import Found, run

SHOWN = 5


def main(draws: int, seed: int, hole: str) -> int:
    """Run, and tell what came of it; 1 if anything leaked or failed, or a hole wasn't found."""
    started = time.perf_counter()
    with tempfile.TemporaryDirectory(dir=_memory()) as folder:
        found = asyncio.run(run(draws, seed, Path(folder), hole))
    seconds = time.perf_counter() - started
    sys.stdout.write(_told(found, seconds))
    if hole:
        sys.stdout.write(f"{hole}: {'found' if found.leaks else 'NOT FOUND'}\n")
        return int(not found.leaks)
    return int(found.wrong)


def _told(found: Found, seconds: float) -> str:
    lines = [f"LEAK {each}" for each in found.leaks[:SHOWN]]
    lines += [f"TROUBLE {each}" for each in found.troubles[:SHOWN]]
    lines.append(
        f"{found.draws} draws in {seconds:.0f} s, {found.draws / seconds:.0f} a second: "
        f"{len(found.leaks)} leaks, {len(found.troubles)} troubles"
    )
    lines += [f"  {what}: {got} of {wanted}" for what, (got, wanted) in found.answered.items()]
    lines.append(f"  sent: {_counted(found.sent)}")
    lines.append(f"  done: {_counted(found.tally)}")
    return "\n".join(lines) + "\n"


def _counted(counts: dict[str, int]) -> str:
    return ", ".join(f"{name} {counts[name]}" for name in sorted(counts))


def _memory() -> str | None:
    """Where files are kept in memory, if there is such a place."""
    return "/dev/shm" if Path("/dev/shm").is_dir() else None  # noqa: S108 - a folder of its own there


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("draws", type=int, nargs="?", default=20_000)
    parser.add_argument("seed", type=int, nargs="?", default=1)
    parser.add_argument("--plant", choices=HOLES, default="")
    given = parser.parse_args()
    sys.exit(main(given.draws, given.seed, given.plant))
