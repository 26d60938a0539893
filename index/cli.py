"""`python -m index`: build, search, check, info and eval in a terminal."""

import json
from dataclasses import asdict
from pathlib import Path

import click
from rich.table import Table as Grid
from rich.text import Text

from index.build import build
from index.embedding import SentenceTransformerEmbedder
from index.evaluate import ask_all, figures, read_questions
from index.front import open_index
from index.settings import IndexConfig, load_config
from index.store import Store
from index.terminal import (
    OneLineErrors,
    ago,
    config_option,
    fail,
    output,
    progress_bar,
    show_skipped,
)
from index.verify import verify

GOLDEN = Path("tests/data/golden.jsonl")
MEGABYTE = 1_000_000


@click.group(cls=OneLineErrors)
@config_option
@click.pass_context
def main(context: click.Context, config_file: Path | None) -> None:
    """Build, question and check the index of the documents in the seeds folder."""
    context.obj = load_config(IndexConfig, config_file)


@main.command("build")
@click.pass_obj
def build_command(config: IndexConfig) -> None:
    """Index the seeds folder; the index in use answers on until the new one is complete."""
    with progress_bar() as progress:
        embedder = SentenceTransformerEmbedder(config.index)
        report = build(config.index, embedder, progress)
    show_skipped(report.skipped, report.notes)
    output.print(
        f"indexed {report.documents} documents as {report.passages} passages "
        f"in {report.seconds:.1f} s, in {config.index.store_path}"
    )


@main.command()
@click.argument("query")
@click.option("--count", default=5, show_default=True, type=click.IntRange(1, 100))
@click.option("--source", help="Search this document alone (its path in the seeds folder).")
@click.pass_obj
def search(config: IndexConfig, query: str, count: int, source: str | None) -> None:
    """Show the passages nearest to QUERY, with the signals behind their order."""
    with progress_bar() as progress:
        index = open_index(config.index, config.answers, progress=progress)
    if source is not None and index.text(source) is None:
        fail(f"{source}: no such document in the index; `python -m index info` lists them")
    for hit in index.lookup(query, count, source):
        citation = index.cite(hit)
        if citation is None:
            continue
        place = f"{citation.path}:{citation.lines[0]}-{citation.lines[1]}"
        signals = hit.signals
        why = (
            f"   score {hit.score:.2f} · confidence {hit.confidence:.2f} · cosine "
            f"{signals.dense:.2f}, best unit {signals.dense_unit:.2f} · BM25 "
            f"{signals.lexical:.2f}, best unit {signals.lexical_unit:.2f} · late "
            f"interaction {signals.late:.2f}, best unit {signals.late_unit:.2f}\n"
        )
        headings = f"  {' › '.join(citation.headings)}\n"
        text = f"{hit.passage.text}\n"
        output.print(Text.assemble((f"{hit.rank}. {place}", "bold"), headings, (why, "dim"), text))


@main.command()
@click.pass_obj
def check(config: IndexConfig) -> None:
    """Prove every passage and quote against the files; name each that fails (exit code 1)."""
    store = Store(config.index.store_path)
    proof = verify(store.read(), config.index)
    for failure in proof.failures:
        output.print(Text.assemble(("failed ", "red"), failure))
    output.print(
        f"{proof.documents} documents, {proof.passages} passages and {proof.quotes} quotes held "
        f"against {config.index.seeds_path}: {len(proof.failures)} failed"
    )
    if proof.failures:
        fail("the index and the files differ; run `python -m index build`", code=1)


@main.command()
@click.pass_obj
def info(config: IndexConfig) -> None:
    """Show what the index holds and what it was built with."""
    store = Store(config.index.store_path)
    generation = store.read()
    manifest = generation.manifest
    folder = store.folder / "generations" / generation.name
    size = sum(file.stat().st_size for file in folder.rglob("*") if file.is_file())
    settings = ", ".join(f"{key} = {value}" for key, value in manifest.chunking.items())
    grid = Grid.grid(padding=(0, 2))
    for name, value in (
        ("index", str(folder)),
        ("built", f"{manifest.created_at:%Y-%m-%d %H:%M:%S} UTC, {ago(manifest.created_at)}"),
        ("model", f"{manifest.model}, {manifest.dim} dimensions, {manifest.model_revision}"),
        ("settings", settings),
        ("size", f"{manifest.passages} passages, {manifest.units} units, {size / MEGABYTE:.1f} MB"),
        ("seeds", str(config.index.seeds_path)),
    ):
        grid.add_row(Text(name, "bold"), Text(value))
    for path, document in sorted(generation.documents.items()):
        grid.add_row("", Text(f"{path}  {document.title}"))
    output.print(grid)
    show_skipped(manifest.skipped, manifest.notes)


@main.command("eval")
@click.argument("file", type=click.Path(path_type=Path), default=GOLDEN)
@click.option("--json", "as_json", is_flag=True, help="Print the figures as one JSON object.")
@click.option("--misses", is_flag=True, help="Also list every question that went wrong.")
@click.pass_obj
def eval_command(config: IndexConfig, file: Path, *, as_json: bool, misses: bool) -> None:
    """Ask every question of a set and print the share that is right.

    FILE has one JSON object a line: question, files that answer it (none if none does), words
    that the answering part of the quote must hold.
    """
    questions = read_questions(file)
    with progress_bar() as progress:
        index = open_index(config.index, config.answers, progress=progress)
    outcomes = ask_all(index, questions)
    if misses:
        for each in outcomes:
            wrong = not each.bold or not each.answered if each.question.files else each.answered
            if wrong:
                fault = "answered" if not each.question.files else ""
                fault = fault or ("" if each.cited else "cited ") + ("" if each.bold else "bold ")
                fault += "" if each.answered or not each.question.files else "refused"
                bold = each.first.bold if each.first else ""
                output.print(
                    Text(f"{fault:14} {each.confidence:.2f}  {each.question.question}\n    {bold}")
                )
    result = figures(outcomes)
    if as_json:
        output.print(json.dumps(asdict(result)), markup=False)
        return
    output.print(f"answerable questions              {result.answerable}")
    output.print(f"first citation right              {result.cited_first:.1%}")
    output.print(f"bold quote right                  {result.bold_right:.1%}")
    output.print(f"answered, not refused             {result.answered:.1%}")
    output.print(f"first citation right, if answered {result.answered_right:.1%}")
    for kind, (share, count) in result.refused.items():
        output.print(f"refused, of {count:3} {kind:18}{share:.1%}")
    output.print(
        f"seconds an answer, p50 and p95    {result.seconds_p50:.3f} {result.seconds_p95:.3f}"
    )
