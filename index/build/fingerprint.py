"""Whether the program that reads, cuts and embeds is still the one that built an index."""

import hashlib
import json
from functools import cache
from importlib import metadata
from pathlib import Path

# All that an index depends on, so that nothing that an earlier version made of a document is ever
# taken for what this one would make of it. Settings are compared by their values, in `changes`.
MAKERS = {"domain.py", "reading", "text", "model", "store", "build"}
# What the readers, the chunker and the model are made of.
LIBRARIES = (
    "bm25s", "charset-normalizer", "docutils", "mammoth", "markdown-it-py", "onnx", "onnxruntime",
    "py3langid", "pypdfium2", "PyStemmer", "PyYAML", "selectolax",
    "sentence-transformers", "sentencex", "tokenizers", "torch",
)  # fmt: skip


@cache
def program() -> str:
    """Return what changes whenever the same documents might be indexed otherwise.

    Empty where a library is missing that building needs: nothing is indexed there.
    """
    package = Path(__file__).parents[1]
    code = {
        file.relative_to(package).as_posix(): hashlib.sha256(file.read_bytes()).hexdigest()
        for file in sorted(package.rglob("*.py"))
        if file.relative_to(package).parts[0] in MAKERS
    }
    try:
        versions = {name: metadata.version(name) for name in LIBRARIES}
    except metadata.PackageNotFoundError:
        return ""
    return hashlib.sha256(json.dumps([code, versions]).encode()).hexdigest()[:16]
