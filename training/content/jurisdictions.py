"""Whose law a box tells: organisations that make treaties and model laws, countries, and the reader's own country.

Names of countries are those of the Unicode Common Locale Data Repository in the languages of courses, as Babel has
them, and a few that States use for themselves.
"""

from functools import cache

from babel import Locale

from training.sentence import LANGUAGES

BODIES = {
    *("International", "Council of Europe", "United Nations", "European Union", "Arab States", "African Union"),
    *("ECOWAS", "Commonwealth", "Local law", "National law"),
    *("Conseil de l'Europe", "Nations Unies", "Union européenne", "États arabes", "Union africaine", "CEDEAO"),
    *("Droit international", "Droit local", "Droit national"),
    *("دولي", "مجلس أوروبا", "الأمم المتحدة", "الاتحاد الأوروبي", "الدول العربية", "الاتحاد الأفريقي", "الكومنولث"),
    *("إيكواس", "القانون المحلي", "القانون الوطني"),
}
OWN_NAMES = {"Cabo Verde", "Türkiye", "Czech Republic", "Ivory Coast", "United Kingdom", "United States of America"}


@cache
def known() -> frozenset[str]:
    """Every name that a law box may begin with, apostrophes as typed."""
    countries = {
        _plain(name)
        for language in LANGUAGES
        for code, name in Locale(language).territories.items()
        if len(code) == len("FR")  # numbers stand for continents
    }
    return frozenset(countries | {_plain(name) for name in BODIES | OWN_NAMES})


def split(title: str) -> tuple[str, str]:
    """Jurisdiction and title of a law box; the jurisdiction is empty where none stands there that is known."""
    name, colon, rest = title.partition(":")
    return (name.strip(), rest.strip()) if colon and rest.strip() and _plain(name.strip()) in known() else ("", title)


def _plain(name: str) -> str:
    return name.replace("\u2019", "'")
