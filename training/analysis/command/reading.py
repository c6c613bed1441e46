"""A command read from left to right, as argparse reads it for vol: its own options, a plugin, the plugin's options."""

import re
from collections import deque
from dataclasses import replace

from training.analysis import cards as plugin_cards
from training.analysis.cards import Card, Cards, Option, Value
from training.analysis.command import names, showing
from training.analysis.command.completion import usage
from training.analysis.command.general import ELSEWHERE, GENERAL, LETTERS, UNOFFERED, General, is_option
from training.analysis.command.model import Command
from training.analysis.command.values import LISTS, complete, value_of, without_defaults
from training.analysis.command.wording import clipped, either, nearest, no, quoted
from training.analysis.command.words import Word, split

LONGEST = 2_000
"""Characters of a command without YARA text."""

LONGEST_WITH_RULES = 24_000
"""Characters of a command with YARA text."""

PROGRAM = re.compile(r"(vol|vol3|volatility|volatility3)(\.py|\.exe)?\Z", re.IGNORECASE)
LAUNCHERS = {"python", "python3", "py", "sudo"}
ONE = "Type one plugin with its options."
NOTHING = "No plugin was named. Type for example: {}.pslist"
REPLACED = "A shell would replace what begins with $ or ` between double quotes; single quotes keep it as it is."
SHELLS = "The program volshell runs whatever is typed as Python, so it is not offered."


def parse(text: str, os: str = "linux", cards: Cards | None = None) -> Command:
    """Understand `vol -f exhibit.raw linux.pslist --pid 145`, or shorter `pslist --pid 145`.

    `os` is the exhibit's system, "linux" or "windows": plugins that read another one are refused. Raises Refused for
    everything that can't be done here, with the reason.
    """
    _short_enough(text, rules="--y" in text)
    words = split(text)
    reading = _Reading(words[_after_program(words) :], os, plugin_cards.load() if cards is None else cards)
    while reading.words:
        reading.step()
    command = reading.command()
    for form in (text, command.text):  # the canonical one must be readable again
        _short_enough(form, rules=reading.has_rules)
    return command


