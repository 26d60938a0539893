"""XML as a tree: no file defines entities, none is nested deeper than the limit."""

from xml.etree.ElementTree import Element, TreeBuilder
from xml.parsers import expat

from index.errors import NestedTooDeep, UnreadableSource
from index.reading.formats.extracted import one_line
from index.settings import Limits


def parse(path: str, data: bytes, limits: Limits, inside: str = "") -> Element:
    """Return the root of a file, or of one `inside` an archive.

    Names are without namespaces; of two attributes of one name, the one with a namespace keeps a
    colon.

    Raises:
        UnreadableSource: it is no XML, or defines entities.
        NestedTooDeep: its elements are nested deeper than `max_nesting`.
    """
    where = f"{inside} in it" if inside else "it"
    builder = TreeBuilder()
    depth = 0

    def start(name: str, attributes: dict[str, str]) -> None:
        nonlocal depth
        depth += 1
        if depth > limits.max_nesting:
            limit = f"{limits.max_nesting} levels"
            raise NestedTooDeep(path, "its elements are nested too deep", limit)
        builder.start(_local(name), _attributes(attributes))

    def end(name: str) -> None:
        nonlocal depth
        depth -= 1
        builder.end(_local(name))

    def refuse(*_: object) -> None:
        raise UnreadableSource(path, f"{where} defines entities, which could hold anything")

    parser = expat.ParserCreate(namespace_separator=" ")
    parser.buffer_text = True
    parser.StartElementHandler = start
    parser.EndElementHandler = end
    parser.CharacterDataHandler = builder.data
    # Without a definition there is nothing to fetch and nothing that grows.
    parser.EntityDeclHandler = refuse
    try:
        parser.Parse(data, True)  # noqa: FBT003 - expat takes no keywords
    except (expat.ExpatError, LookupError, ValueError) as error:
        reason = f"{where} is no valid XML: {one_line(str(error))}"
        raise UnreadableSource(path, reason) from None
    return builder.close()


def text_of(element: Element) -> str:
    """Return all the text in an element on one line."""
    return one_line("".join(element.itertext()))


def _local(name: str) -> str:
    return name.rpartition(" ")[2]


def _attributes(given: dict[str, str]) -> dict[str, str]:
    named = {name: value for name, value in given.items() if " " not in name}
    for name, value in given.items():
        if " " in name:
            local = _local(name)
            named[f":{local}" if local in named else local] = value
    return named
