"""Files of results: they say what the sheet says, and a file that comes back is compared cell by cell."""

import csv
import io
import json
import time
from collections.abc import Callable, Iterable
from uuid import UUID

import pytest

from tests.conftest import People
from tests.unit.labs.conftest import Desk
from tests.unit.labs.test_findings import answer, prove
from tests.unit.marking.regrades import Office
from training.accounts import service as accounts
from training.content.models import Release
from training.errors import Refused
from training.grading.amend import Void
from training.labs.models import Attempt, Finding
from training.labs.service import findings
from training.marking.service import compare, export, overrides
from training.marking.service.compare import Outcome, Report
from training.marking.service.export import Line

pytestmark = pytest.mark.any_database

OF = Callable[[str], Desk]
Row = dict[str, str]


@pytest.fixture
def worked(desk: Desk) -> Desk:
    """Two tries, a hint, and a question right in part."""
    desk.submit("q1", "3")
    desk.submit("q1", answer(desk, "q1"), prove(desk, "q1")[:1])
    with desk.rooms.store.writing() as session:
        findings.take_hint(session, desk.case(session, lock=True), desk.question("q2"), 1, desk.rooms.clock())
    desk.submit("q2", answer(desk, "q2"), prove(desk, "q2"))
    return desk


def lines(desk: Desk, people: People) -> list[Line]:
    with desk.rooms.store.reading() as session:
        release = session.get_one(Release, session.get_one(Attempt, desk.attempt_id).release_id)
        return export.lines(session, desk.rooms.settings.instance, release, people.home, desk.rooms.clock())


def rows(pieces: Iterable[str]) -> list[Row]:
    return list(csv.DictReader(io.StringIO("".join(pieces).removeprefix("\ufeff"), newline="")))


def report(desk: Desk, people: People, data: bytes, *, elsewhere: bool = False) -> Report:
    places = {people.elsewhere if elsewhere else people.home}
    with desk.rooms.store.reading() as session:
        return compare.compare(session, desk.rooms.settings.instance, places, data, desk.rooms.clock())


def written(cells: list[Row], between: str = ",") -> bytes:
    made = io.StringIO()
    writer = csv.DictWriter(made, list(cells[0]), delimiter=between)
    writer.writeheader()
    writer.writerows(cells)
    return made.getvalue().encode()


def test_one_line_for_each_question_and_a_total(worked: Desk, people: People) -> None:
    found = lines(worked, people)
    assert [one.question for one in found] == [*(one.id for one in worked.lab.questions), "*total"]
    first, second, total = found[0], found[1], found[-1]
    assert (first.state, first.tries, first.hints, first.judged) == ("partly", 2, 0, "yes")
    assert (first.correctness, first.support, first.corroboration) == (1.0, 1.0, 0.0)
    assert (first.credit, first.points, first.points_exact) == (0.75, "6", 6.0)
    assert (second.state, second.hints) == ("solved", 1)
    assert found[2].state == "open"
    assert found[2].judged == ""
    assert total.points_exact == first.points_exact + second.points_exact
    assert total.tries == 3
    assert total.worth == 105


def test_both_forms_hold_every_figure_in_full(worked: Desk, people: People) -> None:
    found = lines(worked, people)
    in_csv, in_json = rows(export.as_csv(found)), json.loads("".join(export.as_json(found)))["lines"]
    assert len(in_csv) == len(in_json) == len(found)
    for line, cells, values in zip(found, in_csv, in_json, strict=True):
        for name in ("points_exact", "credit", "correctness", "support", "corroboration", "late_share"):
            value = getattr(line, name)
            assert values[name] == value
            assert (float(cells[name]) if cells[name] else None) == value
        assert cells["points"] == values["points"] == line.points


def test_what_a_person_decided_has_a_credit_and_no_parts(desk: Desk, people: People) -> None:
    finding = desk.submit("q1", answer(desk, "q1"), prove(desk, "q1")).finding
    assert finding is not None
    office, before = Office(desk, people), lines(desk, people)[0]
    assert (before.decided, before.correctness, before.support) == ("grading", 1.0, 1.0)
    office.override(desk, finding.id, 0.25)
    (decided, *_) = found = lines(desk, people)
    assert (decided.decided, decided.judged, decided.credit) == ("override", "yes", 0.25)
    assert (decided.correctness, decided.support, decided.corroboration) == (None, None, None)
    assert rows(export.as_csv(found))[0]["correctness"] == ""
    with desk.rooms.store.writing() as session:
        here, sources, now = session.get_one(Finding, finding.id), office.sources, desk.rooms.clock()
        case = desk.case(session)
        overrides.withdraw(session, case, here, "It was a slip.", 1, people["instructor"], sources, now)
    assert lines(desk, people)[0] == before, "what grading said stands again, as it was said"