class _Reading:
    """A command while its words are read."""

    def __init__(self, words: list[Word], os: str, cards: Cards) -> None:
        self.words = deque(words)
        self.os = os
        self.cards = cards
        self.plugin: Card | None = None
        self.given: dict[str, Value] = {}
        self.asked = showing.Asked()
        self.notes: list[str] = []
        self.helped = False
        self.has_rules = False
        self.taken: list[tuple[str, str]] = []  # words that options of vol took, in case one was meant as the plugin

    @property
    def known(self) -> tuple[str, ...]:
        """The long options that mean something at this place."""
        return (*(f"--{option.name}" for option in (self.plugin.options if self.plugin else ())), *GENERAL)

    def step(self) -> None:
        """Read one word and the values that belong to it."""
        word = self.words.popleft()
        if not is_option(word.text, self.known):
            self.name(word.plain)
        elif word.text.startswith("--"):
            self.long(*word.parted())
        else:
            self.letter(word)

    def name(self, word: str) -> None:
        """Read a word that is no option: the plugin's name."""
        if self.plugin is not None:
            raise no(f"The word {quoted(word)} was not understood after {self.plugin.name}. {_hint(self.plugin)}")
        self.plugin, notes = names.find(word, self.os, self.cards)
        self.notes += notes

    def long(self, typed: str, attached: Word | None) -> None:
        """Read an option that begins with two hyphens: the plugin's first, as vol does."""
        option = self.option(self.plugin, typed) if self.plugin else None
        if self.plugin and option:
            self.take(self.plugin, option, attached)
            return
        general = self.general(typed)
        if general is None:
            raise _unknown_option(typed, self.plugin)
        self.apply(general, typed, attached)

    def letter(self, word: Word) -> None:
        """Read an option of one letter, with what is attached to it: a value, or further letters."""
        typed, rest = word.text[:2], word.text[2:]
        general = LETTERS.get(typed)
        if general is None:
            raise _unknown_option(word.plain, self.plugin)
        if general.takes == "nothing" and rest and not rest.startswith("="):
            self.words.appendleft(replace(word, text=f"-{rest}"))
            rest = ""
        self.apply(general, typed, replace(word, text=rest.removeprefix("=")) if rest else None)

    def option(self, plugin: Card, typed: str) -> Option | None:
        """The plugin's option of that name, or of the only name that begins so."""
        exact = plugin.option(typed[2:])
        if exact is not None or len(typed) < len("--x"):
            return exact
        found = [option for option in plugin.options if f"--{option.name}".startswith(typed)]
        if not found:
            return None
        others = [name for name in UNOFFERED if name.startswith(typed)]
        general = [name for name in GENERAL if name.startswith(typed)]
        own = [f"--{option.name}" for option in found]
        if len(own) == 1:  # the plugin may have more options than its card, and vol looks for its own options first
            clear = all(GENERAL[name].use not in {"help", "refused"} for name in general) and len(general) <= 1
            own += others if clear else [*others, *general]
        if len(own) > 1:
            raise _unclear(typed, own)
        self.note(f"{clipped(typed)} was read as --{found[0].name}.")
        return found[0]

    def general(self, typed: str) -> General | None:
        """The option of vol itself of that name, or of the only name that begins so."""
        if typed in GENERAL or len(typed) < len("--x"):
            return GENERAL.get(typed)
        found = [name for name in GENERAL if name.startswith(typed)]
        if len(found) > 1:
            raise _unclear(typed, found)
        if found:
            self.note(f"{clipped(typed)} was read as {found[0]}.")
        return GENERAL[found[0]] if found else None

    def take(self, plugin: Card, option: Option, attached: Word | None) -> None:
        """Read the values of a plugin's option: the next word, or for lists all words up to the next option."""
        if option.name in self.given:
            together = f"Put all its values after one --{option.name}" if option.type in LISTS else "Leave one out"
            raise no(f"The option --{option.name} was given twice. {together}: vol would keep only the last.")
        values = [attached] if attached else []
        wanted = 0 if option.type == "bool" or values else option.many + 1 if option.type in LISTS else 1
        values += self.following(wanted)
        self.given[option.name] = value_of(plugin, option, values)
        self.has_rules |= option.type == "yara"
        if any(value.replaced for value in values):
            self.note(REPLACED)

    def following(self, wanted: int) -> list[Word]:
        """The words that follow, up to so many, as far as they are no options."""
        values: list[Word] = []
        while self.words and len(values) < wanted and not is_option(self.words[0].text, self.known):
            values.append(self.words.popleft())
        return values

    def apply(self, option: General, typed: str, attached: Word | None) -> None:
        """Read the values of an option of vol itself, and keep what it asks for."""
        if option.use == "refused":
            raise _refused(typed, option.says, self.plugin)
        values = self.values(option, typed, attached)
        if self.plugin is not None and option.use not in {"help", "shown"}:
            self.note(f"vol itself takes {typed} only before the plugin's name.")
        if option.use == "help":
            self.helped = True
        elif option.use == "nothing":
            self.note(f"{typed} was ignored: it changes nothing here.")
        elif option.use == "exhibit":
            self.note(_ignored(typed, values[0].text))
        else:
            self.show(option, [value.plain for value in values])

    def values(self, option: General, typed: str, attached: Word | None) -> list[Word]:
        """The values of an option of vol itself, as many as it takes."""
        if option.takes == "nothing":
            if attached is not None:
                raise no(f"The option {typed} takes no value.")
            return []
        values = [attached] if attached else self.following(len(self.words) if option.takes == "any" else 1)
        if not values or not values[0].text:
            raise self.lacking(option, typed)
        self.taken += [(typed, value.text) for value in values if value is not attached]
        return values

    def lacking(self, option: General, typed: str) -> Exception:
        """The refusal of an option of vol itself without its value."""
        following = self.words[0].text if self.words else ""
        if option.use == "filters" and "," in following:
            better = clipped(f"{option.name}={following}")
            return no(f"The option {typed} needs a value. Type {better}, or vol reads the minus as another option.")
        return no(f"The option {typed} needs a value: {option.usage}")

    def show(self, option: General, values: list[str]) -> None:
        """Keep what an option asks to be shown."""
        if option.use == "filters":
            self.asked.filters += values
        elif option.use == "hidden":
            self.asked.hidden += values
        elif option.use == "shown":
            self.asked.shown += values
        else:
            self.asked.renderer = values[0]

    def note(self, note: str) -> None:
        """Say something once."""
        if note not in self.notes:
            self.notes.append(note)

    def command(self) -> Command:
        """What was read, if it is complete."""
        if self.helped:
            raise _help(self.plugin)
        if self.plugin is None:
            raise self.nameless()
        complete(self.plugin, self.given)
        view, notes = showing.view_of(self.plugin, self.asked)
        options = sorted(without_defaults(self.plugin, self.given))
        return Command(self.plugin.name, tuple(options), (*self.notes, *notes), view)

    def nameless(self) -> Exception:
        """The refusal of a command without a plugin, which an option may have swallowed."""
        for typed, word in self.taken:
            if names.exact(word, self.cards):
                took = f"The option {typed} took {word} as its value, as it does in vol, and no plugin is left."
                return no(f"{took} Type its own value, then another option such as -q, then the plugin.")
        return no(NOTHING.format(self.os))


