"""Whose messages are left out of what is gathered, and what else is kept of a member."""

import time
from collections.abc import Callable
from dataclasses import dataclass

from bot.records.records import Records


@dataclass(frozen=True, slots=True)
class Kept:
    """What is kept of a member: answers to them, and changes that they made as a moderator."""

    answers: int
    changes: int
    left_out: bool


class Privacy:
    """What members have decided on their own messages; it holds in all servers of the bot.

    They are kept as hashes, which say nothing to who hasn't the key, and aren't those of who asked.
    """

    def __init__(self, records: Records) -> None:
        """Keep it in the bot's records."""
        self._records = records

    async def leave_out(self, member: int) -> None:
        """Let nothing be gathered of a member's messages.

        Raises:
            RecordsFailed: that can't be kept.
        """
        name = (await self.namer())(member)
        await self._records.run("INSERT OR IGNORE INTO left_out VALUES (?, ?)", name, time.time())

    async def take_in(self, member: int) -> None:
        """Let a member's messages be gathered as others' are.

        Raises:
            RecordsFailed: that can't be kept.
        """
        name = (await self.namer())(member)
        await self._records.run("DELETE FROM left_out WHERE member = ?", name)

    async def left_out(self) -> frozenset[str]:
        """Return those who are left out, as `namer` names them.

        Raises:
            RecordsFailed: the records can't be read.
        """
        rows = await self._records.run("SELECT CAST(member AS TEXT) FROM left_out")
        return frozenset(str(row[0]) for row in rows)

    async def namer(self) -> Callable[[int], str]:
        """Return what names members by their numbers so that nobody else can tell who they are.

        Raises:
            RecordsFailed: the records can't be opened.
        """
        await self._records.run("SELECT 1")  # the key is there once they are open
        return lambda member: self._records.hashed(f"messages:{member}")

    async def kept(self, member: int) -> Kept:
        """Return what is kept of a member.

        Raises:
            RecordsFailed: the records can't be read.
        """
        name = (await self.namer())(member)
        asker = self._records.hashed(str(member))
        counts = [
            int(rows[0][0])
            for statement, value in (
                ("SELECT COUNT(*) FROM answers WHERE asker = ?", asker),
                ("SELECT COUNT(*) FROM changes WHERE member = ?", member),
                ("SELECT COUNT(*) FROM left_out WHERE member = ?", name),
            )
            if (rows := await self._records.run(statement, value))
        ]
        answers, changes, left_out = counts
        return Kept(answers, changes, left_out=bool(left_out))
