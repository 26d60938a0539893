"""The whole config file, and the secrets, which come from the environment alone."""

import os
from typing import Literal, Self

from pydantic import ConfigDict, Field, model_validator

from bot.errors import StartError
from index import IndexConfig, Table, WriterSettings

TOKEN_VARIABLE = "DISCORD_TOKEN"  # noqa: S105 - the variable's name


class DiscordSettings(Table):
    """`[discord]`: where commands are registered and who may rebuild."""

    guild: int = Field(default=0, ge=0, lt=2**63)
    rebuild_role: int = Field(default=0, ge=0, lt=2**63)


class ServiceSettings(Table):
    """`[service]`: how much the bot takes on at once."""

    threads: int = Field(default=2, ge=1, le=64)
    queue: int = Field(default=64, ge=1)
    timeout_seconds: float = Field(default=30.0, gt=0)


class LoggingSettings(Table):
    """`[logging]`: what is written to standard error."""

    level: Literal["debug", "info", "warning", "error"] = "info"
    json_lines: bool = False
    questions: bool = False


class BotConfig(IndexConfig):
    """Every table of the config file."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)

    writer: WriterSettings = WriterSettings()
    discord: DiscordSettings = DiscordSettings()
    service: ServiceSettings = ServiceSettings()
    logging: LoggingSettings = LoggingSettings()

    @model_validator(mode="after")
    def _writer_leaves_time_to_answer(self) -> Self:
        writer, whole = self.writer.timeout_seconds, self.service.timeout_seconds
        if self.writer.url and writer >= whole:
            message = (
                "`writer.timeout_seconds` should be less than `service.timeout_seconds` "
                f"({whole:g}), but is {writer:g}"
            )
            raise ValueError(message)
        return self


def discord_token() -> str:
    """Return the bot's token.

    Raises:
        StartError: the variable isn't set, or holds what can be no token.
    """
    token = os.environ.get(TOKEN_VARIABLE, "").strip().removeprefix("Bot ")
    if not token:
        message = (
            f"no token: set {TOKEN_VARIABLE} to your bot's token "
            "(https://discord.com/developers/applications, Bot, Reset Token)"
        )
        raise StartError(message)
    if not token.isascii() or not token.isprintable() or " " in token:
        message = f"{TOKEN_VARIABLE} holds no token: copy it again from the developer portal"
        raise StartError(message)
    return token
