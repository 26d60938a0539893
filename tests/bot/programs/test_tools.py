"""The tools, as a client of the Model Context Protocol sees them."""

import json
import os
import sys
from pathlib import Path
from typing import Any

import jsonschema
import pytest
from click.testing import CliRunner
from mcp import Client, MCPError
from mcp.client.stdio import StdioServerParameters, stdio_client
from mcp.server.lowlevel import Server
from mcp_types import CallToolResult, TextContent

from bot.__main__ import main
from bot.access.standing import all_of
from bot.programs import forms
from bot.programs.programs import Programs
from bot.programs.tools import server
from bot.serving.service import AnswerService
from bot.settings import LoggingSettings, ServiceSettings
from index import Index, IndexSettings, Library
from tests.bot.programs.conftest import See

ROOT = Path(__file__).parents[3]
DIRECTED = "Who directed All of Us Strangers?"
LONG = "003_film_article.txt"


@pytest.fixture
def tools(programs: Programs) -> Server[Any]:
    """What a client connects to, in the test's own task, as the library wants it."""
    return server(programs)


def words(result: CallToolResult) -> str:
    """What a result says in words."""
    (content,) = result.content
    assert isinstance(content, TextContent)
    return content.text


async def test_every_tool_says_what_it_takes_and_gives_and_that_it_changes_nothing(
    tools: Server[Any],
) -> None:
    async with Client(tools) as agent:
        told = (await agent.list_tools()).tools
        assert [tool.name for tool in told] == ["ask", "lookup", "read_document", "list_documents"]
        for tool in told:
            assert tool.description
            assert tool.annotations
            assert tool.annotations.read_only_hint
            assert tool.output_schema
            for schema in (tool.input_schema, tool.output_schema):
                jsonschema.Draft202012Validator.check_schema(schema)
                assert schema["type"] == "object"
            assert all(about["description"] for about in tool.input_schema["properties"].values())


async def test_an_answer_has_quotes_with_their_places_in_words_and_as_json(
    tools: Server[Any], seeds_index: Index
) -> None:
    async with Client(tools) as agent:
        result = await agent.call_tool("ask", {"question": DIRECTED})
        printed = forms.answered(DIRECTED, seeds_index.answer(DIRECTED), 0.0)
        assert result.structured_content | {"seconds": 0.0} == json.loads(json.dumps(printed))
        said = words(result)
        assert said.startswith("The documents say, word for word:\n\n> ")
        assert "directed by Andrew Haigh" in said
        first = printed["citations"][0]
        assert f"\n[1] {first['path']} · line {first['lines'][0]} · " in said
        assert "https://example.org/docs/" in said


async def test_what_the_documents_do_not_say_is_called_no_answer(tools: Server[Any]) -> None:
    async with Client(tools) as agent:
        result = await agent.call_tool("ask", {"question": "How do I boil an egg?"})
        assert words(result).startswith("The documents don't say")


async def test_a_document_is_found_listed_and_read_on(
    tools: Server[Any], seeds_index: Index
) -> None:
    async with Client(tools) as agent:
        listed = await agent.call_tool("list_documents", {"count": 2})
        assert words(listed).startswith(
            "5 documents:\n000_trailer_news.txt · trailer news · 28 lines"
        )
        assert words(listed).endswith("There are more: start=2")
        found = await agent.call_tool("lookup", {"query": "director", "path": LONG, "count": "2"})
        assert words(found).count(f"] {LONG} · line") == 2
        read = await agent.call_tool("read_document", {"path": LONG, "most": 500})
        told = read.structured_content
        start, end = told["rest"]
        assert words(read).endswith(f"There is more: start={start}, end={end}")
        rest = await agent.call_tool("read_document", {"path": LONG, "start": start, "end": end})
        document = seeds_index.read(LONG)
        assert document
        assert told["text"] + rest.structured_content["text"] == document.text
        assert words(rest).endswith("That is all that was asked for.")


