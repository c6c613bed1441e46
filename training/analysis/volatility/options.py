"""Options of an order against the card of the plugin: nothing that the card does not name reaches Volatility."""

import re
from typing import Any

from training.analysis.volatility import framework
from training.analysis.volatility.request import BadRequest

LONGEST_TEXT = {"str": 4096, "path": 4096, "regex": 1000, "choice": 200, "yara": 20_000}
ELEMENTS: dict[str, type] = {"ints": int, "strs": str}
TYPES: dict[str, type] = {"int": int, "bool": bool, "str": str, "path": str, "regex": str, "choice": str, "yara": str}
PATTERN = "yara-string"
PLAIN = re.compile(r'[^"\\/{][^"\\]*')
REGULAR = re.compile(r"/(?:[^/\\]|\\.)+/[is]{0,2}")
BYTES = re.compile(r"\{[0-9A-Fa-f?~\s\[\]()|-]+\}")
RULES = "yara-rules"
"""The option that stands for Volatility's yara_file, which is a URI and never the user's."""
RULES_REQUIREMENT = "yara_file"


def accept(cls: Any, card: dict[str, Any], given: dict[str, Any]) -> dict[str, Any]:
    """Values by the name of their requirement (our own assemblies, without a class, have none: there the option's name
    stays). Raises BadRequest for an option that the card does not allow or a value outside its bounds.
    """
    allowed: dict[str, dict[str, Any]] = card.get("options") or {}
    names = {name: name for name in allowed} if cls is None else _requirements(cls)
    chosen = {}
    for option, value in given.items():
        bounds = allowed.get(option)
        name = names.get(option)
        if bounds is None or name is None:
            raise BadRequest(f"options: --{option} is not offered")
        _check(option, bounds, value)
        chosen[name] = value
    for group in card.get("needs") or []:
        if len([option for option in group if option in given]) != 1:
            wanted = " or ".join(f"--{option}" for option in group)
            raise BadRequest(f"options: {wanted} must be given{', exactly one of them' if len(group) > 1 else ''}")
    return chosen


def writes_files(card: dict[str, Any], given: dict[str, Any]) -> bool:
    """Whether a run with these options (as on the command line) writes files."""
    allowed: dict[str, dict[str, Any]] = card.get("options") or {}
    return bool(card.get("files")) or any(given.get(name) for name, bounds in allowed.items() if bounds.get("files"))


def _requirements(cls: Any) -> dict[str, str]:
    names = {name.replace("_", "-"): name for name, kind, _ in framework.options(cls) if kind != "uri"}
    if any(name == RULES_REQUIREMENT for name, _, _ in framework.options(cls)):
        names[RULES] = RULES_REQUIREMENT
    return names


def _check(option: str, bounds: dict[str, Any], value: Any) -> None:
    kind = bounds["type"]
    parts = [value]
    if kind in ELEMENTS:
        if not isinstance(value, list):
            raise BadRequest(f"options: --{option} must be of type {kind}, not {value!r}")
        if len(value) > bounds.get("many", 1000):
            raise BadRequest(f"options: --{option} takes at most {bounds['many']} values")
        parts = value
    expected = ELEMENTS.get(kind) or TYPES.get(kind)
    for part in parts:
        if type(part) is not expected:
            raise BadRequest(f"options: --{option} must be of type {kind}, not {value!r}")
        longest = bounds.get("length", LONGEST_TEXT.get(kind, LONGEST_TEXT["str"]))
        if isinstance(part, str) and len(part) > longest:
            raise BadRequest(f"options: --{option} is too long")
        if option == PATTERN and isinstance(part, str):
            _pattern(option, part)
        _bounds(option, bounds, part)


def _pattern(option: str, text: str) -> None:
    """A single YARA pattern. Volatility puts it into a rule as it is, so that more than one pattern would be more of a
    rule than was asked for.
    """
    if not text.isprintable() or not (PLAIN.fullmatch(text) or REGULAR.fullmatch(text) or BYTES.fullmatch(text)):
        raise BadRequest(
            f"options: --{option} takes a plain text without quotation mark and backslash, a /regular expression/, "
            "or { 4D 5A ?? } bytes; for more use --yara-rules"
        )


def _bounds(option: str, bounds: dict[str, Any], part: Any) -> None:
    if isinstance(part, int) and not bounds.get("least", part) <= part <= bounds.get("most", part):
        raise BadRequest(f"options: --{option} must lie between {bounds.get('least')} and {bounds.get('most')}")
    choices = bounds.get("choices")
    if choices is not None and part not in choices:
        raise BadRequest(f"options: --{option} must be one of {', '.join(map(str, choices))}")
