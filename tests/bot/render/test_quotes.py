"""Quotes can be used: addresses are links and whole, code is in blocks; nothing else gets out."""

import re
import time
from collections.abc import Callable
from dataclasses import replace

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from bot import render
from bot.render.links import LINK_LIMIT, MAYBE_CUT, invites, pieces
from bot.render.pages import pages
from bot.render.quotes import Quote, block_quote
from bot.render.reply import paginate
from index import Answer, AnswerSettings, Index, IndexSettings, PassageView, Span, open_index
from index.model.onnx_embedder import OnnxEmbedder
from tests.bot.render.test_render import BUILT, citation
from tests.support.builder import Builder
from tests.support.discord_markup import flat, seen

NONE = Span(0, 0)
PROSE = [
    *"*_~|`>#[]()<@:-+.\\\n\"'{}!/ 01ae ",
    *("**", "__", "~~", "||", "```", "\n```py\n", "`x`", "> ", "-# ", "# ", "\n- ", "1. ", "    "),
    *("<@1>", "<@&2>", "<#3>", "<:a:4>", "<t:5:R>", "</ask:6>", "@everyone", "@here", ":smile:"),
    *("discord.gg/abc", "https://discord.gg/abc", "https://discord.com/invite/abc"),
    *("https://x.org/a_b*c", "https://x.org/(a)**b", "http://a.example:8080/?q=1&r=~~2", "…"),
    *("[a](https://x.org/b)", "[https://good.org](https://evil.org)", "<https://x.org/c>"),
    *("![p](https://x.org/p.png)", "[r][1]", "[1]: https://x.org/d", '<a href="https://x.org/e">'),
    *("steam://run/1", "javascript:alert(1)", "mailto:a@b.org", "tel:+123", "a@b.org", "<tel:1>"),
    *("\u200b", "\u202e", "\u2028", "\u0301", "\ufe0f", "\x1b[31m", "\xad", "\0", "🎭", "ä", "。"),
]
documents = st.lists(st.sampled_from(PROSE) | st.characters(exclude_categories=["Cs"])).map("".join)
# What can stand behind an address: none of what it could go on with.
ENDS = r"(?![\w/%=&#-]|[?.:!,;]+[\w/])"
# What is shown of a quote: what we mark it with, and what is text or code.
MEANT = {"quote", "bold", "text", "escaped", "code", "block", "address"}


def shown(text: str, bold: Span = NONE, path: str = "a.md", code: tuple[Span, ...] = ()) -> str:
    """A quote as it is sent."""
    return block_quote(Quote(text, bold, code, path))


def addresses(message: str) -> list[str]:
    """The links of a message, in order."""
    return [node.about for node in flat(message) if node.kind in {"address", "link"}]


def blocks(message: str) -> list[tuple[str, str]]:
    """The blocks of code of a message, each with its language."""
    return [(node.about, node.text) for node in flat(message) if node.kind == "block"]


@settings(max_examples=400, deadline=None)
@given(documents, st.integers(0, 200), st.integers(0, 200), st.none() | st.integers(0, 200))
@example("see `2**8` and **", 0, 30, None)
@example("https://x.org/a**b and `a\\` c", 0, 30, None)
@example("[a](https://x.org/b)**", 0, 22, None)
@example("a\n    `x`\n```\n<@1>", 0, 3, 2)
def test_nothing_of_a_document_is_markup_but_its_addresses_and_its_code(
    text: str, start: int, length: int, code: int | None
) -> None:
    bold = Span(min(start, len(text)), min(len(text), start + length))
    spans = () if code is None else (Span(min(code, len(text)), len(text)),)
    quote = Quote(text, bold, spans, "a.md")
    for message in (block_quote(quote), block_quote(quote, 300), block_quote(quote, 3000, "")):
        for node in flat(message):
            assert node.kind in MEANT
            if node.kind == "address":
                assert re.match(r"(?i)https?://", node.about)
                assert not re.search(r"[\s<>…\u200b\u202e]", node.about)
                assert node.about in text
                assert re.search(re.escape(node.about) + ENDS, text), (node.about, text)
                assert "evil.org" not in node.about or "https://evil.org" in seen(message)
            if node.kind == "block":
                assert "\x1b" not in node.text
        # Discord looks for invitations in what is sent, whatever is a link.
        assert not invites(re.sub(r"(?<=[a-z])\\+(?=/)", " ", message))


