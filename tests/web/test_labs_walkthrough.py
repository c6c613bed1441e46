"""The model walk-through: right answers on this exhibit with the rows that show them, once the attempt has ended."""

from markupsafe import escape

from tests.unit.labs.conftest import Desk
from tests.unit.labs.test_findings import answer, prove
from tests.web.conftest import Clients, html_errors
from training.analysis.models import Run
from training.analysis.results import Result
from training.errors import NotThere
from training.grading.values.reading import kind_of
from training.labs.service import attempts, rules, walkthrough


def address(desk: Desk, kind: str = "attempts") -> str:
    return f"/{kind}/{desk.attempt_id}/walkthrough"


def end(desk: Desk) -> None:
    with desk.rooms.store.writing() as session:
        attempts.close(session, desk.case(session).attempt, desk.rooms.clock())


def test_an_open_attempt_has_no_walkthrough_for_its_person(clients: Clients, desk: Desk) -> None:
    reply = clients["trainee"].get(address(desk))
    assert reply.status_code == 409
    assert "when the attempt is closed" in reply.text
    with desk.rooms.store.reading() as session:
        seals = rules.of(session, desk.case(session)).keys
        question = desk.question("q1")
    assert str(kind_of(question.spec).write(seals["q1"].answer, question.spec)) not in reply.text
    assert "/walkthrough" not in clients["trainee"].get(f"/attempts/{desk.attempt_id}").text
    assert clients["instructor"].get(address(desk, "results")).status_code == 200


def test_a_closed_attempt_tells_every_answer_and_the_rows_that_show_it(clients: Clients, desk: Desk) -> None:
    prove(desk, "q1")
    end(desk)
    with desk.rooms.store.reading() as session:
        case = desk.case(session)
        walks = walkthrough.of(session, case, desk.rooms.engine.result)
        asked = rules.of(session, case).questions
    assert [walk.question.id for walk in walks] == [one.id for one in asked]
    first = walks[0]
    assert first.answer == answer(desk, "q1")
    seen = [way for way in first.ways if way.places]
    assert seen, "the run that was asked for shows the answer"
    assert all(dict(place.cells)["PID"] == first.answer for way in seen if way.plugin for place in way.places)
    page = clients["trainee"].get(address(desk)).text
    assert html_errors(page) == []
    for walk in walks:
        assert str(escape(walk.question.text)) in page
    assert "A model answer" in page
    assert address(desk) in clients["trainee"].get(f"/attempts/{desk.attempt_id}").text


def test_a_result_that_is_gone_is_named_as_a_command_to_run(desk: Desk) -> None:
    def gone(run: Run) -> Result:
        raise NotThere(f"the result of {run.plugin} is not there")

    end(desk)
    with desk.rooms.store.reading() as session:
        ways = [way for walk in walkthrough.of(session, desk.case(session), gone) for way in walk.ways if way.plugin]
    assert ways
    assert all(way.unseen and not way.places and way.run is None for way in ways)


def test_lines_of_what_was_handed_over_show_their_answers(desk: Desk) -> None:
    end(desk)
    with desk.rooms.store.reading() as session:
        walks = walkthrough.of(session, desk.case(session), desk.rooms.engine.result)
    lines = [way for walk in walks for way in walk.ways if not way.plugin]
    assert lines
    assert all(way.places for way in lines), "prove holds every material source to a line that shows the answer"


def test_nobody_else_reads_it(clients: Clients, desk: Desk) -> None:
    end(desk)
    for role in ("colleague", "other_instructor", "host"):
        if role in clients:
            assert clients[role].get(address(desk)).status_code == 404
    assert clients["other_instructor"].get(address(desk, "results")).status_code == 404
