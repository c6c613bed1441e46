"""Each offer of a cell whole: what would stand in the field, its notes and columns, or exactly why there is none."""

from __future__ import annotations

from collections.abc import Mapping

import pytest

from tests.unit.grading.test_offering import Column
from training.grading.values.base import Spec
from training.grading.values.offering import Asked, Offer, offer, offer_of_line, standing_with, values_of

DIGEST = "d41d8cd98f00b204e9800998ecf8427e"
SCRIPT = "Digits of another script were read as 0 to 9."
GONE = "Read without '(deleted)', which is a note of the kernel and no part of the path."
NO_ROOT = "There is no root such as HKLM at the start: read as a part of a path."
CHOSEN = "The answer is chosen from a list on the page: no cell is typed for it."
OWN = "The answer is a text of your own: cite the cell and write what it shows."
EMPTY = "The cell has no value."
SEPARATES = "The cell holds a sign that separates values in this answer: type what you mean."
SEVERAL = "The line holds several values of this kind: type the one that you mean."
NO_VALUE = "A line is no value: type what you mean, and cite the line."
FORMS = {
    "pid": "one process identifier as a decimal number",
    "count": "a whole number",
    "port": "a port number from 0 to 65535",
    "address": "an address in hexadecimal",
    "number": "a number, with a point before decimals",
    "duration": "a duration such as 1h 2m 3s, 01:02:03, or seconds",
    "timestamp": "date and time with seconds in UTC, or with an offset",
    "ip": "an IPv4 or IPv6 address",
    "endpoint": "address:port, IPv6 addresses in brackets",
    "path": "a full path from the root or the drive",
    "registry": "a path of the registry from its root, such as HKLM",
    "string": "the exact text, as the plugin prints it",
    "hash": "an MD5, SHA-1, SHA-256 or SHA-512 in hexadecimal",
}


def other(kind: str) -> str:
    return f"Asked for is {FORMS[kind]}, and the cell holds something else."


@pytest.mark.parametrize(
    ("asked", "type_", "cell", "text", "notes"),
    [
        ("pid", "int", 145, "145", ()),
        ("pid", "str", "0xFF", "255", ("Read as 255 from hexadecimal 0xFF.",)),
        ("pid", "str", "\u0661", "1", (SCRIPT,)),
        ("count", "int", 0, "0", ()),
        ("port", "str", "tcp/80", "80", ()),
        ("address", "hex", 255, "0xff", ()),
        ("address", "bin", 5, "0x5", ()),
        ("address", "str", " 0XFF", "0xff", ()),
        ("number", "float", 2.5, "2.5", ()),
        ("number", "int", -1, "-1", ()),
        ("number", "str", "2,5", "2.5", ()),
        ("duration", "float", 90.5, "1m 30.5s", ()),
        ("duration", "str", "01:00:00", "1h", ()),
        ("timestamp", "str", "2026-03-10T12:10:44+01:00", "2026-03-10 11:10:44Z", ()),
        ("timestamp", "str", "2026-03-10 12:10:44", "2026-03-10 12:10:44Z", ("No zone was given: read as UTC.",)),
        ("ip", "str", " 192.0.2.1", "192.0.2.1", ()),
        ("endpoint", "str", "192.0.2.1 80", "192.0.2.1:80", ()),
        ("path", "str", " /a//b (deleted) ", "/a//b (deleted)", (GONE,)),
        ("path", "str", "C:\\X", "C:\\X", ()),
        ("registry", "str", "HKEY_USERS\\A", "HKEY_USERS\\A", ()),
        ("registry", "str", "a/b", "a/b", (NO_ROOT,)),
        ("hash", "str", f"MD5: {DIGEST.upper()}", DIGEST, ("Read as MD5: 32 hexadecimal digits.",)),
        ("string", "str", " A  b\t", "A  b", ()),
        ("string", "str", "a\tb\r\nc", "a\tb\r\nc", ()),
        ("text", "str", "\u0661 A", "\u0661 A", (SCRIPT,)),
        ("pattern", "str", "FIN-1", "FIN-1", ()),
        ("chain", "int", 145, "145", ()),
    ],
)
def test_a_cell_is_offered_with_all_that_belongs_to_it(
    asked: str, type_: str, cell: object, text: str, notes: tuple[str, ...]
) -> None:
    for number, question in enumerate((Asked(asked), Asked("set", asked))):
        if number and asked in {"number", "duration", "pattern", "chain"}:
            continue  # no set holds these
        if number and "\n" in text:
            assert offer(question, Column("X", type_), cell, {"X": cell}) == Offer(why=SEPARATES)
            continue
        assert offer(question, Column("X", type_), cell, {"X": cell}) == Offer(text, "", notes, ("X",))