@settings(max_examples=40, deadline=None)
@given(documents, st.integers(1, 3000), st.none() | st.integers(0, 3000))
@example("see https://x.org/a_b, `c d` and ", 9000, None)
@example("`x` ", 9000, 40)
@example("> 1. ", 50, None)
@example("* - ", 50, None)
def test_nothing_gets_out_where_a_page_ends(text: str, length: int, code: int | None) -> None:
    text = (f"{text} x" * 9000)[:9000]
    spans = () if code is None else (Span(code, len(text)),)
    cited = citation(text, Span(0, length), code=spans)
    reply = render.answer(Answer("Why?", (cited,), 0.9, BUILT), 0.1)
    assert len(reply.texts) > 1
    for message in (*reply.pages, *reply.texts):
        for node in flat(message):
            assert node.kind in {*MEANT, "small"}
            if node.kind == "address":
                assert re.search(re.escape(node.about) + ENDS, text)


@given(documents)
def test_prose_reads_as_it_did_but_for_the_markup_of_links_and_code(text: str) -> None:
    line = render_plain(text)
    words = "".join(
        (each.text + (f" ({each.address})" if each.text and each.address else each.address))
        if each.code or each.address
        else each.text
        for each in pieces(line, MAYBE_CUT)
    )
    if not re.search(r"\[[^\n]*`[^\n]*\]\(", line):
        assert seen(shown(line)).strip() == words.strip()


def render_plain(text: str) -> str:
    """One line of it, without what isn't seen."""
    return re.sub(r"[\n\r\v\f\x1c-\x1f\x85\u2028\u2029]+", " ", "".join(filter(_visible, text)))


def _visible(sign: str) -> bool:
    return sign == "\n" or bool(seen(shown(f"a{sign}b")) != "ab")


@pytest.mark.parametrize(
    ("text", "address"),
    [
        (
            "Get https://d.example.org/get_it/my_app-1.2.exe.",
            "https://d.example.org/get_it/my_app-1.2.exe",
        ),
        ("(https://en.wikipedia.org/wiki/A_(b))", "https://en.wikipedia.org/wiki/A_(b)"),
        ("see https://x.org/a?b=c%20d&e=~f#g_h, or", "https://x.org/a?b=c%20d&e=~f#g_h"),
        ("**https://x.org/__a__/*b*/c!**", "https://x.org/__a__/*b*/c"),
        ("<https://x.org/a>", "https://x.org/a"),
        ("_https://x.org/a_", "https://x.org/a"),
        ("see https://x.org/a_.", "https://x.org/a_"),
        ("see https://x.org/~", "https://x.org/~"),
        ("https://bücher.example/ä", "https://bücher.example/ä"),
        ("https://hi.example/हिन्दी", "https://hi.example/हिन्दी"),
        ("见https://x.org/下载。然后", "https://x.org/下载"),
        ("http://localhost:8080/", "http://localhost:8080/"),
        ("HTTPS://X.ORG/A", "HTTPS://X.ORG/A"),
        ("| https://x.org/a|b |", "https://x.org/a"),
        ('<a href="https://x.org/a">here</a>', "https://x.org/a"),
        ("![alt](https://x.org/a.png)", "https://x.org/a.png"),
        ("[1]: https://x.org/a 'T'", "https://x.org/a"),
        ('[words](https://x.org/a_(b) "Title")', "https://x.org/a_(b)"),
        ("[![badge](https://i.org/b.svg)](https://x.org/a)", "https://x.org/a"),
        (
            "https://web.archive.org/web/2020/http://x.org/",
            "https://web.archive.org/web/2020/http://x.org/",
        ),
        ("https://x.org/" + "a" * 700 + " .", "https://x.org/" + "a" * 700),
        ("https://discord.com/developers/docs", "https://discord.com/developers/docs"),
    ],
)
def test_an_address_is_one_link_and_whole(text: str, address: str) -> None:
    for bold in (NONE, Span(0, len(text)), Span(0, text.index("://") + 5)):
        assert addresses(shown(text, bold)) == [address]


