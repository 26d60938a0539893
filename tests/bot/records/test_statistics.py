"""What was asked in a server is counted by what came of it, and what is forgotten isn't."""

import sqlite3
import time
from collections.abc import AsyncIterator
from contextlib import closing
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest

from bot.records import AnswerRecord, Records, Span, Statistics
from bot.records.database import MIGRATIONS
from bot.records.statistics import DAY_SECONDS, WEEK_SECONDS, first_day, last_week
from bot.settings import RecordSettings

HERE, ELSEWHERE = 1, 2
NOW = datetime(2026, 11, 25, 13, tzinfo=UTC).timestamp()  # a Wednesday
ASKED = AnswerRecord(11, 0, 5, HERE, "none", 0.1, "generation", "Why?", seconds=0.25, place=5)


@pytest.fixture
def settings(tmp_path: Path) -> RecordSettings:
    """Records of the test's own."""
    return RecordSettings(file=str(tmp_path / "bot.sqlite"), questions=True, days=30)


@pytest.fixture
async def records(settings: RecordSettings) -> AsyncIterator[Records]:
    """The records in that file."""
    records = Records(settings)
    yield records
    await records.close()


@pytest.fixture
def statistics(records: Records) -> Statistics:
    """What counts them."""
    return Statistics(records)


def on_disk(settings: RecordSettings) -> bytes:
    """All that the database has written."""
    return b"".join(file.read_bytes() for file in Path(settings.file).parent.iterdir())


async def keep(records: Records, *answers: AnswerRecord, at: float = NOW) -> None:
    """Keep answers, given at a moment."""
    for answer in answers:
        await records.save_answer(answer, 7)
        await records.run("UPDATE answers SET moment = ? WHERE message = ?", at, answer.message)


async def today(statistics: Statistics, server: int = HERE) -> Span:
    """What is counted of that day."""
    [span] = await statistics.spans(server, first_day(1, NOW), 1)
    return span


async def texts(statistics: Statistics, server: int = HERE, most: int = 10) -> list[str]:
    """What was asked in vain, the newest first."""
    found = await statistics.unanswered(server, NOW - DAY_SECONDS, NOW + 1, most)
    return [each.text for each in found]


async def test_questions_are_counted_by_day_and_by_what_came_of_them(
    records: Records, statistics: Statistics
) -> None:
    await keep(records, ASKED, replace(ASKED, message=12, outcome="nearest", seconds=1.5))
    await keep(records, replace(ASKED, message=13, outcome="answer", seconds=None))
    await keep(records, replace(ASKED, message=14), at=NOW - DAY_SECONDS)
    await keep(records, replace(ASKED, message=15), at=NOW - 2 * DAY_SECONDS)
    await keep(records, replace(ASKED, message=16, server=ELSEWHERE))
    spans = await statistics.spans(HERE, first_day(2, NOW), 2)
    assert [span.asked for span in spans] == [1, 3]
    assert spans[1].kinds == {"none": 1, "nearest": 1, "answer": 1}
    assert (spans[1].answered, spans[1].in_vain) == (1, 2)
    assert [spans[1].took(share) for share in (0.5, 0.95)] == [0.25, 1.5]
    assert [span.begin % DAY_SECONDS for span in spans] == [0, 0]
    [week] = await statistics.spans(HERE, first_day(7, NOW), 7, 7)
    assert week.asked == 5
    assert Span.over(spans).kinds == {"none": 2, "nearest": 1, "answer": 1}
    assert (Span(0.0).took(0.5), Span(0.0).asked) == (None, 0)


@pytest.mark.parametrize(
    ("verdicts", "kind"),
    [
        ([], "answer"),
        (["helpful"], "answer"),
        (["unhelpful"], "bad"),
        (["source"], "bad"),
        (["helpful", "source"], "bad"),
        (["helpful", "helpful", "unhelpful"], "answer"),
    ],
)
async def test_an_answer_is_bad_that_is_found_wrong_at_least_as_often_as_right(
    records: Records, statistics: Statistics, verdicts: list[str], kind: str
) -> None:
    await keep(records, replace(ASKED, outcome="answer"))
    for member, verdict in enumerate(verdicts):
        await records.save_feedback(11, member, verdict)
    span = await today(statistics)
    assert span.kinds == {kind: 1}
    assert span.answered == 1
    good = verdicts.count("helpful")
    assert (span.helpful, span.unhelpful) == (good, len(verdicts) - good)
    assert await texts(statistics) == ([] if kind == "answer" else ["Why?"])


async def test_what_has_no_text_or_was_private_is_counted_and_not_told(
    records: Records, statistics: Statistics
) -> None:
    await keep(records, ASKED, replace(ASKED, message=12, text=None))
    await keep(records, replace(ASKED, message=13, place=0, text="In private?"))
    await keep(records, replace(ASKED, message=14, text=""))
    assert (await today(statistics)).in_vain == 4
    assert await texts(statistics) == ["Why?"]


