"""What search itself finds for a question, as pairs to be trained on with the others.

python -m tests.tools.reader.searched OUT.npz DUMPS…

DUMPS are candidates as `candidates` writes them, of documentations that aren't held out. Their
passages are cut as the product cuts them, and what doesn't answer is what the reader will be given
beside what does.
"""

from pathlib import Path

import click
import numpy as np

from tests.tools.reader.pairs import FOUND, GOLD, Pairs
from tests.tools.reader.ragged import save
from tests.tools.reader.tune import Group, groups

SEED = 21
# Nobody has looked whether a candidate that lacks the answer's words answers all the same, and
# seldom does one answer what was written to be a near miss.
UNSEEN, MISSED = 0.25, 0.6


def paired(found: list[Group]) -> Pairs:
    """Return the pairs of groups; `question` numbers the groups."""
    rng = np.random.default_rng(SEED)
    tokens, rows = [], []
    for number, group in enumerate(found):
        for each in group.drawn(rng):
            first, last = each.answers[0] if each.answers else (0, 0)
            right = bool(each.answers)
            kind = GOLD if right else FOUND
            unlike = UNSEEN if group.answerable else MISSED
            weight = 1.0 if right else unlike
            tokens.append(each.tokens)
            rows.append((each.second, each.body, first, last, right, kind, weight, number))
    return Pairs.of(tokens, rows)


@click.command()
@click.argument("out", type=click.Path(path_type=Path))
@click.argument("dumps", nargs=-1, required=True, type=click.Path(path_type=Path))
def main(out: Path, dumps: tuple[Path, ...]) -> None:
    """Write the pairs of DUMPS to OUT."""
    found = groups(dumps)
    made = paired(found)
    save(out, made.arrays())
    click.echo(f"{len(found)} questions, {len(made.label)} pairs, {len(made.tokens.values)} tokens")


if __name__ == "__main__":
    main()
