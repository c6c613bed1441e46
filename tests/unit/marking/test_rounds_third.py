"""How two and a third marker come to one mark."""

from functools import partial

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.conftest import SEALED
from tests.examples import try_examples
from tests.unit.marking import rounds
from tests.unit.marking.rounds import FULL, Office, at_once
from training.accounts import service as accounts
from training.accounts.actor import Role
from training.errors import Conflict, NotThere, Refused
from training.marking.models.rounds import Piece, Round
from training.marking.service.rounds import desk, giving
from training.marking.service.rounds.outcome import Given, State, outcome

office, six = rounds.office, rounds.six  # fixtures


def test_one_level_apart_is_settled_by_taking_the_other_level_over(six: Office) -> None:
    piece = six.pieces(six.open(), "instructor")[0]
    six.give(piece, "instructor", {"claim": 2, "words": 2})
    six.give(piece, "second", FULL)
    assert six.state(piece) == (State.NEAR, None)

    def take(who: str, criterion: str = "claim") -> None:
        with six.rooms.store.writing() as session:
            giving.take_over(session, session.get_one(Piece, piece), six.people[who], criterion, six.rooms.clock())

    take("instructor")
    assert six.state(piece) == (State.AGREED, FULL)
    take("second")
    take("instructor")
    assert six.state(piece) == (State.AGREED, FULL), "both clicked: nothing goes back and forth"
    with pytest.raises(NotThere):
        take("deputy")
    with pytest.raises(NotThere):
        take("second", "nothing")


def test_two_levels_apart_go_to_the_owner_who_did_not_mark_and_can_not_be_settled(six: Office) -> None:
    held = six.open(("second", "deputy"), owner="instructor")
    piece = six.pieces(held, "second")[0]
    six.give(piece, "second", {"claim": 0, "words": 2})
    six.give(piece, "deputy", {"claim": 2, "words": 2})
    assert six.state(piece) == (State.THIRD, None)
    assert six.third_of(piece) == ["instructor"]
    with pytest.raises(Conflict, match="a third marker decides"), six.rooms.store.writing() as session:
        giving.take_over(session, session.get_one(Piece, piece), six.people["second"], "claim", six.rooms.clock())
    six.give(piece, "second", {"claim": 2, "words": 2})
    assert six.state(piece) == (State.THIRD, None), "who has seen the other mark can't unsay the distance"
    six.give(piece, "instructor", {"claim": 1, "words": 0})
    assert six.state(piece) == (State.DECIDED, {"claim": 1, "words": 2}), "what the two agreed on stands"


def test_a_piece_that_a_third_hands_over_is_still_decided_by_its_new_marker(six: Office) -> None:
    held = six.open(("second", "deputy"), owner="instructor")
    piece = six.pieces(held, "second")[0]
    six.give(piece, "second", {"claim": 0, "words": 2})
    six.give(piece, "deputy", {"claim": 2, "words": 2})
    assert six.third_of(piece) == ["instructor"]
    people = six.people
    with six.rooms.store.writing() as session:
        made = accounts.make_person(
            session,
            login="fourth",
            name="Fourth",
            sealed=SEALED,
            home=people.home,
            role=Role.INSTRUCTOR,
            now=six.rooms.clock(),
        )
        held_now, owner = session.get_one(Round, held), people["instructor"]
        assert giving.hand_over(session, held_now, owner, made.id, owner, six.rooms.clock()) == (1, 0)
        found = session.get_one(Piece, piece)
        assert [one.marker_id for one in found.tasks if one.third] == [made.id]
        assert made.id in {one.person_id for one in found.round.markers}


def test_where_the_owner_marked_a_third_is_named_from_the_other_instructors(six: Office) -> None:
    held = six.open()
    piece = six.pieces(held, "instructor")[0]
    six.give(piece, "instructor", {"claim": 0, "words": 2})
    six.give(piece, "second", {"claim": 3, "words": 2})
    assert six.third_of(piece) == []

    def name(who: str) -> None:
        with six.rooms.store.writing() as session:
            found, now = session.get_one(Piece, piece), six.rooms.clock()
            giving.assign_third(session, found, six.people[who], six.people["instructor"], now)

    for who in ("second", "trainee", "other_instructor"):
        with pytest.raises(Refused, match="can't decide about this piece"):
            name(who)
    name("deputy")
    name("deputy")
    assert six.third_of(piece) == ["deputy"]
    assert six.pieces(held, "deputy") == [piece]
    six.give(piece, "deputy", {"claim": 2, "words": 1})
    assert six.state(piece) == (State.DECIDED, {"claim": 2, "words": 2})
    with pytest.raises(Conflict, match="needs no third marker"):
        name("instructor")


