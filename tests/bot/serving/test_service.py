"""The event loop stays free, whatever the index does."""

import asyncio
from collections.abc import Sequence

import pytest

from bot.errors import Busy, Restarting, TooSlow, explain
from bot.serving.service import AnswerService
from bot.settings import LoggingSettings, ServiceSettings
from index import Answer, BuildReport, Index, Library, NoAnswer, Progress, Question, QuestionError
from index.errors import StoreError
from tests.support.questions import question
from tests.support.slow_index import BUILT, SlowIndex


async def test_a_slow_answer_is_given_up_and_frees_its_place_when_done(
    settings: ServiceSettings,
) -> None:
    index = SlowIndex()
    service = AnswerService(index.library, settings, LoggingSettings())
    with pytest.raises(TooSlow, match=r"longer than 0\.2 seconds"):
        await service.answer(index.shelf, question("first"))
    with pytest.raises(Busy, match="Too many questions"):
        await service.answer(index.shelf, question("second"))
    index.go.set()
    await asyncio.sleep(0.1)
    assert isinstance(await service.answer(index.shelf, question("third")), NoAnswer)
    service.close()


async def test_a_service_that_ends_waits_until_replies_are_delivered_and_takes_nothing_new() -> (
    None
):
    index = SlowIndex()
    service = AnswerService(index.library, ServiceSettings(), LoggingSettings())
    delivered = asyncio.Event()

    async def member() -> None:
        await service.answer(index.shelf, question("first"))
        await asyncio.sleep(0.1)
        delivered.set()

    asking = asyncio.create_task(member())
    await asyncio.sleep(0.05)
    draining = asyncio.create_task(service.drain(5))
    await asyncio.sleep(0.05)
    with pytest.raises(Restarting, match="please ask again in a minute"):
        await service.answer(index.shelf, question("second"))
    with pytest.raises(Restarting):
        service.rebuild("", lambda _stage, _done, _total: None)
    index.go.set()
    # This task has asked as well, and is still running.
    done, _ = await asyncio.wait({draining}, timeout=0.3)
    assert delivered.is_set()
    assert not done
    draining.cancel()
    await asking
    service.close()


async def test_the_event_loop_runs_on_while_the_model_works(seeds_index: Index) -> None:
    library = Library.of_one(seeds_index)
    shelf = library.open([""])
    service = AnswerService(library, ServiceSettings(), LoggingSettings())
    turns = 0

    async def turn() -> None:
        nonlocal turns
        while True:
            await asyncio.sleep(0)
            turns += 1

    turning = asyncio.create_task(turn())
    questions = [
        question(f"Who directed All of Us Strangers, take {number}?") for number in range(40)
    ]
    for reply in await asyncio.gather(*(service.answer(shelf, each) for each in questions)):
        assert isinstance(reply, Answer | NoAnswer)
    # A loop that waited for the model would have turned a few times an answer.
    assert turns > 10 * len(questions)
    turning.cancel()
    service.close()


async def test_a_rebuild_leaves_the_index_answering(seeds_index: Index) -> None:
    library = Library.of_one(seeds_index)
    service = AnswerService(library, ServiceSettings(), LoggingSettings())
    build = service.rebuild("", lambda _stage, _done, _total: None)
    answered = 0
    while not build.done():
        reply = await service.answer(
            library.open([""]), question("Who directed All of Us Strangers?")
        )
        assert isinstance(reply, Answer)
        answered += 1
    assert answered
    assert len((await build).manifest.documents) == 5
    service.close()


class BuildingIndex(SlowIndex):
    """An index whose rebuild takes its time."""

    builds = 0

    def rebuild(self, _progress: Progress, *, everything: bool = False) -> BuildReport:
        """Wait."""
        self.builds += 1
        self.go.wait(5)
        raise StoreError("everything" if everything else "changes")


async def test_rebuilds_are_refused_while_one_is_running_and_never_lined_up() -> None:
    index = BuildingIndex()
    service = AnswerService(index.library, ServiceSettings(), LoggingSettings())
    build = service.rebuild("", lambda _stage, _done, _total: None)
    for _ in range(50):
        with pytest.raises(Busy, match="A rebuild is running already"):
            service.rebuild("", lambda _stage, _done, _total: None, everything=True)
    index.go.set()
    with pytest.raises(StoreError, match="changes"):
        await build
    with pytest.raises(StoreError, match="everything"):
        await service.rebuild("", lambda _stage, _done, _total: None, everything=True)
    assert index.builds == 2
    service.close()


def test_our_errors_are_told_and_others_are_logged(caplog: pytest.LogCaptureFixture) -> None:
    assert explain(QuestionError("the question is empty")) == "The question is empty"
    assert not caplog.records
    assert "went wrong" in explain(ZeroDivisionError("secret"))
    assert "secret" in caplog.text


class CountingIndex(SlowIndex):
    """An index that counts what it is asked as well."""

    def __init__(self) -> None:
        """Nothing was asked."""
        super().__init__()
        self.asked: list[str] = []

    def answer(self, asked: Question, earlier: Sequence[str] = ()) -> NoAnswer:
        """Count, wait, refuse."""
        self.asked.append(asked.text)
        return super().answer(asked, earlier)


async def test_equal_questions_share_an_answer_which_a_new_generation_empties() -> None:
    index = CountingIndex()
    service = AnswerService(index.library, ServiceSettings(), LoggingSettings())
    asking = [
        asyncio.create_task(service.answer(index.shelf, question("Why?"), (), server))
        for server in range(5)
    ]
    other = asyncio.create_task(service.answer(index.shelf, question("Why?"), ("How?",)))
    await asyncio.sleep(0.1)
    index.go.set()
    replies = await asyncio.gather(*asking, other)
    assert len({id(reply) for reply in replies[:5]}) == 1
    assert index.asked == ["Why?", "Why?"]
    await asyncio.sleep(0)
    assert await service.answer(index.shelf, question("Why?")) is replies[0]
    assert len(index.asked) == 2
    index.generation = BUILT.replace("2026", "2027")
    assert await service.answer(index.shelf, question("Why?")) is not replies[0]
    assert len(index.asked) == 3
    service.close()


async def test_which_collections_there_are_is_told_however_much_is_asked(
    settings: ServiceSettings,
) -> None:
    index = SlowIndex()
    service = AnswerService(index.library, settings, LoggingSettings())
    with pytest.raises(TooSlow):
        await service.answer(index.shelf, question("first"))
    # The one place is still held.
    assert await service.names() == {""}
    index.go.set()
    service.close()
