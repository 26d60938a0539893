"""The index's tables of the config file."""

import json
import os
import re
from pathlib import Path, PurePosixPath
from typing import Annotated, Literal
from urllib.parse import SplitResult, urlsplit

from pydantic import (
    AfterValidator,
    BaseModel,
    ConfigDict,
    Field,
    JsonValue,
    ValidationInfo,
    field_validator,
)

SHIPPED_SEEDS = Path(__file__).parent / "shipped_seeds"
BUNDLED_MODEL = "all-MiniLM-L6-v2"


# What a collection may be called, and what stands for the number of a server in its folder.
COLLECTION = r"^[a-z0-9][a-z0-9_-]{0,31}$"
SERVER = "{server}"
# Between the name of a collection that stands for one a server, and the number of the server.
OF = "@"
# The variable of the environment with the key of the search engine.
ENGINE_KEY = "QDRANT_API_KEY"
# What is in the folder of a built index.
POINTER = "current"
# Where the indexes of collections are, in the folder of the built index.
COLLECTIONS = "collections"


def within(folder: str) -> str:
    """Return the path of a folder in the folder of documents, without what it can be told without.

    Raises:
        ValueError: it leads out of it, or to what is hidden.
    """
    parts = PurePosixPath(folder.replace("\\", "/")).parts
    if any(part.startswith((".", "/", "~")) for part in parts):
        message = "should be a folder in the folder of documents, and not a hidden one"
        raise ValueError(message)
    return "/".join(parts)


Folder = Annotated[str, AfterValidator(within)]


def is_plain(address: str) -> bool:
    """Whether an address has nothing in it that is shown otherwise than it is."""
    return address.isascii() and address.isprintable() and not set(address) & set(" \\")


def web_address(value: str, message: str) -> SplitResult:
    """Return the parts of an address that begins with http:// or https://.

    Raises:
        ValueError: it is none, with that message.
    """
    try:
        parts = urlsplit(value)
        host, _ = parts.hostname, parts.port  # both raise on what is none
    except ValueError:
        raise ValueError(message) from None
    if parts.scheme not in {"http", "https"} or not host or not is_plain(value):
        raise ValueError(message)
    return parts


