"""Which replies the team was asked about: each once, whoever clicks how often in which process."""

import time

from bot.records.records import Records

# Who claimed a reply and hasn't opened a thread by then has died.
CLAIMED_SECONDS = 120.0


class Handed:
    """The replies that were handed over, by the numbers of their messages."""

    def __init__(self, records: Records) -> None:
        """Keep them in the records."""
        self._records = records

    async def claim(self, message: int, server: int) -> bool:
        """Whether a reply is the caller's to hand over: nobody else has, or is about to.

        Raises:
            RecordsFailed: the records can't be written.
        """
        now = time.time()
        rows = await self._records.run(
            "INSERT INTO handed (message, server, moment) VALUES (?, ?, ?) "
            "ON CONFLICT (message) DO UPDATE SET moment = excluded.moment "
            "WHERE thread = 0 AND moment < ? RETURNING message",
            *(message, server, now, now - CLAIMED_SECONDS),
        )
        return bool(rows)

    async def thread(self, message: int) -> int:
        """Return the number of the thread in which the team was asked; 0 where it wasn't yet."""
        rows = await self._records.run(
            "SELECT CAST(thread AS INTEGER) FROM handed WHERE message = ?", message
        )
        return int(rows[0][0]) if rows else 0

    async def done(self, message: int, thread: int) -> None:
        """Keep in which thread the team was asked."""
        await self._records.run("UPDATE handed SET thread = ? WHERE message = ?", thread, message)

    async def give_up(self, message: int) -> None:
        """Let another click try again."""
        await self._records.run("DELETE FROM handed WHERE message = ? AND thread = 0", message)
