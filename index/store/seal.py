"""A generation's folder: what is in it is sealed by its manifest, and held against that.

The name of the folder ends in the hash of the manifest, which has the hashes of all other files, of
big ones by way of the hashes of their blocks: none can change unseen.
"""

import hashlib
import json
import re
import shutil
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

from pydantic import TypeAdapter, ValidationError

from index.errors import IndexIncompatible, IndexOutdated
from index.store.checksums import (
    BIG,
    BLOCKS,
    check_blocks,
    check_size,
    corrupt,
    sha256,
    write_blocks,
)
from index.store.dense import CELLS_FILE
from index.store.durable import flush_tree
from index.store.manifest import Manifest

FORMAT_VERSION = 6
FORMAT = "format"
MANIFEST = "manifest.json"
MODEL = "model"
MANIFEST_JSON = TypeAdapter(Manifest)
# When it was made, to the microsecond, then the beginning of its manifest's SHA-256.
MOMENT = "%Y%m%dT%H%M%S%f"
NAME = re.compile(r"\d{8}T\d{12}-([0-9a-f]{12})")
# What a build left that was stopped, and what older versions of the bot wrote.
LEFTOVER = re.compile(r"\d{8}T\d{12}(-[0-9a-f]{12})?(\.tmp)?")
UNFINISHED = ".tmp"


def moment(name: str) -> datetime:
    """Return when the generation of that name was made (UTC)."""
    return datetime.strptime(name.partition("-")[0], MOMENT).replace(tzinfo=UTC)


def seal(folder: Path, manifest: Manifest, model: Path | None = None) -> Path:
    """Complete a generation that was written into `folder`, which is renamed; return where it is.

    `manifest` lacks `files` alone. The files in the folder `model` are copied, not linked: what
    damages one generation must leave the others whole.

    Raises:
        OSError: the disk refuses.
    """
    if model is not None:
        shutil.copytree(model, folder / MODEL)
    manifest = replace(manifest, files=_checksums(folder))
    (folder / MANIFEST).write_bytes(MANIFEST_JSON.dump_json(manifest, indent=1))
    name = f"{folder.stem}-{sha256(folder / MANIFEST)[:12]}{UNFINISHED}"
    sealed = folder.rename(folder.with_name(name))
    flush_tree(sealed)
    return sealed


def read_manifest(folder: Path) -> Manifest:
    """Return the manifest of the generation in `folder`.

    Raises:
        IndexCorrupt: it can't be read, or isn't the one that was built.
        IndexIncompatible: another version of the bot wrote it.
    """
    file = folder / MANIFEST
    try:
        data = file.read_bytes()
        version = json.loads(data).get("format_version")
    except (OSError, ValueError, AttributeError):
        raise corrupt(file, "can't be read") from None
    if version != FORMAT_VERSION:
        earlier = isinstance(version, int) and version < FORMAT_VERSION
        refused = IndexOutdated if earlier else IndexIncompatible
        raise refused(FORMAT, FORMAT_VERSION, version)
    name = NAME.fullmatch(folder.name.removesuffix(UNFINISHED))
    if not (name and hashlib.sha256(data).hexdigest().startswith(name[1])):
        raise corrupt(file, "is damaged: its checksum is not the one in the folder's name")
    try:
        return MANIFEST_JSON.validate_json(data)
    except ValidationError:
        raise corrupt(file, "is not what a build writes") from None


def check_files(folder: Path, manifest: Manifest) -> None:
    """Hold the files in `folder` against their manifest, of big ones the hashes of the blocks.

    Raises:
        IndexCorrupt: a file is missing or altered.
    """
    for path, expected in manifest.files.items():
        file = folder / path
        if not file.is_file():
            raise corrupt(file, "is missing")
        if sha256(file) != expected:
            raise corrupt(file, "is damaged: its checksum is not the manifest's")
        if path.endswith(BLOCKS):
            check_size(file)


def verify(folder: Path) -> Manifest:
    """Return the manifest of the generation in `folder`, every byte of which is as it was built.

    Raises:
        IndexCorrupt: a file is missing or altered.
        IndexIncompatible: another version of the bot wrote it.
    """
    manifest = read_manifest(folder)
    check_files(folder, manifest)
    for path in manifest.files:
        if path.endswith(BLOCKS):
            check_blocks(folder / path)
    return manifest


def _checksums(folder: Path) -> dict[str, str]:
    """The hash of each file in a folder; of a big one, the hash of the hashes of its blocks.

    What a library reads is never read in blocks by us: the cells, the model.
    """
    checksums = {}
    for file in sorted(file for file in folder.rglob("*") if file.is_file()):
        ours = file.parent == folder and file.name != CELLS_FILE
        hashed = write_blocks(file) if ours and file.stat().st_size > BIG else file
        checksums[hashed.relative_to(folder).as_posix()] = sha256(hashed)
    return checksums
