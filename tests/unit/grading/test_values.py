from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.unit.grading.readings import check_reading
from training.grading.keys.expression import Expression
from training.grading.values.base import Misfit, Spec, Unreadable
from training.grading.values.reading import kind_of, read
from training.grading.values.times import iso, of_iso

PID = Spec(type="pid")
COUNT = Spec(type="count")
PATH = Spec(type="path")
STRING = Spec(type="string")
TIME = Spec(type="timestamp", tolerance=1)
ENDPOINT = Spec(type="endpoint")
CHOICE = Spec(type="choice", options={"ran": "ran some time before", "was": "was running"})
CHAIN = Spec(type="chain")
NAMED = Spec(type="chain", names=True)
STEPS = Spec(type="sequence", steps={"a": "First thing", "b": "Second thing", "c": "Third thing"})
ARABIC = "2026-03-10 12:10:44Z".translate({0x30 + digit: 0x660 + digit for digit in range(10)})
SPECS = [PID, COUNT, PATH, STRING, TIME, ENDPOINT, CHOICE, CHAIN, NAMED, STEPS]
SETS = [Spec(type="set", element=kind) for kind in ("pid", "count", "path", "string", "timestamp", "endpoint")]


@pytest.mark.parametrize(
    ("text", "spec", "canon", "note"),
    [
        ("145", PID, 145, None),
        (" \u200e145\n", PID, 145, "A direction mark (U+200E) was removed."),
        ("1\u202e45", PID, 145, "A direction mark (U+202E) was removed."),
        ("14\u200b5", PID, 145, "An invisible character (U+200B) was removed."),
        ("ls \u202e-l", STRING, "ls \u202e-l", "A direction mark (U+202E) is a part of the text."),
        ("0x91", PID, 145, "Read as 145 from hexadecimal 0x91."),
        ("PID: 145", PID, 145, None),
        ("4194304", PID, 4194304, None),
        ("١٤٥", PID, 145, "Digits of another script were read as 0 to 9."),
        ("१४५", PID, 145, "Digits of another script were read as 0 to 9."),
        ("7", COUNT, 7, None),
        ("/usr/bin/tar", PATH, "/usr/bin/tar", None),
        (" '/usr//bin/./tar/' ", PATH, "/usr/bin/tar", None),
        ("/memfd:upd (deleted)", PATH, "/memfd:upd", "Read without '(deleted)', which is a note of the kernel"),
        ("[kworker/2:1]", PATH, "[kworker/2:1]", "read as a name, not as a full path"),
        ("/", PATH, "/", None),
        ("/ (deleted)", PATH, "/", "(deleted)"),
        ("'\"/a (deleted)\"' (deleted)", PATH, "/a", "(deleted)"),
        ("  ls  -l ", STRING, "ls  -l", None),
        ("e\u0301", STRING, "é", None),
        ("WAS", CHOICE, "was", None),
        ("Ran some  time before", CHOICE, "ran", None),
        ("2026-03-10 12:10:44", TIME, "2026-03-10T12:10:44Z", "No zone was given: read as UTC."),
        ("2026-03-10T12:10:44Z", TIME, "2026-03-10T12:10:44Z", None),
        ("2026-03-10 12:10:44 UTC", TIME, "2026-03-10T12:10:44Z", None),
        ("2026-03-10 13:10:44 +01:00", TIME, "2026-03-10T12:10:44Z", "Read as 2026-03-10 12:10:44Z in UTC."),
        ("2026-03-10 13:10:44+0100", TIME, "2026-03-10T12:10:44Z", "in UTC"),
        ("2026-03-10 10:10:44 UTC-2", TIME, "2026-03-10T12:10:44Z", "in UTC"),
        ("2026-03-10 12:10:44,250Z", TIME, "2026-03-10T12:10:44.25Z", None),
        (ARABIC, TIME, "2026-03-10T12:10:44Z", "Digits of another script"),
        ("203.0.113.66:8443", ENDPOINT, "203.0.113.66:8443", None),
        ("203.0.113.66 8443", ENDPOINT, "203.0.113.66:8443", None),
        ("203[.]0[.]113[.]66:8443", ENDPOINT, "203.0.113.66:8443", "Read as 203.0.113.66:8443 from defanged writing."),
        ("hxxps://203(.)0[dot]113.66[:]8443/", ENDPOINT, "203.0.113.66:8443", "defanged"),
        ("[2001:DB8:0::1]:443", ENDPOINT, "[2001:db8::1]:443", None),
        ("2001:db8::1, 443", ENDPOINT, "[2001:db8::1]:443", None),
        ("[::ffff:192.0.2.1]:80", ENDPOINT, "192.0.2.1:80", "An IPv4 address written as IPv6: read as 192.0.2.1."),
        ("1>120>145", CHAIN, (1, 120, 145), None),
        ("145 < 0x78 < 1", CHAIN, (1, 120, 145), None),
        ("1 → 120 -> 145", CHAIN, (1, 120, 145), None),
        ("145 <- 120 ← 1", CHAIN, (1, 120, 145), None),
        ("1, 120, 145", CHAIN, (1, 120, 145), "No direction was given: read from parent to child."),
        ("1 120  0x91", CHAIN, (1, 120, 145), "No direction was given: read from parent to child."),
        ("145", CHAIN, (145,), None),
        ("bad cafe > 145", NAMED, ("bad cafe", 145), None),
        ("init > bash > 145", NAMED, ("init", "bash", 145), None),
        ("a > second thing > A", STEPS, ("a", "b"), "A step that comes again counts at its first place."),
        ("c, a", STEPS, ("c", "a"), None),
        ("{177, 145 145}", SETS[0], (145, 177), "A value that was typed more than once counts once."),
        ("/b\n/a", SETS[2], ("/a", "/b"), None),
        ("203.0.113.66:1, 192.0.2.1:2", SETS[5], ("192.0.2.1:2", "203.0.113.66:1"), None),
    ],
)  # fmt: skip
def test_reads(text: str, spec: Spec, canon: object, note: str | None) -> None:
    check_reading(text, spec, canon, note)


