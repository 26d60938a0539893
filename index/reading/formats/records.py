"""`.json`, `.jsonl`: each record as lines of `key: value`.

The text is made from the values, since JSON's own is full of escapes: a record is cited by its
number, in JSON Lines by its line. What a chat program exported is read as a conversation.
"""

import json
from collections.abc import Iterator, Mapping, Sequence

from index.domain import BlockKind, Document
from index.errors import NestedTooDeep, UnreadableSource
from index.reading.formats import chat
from index.reading.formats.bounds import NAME_CHARS
from index.reading.formats.decoding import decode
from index.reading.formats.extracted import Extract, one_line
from index.settings import Limits

# A record of at most this length is quoted whole; of a longer one, its parts.
RECORD_CHARS = 480
MANY_NOTES = 3
NAMES = ("title", "name", "question", "id", "key")


def read(path: str, data: bytes, limits: Limits) -> Document:
    """Read a JSON document, or one on each line.

    Raises:
        UnreadableSource: it is no JSON, or holds no text.
        NestedTooDeep: its values are nested deeper than `max_nesting`.
    """
    text, notes = decode(path, data)
    extract = Extract()
    if path.lower().endswith(".json"):
        try:
            value = json.loads(text)
        except ValueError as error:
            raise UnreadableSource(path, f"it is not valid JSON: {one_line(str(error))}") from None
        conversation = chat.export(value)
        if conversation is not None:
            name, messages = conversation
            chat.add(extract, "record", messages)
            return extract.document(path, data, "application/json", title=name, notes=notes)
        for number, (headings, record) in enumerate(_records(value, ()), start=1):
            extract.mark("record", number)
            _add(extract, record, " › ".join(headings), path, limits)
        return extract.document(path, data, "application/json", notes=notes)
    failed: list[int] = []
    for number, line in enumerate(text.split("\n"), start=1):
        if not line.strip():
            continue
        try:
            value = json.loads(line)
        except ValueError:
            failed.append(number)
            continue
        extract.mark("line", number)
        _add(extract, value, "", path, limits)
    if failed:
        numbers = ", ".join(map(str, failed[:MANY_NOTES]))
        more = "" if len(failed) <= MANY_NOTES else f" and {len(failed) - MANY_NOTES} more"
        notes = (*notes, f"no valid JSON, left out: line {numbers}{more}")
    return extract.document(path, data, "application/jsonl", notes=notes)


def _records(value: object, headings: tuple[str, ...]) -> Iterator[tuple[tuple[str, ...], object]]:
    """The objects of a list, wherever it stands; a value that holds no such list is one record."""
    if isinstance(value, list) and any(isinstance(item, Mapping) for item in value):
        for item in value:
            yield headings, item
    elif isinstance(value, Mapping) and any(map(_holds_records, value.values())):
        rest = {key: item for key, item in value.items() if not _holds_records(item)}
        if rest:
            yield headings, rest
        for key, item in value.items():
            if _holds_records(item):
                yield from _records(item, (*headings, _name(key)))
    else:
        yield headings, value


def _holds_records(value: object) -> bool:
    if isinstance(value, list):
        return any(isinstance(item, Mapping) for item in value)
    return isinstance(value, Mapping) and any(map(_holds_records, value.values()))


def _add(extract: Extract, record: object, context: str, path: str, limits: Limits) -> None:
    lines = list(_lines(record, "", 0, path, limits))
    whole = "\n".join(f"{key}: {value}" if key else value for key, value in lines)
    if len(whole) <= RECORD_CHARS:
        extract.block(BlockKind.ROW, whole, context)
        return
    # The parts of a long record need the name of what they are about.
    named = [(key, value) for key, value in lines if key.lower() in NAMES]
    name = next((value for _, value in named if len(value) <= RECORD_CHARS // 4), "")
    for key, value in lines:
        about = " › ".join(part for part in (context, name if value != name else "") if part)
        long = len(value) > RECORD_CHARS // 4
        kind = BlockKind.PARAGRAPH if long else BlockKind.ROW
        extract.block(kind, f"{key}: {value}" if key else value, about)


def _lines(
    value: object, key: str, depth: int, path: str, limits: Limits
) -> Iterator[tuple[str, str]]:
    """The values with the way to each, "address.city"; a list of plain values is one."""
    if depth > limits.max_nesting:
        limit = f"{limits.max_nesting} levels"
        raise NestedTooDeep(path, "its values are nested too deep", limit)
    if isinstance(value, Mapping):
        for name, item in value.items():
            below = f"{key}.{_name(name)}"[-NAME_CHARS:] if key else _name(name)
            yield from _lines(item, below, depth + 1, path, limits)
    elif isinstance(value, list) and any(isinstance(item, Mapping | list) for item in value):
        for item in value:
            yield from _lines(item, key, depth + 1, path, limits)
    elif isinstance(value, Sequence) and not isinstance(value, str):
        yield from _lines(", ".join(map(_shown, value)), key, depth + 1, path, limits)
    elif shown := _shown(value):
        yield key, shown


def _name(key: object) -> str:
    return one_line(str(key)[:NAME_CHARS])


def _shown(value: object) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    return "" if value is None else "\n".join(map(one_line, str(value).split("\n"))).strip()
