"""Signs: what is noticed, what is excused, what chance alone gives, and that one sign lists nobody."""

from collections import Counter
from dataclasses import replace
from random import Random

import pytest

from training.grading import chance, signs
from training.grading.question import Question
from training.grading.sealed import SealedKey
from training.grading.signs import Asked, Before, Found, Kind, Sign, Tried

PIDS = Asked(words=20, space=500, others=3)


def tried(person: str, question: str = "q1", **more: object) -> Tried:
    """A wrong value at the first try, alone in time, by somebody who asked the plugins."""
    given: dict[str, object] = {
        "value": f"own of {person}",
        "right": False,
        "wrong": True,
        "ran": True,
        "seconds": 300.0,
    }
    given |= {"seconds": 300.0, "at": float(sum(map(ord, person + question)) * 10_000), **more}
    return Tried(person, question, **{"number": 1, **given})  # type: ignore[arg-type]


def right(person: str, question: str = "q1", **more: object) -> Tried:
    return tried(person, question, **{"right": True, "wrong": False, "value": f"key of {person}", **more})


def kinds(found: Found, *people: str) -> list[Kind]:
    return [sign.kind for one in found.listed if set(one.people) == set(people) for sign in one.signs]


def crowd(value: str = "odd") -> Before:
    """Fifty wrong values of two questions, of which two are `value`."""
    mine = {value: 2, **{f"common {n}": 12 for n in range(4)}}
    return Before(wrong={"q1": mine, "q2": mine})


# chance alone


def test_foreign_keys_by_chance() -> None:
    assert round(chance.foreign_by_chance(30 * 10, 3, 500), 1) == 1.8
    assert round(chance.foreign_by_chance(30 * 10, 3, 65_536), 2) == 0.01


def test_shared_rare_errors_by_chance() -> None:
    assert round(chance.rare_by_chance(30, 0.4, 0.05), 2) == 0.17
    assert round(10 * chance.rare_by_chance(30, 0.4, 0.05), 1) == 1.7


@pytest.mark.parametrize(("hours", "flagged"), [(1, 0.86), (3, 0.48), (24 * 14, 0.006)])
def test_right_answers_that_are_close_by_chance(hours: int, flagged: float) -> None:
    assert chance.near_by_chance(29, hours * 3600, 120) == pytest.approx(flagged, abs=0.006)


def test_right_answers_within_less_than_the_window_are_close_for_certain() -> None:
    assert chance.near_by_chance(2, 60, 120) == chance.near_by_chance(3, 60, 120) == chance.near_by_chance(2, 0, 1) == 1


def test_expectation_is_worked_out_for_this_session() -> None:
    session = [tried(f"p{n}", wrong=n < 12, right=n >= 12) for n in range(30)]
    before = Before(wrong={"q1": {f"v{n}": 2 for n in range(30)}})
    chances = signs.find({"q1": PIDS}, session, before).chances
    assert chances[Kind.FOREIGN].expected == pytest.approx(12 * 3 / 500)
    assert chances[Kind.RARE].expected == pytest.approx(435 * 0.16 / 30), "thirty values, each with its share"
    assert chances[Kind.FAST].expected == pytest.approx(0.3)
    assert chances[Kind.NO_RUN].expected is None, "it can't be worked out, and nothing is invented"


def test_values_that_nobody_gave_yet_are_reckoned_with() -> None:
    assert chance.values_behind([2] * 40) == 40
    assert chance.values_behind([1] * 10 + [2]) == 11 + 10 * 9 / 4
    assert chance.values_behind([1] * 60) > 1_000


def test_chance_alone_gives_about_what_is_expected_of_shared_rare_errors() -> None:
    random, seen, expected = Random(8), 0, 0.0  # noqa: S311 - repeatable on purpose
    for _ in range(60):
        values = {f"p{n}": f"v{random.randrange(60)}" for n in range(60)}
        counts = Counter(values.values())
        found = signs.find(
            {"q1": PIDS}, [tried(name, value=value) for name, value in values.items()], Before({"q1": counts})
        )
        seen += found.chances[Kind.RARE].seen
        expected += found.chances[Kind.RARE].expected or 0
    assert 0.5 < expected / seen < 2


