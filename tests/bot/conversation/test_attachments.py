"""An attached file is fetched whole or not at all, and never more of it than is wanted."""

from collections.abc import Iterator
from types import SimpleNamespace
from typing import cast

import discord
import pytest

from bot.conversation import delivery
from bot.conversation.attachments import download, name_of
from bot.errors import Refused
from tests.support.cdn import Cdn


@pytest.fixture
def cdn() -> Iterator[Cdn]:
    """One that gives the same to all."""
    with Cdn() as server:
        server.give = lambda _url: b"x" * 1000
        yield server


@pytest.fixture(autouse=True)
def at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing is waited for between attempts."""
    monkeypatch.setattr(delivery, "RETRY_SECONDS", (0.0, 0.0))


def attached(url: str, filename: str = "tea.md", title: str | None = None) -> discord.Attachment:
    """An attachment at an address."""
    made = SimpleNamespace(url=url, filename=filename, title=title, size=1)
    return cast("discord.Attachment", made)


async def test_a_file_is_fetched_up_to_its_limit(cdn: Cdn) -> None:
    assert await download(attached(f"{cdn.base}/tea.md"), 1000) == b"x" * 1000


async def test_a_file_that_is_larger_than_discord_said_is_not_read_to_its_end(cdn: Cdn) -> None:
    with pytest.raises(Refused, match="larger than the 999 bytes"):
        await download(attached(f"{cdn.base}/tea.md"), 999)
    assert len(cdn.asked) == 1


async def test_what_is_gone_is_told_at_once(cdn: Cdn) -> None:
    cdn.statuses = [404]
    with pytest.raises(Refused, match="attach it again"):
        await download(attached(f"{cdn.base}/tea.md"), 1000)
    assert len(cdn.asked) == 1


async def test_an_outage_is_outlasted_or_told(cdn: Cdn) -> None:
    cdn.statuses = [503, 502]
    assert len(await download(attached(f"{cdn.base}/tea.md"), 1000)) == 1000
    cdn.statuses = [503] * 9
    with pytest.raises(Refused, match="try again later"):
        await download(attached(f"{cdn.base}/tea.md"), 1000)
    with pytest.raises(Refused, match="try again later"):
        await download(attached("http://127.0.0.1:1/tea.md"), 1000)


@pytest.mark.parametrize(
    ("filename", "title", "name"),
    [
        ("tea.md", None, "tea.md"),
        ("ber_uns.md", "Über uns", "Über uns.md"),
        ("nothing", "Nothing", "nothing"),
        ("evil.md", "../../etc/passwd", "../../etc/passwd.md"),
    ],
)
def test_a_file_is_called_as_it_was_where_it_came_from(
    filename: str, title: str | None, name: str
) -> None:
    assert name_of(attached("", filename, title)) == name