@pytest.mark.parametrize(
    ("text", "spec", "why"),
    [
        ("", PID, "Nothing was typed"),
        (" \u200b\t", PID, "Nothing was typed"),
        ("x" * 2001, PID, "at most 2,000"),
        ("a\0b", STRING, "not text"),
        ("ls \x1b[31m", STRING, "holds a control character (U+001B)"),
        ("\ud800", STRING, "not text"),
        ("14 5", PID, "not a whole number"),
        ("1,450", PID, "not a whole number"),
        ("9" * 20, PID, f"'{'9' * 20}' is out of range: from 1 to 4,194,304"),
        ("9" * 90, PID, f"'{'9' * 59}…' is out of range"),
        ("0x" + "f" * 40, PID, "is out of range"),
        ("-5", PID, "'-5' is out of range"),
        ("0", PID, "'0' is out of range"),
        ("4194305", PID, "out of range"),
        ("x\u202ey", STRING.model_copy(update={"type": "count"}), "'xy' is not a whole number"),
        ("-1", COUNT, "'-1' is out of range: from 0 to"),
        ("0 > 1", CHAIN, "'0' is out of range: a PID is from 1 to 4,194,304"),
        ("1 > -5", CHAIN, "'-5' is out of range"),
        ("1 > 2 3", CHAIN, "'2 3' is not a PID"),
        ("a = b > c", STEPS, "Two steps have the same place"),
        ("/a\n/b", PATH, "one line"),
        ("'  '", PATH, "no path between"),
        ("neither", CHOICE, "is none of: ran, was"),
        ("n" * 61, CHOICE, f"'{'n' * 59}…' is none of"),
        ("2026-03-10 12:10", TIME, "seconds are missing"),
        ("10.03.2026 12:10:44", TIME, "not a date and time"),
        ("2026-02-30 12:10:44", TIME, "no such date"),
        ("2026-03-10 12:10:60", TIME, "no such date"),
        ("0001-01-01 00:00:00+14:00", TIME, "no such date"),
        ("2026-03-10 12:10:44 CET", TIME, "zone was not understood"),
        ("2026-03-10 12:10:44 +15:00", TIME, "14 hours"),
        ("203.0.113.66", ENDPOINT, "port is missing"),
        ("2001:db8::1:443", ENDPOINT, "can't be told apart"),
        ("2001:db8::g:443", ENDPOINT, "stands in brackets"),
        ("files.example:80", ENDPOINT, "not an address with a port"),
        ("203.0.113.666:80", ENDPOINT, "does not exist"),
        ("203.0.113.66:65536", ENDPOINT, "does not exist"),
        ("1 > 120 < 145", CHAIN, "both directions"),
        ("1 > > 145", CHAIN, "missing beside a sign"),
        ("init > 145", CHAIN, "'init' is not a PID"),
        ("a" * 65 + " > 145", NAMED, "is not a PID"),
        (">".join("1" * 201), CHAIN, "201 processes"),
        (">".join("a" * 201), STEPS, "201 steps"),
        ("a > d", STEPS, "'d' is none of: a, b, c"),
        (",".join("1" * 201), SETS[0], "201 values"),
        ("{,}", SETS[0], "No value was typed"),
        ("145, x", SETS[0], "'x' is not a whole number."),
        ("145, 0", SETS[0], "'0' is out of range"),
    ],
)
def test_refuses_with_form_and_example(text: str, spec: Spec, why: str) -> None:
    with pytest.raises(Unreadable, match=re.escape(why)) as caught:
        read(text, spec)
    assert caught.value.expected
    assert caught.value.example


