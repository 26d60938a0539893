"""Many sequences end to end in one array."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

Ints = npt.NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Ragged:
    """Row i is `values[starts[i] : starts[i + 1]]`."""

    values: npt.NDArray[Any]
    starts: Ints

    @classmethod
    def of(cls, rows: Iterable[npt.ArrayLike], kind: npt.DTypeLike) -> "Ragged":
        """Put `rows` end to end."""
        kept = [np.asarray(row, kind) for row in rows]
        starts = np.zeros(len(kept) + 1, np.int64)
        np.cumsum([len(row) for row in kept], out=starts[1:])
        return cls(np.concatenate(kept) if kept else np.zeros(0, kind), starts)

    def __len__(self) -> int:
        return len(self.starts) - 1

    def __getitem__(self, number: int) -> npt.NDArray[Any]:
        return self.values[self.starts[number] : self.starts[number + 1]]

    @property
    def lengths(self) -> Ints:
        """The length of each row: (n,)."""
        found: Ints = np.diff(self.starts)
        return found


def packed(**ragged: Ragged) -> dict[str, npt.NDArray[Any]]:
    """Return what `unpacked` reads, as arrays by name."""
    arrays: dict[str, npt.NDArray[Any]] = {}
    for name, each in ragged.items():
        arrays[f"{name}.values"] = each.values
        arrays[f"{name}.lengths"] = each.lengths.astype(np.int32)
    return arrays


def unpacked(arrays: "np.lib.npyio.NpzFile", name: str) -> Ragged:
    """Return the sequences that `packed` put under `name`."""
    lengths = arrays[f"{name}.lengths"]
    starts = np.zeros(len(lengths) + 1, np.int64)
    np.cumsum(lengths, out=starts[1:])
    return Ragged(arrays[f"{name}.values"], starts)


def save(file: Path, arrays: Mapping[str, npt.NDArray[Any]], *, small: bool = True) -> None:
    """Write arrays by name; `small` takes time to make the file so."""
    # Its own options, which are no arrays, have other names than these.
    write = np.savez_compressed if small else np.savez
    write(file, **arrays)  # type: ignore[arg-type]
