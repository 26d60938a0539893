"""The HTTP API: what it says, what it refuses, and that it is as it is described."""

import asyncio
import json
import re
import threading
from pathlib import Path
from typing import Any

import jsonschema
import pytest
from aiohttp import ClientResponse
from aiohttp.test_utils import TestClient, TestServer

from bot.access.standing import all_of
from bot.programs import forms, web
from bot.programs.openapi import description
from bot.programs.programs import Programs
from bot.programs.web import MOST_BYTES, Api
from bot.serving.service import AnswerService
from bot.settings import LoggingSettings, ServiceSettings
from index import Index, IndexSettings, Library
from tests.bot.programs.conftest import TOKEN, Client
from tests.support.slow_index import SlowIndex

OFFICIAL = Path(__file__).parents[2] / "data" / "openapi-3.1.json"
DIRECTED = "Who directed All of Us Strangers?"
LONG = "003_film_article.txt"


async def fitting(response: ClientResponse) -> Any:  # noqa: ANN401 - JSON
    """The body of a response, which is what the description says of it."""
    told = await response.json()
    described = description()
    operation = described["paths"][response.url.path][response.method.lower()]
    said = operation["responses"][str(response.status)]
    if "$ref" in said:
        said = described["components"]["responses"][said["$ref"].rpartition("/")[2]]
    schema = said["content"]["application/json"]["schema"] | {"components": described["components"]}
    jsonschema.validate(told, schema, jsonschema.Draft202012Validator)
    assert response.status < 400 or list(told) == ["error"]
    return told


def test_the_description_is_openapi() -> None:
    official = json.loads(OFFICIAL.read_text())
    jsonschema.validate(description(), official, jsonschema.Draft202012Validator)
    for schema in description()["components"]["schemas"].values():
        jsonschema.Draft202012Validator.check_schema(schema)
    refs = set(re.findall(r'"\$ref": "#/components/(\w+)/(\w+)"', json.dumps(description())))
    components = description()["components"]
    named = {(kind, name) for kind in ("schemas", "responses") for name in components[kind]}
    assert refs == named


async def test_all_that_is_described_is_there_and_nothing_else(client: Client) -> None:
    described = {
        (method.upper(), path) for path, item in description()["paths"].items() for method in item
    }
    routes = client.server.app.router.routes()  # type: ignore[attr-defined]
    there = {(route.method, route.resource.canonical) for route in routes}
    assert there - {("GET", "/openapi.json")} - {("HEAD", path) for _, path in there} == described


async def test_the_description_needs_no_token(client: Client) -> None:
    response = await client.get("/openapi.json", headers={"Authorization": ""})
    assert await response.json() == description()


async def test_an_answer_is_what_ask_prints(client: Client, seeds_index: Index) -> None:
    response = await client.post("/ask", json={"question": DIRECTED})
    told = await fitting(response)
    assert response.status == 200
    assert "Andrew Haigh" in told["citations"][0]["bold"]
    printed = forms.answered(DIRECTED, seeds_index.answer(DIRECTED), 0.0)
    assert told | {"seconds": 0.0} == json.loads(json.dumps(printed))


async def test_a_question_goes_on_with_those_before_it(client: Client) -> None:
    asked = {"question": "and who produced it?", "earlier": [DIRECTED]}
    told = await fitting(await client.post("/ask", json=asked))
    assert "All of Us Strangers" in told["understood"]
    assert "produced" in told["citations"][0]["quote"]


async def test_what_the_documents_do_not_say_is_no_answer(client: Client) -> None:
    told = await fitting(await client.post("/ask", json={"question": "How do I boil an egg?"}))
    assert told["outcome"] in {"nearest", "none"}


async def test_passages_are_looked_up_in_one_document_or_in_all(client: Client) -> None:
    asked = {"query": "the director", "count": 3}
    told = await fitting(await client.post("/lookup", json=asked))
    assert [each["number"] for each in told["passages"]] == [1, 2, 3]
    told = await fitting(await client.post("/lookup", json={**asked, "path": LONG}))
    assert {each["path"] for each in told["passages"]} == {LONG}


async def test_a_document_is_read_from_page_to_page_to_its_last_sign(
    client: Client, seeds_index: Index
) -> None:
    document = seeds_index.read(LONG)
    assert document is not None
    asked, whole, pages = {"path": LONG, "most": "3000"}, "", 0
    while True:
        told = await fitting(await client.get("/source", params=asked))
        whole, pages = whole + told["text"], pages + 1
        assert told["url"].startswith("https://example.org/docs/")
        if told["rest"] is None:
            break
        start, end = map(str, told["rest"])
        asked = asked | {"start": start, "end": end}
    assert whole == document.text
    assert pages > 2