def test_a_void_question_has_a_credit_and_says_nothing_of_right_and_wrong(desk: Desk, people: People) -> None:
    desk.submit("q1", "3")
    office, before = Office(desk, people), lines(desk, people)[0]
    assert (before.state, before.correctness) == ("working", 0.0)
    office.apply(office.look(Void(question="q1", reason="Two processes fit.")))
    void, *others = found = lines(desk, people)
    assert (void.state, void.judged, void.credit, void.decided) == ("void", "yes", 1.0, "regrade")
    assert (void.correctness, void.support, void.corroboration) == (None, None, None)
    assert "void" not in {one.state for one in others}
    made = report(desk, people, "".join(export.as_csv(found)).encode())
    assert made.count("equal") == len(found)


@pytest.mark.parametrize("value", [1 / 3, 0.1 + 0.2, 2 / 3 * 10, 1e-17, 95.0])
def test_no_digit_is_lost(value: float) -> None:
    assert float(export.exact(value)) == value


def test_a_name_is_no_formula(worked: Desk, people: People) -> None:
    with worked.rooms.store.writing() as session:
        accounts.rename(session, people["trainee"], "=HYPERLINK(1)", now=worked.rooms.clock())
    assert rows(export.as_csv(lines(worked, people)))[0]["trainee"] == "'=HYPERLINK(1)"


@pytest.mark.parametrize("form", ["csv", "json"])
def test_what_was_exported_is_equal(worked: Desk, people: People, form: str) -> None:
    found = lines(worked, people)
    made = report(worked, people, "".join(export.FORMATS[form](found)).encode())
    assert made.count("equal") == len(made.lines) == len(found)
    assert made.missing == 0


def test_a_spreadsheet_in_between_changes_nothing_that_counts(worked: Desk, people: People) -> None:
    cells = rows(export.as_csv(lines(worked, people)))
    for one in cells:
        one["credit"] = f"{float(one['credit']):.12f}" if float(one["credit"]) in {0, 0.75, 1} else one["credit"]
        one["remark"] = "fine"
    made = report(worked, people, b"\xef\xbb\xbf" + written(cells, ";"))
    assert made.count("equal") == len(cells)


def test_a_changed_figure_is_named_with_both_sides(worked: Desk, people: People) -> None:
    cells = rows(export.as_csv(lines(worked, people)))
    cells[0]["points"], cells[0]["points_exact"] = "10", "10"
    made = report(worked, people, written(cells[:4]))
    assert made.lines[0].outcome is Outcome.DIFFERS
    assert [(one.column, one.there, one.here) for one in made.lines[0].differences] == [
        ("points", "10", "6"),
        ("points_exact", "10", "6"),
    ]
    assert made.count("equal") == 3
    assert made.missing == len(cells) - 4


def test_attempts_of_others_look_as_if_they_were_not_here(worked: Desk, people: People) -> None:
    cells = rows(export.as_csv(lines(worked, people)))
    none = [{**cells[0], "attempt": "00000000-0000-7000-8000-000000000000"}]
    real, absent = report(worked, people, written(cells), elsewhere=True), report(worked, people, written(none))
    assert {one.outcome for one in real.lines} == {Outcome.UNKNOWN}
    assert real.lines[0].why == absent.lines[0].why
    assert real.missing == 0


def test_errors_name_row_and_column(worked: Desk, people: People) -> None:
    cells = rows(export.as_csv(lines(worked, people)))[:5]
    cells[1]["points_exact"] = "six"
    cells[2]["attempt"] = "mine"
    cells[3]["question"] = ""
    made = report(worked, people, written([*cells, cells[0]]))
    assert [(one.row, one.outcome) for one in made.lines if one.why] == [
        (row, Outcome.UNREADABLE) for row in (3, 4, 5, 7)
    ]
    assert made.lines[1].why == "Row 3, column points_exact: 'six' is no number."
    assert made.lines[2].why.startswith("Row 4, column attempt:")
    assert made.lines[3].why.startswith("Row 5, column question:")
    assert "above already" in made.lines[5].why


HEAD = b"attempt,question,points_exact\r\n"


