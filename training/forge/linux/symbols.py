"""A symbol file for memory analysis (ISF) made from a kernel's BTF and the addresses of its symbols.

The format is the "Intermediate Symbol Format", version 6.2.0, of the volatility3 documentation ("Symbol tables"):
base types, user types, enumerations, and symbols with an address and a type. BTF has every type but no types for
ordinary global variables: ``symbol_types.json`` declares those few that analysis needs.

The typedef rule: an analyser attaches meaning to a struct by the name under which a field refers to it, and that's
often a typedef (``kernel_cap_t``). So one copy of a struct, union or enumeration is written under every typedef name
that leads to it, and each reference uses the name that stands in its place. Two typedefs of alike structs stay apart
that way.
"""

import base64
import json
import lzma
import re
from pathlib import Path
from typing import Any

from training.errors import Refused
from training.forge.linux import kallsyms, kernel
from training.forge.linux.btf import COMPOSITE, QUALIFIERS, Btf, Kind, Member, Type
from training.forge.linux.kallsyms import KERNEL_MAP

TYPES_OF_GLOBALS = Path(__file__).parent / "symbol_types.json"
VOID = {"kind": "base", "name": "void"}
WORDS = {Kind.STRUCT: "struct", Kind.UNION: "union", Kind.ENUM: "enum", Kind.ENUM64: "enum"}
UNSIGNED = {
    1: "unsigned char",
    2: "short unsigned int",
    4: "unsigned int",
    8: "long unsigned int",
    16: "__int128 unsigned",
}
MOST_PARTS = 1_000_000
"""Fields and constants that are written, copies under other names included; Debian's kernels have 80,000."""
Json = dict[str, Any]


