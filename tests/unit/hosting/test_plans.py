"""Plans: the timetables and rules of the curriculum, and every mistake of a file with its line."""

from collections import Counter
from pathlib import Path

import pytest
from pydantic import ValidationError

from training.content.source import ContentError
from training.errors import NotThere
from training.hosting import plan, rule_forms, ruling
from training.hosting.plan import Rules

MINUTES = {
    "one-week": [210, 180, 210, 180, 210, 210, 210, 180, 240, 180],
    "two-day": [180, 180, 180, 180],
    "one-day": [180, 180],
}
HOURS = {"one-week": 33.5, "two-day": 12.0, "one-day": 6.0}


@pytest.mark.parametrize("name", MINUTES)
def test_contact_minutes_by_half_day_are_those_of_the_curriculum(name: str) -> None:
    halves = [half for day in plan.read(name).days for half in (day.morning, day.afternoon)]
    assert [sum(one.minutes for one in half if one.kind != "break") for half in halves] == MINUTES[name]
    assert plan.read(name).minutes / 60 == HOURS[name]


def test_the_hours_of_the_week_by_kind_are_those_of_the_curriculum() -> None:
    hours: Counter[str] = Counter()
    for day in plan.read("one-week").days:
        for _, one in day.parts:
            hours[one.kind] += one.minutes
    assert {kind: minutes / 60 for kind, minutes in hours.items() if kind != "break"} == {
        "L": 7.5,
        "W": 2.5,
        "P": 8.5,
        "D": 3.0,
        "Q": 4.0,
        "E": 6.5,
        "A": 1.5,
    }


