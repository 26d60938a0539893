"""What gets the files of a source: the interface that each kind of source has."""

import threading
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol

from pydantic import JsonValue

from index.fetching.staging import Staging


@dataclass(frozen=True, slots=True)
class Fetched:
    """What a fetcher says when all is staged.

    `version` is what the source is at, such as a commit; `memory` what it wants to know the next
    time; `unchanged` that what is in place is still that, so nothing was staged. `problem` says
    what has to be mended although all of it went as it should.
    """

    version: str = ""
    memory: dict[str, JsonValue] = field(default_factory=dict)
    unchanged: bool = False
    problem: str = ""


class Fetcher(Protocol):
    """Gets the files of one source."""

    def __call__(
        self, staging: Staging, work: Path, memory: dict[str, JsonValue], stop: threading.Event, /
    ) -> Fetched:
        """Put all files into `staging`; end soon when `stop` is set.

        `work` is a folder that stays between fetches, and need not exist. `memory` is what the
        last fetch left that succeeded, empty where what is in place isn't what it fetched.

        Raises:
            FetchFailed: in words that say where, why, and what mends it.
        """
