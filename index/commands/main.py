"""`python -m index`: the group of all its commands, and search, check and eval."""

import json
from dataclasses import asdict
from pathlib import Path

import click
from rich.text import Text

from index.commands.building import build_command, diff
from index.commands.choosing import collection_option, one, over
from index.commands.fetching import fetch_command
from index.commands.generations import info, list_command, open_generation, prune, report, rollback
from index.commands.proof import verify
from index.config import IndexConfig, load_config
from index.evaluation.corpus import open_corpus
from index.evaluation.evaluate import ask_all
from index.evaluation.figures import figures
from index.evaluation.files import read_sets
from index.evaluation.plots import check_plots, plot
from index.evaluation.questions import spread
from index.evaluation.report import show_figures, show_misses
from index.model.torch_embedder import SentenceTransformerEmbedder
from index.opening import open_index
from index.sandbox.confine import hide
from index.settings import IndexSettings
from index.store.store import Store
from index.terminal import (
    OneLineErrors,
    config_option,
    fail,
    messages,
    on_one_line,
    output,
    progress_bar,
    show_error,
    show_note,
)

GOLDEN = Path("tests/data/golden.jsonl")
DIVIDED = (
    "questions are evaluated against the index of all documents, and with [[collections]] in the "
    "config file there is none: name a SQuAD file, or a config file without them"
)


@click.command()
@click.argument("query")
@click.option("--count", default=5, show_default=True, type=click.IntRange(1, 100))
@click.option("--source", help="Search this document alone (its path in the seeds folder).")
@collection_option
@click.pass_obj
def search(
    config: IndexConfig, query: str, count: int, source: str | None, collection: str | None
) -> None:
    """Show the passages nearest to QUERY, with the signals behind their order."""
    settings = one(config, collection)
    with progress_bar() as progress:
        index = open_index(settings, config.answers, progress=progress)
    if index.problem:
        show_note(index.problem)
    if source is not None and index.source(source) is None:
        fail(f"{source}: no such document in the index; `python -m index info` lists them")
    for hit, citation in index.lookup(query, count, source):
        place = on_one_line(" · ".join(each for each in (citation.path, citation.where) if each))
        signals = " · ".join(f"{name} {value:.2f}" for name, value in asdict(hit.signals).items())
        why = f"   score {hit.score:.2f} · confidence {hit.confidence:.2f} · {signals}\n"
        headings = f"  {on_one_line(' › '.join(citation.headings))}\n"
        text = f"{hit.passage.text}\n"
        output.print(Text.assemble((f"{hit.rank}. {place}", "bold"), headings, (why, "dim"), text))


@click.command()
@collection_option
@click.pass_obj
def check(config: IndexConfig, collection: str | None) -> None:
    """Prove every passage and quote against the files; name each that fails (exit code 1)."""
    over(config, collection, _check)


def _check(settings: IndexSettings) -> int:
    generation = open_generation(settings)
    # Of a big file that is opened, only what is asked for has been looked at.
    Store.of(settings).verify(generation.name)
    proof = verify(generation, settings)
    for failure in proof.failures:
        output.print(Text.assemble(("failed ", "red"), failure))
    output.print(
        f"{proof.documents} documents, {proof.passages} passages and {proof.quotes} quotes held "
        f"against {settings.folder_path}: {len(proof.failures)} failed"
    )
    if proof.failures:
        show_error("the index and the files differ; run `python -m index build`")
    return int(bool(proof.failures))


@click.command("eval")
@click.argument("files", nargs=-1, type=click.Path(path_type=Path), metavar="[FILE]...")
@click.option("--json", "as_json", is_flag=True, help="Print the figures as one JSON object.")
@click.option("--misses", is_flag=True, help="Also list every question that went wrong.")
@click.option("--limit", type=click.IntRange(1), help="Ask at most this many of each kind.")
@click.option(
    "--plot",
    "folder",
    type=click.Path(path_type=Path, file_okay=False),
    help="Also draw risk-coverage.png and recall.png into this folder.",
)
@click.pass_obj
def eval_command(  # noqa: PLR0913 - one argument an option
    config: IndexConfig,
    files: tuple[Path, ...],
    *,
    as_json: bool,
    misses: bool,
    limit: int | None,
    folder: Path | None,
) -> None:
    """Ask every question of the FILEs and print the share that is right.

    A FILE is a SQuAD file, whose paragraphs are then the documents that all questions are asked
    of; or has one JSON object a line (question, files that answer it, words of the answer, kind);
    or one question a line that the documents don't answer. Without a SQuAD file the index of your
    own documents is asked, which there is where the config file has no collections.
    """
    if folder:
        check_plots()
    if config.collections and not files:
        fail(DIVIDED)
    question_set = read_sets(files or (GOLDEN,))
    if config.collections and not question_set.articles:
        fail(DIVIDED)
    questions = spread(question_set.questions, limit) if limit else question_set.questions
    with progress_bar() as progress:
        plain_embedder = SentenceTransformerEmbedder(config.index)
        if question_set.articles:
            index = open_corpus(question_set.articles, config, progress)
        else:
            index = open_index(config.index, config.answers, progress=progress)
        outcomes = ask_all(index.answerer, questions, plain_embedder.plain_vector, progress)
    if folder:
        plot(outcomes, folder)
    if misses:
        show_misses(outcomes, messages if as_json else output)
    result = figures(outcomes)
    if as_json:
        output.print(json.dumps(asdict(result)))
        return
    show_figures(result, config.answers.sure)


@click.group(
    cls=OneLineErrors,
    commands=(
        build_command,
        check,
        diff,
        eval_command,
        fetch_command,
        info,
        list_command,
        prune,
        report,
        rollback,
        search,
    ),
)
@config_option
@click.pass_context
def main(context: click.Context, config_file: Path | None) -> None:
    """Build, question and check the index of the documents in the seeds folder."""
    hide()
    context.obj = load_config(IndexConfig, config_file)
