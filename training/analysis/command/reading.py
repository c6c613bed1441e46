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
from training.sentence import joined, phrase

LONGEST = 2_000
"""Characters of a command without YARA text."""

LONGEST_WITH_RULES = 24_000
"""Characters of a command with YARA text."""

PROGRAM = re.compile(r"(vol|vol3|volatility|volatility3)(\.py|\.exe)?\Z", re.IGNORECASE)
LAUNCHERS = {"python", "python3", "py", "sudo"}
ONE = phrase("Type one plugin with its options.")
REPLACED = phrase(
    "A shell would replace what begins with $ or ` between double quotes; single quotes keep it as it is."
)
SHELLS = phrase("The program volshell runs whatever is typed as Python, so it is not offered.")


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
            given = {"typed": quoted(word), "plugin": self.plugin.name}
            why = phrase("The word %(typed)s was not understood after %(plugin)s.", **given)
            raise no(joined(why, _hint(self.plugin)))
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
        self.note(phrase("%(typed)s was read as --%(name)s.", typed=clipped(typed), name=found[0].name))
        return found[0]

    def general(self, typed: str) -> General | None:
        """The option of vol itself of that name, or of the only name that begins so."""
        if typed in GENERAL or len(typed) < len("--x"):
            return GENERAL.get(typed)
        found = [name for name in GENERAL if name.startswith(typed)]
        if len(found) > 1:
            raise _unclear(typed, found)
        if found:
            self.note(phrase("%(typed)s was read as %(plugin)s.", typed=clipped(typed), plugin=found[0]))
        return GENERAL[found[0]] if found else None

    def take(self, plugin: Card, option: Option, attached: Word | None) -> None:
        """Read the values of a plugin's option: the next word, or for lists all words up to the next option."""
        if option.name in self.given:
            raise _twice(option)
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
            self.note(phrase("vol itself takes %(option)s only before the plugin's name.", option=typed))
        if option.use == "help":
            self.helped = True
        elif option.use == "nothing":
            self.note(phrase("%(option)s was ignored: it changes nothing here.", option=typed))
        elif option.use == "exhibit":
            self.note(_ignored(typed, values[0].text))
        else:
            self.show(option, [value.plain for value in values])

    def values(self, option: General, typed: str, attached: Word | None) -> list[Word]:
        """The values of an option of vol itself, as many as it takes."""
        if option.takes == "nothing":
            if attached is not None:
                raise no(phrase("The option %(option)s takes no value.", option=typed))
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
            given = {"option": typed, "better": clipped(f"{option.name}={following}")}
            return no(
                phrase(
                    "The option %(option)s needs a value. Type %(better)s, or vol reads the minus as another option.",
                    **given,
                )
            )
        return no(phrase("The option %(option)s needs a value: %(usage)s", option=typed, usage=option.usage))

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
                return no(
                    phrase(
                        "The option %(option)s took %(word)s as its value, as it does in vol, and no plugin is left. "
                        "Type its own value, then another option such as -q, then the plugin.",
                        option=typed,
                        word=word,
                    )
                )
        return no(phrase("No plugin was named. Type for example: %(system)s.pslist", system=self.os))


def _short_enough(text: str, *, rules: bool) -> None:
    longest = LONGEST_WITH_RULES if rules else LONGEST
    if len(text) > longest:
        n, most = str(len(text)), str(longest)
        raise no(phrase("The command has %(n)s characters; at most %(most)s are read.", n=n, most=most))


def _after_program(words: list[Word]) -> int:
    """How many words name the program: vol, ./vol.py, vol.exe, python3 vol.py."""
    at = 0
    while at < len(words) and words[at].text in LAUNCHERS:
        at += 1
    last = re.split(r"[/\\]", words[at].raw.strip("'\""))[-1] if at < len(words) else ""
    if PROGRAM.match(last):
        return at + 1
    if last.lower().startswith("volshell"):
        raise no(joined(SHELLS, ONE))
    if at:
        raise no(joined(phrase("The word %(typed)s starts other programs.", typed=quoted(words[0].text)), ONE))
    return 0


def _ignored(typed: str, value: str) -> str:
    """The note about the image that was named."""
    if names.ADDRESS.match(value):
        raise no(
            phrase(
                "The option %(option)s can't name an address: the run reads the exhibit of this lab. Leave it out.",
                option=typed,
            )
        )
    return phrase(
        "%(option)s %(value)s was ignored: the run reads the exhibit of this lab.", option=typed, value=clipped(value)
    )


def _help(plugin: Card | None) -> Exception:
    if plugin is None:
        return no(
            phrase("The list of plugins says what there is; each plugin's card has its options. Name a plugin with -h.")
        )
    given = {"plugin": plugin.name, "usage": usage(plugin)}
    return no(phrase("The plugin's card has its help, see %(plugin)s. It is used so: %(usage)s", **given))


def _hint(plugin: Card) -> str:
    options = ", ".join(option.usage for option in plugin.options)
    return phrase("Its options are %(options)s.", options=options) if options else phrase("It has no options.")


def _twice(option: Option) -> Exception:
    if option.type in LISTS:
        return no(
            phrase(
                "The option --%(name)s was given twice. Put all its values after one --%(name)s: "
                "vol would keep only the last.",
                name=option.name,
            )
        )
    return no(
        phrase("The option --%(name)s was given twice. Leave one out: vol would keep only the last.", name=option.name)
    )


def _unclear(typed: str, found: list[str]) -> Exception:
    given = {"option": clipped(typed), "known": either(found)}
    return no(phrase("The option %(option)s can mean %(known)s. Type the whole name.", **given))


def _refused(typed: str, reason: str, plugin: Card | None) -> Exception:
    chosen = next((option for option in plugin.options if option.name in {"pid", "pids"}), None) if plugin else None
    if typed == "-p" and chosen:
        return no(
            phrase(
                "The option -p means folders of plugins in Volatility 3. Choose processes with --%(name)s N.",
                name=chosen.name,
            )
        )
    return no(phrase("The option %(option)s can't be used here: %(reason)s.", option=typed, reason=reason))


def _unknown_option(typed: str, plugin: Card | None) -> Exception:
    reasons = {**UNOFFERED, **ELSEWHERE}
    whole = [name for name in reasons if len(typed) >= len("--x") and name.startswith(typed)]
    reason = reasons.get(typed) or (reasons[whole[0]] if whole else None)
    if reason:
        return _refused(clipped(typed), reason, plugin)
    if plugin is None:
        return no(
            phrase(
                "The option %(option)s was not understood. Type the plugin first, then its options.",
                option=quoted(typed),
            )
        )
    near = nearest(typed.replace("_", "-").lstrip("-"), [option.name for option in plugin.options])
    meant = phrase("Did you mean %(known)s?", known=f"--{near}") if near else _hint(plugin)
    why = phrase("The plugin %(plugin)s has no option %(typed)s here.", plugin=plugin.name, typed=quoted(typed))
    return no(joined(why, meant))
