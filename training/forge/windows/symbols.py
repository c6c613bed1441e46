"""Symbol files for memory analysis (ISF) from the table of a build.

The format is the "Intermediate Symbol Format", version 6.2.0, of the volatility3 documentation ("Symbol tables"). A
file holds what our table holds and no more. It bears an identity of our own, not that of Microsoft's symbols: it serves
images that were written here and can't be taken for the symbols of a captured one.
"""

import hashlib
import json
import lzma
from dataclasses import dataclass
from typing import Any

from training.forge.windows.builds.grammar import BASES, POINTER, Form, Member
from training.forge.windows.builds.load import Build, Type

KERNEL = "ntkrnlmp.pdb"
TCPIP = "tcpip.pdb"
MACHINE = 0x8664
PRODUCED = "2026-01-01T00:00:00"
"""The date that every file gives: the same table makes the same bytes."""

Json = dict[str, Any]
_VOID: Json = {"kind": "base", "name": "void"}
_NAMES = {
    "u8": "unsigned char",
    "u16": "unsigned short",
    "u32": "unsigned long",
    "u64": "unsigned long long",
    "i8": "char",
    "i16": "short",
    "i32": "long",
    "i64": "long long",
}
"""Our numbers by the names under which readers of Windows ask for them; a ``long`` has four bytes."""
_MORE = {"int": "i32", "unsigned int": "u32", "wchar": "i16"}
"""Further names that readers take for granted."""


@dataclass(frozen=True, slots=True)
class Identity:
    """What names the symbols of one image file: its symbol database, 32 hexadecimal digits in capitals, and an age."""

    pdb: str
    guid: str
    age: int = 1


def identity(build: Build, pdb: str) -> Identity:
    """The identity of our own for a symbol database of a build."""
    digest = hashlib.sha256(f"written for training: {pdb} of Windows build {build.name}".encode()).hexdigest()
    return Identity(pdb, digest[:32].upper())


def kernel(build: Build, named: Identity | None = None) -> Json:
    """The symbols of the kernel: types, enumerations, and addresses from its base. ``named`` replaces our identity."""
    return {
        "metadata": _metadata(build, named or identity(build, KERNEL)),
        "base_types": _base_types(),
        "user_types": {name: _user_type(each) for name, each in build.types.items()},
        "enums": {
            name: {"size": each.size, "base": "int", "constants": each.constants} for name, each in build.enums.items()
        },
        "symbols": {name: {"address": address} for name, address in build.symbols.items()},
    }


def tcpip(build: Build, named: Identity | None = None) -> Json:
    """The symbols of the network driver: addresses alone. ``named`` replaces our identity."""
    return {
        "metadata": _metadata(build, named or identity(build, TCPIP)),
        "base_types": _base_types(),
        "user_types": {},
        "enums": {},
        "symbols": {name: {"address": address} for name, address in build.tcpip.items()},
    }


def packed(document: Json) -> bytes:
    """A symbol file as ``.json.xz``: the same document gives the same bytes."""
    text = json.dumps(document, sort_keys=True, separators=(",", ":"))
    return lzma.compress(text.encode(), format=lzma.FORMAT_XZ, check=lzma.CHECK_CRC64, preset=6)


def _metadata(build: Build, named: Identity) -> Json:
    major, minor, revision, patch = build.version
    return {
        "format": "6.2.0",
        "producer": {"name": "engram", "version": "1", "datetime": PRODUCED},
        "windows": {
            "pdb": {"GUID": named.guid, "age": named.age, "database": named.pdb, "machine_type": MACHINE},
            "pe": {"major": major, "minor": minor, "revision": revision, "build": patch},
        },
    }


def _base_types() -> Json:
    numbers = {**{name: ours for ours, name in _NAMES.items()}, **_MORE}
    types = {
        name: _base(*BASES[ours], kind="char" if ours in {"i8", "u8"} else "int") for name, ours in numbers.items()
    }
    return {**types, "pointer": _base(POINTER, signed=False), "void": _base(0, signed=False, kind="void")}


def _base(size: int, signed: bool, kind: str = "int") -> Json:  # noqa: FBT001 - a word of the format
    return {"size": size, "signed": signed, "kind": kind, "endian": "little"}


def _user_type(described: Type) -> Json:
    fields = {name: {"offset": each.offset, "type": _field(each)} for name, each in described.members.items()}
    return {"kind": "union" if described.union else "struct", "size": described.size, "fields": fields}


def _field(written: Member) -> Json:
    form = written.form
    if form.length:
        bits = {"bit_position": form.bit, "bit_length": form.length}
        return {"kind": "bitfield", **bits, "type": {"kind": "base", "name": _NAMES[form.name]}}
    return _type(form)


def _type(form: Form) -> Json:
    """A form in the words of ISF: arrays from the outer length inwards; a pointer to what the table does not hold
    leads to nothing.
    """
    if form.counts:
        return {"kind": "array", "count": form.counts[0], "subtype": _type(form.element)}
    if form.role == "enum":
        return {"kind": "enum", "name": form.name}
    if form.role == "base":
        return {"kind": "base", "name": _NAMES[form.name]}
    if form.role == "type":
        return {"kind": "struct", "name": form.name}
    if not form.name:
        return {"kind": "pointer", "subtype": _VOID}
    target: Json = (
        {"kind": "base", "name": _NAMES[form.name]} if form.name in _NAMES else {"kind": "struct", "name": form.name}
    )
    return {"kind": "pointer", "subtype": target}
