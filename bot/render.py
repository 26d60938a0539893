"""Answers as Discord messages: pure functions that keep its limits and let no markup through."""

import hashlib
import re
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

import discord

from bot.markup import block_quote, clipped, escape, inline
from bot.pages import Page
from bot.servers import Rules
from index import (
    Answer,
    BuildReport,
    Citation,
    Hit,
    Manifest,
    NoAnswer,
    PassageView,
    Sentence,
    Source,
    ago,
    moment,
)

CONTENT_LIMIT = 2000
DESCRIPTION_LIMIT = 4096
TITLE_LIMIT = 256
# Three quotes and their places have to fit one description together.
QUOTE_LIMIT = 1000
PLACE_LIMIT = 300
SOURCES_SHOWN = 40
WRITTEN_BY_A_MODEL = "-# Written by a language model and checked against these quotes:"

VERDICTS = {"helpful": "👍", "unhelpful": "👎", "source": "📄"}

ANSWER_COLOUR = discord.Colour(0x2E8B57)
NEAREST_COLOUR = discord.Colour(0xC98A1B)
NOTHING_COLOUR = discord.Colour(0x747F8D)
PLAIN_COLOUR = discord.Colour(0x3B6EA8)


@dataclass(frozen=True, slots=True)
class Reply:
    """One message: an embed, and the same as plain text for where embeds are forbidden."""

    embed: discord.Embed
    text: str
    citations: tuple[Citation, ...] = ()


def place(citation: Citation) -> str:
    """Return where a quote stands: file, lines or page if it has them, headings."""
    if citation.url and len(citation.url) < PLACE_LIMIT:
        address = citation.url.replace("(", "%28").replace(")", "%29")
        name = f"[{inline(citation.path, 120)}]({address})"
    else:
        name = f"`{citation.path}`" if "`" not in citation.path else escape(citation.path)
        name = clipped(name, 200)
    parts = [f"**\\[{citation.number}\\]** {name}"]
    if citation.where:
        parts.append(citation.where)
    path = " › ".join(citation.headings) or citation.title
    if path:
        parts.append(inline(path, PLACE_LIMIT))
    return " · ".join(parts)


def quotes(citations: Sequence[Citation]) -> list[str]:
    """Return each citation as its quote with its place below."""
    rendered = []
    for citation in citations:
        bold = citation.bold_span.within(citation.span)
        lines = [block_quote(citation.quote, bold, QUOTE_LIMIT)]
        if citation.context:
            lines.append(f"-# {inline(citation.context, PLACE_LIMIT)}")
        lines.append(place(citation))
        if citation.also:
            lines.append(f"-# The same stands in {inline(citation.elsewhere, PLACE_LIMIT)}")
        rendered.append("\n".join(lines))
    return rendered


def answer(reply: Answer | NoAnswer, seconds: float) -> Reply:
    """Render an answer, the nearest passages, or the word that there is nothing."""
    if isinstance(reply, Answer):
        citations, colour, lead = reply.citations, ANSWER_COLOUR, ""
    else:
        citations, lead = reply.nearest, reply.reason
        colour = NEAREST_COLOUR if citations else NOTHING_COLOUR
    leads = [lead] if lead else []
    if reply.understood:
        leads.insert(0, f"-# Understood as: {inline(reply.understood, PLACE_LIMIT)}")
    parts = quotes(citations)
    if not citations:
        parts.append("Try other words, `/lookup` for the passages nearest to them, or `/sources`.")
    title = inline(reply.question, TITLE_LIMIT)
    footer_text = footer(seconds, moment(reply.generation))
    written = reply.written if isinstance(reply, Answer) else ()
    return _reply(title, parts, colour, footer_text, citations, leads=leads, written=written)


def question_of(embed: discord.Embed) -> str:
    """Return the question that an embed made by `answer` answers; nothing for other embeds."""
    if not embed.title or not re.match(r"\d+\.\d\d s · ", embed.footer.text or ""):
        return ""
    return re.sub(r"\\([^0-9A-Za-z\s])", r"\1", embed.title)


def footer(seconds: float, built: datetime) -> str:
    """Return how long the answer took and how old the index is."""
    return f"{seconds:.2f} s · index built {ago(built)}"


def lookup_page(
    query: str, found: Sequence[tuple[Hit, Citation]], page: int, seconds: float, built: datetime
) -> Reply:
    """Render one page of a lookup: one passage, whole. `query` can be read back from `author`."""
    if not found:
        return _reply("Nothing found", ["No passage fits."], NOTHING_COLOUR, footer(seconds, built))
    hit, citation = found[page]
    bold = citation.bold_span.within(hit.passage.span)
    parts = [place(citation), block_quote(hit.passage.text, bold, DESCRIPTION_LIMIT - 700)]
    text = f"passage {page + 1} of {len(found)} · {footer(seconds, built)}"
    reply = _reply("", parts, PLAIN_COLOUR, text, (citation,))
    reply.embed.set_author(name=query)
    return reply


