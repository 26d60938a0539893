"""What commands, buttons and messages are answered with, and the client that has it at hand."""

from dataclasses import dataclass, field
from typing import Any, Self

import discord
from discord.ext import commands

from bot.access.access import Access
from bot.admission import Admission
from bot.elsewhere import Elsewhere
from bot.errors import InPrivate
from bot.gaps import Grouping
from bot.gathering import Gathering
from bot.limits import Limits
from bot.managers import Managers
from bot.owners import Owners
from bot.records import Privacy, Records
from bot.servers import Servers
from bot.serving.service import AnswerService
from bot.settings import BotConfig
from bot.shards import ONE, Shards
from bot.uploads import Uploads
from index import Shelf

Interaction = discord.Interaction[Any]


@dataclass(frozen=True, slots=True)
class Reading:
    """What may be read for an event; `more` says that the asker may read more in private."""

    shelf: Shelf
    more: bool = False


@dataclass(frozen=True, slots=True)
class Services:
    """All that there is beside Discord, of which each takes what it needs."""

    config: BotConfig
    answers: AnswerService
    access: Access
    records: Records
    servers: Servers
    limits: Limits
    owners: Owners
    admission: Admission
    uploads: Uploads
    elsewhere: Elsewhere
    privacy: Privacy
    gathering: Gathering
    shards: Shards = ONE
    grouping: Grouping = field(default_factory=Grouping)

    @classmethod
    def configured(cls, config: BotConfig, answers: AnswerService, shards: Shards = ONE) -> Self:
        """Make the others for an `AnswerService` as the config says; nothing is opened yet.

        `shards` are those of this process.
        """
        records = Records(config.records)
        servers = Servers(config.discord, records, shards)
        elsewhere = Elsewhere(shards, records.servers_of, config.discord.servers)
        owners = Owners(config.discord.owners)
        managers = Managers(owners, servers)
        privacy = Privacy(records)
        return cls(
            config=config,
            answers=answers,
            access=Access(config.collections, answers.names, managers, elsewhere),
            records=records,
            servers=servers,
            limits=Limits(config.limits, answers.metrics),
            owners=owners,
            admission=Admission(config.discord, owners, elsewhere),
            uploads=Uploads(config.records.kept, config.records.days),
            elsewhere=elsewhere,
            privacy=privacy,
            gathering=Gathering(config, answers.library.settings, privacy, shards),
            shards=shards,
        )

    async def reading(
        self, event: discord.Message | Interaction, *, private: bool = False
    ) -> Reading:
        """Open what may be read for an event, by the rights that hold at this moment.

        That is what the asker may see or, where the reply isn't `private`, what all may who can
        read it there.

        Raises:
            InPrivate: nothing may be read there that the asker may read in private.
            Busy, Restarting, TooSlow, SeedIndexError: as `AnswerService.shelf`.
        """
        scope = await self.access.scope(event, private=private)
        server = event.guild.id if event.guild else 0
        shelf = await self.answers.shelf(scope.names, server)
        if scope.more and not shelf.indexes:
            raise InPrivate
        return Reading(shelf, scope.more)


class ServicesClient(commands.Bot):
    """A client whose buttons find the services by it: discord.py makes them from a click alone."""

    services: Services


def services_of(interaction: discord.Interaction[Any]) -> Services:
    """Return the services of the client that an interaction came to.

    Raises:
        TypeError: it is another client than the bot's.
    """
    if not isinstance(interaction.client, ServicesClient):
        message = f"a {type(interaction.client).__name__} has no services"
        raise TypeError(message)
    return interaction.client.services
