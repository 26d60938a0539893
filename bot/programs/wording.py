"""What tools say in words: the same as their JSON, as a reader or a model likes it."""

from collections.abc import Sequence

from bot.programs.forms import Answered, Cited, Documents, Found, Numbers, Place, Text

KINDS = ("page", "slide", "row", "cell", "record")
ANSWER = "The documents say, word for word:"
NEAREST = "The documents don't say. These are the closest passages, which are no answer:"
WRITTEN = "In short, by a language model and checked against the quotes:"
WHOLE = "That is all that was asked for."
NONE = "The documents don't say, and nothing in them is close to that."


def answered(form: Answered) -> str:
    """Say what the documents say, with each quote's place below it."""
    parts = [{"answer": ANSWER, "nearest": NEAREST, "none": NONE}[form["outcome"]]]
    if form["understood"]:
        parts.insert(0, f"Understood as: {form['understood']}")
    if form["written"]:
        parts.append(
            f"In short, by a language model, checked against the quotes: {form['written']}"
        )
    parts += map(_cited, form["citations"])
    if form["outcome"] != "none":
        parts.append(f"Confidence {form['confidence']:.0%}.")
    return "\n\n".join(parts)


def found(form: Found) -> str:
    """Say which passages were found."""
    if not form["passages"]:
        return "Nothing was found."
    return "\n\n".join(map(_cited, form["passages"]))


def text(form: Text) -> str:
    """Say what stands in a document, and how to go on."""
    lines = f", {_lines(form['lines'])}" if form["lines"] else ""
    extent = f" of {form['extent']}" if form["extent"] else ""
    head = f"{form['path']}{lines}{extent} · {form['title']}"
    rest = form["rest"]
    more = f"There is more: start={rest[0]}, end={rest[1]}" if rest else WHOLE
    return f"{head}\n\n{form['text']}\n\n{more}"


def documents(form: Documents) -> str:
    """Say which documents there are."""
    listed = [
        " · ".join(part for part in (each["path"], each["title"], each["extent"]) if part)
        for each in form["documents"]
    ]
    more = "" if form["rest"] is None else f"\nThere are more: start={form['rest']}"
    count = f"{form['total']} document{'' if form['total'] == 1 else 's'}:"
    return "\n".join([count, *listed]) + more


def _cited(cited: Cited) -> str:
    """A quote, and below it its place."""
    lines = [cited["context"]] if cited["context"] else []
    lines += [f"> {line}" for line in cited["quote"].split("\n")]
    for row in cited["rows"]:
        lines += [f"> {line}" for line in row["quote"].split("\n")]
    if cited["more"]:
        lines.append(f"({cited['more']} more in the same list)")
    headings = " › ".join(cited["headings"]) or cited["title"]
    where = _where(cited)
    parts = [cited["path"], where, headings, cited["url"]]
    lines.append(f"[{cited['number']}] {' · '.join(part for part in parts if part)}")
    if cited["also"]:
        lines.append(f"The same stands in {_elsewhere(cited['also'])}")
    if cited["unlike"]:
        later = f" This is later: {cited['later']}." if cited["later"] else ""
        lines.append(f"[{cited['unlike']}] says otherwise.{later}")
    return "\n".join(lines)


def _where(numbers: Numbers) -> str:
    if "lines" in numbers:
        return _lines(numbers["lines"])
    return ", ".join(f"{kind} {number}" for kind, number in numbers.items() if kind in KINDS)


def _lines(lines: Sequence[int]) -> str:
    first, last = lines
    return f"line {first}" if first == last else f"lines {first}–{last}"


def _elsewhere(places: Sequence[Place]) -> str:
    return "; ".join(
        ", ".join(part for part in (place["path"], _where(place)) if part) for place in places
    )