def passage(view: PassageView) -> Reply:
    """Render a passage with its neighbours, the cited part in bold."""
    bold = view.marked.within(view.span)
    path = " › ".join([view.title, *view.headings])
    parts = [block_quote(view.text, bold, DESCRIPTION_LIMIT - 900)]
    if view.changed:
        parts.insert(
            0, "⚠️ The file has changed since this was cited; this is what stands there now."
        )
    if view.renamed:
        parts.insert(0, "The file has another name than when this was cited.")
    title = inline(view.path, TITLE_LIMIT)
    reply = _reply(title, [inline(path, 400), *parts], PLAIN_COLOUR, view.where)
    if view.url:
        reply.embed.url = view.url
    return reply


def sources(documents: Sequence[Source], built: datetime) -> Reply:
    """Render the list of documents."""
    lines = []
    for each in documents[:SOURCES_SHOWN]:
        name = f"`{each.path}`" if "`" not in each.path else inline(each.path, 200)
        extent = [each.extent] if each.extent else []
        lines.append(" · ".join([name, inline(each.title, 80), *extent]))
    shown = lines
    while len("\n".join(shown)) > DESCRIPTION_LIMIT - 100:
        shown = shown[:-1]
    if len(shown) < len(documents):
        shown = [*shown, f"… and {len(documents) - len(shown)} more"]
    title = f"{len(documents)} document{'s' if len(documents) != 1 else ''}"
    return _reply(title, ["\n".join(shown)], PLAIN_COLOUR, f"index built {ago(built)}")


def built(report: BuildReport) -> Reply:
    """Render what a rebuild did, with every file that it had to leave out."""
    summary = report.summary[:1].upper() + report.summary[1:] + "."
    lines = [f"{summary} Answers come from the new index now." if report.made else summary]
    if report.made and report.manifest.rebuilt:
        lines.append(f"All files were read: {escape(report.manifest.rebuilt)}.")
    manifest = report.manifest
    lines += [f"Skipped {_about(each.path, each.reason)}" for each in manifest.skipped[:8]]
    lines += [f"Note: {_about(each.path, each.reason)}" for each in manifest.notes[:3]]
    hidden = max(0, len(manifest.skipped) - 8) + max(0, len(manifest.notes) - 3)
    if hidden:
        lines.append(f"… and {hidden} more; `/index report` has them")
    title = "Index rebuilt" if report.made else "Index unchanged"
    return _reply(title, ["\n".join(lines)], ANSWER_COLOUR, "")


def report(manifest: Manifest) -> Reply:
    """Render what the last build made of every file: those it had trouble with first."""
    lines = [f"🚫 {_about(each.path, each.reason)}" for each in manifest.skipped]
    lines += [f"⚠️ {_about(each.path, each.reason)}" for each in manifest.notes]
    for each in sorted(manifest.sources, key=lambda record: record.outcome):
        if not each.reason:
            passages = f"{each.passages} passage{'' if each.passages == 1 else 's'}"
            cut = f", {each.divided} too long for the model and cut" if each.divided else ""
            lines.append(f"{_about(each.path, f'{each.outcome}, {passages}{cut}')}")
    counts = Counter(each.outcome for each in manifest.sources)
    summary = ", ".join(f"{count} {outcome}" for outcome, count in sorted(counts.items()))
    if manifest.rebuilt:
        summary += f". All files were read: {escape(manifest.rebuilt)}"
    room = DESCRIPTION_LIMIT - len(summary) - 100
    shown: list[str] = []
    for line in lines:
        room -= len(line) + 1
        if room < 0:
            shown.append(f"… and {len(lines) - len(shown)} more; `python -m index report` has all")
            break
        shown.append(line)
    parts = [f"{summary}.", "\n".join(shown)]
    return _reply("What the last build did", parts, PLAIN_COLOUR, _built(manifest))


def status(manifest: Manifest, generation: str, changes: str, problem: str) -> Reply:
    """Render what answers now, and what `changes` a rebuild would take in."""
    lines = [
        f"**Generation** `{generation}`",
        f"**Built** {ago(manifest.created_at)}, {manifest.created_at:%Y-%m-%d %H:%M:%S} UTC",
        f"**Documents** {len(manifest.documents)}, as {manifest.passages} passages",
        f"**Skipped** {len(manifest.skipped)}, with notes {len(manifest.notes)}",
        f"**Model** {inline(manifest.model, 200)}",
        f"**Since then** {escape(changes)}",
    ]
    if problem:
        lines.insert(0, f"⚠️ {escape(problem)}\n")
    colour = NEAREST_COLOUR if problem else PLAIN_COLOUR
    return _reply("The index", ["\n".join(lines)], colour, "")


def _built(manifest: Manifest) -> str:
    return f"index built {ago(manifest.created_at)}"