@pytest.mark.parametrize(
    "text",
    [
        "steam://run/1",
        "javascript:alert(1)",
        "mailto:a@b.org",
        "<mailto:a@b.org>",
        "tel:+123",
        "ftp://x.org/a",
        "[a](javascript:alert(1))",
        "[a](/docs/a.md)",
        "a@b.org",
        # What hides its host, was cut, or isn't whole without what stands behind it.
        "https://good.example@evil.example/",
        "https://good.example\\@evil.example/",
        "https://\u202eevil.example/",
        "https://x.org/a\u200bb",
        "https://x.org/very/lo…",
        "…/http://x.org/",
        "https://x.org/<id>/a",
        "https://x.org/{id}/a",
        "https://x.org/a🎭b",
        "https://אבג.example/",
        f"https://x.org/{'a' * LINK_LIMIT}",
        f"https://x.org/{'a' * MAYBE_CUT}",
        "git+https://x.org/a",
    ],
)
def test_what_is_no_whole_and_honest_web_address_stays_text(text: str) -> None:
    message = shown(text)
    assert addresses(message) == []
    assert re.sub(r"[\u200b\u202e]", "", text) == seen(message)


@pytest.mark.parametrize(
    "address",
    [
        "discord.gg/abc",
        "DISCORD.GG/abc",
        "www.discord.gg/abc",
        "discord.gg:443/abc",
        "discord.gg./abc",
        "discord。gg/abc",
        "disc\u200bord.gg/abc",
        "d\xadiscord.gg/abc",
        "ｄiscord.gg/abc",
        "discord.gg/%61bc",
        "discord.com/invite/abc",
        "discord.com//invite/abc",
        "discord.com/./invite/abc",
        "discord.com/x/../invite/abc",
        "discord.com/%69nvite/abc",
        "discord.com/%2569nvite/abc",
        "ptb.discord.com/invite/abc",
        "discordapp.com/invite/abc",
        "discord.com:443/invite/abc",
        "discord.com/template/abc",
        "discord.gift/abc",
        "x.org/?to=https://discord.gg/abc",
        "x.org/discord.com/invite/abc",
    ],
)
def test_an_invitation_is_no_link_however_it_is_written(address: str) -> None:
    for text in (
        address,
        f"https://{address}",
        f"<https://{address}>",
        f"[join](https://{address})",
        f"`https://{address}`",
        f"```\nhttps://{address}\n```",
    ):
        code = (Span(0, len(text)),) if text.startswith("```") else ()
        message = shown(text, code=code)
        assert addresses(message) == []
        assert not any(node.kind in {"block", "code"} for node in flat(message))
        bare = re.search(r"discord(?:app)?\.(?:gg|com/invite|gift)/\w", message, re.IGNORECASE)
        assert bare is None


def test_a_link_is_its_words_and_where_it_leads() -> None:
    message = shown(
        'See [the `wiki`](https://x.org/a_b "T") and [https://good.org](https://evil.org).'
    )
    assert (
        seen(message) == "See the wiki (https://x.org/a_b) and https://good.org (https://evil.org)."
    )
    assert addresses(message) == ["https://x.org/a_b", "https://evil.org"]
    assert seen(shown("[https://x.org](https://x.org)")) == "https://x.org"
    assert (
        seen(shown("[a][1] [b](c.md) ![d](https://x.org/e)"))
        == "[a][1] [b](c.md) ![d](https://x.org/e)"
    )


