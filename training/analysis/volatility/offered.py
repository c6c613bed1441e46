"""Which plugins and options may be run: what cards.yaml names and nothing else."""

from pathlib import Path
from typing import Any

import yaml

CARDS = Path(__file__).with_name("cards.yaml")


def load() -> dict[str, Any]:
    """The cards as written: `island`, `volatility`, `plugins` by canonical name, `left_out` by name."""
    with CARDS.open("rb") as file:
        document: dict[str, Any] = yaml.load(file, getattr(yaml, "CSafeLoader", yaml.SafeLoader))  # noqa: S506 - both are safe loaders
    return document


def find(document: dict[str, Any], name: str) -> tuple[str, dict[str, Any]] | None:
    """Canonical name and card of a plugin that was named by its canonical name or by its class; None if it isn't
    offered.
    """
    plugins: dict[str, dict[str, Any]] = document["plugins"]
    if name in plugins:
        return name, plugins[name]
    return next(((canonical, card) for canonical, card in plugins.items() if card["class"] == name), None)