@pytest.mark.parametrize(
    ("asked", "type_", "cell", "why"),
    [
        (Asked("choice"), "str", "cron", CHOSEN),
        (Asked("choices"), "str", "cron", CHOSEN),
        (Asked("matching"), "str", "a=1", CHOSEN),
        (Asked("statement"), "str", "true: gone", CHOSEN),
        (Asked("sequence"), "str", "boot", CHOSEN),
        (Asked("set", "pid", listed=True), "int", 145, CHOSEN),
        (Asked("written"), "str", "text", OWN),
        (Asked("pid"), "int", None, EMPTY),
        (Asked("string"), "str", "", EMPTY),
        (Asked("string"), "str", " \u200b", "Nothing was typed."),
        (Asked("string"), "str", "a\x07b", "The cell holds a control character (U+0007): type what you mean."),
        (Asked("string"), "str", "\x1b", "The cell holds a control character (U+001B): type what you mean."),
        (Asked("string"), "str", "a\tb\x00\x07", "The cell holds a control character (U+0000): type what you mean."),
        (Asked("string"), "str", "x" * 2_001, "The answer has 2,001 characters; at most 2,000 are read."),
        (Asked("string"), "list", [1], other("string")),
        (Asked("pid"), "hex", 145, other("pid")),
        (Asked("pid"), "bin", 145, other("pid")),
        (Asked("pid"), "int", -1, "'-1' is out of range: from 1 to 4,194,304."),
        (Asked("pid"), "int", 0, "'0' is out of range: from 1 to 4,194,304."),
        (Asked("pid"), "int", True, other("pid")),
        (Asked("pid"), "str", "bash", other("pid")),
        (Asked("count"), "hex", 5, other("count")),
        (Asked("count"), "float", 2.5, other("count")),
        (Asked("port"), "int", 65_536, other("port")),
        (Asked("number"), "hex", 5, other("number")),
        (Asked("address"), "int", 145, other("address")),
        (Asked("address"), "hex", -1, other("address")),
        (Asked("address"), "str", "cafe", other("address")),
        (Asked("address"), "str", "0xcafeg", other("address")),
        (Asked("duration"), "int", -1, other("duration")),
        (Asked("timestamp"), "int", 5, other("timestamp")),
        (Asked("timestamp"), "str", "soon", other("timestamp")),
        (Asked("ip"), "int", 5, other("ip")),
        (Asked("ip"), "str", "192.0.2.1:80", other("ip")),
        (Asked("hash"), "str", "d41d", other("hash")),
        (Asked("path"), "str", "bash", other("path")),
        (Asked("path"), "int", 5, other("path")),
        (Asked("registry"), "str", "bash", other("registry")),
        (Asked("endpoint"), "str", "192.0.2.1", "The row has no port beside this address."),
        (Asked("endpoint"), "str", "bash", other("endpoint")),
        (Asked("endpoint"), "int", 80, other("endpoint")),
        (Asked("chain"), "str", "1 > 2", other("pid")),
        (Asked("set", "pid"), "str", "bash", other("pid")),
        (Asked("set", "path"), "str", "/a,/b", SEPARATES),
        (Asked("set", "string"), "str", "a\nb", SEPARATES),
    ],
)
def test_a_cell_that_is_not_offered_says_exactly_why(asked: Asked, type_: str, cell: object, why: str) -> None:
    assert offer(asked, Column("X", type_), cell, {"X": cell}) == Offer(why=why)


