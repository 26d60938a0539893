"""Manifests of generations that were never built."""

from collections.abc import Iterable
from datetime import UTC, datetime

from index.build.changes import chunking_settings, limits
from index.build.fingerprint import program
from index.settings import BUNDLED_MODEL, IndexSettings
from index.store.manifest import FileRecord, Manifest
from index.store.seal import FORMAT_VERSION


def manifest_of(records: Iterable[FileRecord]) -> Manifest:
    """A manifest with these records, under the default settings."""
    settings = IndexSettings()
    return Manifest(
        format_version=FORMAT_VERSION,
        model=BUNDLED_MODEL,
        model_revision="",
        dim=4,
        chunking=chunking_settings(settings),
        limits=limits(settings),
        program=program(),
        created_at=datetime.now(UTC),
        sources=tuple(records),
    )
