"""What a trainee types becomes a command, or a sentence that says what was not understood.

The text is split into words as a shell would, but no shell ever sees it, and nothing in it reaches Volatility that a
plugin card does not allow.
"""

import difflib
import re
import shlex
from collections import deque
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from training.analysis import cards as plugin_cards
from training.analysis.cards import Card, Cards, Option, Value
from training.analysis.render import named
from training.errors import Refused

LONGEST = 500
NOTHING = "No plugin was named. Type for example: linux.pslist"
MOST_QUOTED = 80  # characters of a typed word that a message repeats
ONE = "Type one plugin with its options."
LISTS = {"ints", "strs"}
PROGRAMS = {"vol", "vol.py", "vol3", "volatility", "volatility3"}
LAUNCHERS = {"python", "python3", "sudo"}
NUMBER = re.compile(r"(0[xX][0-9a-fA-F]{1,16}|\d{1,20})\Z")
ADDRESS = re.compile(r"[a-z][a-z0-9+.-]*:", re.IGNORECASE)
OPTION = re.compile(r"--|-[a-zA-Z]")
SHELL = re.compile(r"(\||\|\||&&?|;|\d?>>?|<|\$\(.*|`.*)\Z")

IGNORED = {"-q", "--quiet", "-v", "-vv", "-vvv", "--verbosity", "--offline"}
EXHIBIT = {"-f", "--file"}
RENDERER = {"-r", "--renderer"}
FILES = "it opens files or addresses of this server; the exhibit brings its own symbols"
WRITES = "it writes files on this server"
INNER = "it changes how Volatility itself works"
PAGE = "choose {} on the page instead; the run itself is kept whole"
REFUSED = {
    **dict.fromkeys(("-s", "--symbol-dirs", "-p", "--plugin-dirs", "-c", "--config", "-u", "--remote-isf-url"), FILES),
    **dict.fromkeys(("--isf", "--single-location", "--single-swap-locations", "--swap-locations"), FILES),
    **dict.fromkeys(("--yara-file", "--yara-compiled-file", "--strings-file"), FILES),
    **dict.fromkeys(("-o", "--output-dir", "--save-config", "--write-config", "-l", "--log", "--cache-path"), WRITES),
    **dict.fromkeys(("--clear-cache", "--dump", "--dump-regions"), WRITES),
    **dict.fromkeys(("-e", "--extend", "--stackers", "--parallelism"), INNER),
    "--filters": PAGE.format("rows"),
    "--hide-columns": PAGE.format("columns"),
    **dict.fromkeys(("-h", "--help"), "read the plugin's card instead"),
}


@dataclass(frozen=True, slots=True)
class Command:
    """One plugin with one set of options, in one canonical form: equal commands ask for the same run.

    `options` is sorted by name and leaves out what equals the default. `notes` are sentences for the trainee about what
    was ignored or renamed; they don't count in comparisons.
    """

    plugin: str
    options: tuple[tuple[str, Value], ...] = ()
    notes: tuple[str, ...] = field(default=(), compare=False)

    @property
    def text(self) -> str:
        """The command as one would type it; parsing it gives an equal command."""
        words = [self.plugin]
        for name, value in self.options:
            if isinstance(value, str) and value.startswith("-"):  # or it would be read as an option
                words.append(shlex.quote(f"--{name}={value}"))
                continue
            words.append(f"--{name}")
            if isinstance(value, tuple):
                words += [str(part) for part in value]
            elif value is not True:
                words.append(shlex.quote(str(value)))
        return " ".join(words)

    def as_json(self) -> dict[str, Any]:
        """The options as they are stored and sent."""
        return {name: list(value) if isinstance(value, tuple) else value for name, value in self.options}

    @classmethod
    def of(cls, plugin: str, options: Mapping[str, Any]) -> "Command":
        """The inverse of `as_json`."""
        return cls(plugin, tuple(sorted((k, tuple(v) if isinstance(v, list) else v) for k, v in options.items())))


def parse(text: str, cards: Cards | None = None) -> Command:
    """Understand `vol -f exhibit.raw linux.pslist --pid 145`, or shorter `pslist --pid 145`. Raises Refused."""
    words = _split(text)
    reading = _Reading(words[_after_program(words) :], plugin_cards.load() if cards is None else cards)
    while reading.words:
        reading.step()
    return reading.command()


