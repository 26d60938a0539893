"""One bot as several processes, each with a part of its shards, on one index and one database."""

import signal
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from anyio.from_thread import BlockingPortal

from bot.admission import STRANGER
from index import IndexSettings
from index.front import silent
from tests.support import model
from tests.support.builder import Builder
from tests.support.discord_server.payloads import Payload
from tests.support.discord_server.server import FIRST, SECOND, DiscordServer, in_thread
from tests.support.process import BotProcess, free_port, health, until

QUESTION = "What colour is the gate?"
SOON = 5.0


@dataclass
class Scene:
    """Two servers, each with a channel that another process is told of."""

    server: DiscordServer
    portal: BlockingPortal
    folder: Path
    builder: Builder
    channels: list[Payload]
    ports: list[int] = field(default_factory=lambda: [free_port(), free_port()])

    def write(self, colour: str) -> None:
        """Say in the document what colour the gate has."""
        (self.folder / "seeds" / "gate.txt").write_text(f"The colour of the gate is {colour}.\n")

    def build(self) -> str:
        """Take the document into the index, as a person does; return the generation."""
        seeds, store = str(self.folder / "seeds"), str(self.folder / "store")
        return self.builder(IndexSettings(seeds=seeds, store=store), silent).generation

    def bot(self, number: int) -> BotProcess:
        """Start the process of a shard."""
        config = (
            f"[index]\nseeds = '{self.folder}/seeds'\nstore = '{self.folder}/store'\n"
            f"settle_seconds = 600.0\n[records]\nfile = '{self.folder}/bot.sqlite'\n"
        )
        options = ("--shards", f"{number}/2", "--metrics-port", str(self.ports[number]))
        return BotProcess(self.folder, self.server, config, *options, name=f"bot{number}")

    def mention(self, number: int, by: Payload, words: str) -> bool:
        """Ask in a server; return whether what is answered there by now holds these words."""
        where = self.channels[number]
        before = len(self.server.written(where))
        self.portal.call(partial(self.server.mention, by, QUESTION, where=where))
        until(lambda: len(self.server.written(where)) > before)
        return words in str(self.server.written(where)[-1])

    def command(self, number: int, by: Payload) -> str:
        """Ask by a command in a server; return what comes."""
        where = self.channels[number]
        asking = partial(self.server.slash, by, "ask", where=where, question=QUESTION)
        exchange = self.portal.call(asking)
        until(lambda: exchange.replies)
        return str(exchange.replies)

    def told(self, by: Payload) -> str:
        """Ask directly; return what comes."""
        before = len(self.server.written_to(by))
        self.portal.call(self.server.write_directly, by, QUESTION)
        until(lambda: len(self.server.written_to(by)) > before)
        return str(self.server.written_to(by)[-1])

    def health(self, number: int) -> dict[str, Any]:
        """What a process says of itself."""
        return health(self.ports[number])[1]


@pytest.fixture
def scene(tmp_path: Path, begun: Path) -> Iterator[Scene]:
    """The stage set, with an index of one document; nobody is there."""
    (tmp_path / "seeds").mkdir()
    with in_thread(FIRST) as (server, portal):
        channels = [server.channel, server.add_guild(SECOND)]
        scene = Scene(server, portal, tmp_path, Builder(model.exported(begun)), channels)
        scene.write("green")
        scene.build()
        yield scene


def test_two_processes_answer_each_in_its_server_from_one_index_and_one_of_them_builds(
    scene: Scene,
) -> None:
    """Direct messages come to the first, whosever server one is in."""
    maria = scene.server.member("maria")
    ann = scene.server.member("ann", guild=str(SECOND))
    eve = scene.server.stranger("eve")
    with scene.bot(0) as first, scene.bot(1) as second:
        bots = [first, second]
        for number, bot in enumerate(bots):
            bot.wait_for(f"connected as seedbot with shard {number} of 2, in 1 servers")
        assert scene.server.rest.requests.count("commands") == 1
        assert scene.mention(0, maria, "green")
        assert "green" in scene.command(1, ann)
        assert "green" in scene.told(ann)
        assert STRANGER in scene.told(eve)
        leads = [scene.health(number)["builder"] for number in (0, 1)]
        assert sorted(leads) == [False, True]
        # Long before any of them looks at the documents.
        scene.write("red")
        built = scene.build()
        until(lambda: all(scene.health(each)["generation"] == built for each in (0, 1)), SOON)
        assert scene.mention(0, maria, "red")
        assert scene.mention(1, ann, "red")
        bots[leads.index(True)].process.send_signal(signal.SIGKILL)
        until(lambda: scene.health(leads.index(False))["builder"], SOON)
        assert "exception" not in str([*first.lines(), *second.lines()])
