"""Messages that ask nothing themselves: they point to what asks, or only greet."""

import re

from index import is_courtesy

WORDS = re.compile(r"\w+")
# What asks for help with something that stands elsewhere; a message with any other word asks
# itself. One line each for English, German, French, Spanish and Portuguese.
POINTING = frozenset(
    WORDS.findall(
        "can could would will you u someone somebody anyone anybody here pls plz help me us this "
        "that it these the question above below answer know does do any idea ideas see read look "
        "at title subject attached attachment file one my i we have has got same need needs want "
        "asked asks explain reply respond assist thoughts takers bot for her him he she they to of "
        "on in with and or a an is are there maybe guys lads "
        "kannst könntest könnt kann du ihr sie mal hilf hilfst helfen hilfe mir uns das dies diese "
        "die frage antwort antworte beantworten jemand weiß weiss wer hier oben siehe titel "
        "peux peut pouvez tu vous aider aide moi nous stp svp s il te plaît répondre réponds à ça "
        "cette ici voir titre quelqu un sait "
        "puedes puede podrías ayudar ayuda ayudarme me nos por favor responder responde a esto eso "
        "esta pregunta aquí ver título alguien sabe "
        "pode podes você ajudar ajuda responda isto isso aqui alguém"
    )
)
TITLE = frozenset(
    [
        "title",
        "headline",
        "subject",
        "topic",
        "titel",
        "betreff",
        "titre",
        "titulo",
        "título",
        "asunto",
    ]
)
GREETINGS = frozenset(["hi", "hello", "hey", "hallo", "moin", "bonjour", "salut", "hola", "olá"])


def points(text: str) -> bool:
    """Whether a message has no word, or but such that ask for help with something else."""
    words = WORDS.findall(text.casefold())
    return all(word in POINTING or is_courtesy(word) for word in words)


def greets(text: str) -> bool:
    """Whether a message is but a greeting, which has nothing before it to be about."""
    return is_courtesy(text) and not GREETINGS.isdisjoint(WORDS.findall(text.casefold()))


def points_to_title(text: str) -> bool:
    """Whether the text of a post leaves the question to its title: "title says it all"."""
    return not TITLE.isdisjoint(WORDS.findall(text.casefold()))
