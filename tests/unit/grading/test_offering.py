"""From a cell to a field: every answer type, every sort of cell, and nothing of the key."""

import dataclasses
from dataclasses import dataclass

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.unit.grading.miniature import RIGHT, question
from training.grading.values import reading
from training.grading.values.base import Spec
from training.grading.values.offering import (
    CHOSEN,
    Asked,
    Offer,
    offer,
    offer_of_line,
    standing_with,
    values_of,
)


@dataclass(frozen=True)
class Column:
    name: str
    type: str = "str"


TYPES = {
    "PID": "int", "OFFSET": "hex", "START": "datetime", "Source Port": "int", "Destination Port": "int",
    "ForeignPort": "int", "UP": "float", "LIVE": "bool",
}  # fmt: skip
ROW: dict[str, object] = {
    "PID": 145,
    "COMM": "bash",
    "OFFSET": 0xFFFF_9F21_C04D_5000,
    "START": "2026-03-10T12:10:44+00:00",
    "Source Addr": "192.0.2.7",
    "Source Port": 514,
    "Destination Addr": "2001:db8::1",
    "Destination Port": 443,
    "ForeignAddr": "203.0.113.9",
    "ForeignPort": 8443,
    "File": "/opt/x (deleted)",
    "Key": r"HKLM\SOFTWARE\Example",
    "Hash": "D41D8CD98F00B204E9800998ECF8427E",
    "UP": 12.5,
    "LIVE": True,
    "NONE": None,
}


def offered(asked: Asked, column: str, row: dict[str, object] = ROW) -> Offer:
    return offer(asked, Column(column, TYPES.get(column, "str")), row[column], row)


@pytest.mark.parametrize(
    ("kind", "column", "text"),
    [
        ("pid", "PID", "145"),
        ("count", "PID", "145"),
        ("port", "Source Port", "514"),
        ("address", "OFFSET", "0x9f21c04d5000"),
        ("number", "UP", "12.5"),
        ("duration", "UP", "12.5s"),
        ("timestamp", "START", "2026-03-10 12:10:44Z"),
        ("ip", "Source Addr", "192.0.2.7"),
        ("endpoint", "Source Addr", "192.0.2.7:514"),
        ("endpoint", "Source Port", "192.0.2.7:514"),
        ("endpoint", "Destination Addr", "[2001:db8::1]:443"),
        ("endpoint", "ForeignPort", "203.0.113.9:8443"),
        ("hash", "Hash", "d41d8cd98f00b204e9800998ecf8427e"),
        ("path", "File", "/opt/x (deleted)"),
        ("registry", "Key", r"HKLM\SOFTWARE\Example"),
        ("string", "COMM", "bash"),
        ("text", "COMM", "bash"),
        ("pattern", "COMM", "bash"),
        ("chain", "PID", "145"),
    ],
)
def test_each_type_takes_a_cell_in_its_own_form(kind: str, column: str, text: str) -> None:
    made = offered(Asked(kind), column)
    assert (made.text, made.why) == (text, "")
    assert column in made.columns
    value = reading.read(made.text, Spec(type=kind))
    assert value.notes == made.notes, "what reading adds is said beside the offer"


def test_every_type_says_something_of_every_cell() -> None:
    for kind in reading.names():
        for element in (None, "pid", "string") if kind == "set" else (None,):
            if kind == "set" and element is None:
                continue
            for column in ROW:
                made = offered(Asked(kind, element), column)
                assert bool(made.text) != bool(made.why), (kind, column)
                assert not made.text or kind not in CHOSEN | {"written"}


@pytest.mark.parametrize(
    ("asked", "column"),
    [
        (Asked("pid"), "OFFSET"),  # a number in hexadecimal is an address
        (Asked("count"), "OFFSET"),
        (Asked("address"), "PID"),  # and one in decimal is none
        (Asked("address"), "COMM"),
        (Asked("path"), "COMM"),  # a name is no path
        (Asked("pid"), "LIVE"),
        (Asked("ip"), "Source Port"),
        (Asked("timestamp"), "COMM"),
        (Asked("pid"), "NONE"),
        (Asked("choice"), "COMM"),
        (Asked("written"), "COMM"),
        (Asked("set", "pid", listed=True), "PID"),
    ],
)
def test_what_can_not_be_typed_has_a_reason(asked: Asked, column: str) -> None:
    made = offered(asked, column)
    assert made.text == ""
    assert made.why.endswith(".")


