"""Rows as plain values: what each kind of column gives and takes, and what is refused of rows from elsewhere."""

from datetime import UTC, date, datetime, timedelta, timezone
from enum import StrEnum
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import JSON, BigInteger, Boolean, Column, Date, Float, Integer, LargeBinary, String, Text, Uuid
from sqlalchemy import Enum as Choice

from training.errors import Refused
from training.hosting.carry import rows
from training.hosting.carry.tables import BY_NAME, CARRIED
from training.sentence import Sentence, packed, phrase
from training.store import Told, UtcTime

pytestmark = pytest.mark.any_database
AN_ID, ANOTHER = "0192f0c8-0000-7000-8000-000000000001", "0192f0c8-0000-7000-8000-000000000002"
SAID = phrase("%(name)s is missing.", name="A lab")
DEEP: list[Any] = []
for _ in range(100_000):
    DEEP = [DEEP]


class Shade(StrEnum):
    """A choice of two."""

    DARK = "dark"
    LIGHT = "light"


VALUES: tuple[tuple[Any, Any, Any], ...] = (
    (String(4), "four", "four"),
    (String(4), "", ""),
    (Text(), "x" * 5_000, "x" * 5_000),
    (Told(), "A text", "A text"),
    (Told(), {"say": packed(SAID)}, SAID),
    (LargeBinary(), {"bytes": "AP8="}, b"\0\xff"),
    (Uuid(), AN_ID, UUID(AN_ID)),
    (UtcTime(), "2026-11-25T09:00:00.000007+00:00", datetime(2026, 11, 25, 9, 0, 0, 7, UTC)),
    (Date(), "2026-11-25", date(2026, 11, 25)),
    (Choice(Shade), "light", Shade.LIGHT),
    (Boolean(), True, True),
    (Float(), 0.5, 0.5),
    (Integer(), 2**31 - 1, 2**31 - 1),
    (Integer(), -(2**31), -(2**31)),
    (BigInteger(), 2**63 - 1, 2**63 - 1),
    (BigInteger(), -(2**63), -(2**63)),
    (JSON(), {"a": [1, "x", 0.5, {"b": None}], "c": True}, {"a": [1, "x", 0.5, {"b": None}], "c": True}),
    (JSON(), "text", "text"),
    (JSON(), None, None),
    (Integer(), None, None),
)


@pytest.mark.parametrize(("kind", "plain", "value"), VALUES)
def test_a_value_is_read_as_its_column_takes_it_and_written_as_it_was(kind: Any, plain: Any, value: Any) -> None:
    found = rows.decoded(Column("it", kind, nullable=plain is None), plain)
    assert found == value
    assert type(found) is type(value)
    assert rows.encoded(found) == plain
    if isinstance(value, Sentence):
        assert (found.pattern, found.values) == (value.pattern, value.values)


def test_a_time_is_written_in_utc_to_the_microsecond() -> None:
    there = datetime(2026, 11, 25, 9, 0, tzinfo=timezone(timedelta(hours=2)))
    assert rows.encoded(there) == "2026-11-25T07:00:00.000000+00:00"
    assert rows.encoded(Shade.DARK) == "dark"
    assert type(rows.encoded(Shade.DARK)) is str
    assert [rows.encoded(one) for one in (None, 1, 0.5, True, ["x"])] == [None, 1, 0.5, True, ["x"]]


