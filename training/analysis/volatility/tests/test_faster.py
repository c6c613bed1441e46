"""Each quicker part of Volatility against the original."""

# ruff: noqa: PLC0415 - Volatility is imported once its folders are settled
import os
import random
import re
from collections import ChainMap
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

pytestmark = pytest.mark.usefixtures("library")


@pytest.fixture
def originals() -> Iterator[dict[str, Any]]:
    """Puts the quicker parts in place, and the originals back."""
    from volatility3.framework import contexts
    from volatility3.framework import objects as kinds
    from volatility3.framework.interfaces import objects
    from volatility3.framework.layers import linear, scanners
    from volatility3.framework.objects import templates
    from volatility3.framework.symbols import intermed
    from volatility3.framework.symbols.linux import kallsyms

    from training.analysis.volatility import faster

    places = [
        (objects.ObjectInformation, "__contains__"), (objects.ObjectInformation, "__getitem__"),
        (objects.ReadOnlyMapping, "__getattr__"), (templates.ObjectTemplate, "__call__"),
        (kinds.AggregateType, "__getattr__"), (linear.LinearlyMappedLayer, "read"), (kallsyms._KallsymsIO, "read"),
        (intermed.Version1Format, "types"), (scanners.MultiStringScanner, "__init__"),
        (scanners.MultiStringScanner, "search"), (contexts.ModuleCollection, "free_module_name"),
    ]  # fmt: skip
    kept = {(place, name): place.__dict__[name] for place, name in places}
    faster.install()
    assert all(place.__dict__[name] is not kept[place, name] for place, name in places)
    yield {f"{place.__name__}.{name}": function for (place, name), function in kept.items()}
    for (place, name), function in kept.items():
        setattr(place, name, function)


def test_facts_of_an_object(originals: dict[str, Any]) -> None:
    from volatility3.framework.interfaces import objects

    information = objects.ObjectInformation("layer", 5, "native", size=3)
    for key in ("layer_name", "offset", "native_layer_name", "member_name", "parent", "size", "type_name", ""):
        assert (key in information) is originals["ObjectInformation.__contains__"](information, key)
        if key in information:
            assert information[key] == originals["ObjectInformation.__getitem__"](information, key)
        else:
            with pytest.raises(KeyError, match=f"No {key} present"):
                information[key]


@pytest.mark.parametrize("kind", ["chain", "dict"])
def test_attributes_of_a_mapping(originals: dict[str, Any], kind: str) -> None:
    from volatility3.framework.interfaces import objects

    information = objects.ObjectInformation("layer", 5, "native")
    parts = ({"own": 1, "offset": None}, {"type_name": "t", "offset": 7}, information, {"size": 1, "layer_name": "x"})
    mapping = objects.ReadOnlyMapping(ChainMap(*parts) if kind == "chain" else dict(parts[3]))
    for name in ("own", "offset", "type_name", "layer_name", "member_name", "size", "missing"):
        try:
            expected = originals["ReadOnlyMapping.__getattr__"](mapping, name)
        except AttributeError as error:
            with pytest.raises(AttributeError, match=re.escape(str(error))):
                getattr(mapping, name)
        else:
            assert getattr(mapping, name) == expected


PATTERNS = [
    [b"\x60\xc0\x01\x82\xff\xff", b"\x80\xc1\x02\x82\xff\xff", b"\x00\x00\xff\xff\xff\xff"],
    [b"abab", b"cbab"],
    [b"aaa", b"baa"],
    [b"aba", b"bab"],
    [b"one"],
    [b"one", b"three"],
    [b"axy", b"bxy", b"axy"],
]


@pytest.mark.parametrize("patterns", PATTERNS, ids=str)
def test_searching_for_many_texts(originals: dict[str, Any], patterns: list[bytes]) -> None:
    from volatility3.framework.layers import scanners

    dice = random.Random(repr(patterns))  # noqa: S311 - the same haystack each time
    letters = sorted(set(b"".join(patterns)))
    haystack = bytes(dice.choice(letters) for _ in range(20_000)) + b"".join(patterns) * 3
    scanner = scanners.MultiStringScanner(patterns)
    expected = list(originals["MultiStringScanner.search"](scanner, haystack))
    assert list(scanner.search(haystack)) == expected
    assert expected
    assert list(scanner.search(b"")) == []
    with pytest.raises(TypeError):
        list(scanner.search("text"))
    with pytest.raises(ValueError, match="empty set"):
        list(scanners.MultiStringScanner([]).search(b""))


class _Lower:
    """A layer of physical memory in which some pages are missing."""

    def __init__(self, data: bytes, missing: set[int]) -> None:
        self.data, self.missing = data, missing

    def is_valid(self, offset: int, length: int = 1) -> bool:
        pages = range(offset >> 12, (offset + length - 1 >> 12) + 1)
        return offset >= 0 and offset + length <= len(self.data) and not self.missing.intersection(pages)

    def read(self, offset: int, length: int, pad: bool = False) -> bytes:  # noqa: FBT001, FBT002 - Volatility's signature
        from volatility3.framework import exceptions

        del pad
        if not self.is_valid(offset, length):
            raise exceptions.InvalidAddressException("lower", offset)
        return self.data[offset : offset + length]


