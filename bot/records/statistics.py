"""What was asked of the bot in a server, counted; what was asked in vain; and the weekly word."""

import asyncio
import sqlite3
import time
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime

from bot.records.records import Records

DAY_SECONDS = 86_400
WEEK_SECONDS = 7 * DAY_SECONDS
# 1970 began on a Thursday, so many seconds after a Monday did.
MONDAY_SECONDS = 3 * DAY_SECONDS

# What became of a question, by the name that the records have for it; "bad" is an answer that
# members found wrong at least as often as right.
KINDS = ("answer", "bad", "nearest", "none")
# A server's answers between two moments, with how often each was rated well and badly.
ANSWERS = """
    SELECT *, CASE WHEN outcome IN ('none', 'nearest') THEN outcome
    WHEN bad > 0 AND bad >= good THEN 'bad' ELSE 'answer' END AS kind FROM (
        SELECT *,
        (SELECT COUNT(*) FROM feedback AS f
            WHERE f.message = answers.message AND verdict = 'helpful') AS good,
        (SELECT COUNT(*) FROM feedback AS f
            WHERE f.message = answers.message AND verdict != 'helpful') AS bad
        FROM answers WHERE server = ? AND moment >= ? AND moment < ?
    )
"""


@dataclass(frozen=True, slots=True)
class Unanswered:
    """A question that wasn't answered well: `kind` is one of `KINDS` but the first.

    `message`, `channel` and `place` are those of its answer, as in `AnswerRecord`; `moment` is in
    seconds since 1970.
    """

    message: int
    channel: int
    place: int
    kind: str
    moment: float
    text: str


@dataclass(slots=True)
class Span:
    """What was asked in some days from `begin` on (seconds since 1970): how often what came of it.

    `helpful` and `unhelpful` count verdicts; `seconds` are the times that answers took, in
    hundredths of a second, and how often; from a second on they are rounded to tenths.
    """

    begin: float
    kinds: Counter[str] = field(default_factory=Counter)
    helpful: int = 0
    unhelpful: int = 0
    seconds: Counter[int] = field(default_factory=Counter)

    @property
    def asked(self) -> int:
        """How many questions there were."""
        return self.kinds.total()

    @property
    def answered(self) -> int:
        """How many had an answer, good or bad."""
        return self.kinds["answer"] + self.kinds["bad"]

    @property
    def in_vain(self) -> int:
        """How many had none, or a bad one."""
        return self.asked - self.kinds["answer"]

    def took(self, share: float) -> float | None:
        """Within how many seconds that share of the questions had its answer; None: not known."""
        counted, wanted = 0, share * self.seconds.total()
        for hundredths in sorted(self.seconds):
            counted += self.seconds[hundredths]
            if counted >= wanted:
                return hundredths / 100
        return None

    @classmethod
    def over(cls, spans: "Sequence[Span]") -> "Span":
        """Return several as one."""
        whole = cls(spans[0].begin)
        for span in spans:
            whole.kinds += span.kinds
            whole.seconds += span.seconds
            whole.helpful += span.helpful
            whole.unhelpful += span.unhelpful
        return whole


def first_day(days: int, now: float | None = None) -> float:
    """Return when the first of so many days began, of which today is the last (UTC)."""
    now = time.time() if now is None else now
    return now - now % DAY_SECONDS - (days - 1) * DAY_SECONDS


def last_week(now: float | None = None) -> tuple[float, float]:
    """Return when the last whole week began, on a Monday, and when it ended (UTC)."""
    now = time.time() if now is None else now
    end = now - (now + MONDAY_SECONDS) % WEEK_SECONDS
    return end - WEEK_SECONDS, end


def date(moment: float) -> datetime:
    """Return the day of a moment (UTC)."""
    return datetime.fromtimestamp(moment, UTC)


class Statistics:
    """Counts what the records have of a server's questions."""

    def __init__(self, records: Records) -> None:
        """Count in `records`."""
        self._records = records

    async def spans(self, server: int, begin: float, days: int, step: int = 1) -> list[Span]:
        """Return what was asked in each of so many days from `begin`, or in each `step` of them.

        Raises:
            RecordsFailed: the records can't be read.
        """
        seconds = step * DAY_SECONDS
        rows = await self._records.run(
            "SELECT CAST((moment - ?) / ? AS INTEGER) AS number, kind, "  # noqa: S608 - our own words
            "CASE WHEN seconds < 1 THEN CAST(seconds * 100 + 0.5 AS INTEGER) "
            "ELSE CAST(seconds * 10 + 0.5 AS INTEGER) * 10 END AS took, COUNT(*) AS count, "
            f"SUM(good) AS good, SUM(bad) AS bad FROM ({ANSWERS}) GROUP BY number, kind, took",
            *(begin, seconds, server, begin, begin + days * DAY_SECONDS),
        )
        spans = [Span(begin + at) for at in range(0, days * DAY_SECONDS, seconds)]
        await asyncio.to_thread(_count, rows, spans)
        return spans

    async def unanswered(
        self, server: int, begin: float, end: float, most: int
    ) -> list[Unanswered]:
        """Return what wasn't answered well between two moments and has a text, the newest first.

        Raises:
            RecordsFailed: the records can't be read.
        """
        rows = await self._records.run(
            "SELECT message, CAST(channel AS INTEGER), CAST(place AS INTEGER), kind, "  # noqa: S608 - our own words
            f"CAST(moment AS REAL), CAST(text AS TEXT) FROM ({ANSWERS}) "
            "WHERE kind != 'answer' AND place != 0 AND text != '' ORDER BY moment DESC LIMIT ?",
            *(server, begin, end, most),
        )
        return [Unanswered(*row) for row in rows]

    async def claim_week(self, server: int, end: float) -> bool:
        """Whether the word on the week until `end` is still to be said, which it then counts as.

        Of several processes that ask at the same moment, one is told so. It is kept until the next
        week is over, however few days the rest is.

        Raises:
            RecordsFailed: the records can't be read or written.
        """
        claimed = await self._records.run(
            "INSERT INTO weekly VALUES (?, ?) ON CONFLICT (server) DO UPDATE "
            "SET moment = excluded.moment WHERE moment < excluded.moment RETURNING server",
            *(server, end + WEEK_SECONDS),
        )
        return bool(claimed)

    async def had_week(self, server: int, end: float) -> bool:
        """Whether the word on the week until `end` was said.

        Raises:
            RecordsFailed: the records can't be read.
        """
        query = "SELECT 1 FROM weekly WHERE server = ? AND moment >= ?"
        return bool(await self._records.run(query, server, end + WEEK_SECONDS))


def _count(rows: Sequence[sqlite3.Row], spans: Sequence[Span]) -> None:
    """Add counted rows to the spans that they are numbered by."""
    for row in rows:
        span = spans[int(row["number"])]
        span.kinds[row["kind"]] += row["count"]
        span.helpful += int(row["good"])
        span.unhelpful += int(row["bad"])
        if row["took"] is not None:
            span.seconds[row["took"]] += row["count"]
