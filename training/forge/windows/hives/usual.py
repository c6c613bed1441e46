"""What every Windows has in its registry, from the tables beside this file.

A table holds keys with their values. Under ``@`` it says when a key was last written: ``media`` as it came with
Windows, ``boot``, ``logon``; without it when Windows was set up. Words in angle brackets are filled in.
"""

import hashlib
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from random import Random
from typing import Any, Final

from training.forge.windows.hive import Node
from training.forge.windows.plan import Filetime, Value

SECOND: Final = 10_000_000
"""Steps of a FILETIME."""

_SPREAD: Final = {"media": 2100, "installed": 1500, "boot": 35, "logon": 14}
_MAKING: Final = frozenset({"media", "installed"})
_PLACE: Final = Path(__file__).parent / "usual"


@dataclass(frozen=True, slots=True)
class Moments:
    """When Windows was made, set up, last started, and when somebody logged on to whom a hive belongs."""

    media: Filetime
    installed: Filetime
    boot: Filetime
    logon: Filetime

    def of(self, name: str, draw: Random) -> Filetime:
        """A time soon after one of the moments."""
        start: Filetime = getattr(self, name)
        return start + draw.randrange(SECOND // 10, _SPREAD[name] * SECOND)


def fixed(part: str) -> Random:
    """Numbers that are the same on every machine: what varies between machines without meaning costs bytes in each."""
    return Random(hashlib.sha256(part.encode()).digest())  # noqa: S311 - drawn again from the same name, no secret


def soon(installed: Filetime, draw: Random) -> Filetime:
    """A time while Windows was set up."""
    return installed + draw.randrange(SECOND // 10, _SPREAD["installed"] * SECOND)


def lay(root: Node, table: str, words: Mapping[str, str], moments: Moments, draw: Random) -> None:
    """Write the keys of a table below a root."""
    for path, content in _read(table).items():
        moment = content.get("@", "installed")
        values = [_value(filled(name, words), data, words) for name, data in content.items() if name != "@"]
        time = moments.of(moment, draw)
        root.put(filled(path, words), time, values, made=time if moment in _MAKING else moments.installed)


def filled(text: str, words: Mapping[str, str]) -> str:
    """A text with its words in angle brackets filled in."""
    if "<" in text:
        for word, meaning in words.items():
            text = text.replace(f"<{word}>", meaning)
    return text


@cache
def _read(table: str) -> dict[str, dict[str, Any]]:
    with (_PLACE / f"{table}.toml").open("rb") as file:
        return tomllib.load(file)


def _value(name: str, data: Any, words: Mapping[str, str]) -> Value:
    """A value as a table says it: text, whole number, list of texts, or a form by its name.

    Raises:
        ValueError: it is none of these.
    """
    kind: str
    content: str | int | bytes | tuple[str, ...]
    match data:
        case str():
            kind, content = "SZ", filled(data, words)
        case int():
            kind, content = "DWORD", data
        case list():
            kind, content = "MULTI_SZ", tuple(filled(each, words) for each in data)
        case {"expand": text}:
            kind, content = "EXPAND_SZ", filled(text, words)
        case {"number": text}:
            kind, content = "DWORD", int(filled(text, words))
        case {"qword": number}:
            kind, content = "QWORD", number
        case {"binary": digits}:
            kind, content = "BINARY", bytes.fromhex(digits)
        case _:
            raise ValueError(f"{name} = {data!r} is no form of a value.")
    return Value(name=name, kind=kind, data=content)
