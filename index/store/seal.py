"""A generation's folder: what is in it is sealed by its manifest, and held against that.

The name of the folder ends in the hash of the manifest, which has the hashes of all other files, of
big ones by way of the hashes of their blocks. What is used of them is verified first (`contents`).
"""

import hashlib
import json
import re
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

from pydantic import TypeAdapter, ValidationError

from index.errors import IndexIncompatible, IndexOutdated, ResourcesMissing
from index.store.checksums import (
    BIG,
    altered,
    corrupt,
    hashed,
    read_file,
    unreadable,
    write_blocks,
)
from index.store.contents import SealedFiles
from index.store.durable import flush_tree
from index.store.manifest import Manifest
from index.store.sharing import take

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


def seal(
    folder: Path,
    manifest: Manifest,
    model: Path | None = None,
    before: Manifest | None = None,
    *,
    link: bool = False,
) -> Path:
    """Complete a generation that was written into `folder`, which is renamed; return where it is.

    `manifest` lacks `files` alone. The files in the folder `model` are taken into it, and linked
    only with `link`: what damages one generation should leave the others whole. `before` is the
    manifest of the generation that the model comes from, if it comes from one.

    Raises:
        IndexCorrupt: the model is not as it was built.
        OSError: the disk refuses.
    """
    if model is not None and model != folder / MODEL:
        take(model, folder / MODEL, link=link)
    manifest = replace(manifest, files=checksums(folder))
    if model is not None and before is not None and model_sums(manifest) != model_sums(before):
        raise altered(model)
    (folder / MANIFEST).write_bytes(MANIFEST_JSON.dump_json(manifest, indent=1))
    name = f"{folder.stem}-{hashed(folder / MANIFEST)[:12]}{UNFINISHED}"
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
        data = read_file(file)
        version = json.loads(data).get("format_version")
    except OSError as error:
        raise unreadable(file, error) from error
    except (ValueError, RecursionError, AttributeError):
        raise corrupt(file, "can't be read") from None
    if version != FORMAT_VERSION:
        earlier = isinstance(version, int) and version < FORMAT_VERSION
        refused = IndexOutdated if earlier else IndexIncompatible
        raise refused(FORMAT, FORMAT_VERSION, version)
    if not _seals(folder, data):
        raise corrupt(file, "is damaged: its checksum is not the one in the folder's name")
    try:
        manifest = MANIFEST_JSON.validate_json(data)
    except ValidationError:
        raise corrupt(file, "is not what a build writes") from None
    if not folder.name.startswith(f"{manifest.created_at:{MOMENT}}-"):
        raise corrupt(folder, "has another name than the build gave it")
    return manifest


def is_sealed(folder: Path) -> bool:
    """Whether a folder holds the manifest, of this version or another, that its name seals.

    One that was made up, renamed to another time, or whose manifest is damaged, doesn't.

    Raises:
        ResourcesMissing: the machine has no more files or memory to give.
    """
    try:
        data = read_file(folder / MANIFEST)
        created = datetime.fromisoformat(json.loads(data).get("created_at"))
    except OSError as error:
        if isinstance(refused := unreadable(folder / MANIFEST, error), ResourcesMissing):
            raise refused from error
        return False
    except (ValueError, RecursionError, AttributeError, TypeError):
        return False
    return _seals(folder, data) and folder.name.startswith(f"{created:{MOMENT}}-")


def _seals(folder: Path, manifest: bytes) -> bool:
    """Whether the name of a folder ends in the hash of a manifest."""
    name = NAME.fullmatch(folder.name.removesuffix(UNFINISHED))
    return name is not None and hashlib.sha256(manifest).hexdigest().startswith(name[1])


def sealed_files(folder: Path, manifest: Manifest) -> SealedFiles:
    """Return the files that a manifest seals, and itself.

    Raises:
        IndexCorrupt: it can't be read any more.
    """
    try:
        return SealedFiles(folder, {MANIFEST: hashed(folder / MANIFEST), **manifest.files})
    except OSError as error:
        raise unreadable(folder / MANIFEST, error) from error


def verifying(folder: Path) -> Iterator[None]:
    """Hold all that is in `folder` against its manifest, some megabytes each turn.

    Raises:
        IndexCorrupt: a file is missing or altered.
        IndexIncompatible: another version of the bot wrote it.
    """
    yield from sealed_files(folder, read_manifest(folder)).verifying()


def verify(folder: Path) -> Manifest:
    """Return the manifest of the generation in `folder`, every byte of which is as it was built.

    Raises:
        IndexCorrupt: a file is missing or altered.
        IndexIncompatible: another version of the bot wrote it.
    """
    for _ in verifying(folder):
        pass
    return read_manifest(folder)


def model_sums(manifest: Manifest) -> dict[str, str]:
    """Return the hashes of a model's files, by their names in its folder."""
    model = f"{MODEL}/"
    return {
        name.removeprefix(model): sha256
        for name, sha256 in manifest.files.items()
        if name.startswith(model)
    }


def checksums(folder: Path) -> dict[str, str]:
    """Return the hash of each file in a folder; of a big one, that of the hashes of its blocks.

    A model is never read in blocks, but as a whole, by its library.

    Raises:
        OSError: the disk refuses.
    """
    sums = {}
    for file in sorted(file for file in folder.rglob("*") if file.is_file()):
        big = file.parent == folder and file.stat().st_size > BIG
        summed = write_blocks(file) if big else file
        sums[summed.relative_to(folder).as_posix()] = hashed(summed)
    return sums
