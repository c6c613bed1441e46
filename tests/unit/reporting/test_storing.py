"""Which results stay when room is needed: what is cited, what a figure may be drawn of, what can't be made again."""

from collections.abc import Callable
from uuid import UUID

from sqlalchemy import inspect, select
from sqlalchemy.orm import Session

from tests.unit.labs import conftest as at_work
from tests.unit.labs.conftest import Desk
from tests.unit.labs.test_findings import prove
from training.analysis.models import Run
from training.evidence.models import OwnExhibit
from training.labs.models import Attempt, AttemptRun, Citation
from training.reporting.models import ReportFigure
from training.reporting.service import storing
from training.store import new_id

answered, desk_of = at_work.answered, at_work.desk_of  # fixtures


def copied(session: Session, run: Run, key: str, **other: str) -> UUID:
    """Another run like this one, on what is said otherwise."""
    values = {one.key: getattr(run, one.key) for one in inspect(Run).column_attrs}
    made = Run(**{**values, "id": new_id(), "key": key * 64, **other})
    session.add(made)
    session.flush()
    return made.id


def kept(session: Session) -> set[UUID]:
    session.flush()
    return set(session.scalars(storing.kept()))


def test_results_stay_that_somebody_relies_on_or_that_cant_be_made_again(desk_of: Callable[[str], Desk]) -> None:
    mine, theirs = desk_of("trainee"), desk_of("colleague")
    prove(mine, "q1")
    with mine.rooms.store.writing() as session:
        cited = set(session.scalars(select(Citation.run_id)))
        run = session.get_one(Run, next(iter(cited)))
        bare, drawn, others, gone, symbols = (copied(session, run, key) for key in "abcde")
        assert kept(session) == cited, "a run that nobody has cited can go"
        session.get_one(Run, gone).exhibit = "0" * 64
        session.get_one(Run, symbols).symbols = "0" * 64
        lost = {gone, symbols}
        assert kept(session) == cited | lost, "the image or its symbols are not here any more"
        for attempt, of in ((mine, drawn), (theirs, others)):
            session.add(
                AttemptRun(attempt_id=attempt.attempt_id, number=99, run_id=of, asked_at=mine.rooms.clock()),
            )
        figure = ReportFigure(attempt_id=mine.attempt_id, name="tree", kept=False, given={}, caption="")
        figure.version, figure.updated_at = 1, mine.rooms.clock()
        session.add(figure)
        assert kept(session) == cited | lost, "a figure that was left out of the report is drawn of nothing"
        figure.kept = True
        assert kept(session) == cited | lost | ({drawn} | _asked(session, mine)), "runs of that attempt alone"
        figure.kept = False
        own = _own(session, mine, run.exhibit)
        assert kept(session) == cited | lost
        own.dropped_at = mine.rooms.clock()
        assert kept(session) == cited | lost | {bare, drawn, others} | set(session.scalars(select(Run.id)))


def _asked(session: Session, desk: Desk) -> set[UUID]:
    return set(session.scalars(select(AttemptRun.run_id).filter_by(attempt_id=desk.attempt_id)))


def _own(session: Session, desk: Desk, exhibit: str) -> OwnExhibit:
    attempt = session.get_one(Attempt, desk.attempt_id)
    of = {"person_id": attempt.person_id, "organisation_id": attempt.organisation_id, "release_id": attempt.release_id}
    made = OwnExhibit(sha256=exhibit, **of, response_id=new_id(), number=1, variant="a", way="inside", base="b")
    made.assignment_id, made.truth, made.materials, made.conduct, made.dropped_at = None, False, [], None, None
    session.add(made)
    return made
