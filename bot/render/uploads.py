"""Changes of documents as Discord messages: what one would do, what came of it, and the list."""

from collections.abc import Mapping, Sequence

from bot.render.markup import code, inline, row
from bot.render.reply import ANSWER_COLOUR, NEAREST_COLOUR, PLAIN_COLOUR, Reply, message
from bot.uploads import Listed, Made, Plan
from index import BuildReport

# More are no list that anybody turns the pages of.
LISTED = 2000
# So much is shown of a path, of a line, and of what speaks against a document.
PATH, LINE, WARNING, REASON = 300, 150, 300, 700
WARNINGS = 5
# So much of a collection's name.
NAME = 100
KILOBYTE, MEGABYTE = 1000, 1_000_000

WITHDRAWN = (
    "-# Citations lead to the message. If that is changed or deleted, I withdraw this; `/forget` "
    "takes it back."
)
ASKED: Mapping[str, str] = {
    "add": "Add this document?",
    "replace": "Replace this document?",
    "remove": "Remove this document?",
    "undo": "Take the last change back?",
}
DONE: Mapping[str, str] = {
    "add": "Added",
    "replace": "Replaced",
    "remove": "Removed",
    "undo": "Taken back",
}


def planned(plan: Plan, days: int) -> Reply:
    """Render what a change would do; what it takes away is kept for so many days."""
    lines = [f"**Document** {code(plan.path, PATH)}"]
    if plan.place.collection:
        lines.append(f"**Collection** {inline(plan.place.collection, NAME)}")
    if plan.undone:
        lines.append(f"**Takes back** that {_author(plan.undone)} {_verb(plan.undone)} it")
    lines.append(f"**Size** {_sizes(plan)}")
    if plan.lines:
        lines.append(f"**Lines** {plan.lines.come} come, {plan.lines.go} go")
    if plan.lines and plan.before and plan.data is not None:
        lines += [f"> `-` {inline(line, LINE)}" for line in plan.lines.last]
        lines += [f"> `+` {inline(line, LINE)}" for line in plan.lines.first]
    if plan.title:
        lines.append(f"**Cited as** {row(inline(plan.title, PATH), code(plan.path, PATH))}")
    lines += [f"⚠️ {inline(warning, WARNING)}" for warning in plan.warnings[:WARNINGS]]
    footer = f"what is taken away is kept for {days} days" if plan.before else ""
    colour = NEAREST_COLOUR if plan.warnings else PLAIN_COLOUR
    return message(ASKED[plan.kind], ["\n".join(lines)], colour, footer)


def taken(plan: Plan, outcome: str) -> Reply:
    """Render that a change was made, and what came of it, which is marked up."""
    return message(DONE[plan.kind], [code(plan.path, PATH), outcome], ANSWER_COLOUR, "")


def taught(plan: Plan, question: str, outcome: str) -> Reply:
    """Render that a message was made a document, and what came of it, which is marked up."""
    parts = [f"**{inline(question, PATH)}**\n{code(plan.path, PATH)}", outcome, WITHDRAWN]
    return message("Taught", parts, ANSWER_COLOUR, "")


def indexed(plan: Plan, report: BuildReport) -> str:
    """Say what a build made of the document that was changed."""
    record = next((file for file in report.manifest.sources if file.path == plan.path), None)
    # What was taken back stays so: the way back leads further back.
    may_undo = plan.kind != "undo"
    if record is None and plan.data is None:
        way = " `/documents undo` brings it back." if may_undo else ""
        name = inline(plan.place.collection, NAME)
        where = f" in the collection {name}" if name else ""
        return f"Nothing is answered from it any more{where}.{way}"
    way = " `/documents undo` takes the change back." if may_undo else ""
    if record is None:
        return f"It isn't in the index: the rules leave it out.{way}"
    if record.reason:
        return f"The document was skipped: {inline(record.why, REASON)}.{way}"
    passages = f"{record.passages} passage{'' if record.passages == 1 else 's'}"
    notes = [f"⚠️ {inline(note, WARNING)}" for note in record.all_notes[:WARNINGS]]
    return "\n".join([f"It is in the index, with {passages}.", *notes])


def listed(documents: Sequence[Listed], collection: str) -> Reply:
    """Render the documents of a collection, on as many pages as they need."""
    lines = [
        row(code(each.path, PATH), size_of(each.size), _last(each.change))
        for each in documents[:LISTED]
    ]
    if len(lines) < len(documents):
        lines.append(f"… and {len(documents) - len(lines)} more")
    title = f"{len(documents)} document{'' if len(documents) == 1 else 's'}"
    title += f" in {inline(collection, NAME)}" if collection else ""
    shown = "\n".join(lines) or "None yet; `/documents add` takes the first one."
    return message(title, [shown], PLAIN_COLOUR, "")


def size_of(size: int) -> str:
    """Return how large something of so many bytes is."""
    if size < KILOBYTE:
        return f"{size} byte{'' if size == 1 else 's'}"
    if size < MEGABYTE:
        return f"{size / KILOBYTE:.1f} KB"
    return f"{size / MEGABYTE:.1f} MB"


def _sizes(plan: Plan) -> str:
    if plan.data is None:
        return f"{size_of(plan.size_before)}, all of which goes"
    before = f", {size_of(plan.size_before)} before" if plan.before else ""
    return f"{size_of(plan.size)}{before}"


def _last(change: Made | None) -> str:
    return f"{_verb(change)} by {_author(change)} <t:{int(change.moment)}:R>" if change else ""


def _author(change: Made) -> str:
    return f"<@{change.author.member}> ({inline(change.author.name, 40)})"


def _verb(change: Made) -> str:
    verbs = {"add": "added", "replace": "replaced", "remove": "removed", "undo": "put back"}
    return verbs[change.kind]