def test_each_half_hour_of_the_week_is_what_the_curriculum_has_there() -> None:
    letters = {"break": "-"}
    table = [
        "".join(letters.get(one.kind, one.kind) * (one.minutes // 30) for _, one in day.parts)
        for day in plan.read("one-week").days
    ]
    assert table == [
        "AQLL-LPL--LWP-PDQ",
        "QLWP-PPD--LWP-PPQ",
        "QLWP-PDA--EEEEEED",
        "QLPP-LPD--PLW-LLQ",
        "EEEEEEEQ--LLP-PDA",
    ]
    assert [day.parts[0][1].at for day in plan.read("one-week").days] == ["08:30"] * 5


def test_the_days_of_the_two_shorter_plans_are_those_of_the_curriculum() -> None:
    letters = {"break": "-"}
    table = {
        name: [
            "".join(letters.get(one.kind, one.kind) * (one.minutes // 30) for _, one in day.parts)
            for day in plan.read(name).days
        ]
        for name in ("two-day", "one-day")
    }
    assert table == {
        "two-day": ["ALL-LPD--WLP-LPQ", "QLL-PLP--LPP-EEA"],
        "one-day": ["QLW-PPD--EEE-DPA"],
    }


def test_every_slot_ends_before_the_next_begins_and_leaves_no_gap() -> None:
    for name in plan.names():
        for day in plan.read(name).days:
            slots = [one for _, one in day.parts]
            assert [one.ends for one in slots[:-1]] == [one.begins for one in slots[1:]]


def test_the_rules_of_the_week_are_those_of_the_curriculum() -> None:
    rules = plan.read("one-week").rules
    assert (rules.attendance.percent, rules.attendance.needed, rules.appeal_days) == (75, 9, 10)
    assert rules.achievement
    assert (rules.achievement.needed, rules.achievement.mean, rules.achievement.each) == (9, 85, 75)
    assert (rules.resit.times, rules.resit.days) == (1, 60)
    assert [(one.name, one.passed, [piece.weight for piece in one.pieces]) for one in rules.examinations] == [
        ("A", 60, [60, 20, 20]),
        ("B", 60, [65, 35]),
    ]
    assert [sum(piece.minutes for piece in one.pieces) for one in rules.examinations] == [180, 210]
    assert [len(one.critical) for one in rules.examinations] == [4, 4]
    two = plan.read("two-day").rules
    assert two.achievement
    assert (two.attendance.needed, two.achievement.needed, two.achievement.mean) == (3, 4, None)


def test_rules_survive_being_kept_as_json() -> None:
    rules = plan.read("one-week").rules
    assert plan.rules_of(rules.model_dump(mode="json")) == rules
    assert plan.rules_of(Rules().model_dump(mode="json")) == Rules()


def test_what_renews_a_competency_is_no_rule_of_a_session_and_old_sessions_are_read_all_the_same() -> None:
    rules = plan.read("one-day").rules
    kept = rules.model_dump(mode="json")
    assert "renewal" not in kept
    setting = ruling.Setting(rules, late_minutes=10, hints=True)
    assert not {"quiz", "lab"} & ruling.lines(setting).keys()
    assert not {"quiz", "lab"} & rule_forms.fields_of(setting).keys()
    for old in (None, {"quiz": 80, "lab": 60}):
        assert plan.rules_of({**kept, "renewal": old}) == rules
    with pytest.raises(ValidationError, match="renewals"):
        plan.rules_of({**kept, "renewals": None})


def test_an_unknown_plan_is_not_there_whatever_its_name() -> None:
    for name in ("no-such-plan", "../plan", "one-week.yaml", ""):
        with pytest.raises(NotThere):
            plan.read(name)


BROKEN = """\
title: Broken
summary: A plan with mistakes.
seats: 10
instructors: 1
rules:
  attendance: {percent: 75, needed: 9}
  examinations:
    - name: A
      title: Lost
      pieces: [{title: One, weight: 60, minutes: 30}]
days:
  - morning:
      - {at: 08:30, minutes: 60, kind: L, title: Long}
      - {at: 09:00, minutes: 30, kind: P, title: Early, refs: [lab/unnamed]}
      - {at: 09:30, minutes: 30, kind: P, title: Exam, exam: B}
"""


def test_every_mistake_of_a_plan_is_told_with_its_line(tmp_path: Path) -> None:
    file = tmp_path / "broken.yaml"
    file.write_text(BROKEN, "utf-8")
    with pytest.raises(ContentError) as bad:
        plan.load(file)
    assert [(one.line, one.message) for one in bad.value.mistakes] == [
        (6, "attendance: 9 half-days are needed, and there are 1"),
        (8, "Lost: no slot of the days is this examination"),
        (8, "Lost: the weights are 60 percent together, not 100"),
        (14, "09:00 Early: begins before Long has ended"),
        (14, "lab/unnamed: say under works how unnamed is called"),
        (15, "Exam: no examination B stands in the rules, or this is none (kind E)"),
    ]


def test_a_field_that_is_wrong_is_told_with_its_line(tmp_path: Path) -> None:
    file = tmp_path / "broken.yaml"
    text = BROKEN.replace("at: 08:30", "at: half past eight").replace("kind: P, title: Early", "kind: X, title: Early")
    file.write_text(text.replace("lab/unnamed", "laboratory"), "utf-8")
    with pytest.raises(ContentError) as bad:
        plan.load(file)
    said = [(one.line, one.message.split(": ", 1)[1]) for one in bad.value.mistakes]
    assert said == [
        (13, "half past eight is not a time of day such as 08:30"),
        (14, "X is none of 'L', 'W', 'P', 'D', 'Q', 'E', 'A' or 'break'"),
        (14, "laboratory is none of course/NAME/MODULE, lab/NAME, exercise/NAME"),
    ]


def test_every_shipped_plan_says_each_of_its_texts_in_all_languages(tmp_path: Path) -> None:
    for name in plan.names():
        one = plan.read(name)
        texts = [one.title, one.summary, *one.works.values(), *(each.title for each in one.rules.examinations)]
        texts += [plan.say(one.rules.texts, part.title) for day in one.days for _, part in day.parts]
        for each in one.rules.examinations:
            texts += [*(piece.title for piece in each.pieces), *each.critical]
        for text in texts:
            french, arabic = plan.in_language(text, "fr"), plan.in_language(text, "ar")
            assert french
            assert any("\u0600" <= letter <= "\u06ff" for letter in arabic), text
    for language in ("fr", "ar"):  # typed in a form, each leads back to one text of the plan
        back = {others[language]: text for text, others in plan.shipped().items()}
        assert {plan.meant(plan.shipped(), typed) for typed in back} == set(plan.shipped())


def test_every_mistake_of_a_translation_is_told_with_its_line(tmp_path: Path) -> None:
    (tmp_path / "mine.yaml").write_text(
        "title: Mine\nsummary: Short.\nseats: 10\ninstructors: 1\nrules: {}\ndays:\n  - morning:\n"
        '      - {at: "09:00", minutes: 60, kind: L, title: One}\n'
        '      - {at: "10:00", minutes: 60, kind: L, title: Two}\n'
        '      - {at: "11:00", minutes: 60, kind: L, title: Three}\n',
        "utf-8",
    )
    assert plan.load(tmp_path / "mine.yaml").rules.texts == {}
    (tmp_path / "mine.fr.yaml").write_text(
        "title: À moi\nsummary: Court.\ntexts:\n  One: Un\n  Two: Un\n  Four: Quatre\n", "utf-8"
    )
    (tmp_path / "mine.ar.yaml").write_text("title: لي\ntexts:\n  One: 1\n", "utf-8")
    with pytest.raises(ContentError) as bad:
        plan.load(tmp_path / "mine.yaml")
    assert [str(one) for one in bad.value.mistakes] == [
        "mine.ar.yaml:1: summary: missing",
        "mine.ar.yaml:3: texts.One: 1 is not a text; put a text between quotation marks",
        "mine.fr.yaml:3: no translation of: Three",
        "mine.fr.yaml:5: the same as of: One",
        "mine.fr.yaml:6: the plan says nothing like: Four",
    ]
