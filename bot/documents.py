"""Which documents members and buttons name, and what is offered to who types one's name."""

import logging
from collections.abc import Callable, Iterable, Mapping
from heapq import nlargest
from itertools import islice

from discord.app_commands import Choice
from rapidfuzz import fuzz, process, utils

from bot.errors import BotError
from bot.patience import within
from bot.render.fitting import CHOICE_LIMIT, clip_start, size
from bot.render.markup import plain
from bot.services import Interaction, Services
from index import SeedIndexError, Shelf, document_key

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


def path_of(shelf: Shelf, name: str) -> str | None:
    """Return the path of the document on a shelf that a member or a button named, or its key."""
    source = shelf.source(name)
    return source.path if source else None


def keyed(shelf: Shelf, key: str) -> str | None:
    """Return the path of the document of a button's key, which up to 0.2 had no slash."""
    return path_of(shelf, f"/{key.removeprefix('/')}")


async def choices(
    services: Services, interaction: Interaction, typed: str, *, private: bool = True
) -> list[Choice[str]]:
    """Return the documents nearest to what a member typed, of those that a reply may be from.

    It is `private` where the member alone will see it.
    """

    def nearest(shelf: Shelf) -> list[str]:
        return closest(
            typed,
            {
                source.path: f"{source.path[-PART_CHARS:]} {source.title[:PART_CHARS]}"
                for source in shelf.sources()
            },
        )

    return offered(await _offered(services, interaction, nearest, private=private))


def offered(paths: Iterable[str]) -> list[Choice[str]]:
    """Return documents as choices; a longer path than one may hold is named by its key."""
    return [
        Choice(
            name=clip_start(plain(path), CHOICE_LIMIT),
            value=document_key(path) if size(path) > CHOICE_LIMIT else path,
        )
        for path in paths
    ]


async def heading_choices(
    services: Services, interaction: Interaction, document: str, typed: str
) -> list[Choice[str]]:
    """Return the headings of a document that are nearest to what was typed."""

    def nearest(shelf: Shelf) -> list[str]:
        found = shelf.headings(path_of(shelf, document) or "")
        labels = (label for label, _ in found if size(label) <= CHOICE_LIMIT)
        return closest(typed, {label: label for label in labels if plain(label).strip()})

    labels = await _offered(services, interaction, nearest)
    return [Choice(name=plain(label), value=label) for label in labels]


async def _offered(
    services: Services,
    interaction: Interaction,
    nearest: Callable[[Shelf], list[str]],
    *,
    private: bool = True,
) -> list[str]:
    """What is nearest of what may be read; nothing where that can't be had in time."""

    async def look() -> list[str]:
        reading = await services.reading(interaction, private=private)
        return await services.answers.run(interaction.guild_id or 0, nearest, reading.shelf)

    try:
        return await within(CHOICE_SECONDS, look())
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
