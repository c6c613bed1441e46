"""Addresses that a page is asked for, and those that a row offers."""

from dataclasses import dataclass
from typing import Any

import pytest

from training.labs.service import memory
from training.labs.service.memory import Place


@dataclass(frozen=True)
class Column:
    name: str
    type: str


@pytest.mark.parametrize(
    ("given", "command"),
    [
        ({"pid": "12", "address": "0x400000"}, "engram.bytes --address 0x400000 --length 256 --pid 12"),
        ({"address": "4096", "length": "60"}, "engram.bytes --address 0x1000 --length 64"),
        ({"address": "ffff888003ad8000"}, "engram.bytes --address 0xffff888003ad8000 --length 256"),
        ({"pid": "9", "address": "0x10", "physical": "1"}, "engram.bytes --address 0x10 --length 256 --physical"),
        ({"address": " 0X7f ", "length": "999999"}, "engram.bytes --address 0x7f --length 4096"),
    ],
)
def test_a_place_is_a_command(given: dict[str, str], command: str) -> None:
    made = memory.place(given)
    assert made.fault == ""
    words = set(made.text(memory.BYTES).split(" --"))
    assert words == set(command.split(" --"))
    assert memory.place({k: str(v) for k, v in made.args(memory.BYTES).items() if v is not None}).text(
        memory.BYTES
    ) == made.text(memory.BYTES), "its address names the same"


@pytest.mark.parametrize(
    "given",
    [
        {"address": "soon"}, {"address": "-5"}, {"address": hex(2**64)}, {"address": "0x"}, {"address": "٣"},
        {"address": "0x1000", "pid": "init"}, {"address": "0x1000", "pid": "-1"},
    ],
)  # fmt: skip
def test_what_is_no_place_says_why(given: dict[str, str]) -> None:
    made = memory.place(given)
    assert made.address is None
    assert made.fault


def test_what_the_command_line_refuses_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    made = memory.checked(memory.place({"address": "0x10", "pid": str(2**40)}), memory.WALK, "linux")
    assert made.address is None
    assert "4294967295" in made.fault
    assert memory.checked(memory.place({}), memory.WALK, "linux").fault == ""


def spots(pid: str | None, **cells: str) -> list[tuple[str, Any, bool]]:
    columns = [Column("PID", "int")] if pid else []
    values = [pid] if pid else []
    for name, text in cells.items():
        columns.append(Column(name.replace("_", " "), "hex"))
        values.append(text)
    return [(one.column, one.place.pid, one.place.physical) for one in memory.spots(columns, values)]


def test_addresses_of_a_row_are_offered_where_they_can_be_looked_at() -> None:
    assert spots("12", Start="0x7f0000001000", Size="0x2000", PgOff="0x3000") == [("Start", 12, False)]
    assert spots("12", Offset="0x888003ad8000") == [("Offset", None, False)], "the kernel's, without a process"
    assert spots("12", Offset="0xffff888003ad8000") == [("Offset", None, False)]
    assert spots(None, Start="0x7f0000001000") == [], "of which process?"
    assert spots("12", Start="unreadable", End="0x0", Base="0x10") == []
    assert spots(None, PagePAddr="0x5000") == [("PagePAddr", None, True)]


def test_the_page_of_a_place_says_no_more_than_it_must() -> None:
    made = Place(None, 0x1000, memory.USUAL, physical=False, typed={})
    assert {name: value for name, value in made.args(memory.BYTES).items() if value is not None} == {
        "address": "0x1000"
    }
    assert made.at(0x2000).args(memory.WALK) == {"address": "0x2000"}


def test_there_is_nothing_before_the_first_address_and_after_the_last() -> None:
    first, last = (Place(1, at, 64, physical=False, typed={}) for at in (32, 2**64 - 64))
    assert first.before is None
    assert first.after == first.at(96)
    assert last.before == last.at(2**64 - 128)
    assert last.after is None
