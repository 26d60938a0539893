"""`.vtt`, `.srt`: what is said in a recording, by whom and when."""

import html
import re
from collections.abc import Iterator
from dataclasses import dataclass, field

from index.domain import BlockKind, Document
from index.reading.formats.decoding import decode
from index.reading.formats.extracted import Extract, one_line
from index.settings import Limits

TIMING = re.compile(r"^\s*((?:\d{1,3}:)?\d{1,2}:\d{2})[.,]\d{1,3}\s*-->", re.MULTILINE)
VOICE = re.compile(r"<v(?:\.[^\s>]*)?\s+([^>\n]{1,80})>")
TAG = re.compile(r"<[^<>\n]{0,200}>|\{\\[^{}\n]{0,40}\}")
NAMED = re.compile(r"(?:>>\s*)?([^\W\d_a-z][\w.'’-]*(?: [\w.'’-]+){0,3}):\s+(?=\S)")
# Sounds and music.
NOT_SAID = re.compile(r"[\[(♪][^\])]{0,80}[\])♪]|[♪\W]+")
SENTENCE_END = re.compile(r"[.!?…。！？][\"”’»)]*$")
# What one speaker says is divided after this length, where a sentence ends; at the latest here.
TURN_CHARS = 300
LONGEST_TURN_CHARS = 1500


@dataclass
class _Turn:
    """What one speaker says without a break: its pieces, each with the line of its cue."""

    time: str
    speaker: str
    pieces: list[tuple[int, str]] = field(default_factory=list)
    length: int = 0

    @property
    def done(self) -> bool:
        """Whether what comes next is a part of its own."""
        ended = SENTENCE_END.search(self.pieces[-1][1]) is not None
        return self.length > (TURN_CHARS if ended else LONGEST_TURN_CHARS)


def read(path: str, data: bytes, _limits: Limits) -> Document:
    """Read a transcript in the form of subtitles; it is cited by the lines of the file.

    Raises:
        UnreadableSource: the bytes are no text, or nothing is said.
    """
    text, notes = decode(path, data)
    extract = Extract()
    for turn in _turns(text):
        who = f"{turn.time} {turn.speaker}:" if turn.speaker else turn.time
        extract.mark("line", turn.pieces[0][0])
        said = " ".join(piece for _, piece in turn.pieces)
        about = f"{turn.speaker}, {turn.time}" if turn.speaker else turn.time
        block = extract.block(BlockKind.PARAGRAPH, f"{who} {said}", about)
        if block is None:
            continue
        at = block.span.start + len(who) + 1
        for (_, above), (line, _) in zip(turn.pieces, turn.pieces[1:], strict=False):
            at += len(above) + 1
            extract.turn("line", line, at)
    media_type = "text/vtt" if path.lower().endswith(".vtt") else "application/x-subrip"
    return extract.document(path, data, media_type, notes=notes)


def _turns(text: str) -> Iterator[_Turn]:
    turn = _Turn("", "")
    for line, time, speaker, said in _cues(text):
        if turn.pieces and (turn.done or (speaker and speaker != turn.speaker)):
            yield turn
            turn = _Turn("", speaker or turn.speaker)
        if not turn.pieces:
            turn.time, turn.speaker = time, speaker or turn.speaker
        turn.pieces.append((line, said))
        turn.length += len(said)
    if turn.pieces:
        yield turn


def _cues(text: str) -> Iterator[tuple[int, str, str, str]]:
    """Each cue with words: the line of its words (from 1), its time, who speaks, and what."""
    timings = list(TIMING.finditer(text))
    line, counted = 1, 0
    last = ""
    for number, timing in enumerate(timings):
        line += text.count("\n", counted, timing.start(1))
        counted = timing.start(1)
        end = timings[number + 1].start() if number + 1 < len(timings) else len(text)
        # Below the time, up to an empty line: what follows it is the next one's number or a note.
        body = text[timing.end() : end].partition("\n")[2].partition("\n\n")[0]
        if number + 1 < len(timings) and "\n\n" not in text[timing.end() : end]:
            body = re.sub(r"\n?\d+\s*$", "", body)
        voice = VOICE.search(body)
        speaker = one_line(html.unescape(voice[1])) if voice else ""
        said = []
        for raw in body.split("\n"):
            words = one_line(html.unescape(TAG.sub("", raw)))
            # Captions that roll show each line again below the next time.
            if words and words != last and not NOT_SAID.fullmatch(words):
                said.append(words)
                last = words
        spoken = " ".join(said)
        named = None if speaker else NAMED.match(spoken)
        if named:
            speaker, spoken = named[1], spoken[named.end() :]
        if spoken:
            yield line + 1, timing[1], speaker, spoken
