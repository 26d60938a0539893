"""What was asked in vain in a server, as far as somebody may read it."""

from collections.abc import Callable, Sequence

import discord

from bot.gaps import Embedder, Found, Gap
from bot.records import Statistics, Unanswered
from bot.records.statistics import DAY_SECONDS, first_day
from bot.services import Interaction, Services
from index import Library, SeedIndexError

# Of more questions that weren't answered well, the oldest are only counted.
MOST = 5_000


async def found(services: Services, interaction: Interaction, days: int) -> Found:
    """Return what was asked in vain in the server of an interaction, for who asks that.

    What they can't read where it was asked is counted, and no more is said of it.

    Raises:
        RecordsFailed: the records can't be read.
        Busy, Restarting, TooSlow: as `AnswerService.run`.
    """
    days = min(days, services.config.records.days)
    begin, server = first_day(days), interaction.guild_id or 0
    may = _readable_by(interaction.user, interaction.client.get_guild(server))
    return await between(services, server, begin, days, may)


async def between(
    services: Services, server: int, begin: float, days: int, may: Callable[[int], bool]
) -> Found:
    """Return what was asked in vain in a server in so many days from `begin` on.

    `may` tells of a channel whether what was asked there may be shown.

    Raises:
        RecordsFailed: the records can't be read.
        Busy, Restarting, TooSlow: as `AnswerService.run`.
    """
    statistics = Statistics(services.records)
    spans = await statistics.spans(server, begin, days)
    if not services.config.records.questions:
        return Found(days, spans, None)
    end = begin + days * DAY_SECONDS
    questions = await statistics.unanswered(server, begin, end, MOST)
    shown = [each for each in questions if may(each.place)]
    return Found(days, spans, await _grouped(services, shown, server))


async def _grouped(services: Services, questions: Sequence[Unanswered], server: int) -> list[Gap]:
    library = services.answers.library
    async with services.grouping.turn:
        return await services.answers.run(
            server, services.grouping.gaps, questions, lambda: _model(library)
        )


def _model(library: Library) -> Embedder | None:
    """Return the model of any index; all of a library have the same."""
    for index in library.opened().values():
        return index.embedder
    for name in library.names():
        try:
            return library.index(name).embedder
        except SeedIndexError:
            continue
    return None


def _readable_by(user: discord.abc.User, guild: discord.Guild | None) -> Callable[[int], bool]:
    """Return what tells whether a member can read what was written in a channel of a server."""
    known: dict[int, bool] = {}

    def may(number: int) -> bool:
        if number not in known:
            channel = guild.get_channel(number) if guild else None
            if channel is None or not isinstance(user, discord.Member):
                return False
            has = channel.permissions_for(user)
            known[number] = has.view_channel and has.read_message_history
        return known[number]

    return may