UNREADABLE: tuple[tuple[Any, Any, type[Exception], str], ...] = (
    (Integer(), None, ValueError, "^empty$"),
    (JSON(), None, ValueError, "^empty$"),
    (String(4), "fives", ValueError, "^too long$"),
    (String(4), 4, TypeError, "^int$"),
    (String(4), "a\0b", ValueError, "^NUL$"),
    (String(9), "\ud800", UnicodeEncodeError, "surrogates"),
    (Told(), 4, TypeError, "^int$"),
    (Told(), {"tell": "x"}, KeyError, "say"),
    (LargeBinary(), {"bytes": "A!P8="}, ValueError, "base64"),
    (LargeBinary(), "AP8=", TypeError, "indices"),
    (Uuid(), 7, TypeError, "^int$"),
    (Uuid(), "7", ValueError, "badly formed"),
    (UtcTime(), "2026-11-25T09:00:00", ValueError, "^no time zone$"),
    (UtcTime(), 7, TypeError, "^int$"),
    (Date(), 7, TypeError, "^int$"),
    (Date(), "25 November", ValueError, "isoformat"),
    (Choice(Shade), "grey", ValueError, "grey"),
    (Boolean(), 1, TypeError, "^int$"),
    (Float(), "1", TypeError, "^str$"),
    (Float(), True, TypeError, "^bool$"),
    (Float(), float("inf"), ValueError, "^not finite$"),
    (Integer(), 2**31, ValueError, "^too large$"),
    (Integer(), -(2**31) - 1, ValueError, "^too large$"),
    (Integer(), 0.5, TypeError, "^float$"),
    (Integer(), True, TypeError, "^bool$"),
    (BigInteger(), 2**63, ValueError, "^too large$"),
    (BigInteger(), -(2**63) - 1, ValueError, "^too large$"),
    (JSON(), ["a", {"b\0": 1}], ValueError, "^NUL$"),
    (JSON(), {"a": ["b", "c\0"]}, ValueError, "^NUL$"),
    (JSON(), {"a": [float("nan")]}, ValueError, "^not finite$"),
    (JSON(), [["\udfff"]], UnicodeEncodeError, "surrogates"),
)


@pytest.mark.parametrize(("kind", "plain", "error", "why"), UNREADABLE)
def test_what_a_column_cant_hold_on_every_database_is_not_read(
    kind: Any, plain: Any, error: type[Exception], why: str
) -> None:
    with pytest.raises(error, match=why):
        rows.decoded(Column("it", kind, nullable=False), plain)


BOARD = {"session_id": AN_ID, "version": 3}
FOLLOWER = {"session_id": AN_ID, "person_id": ANOTHER, "read_to": 7}
EVERY: dict[str, Any] = {one.name: {} for one in CARRIED}


def test_rows_from_elsewhere_stand_by_table_and_key() -> None:
    found = rows.checked({"session_follower": [FOLLOWER], "session_board": [BOARD, {**BOARD, "session_id": ANOTHER}]})
    assert found == EVERY | {
        "session_board": {AN_ID: BOARD, ANOTHER: {**BOARD, "session_id": ANOTHER}},
        "session_follower": {f"{AN_ID}\x1f{ANOTHER}": FOLLOWER},
    }
    assert rows.checked({}) == EVERY
    assert rows.document(found)["session_board"] == [BOARD, {**BOARD, "session_id": ANOTHER}]
    turned = {"b": {"2": {"id": 2}, "1": {"id": 1}}, "a": {}}
    made = rows.document(turned)
    assert (list(made), made) == (["a", "b"], {"a": [], "b": [{"id": 1}, {"id": 2}]})


TWICE = "A row of session_board stands in the bundle twice."
COLUMNS = "session_board, row 2: its columns are not those of here."
VERSION = "session_board, row 2: version can't be read."
OTHER_TABLES = "The bundle has rows of a table that is not carried. It was made by another program."
LISTS = "The rows of session_board can't be read."
WRONG: tuple[tuple[Any, str], ...] = (
    ([], OTHER_TABLES),
    (None, OTHER_TABLES),
    ({"session_board": [], "sign_in": []}, OTHER_TABLES),
    ({"session_board": {}}, LISTS),
    ({"session_board": None}, LISTS),
    ({"session_board": [BOARD, "row"]}, COLUMNS),
    ({"session_board": [BOARD, {"session_id": ANOTHER}]}, COLUMNS),
    ({"session_board": [BOARD, {**BOARD, "more": 1}]}, COLUMNS),
    ({"session_board": [BOARD, {"session_id": ANOTHER, "other": 1}]}, COLUMNS),
    ({"session_board": [BOARD, {**BOARD, "version": None}]}, VERSION),
    ({"session_board": [BOARD, {**BOARD, "version": "3"}]}, VERSION),
    ({"session_board": [BOARD, {**BOARD, "version": 2**31}]}, VERSION),
    (
        {"session_board": [BOARD, {**BOARD, "session_id": AN_ID.upper().replace("-", "")}]},
        "session_board, row 2: session_id can't be read.",
    ),
    ({"session_board": [BOARD, {**BOARD, "version": 4}]}, TWICE),
    ({"session_follower": [FOLLOWER, FOLLOWER]}, TWICE.replace("board", "follower")),
)


