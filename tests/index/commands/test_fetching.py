"""What an owner is told of sources: what is left of old ones, and what has to be waited for."""

from pathlib import Path

import pytest

from index import CollectionSettings, IndexConfig, IndexSettings, lacking_an_index
from index.commands.fetching import show_sources
from index.reading.origins import JSON, ORIGINS, Origins
from index.settings import POINTER
from index.sources import RepositorySettings


def test_folders_that_no_source_keeps_any_more_are_named(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    for folder, name in {"hb": "hb", "moved/hb": "hb", "old": "old", "learned": ""}.items():
        place = tmp_path / "seeds" / folder
        place.mkdir(parents=True)
        (place / ORIGINS).write_bytes(JSON.dump_json(Origins(name)))
    settings = IndexSettings(seeds=str(tmp_path / "seeds"), store=str(tmp_path / "store"))
    source = RepositorySettings(name="hb", repository="/nowhere")
    show_sources(IndexConfig(index=settings, sources=[source]))
    told = " ".join(capsys.readouterr().err.split())
    assert "hb fetched what is in moved/hb/" in told
    assert "old fetched what is in old/" in told
    assert told.count("delete that folder") == 2


def test_only_what_an_index_was_never_built_of_is_waited_for(tmp_path: Path) -> None:
    settings = IndexSettings(seeds=str(tmp_path / "seeds"), store=str(tmp_path / "store"))
    guide, staff = CollectionSettings(name="guide"), CollectionSettings(name="staff", folder="in")
    assert lacking_an_index(settings, (), "hb")
    assert lacking_an_index(settings, (guide, staff), "in/hb")
    for store in (settings.store_path, settings.store_path / "collections" / "guide"):
        store.mkdir(parents=True)
        (store / POINTER).touch()
    assert not lacking_an_index(settings, (), "hb")
    assert not lacking_an_index(settings, (guide, staff), "hb")
    assert lacking_an_index(settings, (guide, staff), "in/hb")