def test_what_a_quarter_of_the_class_does_tells_nobody_apart() -> None:
    habit = [right(f"p{n}", ran=n >= 4, seconds=1.0 if n < 2 else 300.0) for n in range(12)]
    found = signs.find({"q1": PIDS}, habit)
    assert found.chances[Kind.FAST].counts
    assert not found.chances[Kind.NO_RUN].counts
    assert found.listed == ()
    rarer = [*habit, *(right(f"r{n}") for n in range(8))]
    assert [one.people for one in signs.find({"q1": PIDS}, rarer).listed] == [("p0",), ("p1",)]


def test_a_class_hour_is_no_time_to_speak_of_closeness() -> None:
    hour = [right(f"p{n}", at=n * 120.0) for n in range(30)]
    weeks = [right(f"p{n}", at=n * 40_000.0) for n in range(30)]
    assert not signs.find({"q1": PIDS}, hour).chances[Kind.NEAR].counts
    assert signs.find({"q1": PIDS}, weeks).chances[Kind.NEAR].expected == pytest.approx(30 * 0.235, rel=0.05)
    assert signs.find({"q1": PIDS}, weeks[:8]).chances[Kind.NEAR].counts is False, "pauses count 15 minutes only"


# what is noticed


def test_one_sign_lists_nobody() -> None:
    for one in (
        tried("a", foreign=("other",)),
        right("a", ran=False),
        right("a", seconds=1.0),
    ):
        found = signs.find({"q1": PIDS}, [one])
        assert found.listed == ()
        assert sum(chance.seen for chance in found.chances.values()) == 1


def test_two_signs_of_one_person() -> None:
    found = signs.find({"q1": PIDS}, [right("a", ran=False, seconds=1.0), right("b"), right("c", ran=False)])
    assert [one.people for one in found.listed] == [("a",)]
    assert kinds(found, "a") == [Kind.NO_RUN, Kind.FAST]


def test_the_same_habit_at_every_question_is_one_sign() -> None:
    asked = {f"q{n}": PIDS for n in range(1, 9)}
    habit = [right("a", name, ran=False) for name in asked]
    assert signs.find(asked, habit).listed == ()


def test_one_shared_rare_error_is_one_sign_and_two_are_two() -> None:
    one = [tried("a", value="odd"), tried("b", value="odd")]
    assert signs.find({"q1": PIDS}, one, crowd()).listed == ()
    asked = {"q1": PIDS, "q2": PIDS}
    found = signs.find(asked, [*one, tried("a", "q2", value="odd"), tried("b", "q2", value="odd")], crowd())
    assert kinds(found, "a", "b") == [Kind.RARE, Kind.RARE]


@pytest.mark.parametrize("excuse", ["common", "named", "closed", "partly right"])
def test_a_shared_error_is_excused(excuse: str) -> None:
    asked = {name: replace(PIDS, closed=excuse == "closed") for name in ("q1", "q2")}
    more = {"named": excuse == "named", "wrong": excuse != "partly right", "value": "odd"}
    session = [tried(person, name, **more) for person in "ab" for name in asked]
    before = crowd()
    if excuse == "common":
        before = Before(wrong={name: {"odd": 3, "common": 50} for name in asked})
    assert signs.find(asked, session, before).listed == ()


def test_in_a_small_pool_no_value_is_rare() -> None:
    session = [tried(person, name, value="odd") for person in "ab" for name in ("q1", "q2")]
    small = Before(wrong={name: {"odd": 2, "common": 30} for name in ("q1", "q2")})
    found = signs.find({"q1": PIDS, "q2": PIDS}, session, small)
    assert found.listed == ()
    assert found.chances[Kind.RARE].seen == 0


