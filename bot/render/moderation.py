"""What moderators are shown: builds, the state of the index, a server's settings."""

from collections import Counter
from collections.abc import Mapping, Sequence
from itertools import chain, islice

from bot.errors import withheld
from bot.records import Change
from bot.render.fitting import abridge
from bot.render.markup import code, inline
from bot.render.quotes import worded
from bot.render.reply import (
    ANSWER_COLOUR,
    NEAREST_COLOUR,
    PLAIN_COLOUR,
    VERDICTS,
    Reply,
    built_ago,
    message,
)
from bot.servers import Rules
from index import BuildReport, FetchState, FileRecord, Manifest, State, ago

# What is told of a failure.
TOLD = 700
# Of more files nobody turns the pages.
REPORTED = 2000
# So many channels are named.
NAMED = 40
# So much of a commit tells it from others.
VERSION_CHARS = 12
NO_SOURCES: Mapping[str, FetchState] = {}
DAMAGED = (
    "⚠️ What was set here can't be read any more, so what holds is what the owner of this bot has "
    "set. Whatever you set with `/settings` now takes its place."
)
FIRST = (
    "**First** try `/ask` in a channel. `/sources` lists the documents that I have: whoever runs "
    "me chooses them, and `/rebuild` takes in what has changed."
)
THEN = (
    "**Then** tell me where to answer: `/settings answers` for help channels, where I answer if "
    "I'm sure, `/settings questions` for a channel of my own, `/settings threads` for a thread to "
    "each answer. `/settings show` says what is set, `/help` what I do."
)
FAREWELL = (
    "Whoever runs me has named the servers that I am for, and this is none of them, so I leave it "
    "again. The program that I am is free: you can run one of your own."
)
NO_CONTENT = (
    "I can read only messages that mention me until whoever runs me switches on the "
    "message-content intent, which the first two of these need."
)


def build_report(report: BuildReport) -> Reply:
    """Render what a rebuild did, with every file that it had to leave out."""
    summary = report.summary[:1].upper() + report.summary[1:] + "."
    lines = [f"{summary} Answers come from the new index now." if report.made else summary]
    if report.made and report.manifest.rebuilt:
        lines.append(f"All files were read: {_failure(report.manifest.rebuilt)}.")
    skipped, notes = report.manifest.skipped, report.manifest.notes
    lines += [f"Skipped {_about(file.path, file.reason)}" for file in skipped[:8]]
    lines += [f"Note: {_about(file.path, file.reason)}" for file in notes[:3]]
    hidden = max(0, len(skipped) - 8) + max(0, len(notes) - 3)
    if hidden:
        lines.append(f"… and {hidden} more; `/index report` has them")
    title = "Index rebuilt" if report.made else "Index unchanged"
    return message(title, ["\n".join(lines)], ANSWER_COLOUR, "")


def report(manifest: Manifest) -> Reply:
    """Render what the last build made of every file, on pages: those it had trouble with first."""
    skipped, notes = manifest.skipped, manifest.notes
    read = sorted(
        (file for file in manifest.sources if not file.reason), key=lambda record: record.outcome
    )
    # Of many files the first ones are shown, so the others need no words.
    lines = chain(
        (f"🚫 {_about(file.path, file.reason)}" for file in skipped),
        (f"⚠️ {_about(file.path, file.reason)}" for file in notes),
        (_about(file.path, _outcome(file)) for file in read),
    )
    total = len(skipped) + len(notes) + len(read)
    counts = Counter(file.outcome for file in manifest.sources)
    summary = ", ".join(f"{count} {outcome}" for outcome, count in sorted(counts.items()))
    if manifest.rebuilt:
        summary += f". All files were read: {_failure(manifest.rebuilt)}"
    listed = list(islice(lines, REPORTED))
    if len(listed) < total:
        listed.append(f"… and {total - len(listed)} more")
    parts = [f"{summary}.", "\n".join(listed)]
    return message("What the last build did", parts, PLAIN_COLOUR, built_ago(manifest.created_at))


def _outcome(file: FileRecord) -> str:
    passages = f"{file.passages} passage{'' if file.passages == 1 else 's'}"
    cut = f", {file.divided} too long for the model and cut" if file.divided else ""
    return f"{file.outcome}, {passages}{cut}"


