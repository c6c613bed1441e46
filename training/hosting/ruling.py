"""The rules of a session as a host may set them: within which limits, what still changes once it is open, in words.

Whoever learns relies on the rules from the opening on. From then on a rule may only become easier, for everybody alike,
and the line at which an examination is passed does not move at all (curriculum 1.4).
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from training.hosting.models import TeachingSession
from training.hosting.plan import PERCENT, Achievement, Examination, Piece, Rules, Texts, rules_of
from training.sentence import Sentence, counted, listed, phrase

PRESENT = (50, 100)  # percent of the contact minutes of a half-day
PASSED = (40, 100)  # percent of an examination
RESITS, DAYS, LATE, CRITICAL, LINE = 5, 400, 240, 20, 160
NAMES = "ABCDEFGHIJ"
"""What examinations are called that a host adds."""
NONE, GONE = phrase("none is given"), phrase("not there")
FALLS = phrase("The session is open: this can only fall.")
RISES = phrase("The session is open: this can only rise.")
FIXED = phrase("The session is open: this stays as it was when it opened.")


@dataclass(frozen=True, slots=True)
class Setting:
    """All that is set of the rules. `hints`: whether they can be opened in practice."""

    rules: Rules
    late_minutes: int
    hints: bool

    def kept(self) -> dict[str, Any]:
        """The same as a row keeps it, without the plan's texts in other languages, which never change."""
        rules = self.rules.model_dump(mode="json", exclude={"texts"})
        return {"rules": rules, "late_minutes": self.late_minutes, "hints": self.hints}


@dataclass(frozen=True, slots=True)
class Line:
    """One rule in words. `counts`: whether who gets which certificate hangs on it."""

    label: str
    said: str
    counts: bool = True


@dataclass(frozen=True, slots=True)
class Difference:
    """A rule that is another one now."""

    label: str
    was: str
    now: str
    counts: bool


def of(teaching: TeachingSession) -> Setting:
    """What is set now."""
    return Setting(rules_of(teaching.rules), teaching.late_minutes, teaching.hints)


def read(kept: Mapping[str, Any], texts: Texts | None = None) -> Setting:
    """A setting as a row keeps it; `texts`: those of the session in other languages."""
    return Setting(rules_of(kept["rules"], texts), int(kept["late_minutes"]), bool(kept["hints"]))


def lines(it: Setting) -> dict[str, Line]:
    """Every rule in words, by the name of its field, in the order in which a page shows them."""
    rules, more = it.rules, it.rules.achievement
    found = {
        "percent": Line(phrase("A half-day counts from"), _percent(rules.attendance.percent)),
        "needed": Line(phrase("Half-days for the certificate of attendance"), _or_none(rules.attendance.needed)),
        "achieved": Line(phrase("Half-days for the certificate of achievement"), _or_none(more.needed if more else 0)),
        "mean": Line(phrase("Distinction: mean of all examinations"), _percent(more.mean if more else None)),
        "each": Line(phrase("Distinction: each examination"), _percent(more.each if more else None)),
    }
    for one in rules.examinations:
        found |= _of_examination(one)
    found |= {
        "resits": Line(phrase("Resits of each examination"), str(rules.resit.times)),
        "days": Line(phrase("Days after the first sitting within which a resit counts"), str(rules.resit.days)),
        "appeals": Line(phrase("Days for an appeal"), str(rules.appeal_days), counts=False),
        "late": Line(phrase("Minutes after which somebody is late"), str(it.late_minutes), counts=False),
        "hints": Line(
            phrase("Hints in practice, at their price"), phrase("yes") if it.hints else phrase("no"), counts=False
        ),
    }
    return found


def _of_examination(one: Examination) -> dict[str, Line]:
    named = {"title": one.title}
    weights = listed((_weighed(piece) for piece in one.pieces), heavy=True)
    return {
        f"passed-{one.name}": Line(phrase("%(title)s: passed from", **named), _percent(one.passed)),
        f"weights-{one.name}": Line(phrase("%(title)s: weights", **named), weights),
        f"critical-{one.name}": Line(
            phrase("%(title)s: critical errors", **named), listed(one.critical, heavy=True) or phrase("none")
        ),
    }


