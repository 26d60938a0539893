"""From a question and a message's words to the file that is taught."""

import json
import re
import unicodedata
from collections.abc import Iterator

from bot.conversation.wording import has_words
from bot.errors import NotTaken
from bot.teaching.sources import Source
from bot.uploads import safe_name
from index import HIDDEN, is_courtesy

# The folder of a collection in which such files are.
LEARNED = "learned"
MOST_QUESTION, MOST_ANSWER = 300, 4000
# Fewer letters and digits say nothing by themselves.
LEAST_SIGNS = 4
# Of a name; each sign takes four bytes at the most.
NAME_CHARS = 48
NAMELESS = "answer"
WORD = re.compile(r"[^\W_]+")
# What a quote or a list puts before a line; it never looks back, or some lines would take ages.
INSIDE = r"(?:\s{0,3}+(?:>|(?:[-*+]|\d{1,9}[.)])(?=\s)))*+\s{0,3}+"
# One that is closed on its line is none to Markdown.
FENCE = re.compile(INSIDE + r"(?:```[^`]*$|~~~)")
# What Discord takes for markup and Markdown for something else, or the other way round. In code,
# two bars are an "or".
SPOILER = re.compile(r"(?P<code>```.*?```|`[^`\n]+`)|\|\|(?P<hidden>.+?)\|\|", re.DOTALL)
# What Markdown reads as HTML, and what begins so goes unread, in places up to the end.
HTML = re.compile(rf"^({INSIDE})(?=<[a-zA-Z/!?])(?!<[a-zA-Z][\w+.-]*:)")
SMALL, QUOTED, HEADING = re.compile(r"^-#\s+"), re.compile(r"^>>> "), re.compile(r"^#{1,3}(?= )")
UNDERLINE = re.compile(r"\s{0,3}(?:=+|-+)\s*")
NO_QUESTION = "Please write the question that this answers, in words."
TOO_SHORT = (
    "That is too short to answer anything by itself. Please write the answer so that somebody who "
    "wasn't there understands it."
)


def question_in(text: str) -> str:
    """Return a question on one line.

    Raises:
        NotTaken: it has no words.
    """
    question = " ".join(HIDDEN.sub("", text).split()).lstrip("# ")[:MOST_QUESTION]
    if not has_words(question):
        raise NotTaken(NO_QUESTION)
    return question


def spoken(text: str) -> str:
    """Return an answer as Markdown reads it the way Discord shows it.

    Raises:
        NotTaken: it is too short to say anything.
    """
    text = HIDDEN.sub("", "\n".join(text.splitlines())).strip()[:MOST_ANSWER]
    if sum(map(str.isalnum, text)) < LEAST_SIGNS or is_courtesy(text):
        raise NotTaken(TOO_SHORT)
    return "\n".join(_lines(text))


def document(question: str, answer: str, teacher: str, source: Source) -> bytes:
    """Return the file that says who answered a question with what, and who taught it.

    Question and answer are as `question_in` and `spoken` return them.
    """
    lines = (
        "---",
        f"author: {_quoted(source.author)}",
        f"taught_by: {_quoted(teacher)}",
        f"date: {source.day.isoformat()}",
        f"link: {_quoted(source.link)}",
        "---",
        "",
        f"# {question}",
        "",
        answer,
        "",
    )
    return "\n".join(lines).encode()


def file_name(question: str, number: int = 1) -> str:
    """Return the name of a question's file, the `number` of those that would be called so."""
    words = WORD.findall(unicodedata.normalize("NFC", question.casefold()))
    stem = ""
    for word in words:
        longer = f"{stem}-{word}" if stem else word[:NAME_CHARS]
        if len(longer) > NAME_CHARS:
            break
        stem = longer
    ending = f"-{number}.md" if number > 1 else ".md"
    try:
        return safe_name(f"{stem}{ending}")
    except NotTaken:
        return f"{NAMELESS}{ending}"


def _lines(text: str) -> Iterator[str]:
    """Yield the lines of an answer; code is left as it is."""
    code, before = False, ""
    # What is hidden until somebody clicks isn't in a document.
    text = SPOILER.sub(lambda found: found["code"] or found["hidden"], text)
    for line in text.split("\n"):
        if FENCE.match(line):
            code = not code
        elif not code:
            line = SMALL.sub("", QUOTED.sub("> ", line))  # noqa: PLW2901 - the same line, as it reads
            # The question is the heading above all of them.
            line = HTML.sub(r"\1\\", HEADING.sub(r"#\g<0>", line))  # noqa: PLW2901
            if before.strip() and UNDERLINE.fullmatch(line):
                yield ""
        before = line
        yield line.rstrip()


def _quoted(value: str) -> str:
    """A name as YAML reads it, whatever it is made of."""
    plain = "".join(sign for sign in value if sign.isprintable() and sign <= "\U0010fffd")
    return json.dumps(plain.replace("\ufffe", "").replace("\uffff", ""), ensure_ascii=False)
