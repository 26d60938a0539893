"""Which shards a process has is said in one way, and what says something else is refused."""

from pathlib import Path

import pytest
from click.testing import CliRunner

from bot.__main__ import main
from bot.errors import StartError
from bot.shards import ONE, Shards

PUBLIC = 613425648685547541  # Discord's own example of a server


@pytest.mark.parametrize(
    ("text", "ids", "count", "words"),
    [
        ("0-3/16", range(4), 16, "shards 0 to 3 of 16"),
        (" 12-15/16\n", range(12, 16), 16, "shards 12 to 15 of 16"),
        ("5/16", range(5, 6), 16, "shard 5 of 16"),
        ("3-3/4", range(3, 4), 4, "shard 3 of 4"),
        ("0/1", range(1), 1, "shard 0 of 1"),
        ("auto", range(0), 0, "as many shards as Discord wants"),
    ],
)
def test_a_part_is_named_by_its_first_and_last_and_how_many_there_are(
    text: str, ids: range, count: int, words: str
) -> None:
    shards = Shards.parse(text)
    assert (shards.ids, shards.count, str(shards)) == (ids, count, words)


NONSENSE = [
    *("", "x", "4-2/3", "0-16/16", "16/16", "0/0", "-1/4", "1", "1/", "/4", "0-3", "0-3/4/5"),
    *("1.5/4", "0–3/16", "٣/٤", "0-3/16x", "0x1/4", "999999/9999999", "all"),
]


@pytest.mark.parametrize("text", NONSENSE)
def test_what_names_no_part_is_refused_with_an_example(text: str) -> None:
    with pytest.raises(StartError, match=r"no part of the shards .*--shards.* 0-3/16 or 5/16"):
        Shards.parse(text)


@pytest.mark.parametrize("by_variable", [True, False])
def test_a_bot_that_is_started_with_nonsense_ends_with_one_line(
    tmp_path: Path, *, by_variable: bool
) -> None:
    (tmp_path / "config.toml").touch()
    arguments = ["--config", str(tmp_path / "config.toml"), "run"]
    options = [] if by_variable else ["--shards", "4-2/3"]
    environment = {"SEEDBOT_SHARDS": "4-2/3"} if by_variable else {}
    done = CliRunner().invoke(main, [*arguments, *options], env=environment)
    assert done.exit_code == 2
    assert "'4-2/3' is no part of the shards" in done.stderr
    assert "Traceback" not in done.output


def test_each_server_is_on_the_shard_that_discord_says() -> None:
    """By its number without the lower 22 bits, divided by how many there are."""
    parts = [Shards.parse(text) for text in ("0-3/16", "4-9/16", "10/16", "11-15/16")]
    for server in (PUBLIC, PUBLIC + (1 << 22), 5 << 22, (1 << 22) - 1, 2**63 - 1):
        shard = (server >> 22) % 16
        assert [part.have(server) for part in parts] == [shard in part.ids for part in parts]
    assert [part.first for part in parts] == [True, False, False, False]
    assert not any(part.whole for part in parts)
    for every in (ONE, Shards.parse("auto"), Shards.parse("0-3/4")):
        assert every.whole
        assert every.first
        assert every.have(PUBLIC)
