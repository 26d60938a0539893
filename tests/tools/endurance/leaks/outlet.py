"""All that leaves the bot, by whatever way, and whether somebody sees what isn't for them."""

import json
import logging
import re
from collections import Counter, deque
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

import pytest
from simcord.backend import Backend
from simcord.backend.models import Interaction
from simcord.http import router

from index import Library
from tests.tools.endurance.leaks.documents import COLLECTION, MARK, PATH, Marked
from tests.tools.endurance.leaks.eyes import NOTHING, Eyes, Sight

# As a button or a choice holds it.
KEY = re.compile(r'(?<=[:"])/[\w-]{22}(?=[:"])')
SUGGESTED = 8
SHOWN_CHARS = 1500
STORY = 12
# Who writes files' names into the log, for the owner of the machine.
NAMING = {"bot.moderators", "bot.uploads.uploads", "bot.uploads.plans"}

Mark = tuple[str, str]
"""The code of a document or a collection, and what it stands in."""


@dataclass(frozen=True, slots=True)
class Leak:
    """What somebody saw, in the draw of a number, after the last ones."""

    draw: int
    seen: str
    story: tuple[str, ...]

    def __str__(self) -> str:
        """All of it, a line each."""
        story = "\n".join(f"    {each}" for each in self.story)
        return f"draw {self.draw}: {self.seen}\n{story}"


