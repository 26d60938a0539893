"""What a sentence can't be told without: headings that turn it, what it points at, who says it.

The lists are of English words and lean to leaving out: what they hold without need costs a
sentence, what they lack could let a false one through.
"""

import re
from collections.abc import Sequence

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
# Of these, what another sentence could be taken to name, wherever they stand.
PRONOUNS = _words("it he him she her they them this these those such former latter same then else")
# What no pointer means.
UNMEANT = _words("""
    a an the in on at by for with to from of as and or but if when while after before since until
    till because although though during within without not been later now today tomorrow yesterday
    soon there who all most some any every no none everyone everybody anyone anybody even year years
    month months week weeks day days time january february march april may june july august
    september october november december monday tuesday wednesday thursday friday saturday sunday
""")
# A sentence may point otherwise: "If not, you pay", "Two were fined", "Send it to the bank",
# "Guests pay half of that", "Nobody enters without one".
LEANING = re.compile(
    r"""(?:that|so|nor|neither|likewise|instead|otherwise|similarly|conversely|then|yes|therefore|
    thus|hence|consequently|as\ a\ result|1\ \w+(?:s|ed)|if\ so|if\ not|(?:no|there)\ ,|
    the\ rest|the\ (?:first|second|third|last)\ (?:is|are|was|were|has|can|may|must|will)|
    \S+\ (?:it|them|him))\ .*
    |(?:except|unless|provided|excluding|otherwise|(?:but|and|or)\ (?:not|only|in|on|at|for))\ [^,]*
    |.*\b(?:likewise|(?:do|does|did)\ so|(?:with|without|for|needs?|has|have|gets?|buys?)\ 1)
    |.*\ that(?:\ ,.*)?|.*\b(?:do|does|did)\ so\b.*|yes|so|otherwise""",
    re.VERBOSE,
)
# Of what, isn't said where no noun follows: "Two were fined", "Some remain".
QUANTITY = re.compile(r"all|most|some|many|few|several|none|\d+")
NOUN = re.compile(r"of|people|children|men|women|staff|\w+s")
AUXILIARIES = _words("""
    is are was were be has have had does do did will would can could may might must shall should
""")
PRESENT = AUXILIARIES - _words("was were be has have had did would could might")
CONDITIONS = _words("if when whenever unless")
# Shorter than a sentence that says of what it speaks: "Not on Sundays".
FEWEST_WORDS = 4
# A colon behind more words than these opens no label.
LONGEST_LABEL = 11
# These mean who speaks, which a quote needn't say.
SPEAKERS = _words("I i me my mine myself")
# When this is, only who wrote it knows; "at that time" may be two sentences away.
NOW = re.compile(
    r"""\b(?:today|tonight|tomorrow|yesterday|(?:day|week|month|year)s?\ ago|
    (?:this|next|last)\ (?:week|month|year|season|term|\w*day|(?i:january|february|march|april|may|
    june|july|august|september|october|november|december)))\b
    |^(?:at|on|in|by|for|from|since|until)\ that\b""",
    re.VERBOSE,
)

