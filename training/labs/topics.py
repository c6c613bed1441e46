"""Where a plugin stands in the list of plugins: by what its rows are about."""

import re
from collections.abc import Iterable

from training.analysis.cards import Card, Topic
from training.sentence import Translated

# The first that fits a plugin's name or the structure that it reads.
TOPICS: tuple[tuple[Topic, str], ...] = (
    ("registry", r"\.registry\.|registry|hive"),
    ("network", r"sock|net(scan|stat|filter)|\.ip\.|afinfo|network|packet"),
    ("files", r"pagecache|mount|file|mft|mbr|shim|lsof|truecrypt|symlink|open descriptors"),
    ("kernel", r"module|modx|lsmod|modscan|driver|idt|syscall|ssdt|callback|trace|ebpf|kallsyms|kmsg|timers|check_"),
    ("kernel", r"kernel (?!stacks)|keyboard|tty_check|devicetree|irp|perf_events"),
    ("memory", r"memory|VAD|malfind|process code|image headers|loader|regex|yara|pool|elfs|virtmap"),
    ("processes", r"task|process|thread|job|handle|token|console|desktop|window station|bash|cmd|session"),
    ("processes", r"cred|capab|ptrac|number table|service|mutant"),
    ("system", ""),
)
ORDER: tuple[Topic, ...] = ("processes", "memory", "files", "network", "kernel", "registry", "system")


def topic_of(card: Card) -> Topic:
    """What the rows of a plugin are about."""
    return next(topic for topic, words in TOPICS if re.search(words, f"{card.name} {card.family}"))


def by_topic(cards: Iterable[Card]) -> list[tuple[Topic, list[Card]]]:
    """Cards under their topics, which stand in a fixed order; topics without one are left out."""
    found: dict[Topic, list[Card]] = {topic: [] for topic in ORDER}
    for card in sorted(cards, key=lambda card: card.name):
        found[topic_of(card)].append(card)
    return [(topic, listed) for topic, listed in found.items() if listed]


def matching(cards: Iterable[Card], text: str) -> list[Card]:
    """Cards that hold every word of a text in their name, their questions in any language, what they list and show, or
    their columns.
    """
    words = text.casefold().split()
    return [card for card in cards if all(word in _said(card) for word in words)]


def _said(card: Card) -> str:
    columns = " ".join(column.name for column in card.columns)
    asks = " ".join(text for one in card.asks for text in languages(one.text))
    return f"{card.name} {asks} {card.lists} {card.shows} {card.walks} {card.family} {columns}".casefold()


def languages(text: str) -> list[str]:
    """A text in every language that it has."""
    return [text, *text.others.values()] if isinstance(text, Translated) else [text]
