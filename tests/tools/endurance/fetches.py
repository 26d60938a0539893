"""Kills real fetches of a repository at every step, and looks what a build would cite after each.

    python -m tests.tools.endurance.fetches [COUNT] [SEED]

Wherever a fetch is killed, no file may have the link of another content, and the next fetch must
give what the repository has and tell that commit.
"""

import hashlib
import os
import random
import shutil
import signal
import sys
import tempfile
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path

from index import IndexSettings, RepositorySettings
from index.errors import FetchFailed
from index.fetching.fetching import fetch, fetcher_of, state_of
from index.reading.origins import Links
from tests.support.builder import Builder
from tests.support.git import Upstream
from tests.support.model import bare, for_a_script
from tests.tools.endurance.ground import silent

# What changes something on the disk, or starts something that does.
STEPS = {
    "os.rename", "os.remove", "os.rmdir", "os.mkdir", "os.link", "shutil.copyfile",
    "subprocess.Popen", "tempfile.mkstemp",
}  # fmt: skip
NAMES = ("a.md", "b.md", "deep/c.md", "deep/er/d.md", "e.md")
FORMER = 5
LATE = 25
BUILT_EVERY = 5
DELETED_EVERY = 7
LINK = "https://git.example.org/{commit}/{path}"


@dataclass
class Walk:
    """A repository that changes, and the folder that it is fetched into."""

    folder: Path
    dice: random.Random
    builder: Builder
    wrong: list[str] = field(default_factory=list)
    killed: Counter[str] = field(default_factory=Counter)
    commits: list[str] = field(default_factory=list)
    most: int = 0

    def __post_init__(self) -> None:
        """Make an empty repository."""
        self.upstream = Upstream(self.folder / "hb.git")
        self.source = RepositorySettings(name="hb", repository=str(self.upstream.place), link=LINK)
        self.settings = IndexSettings(
            seeds=str(self.folder / "seeds"), store=str(self.folder / "store")
        )
        self.place = Path(self.settings.seeds) / "hb"

        self._change()
        self._fetch_until(0)

    def turn(self, number: int) -> None:
        """Change the repository, kill a fetch of it, look, and fetch again."""
        self._change()
        steps = self._fetch_until(self._step())
        self.killed[steps] += 1
        self._look(f"turn {number}, after {steps}")
        if number % BUILT_EVERY == 0 and self._content():
            self._build(f"turn {number}, built after {steps}")
        # What came in the meantime may be what was there before.
        if self.dice.random() < 0.5:
            self._change()
        if number % DELETED_EVERY == 0:
            shutil.rmtree(self.place, ignore_errors=True)
        try:
            fetch(self.settings, self.source, fetcher_of(self.source))
        except FetchFailed as error:
            self.wrong.append(f"turn {number}, after {steps}: the next fetch fails: {error}")
        self._look(f"turn {number}, fetched again")
        head = self.upstream.head()
        if self._content() != self._of(head):
            self.wrong.append(f"turn {number}, after {steps}: not what the repository has")
        state = state_of(self.settings, self.source)
        if (state.version, state.documents) != (head, len(self._of(head))):
            told = f"{state.version[:8]}, {state.documents} documents"
            self.wrong.append(f"turn {number}, after {steps}: it tells {told}, not {head[:8]}")

    def _change(self) -> None:
        """Let the repository be at a new commit, or at one that it was at before."""
        if self.commits and self.dice.random() < 0.4:
            former = self.dice.choice(self.commits[-FORMER:])
            self.upstream.git("update-ref", "refs/heads/main", former)
            return
        names = self.dice.sample(NAMES, self.dice.randrange(1, len(NAMES) + 1))
        text = "# Tea\n\nTea number {} is green.\n"
        files = {name: text.format(self.dice.randrange(6)) for name in names}
        self.commits.append(self.upstream.commit(files))

    def _step(self) -> int:
        """Choose where to kill, as often where files take their place as before that."""
        late = self.dice.random() < 0.5
        return self.dice.randrange(max(self.most - LATE, 1) if late else 1, self.most + 2)

    def _fetch_until(self, step: int) -> str:
        """Fetch in a process that is killed at a step; return which that was."""
        note = self.folder / "step"
        child = os.fork()
        if child == 0:
            done = [0]

            def hook(event: str, arguments: tuple[object, ...]) -> None:
                writes = event == "open" and isinstance(arguments[2], int) and arguments[2] & 3
                if event not in STEPS and not writes:
                    return
                done[0] += 1
                if done[0] == step:
                    where = str(arguments[0]).rpartition("/")[2][:20]
                    os.write(descriptor, f"{event} {where}".encode())
                    os.kill(os.getpid(), signal.SIGKILL)

            descriptor = os.open(note, os.O_WRONLY | os.O_TRUNC | os.O_CREAT)
            sys.addaudithook(hook)
            try:
                fetch(self.settings, self.source, fetcher_of(self.source))
                os.write(descriptor, f"its end {done[0]}".encode())
            finally:
                os._exit(0)
        os.waitpid(child, 0)
        said = note.read_text()
        if said.startswith("its end "):
            # One that brought nothing has fewer steps.
            self.most = max(self.most, int(said.removeprefix("its end ")))
            said = "its end"
        return said

    def _of(self, commit: str) -> dict[str, str]:
        """What a commit has, by path: the ids of contents."""
        lines = self.upstream.git("ls-tree", "-r", commit).splitlines()
        return {path: about.split()[2] for about, _, path in (x.partition("\t") for x in lines)}

    def _content(self) -> dict[str, str]:
        """What the folder has, as `_of` has it."""
        files = [x for x in self.place.rglob("*") if x.is_file() and not x.name.startswith(".")]
        return {
            x.relative_to(self.place).as_posix(): self.upstream.blob(x.read_bytes()) for x in files
        }

    def _look(self, when: str) -> None:
        """Compare what each file would be cited by with what is there."""
        links = Links(self.settings.seeds_path)
        for path, content in self._content().items():
            found = hashlib.sha256((self.place / path).read_bytes()).hexdigest()
            self._cited(when, path, links.of(f"hb/{path}", found), content)

    def _cited(self, when: str, path: str, link: str, content: str) -> None:
        if link:
            commit, _, where = link.removeprefix("https://git.example.org/").partition("/")
            if self._of(commit).get(where) != content:
                self.wrong.append(f"{when}: {path} is cited by {link}, which is another content")

    def _build(self, when: str) -> None:
        """Build, and compare what is cited with the repository."""
        generation = self.builder(self.settings, silent)
        for record in generation.manifest.sources:
            data = (Path(self.settings.seeds) / record.path).read_bytes()
            self._cited(when, record.path, record.link, self.upstream.blob(data))


def main() -> int:
    """Walk; return 1 if anything went wrong."""
    count, seed = (int(each) for each in [*sys.argv[1:], "150", "1"][:2])
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        builder = Builder(bare(for_a_script(folder)))
        walk = Walk(folder, random.Random(seed), builder)  # noqa: S311
        for number in range(count):
            walk.turn(number)
    for step, many in walk.killed.most_common():
        sys.stdout.write(f"{many:5} {step}\n")
    killed = count - walk.killed["its end"]
    sys.stdout.write(f"{count} fetches, {killed} killed; wrong: {len(walk.wrong)}\n")
    sys.stdout.writelines(f"{each}\n" for each in walk.wrong[:20])
    return 1 if walk.wrong else 0


if __name__ == "__main__":
    raise SystemExit(main())