class Isf:
    """The types of one BTF in the words of ISF."""

    def __init__(self, btf: Btf) -> None:
        self._btf = btf
        self.base: dict[str, Json] = {"void": _base(0), "pointer": _base(8)}
        self.base["void"]["kind"] = "void"
        self._parts = 0
        self.user: dict[str, Json] = {}
        self.enums: dict[str, Json] = {}
        self._names: dict[int, str] = {}
        self._owners: dict[tuple[bool, str], int] = {}
        self._give_names()
        for number, name in self._names.items():
            self._write(number, name)
        for number, each in enumerate(btf.types):
            if each.kind is Kind.TYPEDEF and (target := self._composite(number)):
                self._write(target, self._alias(number))
        for size, name in UNSIGNED.items():  # the C names that declared globals and analysers rely on
            self.base.setdefault(name, _base(size))
        self.base.setdefault("char", _base(1, kind="char"))
        self.base.setdefault("int", _base(4, signed=True))

    def _composite(self, number: int) -> int:
        """The struct, union or enumeration that a typedef leads to, or 0."""
        end = self._btf.strip(number, QUALIFIERS | {Kind.TYPEDEF})
        return end if self._btf.types[end].kind in COMPOSITE else 0

    def _space(self, number: int, name: str) -> tuple[bool, str]:
        """Enumerations have names of their own: the key under which a name is taken."""
        return self._btf.types[number].kind in (Kind.ENUM, Kind.ENUM64), name

    def _give_names(self) -> None:
        """Own names first, so that no typedef takes one away; of two types of one name the first keeps it."""
        for number, each in enumerate(self._btf.types):
            if each.kind in COMPOSITE:
                name = each.name or f"unnamed_{number:x}"
                if self._space(number, name) in self._owners:
                    name = f"{name}__{number:x}"
                self._owners[self._space(number, name)] = number
                self._names[number] = name
        for number, each in enumerate(self._btf.types):
            if each.kind is Kind.TYPEDEF and (target := self._composite(number)):
                self._owners.setdefault(self._space(target, each.name), target)

    def _alias(self, number: int) -> str:
        """The name that a typedef's target has under it; the target's own where another type owns the typedef's
        name.
        """
        target, name = self._composite(number), self._btf.types[number].name
        return name if self._owners[self._space(target, name)] == target else self._names[target]

    def refer(self, number: int) -> Json:  # noqa: PLR0911 - one return for each kind
        """How a field or pointer refers to a type."""
        each = self._btf.types[number]
        match each.kind:
            case Kind.INT | Kind.FLOAT:
                self._write_base(each)
                return {"kind": "base", "name": each.name}
            case Kind.PTR:
                return {"kind": "pointer", "subtype": self.refer(each.target)}
            case Kind.ARRAY:
                return {"kind": "array", "count": each.count, "subtype": self.refer(each.target)}
            case Kind.STRUCT | Kind.UNION | Kind.ENUM | Kind.ENUM64:
                return {"kind": WORDS[each.kind], "name": self._names[number]}
            case Kind.FWD:
                return {"kind": "union" if each.union else "struct", "name": each.name}
            case Kind.TYPEDEF if target := self._composite(number):
                return {"kind": WORDS[self._btf.types[target].kind], "name": self._alias(number)}
            case Kind.TYPEDEF | Kind.VOLATILE | Kind.CONST | Kind.RESTRICT | Kind.TYPE_TAG:
                return self.refer(each.target)
            case Kind.FUNC_PROTO:
                return {"kind": "function"}
        return dict(VOID)

    def _write_base(self, each: Type) -> None:
        if each.name not in self.base:
            char = each.char or each.name in ("char", "signed char", "unsigned char")
            kind = "float" if each.kind is Kind.FLOAT else "bool" if each.boolean else "char" if char else "int"
            signed = each.signed or each.kind is Kind.FLOAT
            self.base[each.name] = _base(each.size, signed=signed, kind=kind)

    def _write(self, number: int, name: str) -> None:
        each = self._btf.types[number]
        self._parts += len(each.members) + len(each.values)
        if self._parts > MOST_PARTS:
            raise Refused(f"the kernel's types have more than {MOST_PARTS} fields and constants")
        if each.kind in (Kind.ENUM, Kind.ENUM64):
            constants = dict(each.values)
            self.enums[name] = {"size": each.size, "base": UNSIGNED[each.size], "constants": constants}
            return
        fields: dict[str, Json] = {}
        for place, member in enumerate(each.members):
            label = member.name or f"unnamed_field_{member.offset // 8:x}"
            field = self._field(member)
            fields[f"{label}_{place}" if label in fields else label] = field
        self.user[name] = {"kind": WORDS[each.kind], "size": each.size, "fields": fields}

    def _field(self, member: Member) -> Json:
        kind, offset = self.refer(member.type), member.offset // 8
        if member.bits:
            kind, offset = self._bits(member, kind)
        field = {"type": kind, "offset": offset}
        return field if member.name else {**field, "anonymous": True}

    def _bits(self, member: Member, kind: Json) -> tuple[Json, int]:
        """A bit field and the offset of the number that it's a part of: a whole multiple of that number's size, as
        compilers lay numbers out. One that crosses from a number into the next, as in a packed struct, is part of a
        number that begins at its first byte and is as wide as it takes.
        """
        unit = self._btf.types[self._btf.strip(member.type, QUALIFIERS | {Kind.TYPEDEF})].size
        offset = member.offset // 8 // unit * unit
        if member.offset - 8 * offset + member.bits > 8 * unit:
            offset = member.offset // 8
            wide = next(size for size in UNSIGNED if 8 * size >= member.offset % 8 + member.bits)
            kind = {"kind": "base", "name": UNSIGNED[wide]}
        place = {"bit_position": member.offset - 8 * offset, "bit_length": member.bits}
        return {"kind": "bitfield", **place, "type": kind}, offset

    def timekeeper_core(self) -> Json | None:
        """``tk_core`` is of a struct without a name until Linux 6.12, known by its first two fields."""
        for number, each in enumerate(self._btf.types):
            if each.kind is Kind.STRUCT and [m.name for m in each.members[:2]] == ["seq", "timekeeper"]:
                return self.refer(number)
        return None

    def has(self, declared: Json) -> bool:
        """Whether every type that a declared type names exists in this kernel."""
        if "subtype" in declared:
            return self.has(declared["subtype"])
        known = {"struct": self.user, "base": self.base}
        return declared["kind"] not in known or declared["name"] in known[declared["kind"]]


