"""How much several processes write into the same records at once, as those of one bot do.

    PYTHONPATH=. python tests/tools/bench/records.py [SECONDS]

Each writes as fast as it can what a question brings: an answer, a verdict on it, a server's
settings; every write is on the disk when it is done. `waits` is the slowest of all in milliseconds.
"""

import sys
from pathlib import Path
from tempfile import TemporaryDirectory

from tests.support.record_writers import KINDS, written

PROCESSES = (1, 2, 4, 8)
MILLISECONDS = 1000


def main(seconds: float = 5.0) -> None:
    """Print a line for each number of processes."""
    sys.stdout.write("processes  writes a second  of the slowest process  waits\n")
    for count in PROCESSES:
        with TemporaryDirectory(dir=Path.cwd()) as folder:
            done = written(Path(folder) / "bot.sqlite", count, seconds)
        rates = [KINDS * each.rounds / seconds for each in done]
        slowest = MILLISECONDS * max(each.slowest for each in done)
        sys.stdout.write(f"{count:9}  {sum(rates):15.0f}  {min(rates):22.0f}  {slowest:5.0f}\n")


if __name__ == "__main__":
    main(*map(float, sys.argv[1:]))
