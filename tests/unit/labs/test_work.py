"""Attempts, runs and the notebook: what holds whoever asks, and what the database refuses."""

import threading
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import func, select
from sqlalchemy.exc import IntegrityError

from tests.conftest import People
from tests.unit.labs.conftest import LAB, Desk
from training.accounts.actor import Actor, Role
from training.analysis import command as commands
from training.analysis import service as analysis
from training.analysis.models import Run, State
from training.analysis.outcome import Outcome
from training.audit.models import Event
from training.content.models import Release
from training.errors import Conflict, NotThere, Refused, TooMany
from training.labs import policy
from training.labs.models import Attempt, AttemptRun, Citation, Finding, HintTaken
from training.labs.service import attempts, difference, notebook, offers, results, runs
from training.store import new_id

Desks = Callable[[str], Desk]


def test_beginning_twice_at_once_opens_one_attempt(desk_of: Desks) -> None:
    desk = desk_of("trainee")
    with desk.rooms.store.writing() as session:
        attempts.close(session, session.get_one(Attempt, desk.attempt_id), desk.rooms.clock())
    opened: list[object] = []

    def begin() -> None:
        with desk.rooms.store.writing() as session:
            instance, now = desk.rooms.settings.instance, desk.rooms.clock()
            opened.append(attempts.begin(session, instance, desk.actor, LAB, now).id)

    threads = [threading.Thread(target=begin) for _ in range(8)]
    for one in threads:
        one.start()
    for one in threads:
        one.join()
    assert len(opened) == 8
    assert len(set(opened)) == 1
    assert desk.attempt_id not in opened


def test_an_attempt_goes_on_with_its_release_when_the_lab_changes(desk_of: Desks) -> None:
    desk = desk_of("trainee")
    with desk.rooms.store.writing() as session:
        instance, now = desk.rooms.settings.instance, desk.rooms.clock()
        again = attempts.begin(session, instance, desk.actor, LAB, now)
        assert again.id == desk.attempt_id
        opened = session.scalar(select(func.count()).select_from(Event).where(Event.act == "attempt.opened"))
    assert opened == 1


def test_four_runs_are_under_way_at_once_and_a_fifth_must_wait(desk: Desk) -> None:
    with desk.rooms.store.writing() as session:
        case = desk.case(session)
        asked = [runs.ask(session, case, f"linux.proc.Maps --pid {pid}", desk.rooms.clock()) for pid in range(1, 5)]
        again = runs.ask(session, case, "linux.proc.Maps --pid 4", desk.rooms.clock())
        assert again.number == asked[-1].number  # the same question is no further run
    with pytest.raises(TooMany, match="4 of your runs are under way"), desk.rooms.store.writing() as session:
        runs.ask(session, desk.case(session), "linux.proc.Maps --pid 5", desk.rooms.clock())
    with desk.rooms.store.writing() as session:
        assert analysis.take(session, desk.rooms.clock()) is not None
        analysis.finish(
            session, asked[0].run.id, Outcome(state="failed", reason="ended for the test"), desk.rooms.clock()
        )
        assert runs.ask(session, desk.case(session), "linux.proc.Maps --pid 5", desk.rooms.clock()).number == 5


def test_a_run_goes_on_while_another_open_attempt_waits_for_it_and_else_is_ended(desk_of: Desks) -> None:
    desk, colleague = desk_of("trainee"), desk_of("colleague")
    now = desk.rooms.clock()
    with desk.rooms.store.writing() as session:
        for one in (desk, colleague):
            runs.ask(session, one.case(session), "linux.proc.Maps --pid 1", now)
        runs.ask(session, desk.case(session), "linux.proc.Maps --pid 2", now)

    def end(number: int) -> object:
        with desk.rooms.store.writing() as session:
            attempt = desk.case(session).attempt
            return runs.end(session, attempt, number, now), runs.numbered(session, attempt, number).run.state

    with pytest.raises(Conflict, match="Another trainee waits for run 1"):
        end(1)
    with desk.rooms.store.writing() as session:
        attempts.close(session, session.get_one(Attempt, colleague.attempt_id), now)
    assert end(1) == (None, State.KILLED)
    with pytest.raises(Conflict, match="has ended already"):
        end(1)
    with desk.rooms.store.writing() as session:
        attempts.close(session, session.get_one(Attempt, desk.attempt_id), now)
    with pytest.raises(Conflict, match="closed"):
        end(2)