# A sentence like this limits the one before it, or takes it back: "Only on Mondays", "Edit: wrong",
# "That was in 2019", "It now costs six", "The rule was repealed", "Guests may not".
TAKING_BACK = re.compile(
    r"""(?:except|unless|provided|excluding|otherwise|not|nope|only|or|but|however|yet|though|although|
    actually|sadly|unfortunately|sorry|oops|ignore|disregard|forget|crossed|at\ least|
    no\ longer)\b.*
    |(?:no|wait|wrong|correction|corrected|edit|edited|update|updated)(?:\ \W.*)?
    |(?:this|that|these|such|so)\b.*\b(?:not|no|never|longer|now|used|was|were|only|except\w*|unless|
    until|if|false|untrue|wrong|lies?|myth|hoax|rumou?r|claim\w*|said|says?|\w*\d|
    (?:forbid|ban|abol|repeal|revo[ck]|rescind|withdr[ae]w|cancel|overturn|deni|deny|reject|retract|
    correct|disput|end|expir|chang)\w*)\b.*
    |(?:it|they|he|she)\b.*\b(?:now|instead|longer|went|raised|lowered|increased|reduced|extended|
    (?:forbid|banned|abol|repeal|revo[ck]|withdr[ae]w|cancel|reject|retract|end|expir|chang)\w*)\b.*
    |(?:.*\b(?:is|are|was|were|be|been|being|the|an?|now|later|since|just|then)\ )?
    (?:exceptions?|excepted|exempt\w*|kidding|jok(?:e|ing)|hoax|myth|false|untrue|dropped|lost|
    scrapped|defeated|obsolete|outdated|superseded|scratch|
    (?:abol|repeal|revo[ck]|rescind|withdr[ae]w|cancel|overturn|reject|retract|discontinu)\w*)\b.*
    |.*\ (?:that\ is|(?:is|are|do|does|can|may|must|will|shall|should)\ not)""",
    re.VERBOSE,
)
# As does one that begins so and points: "Since May they open at ten."
FROM_NOW = _words("since from as starting effective now")
# What speaks of the text that it stands in, and says that this doesn't hold.
OF_TEXT = re.compile(
    r"""\b(?:following|below|above|everything|(?:this|these)\ (?:page|section|document|article|list|
    text|post|message|information|chapter|guide|table|rule|manual|entry|thread|story)s?)\b
    |^(?:\S+\ ){0,4}(?:outdated|obsolete|deprecated|superseded|drafts?)(?:\ \S+){0,2}$""",
    re.VERBOSE,
)
UNSAYING = re.compile(
    r"\b(?:out of date|no longer|outdated|obsolete|superseded|deprecated|drafts?|fiction\w*|fake|"
    r"hoax|jokes?|myths?|false|untrue|wrong|invalid|void|proposals?|proposed)\b"
)
NO_LONGER = re.compile(r"\b(?:no longer|not) (?:valid|in force|in use|current|up to date)\b")
# What a sentence supposes or reports so, those behind it in its paragraph may go on with.
CARRIED = re.compile(
    r"""(?:imagine|suppose|assum(?:e|ing)|pretend|say|let\ us|let's|picture|according|[<@]|\[\ \d)
    |.*\b(?:what\ if|rumou?rs?\ ha(?:s|ve)\ it|in\ \w+\ (?:dreams?|novel|story|book|film|game)|
    in\ \w+\ (?:perfect|ideal)\ world|claim(?:s|ed)|alleged|(?:said|thought|wrote|writes)\ that|
    (?:say|think|believe|argue|complain|allege|suggest|insist)(?:s|d|ed)?\ that)\b""",
    re.VERBOSE,
)

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
    if LEANING.fullmatch(" ".join(said)):
        return True
    if QUANTITY.fullmatch(said[0]) and (
        not AUXILIARIES.isdisjoint(said[1:2])
        or (said[0] != "1" and not any(map(NOUN.fullmatch, said[1:3])))
    ):
        return True
    for number, word in enumerate(said):
        if word in POINTERS:
            return said[number : number + 2] != ("those", "who")
        passed = word.lower() in UNMEANT or word in AUXILIARIES or word.endswith("ly")
        if word.isalpha() and not passed:
            return False
    return False


def goes_with(said: Words, before: Words) -> bool:
    """Whether the sentence before one is likely to say of whose thing that speaks: "The fee is"."""
    scoped = before[:1] and (before[0] in CONDITIONS or any(map(GROUPS.fullmatch, before)))
    return said[:1] == ("the",) and bool(scoped)


def points(said: Words) -> bool:
    """Whether a sentence may point at something that another one has to name."""
    return not PRONOUNS.isdisjoint(said)


def is_fragment(said: Words) -> bool:
    """Whether words may be too few for a sentence that says of what it speaks."""
    return sum(map(str.isalnum, said)) < FEWEST_WORDS and AUXILIARIES.isdisjoint(said)


def means_its_speaker(said: Words) -> bool:
    """Whether a sentence speaks of whoever says it, or of when that was."""
    speaks = not SPEAKERS.isdisjoint(word.split("'")[0] for word in said)
    return speaks or NOW.search(" ".join(said)) is not None


def takes_back(following: Words) -> bool:
    """Whether a sentence limits the one before it, or says that it doesn't hold."""
    first, *others = [word for word in following if word not in BRACKETS] or [""]
    from_now = first in FROM_NOW and not POINTERS.isdisjoint(following)
    return from_now or TAKING_BACK.fullmatch(" ".join((first.lower(), *others))) is not None


def unsays(said: Words) -> bool:
    """Whether a sentence says of the text that it stands in that it doesn't hold."""
    text = " ".join(said).lower()
    return bool(NO_LONGER.search(text) or (OF_TEXT.search(text) and UNSAYING.search(text)))


def carries(said: Words) -> bool:
    """Whether what follows a sentence may hold only where that does, or as somebody's speech."""
    label = said[: said.index(":")] if ":" in said[: LONGEST_LABEL + 1] else ()
    return (
        0 < len(label) < FEWEST_WORDS
        or any(map(TURNING.fullmatch, label))
        or CARRIED.match(" ".join(said).lower()) is not None
    )


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
