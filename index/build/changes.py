"""What differs between the seeds folder and a generation, by the content of the files."""

import re
from collections import deque
from dataclasses import dataclass
from itertools import chain

from index.build.fingerprint import program
from index.reading.files import Scan
from index.reading.origins import Links
from index.settings import IndexSettings, Limits
from index.store.manifest import Manifest

# The full id of a commit, of either kind of hash.
COMMIT = re.compile(r"(?<![0-9a-f])(?:[0-9a-f]{40}|[0-9a-f]{64})(?![0-9a-f])")


@dataclass(frozen=True, slots=True)
class Changes:
    """The files of the seeds folder against those of a generation; paths in order.

    `renamed` has (old path, new path); `linked` are files that have not changed, but are elsewhere
    on the web now, not only at a later commit; `again` are files that have not changed, but could
    not be read for what may be over now; `moved` says why another engine has to be given what there
    is, empty if it has it; `rebuilt` says why all files are read and embedded again, and is empty
    where unchanged ones are kept.
    """

    added: tuple[str, ...] = ()
    changed: tuple[str, ...] = ()
    renamed: tuple[tuple[str, str], ...] = ()
    deleted: tuple[str, ...] = ()
    linked: tuple[str, ...] = ()
    unchanged: tuple[str, ...] = ()
    again: tuple[str, ...] = ()
    moved: str = ""
    rebuilt: str = ""

    @property
    def any(self) -> bool:
        """Whether the documents are others than those of the index, or to be made anew."""
        files = (self.added, self.changed, self.renamed, self.deleted, self.linked)
        parts = (*files, self.moved, self.rebuilt)
        return any(map(bool, parts))

    @property
    def summary(self) -> str:
        """All of it in a few words."""
        if self.rebuilt:
            return f"everything would be made anew: {self.rebuilt}"
        counts = (
            (len(self.added), "added"),
            (len(self.changed), "changed"),
            (len(self.renamed), "renamed"),
            (len(self.deleted), "deleted"),
            (len(self.linked), "linked elsewhere"),
            (len(self.again), "to be tried again"),
        )
        parts = [f"{count} {name}" for count, name in counts if count]
        return ", ".join([*parts, *filter(None, [self.moved])]) or "nothing changed"


def chunking_settings(settings: IndexSettings) -> dict[str, str | int]:
    """The settings that an index depends on, beside its model."""
    return {"passage_tokens": settings.passage_tokens, "language": settings.language}


def limits(settings: IndexSettings) -> dict[str, int | float]:
    """The settings that decide which documents can be read."""
    return settings.model_dump(include=set(Limits.model_fields))


def find_changes(
    scan: Scan, manifest: Manifest | None, settings: IndexSettings, revision: str
) -> Changes:
    """Hold what is in the seeds folder against what a generation was made of.

    `revision` is that of the model that the settings name, empty if only loading it would tell.
    """
    if manifest is None:
        return Changes(
            added=tuple(sorted(scan.contents)), rebuilt="there is no index to go on from"
        )
    scan = scan.recall(manifest.documents)
    now = scan.contents
    before = {record.path: record.sha256 or record.reason for record in manifest.sources}
    gone: dict[str, deque[str]] = {}
    for path in sorted(before.keys() - now.keys()):
        gone.setdefault(before[path], deque()).append(path)
    added = []
    renamed = []
    for path in sorted(now.keys() - before.keys()):
        if path in scan.hashes and (olds := gone.get(now[path])):
            renamed.append((olds.popleft(), path))
        else:
            added.append(path)
    both = sorted(now.keys() & before.keys())
    same = [path for path in both if now[path] == before[path]]
    links, known = Links(settings.seeds_path), manifest.links
    indexed = manifest.documents.keys() & scan.hashes.keys()
    again = manifest.passing & scan.hashes.keys() - scan.recalled.keys()
    return Changes(
        added=tuple(added),
        changed=tuple(path for path in both if now[path] != before[path]),
        renamed=tuple(renamed),
        deleted=tuple(sorted(chain.from_iterable(gone.values()))),
        linked=tuple(
            path
            for path in same
            if path in indexed and _moved(known.get(path, ""), links.of(path, now[path]))
        ),
        unchanged=tuple(path for path in same if path not in again),
        again=tuple(path for path in same if path in again),
        moved=_reason_to_move(manifest, settings),
        rebuilt=_reason_to_rebuild(manifest, settings, revision),
    )


def _moved(before: str, now: str) -> bool:
    """Whether a file is elsewhere on the web; at another commit it is the same one.

    What is at another one with each commit must not make an index anew each time.
    """
    return before != now and COMMIT.sub("", before) != COMMIT.sub("", now)


def _reason_to_move(manifest: Manifest, settings: IndexSettings) -> str:
    """Say why what finds passages doesn't have them, if so."""
    if settings.engine != manifest.engine:
        return f"engine is {settings.engine} now, was {manifest.engine}"
    name = manifest.collection.rpartition("-")[0]
    if manifest.collection and name != settings.qdrant.name:
        return f"name under [index.qdrant] is {settings.qdrant.name} now, was {name}"
    return ""


def _reason_to_rebuild(manifest: Manifest, settings: IndexSettings, revision: str) -> str:
    """Say why nothing of a generation can be kept, if so."""
    if settings.model != manifest.model:
        return f"model is {settings.model} now, was {manifest.model}"
    if revision and revision != manifest.model_revision:
        return f"the model {settings.model} is another version than before"
    before = manifest.chunking | manifest.limits
    for key, value in (chunking_settings(settings) | limits(settings)).items():
        if before.get(key) != value:
            return f"{key} is {value} now, was {before.get(key)}"
    now = program()
    if now and manifest.program != now:
        return "the bot or a library that reads documents was updated"
    return ""