def test_an_answer_is_marked_where_it_begins_and_only_where_it_is_a_part() -> None:
    assert shown("Before. The answer. After.", Span(8, 19)) == "> Before. ▸ **The answer.** After."
    assert shown("The answer.", Span(0, 11)) == "> **The answer.**"
    assert shown("1. One\n2. Two", Span(3, 6)) == "> ▸ 1\\. **One**\n> 2\\. Two"
    assert shown("| a | b |\n| c | d |", Span(12, 17)).endswith("\n> ▸ \\| **c \\| d** \\|")
    # Two lines are one answer.
    assert shown("x\nOne.\nTwo.", Span(2, 11)).count("▸") == 1


def test_what_is_bold_holds_no_sign_that_would_end_it() -> None:
    text = "Use `2**8` or https://x.org/a**b now."
    assert shown(text, Span(0, len(text))) == (
        "> **Use** `2**8` **or** <https://x.org/a**b> **now.**"
    )


def test_code_is_a_block_with_its_language_and_its_indentation() -> None:
    code = '```py title="a"\nif a_b:\n    go(`1`)\n\n    # <@1> **b**\n```'
    text = f"Do *so*:\n\n{code}\n\nThen `go`."
    span = Span(text.index("```"), text.index("\n\nThen"))
    message = shown(text, Span(text.index("    go"), text.index("\n\n    #")), code=(span,))
    assert message == (
        "> Do \\*so\\*\\:\n▸ **Line 2 of this code:**\n"
        "```py\nif a_b:\n    go(`1`)\n\n    # <@1> **b**\n```\n> Then `go`."
    )
    assert blocks(message) == [("py", "if a_b:\n    go(`1`)\n\n    # <@1> **b**")]


@pytest.mark.parametrize(
    ("text", "path", "block"),
    [
        ("    a\n        b\n", "a.md", ("", "a\n    b")),
        ("\ta\n\t\tb", "a.md", ("", "a\n\tb")),
        ("def a():\n    b", "a.py", ("py", "def a():\n    b")),
        ("~~~C++\na\n~~~", "a.md", ("C++", "a")),
        ("```{.py .x}\na\n```", "a.md", ("", "a")),
        ("```ansi\n\x1b[31ma\n```", "a.md", ("", "[31ma")),
        ("```py\na", "a.md", ("py", "a")),
        ("```\n``a``\n```", "a.md", ("", "``a``")),
        ("```\na\u200b\u202eb\n```", "a.md", ("", "ab")),
    ],
)
def test_code_of_every_kind_is_shown_without_what_encloses_it(
    text: str, path: str, block: tuple[str, str]
) -> None:
    assert blocks(shown(text, path=path, code=(Span(0, len(text)),))) == [block]


@pytest.mark.parametrize(
    "inside", ["```", "`\u200b``", "a ``` b", "https://discord.gg/abc", "x" * 1501]
)
def test_code_that_a_block_can_not_hold_is_shown_line_by_line(inside: str) -> None:
    text = f"````\n{inside}\n**a**\n````"
    message = shown(text, code=(Span(0, len(text)),))
    assert blocks(message) == []
    assert {node.kind for node in flat(message)} <= MEANT
    assert "**a**" in seen(message)


def test_code_that_was_cut_into_parts_is_one_block_and_two_blocks_stay_two() -> None:
    text = "```py\na\n\nb\n```\n\n```sh\nc\n```"
    parts = (Span(0, 7), Span(9, 14), Span(16, len(text)))
    assert blocks(shown(text, code=parts)) == [("py", "a\n\nb"), ("sh", "c")]


