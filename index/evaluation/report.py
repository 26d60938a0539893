"""What `python -m index eval` prints."""

from collections.abc import Sequence

from rich.console import Console
from rich.text import Text

from index.evaluation.evaluate import Outcome
from index.evaluation.figures import KEPT_SHARE, Answerable, Figures
from index.terminal import output

MILLISECONDS = 1000


def show_figures(figures: Figures, sure: float) -> None:
    """Print all figures; `sure` is the threshold in the settings."""
    if figures.answerable:
        _show_answerable(figures.answerable)
    for kind, shares in figures.unanswerable.items():
        _line(f"{kind} questions", str(shares.count))
        _line(f"  refused at {sure:g}", f"{1 - shares.answered:.1%}")
        if shares.area is not None and shares.answered_keeping is not None:
            keeping = f"  answered, keeping {KEPT_SHARE:.0%} of answerable"
            _line("  area under ROC against answerable", f"{shares.area:.3f}")
            _line(keeping, f"{shares.answered_keeping:.1%}")
    seconds = figures.seconds
    _line("milliseconds an answer, p50 and p95", f"{_ms(seconds.p50)} {_ms(seconds.p95)}")
    plain = f"{_ms(seconds.plain_p50)}, an answer takes {seconds.ratio:.1f} times that"
    _line("plain embedding and search, p50", plain)


def _show_answerable(figures: Answerable) -> None:
    _line("answerable questions", str(figures.count))
    for depth, share in figures.recall.items():
        _line(f"  right passage in the first {depth}", f"{share:.1%}")
    _line("  mean reciprocal rank in the first 10", f"{figures.mrr:.3f}")
    _line("  bold quote right", f"{figures.bold_right:.1%}")
    _line("  bold quote, median length", f"{figures.bold_chars:.0f} characters")
    _line("  first citation right, as shown", f"{figures.cited_first:.1%}")
    _line("  its bold quote right, as shown", f"{figures.cited_bold:.1%}")
    _line("  answered, not refused", f"{figures.answered:.1%}")
    _line("  first citation right, if answered", f"{figures.answered_right:.1%}")
    for point in figures.coverage:
        right = f"passage right {point.passage_right:.1%}, bold quote {point.bold_right:.1%}"
        _line(f"  of the surest {point.coverage:.0%}", right)


def show_misses(outcomes: Sequence[Outcome], console: Console) -> None:
    """List every question that went wrong, and how."""
    for outcome in outcomes:
        if outcome.question.key:
            faults = [
                *([] if outcome.cited else ["cited"]),
                *([] if outcome.bold else ["bold"]),
                *([] if outcome.answered else ["refused"]),
            ]
        else:
            faults = ["answered"] if outcome.answered else []
        if faults:
            bold = outcome.first.bold if outcome.first else ""
            fault = " ".join(faults)
            console.print(
                Text(f"{fault:18} {outcome.confidence:.2f}  {outcome.question.text}\n    {bold}")
            )


def _line(label: str, value: str) -> None:
    output.print(f"{label:42}{value}", markup=False)


def _ms(seconds: float) -> str:
    return f"{seconds * MILLISECONDS:.1f}"