def status(
    state: State,
    changes: str,
    builder: str,
    collection: str = "",
    sources: Mapping[str, FetchState] = NO_SOURCES,
) -> Reply:
    """Render what of a collection answers now, and what `changes` a rebuild would take in.

    `builder` says who rebuilds by itself; `sources` are where documents come from, by their names.
    """
    manifest = state.manifest
    lines = [
        f"**Generation** {code(state.generation, 200)}",
        f"**Built** {ago(manifest.created_at)}, {manifest.created_at:%Y-%m-%d %H:%M:%S} UTC",
        f"**Documents** {len(manifest.documents)}, as {manifest.passages} passages",
        f"**Skipped** {len(manifest.skipped)}, with notes {len(manifest.notes)}",
        f"**Model** {inline(manifest.model, 200)}",
        f"**Since then** {_failure(changes)}",
        f"**Follows the documents** {builder}",
        *(f"**Source** {_source(name, fetched)}" for name, fetched in sources.items()),
    ]
    if collection:
        lines.insert(0, f"**Collection** {code(collection, 200)}")
    if state.problem:
        lines.insert(0, f"⚠️ {_failure(withheld(state.problem))}\n")
    colour = NEAREST_COLOUR if state.problem else PLAIN_COLOUR
    return message("The index", ["\n".join(lines)], colour, "")


def _source(name: str, state: FetchState) -> str:
    """Say how a source does."""
    if state.succeeded is None:
        said = "not fetched yet"
    else:
        at = f" at {code(state.version[:VERSION_CHARS], 100)}" if state.version else ""
        count = f"{state.documents} document{'' if state.documents == 1 else 's'}"
        said = f"{count}{at}, fetched {ago(state.succeeded)}"
        if state.skipped:
            said += f", {len(state.skipped)} skipped"
    if state.problem and state.tried is not None:
        said += f"\n⚠️ It failed {ago(state.tried)}: {_failure(withheld(state.problem))}"
    return f"{code(name, 100)} {said}"


def _failure(text: str) -> str:
    return worded(abridge(text, TOLD))


def _about(path: str, text: str) -> str:
    return inline(f"{path}: {text}", 300)


def rules(rules: Rules, fixed: Sequence[str], verdicts: Mapping[str, int]) -> Reply:
    """Render what holds in a server, and what members said of the answers."""

    def setting(key: str, names: Sequence[str]) -> str:
        owner = " (fixed by the owner of this bot)" if key in fixed else ""
        more = f" and {len(names) - NAMED} more" if len(names) > NAMED else ""
        return f"{', '.join(names[:NAMED]) or 'none'}{more}{owner}"

    answers, questions, threads, logged, team, weekly = (
        [f"<#{number}>" for number in numbers if number]
        for numbers in (
            rules.answer_channels,
            rules.question_channels,
            rules.thread_channels,
            [rules.log_channel],
            [rules.team_channel],
            [rules.weekly_channel],
        )
    )
    private = ["privately" if rules.private_answers else "for all to see"]
    roles = [f"<@&{rules.rebuild_role}>"] if rules.rebuild_role else []
    helpers = [f"<@&{rules.team_role}>"] if rules.team_role else []
    known = [name for name in VERDICTS if name in verdicts]
    counts = ", ".join(f"{VERDICTS[name].casefold()} {verdicts[name]}" for name in known)
    lines = (
        *([DAMAGED] if rules.damaged else []),
        f"**Answers unasked in** {setting('answer_channels', answers)}",
        f"**Every question answered in** {setting('question_channels', questions)}",
        f"**A thread for each answer in** {setting('thread_channels', threads)}",
        f"**The menu and /lookup answer** {setting('private_answers', private)}",
        f"**Changes are shown in** {setting('log_channel', logged)}",
        f"**A word each week in** {setting('weekly_channel', weekly)}",
        f"**Manages index and documents, too** {setting('rebuild_role', roles)}",
        f"**Whom members may ask instead** {setting('team_role', helpers)}",
        f"**Where that is asked** {setting('team_channel', team)}",
        f"**Answers were** {counts or 'not rated yet'}",
    )
    return message("In this server", ["\n".join(lines)], PLAIN_COLOUR, "")


def changes(changes: Sequence[Change]) -> Reply:
    """Render who changed what and when; of what was done, the markup is the bot's own."""
    lines = [
        f"<t:{int(each.moment)}:f> <@{each.member}> ({inline(each.name, 40)}) {each.deed}"
        for each in changes
    ]
    return message("What moderators did", ["\n".join(lines) or "Nothing yet."], PLAIN_COLOUR, "")


def welcome(server: str, missing: str, *, reads: bool) -> Reply:
    """Render what who invited the bot is told: what it does, and what to do first.

    `missing` names permissions, marked up; `reads` says whether it can read all messages.
    """
    hello = (
        f"Thank you for inviting me to **{inline(server, 100)}**. I answer questions from "
        "documents, word for word, and name the file and the lines."
    )
    parts = [hello, FIRST, THEN]
    if not reads:
        parts.append(NO_CONTENT)
    if missing:
        parts.append(f"⚠️ I lack permissions there that I need: {missing}.")
    return message("Hello", parts, ANSWER_COLOUR, "")


def farewell(server: str) -> Reply:
    """Render what is said where the bot may not be."""
    hello = f"Thank you for inviting me to **{inline(server, 100)}**, but I am a private bot."
    return message("Goodbye", [hello, FAREWELL], PLAIN_COLOUR, "")
