"""What programs ask: the shipped seeds, and collections for some."""

from collections.abc import AsyncIterator, Callable, Iterator
from pathlib import Path

import pytest
from aiohttp.test_utils import TestClient, TestServer
from aiohttp.web import Application, Request

from bot.access.standing import all_of, eyes
from bot.programs.programs import Programs
from bot.programs.web import Api
from bot.serving.service import AnswerService
from bot.settings import BotCollectionSettings, LoggingSettings, ServiceSettings
from index import IndexSettings, Library
from index.model.onnx_embedder import OnnxEmbedder
from tests.support.builder import Builder

TOKEN = "a-token-of-the-tests"  # noqa: S105 - of nothing else
Client = TestClient[Request, Application]
See = Callable[..., Programs]

TEXTS = {
    "guide/gate.md": "# Gate\n\nThe colour of the gate is green.\n",
    "staff/alarm.md": "# Alarm\n\nThe code of the alarm is 4711.\n",
    "club/cellar.md": "# Cellar\n\nThe password of the cellar is Brombeere.\n",
    "servers/7/ferry.md": "# Ferry\n\nThe ferry to the island leaves at nine.\n",
}
COLLECTIONS = (
    BotCollectionSettings(name="guide", folder="guide", everybody=True),
    BotCollectionSettings(name="staff", folder="staff", roles=[3]),
    BotCollectionSettings(name="club", folder="club", channels=[5], servers=[9]),
    BotCollectionSettings(name="own", folder="servers/{server}"),
)


@pytest.fixture
def programs(service: AnswerService) -> Programs:
    """Programs that read the shipped seeds."""
    return Programs(service, all_of)


@pytest.fixture
async def client(programs: Programs) -> AsyncIterator[Client]:
    """A program that has the token."""
    async with TestClient(TestServer(Api(programs, TOKEN, 0).application())) as client:
        client.session.headers["Authorization"] = f"Bearer {TOKEN}"
        yield client


@pytest.fixture(scope="session")
def divided(tmp_path_factory: pytest.TempPathFactory, embedder: OnnxEmbedder) -> Library:
    """Collections for everybody, for some, and for the members of a server."""
    folder = tmp_path_factory.mktemp("divided")
    settings = IndexSettings(seeds=str(folder / "seeds"), store=str(folder / "store"))
    for path, text in TEXTS.items():
        file = Path(settings.seeds) / path
        file.parent.mkdir(parents=True)
        file.write_text(text)
    builder = Builder(embedder)
    library = Library(settings, None, COLLECTIONS, embedder=embedder, builder=builder)
    for name in library.names():
        library.rebuild(name)
    return library


@pytest.fixture
def see(divided: Library) -> Iterator[See]:
    """Programs that see what somebody may, as `--as` has it."""
    service = AnswerService(divided, ServiceSettings(), LoggingSettings())
    yield lambda *who: Programs(service, eyes(COLLECTIONS, who))
    service.close()