def _weighed(piece: Piece) -> str:
    return phrase("%(title)s: %(weight)s %%", title=piece.title, weight=str(piece.weight))


def _percent(value: int | None) -> str:
    return NONE if value is None else f"{value} %"


def _or_none(value: int) -> str:
    return str(value) if value else NONE


def differences(before: Setting, after: Setting) -> list[Difference]:
    """What is another rule than before, each once."""
    was, now, gone = lines(before), lines(after), Line("", GONE)
    return [
        Difference((now.get(key) or was[key]).label, old.said, new.said, (now.get(key) or was[key]).counts)
        for key in dict.fromkeys((*now, *was))
        if (old := was.get(key, gone)).said != (new := now.get(key, gone)).said
    ]


def beside(before: Setting, now: Setting) -> list[Difference]:
    """Every rule as it was and as it is, whether it is another one or not."""
    was, gone = lines(before), Line("", GONE)
    return [Difference(one.label, was.get(key, gone).said, one.said, one.counts) for key, one in lines(now).items()]


def needed(it: Setting, halves: int) -> list[Sentence]:
    """What a trainee needs for which certificate, sentence by sentence."""
    rules, more, said = it.rules, it.rules.achievement, list[Sentence]()
    if rules.attendance.needed:
        said.append(
            counted(
                "Certificate of attendance: %(needed)s of %(num)s half-day. A half-day counts for whoever was there "
                "for %(percent)s %% of its contact minutes.",
                "Certificate of attendance: %(needed)s of %(num)s half-days. A half-day counts for whoever was there "
                "for %(percent)s %% of its contact minutes.",
                halves,
                needed=str(rules.attendance.needed),
                percent=str(rules.attendance.percent),
            )
        )
    if more:
        said.append(
            counted(
                "Certificate of achievement: %(num)s half-day, those of the examinations among them; each "
                "examination passed; no critical error standing.",
                "Certificate of achievement: %(num)s half-days, those of the examinations among them; each "
                "examination passed; no critical error standing.",
                more.needed,
            )
        )
    said += [
        phrase("%(title)s is passed from %(n)s %% on.", title=x.title, n=str(x.passed)) for x in rules.examinations
    ]
    if more and more.mean is not None and more.each is not None:
        said.append(
            phrase(
                "With distinction: a mean of %(mean)s %% of all examinations, and none below %(each)s %%.",
                mean=str(more.mean),
                each=str(more.each),
            )
        )
    return [*said, *_again(rules)] or [phrase("This session gives no certificate.")]


def _again(rules: Rules) -> Iterator[Sentence]:
    if rules.examinations and rules.resit.times:
        yield counted(
            "An examination can be taken again %(num)s time, %(within)s, on another variant; the better result stands.",
            "An examination can be taken again %(num)s times, %(within)s, on another variant; the better result "
            "stands.",
            rules.resit.times,
            within=counted(
                "within %(num)s day of the first sitting", "within %(num)s days of the first sitting", rules.resit.days
            ),
        )
    elif rules.examinations:
        yield phrase("Examinations can't be taken again.")


def faults(it: Setting, halves: int, held: Sequence[str]) -> dict[str, str]:
    """What can't be a rule, by field. `halves`: half-days of the timetable; `held`: examinations that its slots are."""
    rules, more = it.rules, it.rules.achievement
    passed = {f"passed-{one.name}": (one.passed, *PASSED) for one in rules.examinations}
    ranges = {
        "percent": (rules.attendance.percent, *PRESENT),
        "needed": (rules.attendance.needed, 0, halves),
        "resits": (rules.resit.times, 0, RESITS),
        "days": (rules.resit.days, 1, DAYS),
        "appeals": (rules.appeal_days, 0, DAYS),
        "late": (it.late_minutes, 0, LATE),
        **passed,
    }
    found: dict[str, str] = {
        key: _range(least, most) for key, (value, least, most) in ranges.items() if not least <= value <= most
    }
    for one in rules.examinations:
        found |= _faults_of(one)
    lost = [name for name in held if rules.examination(name) is None]
    found |= {
        f"drop-{name}": phrase("A slot of the timetable is this examination. Take it out first.") for name in lost
    }
    return found | (_of_achievement(rules, more, halves) if more else {})