def _short_enough(text: str, *, rules: bool) -> None:
    longest = LONGEST_WITH_RULES if rules else LONGEST
    if len(text) > longest:
        raise no(f"The command has {len(text)} characters; at most {longest} are read.")


def _after_program(words: list[Word]) -> int:
    """How many words name the program: vol, ./vol.py, vol.exe, python3 vol.py."""
    at = 0
    while at < len(words) and words[at].text in LAUNCHERS:
        at += 1
    last = re.split(r"[/\\]", words[at].raw.strip("'\""))[-1] if at < len(words) else ""
    if PROGRAM.match(last):
        return at + 1
    if last.lower().startswith("volshell"):
        raise no(f"{SHELLS} {ONE}")
    if at:
        raise no(f"The word {quoted(words[0].text)} starts other programs. {ONE}")
    return 0


def _ignored(typed: str, value: str) -> str:
    """The note about the image that was named."""
    if names.ADDRESS.match(value):
        raise no(f"The option {typed} can't name an address: the run reads the exhibit of this lab. Leave it out.")
    return f"{typed} {clipped(value)} was ignored: the run reads the exhibit of this lab."


def _help(plugin: Card | None) -> Exception:
    if plugin is None:
        return no("The list of plugins says what there is; each plugin's card has its options. Name a plugin with -h.")
    return no(f"The plugin's card has its help, see {plugin.name}. It is used so: {usage(plugin)}")


def _hint(plugin: Card) -> str:
    options = ", ".join(option.usage for option in plugin.options)
    return f"Its options are {options}." if options else "It has no options."


def _unclear(typed: str, found: list[str]) -> Exception:
    return no(f"The option {clipped(typed)} can mean {either(found)}. Type the whole name.")


def _refused(typed: str, reason: str, plugin: Card | None) -> Exception:
    chosen = next((option for option in plugin.options if option.name in {"pid", "pids"}), None) if plugin else None
    if typed == "-p" and chosen:
        return no(f"The option -p means folders of plugins in Volatility 3. Choose processes with --{chosen.name} N.")
    return no(f"The option {typed} can't be used here: {reason}.")


def _unknown_option(typed: str, plugin: Card | None) -> Exception:
    reasons = {**UNOFFERED, **ELSEWHERE}
    whole = [name for name in reasons if len(typed) >= len("--x") and name.startswith(typed)]
    reason = reasons.get(typed) or (reasons[whole[0]] if whole else None)
    if reason:
        return _refused(clipped(typed), reason, plugin)
    if plugin is None:
        return no(f"The option {quoted(typed)} was not understood. Type the plugin first, then its options.")
    near = nearest(typed.replace("_", "-").lstrip("-"), [option.name for option in plugin.options])
    meant = f"Did you mean --{near}?" if near else _hint(plugin)
    return no(f"The plugin {plugin.name} has no option {quoted(typed)} here. {meant}")
