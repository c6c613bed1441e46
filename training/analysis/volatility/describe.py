"""Every plugin of the installed Volatility that is not for macOS, described by itself: cards are checked with it."""

import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from training.analysis.volatility import framework, offered


def describe() -> Iterator[dict[str, Any]]:
    """One record per plugin: class, version, whether it is offered, what it is an alias of, options with type and
    default.
    """
    with tempfile.TemporaryDirectory() as cache:
        framework.settle(Path(cache))
        framework.listen()
        classes = framework.load()
        cards = {card["class"] for card in offered.load()["plugins"].values()}
        for name, cls in sorted(classes.items()):
            if name.startswith("mac."):
                continue
            yield {
                "class": name,
                "version": framework.plugin_version(cls),
                "offered": name in cards,
                "alias_of": _replacement(cls, classes),
                "options": [
                    {"name": option.replace("_", "-"), "type": kind, "optional": requirement.optional,
                     "default": requirement.default}
                    for option, kind, requirement in framework.options(cls)
                ],
            }  # fmt: skip


def _replacement(cls: Any, classes: dict[str, Any]) -> str | None:
    """The plugin that a renamed one stands for: it borrows the very function of its replacement."""
    if not any(base.__name__ == "PluginRenameClass" for base in cls.__mro__):
        return None
    own = cls.__dict__.get("get_requirements")
    return next(
        (name for name, other in classes.items() if other is not cls and other.__dict__.get("get_requirements") is own),
        None,
    )