async def test_the_place_of_a_quote_can_be_read(client: Client) -> None:
    told = await fitting(await client.post("/ask", json={"question": DIRECTED}))
    quote = told["citations"][0]
    first, last = quote["lines"]
    lines = {"path": quote["path"], "first": str(first), "last": str(last)}
    assert quote["quote"] in (await fitting(await client.get("/source", params=lines)))["text"]
    start, end = quote["span"]
    span = {"path": quote["path"], "start": str(start), "end": str(end)}
    read = await fitting(await client.get("/source", params=span))
    assert (read["text"], read["lines"]) == (quote["quote"], quote["lines"])


async def test_documents_are_listed_part_by_part(client: Client, seeds_index: Index) -> None:
    first = await fitting(await client.get("/sources?count=2"))
    rest = await fitting(await client.get("/sources", params={"start": first["rest"]}))
    paths = [each["path"] for part in (first, rest) for each in part["documents"]]
    assert paths == [source.path for source in seeds_index.sources()]
    assert (first["total"], rest["rest"]) == (len(paths), None)


Refused = tuple[int, str, str, dict[str, Any], str]
REFUSED: list[Refused] = [
    (400, "POST", "/ask", {"data": "{"}, "no JSON"),
    (400, "POST", "/ask", {"data": "[" * 5000}, "no JSON"),
    (400, "POST", "/ask", {"data": '{"question": "\\ud800?"}'}, "no JSON"),
    (400, "POST", "/ask", {"data": b'{"question": "\xff"}'}, "no JSON"),
    (400, "POST", "/ask", {"data": b"{}", "packed": "gzip"}, "isn't packed as it says"),
    (400, "POST", "/ask", {"data": "[]"}, "valid dictionary|object"),
    (400, "POST", "/ask", {"json": {}}, "`question` is missing"),
    (400, "POST", "/ask", {"json": {"question": ""}}, "The question is empty"),
    (400, "POST", "/ask", {"json": {"question": "?!"}}, "has no words"),
    (400, "POST", "/ask", {"json": {"question": "a" * 1001}}, "at most 1000 characters"),
    (400, "POST", "/ask", {"json": {"question": 5}}, "`question`: input should be a valid string"),
    (400, "POST", "/ask", {"json": {"question": "a", "who": 1}}, "no `who` here, but `question`"),
    (400, "POST", "/ask", {"json": {"question": "a", "earlier": ["b"] * 7}}, "at most 6 items"),
    (400, "POST", "/lookup", {"json": {"query": "a", "count": 10**30}}, "`count`"),
    (400, "GET", "/source", {}, "`path` is missing"),
    (400, "GET", f"/source?path={LONG}&path=b", {}, "Say each thing once"),
    (400, "GET", f"/source?path={LONG}&first=0", {}, "`first`"),
    (400, "GET", f"/source?path={LONG}&first=2&end=9", {}, "Name a part by `heading`"),
    (400, "GET", "/sources?start=-1", {}, "`start`"),
    (400, "GET", "/sources?start=%ff", {}, "`start`"),
    (401, "GET", "/sources", {"headers": {"Authorization": ""}}, "Send the token"),
    (401, "GET", "/sources", {"headers": {"Authorization": f"Bearer {TOKEN}x"}}, "Send the token"),
    (401, "GET", "/sources", {"headers": {"Authorization": f"Basic {TOKEN}"}}, "Send the token"),
    (401, "GET", "/secret", {"headers": {"Authorization": "Bearer é"}}, "Send the token"),
    (403, "POST", "/ask", {"headers": {"Origin": "https://evil.example"}}, "Web pages"),
    (403, "GET", "/sources", {"headers": {"Origin": "null"}}, "Web pages"),
    (404, "GET", "/secret", {}, "no '/secret'; /openapi.json says"),
    (404, "GET", "/source?path=../config.toml", {}, "no document"),
    (404, "GET", f"/source?path={LONG}&heading=Nothing", {}, "no such heading"),
    (404, "GET", f"/source?path={LONG}&first=9999", {}, "lines"),
    (404, "POST", "/lookup", {"json": {"query": "a", "path": "none.md"}}, "no document"),
    (405, "GET", "/ask", {}, "Ask with POST"),
    (405, "DELETE", "/source", {}, "Ask with GET,HEAD"),
    (413, "POST", "/ask", {"json": {"question": "a" * MOST_BYTES}}, "100,000 bytes"),
    (415, "POST", "/ask", {"data": {"question": "a"}}, "Send JSON"),
    (421, "GET", "/sources", {"headers": {"Host": "evil.example"}}, "127.0.0.1 or localhost"),
]