def test_somebody_without_an_organisation_can_not_begin(desk: Desk) -> None:
    with pytest.raises(Refused, match="member of an organisation"), desk.rooms.store.writing() as session:
        attempts.begin(session, desk.rooms.settings.instance, Actor(new_id()), LAB, desk.rooms.clock())
    with pytest.raises(NotThere, match="no lab nowhere"), desk.rooms.store.writing() as session:
        attempts.close(session, session.get_one(Attempt, desk.attempt_id), desk.rooms.clock())
        attempts.begin(session, desk.rooms.settings.instance, desk.actor, "nowhere", desk.rooms.clock())


def test_the_same_command_is_the_same_run_for_everybody_with_a_number_of_its_own(desk_of: Desks) -> None:
    first, second = desk_of("trainee"), desk_of("stranger")
    assert [first.run("linux.psaux"), first.run("linux.pslist"), first.run("vol linux.psaux")] == [1, 2, 1]
    assert [second.run("linux.pslist"), second.run("linux.psaux")] == [1, 2]
    with first.rooms.store.reading() as session:
        listed = runs.listed(session, first.case(session).attempt)
        assert [one.number for one in listed] == [2, 1]
        assert session.scalar(select(func.count()).select_from(Run).where(Run.plugin == "linux.psaux")) == 1


def test_a_number_names_a_run_and_a_citation_of_the_attempt_itself(desk_of: Desks) -> None:
    asked = ((desk_of("trainee"), "linux.psaux"), (desk_of("colleague"), "linux.pslist"))
    for desk, plugin in asked:
        assert (desk.run(plugin), desk.cite(plugin, 3), desk.cite_line("frozen at")) == (1, 1, 2)
    for desk, plugin in asked:
        with desk.rooms.store.reading() as session:
            attempt = desk.case(session).attempt
            assert runs.numbered(session, attempt, 1).run.plugin == plugin
            kept = notebook.every(session, attempt)
            assert [(one.attempt_id, one.number) for one in kept] == [(attempt.id, 1), (attempt.id, 2)]
            assert [notebook.get(session, attempt, one.number).id for one in kept] == [one.id for one in kept]


def test_a_run_that_failed_is_asked_for_anew_and_gets_the_next_number(desk: Desk) -> None:
    desk.run("linux.psaux")
    with desk.rooms.store.writing() as session:
        run = session.scalars(select(Run).where(Run.plugin == "linux.psaux")).one()
        run.state, run.reason = State.FAILED, "The server could not run it."
    with desk.rooms.store.writing() as session:
        asked = runs.ask(session, desk.case(session), "linux.psaux", desk.rooms.clock())
        assert (asked.number, asked.run.try_no, asked.run.state) == (2, 2, State.QUEUED)
        assert runs.ahead(session, asked.run) == 0


def test_a_trainee_is_told_what_colleagues_have_asked_and_not_what_other_organisations_have(desk_of: Desks) -> None:
    desk, colleague, stranger = (desk_of(name) for name in ("trainee", "colleague", "stranger"))
    desk.run("linux.pslist")
    colleague.run("linux.psaux")
    stranger.run("linux.lsof")
    with desk.rooms.store.reading() as session:
        topics = offers.by_topic(session, desk.case(session))
    made = {one.card.name: one for _, questions in topics for _, found in questions for one in found}
    assert {name for name, one in made.items() if one.shared} == {"linux.psaux"}
    assert {name: one.number for name, one in made.items() if one.number} == {"linux.pslist": 1}