@dataclass(slots=True)
class Outlet:
    """Looks through what is sent, and remembers the leaks.

    `typed` are the marks that whoever acts has typed, and `actor` is their id.
    """

    backend: Backend
    eyes: Eyes
    library: Library
    made: Mapping[str, Marked]
    actor: int = 0
    typed: frozenset[Mark] = frozenset()
    draw: int = 0
    leaks: list[Leak] = field(default_factory=list)
    troubles: list[str] = field(default_factory=list)
    sent: Counter[str] = field(default_factory=Counter)
    story: deque[str] = field(default_factory=lambda: deque(maxlen=STORY))
    _holders: dict[str, frozenset[str]] = field(default_factory=dict)
    _generations: tuple[str, ...] = ()
    _keys: dict[str, str] = field(default_factory=dict)
    _names: dict[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        """Know documents by their keys, too."""
        self._keys = {document.key: code for code, document in self.made.items()}
        # The letters of a collection's mark, and the name that it stands in.
        names = self.library.names()
        self._names = {match[1]: name for name in names for match in MARK.finditer(name)}

    def watch(self, patch: pytest.MonkeyPatch) -> None:
        """Look at every request of the bot's from now on."""
        dispatch: Callable[..., Any] = router.dispatch

        def watched(backend: Backend, method: str, path: str, **options: object) -> object:
            result: object = dispatch(backend, method, path, **options)
            self._request(method, path, options.get("json"))
            return result

        patch.setattr(router, "dispatch", watched)

    def holders(self, code: str) -> frozenset[str]:
        """The names of the collections whose indexes hold a document now."""
        indexes = {name: self.library.index(name) for name in self.eyes.world.names}
        generations = tuple(index.generation for index in indexes.values())
        if generations != self._generations:
            self._generations = generations
            held = {name: index.manifest.documents for name, index in indexes.items()}
            self._holders = {
                each: frozenset(name for name in held if document.path in held[name])
                for each, document in self.made.items()
            }
        return self._holders[code]

    def told(self, text: str) -> None:
        """Add to the story."""
        self.story.append(f"{self.draw}: {text}")

    def logged(self, record: logging.LogRecord) -> None:
        """Look at what is logged; the names of files and of collections are the owner's own."""
        text = record.getMessage()
        for mark in self.marks(text):
            named = mark[1] == PATH and record.name in NAMING
            if not named and mark[1] != COLLECTION:
                self._leaked(f"{record.name} logs {self._name(mark)}: {text[:300]!r}")
        # What discord.py says of a suggestion that Discord doesn't take is no fault.
        if record.levelno >= logging.ERROR and not record.name.startswith("discord"):
            self.troubles.append(f"draw {self.draw}: {text[:300]} {record.exc_info!r}")

    def measured(self, text: str) -> None:
        """Look at the metrics, which are to name nothing at all."""
        for mark in self.marks(text):
            self._leaked(f"the metrics have {self._name(mark)}")

    def _request(self, method: str, path: str, body: object) -> None:
        """Look at one request, which was taken."""
        text = f"{path} {json.dumps(body)}"
        where, seen = self._seen_by(method, path, body)
        self.sent[where] += 1
        wrong = [
            self._name(mark)
            for mark in sorted(self.marks(text) - self.typed)
            if not all(self._may(mark, each) for each in seen)
        ]
        if wrong:
            self._leaked(f"{where} shows {'; '.join(wrong)}: {method} {text[:SHOWN_CHARS]}")

    def _seen_by(self, method: str, path: str, body: object) -> tuple[str, Iterable[Sight]]:
        """Where a request shows what it says, and what all who see it there may see."""
        parts = path.strip("/").split("/")
        if parts[0] == "channels" and method in {"POST", "PATCH"}:
            return self._in_channel(int(parts[1]), self._asker(parts, body))
        record = self._interaction(parts)
        if record is None:
            # Nobody knows who would see that.
            return method, (NOTHING,)
        server = record.guild_id or 0
        if parts[0] == "interactions" and isinstance(body, dict) and body["type"] == SUGGESTED:
            return "a suggestion", (self.eyes.alone(record.user_id, server),)
        sent = record.message_id
        if parts[0] == "webhooks" and len(parts) == 3:
            sent = record.followup_ids[-1] if record.followup_ids else sent
        message = self.backend.messages[record.channel_id].get(sent or 0)
        if message is None:
            return method, (NOTHING,)
        if message.is_ephemeral:
            user = int((message.interaction_metadata or {})["user"]["id"])
            return "a private reply", (self.eyes.alone(user, server),)
        return self._in_channel(message.channel_id, record.user_id)

    def _in_channel(self, number: int, asker: int) -> tuple[str, Iterable[Sight]]:
        channel = self.backend.channels[number]
        if channel.guild_id is not None:
            where = "a thread" if channel.is_thread else "a channel"
            return where, self.eyes.readers(channel.guild_id, number, asker)
        for user in channel.recipient_ids:
            return "a direct message", (self.eyes.alone(user, 0),)
        return "elsewhere", self.eyes.readers(0, number, asker)

    def _asker(self, parts: list[str], body: object) -> int:
        """Whose message is replied to; else who acts."""
        messages = self.backend.messages[int(parts[1])]
        reference = body.get("message_reference") if isinstance(body, dict) else None
        if reference is None and len(parts) > 3:
            changed = messages.get(int(parts[3]))
            reference = changed.reference if changed else None
        replied_to = messages.get(int(reference["message_id"])) if reference else None
        return replied_to.author_id if replied_to else self.actor

    def _interaction(self, parts: list[str]) -> Interaction | None:
        if parts[0] == "interactions":
            return self.backend.interactions[int(parts[1])]
        if parts[0] == "webhooks":
            return self.backend.interactions[self.backend.interaction_tokens[parts[2]]]
        return None

    def marks(self, text: str) -> frozenset[Mark]:
        """The marks in a text."""
        marks = {(code.lower(), kind.lower()) for code, kind in MARK.findall(text)}
        marks |= {(self._keys[key], "key") for key in KEY.findall(text) if key in self._keys}
        return frozenset(marks)

    def _may(self, mark: Mark, sight: Sight) -> bool:
        """Whether somebody may see a mark.

        That is what the indexes hold now that are for them; of paths, and of what they manage, also
        what they don't hold yet or any more.
        """
        code, kind = mark
        if kind == COLLECTION:
            return self._names[code] in sight.names
        holding = self.made[code].collections if kind == PATH else self.holders(code)
        managed = self.made[code].collections & sight.managed
        return bool(managed) or not holding.isdisjoint(sight.names)

    def _name(self, mark: Mark) -> str:
        code, kind = mark
        if kind == COLLECTION:
            return f"the collection {self._names[code]}"
        return f"{self.made[code].path} ({kind}, in {', '.join(self.holders(code)) or 'nothing'})"

    def _leaked(self, what: str) -> None:
        self.leaks.append(Leak(self.draw, what, tuple(self.story)))
