"""What was gathered answers, word for word and with the address of the post."""

from pathlib import Path

import pytest

from bot.gathering import Gathering
from bot.settings import BotConfig
from index import IndexSettings, Library
from index.model.onnx_embedder import OnnxEmbedder
from tests.support.builder import Builder
from tests.support.shown import described, unescaped
from tests.support.village import Village

pytestmark = pytest.mark.simcord(check_errors=False)

QUESTION = "How do I reset the label printer?"
ANSWER = "To reset the label printer, hold both buttons for ten seconds."


@pytest.fixture
def library(tmp_path: Path, config: BotConfig, embedder: OnnxEmbedder) -> Library:
    """Indexes that can be built."""
    settings = IndexSettings(seeds=str(tmp_path / "seeds"), store=str(tmp_path / "store"))
    return Library(
        settings, collections=config.collections, embedder=embedder, builder=Builder(embedder)
    )


async def asked(village: Village) -> str:
    """What the question is answered with."""
    result = await village.cleo.slash(village.hall, "ask", question=QUESTION)
    assert result.response is not None
    embed = result.response.embeds[0] if result.response.embeds else None
    return unescaped(described(embed)) if embed else result.response.content or ""


async def test_a_post_answers_with_its_address_until_it_is_withdrawn(
    gathering: Gathering, village: Village, library: Library
) -> None:
    thread = await village.post(
        village.ann,
        QUESTION,
        "It prints nothing but stripes.",
        (village.bob, f"{ANSWER} <@{village.ann.id}> knows the rest."),
    )
    await gathering.turn()
    library.rebuild("village")
    answer = await asked(village)
    assert f"**{ANSWER} a member knows the rest.**" in answer
    assert f"https://discord.com/channels/901/{thread.id}" in answer
    assert str(village.ann.id) not in answer
    await village.rule(village.forum, village.muted, deny=1 << 10)
    await gathering.turn()
    library.rebuild("village")
    assert "buttons" not in await asked(village)
