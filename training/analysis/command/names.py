"""Which plugin a word means, on an exhibit of one system."""

import difflib
import re
from collections.abc import Iterator
from dataclasses import dataclass

from training.analysis.cards import Card, Cards
from training.analysis.command.wording import MOST_QUOTED, SYSTEMS, clipped, either, no, quoted
from training.sentence import joined, phrase

ADDRESS = re.compile(r"[a-z][a-z0-9+.-]+:", re.IGNORECASE)
TIMELINER, TIMELINE = {"timeliner", "timeliner.timeliner"}, "engram.timeline"
LIKE = 0.6
SOME = 4  # plugins that a word can mean and a message names

TWINS = (
    ("linux.sockstat", "windows.netstat"),
    ("linux.sockscan", "windows.netscan"),
    ("linux.psaux", "windows.cmdline"),
    ("linux.library_list", "windows.dlllist"),
    ("linux.lsmod", "windows.modules"),
    ("linux.malware.modxview", "windows.modscan"),
    ("linux.lsof", "windows.handles"),
    ("linux.pagecache.Files", "windows.filescan"),
    ("linux.pagecache.InodePages", "windows.dumpfiles"),
    ("linux.proc.Maps", "windows.vadinfo"),
    ("linux.malware.check_syscall", "windows.ssdt"),
    ("linux.malware.check_idt", "windows.ssdt"),
    ("linux.vmaregexscan", "windows.vadregexscan"),
    ("linux.vmayarascan", "windows.vadyarascan"),
    ("linux.capabilities", "windows.privileges"),
    ("linux.bash", "windows.consoles"),
    ("linux.bash", "windows.cmdscan"),
    ("linux.boottime", "windows.info"),
)
"""Plugins that answer the same question on the two systems and have different names."""


@dataclass(frozen=True, slots=True)
class Spelling:
    """One way to write a plugin's name; `old` where Volatility has given that name up."""

    text: str
    card: Card
    old: bool = False


def find(word: str, os: str, cards: Cards) -> tuple[Card, list[str]]:
    """The card that a word means, and notes about how it was read.

    It may be a name, a class, an old name, or a part of one that only one plugin of the exhibit's system (or a general
    one) has. Raises Refused with the reason, and where there is one with the plugin to take instead.
    """
    wanted = word.lower()
    if wanted in TIMELINER and TIMELINE in cards:
        note = phrase(
            "%(typed)s was read as %(plugin)s: Volatility %(version)s gives many rows of timeliner the time of another "
            "row.",
            typed=clipped(word),
            plugin=TIMELINE,
            version=cards.volatility,
        )
        return cards.get(TIMELINE), [note]
    spellings = list(_spellings(cards))
    for spelling in spellings:
        if spelling.text.lower() == wanted:
            return _fitting(word, spelling, os, cards)
    left_out = next((name for name in cards.left_out if f"{wanted}.".startswith(f"{name.lower()}.")), None)
    return _part(word, os, cards, spellings) if left_out is None else _refuse_left_out(word, left_out, os, cards)


def exact(word: str, cards: Cards) -> bool:
    """Whether a word is the full name of a plugin on any system."""
    return any(spelling.text.lower() == word.lower() for spelling in _spellings(cards))


def _spellings(cards: Cards) -> Iterator[Spelling]:
    for card in cards:
        yield Spelling(card.name, card)
        yield Spelling(card.cls, card)
    for card in cards:
        for alias in card.aliases:
            yield Spelling(alias.rpartition(".")[0], card, old=True)
            yield Spelling(alias, card, old=True)


def system_of(name: str) -> str:
    """The system that a plugin reads, from its name: linux, windows, mac, or any."""
    first = name.lower().partition(".")[0]
    return first if first in SYSTEMS else "any"


def _fits(name: str, os: str) -> bool:
    return system_of(name) in {os, "any"}


def _fitting(word: str, spelling: Spelling, os: str, cards: Cards) -> tuple[Card, list[str]]:
    card = spelling.card
    if not _fits(card.name, os):
        raise _other_system(word, os, cards)
    if spelling.old:
        return card, [
            phrase("%(old)s is an old name: it is called %(plugin)s now.", old=spelling.text, plugin=card.name)
        ]
    if word != spelling.text:
        return card, [_read_as(word, card)]
    same = [other for other in _classes(cards) if word in other]
    if len(same) > 1 and word != card.cls:
        note = phrase(
            "vol itself asks for %(name)s here: other plugins have %(typed)s in their names too.",
            name=card.cls,
            typed=word,
        )
        return card, [note]
    return card, []


def _read_as(word: str, card: Card) -> str:
    return phrase("%(typed)s was read as %(plugin)s.", typed=clipped(word), plugin=card.name)


