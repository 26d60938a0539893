"""What a sentence can't be told without: headings that turn it, what it points at, who says it.

The lists are of English words and lean to leaving out: what they hold without need costs a
sentence, what they lack could let a false one through.
"""

import re
from collections.abc import Sequence

from index.answer.wording import Words


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


# A heading or a lead-in with one of these may say that what is below holds not, or not always.
TURNING = re.compile(
    r"""no|not|non|nor|none|never|nothing|nobody|neither|without|except\w*|exclu\w+|unless|until|
    till|if|whether|once|while|before|after|during|since|when|only|but|instead|rather|unlike|versus|
    vs|against|opposite|contrary|otherwise|almost|nearly|hardly|former\w*|previous\w*|old|older|past|
    obsolete|outdated|deprecated|legacy|archived?|remov\w+|delet\w+|discontinu\w+|expired?|ended|
    abol\w+|repeal\w*|revo[ck]\w+|rescind\w*|withdr[ae]w\w*|cancel\w+|suspend\w+|postpon\w+|closed|
    closure|reject\w*|refus\w+|den(?:y|ies|ied)|declin\w+|veto\w*|dismiss\w+|fail\w*|unable|bans?|
    banned|forbid\w*|prohibit\w*|disallow\w*|illegal|unlawful|avoid|stop|false\w*|untrue|wrong\w*|
    incorrect\w*|mistak\w+|misconception\w*|myths?|hoax\w*|rumou?r\w*|lies?|lied|fakes?|fiction\w*|
    legends?|jokes?|parody|satire|propos\w+|planned|draft\w*|tentative\w*|provisional\w*|pending|
    upcoming|future|possibl[ey]|optional\w*|unconfirmed|hypothe\w+|suppos\w+|imagin\w+|examples?|
    claim(?:ed|s)|alleg\w+|accus\w+|says?|said|according|opinions?|critic\w*|beliefs?|believed?|
    doubt\w*|disput\w+|temporar\w+|winter|summer|spring|autumn|holidays?|weekends?|weekdays?|
    (?:mon|tues|wednes|thurs|fri|satur|sun)days?|january|february|march|april|may|june|july|august|
    september|october|november|december|\w*\d.*""",
    re.IGNORECASE | re.VERBOSE,
)
# A heading that begins with one of these says when, where or for whom.
SCOPING = _words("for in on at with from by under outside inside within between to as")

# After these it may go on with a comma as well: "On Sundays, the gate is closed."
OPENING = SCOPING | _words("if when while before after during until since")

# What stands for something said before, unless what precedes it in its sentence can be meant.
POINTERS = _words("""
    it its itself he him his himself she her hers herself they them their theirs themselves this
    these those such latter other others another both either same here
""")
# The same at the beginning of a sentence alone.
FIRST_POINTERS = _words("""
    that so nor neither likewise instead otherwise similarly conversely then yes
""")
# Of what, isn't said where a verb follows: "two were fined".
QUANTITIES = _words("all most some many few several none each every")
AUXILIARIES = _words("""
    is are was were be has have had does do did will would can could may might must shall should
""")
# Shorter than a sentence that says of what it speaks: "Not on Sundays".
FEWEST_WORDS = 4
# These mean who speaks, which a quote needn't say.
SPEAKERS = _words("I me my mine myself")
# What no pointer means.
UNMEANT = _words("""
    a an the in on at by for with to from of as and or but if when while after before since until
    till because although though during within without not been later now today tomorrow yesterday
    soon there who year years month months week weeks day days time january february march april may
    june july august september october november december monday tuesday wednesday thursday friday
    saturday sunday
""")

# A sentence that begins so limits the one before it, or takes it back.
EXCEPTING = _words("except unless provided excluding otherwise")
LIMITING = EXCEPTING | _words("not only or")
POINTING_BACK = _words("this that these such so")
RETRACTING = re.compile(
    r"""not|no|never|longer|was|were|only|except\w*|unless|until|if|false|untrue|wrong|lies?|myth|
    hoax|rumou?r|claim\w*|said|says?|\w*\d.*|
    (?:abol|repeal|revo[ck]|rescind|withdr[ae]w|cancel|overturn|deni|deny|reject|retract|correct|
    disput|end|expir|chang)\w*""",
    re.VERBOSE,
)

BRACKETS = frozenset("([\"'")

# Marks that open and close more than one sentence at times; where one closes as it opens, alone.
PAIRS = (
    (re.compile(r'["“”„«»]'), None),
    (re.compile("~~|```"), None),
    (re.compile(r"\(|<!--|<(?:del|s|strike|q|blockquote)>"), re.compile(r"\)|-->|</\w+>")),
    (re.compile(r"(?<!\w)['‘](?=\w)"), re.compile(r"(?<=[\w.,!?…])['’](?!\w)")),
)


def needs(label: Words, said: Words) -> bool:
    """Whether what stands below a heading or lead-in mustn't be said without it.

    It may if it has itself all that could turn it.
    """
    if label[0] in SCOPING:
        return not {*label} <= {*said}
    return not {word for word in label if TURNING.fullmatch(word)} <= {*said}


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
    if second in AUXILIARIES and (first in QUANTITIES or first.isdigit()):
        return True
    for number, word in enumerate(said):
        if word in POINTERS:
            return said[number : number + 2] != ("those", "who")
        passed = word.lower() in UNMEANT or word in AUXILIARIES or word.endswith("ly")
        if word.isalpha() and not passed:
            return False
    return False


def is_fragment(said: Words) -> bool:
    """Whether words may be too few for a sentence that says of what it speaks."""
    return sum(map(str.isalnum, said)) < FEWEST_WORDS and AUXILIARIES.isdisjoint(said)


def means_its_speaker(said: Words) -> bool:
    """Whether a sentence speaks of whoever says it."""
    return not SPEAKERS.isdisjoint(said) or said[0] in {"i", "i'm"}


def takes_back(following: Words) -> bool:
    """Whether a sentence limits the one before it, or says that it doesn't hold."""
    first, *others = [word for word in following if word not in BRACKETS] or [""]
    first = first.lower()
    return first in LIMITING or (
        first in POINTING_BACK and any(RETRACTING.fullmatch(word) for word in others)
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
    return outside
