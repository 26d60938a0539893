"""Kinds of facts: what their lines are called, what values they have, how they are asked for.

Names and values are drawn from lists and patterns, never from a document of ours or of an
evaluation set.
"""

import random
from collections.abc import Callable
from dataclasses import dataclass

from tests.tools.reader.listed import listed

FIRST = listed(
    "Mara Jonas Ines Tobias Lena Oskar Priya Diego Hana Felix Noor Emil Rosa Viktor Aiko Bram "
    "Celia Dario Edith Farid Greta Hugo Ivana Kofi Linus Maeve Nadia Otto Petra Quinn Rafael "
    "Selma Tomas Una Wanda Yusuf Zofia Amara Ben Clara",
)
LAST = listed(
    "Lindqvist Okafor Marchetti Tanaka Brandt Novak Silva Haddad Kowalski Ferreira Jensen Moreau "
    "Petrov Castillo Whitfield Sato Ramos Keller Adeyemi Vargas Larsen Bianchi Dvorak Costa Meyer "
    "Horvat Rossi Nakamura Fischer Duarte Olsen Farkas Weaver Stone Marsh Holloway Pike Granger",
)
ADJECTIVES = listed(
    "Silent Crimson Hollow Golden Broken Distant Velvet Iron Pale Burning Hidden Frozen Amber "
    "Last Northern Lunar Wild Copper Shallow Bright",
)
NOUNS = listed(
    "Harbor Garden River Lantern Tower Orchard Signal Meadow Compass Mirror Bridge Station Falcon "
    "Island Forge Archive Canyon Tide Beacon Engine Valley Crown",
)
PLACES = listed(
    "Lisbon Oslo Kraków Montréal Valparaíso Leeds Porto Graz Nairobi Osaka Tallinn Bergen Seville "
    "Ghent Riga Turin Bologna Cork Aarhus Brno Halifax Dunedin Perth Lyon",
)
COUNTRIES = listed(
    "Portugal|Norway|Poland|Canada|Chile|United "
    "Kingdom|Austria|Kenya|Japan|Estonia|Spain|Belgium|Latvia|Italy|Ireland|Denmark|Czech "
    "Republic|New Zealand|Australia|France|Germany|Mexico",
    "|",
)
MONTHS = listed(
    "January February March April May June July August September October November December",
)
LANGUAGES = listed(
    "English French German Spanish Japanese Polish Portuguese Korean Italian Danish",
)
HOUSES = listed(
    "Hall Museum Café Library Arena Center Club",
)
DISHES = listed(
    "stew pie noodles bread curry salad dumplings soup",
)
COMPANY = listed(
    "Works Pictures Studios Labs Media Records Interactive Group Press House Systems",
)


def person(rng: random.Random) -> str:
    """A name."""
    return f"{rng.choice(FIRST)} {rng.choice(LAST)}"


def persons(rng: random.Random) -> str:
    """One to three names."""
    return ", ".join(person(rng) for _ in range(rng.choice((1, 1, 2, 3))))


def company(rng: random.Random) -> str:
    """A company's name."""
    return f"{rng.choice(NOUNS)} {rng.choice(COMPANY)}"


def day(rng: random.Random) -> str:
    """A date in one of several forms."""
    month, number, year = rng.randrange(12), rng.randint(1, 28), rng.randint(1950, 2026)
    return rng.choice(
        (
            f"{number} {MONTHS[month]} {year}",
            f"{MONTHS[month]} {number}, {year}",
            f"{year}-{month + 1:02}-{number:02}",
        )
    )


def among(*choices: str) -> Callable[[random.Random], str]:
    """One of the choices."""
    return lambda rng: rng.choice(choices)


def number(low: int, high: int, *units: str, step: int = 1) -> Callable[[random.Random], str]:
    """A number with one of the units after it."""

    def made(rng: random.Random) -> str:
        value = rng.randrange(low, high + 1, step)
        text = f"{value:,}" if rng.random() < 0.5 else str(value)
        return f"{text} {rng.choice(units)}".strip() if units else text

    return made


def money(rng: random.Random) -> str:
    """An amount of money."""
    return rng.choice(
        (
            f"${rng.randint(1, 400)} million",
            f"€{rng.randint(1, 90)}.{rng.randint(1, 9)} million",
            f"${rng.randint(5, 900)}",
            f"{rng.randint(5, 400)} €",
        )
    )


