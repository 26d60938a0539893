"""`python -m index`: builds, and what there is of generations."""

import threading
from datetime import datetime
from pathlib import Path

import click
from rich.table import Table as Grid
from rich.text import Text

from index.build.build import build
from index.build.changes import Changes, find_changes
from index.errors import GenerationMissing, IndexMissing, SeedIndexError
from index.model.revision import revision
from index.opening import check_settings
from index.reading.files import scan
from index.reading.watching import watch
from index.sandbox.confine import lacking
from index.settings import IndexConfig
from index.store.generation import Generation
from index.store.manifest import FileRecord, Manifest
from index.store.store import Store
from index.store.writing import writing
from index.terminal import (
    ago,
    messages,
    on_one_line,
    output,
    progress_bar,
    show_error,
    show_note,
    show_skipped,
)

MEGABYTE = 1_000_000
STYLES = {"indexed": "green", "unchanged": "dim", "skipped": "yellow"}


def open_generation(config: IndexConfig) -> Generation:
    """Return the generation that answers; what is wrong with the current one is told.

    Raises:
        StoreError: there is none.
    """
    current = Store(config.index.store_path).open()
    if current.problem:
        show_note(current.problem)
    return current.generation


@click.command("build")
@click.option("--everything", is_flag=True, help="Read and embed unchanged files as well.")
@click.option("--allow-empty", is_flag=True, help="Empty the index if the seeds folder is empty.")
@click.option("--watch", "watching", is_flag=True, help="Build again whenever files change.")
@click.pass_obj
def build_command(
    config: IndexConfig, *, everything: bool, allow_empty: bool, watching: bool
) -> None:
    """Index the seeds folder; the index in use answers on until the new one is complete."""
    if not watching:
        _build(config, everything=everything, allow_empty=allow_empty)
        return
    try:
        _attempt(config, everything=everything, allow_empty=allow_empty)
        messages.print(f"watching {config.index.seeds_path}; Ctrl+C ends it", style="dim")
        for changed in watch(config.index, threading.Event()):
            if changed:
                _attempt(config, allow_empty=allow_empty, quiet=True)
    except KeyboardInterrupt:
        messages.print()


def _attempt(
    config: IndexConfig, *, everything: bool = False, allow_empty: bool, quiet: bool = False
) -> None:
    """Build; a failure is told, and the next change is waited for."""
    try:
        _build(config, everything=everything, allow_empty=allow_empty, quiet=quiet)
    except SeedIndexError as error:
        show_error(str(error))


def _build(
    config: IndexConfig, *, everything: bool, allow_empty: bool, quiet: bool = False
) -> None:
    """Build and tell what that did; where it is to be `quiet`, nothing that it didn't do."""
    with progress_bar() as progress:
        report = build(config.index, progress, everything=everything, allow_empty=allow_empty)
    if quiet and not report.made:
        return
    show_skipped(report.manifest.skipped, notes=report.manifest.notes)
    if report.made and report.manifest.rebuilt:
        messages.print(f"all files were read: {report.manifest.rebuilt}", style="dim")
    if report.made and report.manifest.embedded and report.manifest.runtime.startswith("torch"):
        show_note(report.manifest.runtime)
    output.print(f"{report.summary}, in {config.index.store_path}")


@click.command()
@click.pass_obj
def diff(config: IndexConfig) -> None:
    """Show what a build would do, without doing it."""
    store = Store(config.index.store_path)
    try:
        manifest = open_generation(config).manifest
    except IndexMissing:
        manifest = None
    difference = find_changes(scan(config.index), manifest, config.index, revision(config.index))
    for line in _lines(difference):
        output.print(line)
    if not difference.any:
        output.print(f"nothing has changed since the index in {store.folder} was built")
    elif difference.rebuilt:
        output.print(f"a build would read and embed everything: {difference.rebuilt}")
    else:
        output.print(f"{len(difference.unchanged)} unchanged")


def _lines(difference: Changes) -> list[Text]:
    renamed = (f"{old} → {new}" for old, new in difference.renamed)
    return [
        *(Text.assemble(("added    ", "green"), path) for path in difference.added),
        *(Text.assemble(("changed  ", "yellow"), path) for path in difference.changed),
        *(Text.assemble(("renamed  ", "cyan"), names) for names in renamed),
        *(Text.assemble(("deleted  ", "red"), path) for path in difference.deleted),
        *(Text.assemble(("again    ", "yellow"), path) for path in difference.again),
    ]


@click.command()
@click.argument("generation", default="")
@click.pass_obj
def report(config: IndexConfig, generation: str) -> None:
    """Show what the build of the index, or of another GENERATION, made of every file."""
    if generation:
        manifest = _store_with(config, generation).manifest(generation)
    else:
        manifest = open_generation(config).manifest
    for record in manifest.sources:
        outcome = (f"{record.outcome:9}  ", STYLES[record.outcome])
        details = on_one_line(_details(record))
        output.print(Text.assemble(outcome, (on_one_line(record.path), "bold"), f"  {details}"))
    output.print(_totals(manifest))


