"""What stands behind a level, and what would give the next one, in sentences and with the way there."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from fractions import Fraction

from training.learning.competence.evidence import Attempted, Evidence, Marked, Refreshed, Stated
from training.learning.competence.showings import passed_lab
from training.learning.competence.standing import Held, Standing
from training.learning.competence.table import LEVELS, Competency, course_of
from training.learning.service.statements import TASKS
from training.sentence import counted, phrase

NAMES = {1: phrase("aware"), 2: phrase("assisted"), 3: phrase("independent"), 4: phrase("lead")}
"""What the levels are called."""
ROLE_NAMES = {
    "first-responder": phrase("First responder"),
    "investigator": phrase("Investigator"),
    "examiner": phrase("Examiner"),
    "prosecutor": phrase("Prosecutor"),
    "judge": phrase("Judge"),
}


@dataclass(frozen=True, slots=True)
class Record:
    """A record behind a level: when, what, and what it was worked on.

    `kind` and `ident` name the page that shows it, of an attempt or a refresher; `by` are ids of people, with commas.
    """

    at: datetime
    text: str
    kind: str = ""
    ident: str = ""
    by: str = ""
    on: str = ""


@dataclass(frozen=True, slots=True)
class Step:
    """Something that would help towards a level: a sentence, and the modules or labs that it names."""

    text: str
    modules: tuple[str, ...] = ()
    labs: tuple[str, ...] = ()


def percent(points: Fraction, worth: Fraction) -> str:
    """A share in percent with two decimals at most, rounded down: 59.999 % is not 60 %."""
    hundredths = int(10_000 * points / worth) if worth else 0
    return f"{hundredths / 100:.2f}".rstrip("0").rstrip(".")


def behind(held: Held, evidence: Evidence, labs: Mapping[str, str]) -> list[Record]:
    """The records behind a level and its date, the newest first. `labs` are titles by name."""
    wanted = {*held.by, *held.moved_by}
    found = [
        *(_attempt(one, labs) for one in evidence.attempts if one.ident in wanted),
        *(_statement(one) for one in evidence.statements if one.ident in wanted),
        *(_marking(one, labs) for one in evidence.marks if one.ident in wanted),
        *(_refresher(one) for one in evidence.refreshers if one.ident in wanted),
    ]
    answers = [one for one in evidence.answers if one.ident in wanted]
    if answers:
        modules = ", ".join(sorted({number(one.module) for one in answers}))
        last = max(one.at for one in answers)
        text = counted(
            "%(num)s answer to questions of module %(modules)s",
            "%(num)s answers to questions of module %(modules)s",
            len(answers),
            modules=modules,
        )
        found.append(Record(last, text))
    return sorted(found, key=lambda one: (one.at, one.text), reverse=True)


def number(module: str) -> str:
    """The number of a module for readers: 3.1 for m3-1."""
    return module[1:].replace("-", ".")


def _attempt(one: Attempted, labs: Mapping[str, str]) -> Record:
    names = {"lab": labs.get(one.lab, one.lab), "percent": percent(one.earned, one.worth)}
    if one.examination:
        text = (
            phrase("%(lab)s: %(percent)s %% in an examination, on a variant not seen before", **names)
            if one.unseen
            else phrase("%(lab)s: %(percent)s %% in an examination, on a variant seen before", **names)
        )
    else:
        text = counted(
            "%(lab)s: %(percent)s %% in practice, with %(num)s hint",
            "%(lab)s: %(percent)s %% in practice, with %(num)s hints",
            one.hints,
            **names,
        )
    on = phrase("release %(release)s, exhibit %(exhibit)s", release=one.release[:8], exhibit=one.variant[:8])
    return Record(one.at, text, "attempt", one.ident.partition(":")[2], ",".join(one.judged_by), on)


def _statement(one: Stated) -> Record:
    text = phrase("%(what)s, on %(day)s", what=TASKS[one.kind].get(one.task, one.task), day=one.day.isoformat())
    return Record(one.at, text, by=one.by)


def _marking(one: Marked, labs: Mapping[str, str]) -> Record:
    return Record(one.at, phrase("Marked %(lab)s; the markers agreed", lab=labs.get(one.lab, one.lab)))


def _refresher(one: Refreshed) -> Record:
    share = percent(one.earned, Fraction(one.asked))
    text = phrase("Refresher: %(percent)s %% of %(asked)s questions", percent=share, asked=one.asked)
    return Record(one.at, text, "refresher", one.ident.partition(":")[2])


def steps(standing: Standing, evidence: Evidence) -> list[Step]:
    """What would give the next level, or give a lapsed one back; nothing where the highest is current."""
    best = standing.best
    if best and best.state == "lapsed":
        wanted = best.level
    elif standing.level == LEVELS[-1]:
        return []
    else:
        wanted = standing.level + 1
    return list(_STEPS[wanted](standing, evidence))


def _quiz(standing: Standing, _evidence: Evidence) -> Iterator[Step]:
    quizzed = standing.quizzed
    if quizzed.unread:
        yield Step(phrase("Read these modules and mark them as read:"), modules=quizzed.unread)
    share = percent(quizzed.points, Fraction(quizzed.questions)) if quizzed.questions else "0"
    text = phrase(
        "Answer the questions on its objectives: 80 %% is needed, your latest answers give %(n)s %%.", n=share
    )
    yield Step(text, modules=() if quizzed.unread else standing.competency.quiz)


def _practice(standing: Standing, _evidence: Evidence) -> Iterator[Step]:
    yield Step(
        phrase("Reach %(n)s %% in one of these in practice; hints are allowed:", n=60),
        labs=standing.competency.practice,
    )


def _examination(standing: Standing, _evidence: Evidence) -> Iterator[Step]:
    competency = standing.competency
    if competency.any_lab:
        yield Step(
            phrase(
                "Reach %(n)s %% without hints in the examination of any lab, on a variant not seen before, with the "
                "exhibit verified before your first finding.",
                n=60,
            )
        )
        return
    text = phrase("Reach %(n)s %% without hints in an examination, on a variant not seen before:", n=60)
    yield Step(text, labs=competency.examination)


def _leading(standing: Standing, evidence: Evidence) -> Iterator[Step]:
    competency = standing.competency
    passed = {one.lab for one in evidence.attempts if _examined(competency, one)}
    yield Step(
        counted(
            "Show level 3 in two different labs or exercises within 24 months. So far: %(num)s.",
            "Show level 3 in two different labs or exercises within 24 months. So far: %(num)s.",
            len(passed),
        ),
        labs=competency.examination,
    )
    yield Step(
        phrase(
            "And one of: marking with acceptable agreement, teaching under observation, a review that was then used."
        )
    )
    yield Step(phrase("Here that is: %(what)s.", what=competency.lead))


def _examined(competency: Competency, one: Attempted) -> bool:
    clean = one.examination and one.unseen and not one.hints and passed_lab(one)
    return clean and competency.examines(one.lab, verified=one.verified)


_STEPS = {1: _quiz, 2: _practice, 3: _examination, 4: _leading}
__all__ = ["NAMES", "ROLE_NAMES", "Record", "Step", "behind", "course_of", "number", "percent", "steps"]