async def test_the_newest_are_told_where_there_are_too_many(
    records: Records, statistics: Statistics
) -> None:
    for number in range(5):
        await keep(records, replace(ASKED, message=number, text=str(number)), at=NOW - number)
    assert await texts(statistics, most=2) == ["0", "1"]


async def test_nothing_is_left_of_what_is_forgotten(
    records: Records, statistics: Statistics, settings: RecordSettings
) -> None:
    threads = [replace(ASKED, message=20 + at, channel=60 + at, text=f"T{at}?") for at in range(3)]
    await keep(records, ASKED, *threads, replace(ASKED, message=12, server=ELSEWHERE))
    await records.save_feedback(11, 7, "source")
    await records.forget_answer(11)
    assert set(await texts(statistics)) == {"T0?", "T1?", "T2?"}
    await records.forget_channel(HERE, 61)
    assert set(await texts(statistics)) == {"T0?", "T2?"}
    await records.forget_channel(ELSEWHERE, 60)
    assert set(await texts(statistics)) == {"T0?", "T2?"}
    # The channel that the threads are in.
    await records.forget_channel(HERE, 5)
    assert (await today(statistics)).asked == 0
    assert await statistics.claim_week(HERE, NOW)
    await keep(records, replace(ASKED, text="A secret that goes"))
    await records.forget_server(HERE)
    assert await texts(statistics) == []
    assert not await statistics.had_week(HERE, NOW)
    assert await texts(statistics, ELSEWHERE) == ["Why?"]
    await records.close()
    assert b"A secret that goes" not in on_disk(settings)


async def test_what_is_older_than_the_days_goes(
    records: Records, statistics: Statistics, settings: RecordSettings
) -> None:
    long_ago = time.time() - 31 * DAY_SECONDS
    await keep(records, ASKED, at=long_ago)
    await statistics.claim_week(HERE, long_ago - WEEK_SECONDS)
    await records.close()
    again = Records(settings)
    await again.save_answer(replace(ASKED, message=12), 7)
    [span] = await Statistics(again).spans(HERE, first_day(1, long_ago), 1)
    assert span.asked == 0
    assert await again.run("SELECT * FROM weekly") == []
    await again.close()


async def test_a_week_is_claimed_once_also_by_two_processes_and_after_a_restart(
    records: Records, settings: RecordSettings
) -> None:
    other = Records(settings)
    both = [await Statistics(each).claim_week(HERE, NOW) for each in (records, other)]
    assert both == [True, False]
    await other.close()
    await records.close()
    again = Records(settings)
    claims = Statistics(again)
    assert not await claims.claim_week(HERE, NOW)
    assert await claims.claim_week(ELSEWHERE, NOW)
    assert (await claims.had_week(HERE, NOW), await claims.had_week(HERE, NOW + 9)) == (True, False)
    assert await claims.claim_week(HERE, NOW + WEEK_SECONDS)
    assert not await claims.claim_week(HERE, NOW)
    await again.close()


async def test_a_claim_outlives_the_days_until_its_week_is_over(tmp_path: Path) -> None:
    settings = RecordSettings(file=str(tmp_path / "short.sqlite"), days=1)
    _, end = last_week()
    first = Records(settings)
    assert await Statistics(first).claim_week(HERE, end)
    await first.close()
    again = Records(settings)
    await again.save_answer(ASKED, 7)
    assert not await Statistics(again).claim_week(HERE, end)
    await again.close()


@pytest.mark.parametrize("hours", [0, 1, 24 * 6 + 23])
def test_a_week_begins_on_a_monday_and_is_over(hours: int) -> None:
    monday = datetime(2026, 11, 23, tzinfo=UTC).timestamp()
    assert last_week(monday + hours * 3600) == (monday - WEEK_SECONDS, monday)


async def test_what_an_older_bot_kept_of_a_command_goes_since_it_may_have_been_private(
    settings: RecordSettings, records: Records, statistics: Statistics
) -> None:
    with closing(sqlite3.connect(settings.file)) as database:
        for script in MIGRATIONS[:5]:
            database.executescript(script)
        database.execute("PRAGMA user_version = 5")
        for message, question, server, text in (
            (1, 0, HERE, "By a command?"),
            (2, 9, HERE, "By a mention?"),
            (3, 8, 0, "Directly?"),
        ):
            database.execute(
                "INSERT INTO answers (message, question, channel, server, outcome, confidence, "
                "generation, text, moment) VALUES (?, ?, 5, ?, 'none', 0, 'g', ?, ?)",
                (message, question, server, text, NOW),
            )
        database.commit()
    assert await texts(statistics) == ["By a mention?"]
    assert (await today(statistics)).asked == 2
    assert [each["text"] for each in await records.run("SELECT text FROM answers")] == [
        *(None, "By a mention?", None)
    ]


async def test_rows_that_are_damaged_are_counted_as_far_as_they_can_be(
    records: Records, statistics: Statistics
) -> None:
    await keep(records, ASKED)
    await records.run("UPDATE answers SET seconds = 'soon', channel = 'general', text = ?", b"\xff")
    assert (await today(statistics)).in_vain == 1
    assert len(await texts(statistics)) == 1
