"""How long an image that somebody acquired is worked on, and whether all keys of a live work are settled."""

from collections.abc import Callable
from uuid import UUID

from sqlalchemy import inspect, select
from sqlalchemy.orm import Session

from tests.conftest import Clock
from tests.unit.labs.conftest import Desk
from training.evidence.models import Exhibit, OwnExhibit
from training.labs.models import Attempt, OwnKeys
from training.labs.service import own_keys
from training.store import new_id


def test_an_image_is_worked_on_as_long_as_one_attempt_on_it_is_open(desk_of: Callable[[str], Desk]) -> None:
    both = [desk_of("trainee"), desk_of("colleague")]
    store, clock = both[0].rooms.store, both[0].rooms.clock
    with store.writing() as session:
        first, second = (session.get_one(Attempt, one.attempt_id) for one in both)
        sha256 = first.exhibit
        assert own_keys.worked_on(session, "0" * 64) is None
        assert own_keys.worked_on(session, sha256) is True
        first.closed_at = clock()
        session.flush()
        assert own_keys.worked_on(session, sha256) is True, "somebody else works on it"
        second.closed_at = clock()
        session.flush()
        assert own_keys.worked_on(session, sha256) is False


def test_keys_of_a_live_work_are_settled_when_those_of_all_its_images_are(
    desk_of: Callable[[str], Desk], clock: Clock
) -> None:
    desk = desk_of("trainee")
    with desk.rooms.store.writing() as session:
        mine, others = new_id(), new_id()
        first, second = (_acquired(session, desk, mine, number, clock) for number in (1, 2))
        _acquired(session, desk, others, 3, clock)
        first.state = "sealed"
        session.flush()
        assert not own_keys.ended(session, mine), "those of the second image are not settled"
        second.state = "failed"
        session.flush()
        assert own_keys.ended(session, mine), "those of another work don't count"
        assert not own_keys.ended(session, others)


def _acquired(session: Session, desk: Desk, response: UUID, number: int, clock: Clock) -> OwnKeys:
    """An image of a live work, with keys that are being worked out."""
    attempt = session.get_one(Attempt, desk.attempt_id)
    like = session.scalars(select(Exhibit).filter_by(sha256=attempt.exhibit)).one()
    values = {one.key: getattr(like, one.key) for one in inspect(Exhibit).column_attrs}
    session.add(made := Exhibit(**values | {"sha256": f"{number}" * 64, "name": f"own-{number}"}))
    session.flush()
    of = {"person_id": attempt.person_id, "organisation_id": attempt.organisation_id, "release_id": attempt.release_id}
    own = OwnExhibit(sha256=made.sha256, **of, response_id=response, number=number, variant="a", way="inside", base="b")
    own.assignment_id, own.truth, own.materials, own.conduct, own.dropped_at = None, False, [], None, None
    keys = OwnKeys(exhibit=made.sha256, state="working", done=0, total=1, proved=0, unproved=0, lost=0, sealed="")
    keys.reason, keys.asked_at, keys.ended_at = "", clock(), None
    session.add_all([own, keys])
    session.flush()
    return keys
