"""The whole config file, and the secrets, which come from the environment alone."""

import os
import re
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated, Any, Literal, Self

from pydantic import ConfigDict, Field, Tag, model_validator

from bot.errors import StartError
from index import (
    UNKNOWN,
    CollectionSettings,
    ForeignSettings,
    IndexConfig,
    RepositorySettings,
    Table,
    WebsiteSettings,
    WriterSettings,
)

TOKEN_VARIABLE = "DISCORD_TOKEN"  # noqa: S105 - the variable's name
API_TOKEN_VARIABLE = "SEEDBOT_API_TOKEN"  # noqa: S105 - the variable's name
WEBHOOK_VARIABLE = "SEEDBOT_WEBHOOK_SECRET"
LEAST_TOKEN_CHARS = 16


ChannelKey = Literal["answer_channels", "question_channels", "thread_channels"]
ServerKey = Literal[
    ChannelKey,
    "rebuild_role",
    "private_answers",
    "log_channel",
    "team_role",
    "team_channel",
    "weekly_channel",
]
Snowflake = Annotated[int, Field(ge=0, lt=2**63)]
# Where 0 is none, and one that is none helps nobody.
Id = Annotated[int, Field(ge=1, lt=2**63)]


class DiscordSettings(Table):
    """`[discord]`: where the bot is, whose it is, who may rebuild, where it speaks unasked.

    Servers, members, roles and channels are numbers that Discord calls ids; a server may set for
    itself what isn't `fixed`.
    """

    servers: list[Id] = Field(default=[])
    owners: list[Id] = Field(default=[])
    direct_messages: Literal["open", "members", "closed"] = "members"
    rebuild_role: Snowflake = 0
    message_content: bool = False
    answer_channels: list[Snowflake] = Field(default=[])
    question_channels: list[Snowflake] = Field(default=[])
    thread_channels: list[Snowflake] = Field(default=[])
    private_answers: bool = False
    log_channel: Snowflake = 0
    team_role: Snowflake = 0
    team_channel: Snowflake = 0
    weekly_channel: Snowflake = 0
    fixed: list[ServerKey] = Field(default=[])
    unasked_sure: float = Field(default=0.7, gt=0, lt=1)
    unasked_seconds: float = Field(default=15.0, ge=0, le=600)

    @model_validator(mode="before")
    @classmethod
    def _takes_the_one_server_of_before(cls, data: Any) -> Any:  # noqa: ANN401 - pydantic's signature
        """Read `guild`, which named the one server up to version 0.3."""
        if isinstance(data, dict) and "guild" in data:
            rest = {key: value for key, value in data.items() if key != "guild"}
            guild, servers = data["guild"], rest.get("servers", [])
            return {**rest, "servers": [*servers, guild] if guild else servers}
        return data


class BotCollectionSettings(CollectionSettings):
    """One of `[[collections]]`, with whom it is for; nobody, if nothing is said.

    Of `servers`, `channels` and `roles` one is enough. `manager` is the server whose managers
    manage it; a collection that stands for one in each server is for its server, which manages it.
    """

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)

    everybody: bool = False
    servers: list[Id] = Field(default=[])
    channels: list[Id] = Field(default=[])
    roles: list[Id] = Field(default=[])
    manager: Snowflake = 0

    @model_validator(mode="after")
    def _each_is_for_its_own(self) -> Self:
        named = self.everybody or self.servers or self.channels or self.roles or self.manager
        if self.each and named:
            message = (
                f"`{self.name}` has a folder for each server, whose members it is for: leave out "
                "`everybody`, `servers`, `channels`, `roles` and `manager`"
            )
            raise ValueError(message)
        return self


class ChannelSourceSettings(ForeignSettings):
    """One of `[[sources]]`: forums, announcement channels, and of text channels what is pinned.

    Posts with a tag of `solved_tags` come first; nothing is older than `days`, but for what is
    pinned; 0: of any age. All of it may take `timeout_seconds`.
    """

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)

    channels: list[Id] = Field(min_length=1, max_length=50)
    pins: bool = True
    solved_tags: list[str] = Field(default=["solved"])
    days: int = Field(default=0, ge=0, le=100_000)
    every_minutes: float = Field(default=360.0, ge=1, le=100_000)
    timeout_seconds: float = Field(default=900.0, gt=0, le=3600)
    max_files: int = Field(default=500, ge=1, le=100_000)
    max_mb: float = Field(default=20.0, gt=0, le=10_000)