def _about(path: str, said: str) -> str:
    return inline(f"{path}: {said}", 300)


def rules(rules: Rules, fixed: Sequence[str], verdicts: Mapping[str, int]) -> Reply:
    """Render what holds in a server, and what members said of the answers."""

    def listed(key: str, names: Sequence[str]) -> str:
        owner = " (fixed by the owner of this bot)" if key in fixed else ""
        return f"{', '.join(names) or 'none'}{owner}"

    answers = [f"<#{number}>" for number in rules.answer_channels]
    threads = [f"<#{number}>" for number in rules.thread_channels]
    roles = [f"<@&{rules.rebuild_role}>"] if rules.rebuild_role else []
    said = ", ".join(f"{VERDICTS[name]} {count}" for name, count in verdicts.items())
    lines = (
        f"**Answers unasked in** {listed('answer_channels', answers)}",
        f"**A thread for each answer in** {listed('thread_channels', threads)}",
        f"**May rebuild, beside those who manage the server** {listed('rebuild_role', roles)}",
        f"**Answers were** {said or 'not rated yet'}",
    )
    return _reply("In this server", ["\n".join(lines)], PLAIN_COLOUR, "")


def with_note(reply: Reply, text: str) -> Reply:
    """Return a reply with a small note above it."""
    embed = reply.embed.copy()
    line = f"-# {escape(text)}\n\n"
    embed.description = f"{line}{embed.description or ''}"[:DESCRIPTION_LIMIT]
    return Reply(embed, f"{line}{reply.text}"[:CONTENT_LIMIT], reply.citations)


def source_page(path: str, title: str, found: Sequence[Page], number: int, *, lined: bool) -> Reply:
    """Render one page of a document, as it reads."""
    page = found[number]
    shown = "\n".join(escape(line) for line in page.text.split("\n"))
    where = f"lines {page.first}–{page.last} · " if lined else ""
    footer_text = f"{where}page {number + 1} of {len(found)}"
    parts = [inline(title, 400), clipped(shown, DESCRIPTION_LIMIT - 600)]
    return _reply(inline(path, TITLE_LIMIT), parts, PLAIN_COLOUR, footer_text)


def related(citations: Sequence[Citation]) -> Reply:
    """Render the passages that are near another one."""
    if not citations:
        return _reply("", ["Nothing else is near it."], NOTHING_COLOUR, "")
    return _reply("More like this", quotes(citations), PLAIN_COLOUR, "", tuple(citations))


def note(text: str) -> Reply:
    """Render one plain sentence."""
    return _reply("", [escape(text)], NOTHING_COLOUR, "")


def document_key(path: str) -> str:
    """Return the name of a document that fits into a button's id."""
    return hashlib.sha256(path.encode()).hexdigest()[:12]


def fitting(
    parts: Sequence[str],
    limit: int,
    citations: Sequence[Citation] = (),
    written: Sequence[Sentence] = (),
) -> str:
    """Join the parts that fit into `limit` characters; the last ones are left out first.

    Where sentences are written above the quotes, none is shown without each quote that it cites:
    the quotes that no sentence cites are left out first, then sentences from the end, and where
    no sentence fits, the quotes stand alone.
    """
    sentences = list(written)
    shown = {each.number: part for each, part in zip(citations, parts, strict=False)}
    while sentences:
        text = escape(" ".join(each.text for each in sentences))
        whole = "\n\n".join([f"{text}\n{WRITTEN_BY_A_MODEL}", *shown.values()])
        if len(whole) <= limit:
            return whole
        cited = {number for each in sentences for number in each.citations}
        spare = [number for number in shown if number not in cited]
        if spare:
            del shown[spare[-1]]
        else:
            sentences.pop()
    kept = list(parts)
    while len("\n\n".join(kept)) > limit and len(kept) > 1:
        kept.pop()
    return "\n\n".join(kept)


def _reply(  # noqa: PLR0913 - every message is put together here
    title: str,
    parts: Sequence[str],
    colour: discord.Colour,
    footer_text: str,
    citations: tuple[Citation, ...] = (),
    *,
    leads: Sequence[str] = (),
    written: tuple[Sentence, ...] = (),
) -> Reply:
    """Put a message together, as an embed and as text; `leads` stand above all else."""
    above = "".join(f"{lead}\n\n" for lead in leads)
    room = DESCRIPTION_LIMIT - len(above)
    description = above + fitting(parts, room, citations, written)[:room]
    embed = discord.Embed(title=title or None, description=description, colour=colour)
    if footer_text:
        embed.set_footer(text=footer_text)
    ending = f"\n-# {footer_text}" if footer_text else ""
    text = above + fitting(parts, CONTENT_LIMIT - len(above) - len(ending), citations, written)
    if len(text) + len(ending) > CONTENT_LIMIT:
        text = text[: CONTENT_LIMIT - len(ending) - 1].rstrip("\\*") + "…"
    return Reply(embed, text + ending, citations)