@pytest.mark.parametrize(
    ("column", "row", "text", "columns"),
    [
        ("SrcIP", {"SrcIP": "192.0.2.1", "SrcPort": 80}, "192.0.2.1:80", ("SrcIP", "SrcPort")),
        ("SrcPort", {"SrcIP": "192.0.2.1", "SrcPort": 80}, "192.0.2.1:80", ("SrcPort", "SrcIP")),
        ("Src_IP", {"Src_IP": "192.0.2.1", "SrcPort": 80}, "192.0.2.1:80", ("Src_IP", "SrcPort")),
        ("Src", {"Src": "192.0.2.1", "SrcPort": "80"}, "192.0.2.1:80", ("Src", "SrcPort")),
        (
            "Local Address",
            {"Remote_Port": 1, "Local Address": "::1", "local-port": 2},
            "[::1]:2",
            ("Local Address", "local-port"),
        ),
        ("Port", {"Addr": "192.0.2.1", "Port": 0}, "192.0.2.1:0", ("Port", "Addr")),
        (
            "SrcAddr",
            {"SrcAddr": "192.0.2.1", "SrcIP": "x", "SrcPort": 80},
            "192.0.2.1:80",
            ("SrcAddr", "SrcPort"),
        ),
        ("SrcIP", {"SrcIP": "192.0.2.1:81", "SrcPort": 80}, "192.0.2.1:81", ("SrcIP",)),
        ("SrcIP", {"SrcIP": "192.0.2.1", "DstPort": 80}, "", ()),
        ("SrcPort", {"SrcIP": "192.0.2.1", "SrcPort": 65_536}, "", ()),
        ("SrcPort", {"SrcPort": 80}, "", ()),
    ],
)
def test_an_endpoint_is_made_of_the_two_cells_of_one_end(
    column: str, row: Mapping[str, object], text: str, columns: tuple[str, ...]
) -> None:
    made = offer(Asked("endpoint"), Column(column, "str"), row[column], row)
    assert (made.text, made.columns) == (text, columns)
    assert bool(made.why) is not bool(text)


@pytest.mark.parametrize(
    ("asked", "line", "made"),
    [
        ("hash", f"md5 of it: {DIGEST}.", Offer(DIGEST, "", ("Read as MD5: 32 hexadecimal digits.",), ("",))),
        ("hash", f"{DIGEST} {DIGEST.upper()}", Offer(DIGEST, "", ("Read as MD5: 32 hexadecimal digits.",), ("",))),
        ("hash", f"{DIGEST} {'0' * 32}", Offer(why=SEVERAL)),
        ("hash", "none", Offer(why=f"Asked for is {FORMS['hash']}, and the line holds none.")),
        ("timestamp", "at 2026-03-10 11:52:59 UTC it was", Offer("2026-03-10 11:52:59Z", columns=("",))),
        ("timestamp", "at 2026-03-10T11:52:59+01:00", Offer("2026-03-10 10:52:59Z", columns=("",))),
        ("timestamp", "2026-03-10 11:52:59Z, 2026-03-10 11:53:00Z", Offer(why=SEVERAL)),
        ("timestamp", "at noon", Offer(why=f"Asked for is {FORMS['timestamp']}, and the line holds none.")),
        ("ip", "(192.0.2.1)", Offer(why=f"Asked for is {FORMS['ip']}, and the line holds none.")),
        ("ip", "from 192.0.2.1, twice: 192.0.2.1;", Offer("192.0.2.1", columns=("",))),
        ("ip", "to 192.0.2.1) and ::1", Offer(why=SEVERAL)),
        ("endpoint", "to 192.0.2.1:80:", Offer("192.0.2.1:80", columns=("",))),
        ("address", "at 0xff and cafe", Offer("0xff", columns=("",))),
        ("path", "removed /a/X", Offer("/a/X", columns=("",))),
        ("path", "removed /a/b.", Offer("/a/b", columns=("",))),
        ("registry", "HKLM\\A was set", Offer("HKLM\\A", columns=("",))),
        ("pid", "process 145", Offer(why=NO_VALUE)),
        ("string", "anything", Offer(why=NO_VALUE)),
        ("number", "7", Offer(why=NO_VALUE)),
        ("choice", "cron", Offer(why=CHOSEN)),
        ("written", "text", Offer(why=OWN)),
    ],
)
def test_a_line_is_offered_as_the_one_value_in_it(asked: str, line: str, made: Offer) -> None:
    assert offer_of_line(Asked(asked), line) == made


