"""How a config file is read."""

import re
import tomllib
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Self, TypeVar

import platformdirs
from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator

from index.errors import SettingsError
from index.settings import (
    SHIPPED_SEEDS,
    AnswerSettings,
    CollectionSettings,
    IndexSettings,
)
from index.sources import KIND, Source, SourceSettings, apart

REPOSITORY_SEEDS = Path(__file__).parent.parent / "seeds"
CONFIG_NAME = "config.toml"


class IndexConfig(BaseModel):
    """What the index needs of the config file; the bot's own tables are not its business."""

    model_config = ConfigDict(extra="ignore", frozen=True, strict=True)

    index: IndexSettings = IndexSettings()
    answers: AnswerSettings = AnswerSettings()
    collections: Sequence[CollectionSettings] = Field(default=())
    sources: Sequence[Source] = Field(default=())

    @field_validator("collections")
    @classmethod
    def _have_names_of_their_own(
        cls, value: Sequence[CollectionSettings]
    ) -> Sequence[CollectionSettings]:
        names = [each.name for each in value]
        if twice := {name for name in names if names.count(name) > 1}:
            message = f"should have names of their own, but two are called {min(twice)!r}"
            raise ValueError(message)
        return value

    @field_validator("sources")
    @classmethod
    def _are_apart(cls, value: Sequence[SourceSettings]) -> Sequence[SourceSettings]:
        return apart(value)

    def located(self, _folder: Path) -> Self:
        """Return the same with the paths of other tables counted from the config's folder."""
        return self


Config = TypeVar("Config", bound=IndexConfig)


def load_config(model: type[Config], file: Path | None) -> Config:
    """Read a config file, or the `config.toml` of the current folder, or the defaults.

    Relative paths in the file count from the file's folder. Without a file, `seeds/` of the
    current folder is used; where there is none, the documents that ship with the bot, with the
    index in the user's cache folder.

    Raises:
        SettingsError: the file can't be read, or a key is unknown or has the wrong type.
    """
    if file is None and Path(CONFIG_NAME).is_file():
        file = Path(CONFIG_NAME)
    if file is None:
        return _anchored(model(), Path.cwd(), shipped=not Path(IndexSettings().seeds).is_dir())
    try:
        data = tomllib.loads(file.read_text(encoding="utf-8-sig"))
    except FileNotFoundError:
        message = f"{file}: there is no such config file; copy config.example.toml to begin one"
        raise SettingsError(message) from None
    except (OSError, UnicodeDecodeError) as error:
        message = f"{file}: the config file can't be read: {error}"
        raise SettingsError(message) from error
    except tomllib.TOMLDecodeError as error:
        message = f"{file}: not valid TOML: {error}"
        raise SettingsError(message) from error
    return _anchored(validate(model, data, str(file)), file.resolve().parent, shipped=False)


def validate(model: type[Config], data: Mapping[str, Any], where: str) -> Config:
    """Check `data` against `model`.

    Raises:
        SettingsError: names the file, the key, what was expected and what was found.
    """
    try:
        return model.model_validate(data)
    except ValidationError as error:
        first = error.errors()[0]
        parts = (str(part) for part in first["loc"])
        key = ".".join(part for part in parts if not part.startswith(KIND))
        if first["type"] == "extra_forbidden":
            message = f"{where}: unknown key `{key}`; config.example.toml lists every key"
        elif not key:
            message = f"{where}: {first['msg'].removeprefix('Value error, ')}"
        else:
            expected = re.sub(r"^(?:Input|String|Value error,) ", "", first["msg"])
            value = first["input"]
            if first["type"] == "is_instance_of":
                expected = f"should be a list of tables, each below [[{key}]]"
            elif first["type"] == "missing":
                expected = "is missing"
            # A table is told by what it should have.
            is_table = isinstance(value, BaseModel | dict | list)
            found = "" if is_table else f", but is {value!r:.80}"
            # A password in an address is nobody's to read.
            found = re.sub(r"//[^/@\s]*@", "//…@", found)
            message = f"{where}: `{key}` {expected}{found}"
        raise SettingsError(message) from None


def _anchored(config: Config, folder: Path, *, shipped: bool) -> Config:
    """Make the paths of `config` absolute, counting from `folder`."""
    try:
        seeds = folder / Path(config.index.seeds).expanduser()
        store = folder / Path(config.index.store).expanduser()
        model = folder / Path(config.index.model).expanduser()
    except RuntimeError:
        message = f"{folder}: a path begins with ~ but the home folder is unknown"
        raise SettingsError(message) from None
    if shipped:
        seeds = SHIPPED_SEEDS if SHIPPED_SEEDS.is_dir() else REPOSITORY_SEEDS
        store = platformdirs.user_cache_path("seedbot") / "index"
    index = config.index.model_copy(
        update={
            "seeds": str(seeds),
            "store": str(store),
            "model": str(model) if model.is_dir() else config.index.model,
        }
    )
    home = platformdirs.user_data_path("seedbot") if shipped else folder
    sources = [each.located(folder) for each in config.sources]
    return config.model_copy(update={"index": index, "sources": sources}).located(home)
