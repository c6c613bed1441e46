"""The language of a page: chosen by the account, then by a cookie, then by the browser."""

from pathlib import Path

from babel import Locale
from flask import Flask, g, request
from flask_babel import Babel, get_locale

from training.settings import Settings

FOLDER = Path(__file__).parent / "translations"
LANGUAGES = {"en": "English", "ar": "العربية"}
THEMES = ("auto", "light", "dark")


def init(app: Flask, settings: Settings) -> None:
    """Choose a language for each request and tell templates its direction."""

    def choose() -> str:
        wanted = g.get("language") or request.cookies.get("language")
        if wanted in LANGUAGES:
            return str(wanted)
        return request.accept_languages.best_match(list(LANGUAGES), settings.language) or settings.language

    app.config["BABEL_TRANSLATION_DIRECTORIES"] = str(FOLDER)
    app.config["BABEL_DEFAULT_TIMEZONE"] = "UTC"
    Babel(app, locale_selector=choose)

    @app.context_processor
    def _names() -> dict[str, object]:
        locale = get_locale() or Locale("en")
        return {
            "lang": locale.language,
            "direction": locale.text_direction,
            "languages": LANGUAGES,
            "theme": g.get("theme") or request.cookies.get("theme", "auto"),
        }
