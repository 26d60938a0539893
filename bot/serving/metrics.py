"""What the bot counts of itself, for Prometheus."""

import time
from collections.abc import Awaitable, Callable

from prometheus_client import (
    CollectorRegistry,
    Counter,
    Gauge,
    Histogram,
    ProcessCollector,
    generate_latest,
)
from prometheus_client.exposition import CONTENT_TYPE_PLAIN_0_0_4

from bot.errors import Busy, Restarting
from index import Answer, BuildReport, IndexLocked, Library, NoAnswer

CONTENT_TYPE = CONTENT_TYPE_PLAIN_0_0_4
QUESTIONS = ("answer", "nearest", "none", "refused", "failed")
LIMITED = ("question", "look", "typing", "team", "word")
BUILDS = ("made", "unchanged", "failed")
# Seconds: a plain answer takes tenths of one, a written one some, and the limit is 30 by default.
BUCKETS = (0.05, 0.1, 0.2, 0.3, 0.5, 0.75, 1, 2, 3, 5, 10, 20, 30, 60)


class Metrics:
    """Counts questions and builds; every method may be called from any thread."""

    def __init__(self) -> None:
        """Begin at nothing, in a registry of its own."""
        self._registry = CollectorRegistry()
        ProcessCollector(registry=self._registry)
        self._questions = Counter(
            "seedbot_questions",
            "Questions by outcome; refused: the queue is full, the bot ends, no question at all.",
            ["outcome"],
            registry=self._registry,
        )
        self._seconds = Histogram(
            "seedbot_answer_seconds",
            "Seconds from a question to its reply, the waiting included.",
            buckets=BUCKETS,
            registry=self._registry,
        )
        self._limited = Counter(
            "seedbot_limited",
            "What the limits refused, by kind: questions, other commands and buttons, suggestions "
            "to who types, and messages that say so.",
            ["kind"],
            registry=self._registry,
        )
        self._builds = Counter(
            "seedbot_builds",
            "Builds of the index that the bot started, by outcome.",
            ["outcome"],
            registry=self._registry,
        )
        self._last_build = Gauge(
            "seedbot_last_build_timestamp_seconds",
            "When the last build of each outcome ended (Unix time), 0: never.",
            ["outcome"],
            registry=self._registry,
        )
        # Series that begin at 0 show the first increase as well.
        for outcome in QUESTIONS:
            self._questions.labels(outcome)
        for kind in LIMITED:
            self._limited.labels(kind)
        for outcome in BUILDS:
            self._builds.labels(outcome)
            self._last_build.labels(outcome)

    def observe(self, library: Library, waiting: Callable[[], int]) -> None:
        """Tell of the indexes that are open, and how many questions wait, whenever somebody looks.

        They are told together: which collections there are is nobody's business here.
        """

        def passages() -> int:
            return sum(index.manifest.passages for index in library.opened().values())

        def age() -> float:
            built = [index.created_at.timestamp() for index in library.opened().values()]
            return time.time() - max(built) if built else 0.0

        for name, text, value in (
            ("questions_waiting", "Questions that wait for a thread.", waiting),
            ("open_indexes", "Indexes that are open.", lambda: len(library.opened())),
            ("passages", "Passages of the indexes that are open.", passages),
            (
                "generation_age_seconds",
                "Seconds since the newest generation that answers was built.",
                age,
            ),
        ):
            Gauge(f"seedbot_{name}", text, registry=self._registry).set_function(value)

    async def count_question(self, reply: Awaitable[Answer | NoAnswer]) -> Answer | NoAnswer:
        """Wait for the reply to a question and count what comes of it."""
        started = time.perf_counter()
        try:
            result = await reply
        except (Busy, Restarting):
            self._questions.labels("refused").inc()
            raise
        except Exception:
            self._questions.labels("failed").inc()
            raise
        self._seconds.observe(time.perf_counter() - started)
        if isinstance(result, Answer):
            self._questions.labels("answer").inc()
        else:
            self._questions.labels("nearest" if result.nearest else "none").inc()
        return result

    def count_limited(self, kind: str) -> None:
        """Count what the limits refused, one of `LIMITED`."""
        self._limited.labels(kind).inc()

    def count_build(self, build: Callable[[], BuildReport]) -> BuildReport:
        """Build and count what comes of it; that somebody else is building counts for nothing."""
        outcome = "failed"
        try:
            report = build()
            outcome = "made" if report.made else "unchanged"
        except IndexLocked:
            outcome = ""
            raise
        finally:
            if outcome:
                self._builds.labels(outcome).inc()
                self._last_build.labels(outcome).set_to_current_time()
        return report

    def text(self) -> bytes:
        """Return all of it in the format of `CONTENT_TYPE`."""
        return generate_latest(self._registry)