@given(st.integers(1, 4_194_304))
def test_pid_written_and_read(pid: int) -> None:
    assert read(str(pid), PID).canon == pid
    assert read(f"pid {pid}", PID).canon == pid
    assert read(hex(pid), PID).canon == pid


@pytest.mark.parametrize("number", [-559087616, 0, 2**32 - 1])
def test_rows_may_hold_numbers_that_are_no_pid(number: int) -> None:
    assert kind_of(PID).of_cells([number], PID) == (number,)
    with pytest.raises(Unreadable, match="out of range"):
        read(str(number), PID)


ZONES = (-570, -210, -150, 60, 210, 270, 330, 345, 390, 525, 570, 630, 690, 765, 825, 840)
"""Minutes by which zones of the world differ from UTC, those with :30 and :45 among them."""


@given(st.datetimes(min_value=datetime(1971, 1, 1), max_value=datetime(2100, 1, 1)), st.sampled_from(ZONES))  # noqa: DTZ001
def test_a_time_that_a_mistaken_zone_shifts_is_recognised(naive: datetime, minutes: int) -> None:
    moment = naive.replace(tzinfo=UTC, microsecond=0)
    shifted = Expression.parse("hours(truth.at)").evaluate({"truth": {"at": moment}}, {})
    typed = moment.astimezone(timezone(timedelta(minutes=minutes))).replace(tzinfo=None).isoformat(sep=" ")
    wrong = read(typed, TIME).canon
    assert isinstance(shifted, list)
    assert wrong in [kind_of(TIME).of_data(one, TIME) for one in shifted]
    assert iso(moment) not in [kind_of(TIME).of_data(one, TIME) for one in shifted]