@pytest.mark.parametrize(("document", "why"), WRONG)
def test_rows_that_are_not_those_of_this_program_are_refused_with_their_place(document: Any, why: str) -> None:
    with pytest.raises(Refused) as bad:
        rows.checked(document)
    assert str(bad.value) == why


@pytest.mark.parametrize(
    "value",
    [{"tell": "x"}, {"say": 7}, {"say": {}}, [], 7, {"say": {"pattern": "%(a)s", "values": {}}}],
)
def test_a_sentence_that_is_none_is_refused_with_its_place(value: Any) -> None:
    """Whatever the reader of sentences stumbles over, the sender is told which row it is."""
    columns: list[Column[Any]] = [Column("it", Told(), nullable=False)]
    with pytest.raises(Refused, match=r"^a table, row 9: it can't be read\.$"):
        rows._check("a table", columns, 9, {"it": value})


def test_values_that_no_program_of_this_kind_wrote_are_refused_with_their_place() -> None:
    kinds: tuple[tuple[Any, Any], ...] = (
        (JSON(), DEEP),  # nested beyond what anybody can read
        (LargeBinary(), {"bytes": 7}),
        (LargeBinary(), None),
        (Float(), 10**400),
        (UtcTime(), "0001-01-01T00:00:00.000000+14:00"),
        (UtcTime(), "2026-11-25T09:00:00+00:00"),  # another spelling, under which it would count as changed
        (Choice(Shade), []),
    )
    for kind, value in kinds:
        with pytest.raises(Refused, match=r"^a table, row 1: it can't be read\.$"):
            rows._check("a table", [Column("it", kind, nullable=False)], 1, {"it": value})


def test_columns_that_never_leave_are_no_columns_of_a_bundle() -> None:
    hidden = BY_NAME["person"].hidden
    person = {each.name: None for each in rows.table("person").columns if each.name not in hidden}
    with pytest.raises(Refused, match=r"^person, row 1: .* can't be read\.$"):
        rows.checked({"person": [person]})
    with pytest.raises(Refused, match=r"^person, row 1: its columns are not those of here\.$"):
        rows.checked({"person": [{**person, "password_hash": "x"}]})


def test_ids_of_the_other_side_are_exchanged_wherever_they_stand() -> None:
    state = {
        "session_follower": {f"{AN_ID}\x1f{ANOTHER}": FOLLOWER},
        "session_part": {"p": {"id": "p", "refs": ["a", {"by": ANOTHER, ANOTHER: [ANOTHER, 7]}], "n": 7}},
    }
    names = {ANOTHER: "mine", "p": "q"}
    assert rows.renamed(state, names) == {
        "session_follower": {f"{AN_ID}\x1fmine": {**FOLLOWER, "person_id": "mine"}},
        "session_part": {"q": {"id": "q", "refs": ["a", {"by": "mine", ANOTHER: ["mine", 7]}], "n": 7}},
    }
    same = rows.renamed(state, {})
    assert same == state
    assert all(same[name] is not state[name] for name in state)


def test_rows_are_called_by_their_primary_key_or_by_what_tells_them_apart() -> None:
    assert rows.identity("session_follower") == ("session_id", "person_id")
    assert rows.identity("attempt_run") == ("attempt_id", "run_id")
    run = {"attempt_id": "a", "run_id": "r", "number": 1}
    assert rows.key("attempt_run", run) == "a\x1fr"
    assert rows.sign({"a": 1, "b": None, "c": "x"}, ("c", "b", "a")) == ("x", "None", "1")
