"""What moderators are shown of what was asked: in vain, at all, and each week."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import replace

from bot.gaps import Found, Gap
from bot.records import Span
from bot.records.statistics import date
from bot.render.markup import FENCE, inline
from bot.render.reply import NEAREST_COLOUR, PLAIN_COLOUR, Attachment, Reply, message
from bot.render.sheets import IN_VAIN, counted, link, listed

# More gaps are in the sheet alone; a word each week names the first ones.
SHOWN, WEEKLY_SHOWN = 100, 5
EXAMPLE = 240
SHEET, PICTURE = "gaps.csv", "questions.png"
NO_TEXTS = (
    "The texts of questions aren't kept, so there are counts alone. Whoever runs me has them kept "
    "from then on with `questions = true` under `[records]` in the config."
)
NO_PICTURE = "Whoever runs me can have this drawn: `pip install 'seedbot[stats]'`."


def gaps(found: Found, server: int) -> Reply:
    """Render what was asked in vain: alike questions together, or counts where there are no texts.

    The sheet that goes with it has all of it.
    """
    whole = found.whole
    parts = [_summary(whole, _lately(found.days))]
    if found.gaps is None:
        parts += [NO_TEXTS, *_table(found.spans)]
    else:
        parts += [_gap(gap, server) for gap in found.gaps[:SHOWN]]
        more = len(found.gaps) - SHOWN
        if more > 0:
            parts.append(f"… and {more} more, which are in the file.")
        if found.hidden:
            parts.append(_hidden(found.hidden))
    reply = message("Asked in vain", parts, NEAREST_COLOUR, "")
    if not whole.in_vain:
        return reply
    sheet = counted(found.spans) if found.gaps is None else listed(found.gaps, server)
    return replace(reply, files=(Attachment(SHEET, sheet),))


def stats(spans: Sequence[Span], days: int, picture: bytes | None) -> Reply:
    """Render what was asked and what became of it, as a picture, or as text where there is none."""
    whole = Span.over(spans)
    lines = [_summary(whole, _lately(days))]
    if whole.helpful or whole.unhelpful:
        lines.append(
            f"Members said *helpful* {whole.helpful}×, *not helpful* or *wrong source* "
            f"{whole.unhelpful}×."
        )
    half, most = whole.took(0.5), whole.took(0.95)
    if half is not None and most is not None:
        lines.append(f"Half of the answers took at most {half:.2f} s, 95 of 100 {most:.2f} s.")
    parts = ["\n".join(lines)]
    if picture is None and whole.asked:
        parts += [*_table(spans, timed=True), NO_PICTURE]
    reply = message("Questions", parts, PLAIN_COLOUR, "")
    if picture is None:
        return reply
    reply.embed.set_image(url=f"attachment://{PICTURE}")
    return replace(reply, files=(Attachment(PICTURE, picture, " ".join(lines).replace("*", "")),))


def weekly(found: Found, server: int) -> Reply:
    """Render the word on a week."""
    first, last = (date(found.spans[at].begin) for at in (0, -1))
    week = f"From {first.day} {first:%B} to {last.day} {last:%B}"
    parts = [_summary(found.whole, week)]
    shown = (found.gaps or ())[:WEEKLY_SHOWN]
    if shown:
        parts += ["Asked in vain most often:", *(_gap(gap, server) for gap in shown)]
    if found.whole.in_vain:
        parts.append("Moderators see more with `/gaps`, and how it was before with `/stats`.")
    return message("The week's questions", parts, PLAIN_COLOUR, "")


def _summary(whole: Span, when: str) -> str:
    if not whole.asked:
        return f"{when} nothing was asked."
    asked = f"{_times(whole.asked, 'question')} {_were(whole.asked)} asked"
    answered = f"{whole.answered or 'none'} answered"
    if bad := whole.kinds["bad"]:
        answered += f", {bad} of them rated badly"
    text = f"{when} {asked} and {answered}."
    rest = Counter({kind: whole.kinds[kind] for kind in ("none", "nearest")})
    return f"{text} The others: {_kinds(rest)}." if rest.total() else text


def _gap(gap: Gap, server: int) -> str:
    last = gap.questions[0]
    count = len(gap.questions)
    times = f"**{count}×** " if count > 1 else ""
    where = f"[message](<{link(last, server)}>)"
    kinds = _kinds(gap.kinds)
    last_asked = f"<t:{int(last.moment)}:R>"
    return f"{times}{inline(gap.example, EXAMPLE)}\n{kinds} · {last_asked} · {where}"


def _kinds(counts: Mapping[str, int]) -> str:
    """Say how often what came of questions."""
    return ", ".join(f"{counts[kind]} {word}" for kind, word in IN_VAIN.items() if counts.get(kind))


def _hidden(count: int) -> str:
    one = count == 1
    return (
        f"{count} more {'is' if one else 'are'} only counted: {'it' if one else 'they'} "
        f"{_were(count)} asked in private or where you can't read, or "
        f"{'its text was' if one else 'their texts were'} not kept."
    )


def _table(spans: Sequence[Span], *, timed: bool = False) -> list[str]:
    """Lay the days on which anything was asked in columns, the last one first."""
    head = "date   asked answered closest none badly"
    lines = [head + ("   half  95%" if timed else "")]
    for span in reversed(spans):
        if not span.asked:
            continue
        line = (
            f"{date(span.begin):%m-%d}  {span.asked:5} {span.answered:8} "
            f"{span.kinds['nearest']:7} {span.kinds['none']:4} {span.kinds['bad']:5}"
        )
        half, most = span.took(0.5), span.took(0.95)
        if timed and half is not None and most is not None:
            line += f" {half:5.2f}s {most:4.2f}s"
        lines.append(line)
    return ["\n".join([FENCE, *lines, FENCE])] if len(lines) > 1 else []


def _times(count: int, word: str) -> str:
    return f"{count} {word}{'' if count == 1 else 's'}"


def _were(count: int) -> str:
    return "was" if count == 1 else "were"


def _lately(days: int) -> str:
    return "Today" if days == 1 else f"In the last {days} days"
