"""A git repository: one commit of it is fetched, and its files become documents."""

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from pydantic import JsonValue

from index.errors import FetchFailed
from index.fetching.fetcher import Fetched
from index.fetching.git import credentials
from index.fetching.git.complaints import explain
from index.fetching.git.copies import SHA256, Copy
from index.fetching.git.hosts import Remote, link, template
from index.fetching.git.objects import contents, is_pointer
from index.fetching.git.process import MEGABYTE, Bounds, Git, Refused, Unanswered, check_version
from index.fetching.git.wanted import Wanted, wanted
from index.fetching.staging import Staging
from index.sources import RepositorySettings

# What git has of a repository is packed, and has files that are no documents: it may take so many
# times `max_mb`, and this at least.
TIMES, LEAST_MB = 5, 20
SHA1_DIGITS = 40
# So much of a name is told that comes from there.
LONGEST = 100
COMMIT, LARGE = "commit", "large"
DAMAGED = "what was kept of it is damaged, and is thrown away: it is fetched anew the next time"
LFS = "it is kept elsewhere (by Git LFS), and isn't fetched"


def fetch_repository(source: RepositorySettings) -> "Repository":
    """Return what fetches a repository."""
    return Repository(source)


# What is said where there is none, of which the place is said on this machine.
NOWHERE = "there is no repository"


@dataclass(frozen=True, slots=True)
class Repository:
    """Fetches a repository as its settings say."""

    source: RepositorySettings

    def __call__(
        self, staging: Staging, work: Path, memory: dict[str, JsonValue], stop: threading.Event
    ) -> Fetched:
        """Stage the files of the commit that the branch is at now.

        Raises:
            FetchFailed: it can't be fetched; the message says what mends it.
        """
        source = self.source
        work.mkdir(parents=True, exist_ok=True)
        seconds = source.timeout_seconds
        most = int(max(source.max_mb * TIMES, LEAST_MB) * MEGABYTE)
        bounds = Bounds(work.resolve(), time.monotonic() + seconds, seconds, most, stop)
        with self._told():
            git = Git(
                bounds, Remote.of(source.repository).protocol, secret=credentials.secret(source)
            )
            check_version(git)
            there, reference = self._look(git)
            if there == memory.get(COMMIT):
                return Fetched(there, memory, unchanged=True)
            large = memory.get(LARGE)
            known = {*map(str, large)} if isinstance(large, list) else set()
            hashed = "sha1" if len(there) == SHA1_DIGITS else SHA256
            copy = Copy.of(git, source.repository)
            files = self._files(copy, (reference, hashed), staging, known)
            self._stage(copy, files, staging)
        return Fetched(files.commit, {COMMIT: files.commit, LARGE: [*files.large]})

    def _look(self, git: Git) -> tuple[str, str]:
        """Return what the branch or the tag is at there, and how it is called in full.

        Raises:
            FetchFailed: there is none, or its host doesn't say.
        """
        branch = self.source.branch
        # A tag may be a text of its own about a commit, which the last of these stands for.
        names = [f"refs/heads/{branch}", f"refs/tags/{branch}^{{}}", f"refs/tags/{branch}"]
        names = names if branch else ["HEAD"]
        said = git.run(
            *("ls-remote", "--symref", "--", self.source.repository, "HEAD", *names), online=True
        )
        found, default = {}, ""
        for line in said.decode(errors="replace").splitlines():
            value, _, name = line.partition("\t")
            if value.startswith("ref: "):
                default = value.removeprefix("ref: refs/heads/")
            else:
                found[name] = value
        for name in names:
            if name in found:
                return found[name], name.removesuffix("^{}")
        if not found:
            message = (
                "there is no commit that its default branch is at, or no git repository: check "
                "`repository`, or name a `branch`"
            )
        else:
            instead = f"; its default branch is {default[:LONGEST]!a}" if default else ""
            message = f"there is no branch or tag {branch!r} in it{instead}: set `branch`"
        raise FetchFailed(message)

    def _files(
        self, copy: Copy, named: tuple[str, str], staging: Staging, known: set[str]
    ) -> Wanted:
        """Fetch a commit, and look through it; where the copy is of no use, with a new one.

        `known` are contents that were too large to be fetched before.

        Raises:
            FetchFailed: it can't be fetched.
        """
        if copy.is_there:
            try:
                found = self._found(copy, named, staging)
                # What isn't there was too large, or the copy has lost it; a new one tells.
                if known.issuperset(found.large):
                    return found
            except Refused:
                pass
            copy.remove()
        try:
            return self._found(copy, named, staging)
        except FetchFailed:
            copy.remove()
            raise

    def _found(self, copy: Copy, named: tuple[str, str], staging: Staging) -> Wanted:
        commit = copy.fetch(*named, int(staging.limits.max_file_mb * MEGABYTE))
        return wanted(copy.git, commit, self.source.subfolder, staging)

    def _stage(self, copy: Copy, files: Wanted, staging: Staging) -> None:
        """Stage what the files hold.

        Raises:
            FetchFailed: there are too many, or the copy is damaged.
        """
        if files.empty and self.source.subfolder:
            message = f"there is no folder {self.source.subfolder!r} in it: set `subfolder`"
            raise FetchFailed(message)
        for path, reason in files.skipped:
            staging.skip(path, reason)
        address = template(self.source)
        try:
            for number, data in contents(copy.git, files.sizes):
                for whole, path in files.paths[number]:
                    if is_pointer(data):
                        staging.skip(path, LFS)
                    else:
                        staging.put(path, data, link(address, files.commit, whole))
        except Unanswered:
            copy.remove()
            raise FetchFailed(DAMAGED) from None

    @contextmanager
    def _told(self) -> Iterator[None]:
        """Say in words what git complains of.

        Raises:
            FetchFailed: it does.
        """
        source = self.source
        try:
            yield
        except Unanswered as error:
            remote = Remote.of(source.repository)
            said = credentials.without_secrets(str(error), source)
            token = credentials.variable(source) if remote.protocol.startswith("http") else ""
            has_token = bool(token and credentials.token(source))
            told = explain(said, remote.host, token, has_token=has_token)
            if remote.protocol == "file":
                told = told.replace(NOWHERE, f"{NOWHERE} at {source.repository}", 1)
            raise FetchFailed(told) from None