def _base(size: int, *, signed: bool = False, kind: str = "int") -> Json:
    return {"size": size, "signed": signed, "kind": kind, "endian": "little"}


def _declared(text: str) -> Json:
    """A declared type, written as in C with the stars and the array after the name: ``struct fb_info *[32]``."""
    if text.endswith("]"):
        inner, count = text[:-1].rsplit("[", 1)
        return {"kind": "array", "count": int(count or 0), "subtype": _declared(inner)}
    if text.endswith("*"):
        return {"kind": "pointer", "subtype": _declared(text[:-1].rstrip())}
    if text == "function":
        return {"kind": "function"}
    if text.startswith("struct "):
        return {"kind": "struct", "name": text.removeprefix("struct ")}
    return {"kind": "base", "name": text}


def banner(image: Path, where: dict[str, int]) -> bytes:
    """The kernel's banner as it stands in a raw image, with its line end and without the zero byte after it.

    Raises:
        Refused: something else stands there.
    """
    with image.open("rb") as file:
        file.seek(max(where["linux_banner"] - KERNEL_MAP, 0))
        text = file.read(512).split(b"\0")[0]
    if not text.startswith(b"Linux version "):
        raise Refused(f"{image}: no banner where linux_banner should be: was the kernel booted with nokaslr?")
    return text


def release(text: bytes) -> str:
    """The kernel's release in a banner."""
    found = re.match(rb"Linux version ([A-Za-z0-9.+_~-]+)", text)
    if found is None:
        raise Refused(f"not a kernel's banner: {text[:60]!r}")
    return found[1].decode()


def of_machine(kernel_path: Path, image: Path) -> tuple[Json, str]:
    """The symbol file of a kernel, and its banner without the line end.

    Args:
        kernel_path: the kernel image.
        image: raw memory of a machine that runs it, booted with ``nokaslr``.

    Raises:
        Refused: one of the two isn't what it should be.
    """
    version, where = kernel.version(kernel_path), kallsyms.of_image(image)
    text = banner(image, where)
    said = text.decode("ascii", "replace").strip()
    if not (said.startswith(f"Linux version {version.split()[0]} ") and said.endswith(version[version.find("#") :])):
        raise Refused(
            f"{image} is memory of {said!r}, {kernel_path} is {version!r}: the types of one are not the other's"
        )
    return make(Btf(kernel.btf(kernel_path)), where, text), said


def make(btf: Btf, where: dict[str, int], text: bytes) -> Json:
    """The whole symbol file as JSON values."""
    isf = Isf(btf)
    declared = {name: _declared(c) for name, c in json.loads(TYPES_OF_GLOBALS.read_text(encoding="utf-8")).items()}
    if core := isf.timekeeper_core():
        declared["tk_core"] = core
    symbols: dict[str, Json] = {}
    for name, address in where.items():
        kind = declared.get(name, VOID)
        symbols[name] = {"address": address, "type": kind if isf.has(kind) else VOID}
    symbols["linux_banner"]["constant_data"] = base64.b64encode(text + b"\0").decode()
    source = {"kind": "symtab", "name": "kallsyms", "hash_type": "sha256", "hash_value": ""}
    metadata = {
        "format": "6.2.0",
        "producer": {"name": "engram-forge", "version": "1.0.0"},
        "linux": {"symbols": [source], "types": []},
    }
    return {
        "metadata": metadata,
        "base_types": isf.base,
        "user_types": isf.user,
        "enums": isf.enums,
        "symbols": symbols,
    }


def write(document: Json, path: Path) -> None:
    """Write a symbol file, xz-compressed; the same document gives the same bytes.

    The names stand in alphabetical order, as dwarf2json writes them: some plugins print what an enumeration names in
    the order of the file.
    """
    text = json.dumps(document, separators=(",", ":"), sort_keys=True)
    path.write_bytes(lzma.compress(text.encode(), preset=9))
