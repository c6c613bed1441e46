"""The state of an attempt's total in files of results: failed only where no marker can change it any more."""

from sqlalchemy import select

from tests.unit.marking import rounds
from tests.unit.marking.rounds import Office
from training.content.models import Release
from training.labs.models import Attempt
from training.marking.service import export
from training.marking.service.export import TOTAL

office = rounds.office  # a fixture


def states(office: Office) -> list[str]:
    """Of each attempt, the newest first."""
    with office.rooms.store.reading() as session:
        release, instance = session.get_one(Release, office.release), office.rooms.settings.instance
        found = export.lines(session, instance, release, office.people.home, office.rooms.clock())
    return [one.state for one in found if one.question == TOTAL]


def test_an_attempt_whose_texts_wait_for_markers_has_not_failed_yet(office: Office) -> None:
    for number in range(1, 10):
        office.submit("trainee", "a text", f"q{number}")
    office.rooms.clock.forward(minutes=1)  # type: ignore[attr-defined]
    office.submit("colleague", "a text", "q1")
    assert states(office) == ["open", "open"]
    with office.rooms.store.writing() as session:
        for one in session.scalars(select(Attempt)):
            one.closed_at = office.rooms.clock()
    assert states(office) == ["failed", "open"], "even full marks for one text are not enough to pass"
