"""What an option was given, as one value of the option's type within its bounds."""

import re
import threading
import warnings
from collections.abc import Iterator, Mapping

from training.analysis.cards import Card, Option, Value
from training.analysis.command.wording import clipped, either, no, quoted
from training.analysis.command.words import Word
from training.sentence import counted, phrase

LISTS = {"ints", "strs"}
RULES = 20_000
"""Characters of YARA text that are read."""

COMPILING = threading.Lock()  # the list of warnings to ignore belongs to the whole process


def value_of(card: Card, option: Option, words: list[Word]) -> Value:
    """The value of an option of a plugin. Raises Refused."""
    if option.type == "bool":
        if words:
            raise no(phrase("The option --%(name)s takes no value.", name=option.name))
        return True
    if not words:
        raise _lacking(option)
    if option.type in LISTS and len(words) > option.many:
        raise no(
            counted(
                "The option --%(name)s takes at most one value, not %(typed)s.",
                "The option --%(name)s takes at most %(num)s values, not %(typed)s.",
                option.many,
                name=option.name,
                typed=len(words),
            )
        )
    if option.type == "ints":
        return tuple(sorted({_number(option, word.plain) for word in words}))
    if option.type == "int":
        return _number(option, words[0].plain)
    if option.type == "strs":
        return tuple(sorted({_word(option, word.plain) for word in words}))
    if option.type == "yara":
        return _text(option, words[0].whole(), RULES)
    return _one_text(card, option, words[0].plain)


def complete(card: Card, given: Mapping[str, Value]) -> None:
    """Refuse a command that lacks an option which its plugin needs, or has two of which it takes one."""
    for group in card.needs:
        present = [name for name in group if name in given]
        if len(present) != 1:
            names = either([f"--{name}" for name in group])
            if present:
                raise no(phrase("The plugin %(plugin)s needs %(options)s, not both.", plugin=card.name, options=names))
            raise no(phrase("The plugin %(plugin)s needs %(options)s.", plugin=card.name, options=names))


def without_defaults(card: Card, given: Mapping[str, Value]) -> Iterator[tuple[str, Value]]:
    """The options that differ from what the plugin takes anyway."""
    for name, value in given.items():
        option = card.option(name)
        if option is None or option.default is None or value != option.default:
            yield name, value


def _number(option: Option, typed: str) -> int:
    """A number as vol reads it: `int(text, 0)`, so 0x, 0o and 0b are known and a leading zero is not."""
    try:
        number = int(typed, 0) if typed.isascii() else None
    except ValueError:
        number = None
    if number is None or typed.startswith("-"):
        given = {"name": option.name, "typed": quoted(typed)}
        if re.fullmatch(r"0\d+", typed, re.ASCII):
            raise no(
                phrase(
                    "The option --%(name)s needs a whole number, not %(typed)s: "
                    "vol reads no number that begins with 0. Leave the zeros out.",
                    **given,
                )
            )
        raise no(
            phrase(
                "The option --%(name)s needs a whole number, not %(typed)s. Several are separated by spaces.", **given
            )
        )
    if not option.least <= number <= option.most:
        bounds = {"low": str(option.least), "high": str(option.most)}
        raise no(
            phrase(
                "The option --%(name)s must be from %(low)s to %(high)s, not %(typed)s.",
                name=option.name,
                typed=clipped(typed),
                **bounds,
            )
        )
    return number


def _word(option: Option, typed: str) -> str:
    """One word of a list: one of the choices where there are any."""
    return _choice(option, typed) if option.choices else _text(option, typed, option.length)


def _choice(option: Option, typed: str) -> str:
    for choice in option.choices:
        if choice.lower() == typed.lower():
            return choice
    raise no(
        phrase(
            "The option --%(name)s knows %(known)s, not %(typed)s.",
            name=option.name,
            known=either(option.choices),
            typed=quoted(typed),
        )
    )


def _one_text(card: Card, option: Option, typed: str) -> str:
    if option.choices:
        return _choice(option, typed)
    text = _text(option, typed, option.length)
    if option.type == "path" and card.os != "windows" and not text.startswith("/"):
        raise no(
            phrase(
                "The option --%(name)s %(text)s can't be used: it names a path inside the image, so it begins with /.",
                name=option.name,
                text=quoted(text),
            )
        )
    if option.type == "regex" and (fault := fault_of(text)):
        raise no(phrase("The option --%(name)s is not a regular expression: %(fault)s.", name=option.name, fault=fault))
    return text


def _text(option: Option, typed: str, longest: int) -> str:
    if not typed.strip():
        raise _lacking(option)
    if len(typed) > longest:
        raise no(
            phrase(
                "The option --%(name)s has %(n)s characters; at most %(most)s are read.",
                name=option.name,
                n=str(len(typed)),
                most=str(longest),
            )
        )
    return typed


def _lacking(option: Option) -> Exception:
    return no(phrase("The option --%(name)s needs a value: %(usage)s", name=option.name, usage=option.usage))


def fault_of(pattern: str) -> str:
    """What is wrong with a regular expression, over bytes or over text: scans of memory use the one, lists the other.

    Empty where nothing is.
    """
    try:
        with COMPILING, warnings.catch_warnings():
            warnings.simplefilter("ignore")  # of constructs that may mean something else in a later Python
            re.compile(pattern.encode())
            re.compile(pattern)
    except (re.error, OverflowError, RecursionError) as bad:
        return str(bad)
    return ""