def test_a_block_of_code_goes_on_on_the_next_page() -> None:
    code = "\n".join(f"line {number} {'x' * 40}" for number in range(200))
    text = f"Run:\n```py\n{code}\n```\nDone."
    cited = citation(text, Span(0, 4), code=(Span(5, len(text) - 6),))
    reply = render.answer(Answer("How?", (cited,), 0.9, BUILT), 0.1)
    for messages in (reply.pages, reply.texts):
        assert len(messages) > 1
        found = [block for page in messages for block in blocks(page)]
        assert {language for language, _ in found} == {"py"}
        assert "\n".join(lines for _, lines in found).startswith("line 0 x")
        for page in messages:
            assert {node.kind for node in flat(page)} <= {*MEANT, "link", "small"}
            assert page.count("```") % 2 == 0


@given(st.lists(st.integers(0, 90), min_size=1, max_size=40), st.integers(60, 120))
def test_no_page_has_an_open_or_an_empty_block_of_code(lines: list[int], limit: int) -> None:
    code = [f"{number}{'x' * length}" for number, length in enumerate(lines)]
    found = paginate(["\n".join(["a", "```py", *code, "```", "b"])], limit)
    assert all(len(page) <= limit for page in found)
    assert all(page.count("```") in {0, 2} and "```py\n```" not in page for page in found)
    inside = [
        line
        for page in found
        for line in page.split("\n")
        if line not in {"a", "b", "```", "```py"}
    ]
    assert "".join(inside) == "".join(code)


@pytest.mark.parametrize(
    "piece", ["🎭", "[", "[a", "`", "[a](https://", "https://x", "<", "_*", "[[]"]
)
def test_of_a_quote_without_end_no_more_is_looked_at_than_is_shown(piece: str) -> None:
    def seconds(length: int) -> float:
        text = piece * (length // len(piece))
        cited = tuple(
            replace(citation(text, Span(0, 9), number), headings=(text,)) for number in range(1, 6)
        )
        return fastest(lambda: render.answer(Answer("Why?", cited, 0.9, BUILT), 0.1))

    assert seconds(400_000) < 4 * seconds(20_000)


def fastest(do: Callable[[], object]) -> float:
    """The best of three times."""
    times = []
    for _ in range(3):
        started = time.perf_counter()
        do()
        times.append(time.perf_counter() - started)
    return min(times)


DOCUMENT = """# Installing

Download the installer for Windows from https://d.example.org/get_it/my_app-1.2.exe and run it.

# Debug mode

To start the server in debug mode, run this command:

    my_app --debug
        --log all

Then wait.
"""


@pytest.fixture
def installing(tmp_path_factory: pytest.TempPathFactory, embedder: OnnxEmbedder) -> Index:
    """A document with an address and with indented code, indexed."""
    folder = tmp_path_factory.mktemp("quotes")
    (folder / "seeds").mkdir()
    (folder / "seeds" / "guide.md").write_text(DOCUMENT)
    index = IndexSettings(seeds=str(folder / "seeds"), store=str(folder / "store"))
    return open_index(index, AnswerSettings(), embedder=embedder, builder=Builder(embedder))


def test_code_has_its_indentation_in_answers_lookups_and_passages(installing: Index) -> None:
    reply = installing.answer("How do I start the server in debug mode?")
    assert isinstance(reply, Answer)
    cited = reply.citations[0]
    assert cited.quote == cited.span.of(DOCUMENT)
    found = installing.lookup("start the server in debug mode")
    view = installing.passage(cited.path, cited.bold_span, cited.sha256)
    assert isinstance(view, PassageView)
    document = installing.read("guide.md")
    assert document is not None
    cut = pages(document.text, 1700)
    for message in (
        render.answer(reply, 0.1),
        render.lookup_page("debug", found, 0, 0.1, installing.created_at),
        render.passage(view),
        render.source_page(document, cut, 0, installing.code(document, cut[0].span)),
    ):
        assert blocks(message.embed.description or "") == [("", "my_app --debug\n    --log all")]
        assert blocks(message.text) == [("", "my_app --debug\n    --log all")]
