"""The small words of English that questions are built of, by what they do in one."""

import re


def _class(words: str) -> frozenset[str]:
    return frozenset(words.split())


ENGLISH = _class("english lovins porter")

# The word for "and", by Snowball language.
AND = {
    "danish": _class("og"),
    "dutch": _class("en"),
    "finnish": _class("ja entä"),
    "french": _class("et"),
    "german": _class("und"),
    "hungarian": _class("és"),
    "italian": _class("e ed"),
    "norwegian": _class("og"),
    "portuguese": _class("e"),
    "romanian": _class("și"),
    "russian": _class("и а"),
    "spanish": _class("y e"),
    "swedish": _class("och"),
    "turkish": _class("ve peki"),
}
OPENER = re.compile(
    r"(?:(?:ok|okay|thanks|thank you|great|cool|nice)\b[\s,.!]*)?"
    r"(?:(?:and|also|what about|how about)\b[\s,:]*)+",
    re.IGNORECASE,
)

ASKING = _class("what which who whom whose when where why how")
AUXILIARY = _class(
    "is are was were am be been being do does did has have had can could will would shall should "
    "may might must isn aren wasn weren don doesn didn hasn haven hadn couldn wouldn shouldn"
)
POSSESSIVE = _class("his her hers its their theirs")
NOMINATIVE = _class("he she it they")
PRONOUN = POSSESSIVE | NOMINATIVE | _class("him them")
# These point out of a question wherever they stand, the others only where nothing follows them.
POINTING = _class("this these")
POINTING_LAST = _class("that those there")
# What a topic doesn't begin with.
LEADING = PRONOUN | _class("i we you there")
PREPOSITION = _class(
    "in on at of for from by with about to under over after before during into without between "
    "against as since until through"
)
BOUNDARY = ASKING | _class(
    "while after before because since if that and but or as than until to although though whether"
)
COURTESY = _class(
    "thanks thank thx you hi hello hey ok okay yes yeah no nope cool great nice good perfect "
    "awesome bye sorry wow lol sure right please"
)
# "It" stands for nothing before these: "how long does it take to", "is it true that".
IMPERSONAL = _class(
    "take takes cost costs mean means possible necessary legal illegal allowed true easy easier "
    "hard harder difficult important safe fair better worth common known said believed thought "
    "called held to that if when until from"
)
# … if one of these follows, with what it does stand for.
MEANT = _class("to that if when until from")
CLOSED = (
    ASKING
    | AUXILIARY
    | PRONOUN
    | POINTING
    | POINTING_LAST
    | PREPOSITION
    | BOUNDARY
    | COURTESY
    | _class(
        "a an the some any not all each every both another other i me my we us our your himself "
        "herself itself themselves else one ones then now too also so again already just only "
        "even ever still very more most many much few actually exactly s t d ll re ve m here up "
        "out off down own same"
    )
)
