"""Plans that wait for the member who made them to decide."""

import secrets
import time
from collections import OrderedDict
from dataclasses import dataclass

from bot.uploads.plans import Plan

# Each waits for so long, and all of them hold so many bytes; the last one whatever it holds.
WAITING_SECONDS = 600.0
WAITING_BYTES = 64_000_000


@dataclass(frozen=True, slots=True)
class _Waiting:
    """A plan, and who made it when, by the monotonic clock."""

    member: int
    plan: Plan
    since: float


class Waiting:
    """Plans that nobody has decided on yet, in the memory of this process."""

    def __init__(self) -> None:
        """Begin with none."""
        self._plans: OrderedDict[str, _Waiting] = OrderedDict()

    def put(self, member: int, plan: Plan) -> str:
        """Keep the plan of a member; return its name."""
        name = secrets.token_hex(8)
        self._plans[name] = _Waiting(member, plan, time.monotonic())
        self._forget()
        return name

    def take(self, name: str, member: int) -> Plan | None:
        """Return the plan of that name and forget it; None if that member has none, or no more."""
        self._forget()
        waiting = self._plans.get(name)
        if waiting is None or waiting.member != member:
            return None
        return self._plans.pop(name).plan

    def _forget(self) -> None:
        """Forget plans that are too old, or too much."""
        oldest = time.monotonic() - WAITING_SECONDS
        held = sum(each.plan.size for each in self._plans.values())
        while self._plans:
            first = next(iter(self._plans.values()))
            if first.since > oldest and (held <= WAITING_BYTES or len(self._plans) == 1):
                return
            held -= first.plan.size
            self._plans.popitem(last=False)
