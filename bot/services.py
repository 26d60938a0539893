"""What commands, buttons and messages are answered with, and the client that has it at hand."""

from dataclasses import dataclass
from typing import Any, Self

import discord
from discord.ext import commands

from bot.admission import Admission
from bot.documents import Documents
from bot.limits import Limits
from bot.owners import Owners
from bot.records import Records
from bot.servers import Servers
from bot.serving.service import AnswerService
from bot.settings import BotConfig


@dataclass(frozen=True, slots=True)
class Services:
    """All that there is beside Discord, of which each takes what it needs."""

    config: BotConfig
    answers: AnswerService
    documents: Documents
    records: Records
    servers: Servers
    limits: Limits
    owners: Owners
    admission: Admission

    @classmethod
    def configured(cls, config: BotConfig, answers: AnswerService) -> Self:
        """Make the others for an `AnswerService` as the config says; nothing is opened yet."""
        records = Records(config.records)
        owners = Owners(config.discord.owners)
        return cls(
            config=config,
            answers=answers,
            documents=Documents(answers),
            records=records,
            servers=Servers(config.discord, records),
            limits=Limits(config.limits, answers.metrics),
            owners=owners,
            admission=Admission(config.discord, owners),
        )


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
