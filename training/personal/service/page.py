"""The page of an export that people open first, in their language: what is in it, in words."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from babel import Locale
from babel.support import NullTranslations, Translations
from jinja2 import Environment, FileSystemLoader

from training.sentence import Sentence

HERE = Path(__file__).parent.parent
CATALOGUES = HERE.parent / "web" / "translations"
STYLE = HERE / "export.css"


@dataclass(frozen=True, slots=True)
class Section:
    """One table of an export, as its page shows it: the first rows of `count`, cells as text."""

    name: str
    title: str
    columns: Sequence[str]
    rows: Sequence[Sequence[str]]
    count: int

    @property
    def file(self) -> str:
        """Where all of its rows are, beside the page."""
        return f"data/{self.name}.jsonl"


def written(language: str, given: Mapping[str, Any]) -> str:
    """The page. `given` is what the template asks for."""
    locale = Locale(language)
    return (
        _environment(language)
        .get_template("export.html")
        .render(**given, lang=language, direction=locale.text_direction)
    )


@cache
def _environment(language: str) -> Environment:
    catalogue = Translations.load(CATALOGUES, [language])
    made = Environment(
        loader=FileSystemLoader(HERE / "templates" / "personal"),
        autoescape=True,
        extensions=["jinja2.ext.i18n"],
        finalize=lambda value: _said(catalogue, value),
    )
    made.install_gettext_callables(catalogue.ugettext, catalogue.ungettext, newstyle=True)  # type: ignore[attr-defined]
    return made


def _said(catalogue: NullTranslations, said: object) -> object:
    """A sentence without values in the language of the page; anything else as it is."""
    if not isinstance(said, Sentence) or not said or said.values:
        return said
    return catalogue.ugettext(said.pattern)