def test_a_comparison_counts_the_runs_of_its_asker_alone(desk: Desk) -> None:
    with desk.rooms.store.writing() as session:
        case, now = desk.case(session), desk.rooms.clock()
        mine = [runs.ask(session, case, f"linux.proc.Maps --pid {pid}", now).run for pid in (1, 2, 3)]
        side = difference.Side(case.exhibit, None)
        both = difference.Pair(commands.parse("linux.boottime", os="linux"), side, side)
        with pytest.raises(TooMany, match="4 of your runs"):
            difference.ask(session, both, case.attempt.person_id, now)
        difference.ask(session, both, other := new_id(), now)
        assert session.scalar(select(Run.asker).where(Run.plugin == "linux.boottime")) == other
        assert analysis.withdraw(session, mine[0], "ended for the test", now)
        difference.ask(session, both, case.attempt.person_id, now)


def test_runs_of_an_attempt_are_limited(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(runs, "MOST_RUNS", 1)
    desk.run("linux.psaux")
    assert desk.run("linux.psaux") == 1
    with pytest.raises(TooMany, match="no more are given"):
        desk.run("linux.pslist")


def test_a_command_that_is_not_offered_is_refused_and_nothing_is_asked(desk: Desk) -> None:
    with pytest.raises(Refused, match="Did you mean"):
        desk.run("linux.pslits")
    with desk.rooms.store.reading() as session:
        assert session.scalar(select(func.count()).select_from(AttemptRun)) == 0


def test_citing_a_place_again_brings_back_its_number(desk: Desk) -> None:
    assert [desk.cite("linux.psaux", 3), desk.cite("linux.psaux", 4), desk.cite("linux.psaux", 3)] == [1, 2, 1]
    with desk.rooms.store.writing() as session:
        case, now = desk.case(session), desk.rooms.clock()
        assert notebook.drop(session, case, 1, now).dropped_at == now
        assert notebook.drop(session, case, 1, now + timedelta(hours=1)).dropped_at == now, "once"
        notebook.note(session, case, 2, "  genuine  ", now)
        assert [row for _, row in notebook.by_row(session, case.attempt)] == [4], "dropped"
    assert desk.cite("linux.psaux", 3) == 1
    with desk.rooms.store.reading() as session:
        assert [row for _, row in notebook.by_row(session, desk.case(session).attempt)] == [3, 4]
        made = notebook.every(session, desk.case(session).attempt)
        assert [(one.number, one.dropped_at, one.note) for one in made] == [(1, None, ""), (2, None, "genuine")]


def test_a_column_is_a_place_of_its_own_and_the_record_has_lines(desk: Desk) -> None:
    assert [desk.cite("linux.psaux", 3), desk.cite("linux.psaux", 3, "PID"), desk.cite_line("frozen at")] == [1, 2, 3]
    with desk.rooms.store.reading() as session:
        made = notebook.every(session, desk.case(session).attempt)
        places = notebook.places(session, made, desk.rooms.engine.result, ["first", "second"])
    assert places[0].text.split("  ")[0] == places[1].text
    assert places[0].cells["PID"] == int(places[1].text)
    assert places[2].fault is not None, "a record that lost a line says so"


def test_a_result_that_is_gone_is_said_at_the_place(desk: Desk) -> None:
    desk.cite("linux.psaux", 3)
    for file in (desk.rooms.settings.instance / "results").iterdir():
        file.unlink()
    with desk.rooms.store.reading() as session:
        made = notebook.every(session, desk.case(session).attempt)
        [place] = notebook.places(session, made, desk.rooms.engine.result, [])
    assert place.fault is not None
    assert place.cells == {}


@pytest.mark.parametrize(
    ("row", "column", "error", "message"),
    [(9_999, "", NotThere, "no row 9999"), (0, "NAME", Refused, "no column NAME")],
)
def test_what_is_not_there_can_not_be_cited(
    desk: Desk, row: int, column: str, error: type[Exception], message: str
) -> None:
    with pytest.raises(error, match=message):
        desk.cite("linux.psaux", row, column)
    with pytest.raises(NotThere, match="no run 7"), desk.rooms.store.writing() as session:
        case, now = desk.case(session), desk.rooms.clock()
        notebook.cite(session, case, 7, 0, "", desk.rooms.engine.result, now)
    with pytest.raises(NotThere, match="no line 3"), desk.rooms.store.writing() as session:
        notebook.cite_line(session, desk.case(session), 3, ["one", "two"], desk.rooms.clock())


def test_the_notebook_and_its_notes_are_limited(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(notebook, "MOST_CITATIONS", 1)
    desk.cite("linux.psaux", 0)
    with pytest.raises(TooMany, match="no more fit"):
        desk.cite("linux.psaux", 1)
    with desk.rooms.store.writing() as session:
        case, now = desk.case(session), desk.rooms.clock()
        with pytest.raises(Refused, match="2,001 characters"):
            notebook.note(session, case, 1, "x" * 2_001, now)
        with pytest.raises(NotThere, match="C9"):
            notebook.note(session, case, 9, "x", now)


def test_nothing_is_added_to_a_closed_attempt_and_closing_twice_changes_nothing(desk: Desk) -> None:
    desk.cite("linux.psaux", 0)
    with desk.rooms.store.writing() as session:
        attempt = desk.case(session).attempt
        attempts.close(session, attempt, desk.rooms.clock())
        attempts.close(session, attempt, desk.rooms.clock() + timedelta(hours=1))
        assert attempt.closed_at == desk.rooms.clock()
    for act in (
        lambda: desk.run("linux.psaux"),
        lambda: desk.cite("linux.psaux", 1),
        lambda: desk.cite_line("frozen at"),
        lambda: desk.submit("q1", "3"),
    ):
        with pytest.raises(Conflict, match="closed"):
            act()


def test_cards_and_sheets_show_where_people_stand(desk_of: Desks, people: People) -> None:
    desk = desk_of("trainee")
    desk.submit("q1", "3")
    instructor = Actor(people["instructor"], "I", people.home, frozenset({(people.home, Role.INSTRUCTOR)}))
    elsewhere = Actor(
        people["other_instructor"], "O", people.elsewhere, frozenset({(people.elsewhere, Role.INSTRUCTOR)})
    )
    instance = desk.rooms.settings.instance
    with desk.rooms.store.reading() as session:
        [card] = results.cards(session, desk.actor, instance, desk.rooms.clock())
        assert (card.open, card.closed, card.score) == (True, False, "0 / 105")
        assert card.address == f"/attempts/{desk.attempt_id}"
        [fresh] = results.cards(session, instructor, instance, desk.rooms.clock())
        assert (fresh.open, fresh.score, fresh.address) == (False, "", f"/labs/{LAB}")
        [sheet] = results.sheets(session, instructor, instance)
        assert [line.attempt.id for line in sheet.lines] == [desk.attempt_id]
        assert sheet.lines[0].progress["q1"].findings[0].value == "3"
        assert sheet.waiting == (people["colleague"],)
        assert sheet.people == {people["trainee"], people["colleague"]}
        [empty] = results.sheets(session, elsewhere, instance)
        assert (empty.lines, empty.waiting, empty.number) == ((), (people["stranger"],), 1)
        assert results.sheets(session, desk.actor, instance) == []


def test_releases_are_numbered_in_the_order_of_publication(desk: Desk) -> None:
    with desk.rooms.store.writing() as session:
        first = session.scalars(select(Release).where(Release.kind == "lab")).one()
        later = first.published_at + timedelta(days=1)
        second = Release(kind="lab", name=LAB, number=2, sha256="1" * 64, published_at=later, current=False)
        other = Release(kind="lab", name="other", number=1, sha256="2" * 64, published_at=later, current=False)
        session.add_all([second, other])
        session.flush()
        numbers = results.release_numbers(session)
        assert (numbers[first.id], numbers[second.id], sorted(numbers.values())) == (1, 2, [1, 1, 2])


def test_a_citation_is_known_again_by_its_first_and_last_cells(desk: Desk) -> None:
    for plugin, column in (("linux.psaux", ""), ("linux.sockstat", ""), ("linux.pslist", "COMM")):
        desk.cite(plugin, 3, column)
    desk.cite_line("frozen at")
    with desk.rooms.store.reading() as session:
        made = notebook.every(session, desk.case(session).attempt)
        places = notebook.places(session, made, desk.rooms.engine.result, ["first"] * 20 + ["frozen at"] * 100)
    arguments, socket, name, line = (place.key for place in places)
    assert arguments.startswith("PID ")
    assert "ARGS " in arguments
    assert " 0x" not in socket, "addresses tell a reader nothing"
    assert socket.endswith(dict(places[1].shown)["State"]) or "State " in socket
    assert name == f"COMM {dict(places[2].shown)['COMM']}"
    assert line == places[3].text


def test_policies_let_nobody_else_in(desk: Desk, people: People) -> None:
    with desk.rooms.store.reading() as session:
        attempt = desk.case(session).attempt
    mine = Actor(people["trainee"], "T", people.home, frozenset({(people.home, Role.TRAINEE)}))
    other = Actor(people["colleague"], "C", people.home, frozenset({(people.home, Role.TRAINEE)}))
    teacher = Actor(people["instructor"], "I", people.home, frozenset({(people.home, Role.INSTRUCTOR)}))
    elsewhere = frozenset({(people.elsewhere, Role.INSTRUCTOR)})
    foreign = Actor(people["other_instructor"], "O", people.elsewhere, elsewhere)
    assert [policy.may_work(one, attempt) for one in (mine, other, teacher, foreign, Actor())] == [True, *[False] * 4]
    assert [policy.may_see_result(one, attempt) for one in (mine, other, teacher, foreign)] == [
        False,
        False,
        True,
        False,
    ]
    assert [policy.may_see_results(one, None) for one in (mine, teacher, Actor())] == [False, True, False]
    assert [policy.may_list(one, None) for one in (mine, Actor(), Actor(new_id()))] == [True, False, False]


WRONG: list[tuple[type[Any], dict[str, Any]]] = [
    (Citation, {"number": 1, "run_id": None, "row": None, "material": None, "line": None}),
    (Citation, {"number": 1, "run_id": None, "row": 3, "material": "record", "line": 1}),
    (Citation, {"number": 0, "material": "record", "line": 1}),
    (HintTaken, {"question": "q1", "number": 0, "step": 1, "price": 0.1}),
    (HintTaken, {"question": "q1", "number": 1, "step": 1, "price": 1.5}),
    (Finding, {"try_no": 0}),
    (Finding, {"credit": 1.5}),
    (Finding, {"confidence": "sure"}),
]


@pytest.mark.database
@pytest.mark.parametrize(("kind", "values"), WRONG, ids=lambda value: str(getattr(value, "__name__", "")))
def test_the_database_refuses_what_makes_no_sense(desk: Desk, kind: type[Any], values: dict[str, Any]) -> None:
    now = desk.rooms.clock()
    whole: dict[type[Any], dict[str, Any]] = {
        Citation: {"made_at": now},
        HintTaken: {"at": now},
        Finding: {
            "question": "q1", "try_no": 1, "step": 1, "value": "3", "citations": [], "request_key": "k",
            "understood": "3", "verdict": {}, "judged": True, "credit": 0.0, "points": 0.0, "at": now,
        },
    }  # fmt: skip
    with pytest.raises(IntegrityError), desk.rooms.store.writing() as session:
        session.add(kind(attempt_id=desk.attempt_id, **{**whole[kind], **values}))


def test_the_database_keeps_one_open_attempt_and_one_finding_for_each_try(desk: Desk) -> None:
    desk.submit("q1", "3", key="first-request")
    with desk.rooms.store.reading() as session:
        attempt = session.get_one(Attempt, desk.attempt_id)
        finding = session.scalars(select(Finding)).one()
    names = {
        Attempt: ["person_id", "organisation_id", "release_id", "exhibit", "opened_at"],
        Finding: [
            *("attempt_id", "question", "step", "value", "citations", "understood"),
            *("verdict", "judged", "credit", "points", "at"),
        ],
    }
    second = Attempt(**{name: getattr(attempt, name) for name in names[Attempt]})
    with pytest.raises(IntegrityError), desk.rooms.store.writing() as session:
        session.add(second)
    same = {name: getattr(finding, name) for name in names[Finding]}
    for more in ({"try_no": 1, "request_key": "other-request"}, {"try_no": 2, "request_key": "first-request"}):
        with pytest.raises(IntegrityError), desk.rooms.store.writing() as session:
            session.add(Finding(**same, **more))
