"""The model walk-through: right answers on this exhibit with the rows that show them, once the attempt has ended."""

import re
from collections.abc import Callable
from datetime import timedelta

from markupsafe import escape
from sqlalchemy import inspect

from tests.conftest import Clock, People
from tests.unit.labs.conftest import Desk
from tests.unit.labs.test_findings import answer, prove
from tests.web.conftest import Clients, SignInAs, bench, html_errors, send
from tests.web.test_home import plain
from tests.web.test_labs_assignments import set_lab
from training.analysis.models import Run
from training.analysis.results import Result, Veil, Veiled
from training.analysis.results.veiled import DOTS
from training.content import ownership
from training.errors import NotThere
from training.grading.values.reading import kind_of
from training.labs.service import attempts, findings, path, replay, rules, runs, walkthrough
from training.labs.service.replay import Kind
from training.store import new_id


def address(desk: Desk, kind: str = "attempts") -> str:
    return f"/{kind}/{desk.attempt_id}/walkthrough"


def put(desk: Desk, command: str) -> None:
    """Type a command, understood or not."""
    with desk.rooms.store.writing() as session:
        runs.put(session, desk.case(session, lock=True), command, desk.rooms.clock())


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


def test_staff_who_do_not_own_the_lab_see_its_answers_when_their_trainee_may(
    clients: Clients, people: People, desk: Desk
) -> None:
    with desk.rooms.store.writing() as session:
        ownership.hand_over(session, people.elsewhere, desk.rooms.clock())
    client, page = clients["instructor"], f"/results/{desk.attempt_id}"
    assert client.get(page).status_code == 200
    assert "/walkthrough" not in client.get(page).text
    reply = client.get(address(desk, "results"))
    assert reply.status_code == 409
    assert str(answer(desk, "q1")) not in reply.text.partition("<main")[2]
    assert client.get("/labs/finance-workstation/keys").status_code == 404
    end(desk)
    assert "/walkthrough" in client.get(page).text
    assert client.get(address(desk, "results")).status_code == 200


def test_a_closed_attempt_tells_every_answer_and_the_rows_that_show_it(clients: Clients, desk: Desk) -> None:
    prove(desk, "q1")
    end(desk)
    with desk.rooms.store.reading() as session:
        case = desk.case(session)
        walks = walkthrough.of(session, case, desk.rooms.engine.result, desk.rooms.shown)
        asked = rules.of(session, case).questions
    assert [walk.question.id for walk in walks] == [one.id for one in asked]
    first = walks[0]
    assert first.answer == answer(desk, "q1")
    seen = [way for way in first.ways if way.places]
    assert seen, "the run that was asked for shows the answer"
    assert all(dict(place.cells)["PID"] == first.answer for way in seen if way.plugin for place in way.places)
    for n, walk in enumerate(walks, 1):
        page = clients["trainee"].get(f"{address(desk)}?question={walk.question.id}").text
        assert html_errors(page) == []
        assert len(page.encode()) < 40 * 1024, "one question to a page"
        shown = [one for one in asked if str(escape(one.text)) in page]
        assert [one.id for one in shown] == [walk.question.id]
        assert f'<a href="?question={walk.question.id}" aria-label="Question {n}" aria-current="page">{n}</a>' in page
        assert ("A model answer" in page) is (walk.question.type == "written")
    assert str(escape(asked[0].text)) in clients["trainee"].get(f"{address(desk)}?question=nothing").text
    assert address(desk) in clients["trainee"].get(f"/attempts/{desk.attempt_id}").text


def test_the_own_path_stands_beside_the_model_in_order_of_time(clients: Clients, desk: Desk) -> None:
    clock = desk.rooms.clock
    clock.forward(seconds=20)  # type: ignore[attr-defined] # the clock of tests
    put(desk, "linux.pslst")
    cited = prove(desk, "q1")
    clock.forward(hours=1)  # type: ignore[attr-defined]
    desk.submit("q1", "3", cited)
    clock.forward(seconds=60)  # type: ignore[attr-defined]
    with desk.rooms.store.writing() as session:
        findings.take_hint(session, desk.case(session, lock=True), desk.question("q2"), 1, clock())
    clock.forward(hours=1)  # type: ignore[attr-defined]
    desk.submit("q1", answer(desk, "q1"), cited)
    clock.forward(seconds=5)  # type: ignore[attr-defined]
    put(desk, "linux.boottime")
    end(desk)
    with desk.rooms.store.reading() as session:
        paths = path.of(replay.steps(session, desk.case(session)))
    kinds = [step.event.kind for step in paths.of("q1")]
    assert kinds[0] is Kind.TYPED
    assert (kinds[-1], kinds.count(Kind.FINDING)) == (Kind.FINDING, 2)
    assert {Kind.RUN, Kind.CITED} <= set(kinds)
    assert [step.n for step in paths.of("q1")] == sorted(step.n for step in paths.of("q1"))
    assert [step.event.kind for step in paths.of("q2")] == [Kind.HINT]
    assert [step.event.run.plugin for step in paths.loose if step.event.run] == ["linux.boottime"]
    page = clients["trainee"].get(f"{address(desk)}?question=q1").text
    sides = page.partition('id="h-model"')[2].partition('id="h-path"')
    assert all(sides), "the model stands before the path"
    for words in ("What you did for it", "0:00:20", "linux.pslst", "1:00:20", "2:01:20", "Right and proven"):
        assert words in sides[2], words
    assert "1 step that led to no finding" in page
    led = re.findall(r'href="(/attempts/[^"]+/replay\?step=\d+)#step"', page)
    assert led
    assert {clients["trainee"].get(one).status_code for one in led} == {200}
    other = clients["trainee"].get(f"{address(desk)}?question=q3").text
    assert "nothing is known to have been done for this question" in other
    theirs = clients["instructor"].get(f"{address(desk, 'results')}?question=q1").text
    assert "What was done for it" in theirs
    assert "/results/" in re.findall(r'href="([^"]+)\?step=', theirs)[0]
    assert html_errors(theirs) == []


