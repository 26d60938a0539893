"""One complete build, and how it lies in its folder."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from index.domain import Document
from index.errors import EngineMissing
from index.settings import QdrantSettings
from index.store.bm25 import LexicalIndex
from index.store.checksums import corrupt
from index.store.contents import SealedFiles
from index.store.dense import DenseIndex
from index.store.engine import Engine, FaissEngine
from index.store.lexicon import Lexicon
from index.store.manifest import Manifest
from index.store.passage_embeddings import PassageEmbeddings
from index.store.passages import STRINGS, Documents, Passages
from index.store.seal import UNFINISHED, read_manifest, sealed_files
from index.store.spelling import Spelling
from index.store.strings import Strings
from index.store.token_code import Code
from index.store.token_embeddings import Tokens
from index.store.vectors import Vectors
from index.text import language

SPELLING = "words.json"


@dataclass(frozen=True, slots=True)
class Generation:
    """One complete build, read as it is asked for.

    `documents` are by path, as are `links`, which a manifest has; `engine` finds passages by their
    ids; `language` is the one that most of the documents are in.
    """

    name: str
    manifest: Manifest
    documents: Mapping[str, Document]
    passages: Passages
    vectors: Vectors
    lexicon: Lexicon
    engine: Engine
    tokens: Tokens
    spelling: Spelling
    language: str
    files: SealedFiles
    links: Mapping[str, str]

    @property
    def embeddings(self) -> PassageEmbeddings:
        """The embeddings as they lie on disk."""
        return PassageEmbeddings(
            passages=self.passages.rows,
            vectors=self.vectors.rows,
            codes=self.tokens.codes,
            scales=self.tokens.scales,
            ids=self.tokens.ids,
        )


def read_generation(folder: Path, settings: QdrantSettings | None = None) -> Generation:
    """Open what a build wrote, also if it isn't published yet, and hold it against its manifest.

    The blocks of big files are checked whenever they are used. `settings` say where the servers
    are, if it needs some.

    Raises:
        SettingsError: the client of its engine isn't installed, or its certificate can't be read.
        IndexCorrupt: a file is missing, altered, or doesn't fit the others.
        IndexIncompatible: another version of the bot wrote it.
    """
    manifest = read_manifest(folder)
    files = sealed_files(folder, manifest)
    try:
        strings = Strings(files, STRINGS)
        documents = Documents(files, strings)
        vectors = Vectors(files, manifest.dim)
        lexicon, engine = _read_engine(files, manifest, vectors, settings or QdrantSettings())
        generation = Generation(
            name=folder.name.removesuffix(UNFINISHED),
            manifest=manifest,
            documents=documents,
            passages=Passages(files, strings, documents),
            vectors=vectors,
            lexicon=lexicon,
            engine=engine,
            tokens=Tokens(files, Code(manifest.token_bits, manifest.dim)),
            spelling=Spelling.load(files.content(SPELLING)),
            language=language.most_common(manifest.languages),
            files=files,
            links=manifest.links,
        )
        files.check_others()
        whole = strings.whole and documents.listed.whole
        whole = whole and documents.hashes() == manifest.documents
    except (OSError, ValueError, KeyError, IndexError) as error:
        reason = " ".join(str(error).split())[:120]
        raise corrupt(folder, f"can't be read ({reason})") from None
    if not whole or not _fits(generation):
        raise corrupt(folder, "mixes files of different builds")
    return generation


def _read_engine(
    files: SealedFiles, manifest: Manifest, vectors: Vectors, settings: QdrantSettings
) -> tuple[Lexicon, Engine]:
    """Read what finds passages, and the words that it finds them by."""
    if manifest.engine == "faiss":
        lexical = LexicalIndex(files, manifest.languages, manifest.passages)
        return lexical, FaissEngine(DenseIndex(files, vectors), lexical)
    try:
        # Imported here: who has no such engine need not have its client.
        from index.store.qdrant.engine import QdrantEngine  # noqa: PLC0415
    except ModuleNotFoundError as error:
        raise EngineMissing(manifest.engine, error.name) from error
    lexicon = Lexicon(files, manifest.languages, manifest.passages)
    return lexicon, QdrantEngine.read(files, manifest, vectors, lexicon, settings)


def _fits(generation: Generation) -> bool:
    """Whether all files are of as many passages, units and tokens as the manifest says.

    Files that are each whole may still belong to different builds.
    """
    manifest, tokens = generation.manifest, generation.tokens
    return (
        {len(generation.passages), generation.vectors.size} == {manifest.passages}
        and len(generation.passages.units) == manifest.units
        and {len(tokens.codes), len(tokens.scales), len(tokens.ids)} == {manifest.tokens}
        and generation.engine.whole
    )
