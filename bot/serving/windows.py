"""How often something was done within a minute."""

import time
from collections import OrderedDict

SECONDS = 60.0
# Of so many members, channels or servers the last minute is remembered.
MOST = 20_000


class Windows:
    """Counts by number, for each over a minute from its first on, then anew."""

    def __init__(self, rate: int) -> None:
        """Let there be `rate` a minute of each number."""
        self.rate = rate
        # When the minute of a number ends, and its count; in the order in which they end.
        self._counts: OrderedDict[int, tuple[float, int]] = OrderedDict()

    def wait(self, number: int) -> float:
        """Return how many seconds a number has to wait; 0 if it hasn't."""
        now = self._forget()
        ends, count = self._counts.get(number, (now, 0))
        return ends - now if count >= self.rate else 0.0

    def count(self, number: int) -> None:
        """Count one more."""
        now = self._forget()
        ends, count = self._counts.get(number, (now + SECONDS, 0))
        self._counts[number] = ends, count + 1
        if len(self._counts) > MOST:
            self._counts.popitem(last=False)

    def _forget(self) -> float:
        """Forget the minutes that are over; return the time."""
        now = time.monotonic()
        while self._counts and next(iter(self._counts.values()))[0] <= now:
            self._counts.popitem(last=False)
        return now