def _of_achievement(rules: Rules, more: Achievement, halves: int) -> dict[str, str]:
    found: dict[str, str] = {}
    if not max(1, rules.attendance.needed) <= more.needed <= halves:
        found["achieved"] = _range(max(1, rules.attendance.needed), halves)
    elif not rules.examinations:
        found["achieved"] = phrase("Without an examination there is nothing to achieve. Add one, or put 0.")
    if (more.mean is None) != (more.each is None):
        found["mean"] = phrase("Distinction has both lines, or neither.")
    elif more.mean is not None and more.each is not None:
        least = max((one.passed for one in rules.examinations), default=0)
        if not least <= more.each <= PERCENT:
            found["each"] = _range(least, PERCENT)
        elif not more.each <= more.mean <= PERCENT:
            found["mean"] = _range(more.each, PERCENT)
    return found


def _faults_of(one: Examination) -> dict[str, str]:
    found: dict[str, str] = {}
    if (total := sum(piece.weight for piece in one.pieces)) != PERCENT:
        found[f"weights-{one.name}"] = phrase("The weights are %(total)s percent together, not 100.", total=str(total))
    if len(one.critical) > CRITICAL or any(len(each) > LINE or not each.isprintable() for each in one.critical):
        found[f"critical-{one.name}"] = phrase(
            "At most %(most)s lines of %(long)s characters.", most=CRITICAL, long=LINE
        )
    return found


def _range(least: int, most: int) -> Sentence:
    return phrase("A whole number from %(least)s to %(most)s.", least=least, most=most)


def harder(before: Setting, after: Setting) -> dict[str, str]:
    """What may not change any more in a session that is open, by field: what isn't easier for everybody alike."""
    was, now = before.rules, after.rules
    down = {
        "percent": (was.attendance.percent, now.attendance.percent),
        "needed": (was.attendance.needed, now.attendance.needed),
    }
    if was.achievement and now.achievement:
        down["achieved"] = (was.achievement.needed, now.achievement.needed)
    up = {
        "resits": (was.resit.times, now.resit.times),
        "days": (was.resit.days, now.resit.days),
        "appeals": (was.appeal_days, now.appeal_days),
        "late": (before.late_minutes, after.late_minutes),
    }
    found: dict[str, str] = {key: FALLS for key, (old, new) in down.items() if new > old or (old and not new)}
    found |= {key: RISES for key, (old, new) in up.items() if new < old}
    return found | dict.fromkeys(_fixed(lines(before), lines(after), {*down, *up, "hints"}), FIXED)


def _fixed(was: Mapping[str, Line], now: Mapping[str, Line], free: set[str]) -> list[str]:
    return [key for key in dict.fromkeys((*was, *now)) if key not in free and was.get(key) != now.get(key)]


def with_examination(rules: Rules, title: str) -> Rules:
    """The rules with one examination more, of one piece. ValueError where there are as many as there can be."""
    taken = {one.name for one in rules.examinations}
    name = next((one for one in NAMES if one not in taken), None)
    if name is None:
        raise ValueError(title)
    made = Examination.model_validate(
        {"name": name, "title": title, "pieces": [{"title": title, "weight": PERCENT, "minutes": 60}]}
    )
    return rules.model_copy(update={"examinations": (*rules.examinations, made)})


def whole(it: Setting) -> Setting:
    """The same, with the minutes after which somebody is late in both places where a session keeps them."""
    attendance = it.rules.attendance.model_copy(update={"late_minutes": it.late_minutes})
    return replace(it, rules=it.rules.model_copy(update={"attendance": attendance}))


def told(one: Difference) -> Sentence:
    """A difference in one sentence."""
    if one.was == GONE:
        return phrase("New: %(rule)s: %(now)s.", rule=one.label, now=one.now)
    if one.now == GONE:
        return phrase("No rule any more: %(rule)s: %(was)s.", rule=one.label, was=one.was)
    return phrase("%(rule)s: %(now)s instead of %(was)s.", rule=one.label, now=one.now, was=one.was)