@pytest.mark.parametrize("case", REFUSED, ids=lambda case: "-".join(map(str, case))[:80])
async def test_what_can_not_be_answered_is_told_in_a_sentence(
    client: Client, case: Refused
) -> None:
    status, method, path, rest, said = case
    if "data" in rest and not isinstance(rest["data"], dict):
        headers = {"Content-Type": "application/json"}
        if "packed" in rest:
            headers["Content-Encoding"] = rest["packed"]
        rest = {"data": rest["data"], "headers": headers}
    response = await client.request(method, path, **rest)
    told = await response.json()
    assert response.status == status, told
    assert list(told) == ["error"]
    assert re.search(said, told["error"]), told
    assert not re.search(r"Traceback|File \"|pydantic|aiohttp", told["error"])
    assert response.headers["Server"] == "seedbot"
    if (method.lower(), path.partition("?")[0]) in {("post", "/ask"), ("get", "/source")}:
        await fitting(response)


async def test_a_page_of_this_very_address_is_no_stranger(client: Client) -> None:
    own = f"http://127.0.0.1:{client.port}"
    assert (await client.get("/sources", headers={"Origin": own})).status == 200


async def test_more_requests_than_a_minute_may_have_wait(programs: Programs) -> None:
    api = Api(programs, TOKEN, 2)
    async with TestClient(TestServer(api.application())) as client:
        headers = {"Authorization": f"Bearer {TOKEN}"}
        # Who has no token takes nothing of what others may.
        assert [(await client.get("/sources")).status for _ in range(3)] == [401] * 3
        assert [(await client.get("/sources", headers=headers)).status for _ in range(2)] == [
            200
        ] * 2
        response = await client.get("/sources", headers=headers)
        await fitting(response)
        assert response.status == 429
        assert 1 <= int(response.headers["Retry-After"]) <= 60


async def test_a_full_queue_a_slow_answer_and_an_end_are_told_as_busy() -> None:
    index = SlowIndex()
    settings = ServiceSettings(threads=1, queue=1, timeout_seconds=0.2)
    service = AnswerService(index.library, settings, LoggingSettings())
    go = threading.Event()
    under_way = asyncio.create_task(service.run(0, go.wait))
    await asyncio.sleep(0)
    api = Api(Programs(service, all_of), TOKEN, 0)
    async with TestClient(TestServer(api.application())) as client:
        client.session.headers["Authorization"] = f"Bearer {TOKEN}"
        asked = [await client.post("/lookup", json={"query": "a"})]
        await asyncio.wait({under_way})
        assert "longer than 0.2 seconds" in str(under_way.exception())
        await service.drain(0.1)
        asked.append(await client.post("/lookup", json={"query": "a"}))
        told = [(await fitting(response))["error"] for response in asked]
        assert [response.status for response in asked] == [503, 503]
        assert asked[0].headers["Retry-After"] == "5"
        assert "Too many questions are waiting" in told[0]
        assert "restarting" in told[1]
    go.set()
    service.close()


async def test_a_fault_is_logged_and_not_shown(
    client: Client, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def fail(*_: object) -> None:
        message = "the secret of /srv/secret/file"
        raise RuntimeError(message)

    monkeypatch.setattr(Index, "lookup", fail)
    response = await client.post("/lookup", json={"query": "a"})
    assert response.status == 500
    assert "secret" not in str(await fitting(response))
    assert "/srv/secret/file" in caplog.text


async def test_a_request_that_never_comes_to_its_end_is_given_up(
    client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(web, "BODY_SECONDS", 0.05)
    reader, writer = await asyncio.open_connection("127.0.0.1", client.port)
    head = [
        "POST /ask HTTP/1.1",
        f"Host: localhost:{client.port}",
        f"Authorization: Bearer {TOKEN}",
        "Content-Type: application/json",
        "Content-Length: 99",
    ]
    writer.write("\r\n".join([*head, "", "{"]).encode())
    assert (await reader.readline()).startswith(b"HTTP/1.1 408")
    writer.close()


async def test_without_an_index_who_asks_is_told_to_come_again(tmp_path: Path) -> None:
    settings = IndexSettings(seeds=str(tmp_path / "seeds"), store=str(tmp_path / "store"))
    settings.seeds_path.mkdir()
    service = AnswerService(Library(settings), ServiceSettings(), LoggingSettings())
    api = Api(Programs(service, all_of), TOKEN, 0)
    async with TestClient(TestServer(api.application())) as client:
        headers = {"Authorization": f"Bearer {TOKEN}"}
        response = await client.post("/ask", json={"question": "a"}, headers=headers)
        told = await fitting(response)
    assert (response.status, response.headers["Retry-After"]) == (503, "5")
    assert "`python -m index build`" in told["error"]
    assert str(tmp_path) not in told["error"]
    service.close()
