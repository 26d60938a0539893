"""What is kept of a repository between fetches: one commit at a time, packed, nothing checked out.

Any of it may be thrown away: it only saves what the next fetch needn't bring again.
"""

import hashlib
import shutil
from contextlib import suppress
from dataclasses import dataclass, replace
from pathlib import Path

from index.fetching.git.process import Git, Unanswered

# Each fetch leaves one; with so many, all is fetched anew.
MOST_PACKS = 50
HEAD = "refs/fetched/head"
# What a process leaves behind that was killed; ours is the only one here.
LEFT = ("*.lock", "objects/pack/tmp_*", "objects/pack/.tmp*", "objects/tmp_*")
SHA256 = "sha256"


@dataclass(frozen=True, slots=True)
class Copy:
    """The copy of the repository at an address; `git` has its place, whether it is there or not."""

    git: Git
    address: str

    @classmethod
    def of(cls, git: Git, address: str) -> "Copy":
        """Return it, and remove what is beside it, such as the copy of another address."""
        folder = git.bounds.folder
        name = hashlib.sha256(address.encode()).hexdigest()[:16]
        for other in folder.iterdir():
            if other.name != name:
                _remove(other)
        copy = cls(replace(git, place=folder / name), address)
        if len([*(folder / name).glob("objects/pack/*.pack")]) > MOST_PACKS:
            copy.remove()
        return copy

    @property
    def is_there(self) -> bool:
        """Whether there is one."""
        return self.git.place is not None and self.git.place.is_dir()

    def remove(self) -> None:
        """Throw it away."""
        if self.git.place:
            _remove(self.git.place)

    def fetch(self, reference: str, hashed: str, largest: int) -> str:
        """Bring the commit that is called so there, and return its id.

        Files of more than `largest` bytes are left out where the host can do that. `hashed` is the
        hash that the repository's ids are made by.

        Raises:
            FetchFailed: it can't be brought.
        """
        place = self.git.place
        if place is None:
            raise ValueError
        if not self.is_there:
            self.remove()
            kind = ["--object-format=sha256"] if hashed == SHA256 else []
            made = ["init", "--quiet", "--bare", "--template=", "--initial-branch=main", *kind]
            replace(self.git, place=None).run(*made, "--", str(place))
        for pattern in LEFT:
            for left in place.rglob(pattern):
                left.unlink(missing_ok=True)
        self.git.run(
            *("-c", f"remote.origin.url={self.address}", "fetch", "--quiet", "--depth=1"),
            *("--no-tags", "--no-write-fetch-head", f"--filter=blob:limit={largest + 1}"),
            *("--end-of-options", "origin", f"+{reference}:{HEAD}"),
            online=True,
        )
        # Else what was left out would be fetched as soon as it is asked for.
        with suppress(Unanswered):
            self.git.run("config", "--remove-section", "remote.origin")
        return self.git.run("rev-parse", "--verify", f"{HEAD}^{{commit}}").decode().strip()


def _remove(place: Path) -> None:
    """Remove what is there, folder or not, as far as can be."""
    shutil.rmtree(place, ignore_errors=True)
    with suppress(OSError):
        place.unlink(missing_ok=True)
