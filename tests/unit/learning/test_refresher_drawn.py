"""Which questions a refresher draws, from which release; and when it is passed."""

from datetime import UTC, date, datetime, timedelta
from fractions import Fraction
from uuid import UUID
from zoneinfo import ZoneInfo

import pytest

from training.learning.competence.evidence import Answered, Edition, Evidence, Quiz, Read
from training.learning.competence.standing import standing
from training.learning.competence.table import BY_ID, course_of
from training.learning.models import Refresher
from training.learning.service.competence import Profile
from training.learning.service.refreshing import Begun, Step, _drawn

AT = datetime(2026, 11, 25, 9, tzinfo=UTC)
DAY, ZONE = date(2026, 11, 25), ZoneInfo("UTC")
ASKED: dict[str, dict[str, tuple[Quiz, ...]]] = {
    "old": {"m5-1": (Quiz("1", ("K3",), ("m5-1-q1", "m5-1-q2")), Quiz("2", ("K4",), ("m5-1-q3",)))},
    "new": {
        "m5-1": (Quiz("1", ("K3",), ("m5-1-q7",)),),
        "m5-2": (Quiz("1", ("K4", "K3"), ("m5-2-q1",)), Quiz("2", (), ("m5-2-q2",))),
    },
}


def drawn(*, readings: tuple[Read, ...] = (), answers: tuple[Answered, ...] = ()) -> list[list[str]]:
    editions = {name: Edition(AT, modules) for name, modules in ASKED.items()}
    offered = {"m5-1": "new", "m5-2": "new"}
    evidence = Evidence(readings=readings, answers=answers, editions=editions, offered=offered)
    of = standing(BY_ID["K3"], evidence, DAY, ZONE)
    found = _drawn(of, Profile(UUID(int=1), "", evidence, DAY, ZONE))
    assert all(course == course_of(module) for course, module, _ in found)
    return sorted([module, question] for _, module, question in found)


def test_questions_are_those_of_the_competency_in_the_release_that_the_person_works_with() -> None:
    second = ["m5-2", "m5-2-q1"]
    older = Read("1", AT, "m5-1", "old")
    newer = Answered("2", AT + timedelta(days=1), "m5-1", "m5-1-q7", "new", Fraction(1))
    of_the_old = [["m5-1", "m5-1-q1"], ["m5-1", "m5-1-q2"], second]
    assert drawn() == [["m5-1", "m5-1-q7"], second], "what is offered to whoever has begun nothing"
    assert drawn(readings=(older,)) == of_the_old
    assert drawn(readings=(older,), answers=(newer,)) == [["m5-1", "m5-1-q7"], second], "the latest release counts"
    back = Answered("3", AT + timedelta(days=2), "m5-1", "m5-1-q1", "old", Fraction(0))
    assert drawn(readings=(older,), answers=(back, newer)) == of_the_old


@pytest.mark.parametrize(
    ("points", "answered", "passed"),
    [
        (Fraction(8), 10, True),
        (Fraction(799, 100), 10, False),
        (Fraction(10), 10, True),
        (Fraction(9), 9, False),
        (Fraction(0), 0, False),
    ],
)
def test_a_refresher_is_passed_with_four_fifths_of_the_points_of_all_its_questions(
    points: Fraction, answered: int, *, passed: bool
) -> None:
    steps = tuple(Step(n, None, None, n <= answered, None) for n in range(1, 11))
    begun = Begun(Refresher(), BY_ID["K3"], steps, points)
    assert begun.passed is passed
    assert begun.lost is (answered < len(steps))
    assert (begun.next.number if begun.next else 0) == (answered + 1) % 11
    assert not Begun(Refresher(), BY_ID["K3"], (), Fraction(0)).passed, "without a question nothing is passed"
