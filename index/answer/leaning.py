"""What a sentence can't be told without: headings that turn it, what it points at, who says it.

The lists are of English words and lean to leaving out: what they hold without need costs a
sentence, what they lack could let a false one through.
"""

import re
from collections.abc import Sequence
from itertools import pairwise

from index.answer.wording import Words


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


# A heading or a lead-in with one of these may say that what is below holds not, or not always. A
# letter that is not Latin may look like one that is.
TURNING = re.compile(
    r"""no|not|non|nor|none|never|nothing|nobody|neither|\w*n't\w*|un(?!der|it|i[oqv])\w+|mis(?!s)\w+|
    without|except\w*|exclu\w+|till|if|whether|once|while|before|after|during|since|when|only|but|
    instead|rather|versus|vs|against|opposite|contrary|otherwise|almost|nearly|hardly|
    former\w*|previous\w*|old|older|past|obsolete|outdated|deprecated|legacy|archived?|superseded|
    replaced|retired|void|removed|removals?|delet\w+|discontinu\w+|expired?|ended|lost|los[ei]\w*|
    defeat\w*|abol\w+|repeal\w*|revo[ck]\w+|rescind\w*|withdr[ae]w\w*|cancel\w+|suspend\w+|postpon\w+|
    closed|closure|reject\w*|refus\w+|den(?:y|ies|ied)|declin\w+|veto\w*|dismiss\w+|fail\w*|bans?|
    banned|forbid\w*|prohibit\w*|disallow\w*|illegal|avoid|stop|bad|worst|abuses?|scams?|spam|false\w*|
    wrong\w*|incorrect\w*|myths?|hoax\w*|rumou?r\w*|lies?|lied|fakes?|fiction\w*|legends?|jokes?|
    parody|satire|propos\w+|planned|draft\w*|tentative\w*|provisional\w*|pending|upcoming|future|
    roadmap|todo|wish\w*|ideas?|requests?|trials?|beta|alpha|possibl[ey]|optional\w*|hypothe\w+|
    suppos\w+|imagin\w+|dreams?|examples?|claim(?:ed|s)|alleg\w+|accus\w+|says?|said|according|
    opinions?|critic\w*|complain\w*|beliefs?|believed?|fears?|doubt\w*|disput\w+|
    temporar\w+|winter|summer|spring|autumn|holidays?|weekends?|weekdays?|
    (?:mon|tues|wednes|thurs|fri|satur|sun)days?|january|february|march|april|may|june|july|august|
    september|october|november|december|\w*\d.*|.*(?:[^\W\d_a-z]|[\u0300-\u036f❌🚫⛔✖✗❎👎]).*""",
    re.IGNORECASE | re.VERBOSE,
)
# A heading with one of these may say for whom.
GROUPS = re.compile(
    r"""child\w*|kids?|adults?|students?|pupils?|juniors?|seniors?|pensioners?|teen\w*|youth|guests?|
    visitors?|residents?|members?|staff|beginners?|wom[ae]n|m[ae]n|girls?|boys?|families|groups?""",
    re.IGNORECASE | re.VERBOSE,
)
# A heading that begins with one of these says when, where or for whom.
SCOPING = _words("for in on at with from by under outside inside within between to as")

# After these it may go on with a comma as well: "On Sundays, the gate is closed."
OPENING = SCOPING | _words("if when while before after during until since")

# What stands for something said before, unless what precedes it in its sentence can be meant.
POINTERS = _words("""
    it its itself he him his himself she her hers herself they them their theirs themselves this
    that these those such former latter other others another both either same similar here then else
""")
# The same at the beginning of a sentence alone.
FIRST_POINTERS = _words("""
    that so nor neither likewise instead otherwise similarly conversely then yes
""")
# Of what, isn't said where no noun follows: "two were fined", "some remain".
QUANTITIES = _words("all most some many few several none")
PLURALS = _words("of people children men women staff")
# "Send it to the bank."
OBJECTS = _words("it them him")
# "Nobody enters without one."
BEFORE_ONE = _words("with without for need needs have has get gets buy buys")
CONSEQUENT = _words("therefore thus hence consequently")
AUXILIARIES = _words("""
    is are was were be has have had does do did will would can could may might must shall should
""")
# Shorter than a sentence that says of what it speaks: "Not on Sundays".
FEWEST_WORDS = 4
# These mean who speaks, which a quote needn't say.
SPEAKERS = _words("I i me my mine myself")
# When this is, only who wrote it knows.
NOW = re.compile(
    r"\b(?:today|tonight|tomorrow|yesterday|ago|(?:this|next|last) (?:week|month|year|season|term|"
    r"\w*day|january|february|march|april|may|june|july|august|september|october|november|december))"
    r"\b",
    re.IGNORECASE,
)
# What no pointer means.
UNMEANT = _words("""
    a an the in on at by for with to from of as and or but if when while after before since until
    till because although though during within without not been later now today tomorrow yesterday
    soon there who all most some any every no none everyone everybody anyone anybody even year years month months week weeks day days time january february march april may
    june july august september october november december monday tuesday wednesday thursday friday
    saturday sunday
""")