def test_nobody_decides_about_their_own_work(six: Office) -> None:
    six.submit("deputy", "an instructor who practised")
    held = six.open()
    with six.rooms.store.reading() as session:
        pieces = desk.pieces_of(session, session.get_one(Round, held))
        own = next(one.id for one in pieces if desk.author_of(session, one) == six.people["deputy"])
    six.give(own, "instructor", {"claim": 0, "words": 2})
    six.give(own, "second", {"claim": 3, "words": 2})
    with pytest.raises(Refused, match="can't decide"), six.rooms.store.writing() as session:
        found, now = session.get_one(Piece, own), six.rooms.clock()
        giving.assign_third(session, found, six.people["deputy"], six.people["instructor"], now)


def test_two_can_leave_a_level_to_a_third(six: Office) -> None:
    held = six.open(("second", "deputy"))
    piece = six.pieces(held, "second")[0]
    six.give(piece, "second", {"claim": 2, "words": 2})
    with pytest.raises(NotThere), six.rooms.store.writing() as session:
        giving.leave_to_third(session, session.get_one(Piece, piece), six.people["second"], six.rooms.clock())
    six.give(piece, "deputy", FULL)
    for _ in range(2):
        with six.rooms.store.writing() as session:
            giving.leave_to_third(session, session.get_one(Piece, piece), six.people["second"], six.rooms.clock())
    assert six.state(piece) == (State.THIRD, None)
    assert six.third_of(piece) == ["instructor"]
    with pytest.raises(Conflict), six.rooms.store.writing() as session:
        giving.take_over(session, session.get_one(Piece, piece), six.people["deputy"], "claim", six.rooms.clock())


@pytest.mark.parametrize(
    ("one", "other", "third", "state", "levels"),
    [
        ((2, 2), (2, 2), None, State.AGREED, (2, 2)),
        ((2, 2), (3, 2), None, State.NEAR, None),
        ((2, 2), (3, 1), None, State.NEAR, None),
        ((0, 2), (2, 2), None, State.THIRD, None),
        ((0, 2), (2, 2), (1, 0), State.DECIDED, (1, 2)),
        ((0, 2), (2, 1), (3, 0), State.DECIDED, (3, 0)),
    ],
)
def test_the_rule_of_two_and_a_third(
    one: tuple[int, int],
    other: tuple[int, int],
    third: tuple[int, int] | None,
    state: State,
    levels: tuple[int, int] | None,
) -> None:
    firsts = [Given(named(pair), named(pair)) for pair in (one, other)]
    found = outcome(firsts, 2, Given(named(third), named(third)) if third else None, asked=False)
    assert found.state is state
    assert (found.levels and tuple(found.levels.values())) == levels


PAIR = st.tuples(st.integers(0, 4), st.integers(0, 4))
MARK = st.tuples(PAIR, PAIR)  # as it is now, as it was given alone


@try_examples(200)
@given(MARK, MARK, st.none() | PAIR, st.booleans())
def test_no_level_stands_that_nobody_gave_and_the_order_of_markers_is_nothing(
    one: tuple[tuple[int, int], tuple[int, int]],
    other: tuple[tuple[int, int], tuple[int, int]],
    third: tuple[int, int] | None,
    asked: bool,  # noqa: FBT001 - drawn
) -> None:
    firsts = [Given(named(now), named(alone)) for now, alone in (one, other)]
    decider = Given(named(third), named(third)) if third else None
    found = outcome(firsts, 2, decider, asked=asked)
    turned = outcome(firsts[::-1], 2, decider, asked=asked)
    assert (found.state, found.levels) == (turned.state, turned.levels)
    apart = max(abs(a - b) for mine, yours in zip(one, other, strict=True) for a, b in zip(mine, yours, strict=True))
    if found.levels is None:
        assert third is None or (apart == 1 and not asked)
        return
    for place, name in enumerate(("claim", "words")):
        given_by_two = one[0][place] == other[0][place] == found.levels[name]
        assert given_by_two or (third is not None and found.levels[name] == third[place])
    if apart > 1 or asked:
        assert found.state is State.DECIDED


def named(pair: tuple[int, int]) -> dict[str, int]:
    return dict(zip(("claim", "words"), pair, strict=True))


# at once


def test_two_who_finish_at_once_were_both_blind_and_call_one_third(six: Office) -> None:
    held = six.open(("second", "deputy"))
    low, high = {"claim": 0, "words": 2}, {"claim": 3, "words": 2}
    for piece in six.pieces(held, "second"):
        twice = partial(six.give, piece, "second", low)
        failed = at_once(twice, partial(six.give, piece, "deputy", high), twice)
        assert failed == []
        assert six.state(piece) == (State.THIRD, None)
        assert six.third_of(piece) == ["instructor"]
        with six.rooms.store.reading() as session:
            marks = session.get_one(Piece, piece).marks
            assert sorted(one.alone["claim"] for one in marks) == [0, 3]
