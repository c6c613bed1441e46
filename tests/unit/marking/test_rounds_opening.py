"""Opening a marking round: what enters it, who marks what, in which order."""

import pytest
from sqlalchemy import func, select

from tests.unit.marking import rounds
from tests.unit.marking.rounds import Office
from training.errors import Conflict, Refused
from training.marking.models.rounds import Piece, Round
from training.marking.service.rounds import desk, ending, opening
from training.marking.service.rounds.opening import Plan

office, six = rounds.office, rounds.six  # fixtures


def test_the_last_unjudged_finding_of_each_attempt_enters(office: Office) -> None:
    office.submit("trainee", "1")
    last = office.submit("trainee", "2")
    office.submit("colleague", "3", judged=True)
    other = office.submit("amal", "4")
    office.submit("amal", "5", "q2")
    office.submit("boris", "6")
    office.submit("boris", "7", judged=True)
    with office.rooms.store.reading() as session:
        found = opening.waiting(session, office.actor("instructor"), office.rooms.settings.instance)
        assert {(one.about.question, one.pieces) for one in found} == {("q1", 2), ("q2", 1)}
        assert {one.id for one in opening.candidates(session, office.about())} == {last, other}
        assert opening.waiting(session, office.actor("other_instructor"), office.rooms.settings.instance) == []
        assert opening.waiting(session, office.actor("trainee"), office.rooms.settings.instance) == []
    office.open()
    with office.rooms.store.reading() as session:
        left = opening.waiting(session, office.actor("instructor"), office.rooms.settings.instance)
    assert [one.about.question for one in left] == ["q2"], "what is being marked waits no more"
    with pytest.raises(Conflict, match="open already"):
        office.open()


def test_every_piece_has_its_two_markers_and_all_carry_the_same_load(six: Office) -> None:
    held = six.open(("instructor", "second", "deputy"))
    with six.rooms.store.reading() as session:
        pieces = desk.pieces_of(session, session.get_one(Round, held))
        assert [one.number for one in pieces] == [1, 2, 3, 4, 5, 6]
        assert all(len(one.tasks) == 2 for one in pieces)
    assert {len(six.pieces(held, who)) for who in ("instructor", "second", "deputy")} == {4}


def test_each_marker_has_a_random_order_of_their_own_and_keeps_it(six: Office) -> None:
    held = six.open()
    mine, yours = six.pieces(held, "instructor"), six.pieces(held, "second")
    assert set(mine) == set(yours)
    assert mine != yours
    assert mine == six.pieces(held, "instructor")
    with six.rooms.store.reading() as session:
        order = [session.get_one(Piece, one).number for one in mine]
    assert order != sorted(order)


def test_the_same_seed_draws_the_same_numbers_and_markers_and_another_seed_others(six: Office) -> None:
    drawn = []
    for seed in (7, 7, 8):
        held = six.open(("instructor", "second", "deputy"), seed=seed)
        with six.rooms.store.writing() as session:
            found = session.get_one(Round, held)
            pieces = desk.pieces_of(session, found)
            drawn.append({one.finding_id: (one.number, {task.marker_id for task in one.tasks}) for one in pieces})
            ending.withdraw(session, found, six.people["instructor"], six.rooms.clock())
    assert drawn[0] == drawn[1]
    assert drawn[0] != drawn[2]


def test_a_finding_whose_support_is_not_known_opens_no_round(office: Office) -> None:
    office.submit("trainee", "145")
    plan, actor, question = Plan((office.people["second"],), 1), office.actor("instructor"), office.question(rubric=())
    with pytest.raises(Conflict, match="came in while"), office.rooms.store.writing() as session:
        opening.open_round(session, office.about(), question, plan, {}, actor, office.rooms.clock())


def test_the_id_of_a_piece_tells_no_time(six: Office) -> None:
    held = six.open()
    assert {one.version for one in six.pieces(held, "instructor")} == {4}


def test_nobody_marks_their_own_work(office: Office) -> None:
    for who in ("trainee", "instructor", "amal"):
        office.submit(who, who)
    with pytest.raises(Refused, match="Choose one marker more"):
        office.open(("instructor", "second"))
    held = office.open(("instructor", "second", "deputy"))
    with office.rooms.store.reading() as session:
        for piece in desk.pieces_of(session, session.get_one(Round, held)):
            assert desk.task_of(piece, desk.author_of(session, piece)) is None
    assert len(office.pieces(held, "instructor")) == 2


@pytest.mark.parametrize(
    ("markers", "per_piece", "seed", "message"),
    [
        (("instructor",), 2, 1, "Choose 2 to 20 markers"),
        ((), 1, 1, "Choose 1 to 20 markers"),
        (("instructor", "trainee"), 2, 1, "Only instructors of this organisation"),
        (("instructor", "other_instructor"), 2, 1, "Only instructors of this organisation"),
        (("instructor", "second"), 3, 1, "by one person or by two"),
        (("instructor", "second"), 2, -1, "A seed is"),
        (("instructor", "second"), 2, 2**31, "A seed is"),
    ],
)
def test_a_plan_that_can_not_work_is_refused(
    six: Office, markers: tuple[str, ...], per_piece: int, seed: int, message: str
) -> None:
    with pytest.raises(Refused, match=message):
        six.open(markers, per_piece, seed=seed)
    with six.rooms.store.reading() as session:
        assert session.scalar(select(func.count()).select_from(Round)) == 0
