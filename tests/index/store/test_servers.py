"""Which node is asked, whoever else asks at the same time."""

import json
import threading
from typing import cast

import pytest
from httpx import Headers
from qdrant_client import QdrantClient
from qdrant_client.http.exceptions import ResponseHandlingException, UnexpectedResponse

from index.errors import EngineUnavailable, SettingsError
from index.settings import ENGINE_KEY, QdrantSettings
from index.store.qdrant import servers
from index.store.qdrant.servers import Servers


class Node:
    """In the place of a client: says its name, or can't be reached."""

    def __init__(self, name: str) -> None:
        """Be there."""
        self.name = name
        self.gone = False

    def say(self) -> str:
        """Say its name."""
        if self.gone:
            raise ResponseHandlingException(ConnectionError("nobody listens"))
        return self.name


def of(*nodes: Node, patience: float = 0.0) -> Servers:
    """Ask some nodes."""
    clients = [cast("QdrantClient", each) for each in nodes]
    return Servers([each.name for each in nodes], clients, patience)


def say(client: QdrantClient) -> str:
    """Ask a node for its name."""
    return cast("Node", client).say()


def test_an_answer_that_comes_late_does_not_bring_its_node_back() -> None:
    nodes = of(Node("behind"), Node("ahead"))
    asked, answer = threading.Event(), threading.Event()

    def slowly(client: QdrantClient) -> str:
        asked.set()
        answer.wait()
        return say(client)

    early = threading.Thread(target=nodes.ask, args=(slowly,))
    early.start()
    asked.wait()
    preferred = nodes.prefer(lambda client: say(client) == "ahead")
    answer.set()
    early.join()
    assert preferred is not None
    assert nodes.name(preferred) == "ahead"
    assert nodes.ask(say) == "ahead"


def test_a_node_that_was_away_counts_as_another() -> None:
    first, second = Node("first"), Node("second")
    nodes = of(first, second)
    before, _ = nodes.ask_one(say)
    first.gone = True
    assert nodes.ask(say) == "second"
    first.gone, second.gone = False, True
    after, name = nodes.ask_one(say)
    assert name == "first"
    assert before.number == after.number
    assert before != after


def test_nodes_are_waited_for_by_who_has_patience_and_had_an_answer(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    node = Node("only")
    node.gone = True
    nodes = of(node, patience=60.0)
    with pytest.raises(EngineUnavailable, match="only: nobody listens"):
        nodes.ask(say)
    node.gone = False
    assert nodes.ask(say) == "only"
    node.gone = True

    def back(_seconds: float) -> None:
        node.gone = False

    monkeypatch.setattr("index.store.qdrant.servers.time.sleep", back)
    assert nodes.ask(say) == "only"
    assert not nodes.problem


def test_who_has_no_patience_is_told_at_once_for_a_while(monkeypatch: pytest.MonkeyPatch) -> None:
    now = 1000.0
    monkeypatch.setattr("index.store.qdrant.servers.time.monotonic", lambda: now)
    node = Node("only")
    node.gone = True
    nodes = of(node)
    with pytest.raises(EngineUnavailable):
        nodes.ask(say)
    node.gone = False
    with pytest.raises(EngineUnavailable):
        nodes.ask(say)
    now += servers.PAUSE_SECONDS
    assert nodes.ask(say) == "only"


def test_who_asked_what_is_wrong_keeps_nobody_else_waiting() -> None:
    nodes = of(Node("first"), Node("second"))

    def wrong(_client: QdrantClient) -> str:
        raise UnexpectedResponse(400, "Bad Request", b"{}", Headers())

    with pytest.raises(EngineUnavailable, match="first says 400 Bad Request; see its log"):
        nodes.ask(wrong)
    assert nodes.ask(say) == "first"


@pytest.mark.parametrize("strange", [json.JSONDecodeError("none", "<html>", 0), AssertionError()])
def test_what_is_no_answer_of_the_engine_is_asked_of_the_next_node(strange: Exception) -> None:
    nodes = of(Node("page"), Node("node"))

    def ask(client: QdrantClient) -> str:
        if say(client) == "page":
            raise strange
        return say(client)

    assert nodes.ask(ask) == "node"
    with pytest.raises(EngineUnavailable, match=r"page: what it answers .* `url` under"):
        of(Node("page")).ask(ask)


def test_a_look_at_what_knows_no_collections_is_harmless() -> None:
    class Elsewhere(Node):
        def get_collections(self) -> None:
            raise UnexpectedResponse(404, "Not Found", b"<html>", Headers())

    nodes = of(Elsewhere("page"))
    nodes.look()
    assert not nodes.problem


def test_where_there_is_no_address_that_is_said() -> None:
    with pytest.raises(EngineUnavailable, match=r"there is no `url` under \[index\.qdrant\]"):
        of().ask(say)


@pytest.mark.parametrize("key", ["kéy", "two\nlines"])
def test_a_key_that_can_not_be_sent_is_refused(monkeypatch: pytest.MonkeyPatch, key: str) -> None:
    monkeypatch.setenv(ENGINE_KEY, key)
    with pytest.raises(SettingsError, match=ENGINE_KEY) as refused:
        servers.servers_of(QdrantSettings(url=("http://127.0.0.1:9",), depth=300))
    assert key not in str(refused.value)