@given(
    st.datetimes(min_value=datetime(1971, 1, 1), max_value=datetime(2100, 1, 1)),  # noqa: DTZ001 - zones are drawn apart
    st.integers(-14 * 60, 14 * 60),
)
def test_times_in_any_zone_are_one_time(naive: datetime, minutes: int) -> None:
    moment = naive.replace(tzinfo=UTC)
    local = moment.astimezone(timezone(timedelta(minutes=minutes)))
    value = read(local.isoformat(sep=" "), TIME)
    assert value.canon == iso(moment)
    assert of_iso(str(value.canon)) == moment
    shifted = iso(moment + timedelta(seconds=1))
    assert kind_of(TIME).same(value.canon, shifted, TIME)
    assert not kind_of(TIME).same(value.canon, iso(moment + timedelta(seconds=2)), TIME)


@pytest.mark.parametrize(
    ("spec", "off", "correctness"),
    [(Spec(type="timestamp"), 0.4, 0), (TIME, 0.9, 1), (TIME, 1, 1), (TIME, 1.000001, 0), (TIME, 1.9, 0)],
)
def test_fractions_of_a_second_count_in_the_distance_of_two_times(spec: Spec, off: float, correctness: int) -> None:
    moment = datetime(2026, 3, 10, 12, 10, 44, tzinfo=UTC)
    for value in (iso(moment + timedelta(seconds=off)), iso(moment - timedelta(seconds=off))):
        assert kind_of(spec).correctness(value, iso(moment), spec, {}) == correctness
        assert kind_of(spec).same(iso(moment), value, spec) is bool(correctness)


@pytest.mark.parametrize(
    ("data", "spec"),
    [
        (True, PID), (None, PID), ("x", PID), (2**40, PID), (-1, COUNT), (5, PATH), ("", STRING), ("none", CHOICE),
        (1, CHOICE),
        ("2026-03-10", TIME), (datetime(2026, 3, 10), TIME), ("203.0.113.66", ENDPOINT), (["x", 1], ENDPOINT),  # noqa: DTZ001
        (7, ENDPOINT),
        (["203.0.113.66", "70000"], ENDPOINT), ([1, 2], ENDPOINT), ([], CHAIN), (["a"], CHAIN), ([True], CHAIN),
        (3, CHAIN),
        ([], STEPS), (["d"], STEPS), ("a", STEPS), (3, SETS[0]), (["x"], SETS[0]),
    ],
)  # fmt: skip
def test_data_that_does_not_fit(data: object, spec: Spec) -> None:
    with pytest.raises(Misfit):
        kind_of(spec).of_data(data, spec)


def test_cells_show_values() -> None:
    assert kind_of(PID).of_cells([None, 145, "146", True, "x"], PID) == (145, 146)
    assert kind_of(ENDPOINT).of_cells(["203.0.113.66", None], ENDPOINT) == ()
    assert kind_of(ENDPOINT).of_cells(["203.0.113.66:80"], ENDPOINT) == ("203.0.113.66:80",)
    assert kind_of(STEPS).of_cells(["a"], STEPS) == ()
    assert kind_of(CHAIN).of_cells([145, 120], CHAIN) == (145, 120)
    assert kind_of(TIME).of_cells(["2026-03-10T12:10:44+00:00", None], TIME) == ("2026-03-10T12:10:44Z",)


@pytest.mark.parametrize(
    ("text", "moment"),
    [
        ("2026-03-10T12:10:44+00:00", datetime(2026, 3, 10, 12, 10, 44, tzinfo=UTC)),
        ("2026-03-10T12:10:44.123456789Z", datetime(2026, 3, 10, 12, 10, 44, 123456, tzinfo=UTC)),
        ("2026-03-10T12:10:44.5-01:00", datetime(2026, 3, 10, 13, 10, 44, 500000, tzinfo=UTC)),
        ("2026-13-10T12:10:44Z", None),
        ("0001-01-01T00:00:00+10:00", None),
        ("2026-03-10T12:10:44", None),
    ],
)
def test_iso_texts(text: str, moment: datetime | None) -> None:
    assert of_iso(text) == moment
