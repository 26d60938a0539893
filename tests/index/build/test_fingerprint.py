"""An index is made anew when what it depends on changes, and then alone."""

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from index import IndexSettings
from index.build.changes import chunking_settings, limits

PACKAGE = Path(__file__).parents[3] / "index"
PRINT = "from index.build.fingerprint import program; print(program())"
# What the name and the revision of a model hold.
OF_THE_MODEL = {"model", "query_prompt", "document_prompt"}
# What may change without any document being read, cut or embedded otherwise.
OF_NO_INDEX = {
    "seeds", "folder", "only", "store", "ignore", "keep_generations", "open_collections", "watch",
    "settle_seconds",
}  # fmt: skip
# What settles which engine finds the passages; where it changes, embeddings are kept.
OF_THE_ENGINE = {"engine", "qdrant"}


def fingerprint(folder: Path) -> str:
    """The fingerprint of a copy of the package."""
    command = [sys.executable, "-c", PRINT]
    return subprocess.check_output(command, cwd=folder, text=True).strip()  # noqa: S603 - our own


@pytest.mark.parametrize(
    ("module", "depends"),
    [
        ("reading/formats/pdf.py", True),
        ("text/chunking.py", True),
        ("store/passages.py", True),
        ("settings.py", False),
        ("answer/search.py", False),
        ("front.py", False),
    ],
)
def test_an_index_depends_on_what_makes_it_and_not_on_what_asks_it(
    tmp_path: Path, module: str, *, depends: bool
) -> None:
    shutil.copytree(PACKAGE, tmp_path / "index")
    before = fingerprint(tmp_path)
    assert before
    with (tmp_path / "index" / module).open("a") as file:
        file.write("# Another version.\n")
    assert (fingerprint(tmp_path) != before) is depends


def test_each_key_of_the_index_is_compared_with_the_last_build_or_means_nothing_to_it() -> None:
    settings = IndexSettings()
    compared = chunking_settings(settings).keys() | limits(settings).keys() | OF_THE_MODEL
    assert IndexSettings.model_fields.keys() == compared | OF_NO_INDEX | OF_THE_ENGINE
