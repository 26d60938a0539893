"""One complete build, and how it lies in its folder."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from index.domain import Document
from index.store.bm25 import LexicalIndex
from index.store.checksums import corrupt
from index.store.contents import SealedFiles
from index.store.dense import DenseIndex
from index.store.manifest import Manifest
from index.store.passage_embeddings import PassageEmbeddings
from index.store.passages import STRINGS, Documents, Passages
from index.store.seal import UNFINISHED, read_manifest, sealed_files
from index.store.spelling import Spelling
from index.store.strings import Strings
from index.store.token_code import Code
from index.store.token_embeddings import Tokens
from index.text import language

SPELLING = "words.json"


@dataclass(frozen=True, slots=True)
class Generation:
    """One complete build, read as it is asked for.

    `documents` are by path; `dense` and `lexical` find passages by their ids; `language` is the one
    that most of the documents are in.
    """

    name: str
    manifest: Manifest
    documents: Mapping[str, Document]
    passages: Passages
    dense: DenseIndex
    lexical: LexicalIndex
    tokens: Tokens
    spelling: Spelling
    language: str
    files: SealedFiles

    @property
    def embeddings(self) -> PassageEmbeddings:
        """The embeddings as they lie on disk."""
        return PassageEmbeddings(
            passages=self.passages.rows,
            vectors=self.dense.rows,
            codes=self.tokens.codes,
            scales=self.tokens.scales,
            ids=self.tokens.ids,
        )


def read_generation(folder: Path) -> Generation:
    """Open what a build wrote, also if it isn't published yet, and hold it against its manifest.

    The blocks of big files are checked whenever they are used.

    Raises:
        IndexCorrupt: a file is missing, altered, or doesn't fit the others.
        IndexIncompatible: another version of the bot wrote it.
    """
    manifest = read_manifest(folder)
    files = sealed_files(folder, manifest)
    try:
        strings = Strings(files, STRINGS)
        documents = Documents(files, strings)
        generation = Generation(
            name=folder.name.removesuffix(UNFINISHED),
            manifest=manifest,
            documents=documents,
            passages=Passages(files, strings, documents),
            dense=DenseIndex(files, manifest.dim),
            lexical=LexicalIndex(files, manifest.languages, manifest.passages),
            tokens=Tokens(files, Code(manifest.token_bits, manifest.dim)),
            spelling=Spelling.load(files.content(SPELLING)),
            language=language.most_common(manifest.languages),
            files=files,
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


def _fits(generation: Generation) -> bool:
    """Whether all files are of as many passages, units and tokens as the manifest says.

    Files that are each whole may still belong to different builds.
    """
    manifest, tokens = generation.manifest, generation.tokens
    passages = (len(generation.passages), generation.dense.size, generation.lexical.size)
    return (
        {*passages} == {manifest.passages}
        and len(generation.passages.units) == manifest.units
        and {len(tokens.codes), len(tokens.scales), len(tokens.ids)} == {manifest.tokens}
        and generation.dense.whole
    )
