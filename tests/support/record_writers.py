"""Processes that write the same records at the same time, as those of a bot with shards do."""

import asyncio
import json
import subprocess
import sys
import time
from dataclasses import asdict, dataclass
from pathlib import Path

from bot.records import AnswerRecord, Records, ServerSettings
from bot.settings import RecordSettings

ROOT = Path(__file__).parents[2]
# The numbers of a writer's messages begin with its own.
EACH = 1_000_000
KINDS = 3


@dataclass(frozen=True, slots=True)
class Written:
    """What one process has written in so many `rounds`, and its slowest write in seconds."""

    writer: int
    rounds: int
    slowest: float


def written(file: Path, writers: int, seconds: float) -> list[Written]:
    """Let so many processes open the records at one moment, and write for some seconds."""
    command = [sys.executable, "-m", "tests.support.record_writers", str(file)]
    processes = [
        subprocess.Popen(  # noqa: S603 - our own program
            [*command, str(number), str(seconds)],
            cwd=ROOT,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        for number in range(1, writers + 1)
    ]
    for each in processes:
        assert each.stdout is not None
        each.stdout.readline()
    for each in processes:
        assert each.stdin is not None
        each.stdin.write("\n")
        each.stdin.flush()
    return [Written(**json.loads(each.communicate()[0])) for each in processes]


async def write(file: str, writer: int, seconds: float) -> Written:
    """Write what a question brings until the time is over; read it again each time."""
    records = Records(RecordSettings(file=file))
    await records.open()
    end, slowest, rounds = time.monotonic() + seconds, 0.0, 0
    while time.monotonic() < end:
        rounds += 1
        message = writer * EACH + rounds
        answer = AnswerRecord(message, message, 5, writer, "answer", 0.9, "generation")
        settings = ServerSettings(rebuild_role=rounds)
        for writing in (
            records.save_answer(answer, writer),
            records.save_feedback(message, 7, "helpful"),
            records.save_server(writer, settings),
        ):
            started = time.perf_counter()
            await writing
            slowest = max(slowest, time.perf_counter() - started)
        assert await records.answer_in(message) == answer
        assert await records.server(writer) == settings
    await records.close()
    return Written(writer, rounds, slowest)


def main(file: str, writer: str, seconds: str) -> None:
    """Say when it is ready, wait for a line, write, and say what came of it."""
    sys.stdout.write("ready\n")
    sys.stdout.flush()
    sys.stdin.readline()
    done = asyncio.run(write(file, int(writer), float(seconds)))
    sys.stdout.write(json.dumps(asdict(done)))


if __name__ == "__main__":
    main(*sys.argv[1:])
