"""The language of a page: chosen by the account, then by a cookie, then by the browser."""

from decimal import Decimal
from functools import cache
from pathlib import Path
from typing import cast

from babel import Locale
from babel.support import NullTranslations, Translations
from flask import Flask, Request, g, request
from flask_babel import Babel, format_decimal, get_locale

from training.sentence import LANGUAGES, Part, Sentence, Translated
from training.web.rooms import rooms

FOLDER = Path(__file__).parent / "translations"
THEMES = ("auto", "light", "dark")


def init(app: Flask) -> None:
    """Choose a language for each request and tell templates its direction."""
    app.config["BABEL_TRANSLATION_DIRECTORIES"] = str(FOLDER)
    app.config["BABEL_DEFAULT_TIMEZONE"] = "UTC"
    Babel(app, locale_selector=lambda: chosen(request, g.get("language"), rooms().settings.language))
    app.jinja_env.install_gettext_callables(  # type: ignore[attr-defined]  # of Jinja's extension for translations
        lambda text: catalogue().ugettext(text), lambda one, many, n: catalogue().ungettext(one, many, n), newstyle=True
    )
    # Whatever a template writes passes here: sentences of services and of grading need no mark where they are shown.
    app.jinja_env.finalize = spoken

    @app.context_processor
    def _names() -> dict[str, object]:
        locale = get_locale() or Locale("en")
        return {
            "lang": locale.language,
            "direction": locale.text_direction,
            "languages": LANGUAGES,
            "theme": g.get("theme") or request.cookies.get("theme", "auto"),
        }


def chosen(request: Request, of_account: str | None, of_site: str) -> str:
    """The language for the sender of a request."""
    wanted = of_account or request.cookies.get("language")
    if wanted in LANGUAGES:
        return str(wanted)
    return request.accept_languages.best_match(list(LANGUAGES), of_site) or of_site


def reading_language() -> str:
    """The language that the reader of this request wants, by its two letters."""
    return (get_locale() or Locale("en")).language


def turned() -> bool:
    """Whether the page of this request reads from right to left."""
    return (get_locale() or Locale("en")).text_direction == "rtl"


def catalogue() -> NullTranslations:
    """The translations for the reader of this request. A page asks for hundreds of strings: looked up once."""
    found = g.get("catalogue")
    if found is None:
        found = g.catalogue = _load(str(get_locale() or "en"))
    return cast("NullTranslations", found)


@cache
def _load(language: str) -> NullTranslations:
    return Translations.load(FOLDER, [language])


def spoken(said: object) -> object:
    """A sentence or a translated text in the language of the reader; anything else as it is. Needs a request."""
    if isinstance(said, Translated):
        return said.others.get(reading_language(), str(said))
    if not isinstance(said, Sentence) or not said:  # the empty pattern is a catalogue's own name for its header
        return said
    many = said.many and catalogue().ungettext(said.pattern, said.many, cast("int", said.values["num"]))
    pattern = many or catalogue().ugettext(said.pattern)
    return pattern % {name: _value(one) for name, one in said.values.items()} if said.values else pattern


def _value(value: Part) -> object:
    if isinstance(value, str):
        return spoken(value)
    if isinstance(value, int):
        return format_decimal(value)
    return format_decimal(Decimal(f"{value:.4g}"), format="#,##0.##########")  # four digits that count, as in English
