"""The three languages of the texts for payers, and which one a request asks for."""

from enum import StrEnum
from typing import Final, NamedTuple

from flask import request


class Language(StrEnum):
    UZBEK = "uz"
    RUSSIAN = "ru"
    ENGLISH = "en"


DEFAULT: Final = Language.UZBEK


class Text(NamedTuple):
    """One sentence or two, Uzbek in Latin script."""

    uz: str
    ru: str
    en: str

    def spoken(self, language: Language) -> str:
        spoken: str = getattr(self, language.value)
        return spoken


def asked() -> Language:
    """`?language=` if it is one of ours, else what Accept-Language likes best of ours, else Uzbek."""
    named = request.args.get("language", "")
    if named in [language.value for language in Language]:
        return Language(named)
    return Language(request.accept_languages.best_match([language.value for language in Language], DEFAULT.value))
