"""What differs between the seeds folder and a generation, by the content of the files."""

from dataclasses import dataclass

from index.build.fingerprint import program
from index.reading.files import Scan
from index.settings import IndexSettings, Limits
from index.store.manifest import Manifest


@dataclass(frozen=True, slots=True)
class Changes:
    """The files of the seeds folder against those of a generation; paths in order.

    `renamed` has (old path, new path); `rebuilt` says why all files are read and embedded again,
    and is empty where unchanged ones are kept.
    """

    added: tuple[str, ...] = ()
    changed: tuple[str, ...] = ()
    renamed: tuple[tuple[str, str], ...] = ()
    deleted: tuple[str, ...] = ()
    unchanged: tuple[str, ...] = ()
    rebuilt: str = ""

    @property
    def any(self) -> bool:
        """Whether a build would make another index."""
        parts = (self.added, self.changed, self.renamed, self.deleted, self.rebuilt)
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
        )
        return ", ".join(f"{count} {name}" for count, name in counts if count) or "nothing changed"


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
    now = scan.contents
    before = {record.path: record.sha256 or record.reason for record in manifest.sources}
    gone = [path for path in before if path not in now]
    new = [path for path in now if path not in before]
    renamed = []
    for path in sorted(new):
        old = next((other for other in gone if before[other] == now[path]), None)
        if old is not None and path in scan.hashes:
            gone.remove(old)
            new.remove(path)
            renamed.append((old, path))
    both = sorted(now.keys() & before.keys())
    return Changes(
        added=tuple(sorted(new)),
        changed=tuple(path for path in both if now[path] != before[path]),
        renamed=tuple(renamed),
        deleted=tuple(sorted(gone)),
        unchanged=tuple(path for path in both if now[path] == before[path]),
        rebuilt=_reason_to_rebuild(manifest, settings, revision),
    )


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
