"""What a list makes doubtful: sign-in names that look like others, seats that the room doesn't have."""
# ruff: noqa: RUF001

import time
from collections.abc import Callable

import pytest

from tests.conftest import Clock, People
from tests.hosting_place import instructor, make_teaching
from training.hosting.models import TeachingSession
from training.hosting.roster.reading.looks import mixed, skeleton
from training.hosting.roster.service import imports
from training.hosting.roster.service.compare import Difference, difference
from training.store import Store

See = Callable[..., Difference]
NOWHERE = (
    "No seat of this list is one of the room, which has seats 01 to 30. Variants are given out by these. Write them "
    "into the list; or leave that column out, and seat people later."
)


@pytest.fixture
def see(store: Store, people: People, clock: Clock) -> See:
    """What a list would do to a session of thirty seats, once one that was sent before it was applied."""
    with store.writing() as session:
        key = make_teaching(session, people, clock(), trainees=()).id

    def look(text: str, before: str = "") -> Difference:
        with store.writing() as session:
            teaching, actor = session.get_one(TeachingSession, key), instructor(people)
            if before:
                row = imports.keep(session, actor, teaching, before.encode(), "before.csv", clock())
                mark = difference(session, actor, teaching, imports.table_of(row)).mark
                imports.apply(session, actor, teaching, row.id, mark, clock())
            row = imports.keep(session, actor, teaching, text.encode(), "class.csv", clock())
            return difference(session, actor, teaching, imports.table_of(row))

    return look


def doubts(found: Difference) -> list[list[str]]:
    return [[str(one.told) for one in each.doubts] for each in found.entries]


def test_each_that_looks_like_a_name_of_the_organisation_is_doubtful(see: See) -> None:
    before = "Login,Name\npaul.simon,Paul Simon\nkalinka,Kalinka Old\nمحمد.علي,Mohamed Old\nماجك,Old Arab\n"
    odd = ["instruct0r", "pauI.simon", "pau1.simon", "paul.simo\u0578", "k\u0251linka", "محمد.على", "محمد.علی", "ماجک"]
    others = ["instructor", *["paul.simon"] * 3, "kalinka", *["محمد.علي"] * 2, "ماجك"]
    text = "Login,Name\n" + "".join(f"{login},Person Number{at}x\n" for at, login in enumerate(odd))
    found = see(text, before)
    for told, login, other in zip(doubts(found), odd, others, strict=True):
        assert f"{login} looks like the sign-in name {other}, which is that of another account. Whose is it?" in told
    assert found.doubtful
    assert mixed("paul.simo\u0578") == ["Latin", "Armenian"]


def test_numbered_names_of_one_list_raise_no_doubt_and_a_forged_one_among_them_does(see: See) -> None:
    logins = [*(f"user{n:02}" for n in range(1, 11)), *(f"t{n}" for n in range(101, 111)), "l1", "l10", "l11", "o0"]
    text = "Login,Name\n" + "".join(f"{login},Person {login}\n" for login in logins)
    assert doubts(see(text)) == [[] for _ in logins]
    assert doubts(see(text + "user1O,Somebody Else\n"))[-1] == [
        "user1O looks like a sign-in name in row 11, and is another."
    ]


def test_five_hundred_names_are_soon_compared(see: See) -> None:
    names = [f"paul.sim{'о' * (at % 30)}n{at}" for at in range(500)]
    began = time.process_time()
    assert len({skeleton(one) for one in names}) == 500
    assert time.process_time() - began < 3
    began = time.process_time()
    skeleton("é" * 200_000)
    assert time.process_time() - began < 8, "the work grows with the length alone"


def test_seats_of_another_room_are_told_once_with_what_to_do(see: See) -> None:
    seats = [f"{row}{number}" for row in "ABCDE" for number in range(1, 7)]
    found = see("Name,Seat\n" + "".join(f"Person Of{seat},{seat}\n" for seat in seats))
    assert found.doubt == NOWHERE
    assert doubts(found) == [[]] * 30
    assert found.doubtful, "applying wants a tick"
    numbers = see("Name,Seat\n" + "".join(f"Person Of{seat},{seat}\n" for seat in range(101, 131)))
    assert (numbers.doubt, doubts(numbers)) == (NOWHERE, [[]] * 30)


def test_a_seat_that_the_room_does_not_know_is_told_by_row_where_others_are_right(see: See) -> None:
    found = see("Name,Seat\nAwa,01\nLi,A3\nOle,31\nUte,7\nAda,\nUna,Desk\n")
    unknown = "The room has seats 01 to 30."
    zero = "The room calls it 07. Did a spreadsheet take the zero?"
    assert (found.doubt, doubts(found)) == ("", [[], [unknown], [unknown], [zero], [], [unknown]])


def test_one_seat_or_shortened_ones_are_told_by_row(see: See) -> None:
    assert doubts(see("Name,Seat\nAwa,A3\n")) == [["The room has seats 01 to 30."]]
    short = see("Name,Seat\nAwa,1\nLi,2\n")
    assert (short.doubt, ["calls it 0" in one[0] for one in doubts(short)]) == ("", [True, True])


def test_who_teaches_sits_where_the_room_has_no_seat(see: See) -> None:
    found = see("Name,Login,Seat,Role\nInstructor,instructor,Desk,lead\nAwa,awa,01,\n")
    assert (found.doubt, doubts(found), found.doubtful) == ("", [[], []], False)


def test_a_list_without_seats_says_nothing_of_them(see: See) -> None:
    assert not see("Name\nAwa\nLi\n").doubtful
    assert not see("Name,Seat\nAwa,\nLi,\n").doubtful
