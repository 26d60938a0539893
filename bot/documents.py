"""Which documents members and buttons name, and what is offered to who types one's name."""

import asyncio
import logging
from collections.abc import Callable, Mapping
from heapq import nlargest
from itertools import islice

from discord.app_commands import Choice
from rapidfuzz import fuzz, process, utils

from bot.errors import BotError
from bot.render.fitting import CHOICE_LIMIT, clip_start, size
from bot.render.markup import plain
from bot.serving.service import AnswerService
from index import SeedIndexError, document_key

log = logging.getLogger(__name__)

# What Discord takes: so many choices, within three seconds.
MOST = 25
CHOICE_SECONDS = 2.5
LEAST_SCORE = 70.0
# RapidFuzz lets no other thread run while it compares, the longer the longer both are: so many
# names, each of two parts, take some milliseconds.
COMPARED = 200
TYPED_CHARS = 64
PART_CHARS = 150


class Documents:
    """Finds documents and their headings by what members type; `server` is where they do, or 0."""

    def __init__(self, answers: AnswerService) -> None:
        """Find those of the index that `answers` asks."""
        self._answers = answers

    def path(self, name: str) -> str | None:
        """Return the path of the document that a member or a button named, by path or key."""
        source = self._answers.index.source(name)
        return source.path if source else None

    def keyed(self, key: str) -> str | None:
        """Return the path of the document of a button's key, which up to 0.2 had no slash."""
        return self.path(f"/{key.removeprefix('/')}")

    async def choices(self, typed: str, server: int) -> list[Choice[str]]:
        """Return the documents whose path or title is nearest to what was typed."""
        index = self._answers.index

        def nearest() -> list[str]:
            return closest(
                typed,
                {
                    source.path: f"{source.path[-PART_CHARS:]} {source.title[:PART_CHARS]}"
                    for source in index.sources()
                },
            )

        choices = []
        for path in await self._offered(nearest, server):
            # A longer path than a choice may hold is named by its key.
            value = document_key(path) if size(path) > CHOICE_LIMIT else path
            name = clip_start(plain(path), CHOICE_LIMIT)
            choices.append(Choice(name=name, value=value))
        return choices

    async def heading_choices(self, name: str, typed: str, server: int) -> list[Choice[str]]:
        """Return the headings of a document that are nearest to what was typed."""
        index, path = self._answers.index, self.path(name) or ""

        def nearest() -> list[str]:
            labels = (label for label, _ in index.headings(path) if size(label) <= CHOICE_LIMIT)
            return closest(typed, {label: label for label in labels if plain(label).strip()})

        labels = await self._offered(nearest, server)
        return [Choice(name=plain(label), value=label) for label in labels]

    async def _offered(self, nearest: Callable[[], list[str]], server: int) -> list[str]:
        """What is nearest; nothing where that can't be had in time."""
        try:
            async with asyncio.timeout(CHOICE_SECONDS):
                return await self._answers.run(server, nearest)
        except (BotError, SeedIndexError, TimeoutError) as error:
            log.info("no choices are offered: %s", error or "out of time")
            return []


def closest(typed: str, names: Mapping[str, str]) -> list[str]:
    """Return the keys of `names` nearest to what was typed, 25 at most; in order if nothing was.

    Letters may be left out or wrong. The score is RapidFuzz's partial ratio, 0 to 100.
    """
    typed = typed.strip()[:TYPED_CHARS]
    if not typed:
        return list(islice(names, MOST))
    matches: list[tuple[str, float, str]] = []
    rest = iter(names.items())
    while compared := dict(islice(rest, COMPARED)):
        matches += process.extract(
            typed,
            compared,
            scorer=fuzz.partial_ratio,
            processor=utils.default_process,
            limit=MOST,
            score_cutoff=LEAST_SCORE,
        )
    return [key for _, _, key in nlargest(MOST, matches, key=lambda match: match[1])]