def test_an_examination_shows_it_only_when_its_results_are_released(
    clients: Clients, desk_of: Callable[[str], Desk], clock: Clock, sign_in: SignInAs
) -> None:
    here = set_lab(clients, until="2026-11-26 09:00", minutes="")
    desk = desk_of("trainee")
    desk.submit("q1", answer(desk, "q1"), prove(desk, "q1"))
    for way in ("", "?question=q1"):
        assert clients["trainee"].get(address(desk) + way).status_code == 409, "it is going on"
    assert send(clients["trainee"], bench(desk), "/close").status_code == 303
    refused = clients["trainee"].get(address(desk))
    assert refused.status_code == 409, "it has ended, and nothing was released"
    assert answer(desk, "q1") not in plain(refused.text)
    clock.forward(days=2)
    assert send(sign_in("instructor"), here, "/release", sure="1").status_code == 303
    assert "What you did for it" in sign_in("trainee").get(address(desk)).text


def test_secrets_are_masked_in_the_rows_that_show_the_answer(desk: Desk) -> None:
    def seen(run: Run) -> Result:
        return Veiled(desk.rooms.engine.result(run), Veil({"COMM": (), "ARGS": ()}, b"k" * 32))

    prove(desk, "q1")
    end(desk)
    with desk.rooms.store.reading() as session:
        walks = walkthrough.of(session, desk.case(session), desk.rooms.engine.result, seen, only="q1")
    [way] = [one for one in walks[0].ways if one.name == "linux.psaux"]
    cells = [dict(place.cells) for place in way.places]
    assert cells
    assert all(one[name].startswith(DOTS) for one in cells for name in ("COMM", "ARGS"))


def test_rows_come_from_runs_on_this_exhibit_and_are_numbered_as_in_this_attempt(
    desk_of: Callable[[str], Desk],
) -> None:
    desk, colleague = desk_of("trainee"), desk_of("colleague")
    number = desk.run("linux.psaux")
    assert [colleague.run("linux.pslist"), colleague.run("linux.psaux")] == [1, 2]
    end(desk)
    with desk.rooms.store.writing() as session:
        case = desk.case(session)
        [mine] = runs.listed(session, case.attempt)
        values = {one.key: getattr(mine.run, one.key) for one in inspect(Run).column_attrs}
        other = {"id": new_id(), "key": "0" * 64, "exhibit": "e" * 64, "ended_at": desk.rooms.clock() + timedelta(1)}
        session.add(Run(**values | other))
        session.flush()
        walks = walkthrough.of(session, case, desk.rooms.engine.result, desk.rooms.shown, only="q1")
    [way] = [one for one in walks[0].ways if one.name == "linux.psaux"]
    assert (way.run, way.unseen) == (number, False)
    assert way.places


def test_a_result_that_is_gone_is_named_as_a_command_to_run(desk: Desk) -> None:
    def gone(run: Run) -> Result:
        raise NotThere(f"the result of {run.plugin} is not there")

    end(desk)
    with desk.rooms.store.reading() as session:
        ways = [
            way for walk in walkthrough.of(session, desk.case(session), gone, gone) for way in walk.ways if way.plugin
        ]
    assert ways
    assert all(way.unseen and not way.places and way.run is None for way in ways)


def test_lines_of_what_was_handed_over_show_their_answers(desk: Desk) -> None:
    end(desk)
    with desk.rooms.store.reading() as session:
        walks = walkthrough.of(session, desk.case(session), desk.rooms.engine.result, desk.rooms.shown)
    lines = [way for walk in walks for way in walk.ways if not way.plugin]
    assert lines
    assert all(way.places for way in lines), "prove holds every material source to a line that shows the answer"


def test_nobody_else_reads_it(clients: Clients, desk: Desk) -> None:
    end(desk)
    for role in ("colleague", "other_instructor", "host"):
        if role in clients:
            assert clients[role].get(address(desk)).status_code == 404
    assert clients["other_instructor"].get(address(desk, "results")).status_code == 404