def _classes(cards: Cards) -> Iterator[str]:
    """Full names as vol knows them: it looks for what was typed anywhere in these."""
    for card in cards:
        if not card.own:
            yield from (card.cls, *card.aliases)


def _part(word: str, os: str, cards: Cards, spellings: list[Spelling]) -> tuple[Card, list[str]]:
    """A plugin by a part of its name: whole parts between the dots first, then any stretch, as vol does it."""
    wanted = word.lower()
    names = {(spelling.text.lower(), spelling.card.name) for spelling in spellings if _fits(spelling.card.name, os)}
    names |= {(name.lower(), name) for name in cards.left_out if _fits(name, os)}
    parts = {name for text, name in names if f".{wanted}." in f".{text}."}
    found = sorted(parts or {name for text, name in names if wanted and wanted in text})
    if len(found) > 1:
        known = either(found[:SOME])
        if len(found) > SOME:
            known = phrase("%(names)s and others", names=known)
        raise no(phrase("The name %(typed)s can mean %(known)s. Type the whole name.", typed=quoted(word), known=known))
    if found and found[0] in cards:
        card = cards.get(found[0])
        return card, [_read_as(word, card)]
    if found:
        return _refuse_left_out(word, found[0], os, cards)
    raise _unknown(word, os, cards, spellings)


def _refuse_left_out(word: str, name: str, os: str, cards: Cards) -> tuple[Card, list[str]]:
    """Always raises: the plugin exists and is not offered."""
    if not _fits(name, os):
        raise _other_system(word, os, cards)
    raise _not_offered(name, cards)


def _unknown(word: str, os: str, cards: Cards, spellings: list[Spelling]) -> Exception:
    """Why a word that names nothing here names nothing: another system, no plugin at all, an old path, a mistake."""
    wanted = word.lower()
    if system_of(wanted) not in {os, "any"} or any(
        f".{wanted}." in f".{spelling.text.lower()}." for spelling in spellings
    ):
        return _other_system(word, os, cards)
    if ADDRESS.match(word) or "/" in word or "\\" in word:
        return no(
            phrase("The word %(typed)s names no plugin: paths and addresses can't be used here.", typed=quoted(word))
        )
    gone = _left_out_elsewhere(wanted, os, cards)
    if gone:
        return _not_offered(gone, cards)
    here = {spelling.text.lower(): spelling.card.name for spelling in spellings if _fits(spelling.card.name, os)}
    short = wanted[:MOST_QUOTED]
    near = [name for like in (short, f"{os}.{short}") for name in difflib.get_close_matches(like, here, 8, LIKE)]
    meant = list(dict.fromkeys(here[text] for text in near))[:3]
    next_step = phrase("Did you mean %(known)s?", known=either(meant)) if meant else phrase("See the list of plugins.")
    return no(joined(phrase("There is no plugin %(typed)s.", typed=quoted(word)), next_step))


def _not_offered(name: str, cards: Cards) -> Exception:
    return no(joined(phrase("The plugin %(plugin)s is not offered.", plugin=name), cards.left_out[name]))


def _left_out_elsewhere(wanted: str, os: str, cards: Cards) -> str | None:
    """A plugin that is left out and was meant by an old name, such as linux.hidden_modules, or by its class."""
    parts = set(wanted.split(".")) - {os, "malware", "registry"}
    return next((name for name in cards.left_out if _fits(name, os) and name.lower().split(".")[-1] in parts), None)


def _other_system(word: str, os: str, cards: Cards) -> Exception:
    """The refusal of a plugin that reads another system, with the one to take instead."""
    theirs = system_of(word)
    if theirs == "any":  # a short name that only the other system has
        theirs = "linux" if os == "windows" else "windows"
    here, there = SYSTEMS.get(os, os), SYSTEMS[theirs]
    twin = _twin(word.lower(), theirs, os, cards)
    why = phrase(
        "The exhibit is a %(here)s machine: %(typed)s reads %(there)s.", here=here, typed=clipped(word), there=there
    )
    if twin:
        return no(joined(why, phrase("The plugin for %(here)s is %(plugin)s.", here=here, plugin=twin)))
    return no(joined(why, phrase("Take one of the %(system)s.* plugins.", system=os)))


def _twin(wanted: str, theirs: str, os: str, cards: Cards) -> str | None:
    """The offered plugin that does on this system what one does on another."""
    tail = wanted.removeprefix(f"{theirs}.")
    known = {spelling.text.lower(): spelling.card.name for spelling in _spellings(cards)}
    place = 0 if os == "linux" else 1
    pairs = {pair[1 - place].lower().split(".", 1)[1]: pair[place] for pair in reversed(TWINS)}
    for text in (tail, tail.rpartition(".")[0]):
        for name in (known.get(f"{os}.{text}"), known.get(f"{os}.malware.{text}"), pairs.get(text)):
            if name in cards:
                return name
    return None
