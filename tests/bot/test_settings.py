"""The config file: every key known, every mistake told with file, key and expectation."""

import contextlib
import os
import re
import tomllib
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import BaseModel

from bot.errors import StartError
from bot.settings import BotCollectionSettings, BotConfig, api_token, discord_token
from index import SettingsError, load_config

SOURCE = "[[sources]]\nname = 'a'\nrepository = 'x'\n"
EXAMPLE = Path(__file__).parents[2] / "config.example.toml"


def test_the_example_lists_every_key_with_its_default() -> None:
    example = tomllib.loads(EXAMPLE.read_text())
    defaults = BotConfig()
    assert {*example, "collections", "sources"} == set(BotConfig.model_fields)
    assert not defaults.collections
    assert not defaults.sources
    for name, table in example.items():
        model = getattr(defaults, name)
        assert isinstance(model, BaseModel)
        assert table == model.model_dump(mode="json")


def test_collections_and_sources_of_the_example_are_a_config_once_they_are_no_comments(
    tmp_path: Path,
) -> None:
    # What is to be taken away has no space behind it; what explains has one.
    text, lines = re.subn(r"^#(?=[^ \n])", "", EXAMPLE.read_text(), flags=re.MULTILINE)
    file = tmp_path / "config.toml"
    file.write_text(text)
    config = load_config(BotConfig, file)
    assert [each.name for each in config.collections] == ["guide", "staff", "own"]
    data = tomllib.loads(text)
    tables = data["collections"] + data["sources"]
    assert sum(map(len, tables)) + len(tables) == lines
    keys = {key for table in data["collections"] for key in table}
    assert keys == set(BotCollectionSettings.model_fields)
    for source, table in zip(config.sources, data["sources"], strict=True):
        assert set(table) == set(type(source).model_fields)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("[index]\nsed = 'x'", r"config\.toml: unknown key `index\.sed`"),
        ("[inedx]\nseeds = 'x'", r"config\.toml: unknown key `inedx`"),
        ("[index]\npassage_tokens = 'many'", r"`index\.passage_tokens` should be .*'many'"),
        ("[answers]\nsure = 2.0", r"`answers\.sure` should be less than 1, but is 2\.0"),
        ("[logging]\nlevel = 'loud'", r"`logging\.level` should be 'debug'.*'loud'"),
        (
            "[answers]\nbase_url = 'docs.example.org'",
            r"`answers\.base_url` should be empty or begin with http",
        ),
        ("[writer]\nurl = 'localhost:1'", r"`writer\.url` should be empty or a base URL"),
        ("[writer]\nurl = 'http://h:99999'", r"`writer\.url` should be empty or a base URL"),
        ("[writer]\nurl = 'http://h/v1?a=b'", "with no query and no password"),
        ("[writer]\nurl = 'http://me:pw@h/v1'", "with no query and no password"),
        ("[writer]\nurl = 'http://h/chat/completions'", "/chat/completions is added to it"),
        ("[writer]\nurl = 'http://h'", r"`writer\.model` should name a model .*, but is ''"),
        ("[writer]\nparameters = {stream = true}", r"`writer\.parameters` should not set stream"),
        ("[writer]\nparameters = {top_p = nan}", r"`writer\.parameters` should have no number"),
        ("[writer]\nparameters = {a = 2024-05-03}", r"`writer\.parameters\.a`"),
        (
            "[writer]\nurl = 'http://h'\nmodel = 'm'\n[service]\ntimeout_seconds = 20",
            r"toml: `writer\.timeout_seconds` should be less than `service\.timeout_seconds` \(20",
        ),
        ("[discord]\nguild = 99999999999999999999", r"`discord\.servers\.0` should be less than"),
        ("[index]\nseeds = '~nobody-here/x'", "home folder is unknown"),
        ("[index]\nengine = 'qdrant'", r"`index\.qdrant` should have a `url`.* is \"qdrant\"$"),
        ("[index\n", "not valid TOML"),
        (
            "[sources]\nname = 'a'",
            r"`sources` should be a list of tables, .*\[\[sources\]\]$",
        ),
        ("[[sources]]\nrepository = 'x'", r"`sources\.0\.name` is missing$"),
        (f"{SOURCE}{SOURCE}", r"`sources` should have names of their own, .* called 'a'$"),
        (
            f"{SOURCE}folder = 'x'\n[[sources]]\nname = 'b'\nfolder = 'x/y'\nwebsite = 'https://h'",
            r"that of 'b' is in that of 'a'",
        ),
        ("[[sources]]\nname = 'a'", "one of `repository`, `website` and `channels`"),
        (
            "[[sources]]\nname = 'a'\nrepository = 'https://me:pw@h/r'",
            r"the environment.*//…@",
        ),
    ],
)
def test_a_mistake_names_file_key_and_expectation(tmp_path: Path, text: str, expected: str) -> None:
    file = tmp_path / "config.toml"
    file.write_text(text)
    with pytest.raises(SettingsError, match=expected) as caught:
        load_config(BotConfig, file)
    assert "\n" not in str(caught.value)


