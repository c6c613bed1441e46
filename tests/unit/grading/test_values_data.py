"""What every answer type makes of a value of the key language, and of cells; what it can't hold, and why."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone

import pytest

from tests.unit.grading.typed import SPECS
from training.grading.values.base import Canon, Misfit
from training.grading.values.reading import kind_of
from training.sentence import Sentence

NOON = datetime(2026, 3, 10, 12, tzinfo=UTC)
ADDRESS = "an address is a whole number of at most 64 bits, or its hexadecimal text"
PID = "a pid is a whole number from -2,147,483,648 to 4,294,967,295"
DURATION = "a duration is a number of seconds, not negative"
ENDPOINT = "an endpoint is an address and a port"
STATEMENT = "a statement is a truth value and the id of a reason"


@pytest.mark.parametrize(
    ("name", "data", "canon"),
    [
        ("pid", 145, 145),
        ("pid", "145", 145),
        ("pid", "+7", 7),
        ("pid", "-2147483648", -2147483648),
        ("pid", -2147483648, -2147483648),
        ("pid", 4294967295, 4294967295),
        ("count", 0, 0),
        ("count", 10**15, 1000000000000000),
        ("count", "7", 7),
        ("port", 65535, 65535),
        ("address", 255, 255),
        ("address", "0xff", 255),
        ("address", "ff", 255),
        ("address", 0, 0),
        ("address", 2**64 - 1, 281474976710655),
        ("number", 5, "5"),
        ("number", 2.5, "2.5"),
        ("number", 0.1 + 0.2, "0.3"),
        ("number", "2,5", "2.5"),
        ("number", 10**18, "1000000000000000000"),
        ("number", -(10**18), "-1000000000000000000"),
        ("number", 1e-7, "0.0000001"),
        ("number", 1 / 3, "0.333333333333333"),
        ("bytes", "4 KiB", "4096"),
        ("bytes", 4096, "4096"),
        ("duration", 5, "5"),
        ("duration", 0, "0"),
        ("duration", 10**9, "1000000000"),
        ("duration", 1.0000005, "1"),
        ("duration", 2.5, "2.5"),
        ("duration", "1h", "3600"),
        ("timestamp", "2026-03-10T12:10:44+01:00", "2026-03-10T11:10:44Z"),
        ("timestamp", NOON, "2026-03-10T12:00:00Z"),
        ("timestamp", NOON.astimezone(timezone(timedelta(hours=2))), "2026-03-10T12:00:00Z"),
        ("ip", " 192.0.2.1 ", "192.0.2.1"),
        ("ip", "2001:DB8::1", "2001:db8::1"),
        ("ip", "::ffff:192.0.2.1", "192.0.2.1"),
        ("ip", "fe80::1%eth0", "fe80::1"),
        ("endpoint", "192.0.2.1:80", "192.0.2.1:80"),
        ("endpoint", "192.0.2.1: 80", "192.0.2.1:80"),
        ("endpoint", "[2001:DB8::1]:80", "[2001:db8::1]:80"),
        ("endpoint", ["192.0.2.1", 80], "192.0.2.1:80"),
        ("endpoint", ("192.0.2.1", "80"), "192.0.2.1:80"),
        ("endpoint", ["2001:DB8::1", "65535"], "[2001:db8::1]:65535"),
        ("endpoint", ["fe80::1%eth0", 1], "[fe80::1]:1"),
        ("path", " /a (deleted)", "/a"),
        ("path", "C:/X", "c:\\x"),
        ("registry", "HKEY_USERS\\A", "hku\\a"),
        ("hash", "D41D8CD98F00B204E9800998ECF8427E", "d41d8cd98f00b204e9800998ecf8427e"),
        ("string", " a ", "a"),
        ("string", "x" * 2000, "x" * 2000),
        ("text", " A  b", "a b"),
        ("written", "a\r\nb", "a\nb"),
        ("written", "x" * 8000, "x" * 8000),
        ("pattern", "a\u200bb", "ab"),
        ("chain", [1, 2], (1, 2)),
        ("chain", (1,), (1,)),
        ("chain", [0], (0,)),
        ("choice", "cron", "cron"),
        ("choices", ["unit", "cron"], ("cron", "unit")),
        ("choices", ("unit",), ("unit",)),
        ("choices", [], ()),
        ("choices", ["cron", "cron"], ("cron",)),
        ("matching", ["b=2", "a=1"], ("a=1", "b=2")),
        ("matching", [["b", "2"], ("a", "1")], ("a=1", "b=2")),
        ("matching", ("a=1",), ("a=1",)),
        ("statement", [True, "gone"], ("true", "gone")),
        ("statement", [False, "held"], ("false", "held")),
        ("statement", ["true", "gone"], ("true", "gone")),
        ("statement", ["false", "gone"], ("false", "gone")),
        ("statement", "true: gone", ("true", "gone")),
        ("statement", "false:held", ("false", "held")),
        ("sequence", ["boot", "login"], ("boot", "login")),
        ("sequence", ("login", "boot"), ("login", "boot")),
        ("sequence", ["boot", "boot", "login"], ("boot", "login")),
        ("pids", [145, 17, 145], (17, 145)),
        ("pids", (1,), (1,)),
        ("pids", [], ()),
        ("pids", ["7", 5], (5, 7)),
        ("ends", ["192.0.2.1:80", ["192.0.2.1", 7]], ("192.0.2.1:7", "192.0.2.1:80")),
        ("times", ["2026-03-10T12:00:00Z"], ("2026-03-10T12:00:00Z",)),
        ("strings", ["b", "a"], ("a", "b")),
        ("offered", ["/c"], ("/c",)),
    ],
)
def test_what_the_key_language_gives_becomes_a_value(name: str, data: object, canon: object) -> None:
    found = kind_of(SPECS[name]).of_data(data, SPECS[name])
    assert (type(found), found) == (type(canon), canon)


@pytest.mark.parametrize(
    ("name", "data", "why"),
    [
        ("pid", -2147483649, PID),
        ("pid", 4294967296, PID),
        ("pid", "4294967296", PID),
        ("pid", "0x10", PID),
        ("pid", " 1", PID),
        ("pid", True, PID),
        ("pid", 1.0, PID),
        ("pid", "1" * 21, PID),
        ("count", -1, "a count is a whole number from 0 to 1,000,000,000,000,000"),
        ("count", 10**15 + 1, "a count is a whole number from 0 to 1,000,000,000,000,000"),
        ("port", 65536, "a port is a whole number from 0 to 65,535"),
        ("port", -1, "a port is a whole number from 0 to 65,535"),
        ("address", -1, ADDRESS),
        ("address", 2**64, ADDRESS),
        ("address", True, ADDRESS),
        ("address", "xyz", "'xyz' is not an address in hexadecimal."),
        (
            "address",
            "0" * 60,
            "'000000000000000000000000000000000000000000000000000000000000' is not an address in hexadecimal.",
        ),
        ("address", "0" * 61, ADDRESS),
        ("address", "", "Nothing was typed."),
        ("address", 1.5, ADDRESS),
        ("number", "2,500", "The comma in '2,500' may separate thousands or decimals."),
        ("number", True, "a number is expected"),
        ("number", float("inf"), "a number is expected"),
        ("number", float("nan"), "a number is expected"),
        ("number", 10**18 + 1, "'the number' is out of range."),
        ("number", None, "a number is expected"),
        ("duration", -1, DURATION),
        ("duration", -0.5, DURATION),
        ("duration", 10**9 + 1, DURATION),
        ("duration", "soon", "'soon' is not a duration in an expected form."),
        ("duration", "", "Nothing was typed."),
        ("duration", True, DURATION),
        ("duration", None, DURATION),
        ("timestamp", "2026-03-10 12:10:44Z", "a timestamp is a time with a zone"),
        ("timestamp", NOON.replace(tzinfo=None), "a timestamp is a time with a zone"),
        ("timestamp", 5, "a timestamp is a time with a zone"),
        ("ip", "192.0.2.256", "an address is IPv4 or IPv6"),
        ("ip", 5, "an address is a text"),
        ("endpoint", ["192.0.2.1", 65536], "a port is a number from 0 to 65535"),
        ("endpoint", ["192.0.2.1", -1], "a port is a number from 0 to 65535"),
        ("endpoint", ["192.0.2.1", "065535"], ENDPOINT),
        ("endpoint", ["192.0.2.1", "x"], ENDPOINT),
        ("endpoint", ["192.0.2.1", "\u0661"], ENDPOINT),
        ("endpoint", ["192.0.2.1", True], ENDPOINT),
        ("endpoint", ["192.0.2.1"], ENDPOINT),
        ("endpoint", ["192.0.2.1", 80, 1], ENDPOINT),
        ("endpoint", [80, "192.0.2.1"], ENDPOINT),
        ("endpoint", ["x", 80], "'x' does not appear to be an IPv4 or IPv6 address"),
        ("endpoint", "192.0.2.1", ENDPOINT),
        ("endpoint", "192.0.2.256:80", "'192.0.2.256' does not appear to be an IPv4 or IPv6 address"),
        ("endpoint", 7, ENDPOINT),
        ("path", "", "Nothing was typed."),
        ("path", 5, "a path is a text"),
        ("path", "''", "There is no path between the quotation marks."),
        ("registry", "\\", "'\\' names no key."),
        ("registry", 5, "a registry is a text"),
        (
            "hash",
            "d41d",
            "A hash of 4 hexadecimal digits is not known. There are: MD5 32, SHA-1 40, SHA-256 64, SHA-512 128.",
        ),
        ("hash", 5, "a hash is a text of hexadecimal digits"),
        ("string", "", "Nothing was typed."),
        ("string", 5, "a string is a text"),
        ("string", "x" * 2001, "The answer has 2,001 characters; at most 2,000 are read."),
        ("text", "\u200b", "Nothing was typed."),
        ("text", 5, "a text is a text"),
        ("written", 5, "a written is a text"),
        ("written", "x" * 8001, "The answer has 8,001 characters; at most 8,000 are read."),
        ("pattern", 5, "a pattern is a text"),
        ("chain", [-1], "-1 in a chain is not a PID"),
        ("chain", [], "a chain is a list of PIDs, parent before child"),
        ("chain", "1", "a chain is a list of PIDs, parent before child"),
        ("chain", [True], "True in a chain is not a PID"),
        ("chain", ["a"], "'a' in a chain is not a PID"),
        ("chain", [1, None], "None in a chain is not a PID"),
        ("choice", "Cron", "'Cron' is none of the options cron, memfd, unit"),
        ("choice", 5, "5 is none of the options cron, memfd, unit"),
        ("choice", "x", "'x' is none of the options cron, memfd, unit"),
        ("choices", ["x"], "'x' is none of the options cron, memfd, unit"),
        ("choices", [5], "5 is none of the options cron, memfd, unit"),
        ("choices", "cron", "several choices are a list of ids of options"),
        ("matching", [], "a matching is a list of pairs"),
        ("matching", "a=1", "a matching is a list of pairs"),
        ("matching", ["a"], "'a' is no pair of this question, or its left side comes twice"),
        ("matching", ["a=1=2"], "'a=1=2' is no pair of this question, or its left side comes twice"),
        ("matching", ["x=1"], "'x=1' is no pair of this question, or its left side comes twice"),
        ("matching", ["a=9"], "'a=9' is no pair of this question, or its left side comes twice"),
        ("matching", ["a=1", "a=2"], "'a=2' is no pair of this question, or its left side comes twice"),
        ("matching", ["a=1", "a=1"], "'a=1' is no pair of this question, or its left side comes twice"),
        ("matching", [["a", 1]], "['a', 1] is no pair of this question, or its left side comes twice"),
        ("matching", [5], "5 is no pair of this question, or its left side comes twice"),
        ("statement", "True: gone", STATEMENT),
        ("statement", ["yes", "gone"], STATEMENT),
        ("statement", [True, "x"], STATEMENT),
        ("statement", [True, 5], STATEMENT),
        ("statement", [1, "gone"], STATEMENT),
        ("statement", [True], STATEMENT),
        ("statement", "true", STATEMENT),
        ("statement", "true: gone: x", STATEMENT),
        ("statement", 5, STATEMENT),
        ("sequence", [], "a sequence is a list of steps"),
        ("sequence", ["x"], "'x' is none of the steps boot, login, start"),
        ("sequence", [5], "5 is none of the steps boot, login, start"),
        ("sequence", "boot", "a sequence is a list of steps"),
        ("pids", ["x"], PID),
        ("pids", 5, "a set is a list of values"),
        ("strings", [5], "a string is a text"),
    ],
)
def test_what_no_value_can_hold_says_why(name: str, data: object, why: str) -> None:
    with pytest.raises(Misfit) as caught:
        kind_of(SPECS[name]).of_data(data, SPECS[name])
    assert str(caught.value) == why


@pytest.mark.parametrize(
    ("name", "cells", "shown"),
    [
        ("pid", [7, None, "9", "x", True, -1], (7, 9, -1)),
        ("ip", ["192.0.2.1", 7, "x", "::1"], ("192.0.2.1", "::1")),
        ("endpoint", ["192.0.2.1", 80], ("192.0.2.1:80",)),
        ("endpoint", [80, "192.0.2.1"], ()),
        ("endpoint", ["192.0.2.1:80"], ("192.0.2.1:80",)),
        ("endpoint", ["192.0.2.1:80", "[::1]:8", "x"], ("192.0.2.1:80", "[::1]:8")),
        ("endpoint", ["192.0.2.1:80", "[::1]:8"], ()),
        ("endpoint", [], ()),
        ("chain", [1, "2", "x", 0, -7], (1, 2, 0, -7)),
        ("named", [1, "init"], (1,)),
        ("pids", [145, "17", "x", 145], (145, 17, 145)),
        ("strings", ["b", 5, "a"], ("b", "a")),
        ("ends", ["192.0.2.1", "80"], ("192.0.2.1:80",)),
        ("choice", ["cron", "x"], ("cron",)),
        ("choices", ["cron", ["cron"]], ()),
        ("matching", ["a=1", ["a=1"]], ()),
        ("statement", ["true: gone"], ()),
        ("sequence", ["boot", ["boot"]], ()),
        ("timestamp", [NOON, "2026-03-10T12:00:00Z", "x", None], ("2026-03-10T12:00:00Z",) * 2),
        ("path", ["/a (deleted)", 5, "", "C:/X"], ("/a", "c:\\x")),
    ],
)
def test_the_cells_of_a_row_show_each_value_that_they_hold(
    name: str, cells: list[object], shown: tuple[object, ...]
) -> None:
    assert kind_of(SPECS[name]).of_cells(cells, SPECS[name]) == shown


@pytest.mark.parametrize(
    ("name", "canon", "data"),
    [
        ("pid", 7, 7),
        ("number", "7", 7),
        ("number", "7.0", 7),
        ("number", "7.5", 7.5),
        ("number", "-0.25", -0.25),
        ("duration", "90", 90),
        ("timestamp", "2026-03-10T12:00:00Z", NOON),
        ("chain", (1, 2), [1, 2]),
        ("choices", ("cron", "unit"), ["cron", "unit"]),
        ("statement", ("true", "gone"), ["true", "gone"]),
        ("pids", (1, 2), [1, 2]),
        ("pids", 1, [1]),
        ("times", ("2026-03-10T12:00:00Z",), [NOON]),
        ("string", "a", "a"),
    ],
)
def test_the_key_language_is_given_the_value_back(name: str, canon: Canon, data: object) -> None:
    found = kind_of(SPECS[name]).data(canon, SPECS[name])
    assert (type(found), found) == (type(data), data)


@pytest.mark.parametrize(
    ("name", "canon", "written"),
    [
        ("pid", 7, "7"),
        ("address", 255, "0xff"),
        ("address", "odd", "odd"),
        ("bytes", "7", "7 bytes"),
        ("number", "7", "7"),
        ("duration", "0", "0s"),
        ("duration", "59.5", "59.5s"),
        ("duration", "86399", "23h 59m 59s"),
        ("duration", "90060.25", "1d 1h 1m 0.25s"),
        ("timestamp", "2026-03-10T12:00:00Z", "2026-03-10 12:00:00Z"),
        ("registry", "hklm\\a\\b", "HKLM\\a\\b"),
        ("registry", "hklm", "HKLM"),
        ("registry", "other\\a", "other\\a"),
        ("chain", (1, 2), "1 > 2"),
        ("chain", 1, "1"),
        ("sequence", ("boot", "login"), "boot > login"),
        ("sequence", "boot", "boot"),
        ("choices", ("cron", "unit"), "cron, unit"),
        ("choices", "cron", "cron"),
        ("statement", ("true", "gone"), "true: gone"),
        ("statement", "odd", "odd"),
        ("pids", (1, 2), "1, 2"),
        ("pids", 1, "1"),
        ("strings", ("a", "b"), "a\nb"),
        ("ends", ("192.0.2.1:80", "[::1]:8"), "192.0.2.1:80, [::1]:8"),
        ("times", ("2026-03-10T12:00:00Z", "2026-03-10T12:00:01Z"), "2026-03-10 12:00:00Z\n2026-03-10 12:00:01Z"),
        ("addresses", (16, 255), "0x10, 0xff"),
    ],
)
def test_a_value_is_written_for_a_person(name: str, canon: Canon, written: str) -> None:
    assert kind_of(SPECS[name]).write(canon, SPECS[name]) == written


def test_the_id_of_a_reason_may_hold_a_colon() -> None:
    spec = SPECS["statement"].model_copy(update={"reasons": {"a:b": "A reason", "b": "Another"}})
    assert kind_of(spec).of_data("true: a:b", spec) == ("true", "a:b")
    assert kind_of(spec).of_data("false:b", spec) == ("false", "b")


def test_texts_of_options_with_commas_stand_on_lines() -> None:
    spec = SPECS["matching"].model_copy(update={"options": {"1": "a file, in memory", "2": "a line; of cron"}})
    kind = kind_of(spec)
    assert kind.read("a = a file, in memory\n\nb = a line; of cron\nc=1", spec) == (("a=1", "b=2", "c=1"), ())
    assert kind.read("a=1,, ;b=2", spec) == (("a=1", "b=2"), ())


def test_a_reason_may_be_called_one_in_any_letters() -> None:
    said = ("true: BECAUSE OF gone", "true, Since gone", "true because gone", "TRUE SINCE OF gone")
    assert {kind_of(SPECS["statement"]).read(text, SPECS["statement"])[0] for text in said} == {("true", "gone")}


def test_the_id_of_an_option_may_hold_a_space() -> None:
    spec = SPECS["choice"].model_copy(update={"options": {"in memory": "A file", "on disk": "Another"}})
    assert kind_of(spec).read("In  MEMORY", spec) == ("in memory", ())


def test_the_unit_in_a_note_is_said_in_the_language_of_its_reader() -> None:
    for name, unit in (("bytes", True), ("pages", True), ("KiB", False)):
        kind, spec = kind_of(SPECS[name]), SPECS[name]
        for text in ("7", "8 GiB"):
            note = kind.read(text, spec)[1][0]
            assert isinstance(note, Sentence)
            assert note.values["unit"] == name
            assert isinstance(note.values["unit"], Sentence) is unit
