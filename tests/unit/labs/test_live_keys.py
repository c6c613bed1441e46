"""When the keys of an own image are settled, and the attempt that is opened on it: once, recorded, and not beside an
examination.
"""

from typing import Any

import pytest
from sqlalchemy import inspect, select

from tests.unit.labs import conftest as at_work
from tests.unit.labs import test_live as own_images
from tests.unit.labs.conftest import LAB, Answered
from tests.unit.labs.setting import EXAMINATION, teacher
from tests.unit.labs.test_live import RESPONSE, Bench
from training.accounts.actor import Actor, Role
from training.analysis.models import Run, State
from training.audit.models import Event
from training.errors import Conflict
from training.labs.models import Attempt
from training.labs.service import assignments, attempts, live, own_keys
from training.labs.service.assignments import Wish
from training.store import new_id

answered, bench, answered_here = at_work.answered, own_images.bench, own_images.answered_here  # fixtures


def keys(bench: Bench, sha256: str) -> tuple[str, int]:
    with bench.rooms.store.reading() as session:
        found = own_keys.of(session, sha256)
        assert found is not None
        return found.state, found.unproved


def ended(bench: Bench, state: State, **given: Any) -> None:
    """Let the run that reads histories of shells have ended so, or be under way."""
    with bench.rooms.store.writing() as session:
        run = session.scalars(select(Run).filter_by(plugin="linux.bash")).one()
        run.state, run.reason = state, "for the test"
        for name, value in given.items():
            setattr(run, name, value)


def test_keys_are_not_settled_while_one_of_their_runs_is_under_way(bench: Bench, answered_here: Answered) -> None:
    sha256 = bench.take()
    bench.hand_over(sha256)
    ended(bench, State.RUNNING, ended_at=None)
    assert bench.settle() == []
    assert keys(bench, sha256)[0] == "working"
    ended(bench, State.COMPLETE, ended_at=bench.rooms.clock())
    assert bench.settle() == [sha256]
    assert keys(bench, sha256) == ("sealed", 0)


@pytest.mark.parametrize("given", [{"state": State.PARTIAL}, {"state": State.KILLED, "try_no": own_keys.TRIES}])
def test_a_run_without_all_its_rows_leaves_its_questions_to_a_marker(
    bench: Bench, answered_here: Answered, given: dict[str, Any]
) -> None:
    sha256 = bench.take()
    bench.hand_over(sha256)
    ended(bench, **given)
    assert bench.settle() == [sha256], "nobody asks for it for ever"
    state, unproved = keys(bench, sha256)
    assert state == "sealed"
    assert unproved > 0


def test_the_attempt_on_an_image_is_opened_and_recorded_once(bench: Bench) -> None:
    sha256 = bench.take()
    attempt = bench.hand_over(sha256)
    assert bench.hand_over(sha256) == attempt
    with bench.rooms.store.writing() as session:
        (event,) = session.scalars(select(Event).filter_by(act="attempt.opened"))
        assert (event.actor, event.subject) == (bench.people["trainee"], f"attempt:{attempt}")
        assert (event.details["exhibit"], event.details["response"]) == (sha256, str(RESPONSE))
        assert own_keys.worked_on(session, sha256) is True
        assert own_keys.worked_on(session, "0" * 64) is None
        attempts.close(session, session.get_one(Attempt, attempt), bench.rooms.clock())
        session.flush()
        assert own_keys.worked_on(session, sha256) is False
        closed = session.get_one(Attempt, attempt)
        values = {one.key: getattr(closed, one.key) for one in inspect(Attempt).column_attrs}
        session.add(Attempt(**values | {"id": new_id(), "closed_at": None}))
        session.flush()
        assert own_keys.worked_on(session, sha256) is True, "one of two is open"


def test_nobody_begins_at_the_machine_for_practice_beside_an_examination_of_the_lab(bench: Bench) -> None:
    people, clock = bench.people, bench.rooms.clock
    who = Actor(people["trainee"], "T", people.home, frozenset({(people.home, Role.TRAINEE)}))
    bench.hand_over(bench.take())

    def admitted() -> live.Admitted:
        with bench.rooms.store.reading() as session:
            return live.admit(session, bench.rooms.settings.instance, who, LAB, clock())

    assert admitted().assignment is None, "practice can be begun anew beside practice"
    with bench.rooms.store.writing() as session:
        wish = Wish(**{"lab": LAB, "title": "Week one", "opens_at": clock(), **EXAMINATION})
        made = assignments.make(session, teacher(people), people.home, wish, clock()).id
    with pytest.raises(Conflict, match="this attempt was begun before it"):
        admitted()
    with bench.rooms.store.writing() as session:
        current = attempts.current(session, people["trainee"], LAB)
        assert current is not None
        attempts.close(session, current, clock())
    found = admitted().assignment
    assert found is not None
    assert found.id == made
