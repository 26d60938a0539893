"""What is a question, and what is none."""

import timeit

import pytest

from index import Index, is_question
from index.answer.question import Question


@pytest.mark.parametrize(
    "text",
    [
        "who wrote it",
        "What's the refund policy",
        "doesn't it rain",
        "can't I cancel",
        "¿dónde está?",
        "  How do I log in",
        "it broke. why?",
    ],
)
def test_a_question_mark_or_a_beginning_in_english_makes_a_question(text: str) -> None:
    assert is_question(text)


@pytest.mark.parametrize(
    "text",
    [
        "Wie lange ist der Film",
        "Wo finde ich die Anleitung",
        "Cómo instalo el mod",
        "Comment installer le mod",
        "hilfe ich kann mich nicht anmelden",
        "Help I can't log in",
        "login not working since update",
        "Need help with the installer",
        "wie starte ich den Server",
        "kann man hunde mitbringen",
        "Hi, wie starte ich den Server",
        "hallo zusammen kann man hunde mitbringen",
        "and who produced it",
        "and the music",
        "und die Musik",
        "gibt es eine App",
        "peut-on venir avec un chien",
        "est-ce que c'est ouvert",
        "où trouver le manuel",
        "puedo llevar perros",
        "alguien sabe cómo instalar",
        "posso levar cães",
        "como faço login",
        "onde fica",
        "hey does anyone know the price",
        "ok but how do I log in",
        "tell me about the cast",
        "erklär mir das Ende",
        "weiß jemand wann es losgeht",
        "braucht man ein visum",
        "starte ich den server neu",
        "je cherche le manuel",
        "I'm looking for the manual",
        "anyone know the wifi password",
        "wont start anymore",
        "server startet nicht",
        "no me funciona el login",
        "wann oeffnet ihr",
        "Darf ich rauchen",
        "Thanks! One more thing: how long is it",
        "this is a statement\nhow do I install it",
        "我怎么安装？",
        "qué significa esto",
        "any idea when it opens",
        "pourquoi ça marche pas",
        "Hallo! Ich habe eine Frage. Wie lange ist der Film",
        "brauche ich ein Ticket",
    ],
)
def test_a_question_needs_no_mark_in_five_languages(text: str) -> None:
    """Nor does a request, or a cry for help."""
    assert is_question(text)


@pytest.mark.parametrize("text", ["", "thanks!", "Whatever", "Isolde wrote it", "I know who", "🙂"])
def test_what_only_holds_such_words_or_letters_is_none(text: str) -> None:
    assert not is_question(text)


@pytest.mark.parametrize(
    "text",
    [
        "np, glad it works now",
        "brb dinner",
        "ok, will do",
        "will do!",
        "have a nice day",
        "see https://example.com/?a=1",
        "danke dir",
        "gern geschehen",
        "läuft jetzt",
        "super, danke",
        "de rien",
        "merci beaucoup",
        "de nada",
        "obrigado",
        "is working now, thanks",
        "what a relief",
        "lol",
        "that helped a lot",
        "got it",
        "great, I'll try that",
        "Andrew Haigh directed All of Us Strangers.",
        "thanks for the help",
        "glad I could help",
        "see you tomorrow",
        "no worries",
        "np",
        "same here",
        "alles klar",
        "bis morgen",
        "I restarted it and it runs now",
        "ja das war's",
        "c'est bon",
        "ça marche",
        "perfecto",
        "funciona, gracias",
        "funcionou, valeu",
        "jetzt geht es",
        "welcome back",
        "nice one",
        "hab's gefunden",
        "enjoy",
        "good night",
        "gute nacht",
        "bonne nuit",
        "buenas noches",
        "boa noite",
        "me too",
        "never mind",
        "nvm found it",
        "don't worry",
        "can't wait",
        "haha same",
        "afk 5 min",
    ],
)
def test_what_people_say_to_each_other_is_none(text: str) -> None:
    assert not is_question(text)


@pytest.mark.parametrize("text", ["is " * 20_000, "hi " * 20_000, "(" * 60_000, ". " * 30_000])
def test_a_text_of_any_length_is_looked_at_in_time(text: str) -> None:
    """Twice as much takes about twice as long."""

    def seconds(said: str) -> float:
        return min(timeit.repeat(lambda: is_question(said), number=1, repeat=5))

    assert seconds(f"np {text}") < 4 * seconds(f"np {text[: len(text) // 2]}") + 0.01


@pytest.mark.parametrize("text", ["thanks!", "ok cool, thank you", "Danke", "merci beaucoup"])
def test_a_word_of_thanks_goes_on_with_nothing(text: str) -> None:
    assert not Question(text, says=0.2).may_follow
    assert Question("and wasps?", says=0.2).may_follow


@pytest.mark.parametrize(
    ("asked", "meant"),
    [
        ("who directd all of us strangers?", "who directed all of us strangers?"),
        ("How do I bake bread?", "How do I bake bread?"),
        ("who does the cooking", "who does the cooking"),
    ],
)
def test_a_misspelt_word_is_mended_and_one_that_english_has_is_left(
    seeds_index: Index, asked: str, meant: str
) -> None:
    reply = seeds_index.answer(asked)
    assert (reply.understood or asked) == meant
