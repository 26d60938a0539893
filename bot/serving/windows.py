"""How often something was done within a minute, or an hour."""

import time
from collections import OrderedDict

SECONDS, HOUR_SECONDS = 60.0, 3600.0
# Of so many members, channels or servers the last minute is remembered.
MOST = 20_000


class Windows:
    """Counts by number, for each over so many seconds from its first on, then anew."""

    def __init__(self, rate: int, seconds: float = SECONDS) -> None:
        """Let there be `rate` of each number in that time."""
        self.rate = rate
        self._seconds = seconds
        # When the time of a number ends, and its count; in the order in which they end.
        self._counts: OrderedDict[int, tuple[float, int]] = OrderedDict()

    def wait(self, number: int) -> float:
        """Return how many seconds a number has to wait; 0 if it hasn't."""
        now = self._forget()
        ends, count = self._counts.get(number, (now, 0))
        return ends - now if count >= self.rate else 0.0

    def count(self, number: int) -> None:
        """Count one more."""
        now = self._forget()
        ends, count = self._counts.get(number, (now + self._seconds, 0))
        self._counts[number] = ends, count + 1
        if len(self._counts) > MOST:
            self._counts.popitem(last=False)

    def _forget(self) -> float:
        """Forget those whose time is over; return what time it is."""
        now = time.monotonic()
        while self._counts and next(iter(self._counts.values()))[0] <= now:
            self._counts.popitem(last=False)
        return now
