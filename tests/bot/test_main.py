"""What is done before the bot opens its indexes."""

from collections.abc import Sequence
from pathlib import Path

import pytest

from bot import __main__ as module
from bot.settings import BotConfig
from index import IndexSettings, SeedIndexError, SourceSettings, WebsiteSettings

SITE = WebsiteSettings(name="site", website="https://docs.example.org/")


@pytest.mark.parametrize(
    ("built", "folder", "waited"),
    [(False, True, True), (True, True, False), (True, False, True)],
)
def test_new_sources_are_waited_for_where_no_index_of_that_folder_was_built(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, *, built: bool, folder: bool, waited: bool
) -> None:
    index = IndexSettings(seeds=str(tmp_path / "seeds"), store=str(tmp_path / "store"))
    if built:
        index.store_path.mkdir()
        (index.store_path / "current").write_text("")
    if folder:
        index.seeds_path.mkdir()
    fetched: list[SourceSettings] = []

    def fetch_new(
        _settings: IndexSettings, sources: Sequence[SourceSettings], _tell: object
    ) -> None:
        fetched.extend(sources)
        raise SeedIndexError

    monkeypatch.setattr(module, "fetch_new", fetch_new)
    with pytest.raises(SeedIndexError):
        module.open_configured(BotConfig(index=index, sources=[SITE]))
    assert fetched == ([SITE] if waited else [])
