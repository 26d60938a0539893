"""Which messages are documents now, so that these go when the messages change."""

import json
import logging
from collections.abc import Collection
from dataclasses import asdict, dataclass

from pydantic import TypeAdapter, ValidationError

from bot.records.records import Records

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Lesson:
    """A message that was taught to a collection, as the file at `path` with that SHA-256.

    `parent` is the channel of the thread that it stands in, 0 where it stands in none; `edited`
    when it had been edited last, in seconds since 1970, 0 if never; `missing` since when there is
    no such file, 0 while there is.
    """

    message: int
    collection: str
    server: int
    channel: int
    parent: int
    path: str
    sha256: str
    edited: float
    missing: float = 0.0


ROW = TypeAdapter(Lesson)
COLUMNS = ", ".join(Lesson.__dataclass_fields__)


class Lessons:
    """All that was taught, in the records."""

    def __init__(self, records: Records) -> None:
        """Keep it there."""
        self._records = records

    async def save(self, lesson: Lesson) -> None:
        """Keep a lesson, in the place of what the same message taught by the same path before.

        Raises:
            RecordsFailed: the records can't be written; so does everything else here.
        """
        values = asdict(lesson)
        places = ", ".join("?" * len(values))
        await self._records.run(
            f"INSERT OR REPLACE INTO taught ({COLUMNS}) VALUES ({places})",  # noqa: S608 - our own names
            *values.values(),
        )

    async def forget(self, lesson: Lesson) -> None:
        """Forget a lesson, unless another has taken its place."""
        await self._records.run(
            "DELETE FROM taught WHERE message = ? AND collection = ? AND path = ?",
            *(lesson.message, lesson.collection, lesson.path),
        )

    async def of_messages(self, messages: Collection[int]) -> list[Lesson]:
        """Return what these messages taught."""
        return await self._found(
            "message IN (SELECT value FROM json_each(?))", json.dumps(list(messages))
        )

    async def of_channel(self, channel: int) -> list[Lesson]:
        """Return what was taught from a channel or a thread, or from the threads of a channel."""
        return await self._found("channel = ? OR parent = ?", channel, channel)

    async def all(self) -> list[Lesson]:
        """Return all that was taught."""
        return await self._found("TRUE")

    async def of_collection(self, collection: str) -> list[Lesson]:
        """Return what was taught to a collection, the newest first."""
        return await self._found("collection = ?", collection)

    async def of_path(self, collection: str, path: str) -> list[Lesson]:
        """Return what was taught to a collection as the file at a path, one after the other."""
        return await self._found("collection = ? AND path = ?", collection, path)

    async def _found(self, condition: str, *values: object) -> list[Lesson]:
        rows = await self._records.run(
            f"SELECT {COLUMNS} FROM taught WHERE {condition} ORDER BY message DESC",  # noqa: S608 - our own words
            *values,
        )
        lessons = []
        for row in rows:
            try:
                lessons.append(ROW.validate_python(dict(row)))
            except ValidationError:
                # Who can't tell what it was can't take it away either.
                log.warning("the records hold something taught that can't be understood")
        return lessons
