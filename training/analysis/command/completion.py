"""What a page needs to complete a command, and the usage line of a plugin."""

from typing import Any

from training.analysis import cards as plugin_cards
from training.analysis.cards import Card, Cards, Option
from training.analysis.command.general import GENERAL, RENDERERS


def completion(os: str, cards: Cards | None = None) -> dict[str, Any]:
    """Everything that can be typed on an exhibit of this system, as JSON.

    `plugins` has name, meaning, the names of its columns, and its options as numbers of `options`, a list in which
    equal options stand once: name, usage, meaning, and where they exist the choices. `words` are the options of vol
    itself with usage and meaning, `renderers` the values of -r.
    """
    known = plugin_cards.load() if cards is None else cards
    options: list[dict[str, Any]] = []
    plugins: list[dict[str, Any]] = []
    for card in known.for_os(os):
        numbers = []
        for option in card.options:
            described = _described(option)
            if described not in options:
                options.append(described)
            numbers.append(options.index(described))
        columns = [column.name for column in card.columns]
        plugins.append({"name": card.name, "means": card.lists, "options": numbers, "columns": columns})
    words = [
        {"name": option.name, "usage": option.usage, "means": option.says}
        for option in GENERAL.values()
        if option.use != "refused"
    ]
    return {"os": os, "plugins": plugins, "options": options, "words": words, "renderers": list(RENDERERS)}


def _described(option: Option) -> dict[str, Any]:
    choices = {"choices": list(option.choices)} if option.choices else {}
    return {"name": f"--{option.name}", "usage": option.usage, "means": option.help, **choices}


def usage(card: Card) -> str:
    """How a plugin is called, in one line: `vol linux.pslist [--pid N …] [--threads]`."""
    needed = [" | ".join(_usage(card, name) for name in group) for group in card.needs]
    grouped = {name for group in card.needs for name in group}
    parts = [f"({part})" if "|" in part else part for part in needed]
    parts += [f"[{option.usage}]" for option in card.options if option.name not in grouped]
    return " ".join(["vol", card.name, *parts])


def _usage(card: Card, name: str) -> str:
    option = card.option(name)
    return option.usage if option else f"--{name}"
