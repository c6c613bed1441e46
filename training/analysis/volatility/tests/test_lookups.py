"""What lies ready before the fork changes nothing: against a space and a table in which nothing does."""

# ruff: noqa: PLC0415 - Volatility is imported once its folders are settled
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

Space = Callable[..., Any]

pytestmark = pytest.mark.usefixtures("library")


def _struct(**fields: Any) -> dict[str, Any]:
    members = {name: {"offset": 8 * at, "type": kind} for at, (name, kind) in enumerate(fields.items())}
    return {"kind": "struct", "size": 8 * max(1, len(fields)), "fields": members}


def _to(name: str) -> dict[str, Any]:
    return {"kind": "pointer", "subtype": {"kind": "struct", "name": name}}


def _file() -> dict[str, Any]:
    """Types: a -> b -> c, a holds d; lost refers to nothing; alone refers to none."""
    base = {"kind": "int", "endian": "little", "signed": False}
    return {
        "metadata": {"format": "6.2.0", "producer": {"name": "test", "version": "1.0.0"}},
        "base_types": {
            "int": {**base, "size": 4},
            "pointer": {**base, "size": 8},
            "void": {**base, "kind": "void", "size": 0},
        },
        "enums": {},
        "user_types": {
            "a": _struct(b=_to("b"), d={"kind": "struct", "name": "d"}),
            "b": _struct(c=_to("c")),
            "c": _struct(back=_to("b")),
            "d": _struct(many={"kind": "array", "count": 2, "subtype": {"kind": "struct", "name": "c"}}),
            "lost": _struct(no=_to("nowhere")),
            "alone": _struct(number={"kind": "base", "name": "int"}),
        },
        "symbols": {
            "one": {"address": 0x1_0000_0000_0010, "type": {"kind": "struct", "name": "a"}},
            "two": {"address": 5},
            "same": {"address": 5, "type": {"kind": "base", "name": "int"}},
            "dangling": {"address": 7, "type": _to("nowhere")},
        },
    }


@pytest.fixture
def space(tmp_path: Path) -> Space:
    """Makes a space with a table of the file above; `ready` names the types that are prepared."""

    def make(ready: list[str] | None, content: dict[str, Any] | None = None, mask: int = 2**48 - 1) -> Any:
        from volatility3.framework import contexts
        from volatility3.framework.symbols import intermed

        from training.analysis.volatility import lookups

        file = tmp_path / "symbols.json"
        file.write_text(json.dumps(content or _file()))
        context = contexts.Context()
        table = intermed.IntermediateSymbolTable(context, "test", "t", file.as_uri(), symbol_mask=mask)
        context.symbol_space.append(table)
        if ready is not None:
            made = lookups.Space.over(context.symbol_space)
            lookups.watch(made, table)
            assert bool(made.prepare(f"t!{name}" for name in ready)) is bool(ready)
        return context.symbol_space

    return make


def _classes(space: Any) -> dict[str, str]:
    return {name: type(template).__name__ + _class(template) for name, template in space._resolved.items()}


def _class(template: Any) -> str:
    return getattr(template.vol, "object_class", type(None)).__name__


class _Step:
    """Something that a plugin does with a space."""

    def __init__(self, kind: str, name: str) -> None:
        self.kind, self.name = kind, name

    def __repr__(self) -> str:
        return f"{self.kind} {self.name}"

    def __call__(self, space: Any) -> str:
        from volatility3.framework import exceptions, objects

        table = space["t"]
        try:
            if self.kind == "ask":
                return _class(space.get_type(f"t!{self.name}"))
            if self.kind == "symbol":
                return str(space.get_symbol(f"t!{self.name}").type_name)
            if self.kind == "delete":
                table.del_type_class(self.name)
            else:
                kinds = {"set": type("Other", (objects.StructType,), {}), "plain": objects.AggregateType}
                table.set_type_class(self.name, kinds[self.kind])
        except (exceptions.SymbolError, ValueError) as error:
            return f"{type(error).__name__}: {error}"
        return ""


