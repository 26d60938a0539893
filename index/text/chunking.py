"""A `Document` into `Passage`s: cut along its structure, never over the model's token limit."""

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from index.domain import Block, BlockKind, Cut, Document, Passage, Span, Unit
from index.reading.formats.bounds import best_cut
from index.reading.titles import title_from_path
from index.text.hyphens import joined
from index.text.together import LEAD_CHARS, LEAD_IN, Whole, wholes
from index.text.units import quoted, sentences

CountTokens = Callable[[str], int]

# A paragraph joins the passage before it only while that one is shorter than this.
SHORT_TOKENS = 64
# Rows and items are short and alike: many in one passage would blur its embedding.
ROW_TOKENS = 128
# A "word" without spaces can be one token and a megabyte long.
CHARS_PER_TOKEN = 12
# Title and headings take this share of a passage's tokens at the most, and so does the context.
PREAMBLE_SHARE = 0.25
CONTEXT_CHARS = 240
# Preamble, context and text are read as one.
JOINTS = 2


@dataclass(frozen=True, slots=True)
class Chunker:
    """Cuts documents into passages of at most `max_tokens`, headings and title included."""

    max_tokens: int
    count_tokens: CountTokens

    def cut(self, document: Document, first_id: int) -> Cut:
        """Return the passages of `document` in order, their ids counting from `first_id`."""
        passages: list[Passage] = []
        divided = 0
        for headings, blocks in _sections(document):
            preamble = self._preamble(document, headings)
            units: list[Unit] = []
            led_in: set[int] = set()
            for above, block in zip((None, *blocks), blocks, strict=False):
                lead = self._lead(document.text, above)
                for pieces in self._units(document, block, preamble, lead):
                    if len(pieces) > 1:
                        divided += 1
                        led_in.update([block.span.start] if lead else [])
                    units.extend(pieces)
            # One block may hold another, which then comes between its pieces.
            units.sort(key=lambda unit: unit.span.start)
            contexts = {unit.span.start: unit.context for unit in units}
            together = {
                whole.span.start: whole
                for whole in wholes(document, blocks)
                if self._fits(whole.span.of(document.text), preamble, contexts[whole.span.start])
            }
            for group in self._groups(document, preamble, units, together, led_in):
                span = Span(group.units[0].span.start, group.end)
                passages.append(
                    Passage(
                        id=first_id + len(passages),
                        document=document.path,
                        span=span,
                        text=span.of(document.text),
                        headings=headings,
                        preamble=preamble,
                        units=tuple(quoted(document.text, group.units, together)),
                    )
                )
        return Cut(tuple(passages), divided)

    def _preamble(self, document: Document, headings: tuple[str, ...]) -> str:
        """What stands before a passage: aliases, author, title, headings; outer ones dropped.

        The name of the file is not among it, so that a renamed file keeps its embeddings.
        """
        limit = int(self.max_tokens * PREAMBLE_SHARE)
        author = [f"by {document.author}"] if document.author else []
        named = document.title == title_from_path(document.path)
        aliases = [document.aliases] if document.aliases else []
        parts = [*aliases, *author, *([] if named else [document.title]), *headings]
        while len(parts) > 1 and self.count_tokens("\n".join(parts)) > limit:
            del parts[0]
        line = "\n".join(parts)
        if self.count_tokens(line) > limit or len(line) > limit * CHARS_PER_TOKEN:
            first = next(self._split(line, Span(0, len(line)), limit), Span(0, 0))
            return first.of(line)
        return line

    def _lead(self, text: str, block: Block | None) -> int:
        """The tokens of a short paragraph that leads in what stands below; 0 where none does."""
        if block is None or block.kind is not BlockKind.PARAGRAPH:
            return 0
        words = block.span.of(text)
        leads = len(words) <= LEAD_CHARS and words.endswith(LEAD_IN)
        tokens = self.count_tokens(words) if leads else 0
        return tokens if tokens < SHORT_TOKENS else 0

    def _units(
        self, document: Document, block: Block, preamble: str, lead: int
    ) -> Iterator[list[Unit]]:
        """Yield each sentence, row or item of a block, in pieces where the model can't read it.

        These leave room for the `lead` above them.
        """
        context = block.context[:CONTEXT_CHARS]
        while context and self.count_tokens(context) > self.max_tokens * PREAMBLE_SHARE:
            context = context[: len(context) * 3 // 4]
        limit = self.max_tokens - self.count_tokens(preamble) - self.count_tokens(context) - 4
        anchor = block.span.start if block.anchor < 0 else block.anchor
        spans = [block.span]
        if block.kind is BlockKind.PARAGRAPH:
            spans = list(sentences(document.text, block.span, document.language))
        for span in spans:
            pieces = [span]
            if self._too_long(span.of(document.text), limit):
                pieces = list(self._split(document.text, span, limit - lead))
            yield [Unit(piece, block.kind, context, anchor) for piece in pieces]

    def _fits(self, text: str, preamble: str, context: str) -> bool:
        """Whether what belongs together fits a passage."""
        return not self._too_long(embedded_text(preamble, context, text), self.max_tokens)

    def _groups(
        self,
        document: Document,
        preamble: str,
        units: Sequence[Unit],
        together: Mapping[int, Whole],
        led_in: Collection[int],
    ) -> "Iterator[_Group]":
        # By where an anchor is: up to where the passage has to go that takes its first unit in.
        ends = {unit.anchor: unit.span.end for unit in units}
        tied = {*led_in}
        end = -1
        for unit in units:
            if unit.span.start < end:
                tied.add(unit.span.start)
            elif unit.span.start in together:
                end = together[unit.span.start].span.end
                ends[unit.anchor] = max(ends[unit.anchor], end)
        group = _Group(document.text, preamble)
        for unit in units:
            if group.units and not self._belongs(group, unit, ends, tied):
                yield group
                group = _Group(document.text, preamble)
            more = group.more(unit, unit.span.end)
            group.tokens += self.count_tokens(more)
            group.chars += len(more)
            group.end = max(group.end, unit.span.end)
            group.units.append(unit)
        if group.units:
            yield group

    def _belongs(
        self, group: "_Group", unit: Unit, ends: Mapping[int, int], tied: Collection[int]
    ) -> bool:
        """Whether a unit joins a passage.

        A paragraph joins another only as a whole, to a whole, and a row or item only with those
        that depend on it. What is `tied` to the unit before it joins wherever it fits.
        """
        if unit.span.start in tied:
            return self._joined_fits(group, unit, unit.span.end, self.max_tokens)
        paragraph = unit.kind is BlockKind.PARAGRAPH
        same_kind = unit.kind.among is group.units[-1].kind.among
        short = group.tokens < SHORT_TOKENS
        another = unit.anchor != group.units[-1].anchor
        if paragraph and another and (group.torn or not short):
            return False
        if not same_kind and not short:
            return False
        alike = same_kind and not paragraph
        limit = max(ROW_TOKENS, self.max_tokens // 2) if alike else self.max_tokens
        end = ends[unit.anchor] if another else unit.span.end
        return self._joined_fits(group, unit, end, min(limit, self.max_tokens))

    def _joined_fits(self, group: "_Group", unit: Unit, end: int, limit: int) -> bool:
        """Whether a passage that goes on to `end` has no more tokens than `limit`.

        They are counted in one only where those of its parts leave it open: between two parts, a
        model may have a token for their border and for each white space.
        """
        text = group.text[group.units[0].span.start : max(end, group.end)]
        if len(text) > limit * CHARS_PER_TOKEN:
            return False
        context, more = group.units[0].context, group.more(unit, end)
        tokens = sum(map(self.count_tokens, (group.preamble, context, more)), group.tokens)
        between = len(text) - group.chars - len(more) + len(group.units) + JOINTS
        if tokens + between <= limit:
            return True
        return self.count_tokens(embedded_text(group.preamble, context, text)) <= limit

    def _too_long(self, text: str, limit: int) -> bool:
        if len(text) > limit * CHARS_PER_TOKEN:
            return True
        # No token has less than a byte: what is short enough needn't be counted.
        return len(text.encode()) > limit and self.count_tokens(text) > limit

    def _split(self, text: str, span: Span, limit: int) -> Iterator[Span]:
        """Cut what is too long at the best places there are, sentences to characters."""
        start, limit = span.start, max(limit, 1)
        while start < span.end:
            stop = min(span.end, start + limit * CHARS_PER_TOKEN)
            if stop < span.end:
                stop = best_cut(text, start, stop)
            while stop - start > 1 and (tokens := self.count_tokens(text[start:stop])) > limit:
                # About so much fits; a bit less, so that it mostly does at once.
                fits = int((stop - start) * limit / tokens * 0.95)
                stop = best_cut(text, start, start + max(1, fits))
            part = text[start:stop]
            begin = start + len(part) - len(part.lstrip())
            if part.strip():
                yield Span(begin, begin + len(part.strip()))
            start = stop


@dataclass(slots=True)
class _Group:
    """The units of a passage so far, and how many `tokens` and `chars` they have one by one."""

    text: str
    preamble: str
    units: list[Unit] = field(default_factory=list)
    tokens: int = 0
    chars: int = 0
    end: int = 0

    @property
    def torn(self) -> bool:
        """Whether it begins within a paragraph."""
        first = self.units[0]
        return first.kind is BlockKind.PARAGRAPH and first.span.start != first.anchor

    def more(self, unit: Unit, end: int) -> str:
        """What joins it with a unit, up to `end`."""
        begin = self.end if self.units else unit.span.start
        return self.text[begin:end].strip()


def embedded_text(preamble: str, context: str, text: str) -> str:
    """What the model reads of a passage or unit: where it stands, then what it says."""
    return "\n".join(part for part in (preamble, context, joined(text)) if part)


def _sections(document: Document) -> Iterator[tuple[tuple[str, ...], list[Block]]]:
    """Yield the blocks between two headings, with the path of headings above them."""
    marks = [mark for mark in document.landmarks if mark.kind == "heading"]
    path: list[tuple[int, str]] = []
    number = 0
    section: list[Block] = []
    for block in document.blocks:
        if number < len(marks) and marks[number].start <= block.span.start:
            if section:
                yield tuple(label for _, label in path), section
                section = []
            while number < len(marks) and marks[number].start <= block.span.start:
                mark = marks[number]
                path = [(level, label) for level, label in path if level < mark.level]
                if mark.label != document.title:
                    path.append((mark.level, mark.label))
                number += 1
        section.append(block)
    if section:
        yield tuple(label for _, label in path), section