def test_a_foreign_key_that_one_other_person_had_found_concerns_two() -> None:
    source = right("b", variant="two", at=0.0)
    copied = tried("a", value="key of b", foreign=("two",), variant="one", at=60.0)
    again = right("a", "q2", ran=False, at=90_000.0)
    found = signs.find({"q1": PIDS, "q2": PIDS}, [source, copied, again])
    assert [one.people for one in found.listed] == [("a", "b")]
    assert found.listed[0].signs[0] == Sign(Kind.FOREIGN, "a", "q1", 1, "key of b", other="b")
    assert kinds(found, "a", "b") == [Kind.FOREIGN, Kind.NO_RUN], "the foreign key is told once"


def test_a_foreign_key_that_several_had_found_names_nobody_else() -> None:
    sources = [right(name, variant="two", at=0.0) for name in "bc"]
    copied = tried("a", foreign=("two",), at=600.0)
    found = signs.find({"q1": PIDS, "q2": PIDS}, [*sources, copied, right("a", "q2", ran=False, at=90_000.0)])
    assert [one.people for one in found.listed] == [("a",)]


def test_a_foreign_key_before_the_other_had_it_names_nobody_else() -> None:
    copied = tried("a", foreign=("two",), at=0.0)
    later = right("b", variant="two", at=600.0)
    found = signs.find({"q1": PIDS, "q2": PIDS}, [later, copied, right("a", "q2", ran=False, at=90_000.0)])
    assert [one.people for one in found.listed] == [("a",)]


@pytest.mark.parametrize(
    ("more", "closed", "seen"),
    [({}, False, 1), ({"named": True}, False, 0), ({"wrong": False}, False, 0), ({}, True, 0)],
)
def test_a_foreign_key_is_excused(more: dict[str, object], closed: bool, seen: int) -> None:  # noqa: FBT001
    asked = {"q1": replace(PIDS, closed=closed)}
    found = signs.find(asked, [tried("a", "q1", foreign=("two",), **more)])
    assert found.chances[Kind.FOREIGN].seen == seen


def test_closeness_alone_is_never_noticed() -> None:
    found = signs.find({"q1": PIDS}, [right("a", at=0.0), right("b", at=5.0)])
    assert found.listed == ()
    assert found.chances[Kind.NEAR].seen == 2, "both are counted, as chance counts them"


def session_of(random: Random, people: int, start: float, hours: float | None = None) -> list[Tried]:
    """Ten right answers of each, alone: at any time within so many hours, or one after the other from the start on."""
    made = []
    for person in range(people):
        at = random.uniform(0, start)
        for question in range(10):
            at = random.uniform(0, hours * 3600) if hours else at + random.lognormvariate(6.3, 0.5)
            made.append(right(f"p{person}", f"q{question}", at=at))
    return made


