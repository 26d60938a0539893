"""What is taught and withdrawn: files in the folder of a collection, and what is known of them."""

import asyncio
import logging
import secrets
import time
from collections.abc import Iterable
from dataclasses import replace
from itertools import count
from typing import NamedTuple

import discord

from bot import moderators
from bot.buttons.documents import place_in, take_in
from bot.conversation.delivery import FAILURES
from bot.errors import BotError, NotTaken, RecordsFailed, explain
from bot.records import Change, Lesson, Lessons
from bot.render.markup import code, inline, plain
from bot.services import Services
from bot.teaching.documents import LEARNED, document, file_name
from bot.teaching.sources import Source, edited_at
from bot.uploads import Author, Place, Plan
from bot.uploads.plans import digest
from index import SeedIndexError

log = logging.getLogger(__name__)

# What Discord says of a message, and of a channel, that isn't there.
UNKNOWN = {10003, 10008}
DEED_CHARS, REASON = 100, 300
DAY_SECONDS = 86_400.0
GONE = "That message is gone, so I learn nothing from it."
EDITED = "That message was changed since you opened the form. Please choose “Teach this” again."
UNREADABLE = (
    "I may not read the messages of that channel, so I couldn't tell when this one is changed. I "
    "lack View Channel or Read Message History there."
)
UNTOLD = "Discord doesn't show me that message now; please try again in a minute."


class MessageGone(BotError):
    """A message that was taught, or is to be, isn't there any more."""


class Fault(NamedTuple):
    """Why something is withdrawn, and how it is taught again: both as parts of a sentence."""

    why: str
    again: str


DELETED = Fault(
    "the message that it was taught from was deleted",
    "*Teach this* in the menu of another message teaches it again",
)
CHANGED = Fault(
    "the message that it was taught from was changed",
    "*Teach this* in its menu teaches what it says now",
)


