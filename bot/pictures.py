"""What was asked over time, drawn; the bot's only importer of matplotlib."""

from collections.abc import Sequence
from io import BytesIO
from typing import TYPE_CHECKING

from bot.records import Span
from bot.records.statistics import date

if TYPE_CHECKING:
    from matplotlib.axes import Axes

# Discord shows it 550 points wide at the most, on screens with twice as many dots.
WIDTH, HEIGHT, DOTS = 5.5, 4.9, 200
# An embed's background in Discord's dark theme, and what can be read on it.
BACKGROUND, TEXT, LINES = "#2b2d31", "#dbdee1", "#4e5058"
ANSWERED, NEAREST, NOTHING, BAD, TIME = "#3ba55c", "#e0a03c", "#8d939e", "#e05c5c", "#6aa0e0"
FONT = 9
# So many days have a name below the axis.
NAMED = 6
# The bars of so many days stand apart.
APART = 0.8


def picture(spans: Sequence[Span], step: int = 1) -> bytes | None:
    """Draw what was asked in spans of `step` days each, as PNG; None without matplotlib."""
    try:
        # Imported here: it is an extra. Without pyplot there is no window, and no state that
        # outlives the figure.
        from matplotlib.figure import Figure  # noqa: PLC0415
        from matplotlib.ticker import MaxNLocator  # noqa: PLC0415
    except ImportError:
        return None
    figure = Figure(figsize=(WIDTH, HEIGHT), dpi=DOTS, layout="constrained", facecolor=BACKGROUND)
    asked, rated, took = figure.subplots(3, 1, sharex=True, height_ratios=(5, 3, 3))
    _asked(asked, spans)
    _rated(rated, spans)
    _took(took, spans)
    for axes, title in (
        (asked, "Questions" if step == 1 else "Questions a week"),
        (rated, "Ratings"),
        (took, "Seconds until the answer"),
    ):
        _dress(axes, title)
    for axes in (asked, rated):
        axes.yaxis.set_major_locator(MaxNLocator(4, integer=True, min_n_ticks=1))
    took.yaxis.set_major_locator(MaxNLocator(3))
    every = -(-len(spans) // NAMED)
    ticks = range((len(spans) - 1) % every, len(spans), every)
    names = [f"{date(spans[at].begin).day} {date(spans[at].begin):%b}" for at in ticks]
    took.set_xticks(list(ticks), names)
    took.set_xlim(-0.6, len(spans) - 0.4)
    written = BytesIO()
    figure.savefig(written, format="png", facecolor=BACKGROUND)
    return written.getvalue()


def _asked(axes: "Axes", spans: Sequence[Span]) -> None:
    """Stack what became of the questions."""
    base = [0] * len(spans)
    for label, colour, counts in (
        ("answered", ANSWERED, [span.answered for span in spans]),
        ("closest passages", NEAREST, [span.kinds["nearest"] for span in spans]),
        ("not in the documents", NOTHING, [span.kinds["none"] for span in spans]),
    ):
        axes.bar(range(len(spans)), counts, APART, bottom=base, color=colour, label=label)
        base = [below + count for below, count in zip(base, counts, strict=True)]
    axes.set_ylim(0, max(*base, 1) * 1.05)


def _rated(axes: "Axes", spans: Sequence[Span]) -> None:
    """Stack what members said, the good upwards and the bad downwards."""
    good, bad = [span.helpful for span in spans], [span.unhelpful for span in spans]
    numbers = range(len(spans))
    axes.bar(numbers, good, APART, color=ANSWERED, label="helpful")
    axes.bar(numbers, [-each for each in bad], APART, color=BAD, label="not helpful, wrong source")
    axes.axhline(0, color=LINES, linewidth=0.8)
    axes.set_ylim(-max(*bad, 0.3) * 1.1, max(*good, 1) * 1.1)
    axes.yaxis.set_major_formatter(lambda value, _: f"{abs(value):.0f}")


def _took(axes: "Axes", spans: Sequence[Span]) -> None:
    """Draw how long answers took: where nothing was asked, the line has a gap."""
    for label, share, style in (("half of them", 0.5, "-"), ("95 of 100", 0.95, ":")):
        seconds = [span.took(share) for span in spans]
        heights = [float("nan") if each is None else each for each in seconds]
        axes.plot(heights, style, color=TIME, marker=".", markersize=4, label=label)
    axes.set_ylim(bottom=0)


def _dress(axes: "Axes", title: str) -> None:
    """Put a title and what the colours mean in one line above, and leave out what says nothing."""
    axes.set_facecolor(BACKGROUND)
    axes.set_title(title, loc="left", color=TEXT, fontsize=FONT + 1, fontweight="bold")
    axes.legend(
        loc="lower right",
        bbox_to_anchor=(1.0, 0.99),
        ncols=3,
        frameon=False,
        labelcolor=TEXT,
        fontsize=FONT - 1,
        handlelength=1.0,
        handletextpad=0.4,
        columnspacing=1.0,
        borderaxespad=0.2,
    )
    axes.tick_params(colors=TEXT, labelsize=FONT - 1, length=0)
    axes.grid(axis="y", color=LINES, linewidth=0.6)
    axes.set_axisbelow(True)
    for side in axes.spines.values():
        side.set_visible(False)
