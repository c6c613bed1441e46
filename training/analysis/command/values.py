"""What an option was given, as one value of the option's type within its bounds."""

import re
import threading
import warnings
from collections.abc import Iterator, Mapping

from training.analysis.cards import Card, Option, Value
from training.analysis.command.wording import clipped, either, no, quoted
from training.analysis.command.words import Word

LISTS = {"ints", "strs"}
RULES = 20_000
"""Characters of YARA text that are read."""

COMPILING = threading.Lock()  # the list of warnings to ignore belongs to the whole process


def value_of(card: Card, option: Option, words: list[Word]) -> Value:
    """The value of an option of a plugin. Raises Refused."""
    if option.type == "bool":
        if words:
            raise no(f"The option --{option.name} takes no value.")
        return True
    if not words:
        raise no(f"The option --{option.name} needs a value: {option.usage}")
    if option.type in LISTS and len(words) > option.many:
        raise no(f"The option --{option.name} takes at most {option.many} values, not {len(words)}.")
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
            names = " or ".join(f"--{name}" for name in group)
            raise no(f"The plugin {card.name} needs {names}" + (", not both." if present else "."))


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
        why = f"needs a whole number, not {quoted(typed)}"
        if re.fullmatch(r"0\d+", typed, re.ASCII):
            raise no(f"The option --{option.name} {why}: vol reads no number that begins with 0. Leave the zeros out.")
        raise no(f"The option --{option.name} {why}. Several are separated by spaces.")
    if not option.least <= number <= option.most:
        bounds = f"from {option.least} to {option.most}"
        raise no(f"The option --{option.name} must be {bounds}, not {clipped(typed)}.")
    return number


def _word(option: Option, typed: str) -> str:
    """One word of a list: one of the choices where there are any."""
    return _choice(option, typed) if option.choices else _text(option, typed, option.length)


def _choice(option: Option, typed: str) -> str:
    for choice in option.choices:
        if choice.lower() == typed.lower():
            return choice
    raise no(f"The option --{option.name} knows {either(option.choices)}, not {quoted(typed)}.")


def _one_text(card: Card, option: Option, typed: str) -> str:
    if option.choices:
        return _choice(option, typed)
    text = _text(option, typed, option.length)
    if option.type == "path" and card.os != "windows" and not text.startswith("/"):
        why = "it names a path inside the image, so it begins with /"
        raise no(f"The option --{option.name} {quoted(text)} can't be used: {why}.")
    if option.type == "regex":
        check_pattern(f"option --{option.name}", text)
    return text


def _text(option: Option, typed: str, longest: int) -> str:
    if not typed.strip():
        raise no(f"The option --{option.name} needs a value: {option.usage}")
    if len(typed) > longest:
        raise no(f"The option --{option.name} has {len(typed)} characters; at most {longest} are read.")
    return typed


def check_pattern(what: str, pattern: str) -> None:
    """Refuse what is no regular expression, over bytes or over text: scans of memory use the one, lists the other."""
    try:
        with COMPILING, warnings.catch_warnings():
            warnings.simplefilter("ignore")  # of constructs that may mean something else in a later Python
            re.compile(pattern.encode())
            re.compile(pattern)
    except (re.error, OverflowError, RecursionError) as bad:
        raise no(f"The {what} is not a regular expression: {bad}.") from None