class _Reading:
    """A command while its words are read from left to right."""

    def __init__(self, words: list[str], cards: Cards) -> None:
        self.words = deque(words)
        self.cards = cards
        self.plugin: Card | None = None
        self.given: dict[str, Value] = {}
        self.notes: list[str] = []

    def step(self) -> None:
        """Read one word and the values that belong to it."""
        word = self.words.popleft()
        name, equals, attached = word.partition("=")
        values = [attached] if equals else []
        option = self.plugin.option(name[2:]) if self.plugin and name.startswith("--") else None
        if option:
            self.take(option, values)
        elif name in REFUSED:
            raise _no(f"The option {name} can't be used here: {REFUSED[name]}.")
        elif name in IGNORED:
            self.notes.append(f"{name} was ignored: it changes nothing here.")
        elif name in EXHIBIT | RENDERER:
            self.notes.append(_ignored(name, values[0] if values else self.words.popleft() if self.words else ""))
        elif word.startswith("-"):
            raise _unknown_option(name, self.plugin)
        elif self.plugin is None:
            self.plugin, notes = _plugin(word, self.cards)
            self.notes += notes
        else:
            raise _no(f"The word {_quoted(word)} was not understood after {self.plugin.name}. {_hint(self.plugin)}")

    def take(self, option: Option, values: list[str]) -> None:
        """Read the values of an option: the next word, or for lists all words up to the next option."""
        if option.name in self.given:
            raise _no(f"The option --{option.name} was given twice. Put all its values after one --{option.name}.")
        wanted = 0 if option.type == "bool" or values else option.many + 1 if option.type in LISTS else 1
        while self.words and wanted > len(values) and not OPTION.match(self.words[0]):
            values.append(self.words.popleft())
        self.given[option.name] = _value(option, values)

    def command(self) -> Command:
        """What was read, if it is complete."""
        if self.plugin is None:
            raise _no(NOTHING)
        _complete(self.plugin, self.given)
        options = sorted(_without_defaults(self.plugin, self.given))
        return Command(self.plugin.name, tuple(options), tuple(self.notes))


def _no(message: str) -> Refused:
    return Refused(message, field="command")


def _quoted(word: str) -> str:
    """A typed word as a message repeats it: clipped, in quotation marks."""
    return repr(word if len(word) <= MOST_QUOTED else word[: MOST_QUOTED - 1] + "…")


def _split(text: str) -> list[str]:
    if len(text) > LONGEST:
        raise _no(f"The command has {len(text)} characters; at most {LONGEST} are read.")
    text = text.strip()
    hidden = next((character for character in text if not character.isprintable()), None)
    if hidden is not None:
        raise _no(f"The command holds {named(hidden)}. Type it again without that, in one line.")
    try:
        words = shlex.split(text)
    except ValueError:
        raise _no("A quotation mark or a backslash is left open.") from None
    if not words:
        raise _no(NOTHING)
    quoted = set(words) - set(text.split())
    for word in words:
        if SHELL.match(word) and word not in quoted:
            raise _no(f"The sign {_quoted(word)} belongs to a shell, and there is none here. {ONE}")
    return words


def _after_program(words: list[str]) -> int:
    at = 0
    while at < len(words) and words[at] in LAUNCHERS:
        at += 1
    if at < len(words) and words[at].rpartition("/")[2] in PROGRAMS:
        return at + 1
    if at:
        raise _no(f"The word {_quoted(words[0])} starts other programs. {ONE}")
    return 0


def _ignored(name: str, value: str) -> str:
    """The note for an option that is accepted and means nothing here."""
    if not value or value.startswith("-"):
        raise _no(f"The option {name} needs a value.")
    value = value if len(value) <= MOST_QUOTED else value[: MOST_QUOTED - 1] + "…"
    if name in {"-r", "--renderer"}:
        return f"{name} {value} was ignored: the page shows the rows."
    if "/" in value or "\\" in value or ADDRESS.match(value):
        raise _no(
            f"The option {name} can't name a path or an address: the run reads the exhibit of this lab. Leave it out."
        )
    return f"{name} {value} was ignored: the run reads the exhibit of this lab."


def _names(cards: Cards) -> Iterator[tuple[str, str, str]]:
    """Every spelling that is understood: (spelling in small letters, canonical name, note)."""
    for card in cards:
        for full in (card.name, card.cls):
            yield full.lower(), card.name, ""
        for alias in card.aliases:
            for spelling in (alias, alias.rpartition(".")[0]):
                yield spelling.lower(), card.name, f"{spelling} is an old name: it is called {card.name} now."