# A sentence that begins so limits the one before it, or takes it back.
EXCEPTING = _words("except unless provided excluding otherwise")
LIMITING = EXCEPTING | _words("""
    not nope only or but however yet though although actually sadly unfortunately sorry oops ignore
    disregard forget crossed
""")
# The same before a sign or at the end: "Edit: not any more", "Wrong!"
REMARKING = _words("no wait wrong correction corrected edit edited update updated")
PRESENT = _words("is are do does can may must will shall should")
POINTING_BACK = _words("this that these such so")
# "It now costs six." "Since May they open at ten."
GOING_ON = _words("it they he she")
CHANGED = re.compile(
    r"now|instead|longer|went|raised|lowered|increased|reduced|extended|forbid\w*|banned|"
    r"(?:abol|repeal|revo[ck]|withdr[ae]w|cancel|reject|retract|end|expir|chang)\w*"
)
FROM_NOW = _words("since from as starting effective now")
RETRACTING = re.compile(
    r"""not|no|never|longer|now|used|was|were|only|except\w*|unless|until|if|false|untrue|wrong|lies?|myth|
    hoax|rumou?r|claim\w*|said|says?|\w*\d.*|
    (?:forbid|ban|abol|repeal|revo[ck]|rescind|withdr[ae]w|cancel|overturn|deni|deny|reject|retract|correct|
    disput|end|expir|chang)\w*""",
    re.VERBOSE,
)

# So may any sentence that begins so, or says so of something.
REVOKING = re.compile(
    r"""(?:.*\b(?:is|are|was|were|be|been|being|the|an?|now|later|since|just|then)\ )?
    (?:except(?:ions?|ed)|exempt\w*|kidding|jok(?:e|ing)|hoax|myth|false|untrue|dropped|lost|scrapped|
    defeated|obsolete|outdated|superseded|scratch|
    (?:abol|repeal|revo[ck]|rescind|withdr[ae]w|cancel|overturn|reject|retract|discontinu)\w*)\b.*""",
    re.VERBOSE,
)
# A sentence about the text itself that says that this doesn't hold.
UNSAYING = re.compile(
    r""".*\b(?:following|below|above|everything|(?:this|these)\ (?:page|section|document|article|list|
    text|post|message|information|chapter|guide|table|rule|manual|entry|thread|story)s?)\b.*
    \b(?:out\ of\ date|no\ longer|outdated|obsolete|superseded|deprecated|drafts?|fiction\w*|fake|
    hoax|jokes?|myths?|false|untrue|wrong|invalid|void|proposals?|proposed)\b.*
    |.*\b(?:no\ longer|not)\ (?:valid|true|in\ (?:force|use)|current|up\ to\ date)\b.*
    |(?:\S+\ ){0,4}(?:outdated|obsolete|deprecated|superseded|drafts?)(?:\ \S+){0,2}""",
    re.IGNORECASE | re.VERBOSE,
)
# What a sentence says that is like this, those behind it in its paragraph may go on with.
CARRIED = re.compile(
    r"""(?:imagine|suppose|assume|assuming|pretend|say|let\ us|let's|picture|according|<|@|\[\ \d+\ ?:).*
    |.*\b(?:what\ if|rumou?rs?\ ha(?:s|ve)\ it|
    in\ \w+\ (?:dreams?|novel|story|book|film|game|perfect|ideal)|(?:say|think|claim|believe|argue|complain|allege|suggest|insist)(?:s|d|ed)?\ that|
    (?:said|thought|wrote|writes)\ that).*""",
    re.VERBOSE | re.IGNORECASE,
)
CONDITIONS = _words("if when whenever unless")
# A colon behind more than so many words opens no label.
FEW_WORDS = 12

BRACKETS = frozenset("([\"'")

# Marks that open and close more than one sentence at times; where one closes as it opens, alone.
PAIRS = (
    (re.compile(r'["“”„«»]'), None),
    (re.compile("~~|```"), None),
    (re.compile(r"\("), re.compile(r"\)")),
    (re.compile(r"(?<!\w)['‘](?=\w)"), re.compile(r"(?<=[\w.,!?…])['’](?!\w)")),
)