@pytest.mark.parametrize(
    ("tool", "given", "said"),
    [
        ("ask", {}, "`question` is missing"),
        ("ask", {"question": "  "}, "The question is empty; write what you want to know"),
        ("ask", {"question": "a" * 2000}, "`question`: string should have at most 1000 characters"),
        ("ask", {"question": DIRECTED, "as": "owner"}, "There is no `as` here, but `question`"),
        ("lookup", {"query": "a", "count": 1000}, "`count`: input should be less than or equal"),
        ("lookup", {"query": "a", "path": "x.md"}, "There is no document 'x.md'"),
        ("read_document", {"path": "/etc/passwd"}, "There is no document"),
        ("read_document", {"path": LONG, "heading": "x"}, "has no such heading"),
        ("list_documents", {"start": -1}, "`start`: input should be greater"),
    ],
)
async def test_what_can_not_be_answered_is_told_in_a_sentence(
    tools: Server[Any], tool: str, given: dict[str, Any], said: str
) -> None:
    async with Client(tools) as agent:
        result = await agent.call_tool(tool, given)
        assert result.is_error
        assert said in words(result)
        assert "\n" not in words(result)


async def test_a_tool_that_is_not_there_is_refused(tools: Server[Any]) -> None:
    async with Client(tools) as agent:
        with pytest.raises(MCPError, match="no tool 'rebuild', but ask, lookup"):
            await agent.call_tool("rebuild", {})


async def test_documents_are_resources(tools: Server[Any], seeds_index: Index) -> None:
    async with Client(tools) as agent:
        listed = await agent.list_resources()
        documents = {each.uri: each.name for each in listed.resources}
        assert list(documents.values()) == [source.path for source in seeds_index.sources()]
        read = await agent.read_resource(f"seedbot:///{LONG}")
        (contents,) = read.contents
        document = seeds_index.read(LONG)
        assert document
        assert getattr(contents, "text", "") == document.text
        for uri in ("seedbot:///none.md", "file:///etc/passwd"):
            with pytest.raises(MCPError, match="no document"):
                await agent.read_resource(uri)


async def test_an_agent_sees_what_its_eyes_see(see: See) -> None:
    async with Client(server(see("role:3"))) as agent:
        listed = await agent.list_resources()
        assert {each.name for each in listed.resources} == {"guide/gate.md", "staff/alarm.md"}
        with pytest.raises(MCPError, match="no document"):
            await agent.read_resource("seedbot:///club/cellar.md")
        result = await agent.call_tool("ask", {"question": "What is the code of the alarm?"})
        assert "4711" in words(result)


async def test_without_an_index_the_mend_is_named(tmp_path: Path) -> None:
    settings = IndexSettings(seeds=str(tmp_path / "seeds"), store=str(tmp_path / "store"))
    settings.seeds_path.mkdir()
    service = AnswerService(Library(settings), ServiceSettings(), LoggingSettings())
    async with Client(server(Programs(service, all_of))) as agent:
        result = await agent.call_tool("ask", {"question": "Why?"})
    service.close()
    assert result.is_error
    assert "`python -m index build` makes one" in words(result)


def test_without_the_library_the_extra_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("bot.__main__.find_spec", lambda _name: None)
    result = CliRunner().invoke(main, ["mcp"])
    assert result.exit_code == 2
    assert "pip install 'seedbot[mcp]'" in result.stderr


async def test_over_stdio_nothing_but_the_protocol_is_written(
    seeds_index: Index, tmp_path: Path
) -> None:
    settings = seeds_index.settings
    config = f"[index]\nseeds = '{settings.seeds}'\nstore = '{settings.store}'\n"
    (tmp_path / "config.toml").write_text(f"{config}[logging]\nlevel = 'debug'\n")
    # What a library prints behind Python's back must not come between the messages.
    loud = "import os; from bot.__main__ import main; from bot.programs.programs import Programs\n"
    loud += "warm = Programs.warm\nasync def shout(self):\n    os.write(1, b'loud\\n')\n"
    loud += "    print('loud'); await warm(self); os.write(1, b'loud\\n')\n"
    loud += "Programs.warm = shout\nmain(['mcp'])"
    parameters = StdioServerParameters(
        command=sys.executable,
        args=["-c", loud],
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        cwd=tmp_path,
    )
    with (tmp_path / "log").open("w+") as log:
        transport = stdio_client(parameters, errlog=log)
        async with Client(transport, read_timeout_seconds=60) as agent:
            assert agent.server_info
            assert agent.server_info.name == "seedbot"
            result = await agent.call_tool("ask", {"question": DIRECTED})
        log.seek(0)
        assert log.read().count("loud\n") == 3
    assert "directed by Andrew Haigh" in words(result)