class Table(BaseModel):
    """A table of the config file: unknown keys and wrong types are errors, values are final."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)


class Limits(Table):
    """What of `[index]` keeps one document from harming the rest; sizes in megabytes (10^6)."""

    max_file_mb: float = Field(default=20.0, gt=0)
    max_pages: int = Field(default=2000, ge=1)
    max_unpacked_mb: float = Field(default=200.0, gt=0)
    max_nesting: int = Field(default=100, ge=1, le=200)
    max_seconds_per_file: float = Field(default=60.0, gt=0)
    max_reader_mb: int = Field(default=1000, ge=300)


def _is_an_engine(value: str) -> str:
    """Return the address of a search engine.

    Raises:
        ValueError: it is none.
    """
    message = "should be an address such as http://127.0.0.1:6333"
    parts = web_address(value, message)
    if parts.query or parts.fragment or "@" in parts.netloc:
        message += f", with no query and no password in it; the key comes from {ENGINE_KEY}"
        raise ValueError(message)
    return value.rstrip("/")


EngineAddress = Annotated[str, AfterValidator(_is_an_engine)]


class QdrantSettings(Table):
    """`[index.qdrant]`: the servers that find passages where `engine` is "qdrant".

    `url` are the nodes of one cluster: each can answer, and the next is asked where one doesn't.
    `shards`, `replicas` and `bits` hold for what is made on the servers from now on.
    """

    url: tuple[EngineAddress, ...] = ()
    name: str = Field(default="seedbot", pattern=r"^[A-Za-z0-9][A-Za-z0-9_-]{0,63}$")
    certificate: str = ""
    timeout_seconds: float = Field(default=5.0, gt=0, le=600)
    shards: int = Field(default=1, ge=1, le=1000)
    replicas: int = Field(default=1, ge=1, le=20)
    bits: Literal[32, 8, 4] = 32
    depth: int = Field(default=256, ge=50, le=10_000)

    @field_validator("url", mode="before")
    @classmethod
    def _takes_one(cls, value: object) -> object:
        """Take one address for a list of it."""
        if isinstance(value, str):
            return (value,) if value else ()
        return tuple(value) if isinstance(value, list) else value


class IndexSettings(Limits):
    """`[index]`: what is indexed, where it is kept, and how."""

    seeds: str = Field(default="seeds", min_length=1)
    folder: Folder = ""
    only: list[str] = []
    store: str = Field(default=".index", min_length=1)
    model: str = Field(default=BUNDLED_MODEL, min_length=1)
    query_prompt: str = ""
    document_prompt: str = ""
    language: str = "auto"
    passage_tokens: int = Field(default=256, ge=32, le=8192)
    ignore: list[str] = []
    keep_generations: int = Field(default=3, ge=2, le=1000)
    open_collections: int = Field(default=50, ge=1, le=100_000)
    engine: Literal["faiss", "qdrant"] = "faiss"
    qdrant: QdrantSettings = Field(default=QdrantSettings(), validate_default=True)
    watch: bool = True
    settle_seconds: float = Field(default=3.0, gt=0, le=3600)

    @field_validator("qdrant")
    @classmethod
    def _engine_is_somewhere(cls, value: QdrantSettings, info: ValidationInfo) -> QdrantSettings:
        if info.data.get("engine") == "qdrant" and not value.url:
            message = (
                'should have a `url`, such as "http://127.0.0.1:6333", since `index.engine` is '
                '"qdrant"'
            )
            raise ValueError(message)
        return value

    @property
    def seeds_path(self) -> Path:
        """The folder of documents, from which their paths count."""
        return Path(self.seeds)

    @property
    def folder_path(self) -> Path:
        """The folder of those that are indexed, which is in it or it."""
        return self.seeds_path / self.folder

    @property
    def may_be_empty(self) -> bool:
        """Whether it is meant where there is nothing to index.

        A folder of a collection that is there is one that was emptied, and one that is gone too,
        where there is something else in the seeds folder: what copies files leaves out empty
        folders. The seeds folder itself may be but a disk that isn't there.
        """
        return bool(self.folder) and (self.folder_path.is_dir() or self.is_gone)

    @property
    def is_gone(self) -> bool:
        """Whether the folder is, of which there is an index, and the seeds folder holds others."""
        if not self.folder or os.path.lexists(self.folder_path):
            return False
        if not (self.store_path / POINTER).exists():
            return False
        try:
            return any(not each.name.startswith(".") for each in self.seeds_path.iterdir())
        except OSError:
            return False

    @property
    def collection(self) -> str:
        """The name of the collection that they are of; empty for the index of everything."""
        store = self.store_path
        return store.name if store.parent.name == COLLECTIONS else ""

    @property
    def shipped(self) -> bool:
        """Whether the documents are the examples that came with the bot."""
        return self.seeds_path == SHIPPED_SEEDS

    @property
    def store_path(self) -> Path:
        """The folder of the built index."""
        return Path(self.store)


class CollectionSettings(Table):
    """One of `[[collections]]`: a part of the documents that has an index of its own.

    `folder` and `only` are as under `[index]`. With `SERVER` in its folder it stands for one
    collection for each server that has such a folder.
    """

    # Whom it is for is the bot's business.
    model_config = ConfigDict(extra="ignore", frozen=True, strict=True)

    name: str = Field(pattern=COLLECTION)
    folder: Folder = ""
    only: list[str] = []

    @property
    def each(self) -> bool:
        """Whether it stands for one collection a server."""
        return SERVER in self.folder


class AnswerSettings(Table):
    """`[answers]`: how sure the bot must be, and what an answer shows."""

    sure: float = Field(default=0.25, gt=0, lt=1)
    close: float = Field(default=0.05, gt=0, lt=1)
    quotes: int = Field(default=3, ge=1, le=5)
    base_url: str = ""

    @field_validator("base_url")
    @classmethod
    def _is_an_address(cls, value: str) -> str:
        if value and not re.fullmatch(r"https?://\S+", value):
            message = "should be empty or begin with http:// or https://"
            raise ValueError(message)
        return value


class WriterSettings(Table):
    """`[writer]`: the OpenAI-compatible endpoint that phrases answers; without a URL, none does.

    `parameters` go into the body of every request as they are.
    """

    url: str = ""
    model: str = Field(default="", validate_default=True)
    timeout_seconds: float = Field(default=20.0, gt=0)
    parameters: dict[str, JsonValue] = {"temperature": 0, "max_tokens": 400}

    @field_validator("url")
    @classmethod
    def _is_a_base_url(cls, value: str) -> str:
        message = "should be empty or a base URL such as http://127.0.0.1:11434/v1"
        if not value:
            return value
        parts = web_address(value, message)
        if parts.query or parts.fragment or "@" in parts.netloc:
            message += ", with no query and no password in it"
            raise ValueError(message)
        if parts.path.rstrip("/").endswith("/chat/completions"):
            message += "; /chat/completions is added to it"
            raise ValueError(message)
        return value.rstrip("/")

    @field_validator("model")
    @classmethod
    def _is_named_for_a_url(cls, value: str, info: ValidationInfo) -> str:
        if info.data.get("url") and not value.strip():
            message = "should name a model of the endpoint, since `writer.url` is set"
            raise ValueError(message)
        return value

    @field_validator("parameters")
    @classmethod
    def _leaves_the_request_alone(cls, value: dict[str, JsonValue]) -> dict[str, JsonValue]:
        if taken := {"model", "messages", "stream", "n"} & set(value):
            message = f"should not set {', '.join(sorted(taken))}"
            raise ValueError(message)
        try:
            json.dumps(value, allow_nan=False)
        except ValueError:
            message = "should have no number that is infinite or none"
            raise ValueError(message) from None
        return value
