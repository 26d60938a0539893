"""`python -m index`: what there is of generations, and which of them answers."""

from datetime import datetime
from pathlib import Path

import click
from rich.table import Table as Grid
from rich.text import Text

from index.commands.choosing import collection_option, one, over, show_uncollected
from index.commands.fetching import show_sources
from index.config import IndexConfig
from index.errors import GenerationMissing
from index.opening import check_settings
from index.sandbox.confine import lacking
from index.settings import IndexSettings
from index.store.generation import Generation
from index.store.manifest import FileRecord, Manifest
from index.store.store import Store
from index.store.writing import writing
from index.terminal import ago, on_one_line, output, show_note, show_skipped

MEGABYTE = 1_000_000
STYLES = {"indexed": "green", "unchanged": "dim", "skipped": "yellow"}


def open_generation(settings: IndexSettings) -> Generation:
    """Return the generation that answers; what is wrong with the current one is told.

    Raises:
        StoreError: there is none.
    """
    current = Store.of(settings).open()
    if current.problem:
        show_note(current.problem)
    return current.generation


@click.command()
@click.argument("generation", default="")
@collection_option
@click.pass_obj
def report(config: IndexConfig, generation: str, collection: str | None) -> None:
    """Show what the build of the index, or of another GENERATION, made of every file."""
    settings = one(config, collection)
    if generation:
        manifest = _store_with(settings, generation).manifest(generation)
    else:
        manifest = open_generation(settings).manifest
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


def _store_with(settings: IndexSettings, generation: str) -> Store:
    """The store, which has a generation of that name.

    Raises:
        GenerationMissing: it hasn't.
    """
    store = Store.of(settings)
    if generation not in store.names():
        message = f"{store.folder}: there is no generation {generation}; `python -m index list`"
        raise GenerationMissing(message)
    return store


@click.command("list")
@collection_option
@click.pass_obj
def list_command(config: IndexConfig, collection: str | None) -> None:
    """List the generations that are kept, the newest last, each checked."""
    over(config, collection, _list)


def _list(settings: IndexSettings) -> int:
    store = Store.of(settings)
    entries = store.entries(lambda manifest: check_settings(settings, manifest))
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
    return 0


@click.command()
@click.argument("generation", default="")
@collection_option
@click.pass_obj
def rollback(config: IndexConfig, generation: str, collection: str | None) -> None:
    """Answer from the generation before the current one again, or from GENERATION."""
    settings = one(config, collection)
    store = Store.of(settings)
    with writing(store) as writer:
        name = writer.roll_back(lambda manifest: check_settings(settings, manifest), generation)
    manifest = store.manifest(name)
    output.print(
        f"{name} is current: {len(manifest.documents)} documents, {manifest.passages} passages, "
        f"built {_when(manifest.created_at)}"
    )


@click.command()
@click.option("--keep", type=click.IntRange(1), help="How many of the newest stay.")
@collection_option
@click.pass_obj
def prune(config: IndexConfig, keep: int | None, collection: str | None) -> None:
    """Remove all but the newest generations; the current one always stays."""
    over(config, collection, lambda settings: _prune(settings, keep))


def _prune(settings: IndexSettings, keep: int | None) -> int:
    store = Store.of(settings)
    removed = []
    # To hold its lock would make the folder of what was never built.
    if store.generations.is_dir():
        with writing(store) as writer:
            removed = writer.prune(keep or settings.keep_generations)
    for name in removed:
        output.print(f"removed {name}")
    if not removed:
        output.print("there is none to remove")
    return 0


@click.command()
@collection_option
@click.pass_obj
def info(config: IndexConfig, collection: str | None) -> None:
    """Show what the index holds and what it was built with."""
    if collection is None:
        show_uncollected(config)
    over(config, collection, _info)
    if collection is None:
        show_sources(config)


def _info(settings: IndexSettings) -> int:
    generation = open_generation(settings)
    manifest = generation.manifest
    folder: Path = Store.of(settings).generations / generation.name
    size = sum(file.stat().st_size for file in folder.rglob("*") if file.is_file())
    chunking = ", ".join(f"{key} = {value}" for key, value in manifest.chunking.items())
    grid = Grid.grid(padding=(0, 2))
    for name, value in (
        ("index", str(folder)),
        ("built", _when(manifest.created_at)),
        ("model", f"{manifest.model}, {manifest.dim} dimensions, {manifest.model_revision}"),
        ("runs on", manifest.runtime or "torch"),
        ("search", _search(manifest)),
        ("settings", chunking),
        ("size", f"{manifest.passages} passages, {manifest.units} units, {size / MEGABYTE:.1f} MB"),
        ("seeds", str(settings.folder_path)),
        *([("only", ", ".join(settings.only))] if settings.only else []),
        ("read", "; ".join(lacking()) or "in a process that can do nothing else"),
    ):
        grid.add_row(Text(name, "bold"), Text(value))
    for path, document in sorted(generation.documents.items()):
        grid.add_row("", Text(on_one_line(f"{path}  {document.title}")))
    output.print(grid)
    show_skipped(manifest.skipped, notes=manifest.notes)
    return 0


def _search(manifest: Manifest) -> str:
    """How passages are found by their embeddings, and tokens kept."""
    bits = f"{manifest.token_bits} bits a number of a token"
    if manifest.collection:
        where = f"collection {manifest.collection}, tenant {manifest.tenant}"
        return f"by Qdrant, {manifest.contents} points of {where}; {bits}"
    if manifest.recall is None:
        return f"each passage is compared; {bits}"
    return f"in cells, which held {manifest.recall:.1%} of the nearest ten in a trial; {bits}"