def title(rng: random.Random) -> str:
    """The name of a work."""
    return rng.choice(
        (
            f"The {rng.choice(ADJECTIVES)} {rng.choice(NOUNS)}",
            f"{rng.choice(ADJECTIVES)} {rng.choice(NOUNS)}",
            f"{rng.choice(NOUNS)} of {rng.choice(PLACES)}",
        )
    )


def version(rng: random.Random) -> str:
    """A version."""
    return f"{rng.randint(0, 12)}.{rng.randint(0, 20)}.{rng.randint(0, 9)}"


@dataclass(frozen=True, slots=True)
class Fact:
    """A kind of fact: its lines' names, its values, and how it is asked for ({} the thing)."""

    keys: tuple[str, ...]
    value: Callable[[random.Random], str]
    asked: tuple[str, ...]


def fact(keys: str, value: Callable[[random.Random], str], asked: str) -> Fact:
    """A fact from lists with bars between."""
    return Fact(tuple(keys.split("|")), value, tuple(asked.split("|")))


PERSON_DIED = fact(
    "Died|Date of death",
    day,
    "when did {} die?|{} date of death|how did it end for {}, when was the death?",
)
WORK = (
    fact(
        "Director|Directed by",
        person,
        "who directed {}?|who made {}?|whose film is {}|who was in the director's chair for {}?",
    ),
    fact(
        "Written by|Screenplay|Screenwriter|Writer",
        persons,
        "who wrote {}?|who is the script of {} by?|{} writer|whose screenplay is {}?",
    ),
    fact(
        "Music|Music by|Composer|Score",
        person,
        "who composed the music for {}?|who did the soundtrack of {}?|who scored {}?|{} composer",
    ),
    fact(
        "Running time|Runtime|Length",
        number(70, 210, "minutes", "min", "mins"),
        "how long is {}?|how many minutes does {} take?|{} runtime|is {} longer than two hours?",
    ),
    fact(
        "Release date|Released|Premiere",
        day,
        "when did {} come out?|release date of {}|when could people first see {}?|"
        "what day was {} released?",
    ),
    fact(
        "Budget|Production budget",
        money,
        "how much did {} cost to make?|{} budget|what was spent on making {}?",
    ),
    fact(
        "Box office|Gross",
        money,
        "how much money did {} earn?|{} box office|what did {} take in at cinemas?",
    ),
    fact(
        "Country|Country of origin",
        among(*COUNTRIES),
        "which country is {} from?|where was {} made?",
    ),
    fact(
        "Language|Original language",
        among(*LANGUAGES),
        "what language is {} in?|{} language|which language do they speak in {}?",
    ),
    fact(
        "Cinematography|Cinematographer|Director of photography",
        person,
        "who shot {}?|{} cinematographer|who was behind the camera on {}?",
    ),
    fact("Editing|Edited by|Editor", person, "who edited {}?|who cut {}?|{} editor"),
    fact("Starring|Cast", persons, "who is in {}?|who plays in {}?|cast of {}"),
    fact(
        "Distributor|Distributed by",
        company,
        "who distributes {}?|which company brought {} to cinemas?",
    ),
    fact(
        "Genre",
        among("drama", "thriller", "comedy", "science fiction", "documentary", "romance", "horror"),
        "what kind of film is {}?|{} genre",
    ),
    fact(
        "Filming location|Filmed in|Location",
        among(*PLACES),
        "where was {} shot?|which city was {} filmed in?",
    ),
    fact(
        "Rating|Age rating|Certificate",
        among("12", "15", "18", "PG-13", "R", "16"),
        "how old do you have to be for {}?|{} age rating|can kids watch {}?",
    ),
)
GAME = (
    fact("Developer|Developed by", company, "who developed {}?|which studio made {}?|{} dev"),
    fact("Publisher", company, "who published {}?|{} publisher"),
    fact(
        "Engine|Game engine",
        among("Unity", "Godot 4", "Unreal Engine 5", "Source", "a custom engine", "GameMaker"),
        "what engine does {} run on?|what is {} built with?",
    ),
    fact(
        "Platforms|Available on",
        among(
            "Windows, Linux",
            "PC and Switch",
            "PlayStation 5, Xbox Series X",
            "Android, iOS",
            "macOS",
        ),
        "where can I play {}?|is {} on console?|{} platforms",
    ),
    fact(
        "Players|Max players|Player limit",
        number(2, 128, "", "players"),
        "how many people can play {} together?|max players {}|how many of us fit in one {} match?",
    ),
    fact("Price", money, "how much is {}?|what does {} cost?"),
    fact(
        "Disk space|Storage|Size",
        number(1, 180, "GB"),
        "how big is the {} download?|how much disk does {} need?",
    ),
    fact(
        "Minimum RAM|Memory",
        number(2, 32, "GB", "GB RAM"),
        "how much ram for {}?|will {} run with 8 gigs?",
    ),
    fact(
        "Latest version|Version|Stable release",
        version,
        "what's the newest version of {}?|{} current version",
    ),
    fact("Release date|Released", day, "when was {} released?|since when is {} out?"),
    fact(
        "License|Licence",
        among("MIT", "GPL-3.0", "Apache-2.0", "proprietary", "BSD-3-Clause", "AGPL-3.0"),
        "what licence is {} under?|is {} open source?",
    ),
    fact(
        "Default port|Port",
        number(1024, 49000),
        "which port does {} use?|what port do I open for {}?|{} port",
    ),
    fact("Maintainer|Contact", person, "who maintains {}?|who do I write to about {}?"),
    fact(
        "Written in|Programming language",
        among("Rust", "Go", "C++", "Python", "Java", "TypeScript"),
        "what is {} written in?|{} programming language",
    ),
    fact("Tick rate", number(20, 128, "Hz"), "what tickrate do {} servers run?|{} tick rate"),
    fact(
        "Save folder|Save location",
        among(
            "~/.local/share/saves", "Documents/My Games", "AppData/Roaming", "the install folder"
        ),
        "where are {} saves kept?|where do I find my {} save files?",
    ),
)
PLACE = (
    fact(
        "Opening hours|Hours|Open",
        among(
            "Mon–Fri 9:00–18:00",
            "daily 10 am to 8 pm",
            "Tue–Sun 11:00–19:00",
            "weekdays 8–16",
            "Sat and Sun only, 12–17",
        ),
        "when is {} open?|what are the hours of {}?|can I go to {} on a Sunday?",
    ),
    fact(
        "Address",
        lambda r: f"{r.randint(1, 240)} {r.choice(NOUNS)} Street, {r.choice(PLACES)}",
        "where is {}?|{} address|what street is {} on?",
    ),
    fact(
        "Phone|Telephone",
        lambda r: f"+{r.randint(30, 99)} {r.randint(100, 999)} {r.randint(1000, 9999)}",
        "what number do I call for {}?|{} phone",
    ),
    fact(
        "Entry fee|Admission|Ticket price",
        money,
        "what does it cost to get into {}?|{} ticket price|how much is entry to {}?",
    ),
    fact(
        "Capacity|Seats",
        number(20, 9000, "", "people", "seats"),
        "how many people fit into {}?|{} capacity",
    ),
    fact(
        "Founded|Established|Opened",
        day,
        "when was {} founded?|since when does {} exist?|how old is {}?",
    ),
    fact("Architect", person, "who designed {}?|{} architect"),
    fact("Manager|Director|Head", person, "who runs {}?|who is in charge of {}?"),
    fact("Owner", company, "who owns {}?|who does {} belong to?"),
    fact(
        "Parking",
        among("40 spaces behind the building", "none", "street parking only", "free for two hours"),
        "can I park at {}?|where do I leave my car at {}?",
    ),
    fact(
        "Wi-Fi password|Wi-Fi",
        lambda r: f"{r.choice(NOUNS).lower()}{r.randint(10, 99)}",
        "what's the wifi at {}?|{} wifi password",
    ),
    fact(
        "Nearest stop|Public transport",
        lambda r: f"{r.choice(NOUNS)} Square (line {r.randint(1, 12)})",
        "how do I get to {} by bus?|what stop is near {}?",
    ),
    fact(
        "Floor area|Area|Size",
        number(40, 9000, "m²", "square metres"),
        "how large is {}?|floor area of {}",
    ),
    fact("Height", number(8, 300, "m", "metres"), "how tall is {}?|how high does {} go?"),
)
ENTRY = (
    fact(
        "Servings|Serves|Yield",
        number(2, 12, "", "people", "portions"),
        "how many does {} feed?|{} servings",
    ),
    fact(
        "Prep time|Preparation",
        number(5, 60, "minutes", "min", step=5),
        "how long does it take to prepare {}?|{} prep time",
    ),
    fact(
        "Cook time|Baking time",
        number(10, 240, "minutes", "min", step=5),
        "how long does {} go in the oven?|cooking time for {}",
    ),
    fact(
        "Oven|Temperature",
        number(140, 250, "°C", step=5),
        "how hot should the oven be for {}?|what temperature for {}?",
    ),
    fact(
        "Allergens|Contains",
        among("nuts", "gluten, milk", "egg", "none", "soy, sesame", "shellfish"),
        "can I eat {} with a nut allergy?|what allergens are in {}?",
    ),
    fact("Calories|Energy", number(120, 950, "kcal"), "how many calories does {} have?|{} kcal"),
    fact(
        "Difficulty",
        among("easy", "medium", "hard", "beginner"),
        "how hard is {} to make?|is {} for beginners?",
    ),
    fact(
        "Keeps for|Storage",
        among("3 days in the fridge", "two weeks in a jar", "one day", "3 months frozen"),
        "how long does {} keep?|can I freeze {}?",
    ),
    fact("Source|Author", person, "who is the recipe for {} from?|who came up with {}?"),
    fact("Sugar", number(10, 400, "g", step=5), "how much sugar goes in {}?"),
    fact("Flour", number(50, 900, "g", step=10), "how much flour for {}?"),
    fact(
        "Season",
        among("spring", "summer", "autumn", "winter", "all year"),
        "when do you make {}?|what time of year is {} for?",
    ),
)
LIFE = (
    fact("Born|Date of birth", day, "when was {} born?|{} birthday|how old is {}?"),
    fact(
        "Birthplace|Place of birth|From",
        among(*PLACES),
        "where is {} from?|which town was {} born in?",
    ),
    fact(
        "Occupation|Job|Role",
        among(
            "engineer",
            "screenwriter",
            "moderator",
            "nurse",
            "biologist",
            "treasurer",
            "producer",
            "cellist",
        ),
        "what does {} do?|what is {}'s job?|{} occupation",
    ),
    fact("Spouse|Married to|Partner", person, "who is {} married to?|{} partner"),
    fact(
        "Education|Alma mater",
        lambda r: f"University of {r.choice(PLACES)}",
        "where did {} study?|{} university",
    ),
    fact("Nationality", among(*COUNTRIES), "what country does {} come from?|{} nationality"),
    fact("Height", number(150, 205, "cm"), "how tall is {}?"),
    fact(
        "E-mail|Email|Contact",
        lambda r: f"{r.choice(FIRST).lower()}@{r.choice(NOUNS).lower()}.example",
        "how do I reach {}?|{} email address",
    ),
    fact("Joined|Member since|Started", day, "when did {} join?|since when is {} with us?"),
    fact(
        "Time zone|Timezone",
        among("UTC", "UTC+2", "CET", "EST", "UTC-8", "JST"),
        "what time zone is {} in?|{} tz",
    ),
    fact(
        "Team|Department",
        among("Infrastructure", "Moderation", "Finance", "Events", "Support", "Art"),
        "which team is {} on?|what department does {} work in?",
    ),
    fact(
        "Office hours|Available",
        among("Tuesdays 14:00–16:00", "weekday mornings", "Fri 9–11", "by appointment"),
        "when can I talk to {}?|{} office hours",
    ),
    PERSON_DIED,
)
# The facts of a kind of thing, how one is named, and what it is called where all know which.
SHEETS: tuple[tuple[tuple[Fact, ...], Callable[[random.Random], str], str], ...] = (
    (WORK, title, "the movie"),
    (GAME, title, "the game"),
    (PLACE, lambda rng: f"{rng.choice(NOUNS)} {rng.choice(HOUSES)}", "the place"),
    (ENTRY, lambda rng: f"{rng.choice(ADJECTIVES).lower()} {rng.choice(DISHES)}", "this recipe"),
    (LIFE, person, "this person"),
)
