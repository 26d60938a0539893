"""Fit `index/calibration.json` on a SQuAD file and a list of questions that it doesn't answer.

    python tests/fit_calibration.py SQUAD.json OFF_CORPUS.txt [--write]

Prints the figures on the articles and questions left out of the fit (every second one), then, with
`--write`, fits on all of them and writes the file.
"""

import json
import sys
import tempfile
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt

from index.calibration import Calibration, features
from index.fitting import fit_confidence, fit_ranking
from index.front import Index, open_index
from index.search import Searcher
from index.settings import IndexSettings

TARGET = Path(__file__).parent.parent / "index" / "calibration.json"


@dataclass(frozen=True)
class Case:
    """A question: its article (none if off the corpus), and where its paragraph and answers are."""

    question: str
    article: str
    paragraph: tuple[int, int] = (0, 0)
    answers: tuple[tuple[int, int], ...] = ()


def load(squad: Path, folder: Path) -> list[Case]:
    """Write the articles as documents into `folder` and return their answerable questions."""
    cases = []
    for article in json.loads(squad.read_text(encoding="utf-8"))["data"]:
        path = f"{article['title']}.md"
        text = f"# {article['title'].replace('_', ' ')}\n"
        for paragraph in article["paragraphs"]:
            text += "\n"
            start = len(text)
            text += paragraph["context"] + "\n"
            for each in paragraph["qas"]:
                if not each["is_impossible"]:
                    spans = tuple(
                        (start + a["answer_start"], start + a["answer_start"] + len(a["text"]))
                        for a in each["answers"]
                    )
                    place = (start, start + len(paragraph["context"]))
                    cases.append(Case(each["question"], path, place, spans))
        (folder / path).write_text(text, encoding="utf-8")
    return cases


def examine(
    searcher: Searcher, case: Case
) -> tuple[npt.NDArray[np.float32], npt.NDArray[np.bool_]]:
    """Return the signals of a question's candidates and which of these units answer it."""
    generation = searcher.generation
    candidates = searcher.candidates(case.question)
    passages = [generation.passages[number] for number in candidates.pool]
    right = [
        passage.document == case.article
        and any(unit.span.start <= a and b <= unit.span.end for a, b in case.answers)
        for passage in passages
        for unit in passage.units
    ]
    return candidates.signals, np.array(right, bool)


def fitted(searcher: Searcher, answerable: list[Case], off: list[Case], origin: str) -> Calibration:
    """Fit the ranking on `answerable`, then the confidence on the first hit of all."""
    examples = [examine(searcher, case) for case in answerable]
    ranking = fit_ranking([each for each in examples if each[1].any()])
    searcher = Searcher(
        searcher.generation, searcher.embedder, Calibration(ranking, (0.0,) * 6, 0.0, "")
    )
    rows = np.array(
        [features(searcher.hits(case.question, 1)[0].signals) for case in [*answerable, *off]]
    )
    truth = np.array([True] * len(answerable) + [False] * len(off))
    weights, bias = fit_confidence(rows, truth)
    return Calibration(ranking, weights, bias, origin)


def report(searcher: Searcher, answerable: list[Case], off: list[Case]) -> None:
    """Print how the calibration does on questions that it wasn't fitted on."""
    first = five = bold = 0
    sure = []
    lengths = []
    for case in answerable:
        hits = searcher.hits(case.question, 5)
        found = [
            hit.passage.document == case.article
            and hit.passage.span.start < case.paragraph[1]
            and hit.passage.span.end > case.paragraph[0]
            for hit in hits
        ]
        first += found[0]
        five += any(found)
        span = hits[0].passage.units[hits[0].best_unit].span
        lengths.append(span.end - span.start)
        inside = any(span.start <= a and b <= span.end for a, b in case.answers)
        bold += found[0] and inside
        sure.append(hits[0].confidence)
    unsure = [searcher.hits(case.question, 1)[0].confidence for case in off]
    threshold = np.quantile(sure, 0.05)
    wins = np.mean([np.mean(np.array(sure) > each) for each in unsure])
    count = len(answerable)
    sys.stdout.write(
        f"{count} answerable, {len(off)} off the corpus\n"
        f"first passage right {first / count:.3f}, in the first 5 {five / count:.3f}\n"
        f"bold quote right {bold / count:.3f}, median {np.median(lengths):.0f} characters\n"
        f"area under ROC {wins:.4f}; answered off the corpus, keeping 95% of the answerable "
        f"{np.mean(np.array(unsure) >= threshold):.3f}\n"
        f"at 0.5: answered {np.mean(np.array(sure) >= 0.5):.3f} of the answerable, "
        f"{np.mean(np.array(unsure) >= 0.5):.3f} of the others\n"
    )


def main() -> None:
    """Fit on one half, report on the other, and write a fit on both when asked to."""
    squad, off_file = Path(sys.argv[1]), Path(sys.argv[2])
    lines = off_file.read_text(encoding="utf-8").splitlines()
    off = [Case(line.strip(), "") for line in lines if line.strip()]
    with tempfile.TemporaryDirectory() as folder:
        seeds = Path(folder, "seeds")
        seeds.mkdir()
        cases = load(squad, seeds)
        index: Index = open_index(IndexSettings(seeds=str(seeds), store=str(Path(folder, "index"))))
        serving = index._serving.searcher  # noqa: SLF001 - the fit looks behind the front door
        articles = sorted({case.article for case in cases})
        held_out = set(articles[1::2])
        train = [case for case in cases if case.article not in held_out]
        test = [case for case in cases if case.article in held_out]
        half = fitted(serving, train, off[::2], "")
        searcher = Searcher(serving.generation, serving.embedder, half)
        report(searcher, test, off[1::2])
        if "--write" in sys.argv:
            origin = (
                f"softmax ranking and logistic confidence fitted by tests/fit_calibration.py on "
                f"{len(cases)} questions about {len(articles)} articles ({squad.name}) and "
                f"{len(off)} about others ({off_file.name}), with {serving.embedder.name}"
            )
            whole = fitted(serving, cases, off, origin)
            TARGET.write_text(json.dumps(asdict(whole), indent=1) + "\n", encoding="utf-8")
            sys.stdout.write(f"wrote {TARGET}\n")


if __name__ == "__main__":
    main()
