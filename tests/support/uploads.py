"""Documents of a collection to change, and what became of them."""

from collections.abc import Callable
from pathlib import Path

import pytest
from simcord import InteractionResult, MemberActor, ResponseMessage

from bot.errors import NotTaken
from bot.uploads import Author, Place
from index import IndexSettings
from tests.support.shown import described, unescaped

ANN = Author(1, "ann")
TEA, GREEN = b"# Tea\n\nTea is steeped.\n", b"# Tea\n\nTea is green.\n"
RULES = b"# Rules\n\nBe kind.\n"


def place(seeds: Path, folder: str = "staff", **settings: object) -> Place:
    """The collection `staff`, in a folder of its own."""
    values = {"seeds": str(seeds), "folder": folder, **settings}
    return Place("staff", IndexSettings.model_validate(values))


def tree(folder: Path) -> dict[str, bytes]:
    """What all files of a folder hold, by path."""
    files = (file for file in folder.rglob("*") if file.is_file())
    return {file.relative_to(folder).as_posix(): file.read_bytes() for file in files}


def refusal(attempt: Callable[..., object], *args: object) -> str:
    """Why something isn't done, in one line."""
    with pytest.raises(NotTaken) as caught:
        attempt(*args)
    assert "\n" not in str(caught.value)
    return str(caught.value)


def said(result: InteractionResult) -> str:
    """What an interaction was answered with, to the member alone."""
    message = result.followups[-1] if result.followups else result.response
    assert message is not None
    assert message.ephemeral
    return described(message.embeds[0]) if message.embeds else unescaped(message.content)


def shown(result: InteractionResult) -> ResponseMessage:
    """The message with the buttons."""
    assert result.response is not None
    assert result.response.ephemeral
    return result.response


async def take(member: MemberActor, result: InteractionResult) -> str:
    """Take what was shown; return what came of it."""
    return said(await member.click(shown(result), label="Take it"))