EVERY = ["a", "lost", "alone"]
STORIES = [
    "ask a", "ask b, ask a", "set b, ask a", "ask c, set b, ask a, ask b", "ask a, set b, ask b", "set c, ask c, ask a",
    "ask alone, set a, set d, ask a, ask d", "ask nowhere", "ask lost, ask nowhere",
    "ask nowhere, ask lost, ask nowhere",
    "set a, delete a, ask a", "ask b, set c, delete c, ask d", "plain a, ask a", "ask b, plain a, ask a",
    "set nothing, ask a", "symbol one, set b, ask b", "symbol dangling, ask a", "symbol same, set a, symbol one, ask a",
    "set int, ask a, ask int",
]  # fmt: skip


@pytest.mark.parametrize("story", STORIES)
@pytest.mark.parametrize("ready", [EVERY, ["b"], []], ids=str)
def test_each_story_ends_as_without_preparation(space: Space, story: str, ready: list[str]) -> None:
    steps = [_Step(*step.split()) for step in story.split(", ")]
    cold, warm = space(None), space(ready)
    assert [step(warm) for step in steps] == [step(cold) for step in steps]
    warm._ready = True
    warm._reached = (-1, set())
    warm.forget()
    assert _classes(warm) == _classes(cold)


def test_a_template_that_was_given_out_stays_the_same_object(space: Space) -> None:
    made = space(EVERY)
    held = made.get_type("t!c")
    _Step("set", "a")(made)
    _Step("plain", "d")(made)
    assert made.get_type("t!c") is held


def test_a_removed_table_takes_its_types(space: Space) -> None:
    from volatility3.framework import exceptions

    made = space(EVERY)
    made.get_type("t!a")
    made.remove("t")
    with pytest.raises(exceptions.SymbolError):
        made.get_type("t!a")


def test_nothing_is_prepared_where_it_could_be_seen(space: Space) -> None:
    elsewhere = _file()
    elsewhere["user_types"]["a"] = _struct(b=_to("other!x"))
    broken = _file()
    broken["user_types"]["b"]["fields"]["members"] = {"offset": 0, "type": {"kind": "struct", "name": "d"}}
    for content in (elsewhere, broken):
        made = space([], content)
        assert made.prepare(["t!a", "t!alone"]) == 0
        assert made._resolved == {}


@pytest.mark.parametrize("mask", [0, 2**48 - 1])
def test_symbols_by_address(space: Space, mask: int) -> None:
    from training.analysis.volatility import lookups

    cold, warm = space(None, mask=mask)["t"], space(EVERY, mask=mask)["t"]
    assert lookups.sort_symbols(warm)
    for address in (0, 5, 7, 0x10, 0x1_0000_0000_0010):
        assert list(warm.get_symbols_by_location(address)) == list(cold.get_symbols_by_location(address))
    assert warm._sort_symbols == cold._sort_symbols
    assert warm.addresses == sorted(cold.get_symbol(name).address for name in ("one", "two", "same"))


@pytest.mark.parametrize(
    "entry",
    [
        {"address": 1, "type": {"kind": "unheard of", "name": "x"}},
        {"address": "text"},
        {"address": 1, "constant_data": "abc"},
        {},
    ],
)
def test_symbols_that_can_not_be_made_are_left_to_the_run(space: Space, entry: dict[str, Any]) -> None:
    from training.analysis.volatility import lookups

    content = _file()
    content["symbols"]["bad"] = entry
    table = space(EVERY, content)["t"]
    assert not lookups.sort_symbols(table)
    assert table._sort_symbols == []


def test_the_size_of_a_table(space: Space) -> None:
    from types import SimpleNamespace

    from volatility3.plugins.linux.malware import check_syscall

    from training.analysis.volatility import lookups

    made = space(EVERY)
    table = made["t"]
    module = SimpleNamespace(
        symbols=table.symbols, symbol_table_name="t", get_symbol=lambda name: made.get_symbol(f"t!{name}")
    )
    plugin = SimpleNamespace(context=SimpleNamespace(symbol_space=made))
    size = check_syscall.Check_syscall._get_table_size_next_symbol
    unprepared = [size(plugin, address, 8, module) for address in range(-20, 40)]
    assert lookups.sort_symbols(table)
    assert [size(plugin, address, 8, module) for address in range(-20, 40)] == unprepared
    assert len(set(unprepared)) > 2
