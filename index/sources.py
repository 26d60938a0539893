"""`[[sources]]` of the config file: where documents come from that aren't put there by hand."""

import re
from collections.abc import Iterable, Sequence
from pathlib import Path, PurePosixPath
from typing import Annotated, Any, Literal, Self
from urllib.parse import urlsplit

from pydantic import AfterValidator, BeforeValidator, ConfigDict, Discriminator, Field, Tag

from index.settings import COLLECTION, SERVER, Folder, IndexSettings, Table, is_plain, web_address

# The folder, in that of the built index, of what is kept between fetches.
FETCHED = "fetched"
# Marks the kinds of sources where an error names a key.
KIND = ":"
# `scheme://…`, or `host:path` as scp has it.
REMOTE = re.compile(r"[^/]+:")


def _is_a_repository(value: str) -> str:
    """Return the address of a git repository.

    Raises:
        ValueError: it is none.
    """
    message = (
        "should be the address of a git repository, such as https://github.com/owner/name.git, "
        "or the path of one"
    )
    if not is_plain(value) or value.startswith("-"):
        raise ValueError(message)
    if "://" not in value:
        return value
    try:
        parts = urlsplit(value)
        host, _ = parts.hostname, parts.port  # both raise on what is none
    except ValueError:
        raise ValueError(message) from None
    # Git takes a protocol in small letters alone.
    known = value.startswith(("https://", "http://", "ssh://", "git://", "file://"))
    if not known or bool(host) == value.startswith("file:"):
        raise ValueError(message)
    if parts.password is not None or (parts.username and parts.scheme != "ssh"):
        message += ", with no user and no password in it: a token comes from the environment"
        raise ValueError(message)
    return value


def _without_slashes(value: object) -> object:
    """Take the path of a folder as it is written in a repository."""
    return value.strip("/") if isinstance(value, str) else value


def _is_a_page(value: str) -> str:
    """Return the address of a web page.

    Raises:
        ValueError: it is none.
    """
    message = "should be the address of a page or a sitemap, such as https://docs.example.org/"
    parts = web_address(value, message)
    if "@" in parts.netloc:
        message += ", with no password in it"
        raise ValueError(message)
    return value


def _is_a_link(value: str) -> str:
    """Return the address of a file, in which something stands for its path.

    Raises:
        ValueError: it is none.
    """
    address = is_plain(value) and value.startswith(("https://", "http://"))
    if value and not (address and "{path}" in value):
        message = "should be empty or an address such as https://example.org/{commit}/{path}"
        raise ValueError(message)
    return value


class SourceSettings(Table):
    """One of `[[sources]]`: files that come from elsewhere into a folder of their own.

    That is `place` in the folder of documents. `only` are patterns for their paths in it, `max_mb`
    megabytes of all of them together, `timeout_seconds` what one request may take.
    """

    name: str = Field(pattern=COLLECTION)
    folder: Folder = ""
    only: list[str] = Field(default=[])
    every_minutes: float = Field(default=60.0, ge=1, le=100_000)
    timeout_seconds: float = Field(default=60.0, gt=0, le=3600)
    max_files: int = Field(default=5000, ge=1, le=100_000)
    max_mb: float = Field(default=200.0, gt=0, le=10_000)

    @property
    def place(self) -> str:
        """Its folder in the folder of documents."""
        return self.folder or self.name

    def feeds(self, folder: str) -> bool:
        """Whether documents of its are in a folder of the folder of documents, or in one of it."""
        inner, outer = PurePosixPath(self.place), PurePosixPath(folder)
        return inner.is_relative_to(outer) or outer.is_relative_to(inner)

    def located(self, _folder: Path) -> Self:
        """Return the same with paths counted from the config's folder."""
        return self

    def kept(self, settings: IndexSettings) -> Path:
        """Return the folder of what is kept between fetches."""
        return settings.store_path / FETCHED / self.name


class RepositorySettings(SourceSettings):
    """A git repository: its `branch`, or the one that it names itself, and a folder in it."""

    repository: Annotated[str, AfterValidator(_is_a_repository)] = Field(min_length=1)
    branch: str = Field(default="", pattern=r"^[^-\s][^\s]*$|^$")
    subfolder: Annotated[Folder, BeforeValidator(_without_slashes)] = ""
    link: Annotated[str, AfterValidator(_is_a_link)] = ""
    timeout_seconds: float = Field(default=300.0, gt=0, le=3600)

    def located(self, folder: Path) -> Self:
        """Return the same with the path of a repository on this machine counted from there."""
        if REMOTE.match(self.repository):
            return self
        path = folder / Path(self.repository).expanduser()
        return self.model_copy(update={"repository": str(path)})


class WebsiteSettings(SourceSettings):
    """A website, from a page or a sitemap on; sizes in megabytes, `seconds_between` requests."""

    website: Annotated[str, AfterValidator(_is_a_page)]
    every_minutes: float = Field(default=1440.0, ge=1, le=100_000)
    timeout_seconds: float = Field(default=30.0, gt=0, le=3600)
    max_files: int = Field(default=500, ge=1, le=100_000)
    page_mb: float = Field(default=5.0, gt=0, le=100)
    seconds_between: float = Field(default=1.0, ge=0, le=60)
    private_network: bool = False


class ForeignSettings(SourceSettings):
    """What another program fetches: of `channels`, which this one knows nothing about."""

    model_config = ConfigDict(extra="ignore", frozen=True, strict=True)

    channels: Sequence[object]


# What this program fetches itself.
Fetchable = RepositorySettings | WebsiteSettings


def fetchable(sources: Iterable[SourceSettings]) -> list[Fetchable]:
    """Return those of the sources that this program fetches itself."""
    return [each for each in sources if isinstance(each, Fetchable)]


def kind(data: Any) -> Literal[":repository", ":website", ":channels"] | None:  # noqa: ANN401
    """Tell what one of `[[sources]]` is, by the key that says where it is; None if none does."""
    has = data.__contains__ if isinstance(data, dict) else lambda key: hasattr(data, key)
    found = [each for each in ("repository", "website", "channels") if has(each)]
    return f"{KIND}{found[0]}" if len(found) == 1 else None  # type: ignore[return-value]


UNKNOWN = Discriminator(
    kind,
    custom_error_type="kind",
    custom_error_message="should have one of `repository`, `website` and `channels`",
)
Source = Annotated[
    Annotated[RepositorySettings, Tag(":repository")]
    | Annotated[WebsiteSettings, Tag(":website")]
    | Annotated[ForeignSettings, Tag(":channels")],
    UNKNOWN,
]


def apart(sources: Sequence[SourceSettings]) -> Sequence[SourceSettings]:
    """Return sources that don't get in each other's way.

    Raises:
        ValueError: two have one name, or one's folder is in another's.
    """
    names = [each.name for each in sources]
    if twice := {name for name in names if names.count(name) > 1}:
        message = f"should have names of their own, but two are called {min(twice)!r}"
        raise ValueError(message)
    for one in sources:
        if SERVER in one.place:
            message = f"should have a folder each, but that of {one.name!r} has {SERVER} in it"
            raise ValueError(message)
        for other in sources:
            inner = PurePosixPath(one.place.casefold())
            if one is not other and inner.is_relative_to(other.place.casefold()):
                message = (
                    "should have folders of their own, but that of "
                    f"{one.name!r} is in that of {other.name!r}"
                )
                raise ValueError(message)
    return sources
