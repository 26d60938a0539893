r"""Fit `index/answer/calibration.json` on a SQuAD file and questions that it doesn't answer.

    PYTHONPATH=. python tests/tools/fit_calibration.py SQUAD.json OFF_CORPUS.txt \
        [--folds N] [--limit N] [--write]

Fits on every second article and prints the figures on the others; then deals the articles into
N folds, fits on all but one and measures on that one, so that no choice is made by a few articles
alone (N over the number of articles leaves out one at a time). Each part is measured on as large
a part of the other list, which it wasn't fitted on either. `--limit` takes as many questions of
each kind alone. With `--write` it ends with a fit on everything, written to the file.
"""

import argparse
import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path

import numpy as np
import numpy.typing as npt

from index.answer.answer import Answerer
from index.answer.calibration import SIGNALS, TOPIC_SIGNALS, Calibration
from index.answer.search import Searcher
from index.domain import Progress
from index.evaluation.ablate import FOLDS, Examined, examine, folds
from index.evaluation.corpus import open_corpus
from index.evaluation.evaluate import ask_all
from index.evaluation.figures import Figures, figures
from index.evaluation.files import read_sets
from index.evaluation.fit import fit_confidence, fit_ranking
from index.evaluation.questions import ADVERSARIAL, OFF_CORPUS, GradedQuestion, spread
from index.evaluation.report import show_figures
from index.model.torch_embedder import SentenceTransformerEmbedder
from index.settings import AnswerSettings, IndexConfig
from index.terminal import output, progress_bar

TARGET = Path(__file__).parents[2] / "index" / "answer" / "calibration.json"
HALVES = 2
Flags = npt.NDArray[np.bool_]


@dataclass(frozen=True)
class Fitting:
    """What is fitted on: `examined` are the answerable questions, `off` those off the corpus.

    `plain` embeds as the library does by itself, which times are compared with.
    """

    searcher: Searcher
    plain: SentenceTransformerEmbedder
    examined: Sequence[Examined]
    off: Sequence[GradedQuestion]
    progress: Progress

    def fitted(self, origin: str, part: Flags, off_part: Flags) -> Calibration:
        """Fit the ranking on the answerable ones, then the confidence on the first hit of all."""
        examined = [each for each, kept in zip(self.examined, part, strict=True) if kept]
        off = [each for each, kept in zip(self.off, off_part, strict=True) if kept]
        weights = fit_ranking([(each.signals, each.right) for each in examined if each.right.any()])
        ranking = dict(zip(SIGNALS, weights, strict=True))
        asked = [*(each.question for each in examined), *off]
        columns = [SIGNALS.index(name) for name in TOPIC_SIGNALS]
        rows = np.array([self.first(each.text, weights)[columns] for each in asked])
        truth = np.array([True] * len(examined) + [False] * len(off))
        fitted, bias = fit_confidence(rows, truth)
        topic = dict(zip(TOPIC_SIGNALS, fitted, strict=True))
        in_use = self.searcher.calibration
        return replace(in_use, ranking=ranking, topic=topic, topic_bias=bias, provenance=origin)

    def first(self, question: str, weights: Sequence[float]) -> npt.NDArray[np.float32]:
        """The signals of the unit that comes first by these weights: (signals,)."""
        signals = self.searcher.candidates(question).signals
        row: npt.NDArray[np.float32] = signals[np.argmax(signals @ np.array(weights, np.float32))]
        return row

    def held_out(
        self, part: Flags, off_part: Flags, others: Sequence[GradedQuestion] = ()
    ) -> Figures:
        """Fit on all but the parts, and measure on these and on `others`."""
        calibration = self.fitted("", ~part, ~off_part)
        searcher = replace(self.searcher, calibration=calibration)
        questions = [
            *(each.question for each, kept in zip(self.examined, part, strict=True) if kept),
            *(each for each, kept in zip(self.off, off_part, strict=True) if kept),
            *others,
        ]
        answerer = Answerer(searcher, AnswerSettings())
        return figures(ask_all(answerer, questions, self.plain.plain_vector, self.progress))

    def articles(self, part: Flags) -> set[str]:
        """The articles that a part's questions are about."""
        return {
            each.question.article for each, kept in zip(self.examined, part, strict=True) if kept
        }


def show_folds(parts: Sequence[tuple[str, Figures]]) -> None:
    """Print a line for each fold, and one of their means."""
    output.print(f"{'left out':44} recall@1     @5    MRR   bold   area  answered  off-corpus")
    lines = []
    for name, each in parts:
        answerable, off = each.answerable, each.unanswerable.get(OFF_CORPUS)
        if answerable and off and off.area is not None:
            line = [
                *(answerable.recall[1], answerable.recall[5], answerable.mrr),
                *(answerable.bold_right, off.area, answerable.answered, off.answered),
            ]
            lines.append((f"{name} ({answerable.count})", line))
    means = np.mean([line for _, line in lines], axis=0).tolist()
    for name, line in [*lines, ("mean", means)]:
        numbers = " ".join(f"{value:{6 + 2 * (place > 4)}.3f}" for place, value in enumerate(line))
        output.print(f"{name[:44]:44}   {numbers}", markup=False)


def main() -> None:
    """Fit on one half and report on the other, then by folds, and write a fit when asked to."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("squad", type=Path)
    parser.add_argument("off_corpus", type=Path)
    parser.add_argument("--folds", type=int, default=FOLDS)
    parser.add_argument("--limit", type=int)
    parser.add_argument("--write", action="store_true")
    given = parser.parse_args()
    asked = read_sets([given.squad, given.off_corpus])
    kept = spread(asked.questions, given.limit) if given.limit else asked.questions
    config = IndexConfig()
    plain = SentenceTransformerEmbedder(config.index)
    with progress_bar() as progress:
        searcher = open_corpus(asked.articles, config, progress).answerer.searcher
        examined = [examine(searcher, each) for each in kept if each.key]
        off = [each for each in kept if each.kind == OFF_CORPUS]
        fitting = Fitting(searcher, plain, examined, off, progress)
        questions = [each.question for each in examined]
        half, off_half = folds(questions, HALVES)[1], folds(off, HALVES)[1]
        adversarial = [
            each
            for each in kept
            if each.kind == ADVERSARIAL and each.article in fitting.articles(half)
        ]
        measured = ", ".join(sorted(fitting.articles(half)))
        output.print(f"fitted on the other articles, measured on {measured}")
        show_figures(fitting.held_out(half, off_half, adversarial), config.answers.sure)
        parts = folds(questions, given.folds)
        off_parts = folds(off, len(parts))
        show_folds(
            [
                (", ".join(sorted(fitting.articles(part))), fitting.held_out(part, off_part))
                for part, off_part in zip(parts, off_parts, strict=True)
            ]
        )
        if given.write:
            origin = (
                f"softmax ranking and logistic confidence fitted by fit_calibration.py on "
                f"{len(questions)} questions about {len({each.article for each in questions})} "
                f"articles ({given.squad.name}) and {len(off)} about others "
                f"({given.off_corpus.name}), with {config.index.model}"
            )
            every, off_every = np.ones(len(questions), bool), np.ones(len(off), bool)
            whole = fitting.fitted(origin, every, off_every)
            TARGET.write_text(json.dumps(asdict(whole), indent=1) + "\n", encoding="utf-8")
            output.print(f"wrote {TARGET}")


if __name__ == "__main__":
    main()