def _details(record: FileRecord) -> str:
    """What a build made of a file."""
    if record.reason:
        return record.why
    parts = [f"{record.passages} passage{'' if record.passages == 1 else 's'}"]
    if record.divided:
        parts.append(
            f"{record.divided} sentence{'' if record.divided == 1 else 's'}, rows or items longer "
            "than the model reads, cut into pieces"
        )
    return "; ".join([*parts, *record.all_notes])


def _totals(manifest: Manifest) -> str:
    counts = [
        f"{sum(record.outcome == outcome for record in manifest.sources)} {outcome}"
        for outcome in STYLES
    ]
    why = f"; all files were read: {manifest.rebuilt}" if manifest.rebuilt else ""
    return (
        f"{', '.join(counts)}; {manifest.passages} passages, {manifest.embedded} of them embedded "
        f"anew{why}; built {_when(manifest.created_at)}"
    )


def _when(moment: datetime) -> str:
    return f"{moment:%Y-%m-%d %H:%M:%S} UTC, {ago(moment)}"


def _store_with(config: IndexConfig, generation: str) -> Store:
    """The store, which has a generation of that name.

    Raises:
        GenerationMissing: it hasn't.
    """
    store = Store(config.index.store_path)
    if generation not in store.names():
        message = f"{store.folder}: there is no generation {generation}; `python -m index list`"
        raise GenerationMissing(message)
    return store


@click.command("list")
@click.pass_obj
def list_command(config: IndexConfig) -> None:
    """List the generations that are kept, the newest last, each checked."""
    store = Store(config.index.store_path)
    entries = store.entries(lambda manifest: check_settings(config.index, manifest))
    if not entries:
        store.current()
    for entry in entries:
        about, manifest = entry.problem, entry.manifest
        if manifest is not None and not about:
            documents, passages = len(manifest.documents), manifest.passages
            about = f"{documents} documents, {passages} passages, {ago(manifest.created_at)}"
        mark = ("current  " if entry.current else " " * 9, "green")
        size = f"  {entry.size / MEGABYTE:7.1f} MB  "
        style = "yellow" if entry.problem else ""
        output.print(Text.assemble(mark, entry.name, size, (on_one_line(about), style)))
    if newer := store.rolled_back():
        output.print(f"the current one was put back in the place of {newer}")


@click.command()
@click.argument("generation", default="")
@click.pass_obj
def rollback(config: IndexConfig, generation: str) -> None:
    """Answer from the generation before the current one again, or from GENERATION."""
    store = Store(config.index.store_path)
    with writing(store) as writer:
        name = writer.roll_back(lambda manifest: check_settings(config.index, manifest), generation)
    manifest = store.manifest(name)
    output.print(
        f"{name} is current: {len(manifest.documents)} documents, {manifest.passages} passages, "
        f"built {_when(manifest.created_at)}"
    )


@click.command()
@click.option("--keep", type=click.IntRange(1), help="How many of the newest stay.")
@click.pass_obj
def prune(config: IndexConfig, keep: int | None) -> None:
    """Remove all but the newest generations; the current one always stays."""
    store = Store(config.index.store_path)
    with writing(store) as writer:
        removed = writer.prune(keep or config.index.keep_generations)
    for name in removed:
        output.print(f"removed {name}")
    if not removed:
        output.print("there is none to remove")


@click.command()
@click.pass_obj
def info(config: IndexConfig) -> None:
    """Show what the index holds and what it was built with."""
    generation = open_generation(config)
    manifest = generation.manifest
    folder: Path = Store(config.index.store_path).generations / generation.name
    size = sum(file.stat().st_size for file in folder.rglob("*") if file.is_file())
    settings = ", ".join(f"{key} = {value}" for key, value in manifest.chunking.items())
    grid = Grid.grid(padding=(0, 2))
    for name, value in (
        ("index", str(folder)),
        ("built", _when(manifest.created_at)),
        ("model", f"{manifest.model}, {manifest.dim} dimensions, {manifest.model_revision}"),
        ("runs on", manifest.runtime or "torch"),
        ("search", _search(manifest)),
        ("settings", settings),
        ("size", f"{manifest.passages} passages, {manifest.units} units, {size / MEGABYTE:.1f} MB"),
        ("seeds", str(config.index.seeds_path)),
        ("read", "; ".join(lacking()) or "in a process that can do nothing else"),
    ):
        grid.add_row(Text(name, "bold"), Text(value))
    for path, document in sorted(generation.documents.items()):
        grid.add_row("", Text(on_one_line(f"{path}  {document.title}")))
    output.print(grid)
    show_skipped(manifest.skipped, notes=manifest.notes)


def _search(manifest: Manifest) -> str:
    """How passages are found by their embeddings, and tokens kept."""
    bits = f"{manifest.token_bits} bits a number of a token"
    if manifest.recall is None:
        return f"each passage is compared; {bits}"
    return f"in cells, which held {manifest.recall:.1%} of the nearest ten in a trial; {bits}"
