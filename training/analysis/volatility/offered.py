"""Which plugins and options may be run: what the files in cards/ name and nothing else."""

from functools import cache
from pathlib import Path
from typing import Any

import yaml

CARDS = Path(__file__).with_name("cards")


@cache
def load() -> dict[str, Any]:
    """The cards as written: `island`, `volatility`, `absences`, `columns`, `plugins` by canonical name, `left_out` by
    name. Our own assemblies, which have no class, stand under their name as class too.
    """
    document = _read(CARDS / "about.yaml")
    document["plugins"] = {}
    for file in sorted(CARDS.glob("*.yaml")):
        if file.name == "about.yaml":
            continue
        family = _read(file)
        document["plugins"] |= family["plugins"]
        document["left_out"] |= family.get("left_out", {})
    for name, card in document["plugins"].items():
        card.setdefault("class", name)
    return document


def find(document: dict[str, Any], name: str) -> tuple[str, dict[str, Any]] | None:
    """Canonical name and card of a plugin that was named by its canonical name or by its class; None if it isn't
    offered.
    """
    plugins: dict[str, dict[str, Any]] = document["plugins"]
    if name in plugins:
        return name, plugins[name]
    return next(((canonical, card) for canonical, card in plugins.items() if card["class"] == name), None)


def _read(file: Path) -> dict[str, Any]:
    with file.open("rb") as opened:
        document: dict[str, Any] = yaml.load(opened, getattr(yaml, "CSafeLoader", yaml.SafeLoader))  # noqa: S506 - both are safe loaders
    return document
