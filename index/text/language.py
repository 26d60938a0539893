"""Which language a document is in; the only importer of the library that tells."""

from collections import Counter
from collections.abc import Iterable, Mapping
from functools import cache
from typing import TYPE_CHECKING

from index.errors import SettingsError

if TYPE_CHECKING:
    from py3langid.langid import LanguageIdentifier

AUTO = "auto"
NONE = "none"
FALLBACK = "english"
# Below this the guess is no better than what the other documents say.
SURE = 0.9
# Enough to be sure of a language, little enough to be quick.
SAMPLE_CHARS = 4000
# Snowball's names by the ISO 639-1 codes that the detector and the sentence splitter use.
NAMES = {
    "ar": "arabic",
    "ca": "catalan",
    "cs": "czech",
    "da": "danish",
    "de": "german",
    "el": "greek",
    "en": "english",
    "eo": "esperanto",
    "es": "spanish",
    "et": "estonian",
    "eu": "basque",
    "fa": "persian",
    "fi": "finnish",
    "fr": "french",
    "ga": "irish",
    "hi": "hindi",
    "hu": "hungarian",
    "hy": "armenian",
    "id": "indonesian",
    "it": "italian",
    "lt": "lithuanian",
    "nb": "norwegian",
    "ne": "nepali",
    "nl": "dutch",
    "no": "norwegian",
    "pl": "polish",
    "pt": "portuguese",
    "ro": "romanian",
    "ru": "russian",
    "sr": "serbian",
    "sv": "swedish",
    "ta": "tamil",
    "tr": "turkish",
    "yi": "yiddish",
}
CODES = {name: code for code, name in NAMES.items()}


def check(language: str) -> None:
    """Refuse a language that has no stemmer.

    Raises:
        SettingsError: names those that have one.
    """
    known = [AUTO, NONE, *sorted(CODES)]
    if language not in known:
        message = f"`index.language` should be one of {', '.join(known)}, but is {language!r}"
        raise SettingsError(message)


def settle(detected: Mapping[str, str], setting: str) -> dict[str, str]:
    """Return the language of each text, by its key.

    That is the setting, unless it is "auto"; one that couldn't be told is what most others are in.
    """
    if setting != AUTO:
        return dict.fromkeys(detected, setting)
    common = most_common(language for language in detected.values() if language)
    return {key: language or common for key, language in detected.items()}


def most_common(languages: Iterable[str] | Mapping[str, int]) -> str:
    """Return the language that most documents are in, of all theirs or of how many are in each."""
    counted = Counter(languages).most_common(1)
    return counted[0][0] if counted else FALLBACK


def detect(text: str) -> str:
    """Return the language of a text: a stemmer's name, "none" where there is no stemmer.

    Empty for a text too short or too mixed to tell.
    """
    code, share = _identifier().classify(text[:SAMPLE_CHARS])
    if code == "zxx" or share < SURE:
        return ""
    return NAMES.get(code, NONE)


@cache
def _identifier() -> "LanguageIdentifier":
    # Imported here: what cuts documents needs the names alone, and has little memory.
    from py3langid.langid import MODEL_FILE, LanguageIdentifier  # noqa: PLC0415

    return LanguageIdentifier.from_model_file(MODEL_FILE, norm_probs=True)