@pytest.fixture
def layer() -> Any:
    """An Intel layer whose pages lie in reverse order; page 3 has no entry, page 5 points to missing memory."""
    from types import SimpleNamespace

    from volatility3.framework import exceptions
    from volatility3.framework.layers import intel

    class Reversed(intel.Intel32e):  # type: ignore[misc]
        def __init__(self, lower: _Lower) -> None:
            self._name = "upper"
            layers = {"lower": lower}

            class Layers(dict[str, Any]):
                def read(self, name: str, offset: int, length: int, pad: bool = False) -> bytes:  # noqa: FBT001, FBT002
                    return bytes(self[name].read(offset, length, pad))

            self._context = SimpleNamespace(layers=Layers(layers))

        def _translate(self, offset: int) -> tuple[int, int, str]:
            page = offset >> 12
            if page == 3 or page not in range(8):
                raise exceptions.PagedInvalidAddressException("upper", offset, 12, 0, "no entry")
            return (7 - page) << 12 | offset & 0xFFF, 0x1000, "lower"

    return Reversed(_Lower(os.urandom(8 * 4096), {7 - 5}))


def _outcome(function: Any, *arguments: Any) -> Any:
    """What a function gives, or what it raises as far as a reader can tell."""
    from volatility3.framework import exceptions

    try:
        return function(*arguments)
    except exceptions.InvalidAddressException as error:
        return type(error), str(error), error.invalid_address


def test_reading_a_layer(originals: dict[str, Any], layer: Any) -> None:
    original = originals["LinearlyMappedLayer.read"].__wrapped__
    dice = random.Random(7)  # noqa: S311 - the same places each time
    places = [(dice.randrange(-10, 9 * 4096), dice.choice([0, 1, 2, 8, 100, 4096, 5000])) for _ in range(3000)]
    whole = [*places, (0, 4096), (4095, 1), (4095, 2)]
    outcomes = [_outcome(original, layer, *place, pad) for place in whole for pad in (False, True)]
    assert [_outcome(type(layer).read, layer, *place, pad) for place in whole for pad in (False, True)] == outcomes
    assert sum(isinstance(outcome, tuple) for outcome in outcomes) > 100


def test_reading_the_packed_symbols(originals: dict[str, Any], layer: Any) -> None:
    from types import SimpleNamespace

    from volatility3.framework.symbols.linux import kallsyms

    class Read:
        def read(self, offset: int, length: int) -> bytes:
            return bytes(layer.read(offset, length))

    context = SimpleNamespace(layers={"upper": Read()})
    ours, theirs = (kallsyms._KallsymsIO(context, "upper") for _ in range(2))
    dice = random.Random(11)  # noqa: S311 - the same places each time
    for _ in range(3000):
        offset, size = dice.randrange(8 * 4096), dice.choice([0, 1, 2, 3, 8, 4096])
        ours.seek(offset)
        theirs.seek(offset)
        assert _outcome(ours.read, size) == _outcome(originals["_KallsymsIO.read"], theirs, size)
        assert ours._position == theirs._position


def test_names_of_types(originals: dict[str, Any], tmp_path: Path) -> None:
    import json

    from volatility3.framework import contexts
    from volatility3.framework.symbols import intermed

    from .test_lookups import _file

    (tmp_path / "symbols.json").write_text(json.dumps(_file()))
    table = intermed.IntermediateSymbolTable(contexts.Context(), "t", "t", (tmp_path / "symbols.json").as_uri())
    expected = originals["Version1Format.types"].fget(table._delegate)
    assert list(table.types) == list(expected)
    assert list(table.types) == list(expected)
    assert "a" in table.types
    assert "nothing" not in table.types


def test_free_names_of_modules(originals: dict[str, Any]) -> None:
    from types import SimpleNamespace

    from volatility3.framework import contexts

    original = originals["ModuleCollection.free_module_name"]
    modules = contexts.ModuleCollection()
    dice = random.Random(5)  # noqa: S311 - the same names each time
    names = ["nt", "nt1x", "nt_1", "ntoskrnl", "other3", "nt7", "", "1", "nt\u0664", *(f"nt{n}" for n in (12, 14, 15))]
    for step in range(300):
        for prefix in ("nt", "other", "module", "n.", "t+"):
            assert modules.free_module_name(prefix) == original(modules, prefix), (step, prefix)
        assert modules.free_module_name() == original(modules)
        kind = dice.randrange(4)
        name = modules.free_module_name(dice.choice(["nt", "other"])) if kind else dice.choice(names)
        if name in modules:
            del modules[name]
        else:
            modules.add_module(SimpleNamespace(name=name))
        if kind == 3 and len(modules) > 5:
            del modules[dice.choice(list(modules))]
            modules.add_module(SimpleNamespace(name=modules.free_module_name("nt")))
