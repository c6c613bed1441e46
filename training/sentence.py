"""Sentences of the program that can be said again in another language.

Services and grading speak English and know nothing of the reader's language. A `Sentence` is that English text, and any
code may use it as one: a log, the command line, an export. It also holds the pattern and the values that it was made
of, and a page says it from those in the language of its reader (`training.web.language.spoken`).

Patterns are written where they are used, as whole sentences with named places, `%(name)s`; docs/translating.md says how
they come into the catalogue.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from functools import cache
from typing import TypeAlias

LANGUAGES = {"en": "English", "fr": "Français", "ar": "العربية"}
"""The languages of pages and of courses, each with its own name for itself."""

Part: TypeAlias = "str | int | float"
"""What a place of a pattern may hold: a text, itself perhaps a sentence; a figure. Numbers that are names are texts."""

Packed: TypeAlias = "str | dict[str, object]"


class Sentence(str):  # noqa: SLOT000 - copies of it keep what they were made of in their dictionary
    """An English text that was made of a pattern.

    Attributes:
        pattern: the English pattern, which is its name in the catalogue of translations.
        many: the pattern for other numbers than one, where `values["num"]` is counted; else empty.
        values: what stands in the places.
    """

    pattern: str
    many: str
    values: Mapping[str, Part]


class Translated(str):  # noqa: SLOT000 - as Sentence
    """A text of a file that came in several languages: it is the English one, and `others` are the rest by language."""

    others: Mapping[str, str]


def translated(text: str, others: Mapping[str, str]) -> str:
    """A text with what it is in other languages; as it is where there are none."""
    if not others:
        return text
    made = Translated(text)
    made.others = others
    return made


def phrase(pattern: str, /, **values: Part) -> Sentence:
    """A sentence. Without values the pattern is taken as it stands, percent signs and all.

    Raises:
        KeyError: the pattern has a place that no value is given for.
    """
    return _made(pattern, "", values)


def counted(one: str, many: str, num: int, /, **values: Part) -> Sentence:
    """A sentence in which something is counted: its number stands at `%(num)s`."""
    return _made(one, many, {"num": num, **values})


def joined(*parts: str) -> Sentence:
    """Sentences one after the other, without those that are empty and those that were said before."""
    said = [part for part in dict.fromkeys(parts) if part]
    made = Sentence(" ".join(said))
    made.pattern, names = _row(len(said))
    made.many, made.values = "", dict(zip(names, said, strict=True))
    return made


def listed(items: Iterable[str], *, heavy: bool = False) -> str:
    """Items beside each other, with the comma of each language; `heavy`: semicolons, for items that hold commas."""
    row = list(items)
    if len(row) < 2:  # noqa: PLR2004 - one item needs nothing between
        return row[0] if row else ""
    half = len(row) // 2  # halves, not one after the other: a long list is no deep one
    first, rest = listed(row[:half], heavy=heavy), listed(row[half:], heavy=heavy)
    if heavy:
        return phrase("%(first)s; %(rest)s", first=first, rest=rest)
    return phrase("%(first)s, %(rest)s", first=first, rest=rest)


def parts(text: str) -> tuple[str, ...]:
    """The sentences that were joined, in their order; another text alone, nothing for an empty one."""
    if isinstance(text, Sentence) and "part0" in text.values:
        return tuple(one for one in text.values.values() if isinstance(one, str))
    return (text,) if text else ()


def changed(text: str, change: Callable[[str], str]) -> str:
    """A text of which all that is no pattern went through `change`: a sentence stays one."""
    if not isinstance(text, Sentence):
        return change(text)
    values = {name: changed(one, change) if isinstance(one, str) else one for name, one in text.values.items()}
    return _made(text.pattern, text.many, values)


def packed(text: str) -> Packed:
    """A sentence as JSON that `unpacked` makes a sentence of again; another text as it is."""
    if not isinstance(text, Sentence) or not text:
        return str(text)
    values = {name: packed(one) if isinstance(one, str) else one for name, one in text.values.items()}
    return {"say": text.pattern, **({"many": text.many} if text.many else {}), **({"with": values} if values else {})}


def unpacked(data: object) -> str:
    """The text that was packed.

    Raises:
        ValueError: this is neither a text nor a packed sentence.
    """
    if isinstance(data, str):
        return data
    msg = "neither a text nor a packed sentence"
    if not isinstance(data, dict) or not isinstance(data.get("say"), str) or data.keys() - {"say", "many", "with"}:
        raise ValueError(msg)
    try:
        given = data.get("with", {}).items()
        values = {name: one if isinstance(one, int | float) else unpacked(one) for name, one in given}
        return _made(data["say"], data.get("many", ""), values)
    except (AttributeError, KeyError, TypeError) as bad:
        raise ValueError(msg) from bad


@cache
def _row(count: int) -> tuple[str, tuple[str, ...]]:
    """The pattern of so many sentences, and the names of its places."""
    names = tuple(f"part{n}" for n in range(count))
    return " ".join(f"%({name})s" for name in names), names


def _made(pattern: str, many: str, values: Mapping[str, Part]) -> Sentence:
    chosen = many if many and values["num"] != 1 else pattern
    made = Sentence(chosen % {name: _english(one) for name, one in values.items()} if values else chosen)
    made.pattern, made.many, made.values = pattern, many, values
    return made


def _english(value: Part) -> str:
    if isinstance(value, str):
        return value
    return f"{value:,}" if isinstance(value, int) else f"{value:.4g}"