class Teaching:
    """Teaches and withdraws, one after the other: a message may change while it is taught.

    What Discord tells of a server's messages and clicks comes to one process, so that this is
    enough.
    """

    def __init__(self, client: discord.Client, services: Services) -> None:
        """Change documents with the services' `uploads`, by what `client` sees."""
        self._client = client
        self._services = services
        self._alone = asyncio.Lock()
        # What couldn't be withdrawn, which was told.
        self._standing: set[Lesson] = set()
        self.lessons = Lessons(services.records)

    async def teach(
        self, place: Place, source: Source, question: str, answer: str, author: Author
    ) -> Plan:
        """Make a document of a message that stands as it was, and return what was changed.

        Raises:
            NotTaken: the message is changed, gone or taught already, or the document can't be.
            RecordsFailed: nobody could be told what to withdraw later.
            SeedIndexError: as `Uploads.plan_add`.
        """
        data = document(question, answer, author.name, source)
        async with self._alone:
            await self._refuse_twice(place, source)
            try:
                edited = await self.look(source.server, source.channel, source.message)
            except MessageGone:
                raise NotTaken(GONE) from None
            if edited != source.edited:
                raise NotTaken(EDITED)
            plan = await asyncio.to_thread(self._planned, place, question, data, source.link)
            lesson = Lesson(
                *(source.message, place.collection, source.server, source.channel, source.parent),
                *(plan.path, plan.after, edited),
            )
            # Where the name was free, what was taught by it before is gone.
            for other in await self.lessons.of_path(place.collection, plan.path):
                if not other.missing:
                    await self.lessons.save(replace(other, missing=time.time()))
            # Before the file: of one that nobody knows, nothing could be withdrawn.
            await self.lessons.save(lesson)
            try:
                await asyncio.to_thread(self._services.uploads.take, plan, author)
            except (BotError, SeedIndexError):
                await self.lessons.forget(lesson)
                raise
        return plan

    async def forget(self, place: Place, lesson: Lesson, author: Author) -> Plan:
        """Remove what was taught, and return what was changed.

        Raises:
            NotTaken: there is no such document, or it can't be removed.
            SeedIndexError: as `Uploads.plan_remove`.
        """
        async with self._alone:
            if not await self.stands(lesson):
                message = f"What was taught as {lesson.path} isn't there any more."
                raise NotTaken(message)
            plan = await asyncio.to_thread(self._remove, place, lesson.path, author)
            await self._is_missing(lesson)
        return plan

    async def withdraw(self, lessons: Iterable[Lesson], fault: Fault) -> bool:
        """Take away what was taught from messages that are changed or gone, and tell of it.

        What can't be taken away is told, too, once; then the result is False.
        """
        done = True
        plans: dict[str, Plan] = {}
        for lesson in lessons:
            try:
                async with self._alone:
                    plan = await self._withdrawn(lesson, fault)
            except (BotError, SeedIndexError) as error:
                log.warning("%s can't be withdrawn: %s", lesson.path, error)
                done = False
                if lesson not in self._standing:
                    self._standing.add(lesson)
                    reason = inline(explain(error), REASON)
                    await self._tell(lesson, f"could not withdraw {_named(lesson)}: {reason}")
            else:
                self._standing.discard(lesson)
                if plan is not None:
                    plans[lesson.collection] = plan
        for plan in plans.values():
            log.info("%s is withdrawn: %s", plan.path, await take_in(self._services, plan))
        return done

    async def settled(self) -> None:
        """Wait until what is being taught at this moment is."""
        async with self._alone:
            return

    async def stands(self, lesson: Lesson) -> bool:
        """Whether there is still the file that was taught, or was put back; else note since when.

        What was missing is back as it was, or it is another one by the same name. What is missing
        for longer than it could be put back is forgotten.

        Raises:
            NotTaken: the file can't be looked at.
            RecordsFailed: the records can't be written.
            SeedIndexError: there is no such collection any more.
        """
        place = place_in(self._services, lesson.collection)
        found = await asyncio.to_thread(_content, place, lesson.path)
        if found is not None and not (lesson.missing and digest(found) != lesson.sha256):
            if lesson.missing:
                await self.lessons.save(replace(lesson, missing=0.0))
            return True
        kept = self._services.config.records.days * DAY_SECONDS
        if lesson.missing and time.time() - lesson.missing > kept:
            await self.lessons.forget(lesson)
        elif not lesson.missing:
            await self._is_missing(lesson)
        return False

    async def look(self, server: int, channel: int, message: int) -> float:
        """Ask Discord for a message; return when it was edited last, 0 if never.

        Raises:
            MessageGone: there is no such message any more.
            NotTaken: it can't be seen now, or by the bot.
        """
        place = self._client.get_partial_messageable(channel, guild_id=server)
        try:
            return edited_at(await place.fetch_message(message))
        except discord.NotFound as error:
            if error.code in UNKNOWN:
                raise MessageGone(GONE) from None
            raise NotTaken(UNTOLD) from error
        except discord.Forbidden as error:
            raise NotTaken(UNREADABLE) from error
        except FAILURES as error:
            log.info("message %s can't be looked at: %s", message, error or type(error).__name__)
            raise NotTaken(UNTOLD) from error

    async def _refuse_twice(self, place: Place, source: Source) -> None:
        for lesson in await self.lessons.of_messages([source.message]):
            if lesson.collection == place.collection and await self.stands(lesson):
                message = (
                    f"That message is taught already, as {lesson.path}; `/forget` takes it back."
                )
                raise NotTaken(message)

    async def _withdrawn(self, lesson: Lesson, fault: Fault) -> Plan | None:
        """Take one away; None where there is nothing to take away, or somebody changed it.

        Raises:
            NotTaken, RecordsFailed, SeedIndexError: as `forget`.
        """
        try:
            place = place_in(self._services, lesson.collection)
        except SeedIndexError:
            # Nobody is answered from a collection that is gone; if it comes back, it is looked at.
            return None
        found = await asyncio.to_thread(_content, place, lesson.path)
        if found is None:
            await self._is_missing(lesson)
            return None
        if digest(found) != lesson.sha256:
            if lesson.missing:
                return None  # what is there now was taught from another message
            await self.lessons.forget(lesson)
            await self._tell(
                lesson,
                f"left {_named(lesson)} as it is, though {fault.why}: somebody changed the "
                "document since, so whether it goes is for you to say, with `/documents remove`",
            )
            return None
        plan = await asyncio.to_thread(self._remove, place, lesson.path, self._me)
        await self._is_missing(lesson)
        await self._tell(lesson, f"withdrew {_named(lesson)}, since {fault.why}; {fault.again}")
        return plan

    def _planned(self, place: Place, question: str, data: bytes, link: str) -> Plan:
        """Plan a new file in the folder for that, by a name that no other has.

        Raises:
            NotTaken, SeedIndexError: as `Uploads.plan_add`.
        """
        folder = "/".join((*place.folder, LEARNED))
        names = (file_name(question, number) for number in count(1))
        name = next(each for each in names if _content(place, f"{folder}/{each}") is None)
        return self._services.uploads.plan_add(place, name, data, LEARNED, link=link)

    def _remove(self, place: Place, path: str, author: Author) -> Plan:
        plan = self._services.uploads.plan_remove(place, path)
        self._services.uploads.take(plan, author)
        return plan

    async def _is_missing(self, lesson: Lesson) -> None:
        """Note that a file is gone; where that can't be kept, the next look finds it out."""
        try:
            await self.lessons.save(replace(lesson, missing=time.time()))
        except RecordsFailed as error:
            log.warning("%s is gone, which isn't noted yet: %s", lesson.path, error)

    @property
    def _me(self) -> Author:
        user = self._client.user
        return Author(user.id if user else 0, plain(str(user)))

    async def _tell(self, lesson: Lesson, deed: str) -> None:
        """Tell the moderators of what the bot did by itself."""
        me = self._me
        await moderators.tell_of(
            self._client,
            self._services,
            lesson.server,
            Change(me.member, me.name, deed, time.time()),
            secrets.randbits(62),
            lesson.collection,
            unnamed="withdrew a document that was taught, or tried to",
        )


def _content(place: Place, path: str) -> bytes | None:
    """What the file at a path holds; None where there is none.

    Raises:
        NotTaken: that can't be told.
    """
    try:
        return place.content(path)
    except OSError as error:
        message = f"I can't look at {path}: {error.strerror or type(error).__name__}."
        raise NotTaken(message) from error


def _named(lesson: Lesson) -> str:
    return f"the document {code(lesson.path, DEED_CHARS)}"
