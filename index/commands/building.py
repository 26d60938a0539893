"""`python -m index build` and `diff`: what a build does, and what it would do."""

import threading
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path

import click
from rich.text import Text

from index.build.build import build
from index.build.changes import Changes, find_changes
from index.collections import touched
from index.commands.choosing import (
    NONE_YET,
    chosen,
    collection_option,
    heading,
    one,
    over,
    show_uncollected,
)
from index.commands.generations import open_generation
from index.config import IndexConfig
from index.errors import IndexMissing, SeedIndexError
from index.fetching.fetching import fetch_new
from index.model.revision import revision
from index.reading.files import scan
from index.reading.watching import watch
from index.settings import IndexSettings
from index.store.store import Store
from index.terminal import (
    BAD_INPUT,
    messages,
    output,
    progress_bar,
    show_error,
    show_note,
    show_skipped,
)


@click.command("build")
@collection_option
@click.option("--everything", is_flag=True, help="Read and embed unchanged files as well.")
@click.option("--allow-empty", is_flag=True, help="Empty the index if the seeds folder is empty.")
@click.option("--watch", "watching", is_flag=True, help="Build again whenever files change.")
@click.pass_obj
def build_command(
    config: IndexConfig,
    collection: str | None,
    *,
    everything: bool,
    allow_empty: bool,
    watching: bool,
) -> None:
    """Index the seeds folder; the index in use answers on until the new one is complete.

    Where the config file has collections, each has an index of its own, and all are built.
    """
    fetch_new(config.index, config.sources, show_note)
    of_all = bool(config.collections) and collection is None
    builds = _Builds(everything=everything, allow_empty=allow_empty, headed=of_all)
    if watching:
        try:
            _build_and_watch(config, collection, builds)
        except KeyboardInterrupt:
            messages.print()
    elif of_all:
        code = builds.make_all(chosen(config, None))
        show_uncollected(config)
        if code:
            raise SystemExit(code)
    else:
        builds.make(one(config, collection))


def _build_and_watch(config: IndexConfig, collection: str | None, builds: "_Builds") -> None:
    """Build, and then again whatever has changed; a failure is told, the next change waited for."""
    builds.make_all(chosen(config, collection))
    messages.print(f"watching {config.index.seeds_path}; Ctrl+C ends it", style="dim")
    builds = replace(builds, everything=False, quiet=True)
    for changed in watch(config.index, threading.Event()):
        if changed:
            names = touched(config.index, config.collections, changed)
            found = chosen(config, collection)
            builds.make_all({name: found[name] for name in names if name in found})


@dataclass(slots=True)
class _Builds:
    """Builds one index after the other, and tells what that did.

    It is told under the name of the collection if it is `headed`; if it is to be `quiet`, nothing
    is told where nothing was done. Where everything is made anew, what one collection exported is
    the `model` of the next.
    """

    everything: bool = False
    allow_empty: bool = False
    headed: bool = False
    quiet: bool = False
    model: Path | None = None

    def make_all(self, found: Mapping[str, IndexSettings]) -> int:
        """Build each, whatever becomes of the others; return the exit code."""
        code = 0
        if not (found or self.quiet):
            show_note(NONE_YET)
        for name, settings in found.items():
            try:
                self.make(settings)
            except SeedIndexError as error:
                show_error(f"{name}: {error}" if name else str(error))
                code = BAD_INPUT
        return code

    def make(self, settings: IndexSettings) -> None:
        """Build one.

        Raises:
            SeedIndexError: as `build`.
        """
        with progress_bar() as progress:
            report = build(
                settings,
                progress,
                everything=self.everything,
                allow_empty=self.allow_empty,
                model=self.model if self.everything else None,
            )
        if settings.collection:
            self.model = Store.of(settings).model(report.generation)
        if self.quiet and not report.made:
            return
        if self.headed:
            heading(settings.collection)
        show_skipped(report.manifest.skipped, notes=report.manifest.notes)
        if report.made and report.manifest.rebuilt:
            messages.print(f"all files were read: {report.manifest.rebuilt}", style="dim")
        if report.made and report.manifest.embedded and report.manifest.runtime.startswith("torch"):
            show_note(report.manifest.runtime)
        output.print(f"{report.summary}, in {settings.store_path}")


@click.command()
@collection_option
@click.pass_obj
def diff(config: IndexConfig, collection: str | None) -> None:
    """Show what a build would do, without doing it."""
    over(config, collection, _diff)


def _diff(settings: IndexSettings) -> int:
    try:
        manifest = open_generation(settings).manifest
    except IndexMissing:
        manifest = None
    difference = find_changes(scan(settings), manifest, settings, revision(settings))
    for line in _lines(difference):
        output.print(line)
    if not difference.any:
        output.print(f"nothing has changed since the index in {settings.store_path} was built")
    elif difference.rebuilt:
        output.print(f"a build would read and embed everything: {difference.rebuilt}")
    elif difference.moved:
        output.print(f"a build would give everything to the engine anew: {difference.moved}")
    else:
        output.print(f"{len(difference.unchanged)} unchanged")
    return 0


def _lines(difference: Changes) -> list[Text]:
    renamed = (f"{old} → {new}" for old, new in difference.renamed)
    return [
        *(Text.assemble(("added    ", "green"), path) for path in difference.added),
        *(Text.assemble(("changed  ", "yellow"), path) for path in difference.changed),
        *(Text.assemble(("renamed  ", "cyan"), names) for names in renamed),
        *(Text.assemble(("deleted  ", "red"), path) for path in difference.deleted),
        *(Text.assemble(("linked   ", "cyan"), path) for path in difference.linked),
        *(Text.assemble(("again    ", "yellow"), path) for path in difference.again),
    ]