def test_an_address_without_its_port_says_so() -> None:
    alone: dict[str, object] = {"Source Addr": "192.0.2.7", "Destination Port": 443}
    assert "port beside this address" in offered(Asked("endpoint"), "Source Addr", alone).why
    whole: dict[str, object] = {"Peer": "192.0.2.7:514"}
    assert offered(Asked("endpoint"), "Peer", whole).text == "192.0.2.7:514"


def test_a_cell_with_a_separator_is_no_single_value() -> None:
    row: dict[str, object] = {"ARGS": "a, b", "LINES": "one\ntwo"}
    assert offered(Asked("set", "path"), "ARGS", {"ARGS": "/a,/b"}).why
    assert offered(Asked("set", "string"), "ARGS", row).text == "a, b"
    assert offered(Asked("set", "string"), "LINES", row).why


@pytest.mark.parametrize(
    "cell",
    ["a\x07b", "\x1b[31mred", "\u202egnp.exe", "zero\u200bwidth", "<script>alert(1)</script>", "=1+1", "\ud800",
     "x" * 9_000, "\0", "  ", "١٤٥", float("nan"), float("inf"), 10**30, -1, [], {}, b"x"],
)  # fmt: skip
def test_a_hostile_cell_is_offered_as_it_reads_or_not_at_all(cell: object) -> None:
    for kind in reading.names():
        asked = Asked(kind, "string" if kind == "set" else None)
        made = offer(asked, Column("X", "int" if isinstance(cell, int) else "str"), cell, {"X": cell})
        assert bool(made.text) != bool(made.why)
        if made.text:
            assert not any(ord(char) < 32 and char not in "\t\n\r" for char in made.text)
            reading.read(made.text, asked.single)


@given(st.text(max_size=60), st.sampled_from(reading.names()), st.sampled_from(["str", "int", "hex", "datetime"]))
def test_no_text_makes_it_fail(text: str, kind: str, column: str) -> None:
    asked = Asked(kind, "pid" if kind == "set" else None)
    made = offer(asked, Column("X", column), text, {"X": text, "X Port": text})
    assert bool(made.text) != bool(made.why)
    line = offer_of_line(asked, text)
    assert bool(line.text) != bool(line.why)


def test_a_line_is_taken_for_the_one_value_that_it_holds() -> None:
    digest = "d2c9c99e426506eb841c132756870765b222819f9289cae16b7d822346fef4a1"
    assert offer_of_line(Asked("hash"), f"SHA-256 of the image: {digest}").text == digest
    assert offer_of_line(Asked("timestamp"), "Clock reading: 2026-03-10 11:52:59 UTC").text == "2026-03-10 11:52:59Z"
    assert offer_of_line(Asked("ip"), "Machine: ws-07, address 192.0.2.17.").text == "192.0.2.17"
    assert "several" in offer_of_line(Asked("ip"), "from 192.0.2.17 to 192.0.2.18").why
    assert offer_of_line(Asked("pid"), "process 145 was seen").why, "any number may be one"
    assert offer_of_line(Asked("ip"), "nothing").why
    assert offer_of_line(Asked("choice"), "after").why


def test_nothing_that_stands_in_a_field_is_lost() -> None:
    pid, pids, chain = Asked("pid"), Asked("set", "pid"), Asked("chain")
    assert standing_with(pid, "", "145") == "145"
    assert standing_with(pid, " 0x91 ", "145") == " 0x91 ", "the same value stays as it was typed"
    assert standing_with(pid, "99", "145") is None
    assert standing_with(pid, "no number", "145") is None
    assert standing_with(pids, "99", "145") == "99\n145"
    assert standing_with(pids, "99, 145", "145") == "99, 145"
    assert standing_with(pids, "99, ?", "145") == "99, ?\n145"
    assert standing_with(chain, "1 > 120", "145") == "1 > 120 > 145"


def test_a_row_holds_what_its_cells_would_be_typed_as() -> None:
    assert 145 in values_of(Asked("pid"), TYPES, ROW)
    assert values_of(Asked("endpoint"), TYPES, ROW) == {"192.0.2.7:514", "[2001:db8::1]:443", "203.0.113.9:8443"}


def test_a_question_is_seen_without_its_key() -> None:
    """Whatever the key, the sources and the mistakes of a question are, an offer is the same."""
    assert {field.name for field in dataclasses.fields(Asked)} == {"type", "element", "unit", "listed"}
    every = [question(name) for name in RIGHT]
    for one, other in zip(every, [*every[1:], every[0]], strict=True):
        changed = one.model_copy(
            update={name: getattr(other, name) for name in ("key", "proof", "corroboration", "mistakes", "facts")}
        )
        assert Asked.of(changed) == Asked.of(one)
        assert Asked.of(one).spec.pattern is None
        assert not Asked.of(one).spec.names