BotSource = Annotated[
    Annotated[RepositorySettings, Tag(":repository")]
    | Annotated[WebsiteSettings, Tag(":website")]
    | Annotated[ChannelSourceSettings, Tag(":channels")],
    UNKNOWN,
]


class LimitSettings(Table):
    """`[limits]`: how many questions a minute are answered, and how much else; 0: any number.

    How much a collection may hold counts for the managers of a server, not for the owners.
    """

    member_per_minute: int = Field(default=10, ge=0)
    channel_per_minute: int = Field(default=60, ge=0)
    server_per_minute: int = Field(default=200, ge=0)
    documents_per_collection: int = Field(default=200, ge=0)
    megabytes_per_collection: float = Field(default=100.0, ge=0)


class RecordSettings(Table):
    """`[records]`: the database of servers' settings and feedback, and how long that is kept."""

    file: str = Field(default=".records/bot.sqlite", min_length=1)
    days: int = Field(default=90, ge=1)
    questions: bool = False

    @property
    def kept(self) -> Path:
        """The folder of what changes of documents took away; hidden, so that no index has it."""
        file = Path(self.file)
        return file.with_name(f".{file.name}.kept")


class ServiceSettings(Table):
    """`[service]`: how much the bot takes on at once, how it ends, what it tells of itself."""

    threads: int = Field(default=2, ge=1, le=64)
    queue: int = Field(default=64, ge=1)
    timeout_seconds: float = Field(default=30.0, gt=0)
    shutdown_seconds: float = Field(default=20.0, ge=0)
    metrics_port: int = Field(default=0, ge=0, lt=2**16)


class ProgramSettings(Table):
    """`[programs]`: on which port of this machine `serve` answers, and how often."""

    port: int = Field(default=8730, ge=1, lt=2**16)
    requests_per_minute: int = Field(default=300, ge=0)


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
    limits: LimitSettings = LimitSettings()
    records: RecordSettings = RecordSettings()
    service: ServiceSettings = ServiceSettings()
    programs: ProgramSettings = ProgramSettings()
    logging: LoggingSettings = LoggingSettings()
    collections: Sequence[BotCollectionSettings] = ()
    sources: Sequence[BotSource] = ()

    @property
    def gathered(self) -> list[ChannelSourceSettings]:
        """The sources that the bot gathers itself."""
        return [each for each in self.sources if isinstance(each, ChannelSourceSettings)]

    def located(self, folder: Path) -> Self:
        """Return the same with the records' file counted from `folder`."""
        file = folder / Path(self.records.file).expanduser()
        return self.model_copy(
            update={"records": self.records.model_copy(update={"file": str(file)})}
        )

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
    """Take the bot's token from the environment: what is started or asked later finds none there.

    Raises:
        StartError: the variable isn't set, or holds what can be no token.
    """
    token = os.environ.pop(TOKEN_VARIABLE, "").strip().removeprefix("Bot ")
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


def api_token() -> str:
    """Take from the environment what programs have to say to be answered, as `discord_token` does.

    Raises:
        StartError: the variable isn't set, or holds what can be guessed or isn't sent as it is.
    """
    token = os.environ.pop(API_TOKEN_VARIABLE, "").strip()
    if not token:
        message = (
            f"no token: set {API_TOKEN_VARIABLE} to a secret that programs have to send, such as "
            "`openssl rand -hex 32` prints"
        )
        raise StartError(message)
    if len(token) < LEAST_TOKEN_CHARS or not re.fullmatch("[!-~]+", token):
        message = (
            f"{API_TOKEN_VARIABLE} should have {LEAST_TOKEN_CHARS} characters or more, ASCII and "
            "without spaces, such as `openssl rand -hex 32` prints"
        )
        raise StartError(message)
    return token


def webhook_secret() -> str | None:
    """Take from the environment what those sign with who say that a source has something new.

    None where the variable isn't set: then nobody may say so.

    Raises:
        StartError: it holds what can be guessed.
    """
    secret = os.environ.pop(WEBHOOK_VARIABLE, "").strip()
    if secret and len(secret) < LEAST_TOKEN_CHARS:
        message = (
            f"{WEBHOOK_VARIABLE} should have {LEAST_TOKEN_CHARS} characters or more, such as "
            "`openssl rand -hex 32` prints"
        )
        raise StartError(message)
    return secret or None