def test_a_slow_writer_that_is_off_is_no_mistake(tmp_path: Path) -> None:
    file = tmp_path / "config.toml"
    file.write_text("[service]\ntimeout_seconds = 5.0\n")
    assert load_config(BotConfig, file).service.timeout_seconds == 5


def test_paths_count_from_the_file(tmp_path: Path) -> None:
    file = tmp_path / "config.toml"
    file.write_text("[index]\nseeds = 'docs'\n")
    config = load_config(BotConfig, file)
    assert config.index.seeds_path == tmp_path / "docs"
    assert config.index.store_path == tmp_path / ".index"


def test_without_file_and_seeds_the_shipped_documents_are_used(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    config = load_config(BotConfig, None)
    assert (config.index.seeds_path / "003_film_article.txt").is_file()
    assert not config.index.store_path.is_relative_to(tmp_path)


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match=r"nowhere\.toml: there is no such config file"):
        load_config(BotConfig, tmp_path / "nowhere.toml")


@given(st.binary(max_size=200))
def test_no_file_however_broken_raises_anything_else(data: bytes) -> None:
    file = Path("/tmp") / "seedbot-broken.toml"  # noqa: S108 - Hypothesis has no tmp_path
    file.write_bytes(data)
    with contextlib.suppress(SettingsError):
        assert isinstance(load_config(BotConfig, file), BotConfig)


@pytest.mark.parametrize(
    ("token", "word"), [(None, "no token"), (" ", "no token"), ("a b", "copy")]
)
def test_a_token_that_can_be_none_is_told(
    monkeypatch: pytest.MonkeyPatch, token: str | None, word: str
) -> None:
    monkeypatch.delenv("DISCORD_TOKEN", raising=False)
    if token is not None:
        monkeypatch.setenv("DISCORD_TOKEN", token)
    with pytest.raises(StartError, match=word):
        discord_token()


def test_the_token_is_taken_out_of_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DISCORD_TOKEN", "Bot a.b.c")
    assert discord_token() == "a.b.c"
    assert "DISCORD_TOKEN" not in os.environ


@pytest.mark.parametrize(
    ("token", "word"),
    [
        (None, "no token: set SEEDBOT_API_TOKEN .*openssl rand -hex 32"),
        (" ", "no token"),
        ("short", "16 characters or more"),
        ("with spaces in between", "without spaces"),
        ("ünderstood-by-nobody", "ASCII"),
    ],
)
def test_a_token_for_programs_that_can_be_guessed_or_not_sent_is_refused(
    monkeypatch: pytest.MonkeyPatch, token: str | None, word: str
) -> None:
    monkeypatch.delenv("SEEDBOT_API_TOKEN", raising=False)
    if token is not None:
        monkeypatch.setenv("SEEDBOT_API_TOKEN", token)
    with pytest.raises(StartError, match=word):
        api_token()


def test_the_token_for_programs_is_taken_out_of_the_environment(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("SEEDBOT_API_TOKEN", "0123456789abcdef")
    assert api_token() == "0123456789abcdef"
    assert "SEEDBOT_API_TOKEN" not in os.environ
