"""An endpoint may phrase the answer; whatever it does, the quotes are sent and nothing else."""

import gzip
import json
import logging
from collections import defaultdict
from concurrent.futures import ThreadPoolExecutor
from http.server import BaseHTTPRequestHandler

import pytest

from index import Answer, AnswerSettings, Index, IndexSettings, NoAnswer, SettingsError, open_index
from index.answer.writer import MAX_RESPONSE_BYTES, PAUSE_SECONDS, Writer
from index.model.onnx_embedder import OnnxEmbedder
from tests.support.chat_endpoint import ChatEndpoint, Reply, completion, drips, says, sends

QUESTION = "Who directed All of Us Strangers?"
SENTENCE = "All of Us Strangers was directed by Andrew Haigh [1]."
ENGLISH: defaultdict[str, str] = defaultdict(lambda: "english")
KEY = "sk-very-secret"


@pytest.fixture(autouse=True)
def _key(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("WRITER_API_KEY", KEY)


@pytest.fixture(scope="module")
def verbatim(seeds_index: Index) -> Answer:
    """The answer without a writer."""
    reply = seeds_index.answer(QUESTION)
    assert isinstance(reply, Answer)
    return reply


@pytest.fixture
def writing_index(
    seeds_index: Index,
    seeds_settings: IndexSettings,
    embedder: OnnxEmbedder,
    endpoint: ChatEndpoint,
) -> Index:
    """The seeds, answered with the endpoint's sentences."""
    assert seeds_index.sources()  # built before it is opened a second time
    return open_index(seeds_settings, embedder=embedder, writer=endpoint.settings)


def test_an_answer_gets_the_sentences_that_its_quotes_bear_out(
    writing_index: Index, endpoint: ChatEndpoint
) -> None:
    endpoint.reply = says(f"{SENTENCE} It won ten Oscars [1]. Haigh also wrote it.")
    reply = writing_index.answer(QUESTION)
    assert isinstance(reply, Answer)
    assert [each.text for each in reply.written] == [SENTENCE]
    assert reply.written[0].citations == (1,)
    assert "Andrew Haigh" in reply.citations[0].quote


def test_the_endpoint_gets_the_question_the_quotes_and_the_key(
    writing_index: Index, endpoint: ChatEndpoint
) -> None:
    reply = writing_index.answer(QUESTION)
    assert isinstance(reply, Answer)
    (body,) = endpoint.bodies
    assert body["model"] == "scribe"
    assert body["max_tokens"] == 400
    shown = body["messages"][1]["content"]
    assert shown.startswith(f"Question: {QUESTION}\n")
    for citation in reply.citations:
        assert f"[{citation.number}] {citation.title}" in shown
        assert citation.quote in shown
    quoted = sum(len(citation.quote) for citation in reply.citations)
    assert len(shown) < quoted + 300
    assert endpoint.headers[0]["Authorization"] == f"Bearer {KEY}"


def test_without_a_key_none_is_sent(
    endpoint: ChatEndpoint, verbatim: Answer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("WRITER_API_KEY")
    Writer(endpoint.settings, "english").write(verbatim, ENGLISH)
    assert endpoint.headers[0]["Authorization"] is None


def test_where_the_documents_do_not_say_the_writer_is_not_asked(
    writing_index: Index, endpoint: ChatEndpoint
) -> None:
    assert isinstance(writing_index.answer("How do I bake sourdough bread?"), NoAnswer)
    assert not endpoint.bodies


def test_without_a_url_there_is_no_writer(
    seeds_index: Index,
    seeds_settings: IndexSettings,
    answers: AnswerSettings,
    embedder: OnnxEmbedder,
) -> None:
    index = open_index(seeds_settings, answers, embedder=embedder)
    assert index.answer(QUESTION) == seeds_index.answer(QUESTION)


def breaks_off(handler: BaseHTTPRequestHandler) -> None:
    """Promise more than is sent."""
    handler.wfile.write(b"HTTP/1.1 200 OK\r\nContent-Length: 500\r\n\r\n{")


GOOD = completion(SENTENCE)
HEAD = b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n" % len(GOOD)
SLOW_HEAD = HEAD + b"X-Long: " + b"x" * 500 + b"\r\n\r\n"


@pytest.mark.parametrize(
    ("reply", "told"),
    [
        (sends(f"no, {KEY}".encode(), 500), "status 500"),
        (sends(b"", 429), "status 429"),
        (sends(f"key {KEY} is wrong".encode(), 401), "status 401; is WRITER_API_KEY right"),
        (sends(b"", 404), "status 404; are `writer.url` and `writer.model` right"),
        (sends(GOOD, 599), "status 599"),
        (sends(GOOD, 204), "status 204"),
        (drips(b"", HEAD + b"\r\n" + GOOD), "longer than 0.5 seconds"),
        (drips(HEAD + b"\r\n", GOOD), "longer than 0.5 seconds"),
        (drips(SLOW_HEAD, GOOD), "longer than 0.5 seconds"),
        (drips(HEAD + b"\r\n" + GOOD[:-1], GOOD[-1:]), "longer than 0.5 seconds"),
        (breaks_off, "failed (RemoteProtocolError)"),
        (lambda handler: handler.wfile.write(b"\x00\xff no HTTP\r\n\r\n"), "failed"),
        (lambda handler: handler.wfile.write(b""), "failed"),
        (sends(b"<html>hello</html>"), "sent no chat completion"),
        (sends(b"\xff\xfe{}"), "sent no chat completion"),
        (sends(b"[" * 100_000), "sent no chat completion"),
        (sends(b"[]"), "sent no chat completion"),
        (sends(json.dumps({"choices": []}).encode()), "sent no chat completion"),
        (sends(json.dumps({"choices": [{"message": {}}]}).encode()), "sent no chat completion"),
        (says(None), "sent no chat completion"),
        (says([{"type": "text", "text": SENTENCE}]), "sent no chat completion"),
        (sends(completion(SENTENCE + " " * MAX_RESPONSE_BYTES)), "more than 1,000,000 bytes"),
        (sends(gzip.compress(GOOD), **{"Content-Encoding": "gzip"}), "sent no chat completion"),
    ],
)
def test_whatever_the_endpoint_does_wrong_the_quotes_are_the_answer(
    endpoint: ChatEndpoint,
    verbatim: Answer,
    caplog: pytest.LogCaptureFixture,
    reply: Reply,
    told: str,
) -> None:
    endpoint.reply = reply
    settings = endpoint.settings.model_copy(update={"timeout_seconds": 0.5})
    with caplog.at_level(logging.DEBUG):
        assert Writer(settings, "english").write(verbatim, ENGLISH) == verbatim
    (warning,) = [record for record in caplog.records if record.levelno >= logging.WARNING]
    assert told in warning.getMessage()
    assert "\n" not in warning.getMessage()
    assert KEY not in caplog.text
    assert len(endpoint.bodies) == 1


def test_an_endpoint_that_is_not_there_is_told(
    endpoint: ChatEndpoint, verbatim: Answer, caplog: pytest.LogCaptureFixture
) -> None:
    gone = endpoint.settings.model_copy(update={"url": "http://127.0.0.1:9/v1"})
    assert Writer(gone, "english").write(verbatim, ENGLISH) == verbatim
    assert "the writer at http://127.0.0.1:9/v1 can't be reached" in caplog.text
    assert KEY not in caplog.text


def test_a_redirect_is_not_followed(
    endpoint: ChatEndpoint, verbatim: Answer, caplog: pytest.LogCaptureFixture
) -> None:
    with ChatEndpoint() as elsewhere:
        elsewhere.reply = says(SENTENCE)
        url = f"{elsewhere.settings.url}/chat/completions"
        endpoint.reply = sends(b"", 307, Location=url)
        assert Writer(endpoint.settings, "english").write(verbatim, ENGLISH) == verbatim
    assert not elsewhere.bodies
    assert "status 307" in caplog.text


def test_a_proxy_of_the_environment_is_not_used(
    endpoint: ChatEndpoint, verbatim: Answer, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("http_proxy", "HTTP_PROXY", "ALL_PROXY"):
        monkeypatch.setenv(name, "http://127.0.0.1:9")
    monkeypatch.delenv("no_proxy", raising=False)
    monkeypatch.delenv("NO_PROXY", raising=False)
    endpoint.reply = says(SENTENCE)
    assert Writer(endpoint.settings, "english").write(verbatim, ENGLISH).written


def test_after_a_failure_the_endpoint_is_left_alone_for_a_while(
    endpoint: ChatEndpoint, verbatim: Answer
) -> None:
    now = 100.0
    writer = Writer(endpoint.settings, "english", clock=lambda: now)
    endpoint.reply = sends(b"", 500)
    assert writer.write(verbatim, ENGLISH) == verbatim
    endpoint.reply = says(SENTENCE)
    now += PAUSE_SECONDS - 1
    assert writer.write(verbatim, ENGLISH) == verbatim
    assert len(endpoint.bodies) == 1
    now += 2
    assert writer.write(verbatim, ENGLISH).written
    assert len(endpoint.bodies) == 2


def test_many_threads_may_write_at_once(writing_index: Index, endpoint: ChatEndpoint) -> None:
    endpoint.reply = says(SENTENCE)
    with ThreadPoolExecutor(8) as pool:
        replies = list(pool.map(writing_index.answer, [QUESTION] * 24))
    assert all(isinstance(reply, Answer) and reply.written for reply in replies)
    assert len(endpoint.bodies) == 24


def test_a_quote_in_another_language_is_neither_sent_nor_phrased(
    endpoint: ChatEndpoint, verbatim: Answer
) -> None:
    first, *others = verbatim.citations
    writer = Writer(endpoint.settings, "auto")
    endpoint.reply = says(
        f"{SENTENCE} The script is loosely based on a novel that Taichi Yamada wrote [2]."
    )
    languages = {first.path: "german", **dict.fromkeys([each.path for each in others], "english")}
    reply = writer.write(verbatim, languages)
    assert [each.citations for each in reply.written] == [(2,)]
    assert reply.citations == verbatim.citations
    assert first.quote not in endpoint.bodies[0]["messages"][1]["content"]
    assert writer.write(verbatim, dict.fromkeys(languages, "german")) == verbatim
    assert len(endpoint.bodies) == 1


@pytest.mark.parametrize("language", ["german", "none"])
def test_a_language_that_cannot_be_checked_is_refused(
    endpoint: ChatEndpoint, language: str
) -> None:
    with pytest.raises(
        SettingsError, match=rf"in English alone and `index\.language` is '{language}'"
    ):
        open_index(IndexSettings(language=language), writer=endpoint.settings)


@pytest.mark.parametrize("key", ["two words", "schlüssel", "a\nb"])
def test_what_can_be_no_key_is_refused_and_not_shown(
    endpoint: ChatEndpoint, monkeypatch: pytest.MonkeyPatch, key: str
) -> None:
    monkeypatch.setenv("WRITER_API_KEY", key)
    with pytest.raises(SettingsError, match="WRITER_API_KEY holds no key") as caught:
        Writer(endpoint.settings, "english")
    assert key not in str(caught.value)
