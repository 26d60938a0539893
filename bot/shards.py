"""Which of the bot's connections to Discord, its shards, a process has."""

import re
from dataclasses import dataclass
from typing import Self

from bot.errors import StartError

VARIABLE = "SEEDBOT_SHARDS"
AUTO = "auto"
WRITTEN = re.compile(r"(?P<first>[0-9]{1,5})(?:-(?P<last>[0-9]{1,5}))?/(?P<count>[0-9]{1,5})")


@dataclass(frozen=True, slots=True)
class Shards:
    """The shards with the numbers `ids` of `count`; each server is on one of them.

    A `count` of 1 is one connection for all; with 0 this process has as many as Discord wants.
    """

    ids: range = range(1)
    count: int = 1

    @classmethod
    def parse(cls, text: str) -> Self:
        """Read "0-3/16", "5/16", or "auto".

        Raises:
            StartError: it is something else.
        """
        if text.strip().casefold() == AUTO:
            return cls(range(0), 0)
        found = WRITTEN.fullmatch(text.strip())
        if found:
            first, count = int(found["first"]), int(found["count"])
            last = int(found["last"] or first)
            if first <= last < count:
                return cls(range(first, last + 1), count)
        message = (
            f"{text!r} is no part of the shards (`--shards` or {VARIABLE}): say which of how many, "
            "counted from 0, as in 0-3/16 or 5/16; or auto, for as many as Discord wants"
        )
        raise StartError(message)

    @property
    def whole(self) -> bool:
        """Whether this process has all there are."""
        return len(self.ids) == self.count

    @property
    def first(self) -> bool:
        """Whether this process has shard 0, to which direct messages come."""
        return self.whole or 0 in self.ids

    def have(self, server: int) -> bool:
        """Whether a server is on one of these, by its number."""
        return self.whole or (server >> 22) % self.count in self.ids

    def __str__(self) -> str:
        if not self.count:
            return "as many shards as Discord wants"
        if len(self.ids) == 1:
            return f"shard {self.ids[0]} of {self.count}"
        return f"shards {self.ids[0]} to {self.ids[-1]} of {self.count}"


ONE = Shards()