def _plugin(word: str, cards: Cards) -> tuple[Card, list[str]]:
    """The card that a word means: its name, its class, an old name, or the end of one of these."""
    wanted = word.lower()
    spellings = list(_names(cards))
    for spelling, name, note in spellings:
        if spelling == wanted:
            return cards.get(name), [note] if note else []
    ends = {
        name for spelling, name, _ in spellings if spelling.endswith(f".{wanted}") or f".{wanted}." in f".{spelling}."
    }
    if len(ends) == 1:
        name = ends.pop()
        return cards.get(name), [] if word == name else [f"{word} was read as {name}."]
    if ends:
        some = sorted(ends)[:4]
        others = " and others" if len(ends) > len(some) else ""
        raise _no(f"The name {_quoted(word)} can mean {_either(some)}{others}. Type the whole name.")
    for name, reason in cards.left_out.items():
        bare = wanted.removeprefix("linux.")
        if f".{name.lower()}.".find(f".{bare}.") >= 0 or bare.startswith(f"{name.lower().removeprefix('linux.')}."):
            raise _no(f"The plugin {name} is not offered. {reason}")
    if ADDRESS.match(word) or "/" in word:
        raise _no(f"The word {_quoted(word)} names no plugin: paths and addresses can't be used here.")
    system = wanted.partition(".")[0]
    if system in {"windows", "mac"}:
        raise _no(f"The plugin {_quoted(word)} is for another system. Use the linux.* plugins and banners.")
    near = difflib.get_close_matches(wanted, [s for s, _, _ in spellings], 8, 0.6)
    near += difflib.get_close_matches(f"linux.{wanted}", [s for s, _, _ in spellings], 8, 0.6)
    meant = list(dict.fromkeys(name for spelling in near for s, name, _ in spellings if s == spelling))[:3]
    next_step = f"Did you mean {_either(meant)}?" if meant else "See the list of plugins."
    raise _no(f"There is no plugin {_quoted(word)}. {next_step}")


def _either(names: list[str]) -> str:
    return names[0] if len(names) == 1 else f"{', '.join(names[:-1])} or {names[-1]}"


def _hint(plugin: Card) -> str:
    options = ", ".join(option.usage for option in plugin.options)
    return f"Its options are {options}." if options else "It has no options."


def _unknown_option(name: str, plugin: Card | None) -> Refused:
    if plugin is None:
        return _no(f"The option {_quoted(name)} was not understood. Type the plugin first, then its options.")
    hyphened = name.replace("_", "-").lstrip("-")
    near = difflib.get_close_matches(hyphened, [option.name for option in plugin.options], 1, 0.5)
    meant = f"Did you mean --{near[0]}?" if near else _hint(plugin)
    return _no(f"The plugin {plugin.name} has no option {_quoted(name)} here. {meant}")


def _value(option: Option, values: list[str]) -> Value:
    """Values as typed, as one value of the option's type within its bounds. Raises Refused."""
    if option.type == "bool":
        if values:
            raise _no(f"The option --{option.name} takes no value.")
        return True
    if not values:
        raise _no(f"The option --{option.name} needs a value: {option.usage}")
    if option.type in LISTS and len(values) > option.many:
        raise _no(f"The option --{option.name} takes at most {option.many} values, not {len(values)}.")
    if option.type == "ints":
        return tuple(sorted({_number(option, value) for value in values}))
    if option.type == "int":
        return _number(option, values[0])
    if option.type == "strs":
        return tuple(sorted({_choice(option, value) for value in values}))
    return _text(option, values[0])


def _number(option: Option, value: str) -> int:
    if not NUMBER.match(value):
        why = f"needs a whole number, not {_quoted(value)}. Several are separated by spaces."
        raise _no(f"The option --{option.name} {why}")
    number = int(value, 0) if value.lower().startswith("0x") else int(value)
    if not option.least <= number <= option.most:
        raise _no(f"The option --{option.name} must be from {option.least} to {option.most}, not {value}.")
    return number


def _choice(option: Option, value: str) -> str:
    if value.upper() in option.choices:
        return value.upper()
    raise _no(f"The option --{option.name} knows {_either(list(option.choices))}, not {_quoted(value)}.")


def _text(option: Option, value: str) -> str:
    if not value:
        raise _no(f"The option --{option.name} needs a value: {option.usage}")
    if len(value) > option.length:
        raise _no(f"The option --{option.name} has {len(value)} characters; at most {option.length} are read.")
    if option.type == "path" and not value.startswith("/"):
        why = "it names a path inside the image, so it begins with /"
        raise _no(f"The option --{option.name} {_quoted(value)} can't be used: {why}.")
    if option.type == "regex":
        try:
            re.compile(value.encode())
        except (re.error, OverflowError, RecursionError) as bad:
            raise _no(f"The option --{option.name} is not a regular expression: {bad}.") from None
    return value


def _complete(plugin: Card, given: Mapping[str, Value]) -> None:
    for group in plugin.needs:
        present = [name for name in group if name in given]
        if len(present) != 1:
            either = " or ".join(f"--{name}" for name in group)
            raise _no(f"The plugin {plugin.name} needs {either}" + (", not both." if present else "."))


def _without_defaults(plugin: Card, given: Mapping[str, Value]) -> Iterator[tuple[str, Value]]:
    for name, value in given.items():
        option = plugin.option(name)
        if option is None or option.default is None or value != option.default:
            yield name, value
