"""Giving marks in a round: drafts, blindness, example pieces, and work handed over."""

import pytest

from tests.unit.marking import rounds
from tests.unit.marking.rounds import FULL, Office
from training.errors import Conflict, NotThere, Refused, TooMany
from training.marking.models.rounds import Mark, Piece, Round
from training.marking.service.rounds import desk, ending, examples, giving
from training.marking.service.rounds.examples import Written
from training.marking.service.rounds.outcome import State

office, six = rounds.office, rounds.six  # fixtures


def test_a_draft_is_kept_and_a_mark_that_lacks_a_level_stays_one(six: Office) -> None:
    piece = six.pieces(six.open(), "instructor")[0]
    assert six.give(piece, "instructor", {"claim": 2}, "so far", finish=False) == ""
    assert six.give(piece, "instructor", {"claim": 1}, "more") == "A level is missing for 'Plain words'."
    with six.rooms.store.reading() as session:
        mark = session.get_one(Mark, (piece, six.people["instructor"]))
        assert (mark.levels, mark.comment, mark.done_at, mark.alone) == ({"claim": 1}, "more", None, {})
    assert six.give(piece, "instructor", FULL, "more") == ""
    assert six.state(piece) == (State.WAITING, None)
    with pytest.raises(Refused, match="stands as it was"):
        six.give(piece, "instructor", {"claim": 1})
    with pytest.raises(Conflict, match="no draft any more"):
        six.give(piece, "instructor", {"claim": 1, "words": 1}, finish=False)


@pytest.mark.parametrize(
    ("levels", "comment", "message"),
    [
        ({"claim": 4}, "", "has levels 0 to 3"),
        ({"other": 1}, "", "no criterion 'other'"),
        (FULL, "x" * 4_001, "at most 4,000"),
    ],
)
def test_a_form_beyond_the_limits_is_refused(six: Office, levels: dict[str, int], comment: str, message: str) -> None:
    piece = six.pieces(six.open(), "instructor")[0]
    with pytest.raises(Refused, match=message):
        six.give(piece, "instructor", levels, comment)


def test_who_was_not_given_a_piece_can_not_mark_it(six: Office) -> None:
    piece = six.pieces(six.open(), "instructor")[0]
    with pytest.raises(NotThere):
        six.give(piece, "deputy", FULL)


def test_the_other_mark_is_seen_only_after_ones_own(six: Office) -> None:
    piece = six.pieces(six.open(), "instructor")[0]
    six.give(piece, "second", {"claim": 3, "words": 1}, "theirs")

    def seen() -> list[str]:
        with six.rooms.store.reading() as session:
            return [one.comment for one in desk.others(session.get_one(Piece, piece), six.people["instructor"])]

    assert seen() == []
    six.give(piece, "instructor", {"claim": 3}, finish=False)
    assert seen() == [], "a draft is no mark"
    six.give(piece, "instructor", FULL)
    assert seen() == ["theirs"]


def test_agreement_counts_what_was_given_before_the_other_was_seen(six: Office) -> None:
    held = six.open()
    piece = six.pieces(held, "instructor")[0]
    six.give(piece, "instructor", {"claim": 1, "words": 2})
    six.give(piece, "instructor", {"claim": 2, "words": 2})
    six.give(piece, "second", FULL)
    six.give(piece, "instructor", FULL)
    assert six.state(piece) == (State.AGREED, FULL)
    with six.rooms.store.reading() as session:
        claim, words = ending.agreements(session, session.get_one(Round, held))
        alone = session.get_one(Mark, (piece, six.people["instructor"])).alone
    assert alone == {"claim": 2, "words": 2}
    assert (claim[1].differences.one, claim[1].differences.equal, words[1].differences.equal) == (1, 0, 1)
    assert claim[1].alpha is None, "one piece says nothing"


def test_open_pieces_go_to_another_marker_and_finished_ones_stay(six: Office) -> None:
    held = six.open()
    first = six.pieces(held, "second")[0]
    six.give(first, "second", FULL)
    with six.rooms.store.writing() as session:
        people, now = six.people, six.rooms.clock()
        round_ = session.get_one(Round, held)
        moved = giving.hand_over(session, round_, people["second"], people["deputy"], people["instructor"], now)
    assert moved == (5, 0)
    assert six.pieces(held, "second") == [first]
    assert len(six.pieces(held, "deputy")) == 5
    with six.rooms.store.writing() as session:
        round_ = session.get_one(Round, held)
        left = giving.hand_over(session, round_, people["deputy"], people["instructor"], people["instructor"], now)
    assert left == (0, 5), "the instructor marks them already"


# examples


def test_examples_come_first_and_show_the_agreed_mark_afterwards(six: Office) -> None:
    held = six.open()
    person, now = six.people["second"], six.rooms.clock()
    with six.rooms.store.writing() as session:
        round_ = session.get_one(Round, held)
        for _ in range(2):
            examples.add(session, round_, Written("An answer.", FULL, "All of it."), six.people["instructor"], now)
        with pytest.raises(Refused, match="needs its text"):
            examples.add(session, round_, Written("  ", FULL, "x"), six.people["instructor"], now)
        with pytest.raises(Refused, match="A level is missing"):
            examples.add(session, round_, Written("x", {"claim": 1}, "x"), six.people["instructor"], now)
    piece = six.pieces(held, "second")[0]
    with pytest.raises(Conflict, match="The example pieces come first"):
        six.give(piece, "second", FULL)
    with six.rooms.store.writing() as session:
        example = examples.following(session, session.get_one(Round, held), person)
        assert example
        assert len(examples.listed(session, example.round)) == 1, "the same example twice is one"
        examples.give(session, example, person, {"claim": 1, "words": 2}, now)
        examples.give(session, example, person, {"claim": 1, "words": 2}, now)
        with pytest.raises(Conflict, match="your first levels stand"):
            examples.give(session, example, person, FULL, now)
    assert six.give(piece, "second", FULL) == ""


def test_a_round_has_at_most_ten_examples(six: Office) -> None:
    held = six.open()
    with six.rooms.store.writing() as session:
        round_ = session.get_one(Round, held)
        for number in range(10):
            examples.add(session, round_, Written(f"{number}", FULL, "x"), six.people["instructor"], six.rooms.clock())
        with pytest.raises(TooMany):
            examples.add(session, round_, Written("11", FULL, "x"), six.people["instructor"], six.rooms.clock())
