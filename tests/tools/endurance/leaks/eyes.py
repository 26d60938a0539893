"""Who sees what at a moment: the names of the collections that all who read a place may see."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import TypeVar

from tests.support.visibility import (
    MANAGE_SERVER,
    Asking,
    Person,
    Server,
    World,
    everybody,
    for_whom,
    may,
    may_see,
    may_show,
    sees,
    views,
)

T = TypeVar("T")
Names = frozenset[str]


@dataclass(frozen=True, slots=True)
class Sight:
    """The names of what somebody sees, and of what they manage at the place where they are."""

    names: Names
    managed: Names = frozenset()


NOTHING = Sight(frozenset())


class Eyes:
    """Looks at a world by the slow model, which goes through everybody; until something changes.

    Of who reads a channel all are reckoned with that could be there, but the asker as they are.
    """

    def __init__(self, plain: Callable[[], World]) -> None:
        """Look at what `plain` says."""
        self._plain = plain
        self._kept: dict[object, object] = {}

    def forget(self) -> None:
        """Look again."""
        self._kept.clear()

    @property
    def world(self) -> World:
        """What is, in plain data."""
        return self._once("world", self._plain)

    def alone(self, user: int, server: int) -> Sight:
        """What somebody may see by what they are in a server, or in 0 by all of theirs."""
        return self._once(("alone", user, server), lambda: self._alone(user, server))

    def shown(self, user: int, server: int, channel: int) -> Names:
        """What may be shown to somebody in a channel for all to see."""
        asking = Asking(user, server if server in self.world.servers else 0, channel, alone=False)
        return self._once(asking, lambda: may_show(self.world, asking))

    def readers(self, server: int, channel: int, asker: int) -> frozenset[Sight]:
        """What those may see who could read a channel or thread, each for themselves."""
        if server not in self.world.servers:
            return frozenset({self._for_everybody()})
        here = self.world.servers[server]
        if channel not in here.channels and channel not in here.threads:
            self.forget()
            here = self.world.servers[server]
        key = server, channel, asker
        return self._once(key, lambda: self._readers(here, channel, asker))

    def _alone(self, user: int, server: int) -> Sight:
        world = self.world
        here = world.servers.get(server)
        asking = Asking(user, server if here else 0, 0, alone=True)
        managed = self._managed(here, user) if here else frozenset()
        return Sight(may_see(world, asking), managed)

    def _managed(self, server: Server, user: int) -> Names:
        world = self.world
        if user in world.owners:
            return world.names
        if user not in server.members:
            return frozenset()
        person = Person(user, server.members[user])
        if not (may(server, person, MANAGE_SERVER) or server.keepers in person.roles):
            return frozenset()
        return frozenset(name for name in world.names if for_whom(world, name).manager == server.id)

    def _readers(self, server: Server, number: int, asker: int) -> frozenset[Sight]:
        if number in server.threads:
            number = server.threads[number].parent
        if number not in server.channels:
            return frozenset({self._for_everybody()})
        channel = server.channels[number]
        return frozenset(
            self._once((server.id, person), partial(self._seen, server, person))
            for person in everybody(server, channel, asker)
            if views(server, channel, person)
        )

    def _seen(self, server: Server, person: Person) -> Sight:
        world = self.world
        shared = {each.name for each in world.collections if not each.each}
        return Sight(
            frozenset(
                name
                for name in world.names
                if (person.id in world.owners and name in shared)
                or sees(server, for_whom(world, name), person)
            )
        )

    def _for_everybody(self) -> Sight:
        world = self.world
        return Sight(frozenset(name for name in world.names if for_whom(world, name).everybody))

    def _once(self, key: object, find: Callable[[], T]) -> T:
        if key not in self._kept:
            self._kept[key] = find()
        found: T = self._kept[key]  # type: ignore[assignment]
        return found
