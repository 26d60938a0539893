"""What a generation was made of, file by file, and the checksums of its own files."""

from dataclasses import dataclass, field
from datetime import datetime

from index.domain import Skipped

AGAIN = "it is tried again at the next build"
KEPT = f"it couldn't be read for this build and is in the index as it was before; {AGAIN}"


@dataclass(frozen=True, slots=True)
class FileRecord:
    """What a build made of one file of the seeds folder.

    `sha256` is of the file's bytes, empty where they weren't read; `reason` says why it was
    skipped and is empty for an indexed one; `notes` say what reading it had to guess; `divided`
    counts its sentences, rows and items that are longer than the model reads and were cut into
    several; `detected` is its language as its own text tells it, empty if that isn't sure;
    `reused` if all of this was taken over from the generation before; `passing` if it was skipped,
    or taken over unread, for what may be over at the next build, which tries again; `link` is the
    address on the web of what came from elsewhere, as an `Origin` has it.
    """

    path: str
    sha256: str
    reason: str = ""
    notes: tuple[str, ...] = ()
    passages: int = 0
    divided: int = 0
    detected: str = ""
    reused: bool = False
    passing: bool = False
    link: str = ""

    @property
    def why(self) -> str:
        """The reason, and whether it is the last word; empty for an indexed file."""
        return f"{self.reason}; {AGAIN}" if self.reason and self.passing else self.reason

    @property
    def all_notes(self) -> tuple[str, ...]:
        """The notes, and whether it was read at all."""
        return (*self.notes, KEPT) if self.passing and not self.reason else self.notes

    @property
    def outcome(self) -> str:
        """What became of the file, in one word."""
        if self.reason:
            return "skipped"
        return "unchanged" if self.reused else "indexed"


@dataclass(frozen=True, slots=True)
class Manifest:
    """What a generation was made of.

    `chunking` are the settings that a question depends on as well, `limits` those that only
    reading does, `program` a fingerprint of the code that read, cut and embedded; `token_bits` says
    in how many bits a number the tokens are kept, `languages` how many documents are in which,
    `recall` which share of the ten nearest passages the search finds, as measured in the build,
    None if it compares with all; `rebuilt` says why nothing of the generation before was kept,
    empty if something was; `engine` finds the passages, and if it is one with servers, `contents`
    points in `collection` there that are of `tenant` are those of the passages, which have
    `average_words`, and `births` of them were new; `embedded` counts the passages that didn't keep
    their embeddings; `runtime` says what runs the model and what that was found to be worth, empty
    where a caller brought its own; `files` has the SHA-256 of each of the generation's own files,
    for a big one that of the list of its blocks' hashes.
    """

    format_version: int
    model: str
    model_revision: str
    dim: int
    chunking: dict[str, str | int]
    limits: dict[str, int | float]
    program: str
    created_at: datetime
    sources: tuple[FileRecord, ...]
    passages: int = 0
    units: int = 0
    tokens: int = 0
    token_bits: int = 4
    languages: dict[str, int] = field(default_factory=dict)
    recall: float | None = None
    rebuilt: str = ""
    engine: str = "faiss"
    collection: str = ""
    tenant: str = ""
    contents: int = 0
    births: int = 0
    average_words: float = 1.0
    embedded: int = 0
    runtime: str = ""
    files: dict[str, str] = field(default_factory=dict)

    @property
    def documents(self) -> dict[str, str]:
        """The SHA-256 of every indexed file, by path."""
        return {record.path: record.sha256 for record in self.sources if not record.reason}

    @property
    def links(self) -> dict[str, str]:
        """The addresses on the web of the files that came from elsewhere, by path."""
        return {record.path: record.link for record in self.sources if record.link}

    @property
    def skipped(self) -> tuple[Skipped, ...]:
        """The files that are not in the index, with the reasons."""
        return tuple(Skipped(record.path, record.why) for record in self.sources if record.reason)

    @property
    def passing(self) -> frozenset[str]:
        """The files that couldn't be read for what may be over at the next build."""
        return frozenset(record.path for record in self.sources if record.passing)

    @property
    def notes(self) -> tuple[Skipped, ...]:
        """What an owner should know of the files that are in it."""
        return tuple(
            Skipped(record.path, note) for record in self.sources for note in record.all_notes
        )


@dataclass(frozen=True, slots=True)
class BuildReport:
    """What a build did; `made` is false where nothing had changed and `generation` stays."""

    generation: str
    manifest: Manifest
    seconds: float
    made: bool = True

    @property
    def summary(self) -> str:
        """The whole of it in one sentence."""
        manifest = self.manifest
        count = len(manifest.documents)
        held = (
            f"{count} document{'' if count == 1 else 's'} as {manifest.passages} "
            f"passage{'' if manifest.passages == 1 else 's'}"
        )
        if not self.made:
            return f"nothing has changed: the index has {held} ({self.seconds:.1f} s)"
        kept = manifest.passages - manifest.embedded
        reuse = f", {manifest.embedded} embedded and {kept} kept" if kept else ""
        return f"indexed {held} in {self.seconds:.1f} s{reuse}"