@pytest.mark.parametrize(
    ("people", "start", "hours"),
    [(30, 0, 1), (30, 0, 3), (12, 0, 3), (6, 0, 3), (30, 300, None), (12, 300, None), (6, 300, None), (30, 3600, None)],
)
def test_honest_people_are_close_about_as_often_as_expected(people: int, start: float, hours: float | None) -> None:
    random, asked = Random(7), {f"q{n}": PIDS for n in range(10)}  # noqa: S311 - repeatable on purpose
    sessions = (session_of(random, people, start, hours) for _ in range(600 // people))
    chances = [signs.find(asked, one).chances[Kind.NEAR] for one in sessions]
    seen, expected = sum(one.seen for one in chances), sum(one.expected or 0 for one in chances)
    assert 0.85 < expected / seen < 1.2


def test_closeness_with_another_sign_counts_where_it_is_unlikely() -> None:
    spread = [right(f"p{n}", "q2", at=n * 899.0) for n in range(2, 12)]
    session = [right("b", at=0.0), right("a", at=100.0, ran=False), *spread]
    found = signs.find({"q1": PIDS, "q2": replace(PIDS, closed=True)}, session)
    assert found.chances[Kind.NEAR].counts is False, "ten right answers to q2 are often close by chance"
    assert found.listed == ()
    others = [tried(f"p{n}", "q2", at=n * 899.0) for n in range(2, 12)]
    calm = [right("b", at=0.0), right("a", at=100.0, ran=False), *others]
    found = signs.find({"q1": PIDS, "q2": PIDS}, calm)
    assert found.chances[Kind.NEAR].counts
    assert kinds(found, "a", "b") == [Kind.NEAR, Kind.NO_RUN]
    just, late = ([replace(one, at=at) if one.person == "a" else one for one in calm] for at in (120.0, 121.0))
    assert kinds(signs.find({"q1": PIDS, "q2": PIDS}, just), "a", "b") == [Kind.NEAR, Kind.NO_RUN]
    assert signs.find({"q1": PIDS, "q2": PIDS}, late).listed == ()


def test_what_concerns_one_names_nobody_else() -> None:
    session = [right("b", at=0.0), right("a", at=10.0, ran=False, seconds=1.0)]
    found = signs.find({"q1": PIDS}, session)
    assert not found.chances[Kind.NEAR].counts, "two people in ten seconds"
    assert [one.people for one in found.listed] == [("a",)]


def test_faster_than_reading_or_than_nearly_everybody_before() -> None:
    reading = replace(PIDS, words=30)
    assert signs.find({"q1": reading}, [right("a", seconds=2.9)]).chances[Kind.FAST].seen == 1
    assert signs.find({"q1": reading}, [right("a", seconds=3.0)]).chances[Kind.FAST].seen == 0
    before = Before(seconds={"q1": [10.0] * 2 + [200.0] * 98})
    assert signs.find({"q1": reading}, [right("a", seconds=9.0)], before).chances[Kind.FAST].seen == 1
    fewer = Before(seconds={"q1": [10.0] * 99})
    assert signs.find({"q1": reading}, [right("a", seconds=9.0)], fewer).chances[Kind.FAST].seen == 0
    assert signs.find({"q1": reading}, [right("a", number=2, seconds=1.0)]).chances[Kind.FAST].seen == 0


def test_a_question_that_names_no_plugin_asks_for_no_run() -> None:
    assert signs.find({"q1": PIDS}, [right("a", ran=None, seconds=0.1)]).listed == ()


# foreign keys


QUESTION = Question.model_validate(
    {
        "id": "q1",
        "type": "pid",
        "text": "Which process?",
        "points": [10],
        "key": {"truth": "truth.pid", "rows": 'the(rows("linux.pslist")[COMM = "x"].PID)'},
        "mistakes": [{"code": "M-PPID", "when": 'rows("linux.pslist").PPID', "say": "The parent."}],
    }
)


def key(answer: int, mistakes: tuple[int, ...] = (), **given: object) -> SealedKey:
    return SealedKey(answer=answer, mistakes=(mistakes,), given=given, material=QUESTION.material)  # type: ignore[arg-type]


def test_a_value_that_is_right_on_another_exhibit() -> None:
    others = {"two": {"q1": key(77)}, "three": {"q1": key(88)}}
    assert signs.foreign(QUESTION, 77, {"q1": key(5)}, others) == ("two",)
    assert signs.foreign(QUESTION, 99, {"q1": key(5)}, others) == ()


@pytest.mark.parametrize(
    "own",
    [
        {"q1": key(77)},
        {"q1": key(5, (6, 77))},
        {"q1": key(5), "q2": key(77)},
        {"q1": key(5, (), shells=[1, 77])},
        {"q1": key(5, (), row={"PID": 77})},
    ],
)
def test_a_value_that_occurs_among_the_own_keys_is_not_foreign(own: dict[str, SealedKey]) -> None:
    assert signs.foreign(QUESTION, 77, own, {"two": {"q1": key(77)}}) == ()


def test_asked_of_a_question() -> None:
    assert signs.asked_of(QUESTION, 3) == Asked(words=2, space=500, closed=False, others=3)
