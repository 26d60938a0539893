"""`.ipynb`: the Markdown and the code of a notebook, cell by cell, without its outputs."""

import json

from index.domain import BlockKind, Document
from index.errors import UnreadableSource
from index.reading.formats import grammar, markup
from index.reading.formats.decoding import decode
from index.reading.formats.extracted import Extract, clean, one_line
from index.settings import Limits


def read(path: str, data: bytes, _limits: Limits) -> Document:
    """Read a Jupyter notebook.

    Raises:
        UnreadableSource: it is no notebook, or has no cell with text.
    """
    text, notes = decode(path, data)
    try:
        notebook = json.loads(text)
    except ValueError as error:
        raise UnreadableSource(path, f"it is not valid JSON: {one_line(str(error))}") from None
    if not isinstance(notebook, dict) or not isinstance(notebook.get("cells"), list):
        reason = "it has no list of cells; open it in Jupyter and save it again (nbformat 4)"
        raise UnreadableSource(path, reason)
    extract = Extract()
    for number, cell in enumerate(notebook["cells"], start=1):
        if not isinstance(cell, dict):
            continue
        source = cell.get("source", "")
        lines = source if isinstance(source, list) else [source]
        content = clean("".join(line for line in lines if isinstance(line, str)))
        if not content.strip():
            continue
        extract.mark("cell", number)
        if cell.get("cell_type") == "code":
            extract.block(BlockKind.CODE, content)
        else:
            extract.add_parsed(content, *markup.parse(content, grammar.MARKDOWN))
    return extract.document(path, data, "application/x-ipynb+json", notes=notes)