@pytest.mark.parametrize(
    ("data", "said"),
    [
        (b"", "empty"),
        (b"\xff\xfe\x00", "no UTF-8"),
        (b"name,points\r\nA,1\r\n", "names no column attempt, question, points_exact"),
        (b"attempt,question,points_exact,question\r\n", "a column twice: question"),
        (HEAD + b"a,b\r\n", "Row 2 has 2 columns, and row 1 names 3"),
        (HEAD + b'"a,b,c\r\n', "can't be read as CSV"),
        (HEAD + b'"' + b"x\n" * 100_000 + b'",b,c\r\n', "can't be read as CSV"),
        (b"x" * (compare.LONGEST_LINE + 1), "Line 1 has 100,001 characters, and at most 100,000 are read"),
        (HEAD + b"," * 200_000, "Line 2 has 200,000 characters"),
        (HEAD[:-2] + b",c" * 98 + b"\r\n", "Row 1 has 101 columns, and at most 100 are read"),
        (b'"a\n",' * 600_000, "Row 1 has 600,001 columns"),
        (b'{"form": "engram results 1", "lines": [1]}', "Row 1 is no object"),
        (b'{"form": "engram results 1", "lines": [{"attempt": 1}]}', "names no column question, points_exact"),
        (b'{"form": "other", "lines": []}', "its form is not"),
        (b'{"form": ', "can't be read as JSON from line 1, column 10 on."),
        (b'{"a":' * 100_000, "nested too deep"),
        (b"x" * (compare.LARGEST + 1), "more than 5 MB"),
        (HEAD + b"a,b,c\r\n" * (compare.MOST_LINES + 1), "more than 50,000 lines"),
    ],
)
def test_what_is_no_export_is_refused_with_a_reason(desk: Desk, people: People, data: bytes, said: str) -> None:
    with pytest.raises(Refused) as refused:
        report(desk, people, data)
    assert said in refused.value.message
    assert refused.value.field == "file"


FORM = b'{"form": "engram results 1", "lines": ['
WHOLE = b'{"attempt": "x", "question": "q1", "points_exact": 1}'
WIDE = b"{" + b",".join(b'"k%d": 1' % number for number in range(300_000)) + b"}"
SAME_HASH = [str(UUID(int=number * (2**61 - 1))) for number in range(1, 50_001)]
"""Ids whose numbers have one hash."""


@pytest.mark.parametrize(
    ("data", "said"),
    [
        (b",".join(b"c%d" % number for number in range(600_000)), "Line 1 has 4,688,889 characters"),
        (b",".join([b"a"] * 2_000_000), "Line 1 has"),
        (b'"a\n",' * 800_000, "Row 1 has 800,001 columns"),
        (FORM + WIDE + b"]}", "Row 1 has 300,000 columns"),
        (FORM + WHOLE + b"," + WIDE + b"]}", "Row 2 has 300,000 columns"),
        (FORM + WHOLE + b",{}" * 1_500_000 + b"]}", "more than 50,000 lines"),
        (b'{"a":' * 990_000, "nested too deep"),
        (FORM + b'{"attempt": ' + b"[" * 900 + b"]" * 900 + b', "question": "q", "points_exact": 1}]}', ""),
        (FORM + b'{"attempt": "x", "question": "q", "points_exact": ' + b"9" * 4_900_000 + b"}]}", ""),
        (HEAD + b"".join(b"%s,q,1\r\n" % one.encode() for one in SAME_HASH), ""),
        (HEAD + b"".join(b"%d,q,%s\r\n" % (row, b"1" * 3_999) for row in range(1_200)), ""),
    ],
    ids=range(11),
)
def test_no_file_holds_a_thread_for_long(worked: Desk, people: People, data: bytes, said: str) -> None:
    assert len(data) <= compare.LARGEST
    began, refused = time.process_time(), ""
    try:
        assert report(worked, people, data).count(Outcome.EQUAL) == 0
    except Refused as bad:
        refused = bad.message
    assert time.process_time() - began < 20
    assert said in refused
    assert bool(said) == bool(refused)


def test_a_number_of_thousands_of_digits_is_told_by_row_and_column(worked: Desk, people: People) -> None:
    line = b'{"attempt": "%s", "question": "q1", "points_exact": %s}' % (
        lines(worked, people)[0].attempt.encode(),
        b"9" * 5_000,
    )
    (told,) = report(worked, people, FORM + line + b"]}").lines
    assert (told.outcome, told.why) == (
        Outcome.UNREADABLE,
        f"Row 1, column points_exact: '{'9' * 40}' is no number.",
    )


def test_numbers_beyond_any_do_no_harm(worked: Desk, people: People) -> None:
    line = {"attempt": lines(worked, people)[0].attempt, "question": "q1", "points_exact": float("inf")}
    strange = [line, {**line, "question": "q2", "points_exact": 10**400}, {**line, "question": "q3", "credit": [1]}]
    data = json.dumps({"form": export.FORM, "lines": strange}).encode()
    made = report(worked, people, data)
    assert [one.outcome for one in made.lines] == [Outcome.UNREADABLE] * 3