def test_a_line_for_a_set_is_one_of_its_values() -> None:
    assert offer_of_line(Asked("set", "ip"), "from 192.0.2.1.") == Offer("192.0.2.1", columns=("",))
    assert offer_of_line(Asked("set", "ip", listed=True), "from 192.0.2.1.") == Offer(why=CHOSEN)
    assert offer_of_line(Asked("set", "pid"), "145") == Offer(why=NO_VALUE)


@pytest.mark.parametrize(
    ("asked", "standing", "offered", "field"),
    [
        (Asked("pid"), "", "145", "145"),
        (Asked("pid"), " \t", "145", "145"),
        (Asked("pid"), " 0x91 ", "145", " 0x91 "),
        (Asked("pid"), "144", "145", None),
        (Asked("pid"), "x", "145", None),
        (Asked("string"), " a ", "a", " a "),
        (Asked("number", unit="KiB"), "1024 bytes", "1", "1024 bytes"),
        (Asked("number", unit="bytes"), "1024 bytes", "1", None),
        (Asked("set", "pid"), "", "145", "145"),
        (Asked("set", "pid"), "99 ", "145", "99\n145"),
        (Asked("set", "pid"), "0x91, 99", "145", "0x91, 99"),
        (Asked("set", "pid"), "?", "145", "?\n145"),
        (Asked("chain"), "1 > 120 ", "145", "1 > 120 > 145"),
        (Asked("chain"), "1 > 0x91", "145", "1 > 0x91"),
        (Asked("chain"), "", "145", "145"),
    ],
)
def test_what_stands_in_the_field_once_an_offer_is_taken(
    asked: Asked, standing: str, offered: str, field: str | None
) -> None:
    assert standing_with(asked, standing, offered) == field


def test_a_row_holds_the_canonical_value_of_each_cell() -> None:
    row = {"PID": 145, "PPID": "0x91", "UP": 7, "OFFSET": 9, "COMM": "bash", "NONE": None}
    types = {"PID": "int", "OFFSET": "hex"}
    assert values_of(Asked("pid"), types, row) == {145, 7}
    assert values_of(Asked("set", "pid"), types, row) == {145, 7}
    assert values_of(Asked("address"), types, row) == {9, 0x91}
    assert values_of(Asked("string"), types, row) == {"0x91", "bash"}
    assert values_of(Asked("choice"), types, row) == frozenset()


def test_a_question_is_read_for_what_everybody_may_know() -> None:
    asked = Asked("set", "pid", None, listed=False)
    assert asked.spec == Spec(type="set", element="pid")
    assert asked.single == Spec(type="pid")
    assert Asked("number", unit="KiB").single == Spec(type="number", unit="KiB")
    assert Asked("number", unit="KiB").spec == Spec(type="number", unit="KiB")
    assert Asked("chain").single == Spec(type="pid")
    assert [Asked(kind).many for kind in ("set", "chain", "sequence", "pid")] == [True, True, False, False]
    options = {"/a": "A"}
    listed = Spec(type="set", element="path", options=options)
    assert Asked.of(listed) == Asked("set", "path", None, listed=True)
    assert Asked.of(listed.model_copy(update={"options": {}})) == Asked("set", "path", None, listed=False)
    assert Asked.of(Spec(type="choice", options=options)) == Asked("choice", None, None, listed=False)
    assert Asked.of(Spec(type="number", unit="MiB")) == Asked("number", None, "MiB", listed=False)


def test_a_number_of_a_cell_has_no_unit_and_reading_it_says_which() -> None:
    asked = Asked("number", unit="KiB")
    note = "No unit was given: read as KiB."
    assert offer(asked, Column("X", "int"), 5, {"X": 5}) == Offer("5", "", (note,), ("X",))
    assert offer(asked, Column("X", "str"), "2048 bytes", {"X": ""}) == Offer("2 KiB", "", (), ("X",))