def needs(label: Words, said: Words) -> bool:
    """Whether what stands below a heading or lead-in mustn't be said without it.

    It may if it has itself all that could turn it.
    """
    if label[0] in SCOPING:
        return not {*label} <= {*said}
    turning = {word for word in label if TURNING.fullmatch(word) or GROUPS.fullmatch(word)}
    return not turning <= {*said}


def answers(said: Words) -> bool:
    """Whether what stands below a question may be understood by it alone: "Guests of members"."""
    return AUXILIARIES.isdisjoint(said)


def leans(said: Words) -> bool:
    """Whether a sentence points at something that the sentence before it has to name."""
    first, second = (*said, "", "")[:2]
    if first in FIRST_POINTERS or (first, second) == ("no", ","):
        return True
    if first in EXCEPTING and "," not in said:
        return True
    if {first, second} <= {"if", "not", "so"} or (first, second) == ("there", ","):
        return True
    if first in CONSEQUENT or said[:3] == ("as", "a", "result"):
        return True
    if second in OBJECTS or "likewise" in said or said[-1] == "that":
        return True
    if {("that", ","), ("do", "so"), ("does", "so"), ("did", "so")} & {*pairwise(said)}:
        return True
    if said[-1] == "1" and said[-2] in BEFORE_ONE:
        return True
    if first in QUANTITIES or first.isdigit():
        nouns = [word for word in said[1:3] if word in PLURALS or word.endswith("s")]
        if second in AUXILIARIES or not nouns:
            return True
    for number, word in enumerate(said):
        if word in POINTERS:
            return said[number : number + 2] != ("those", "who")
        passed = word.lower() in UNMEANT or word in AUXILIARIES or word.endswith("ly")
        if word.isalpha() and not passed:
            return False
    return False


def goes_with(said: Words, before: Words) -> bool:
    """Whether the sentence before one is likely to say of which thing that speaks: "The fee is"."""
    return (
        said[:1] == ("the",)
        and len(before) > 0
        and (before[0] in CONDITIONS or not PRESENT.isdisjoint(said[2:3]))
    )


def points(said: Words) -> bool:
    """Whether a sentence may point at something that another one has to name."""
    return not POINTERS.isdisjoint(said)


def is_fragment(said: Words) -> bool:
    """Whether words may be too few for a sentence that says of what it speaks."""
    return sum(map(str.isalnum, said)) < FEWEST_WORDS and AUXILIARIES.isdisjoint(said)


def means_its_speaker(said: Words) -> bool:
    """Whether a sentence speaks of whoever says it, or of when that was."""
    return not SPEAKERS.isdisjoint(word.split("'")[0] for word in said) or bool(
        NOW.search(" ".join(said))
    )


def takes_back(following: Words) -> bool:
    """Whether a sentence limits the one before it, or says that it doesn't hold."""
    first, *others = [word for word in following if word not in BRACKETS] or [""]
    first = first.lower()
    return (
        first in LIMITING
        or (first in POINTING_BACK and any(RETRACTING.fullmatch(word) for word in others))
        or (first in GOING_ON and any(CHANGED.fullmatch(word) for word in others))
        or (first in FROM_NOW and points(following))
        or (first in REMARKING and not any(map(str.isalnum, others[:1])))
        or (first, *others[:1]) in {("at", "least"), ("no", "longer")}
        or REVOKING.fullmatch(" ".join((first, *others))) is not None
        or following[-2:] == ("that", "is")
        or (following[-1:] == ("not",) and following[-2] in PRESENT)
    )


def unsays(said: Words) -> bool:
    """Whether a sentence says of the text that it stands in that it doesn't hold."""
    return UNSAYING.fullmatch(" ".join(said)) is not None


def carries(said: Words) -> bool:
    """Whether what follows a sentence may hold only where that does, or as somebody's speech."""
    label = said[: said.index(":")] if ":" in said[:FEW_WORDS] else ()
    turning = any(TURNING.fullmatch(word) for word in label)
    return turning or 0 < len(label) < FEWEST_WORDS or CARRIED.fullmatch(" ".join(said)) is not None


def outside_pairs(texts: Sequence[str]) -> list[bool]:
    """Whether each of some texts in order begins and ends outside of marks that come in pairs."""
    depths = [0] * len(PAIRS)
    outside = []
    for text in texts:
        before = any(depths)
        for number, (opening, closing) in enumerate(PAIRS):
            opened = len(opening.findall(text))
            if closing is None:
                depths[number] = (depths[number] + opened) % 2
            else:
                depths[number] = max(0, depths[number] + opened - len(closing.findall(text)))
        outside.append(not before and not any(depths))
    # One that is left open, or was open before, may hold anything.
    return [each and not any(depths) for each in outside]
