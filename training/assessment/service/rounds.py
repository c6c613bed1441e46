"""Rounds: made, described, fixed, opened, deleted.

Weights, targets and feasibility are chosen in a draft and fixed when the round opens. Two groups may be merged until it
closes. Nothing of it is changed once results were seen.
"""

from collections.abc import Mapping
from dataclasses import dataclass, fields
from datetime import date, datetime
from fractions import Fraction
from pathlib import Path
from typing import Any
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from training.accounts.actor import Actor
from training.accounts.service.passwords import fold
from training.assessment.instrument.reader import instrument
from training.assessment.models import Round
from training.assessment.scoring.given import Asked
from training.assessment.service import contacts
from training.audit import service as audit
from training.errors import Conflict, Refused, TooMany
from training.sentence import phrase

SHORT, LONG = 160, 4_000  # characters of a line and of a text
MOST = 200  # rounds of one organisation
TARGETS = tuple(Fraction(n, 2) for n in range(9))
FEASIBILITIES = (Fraction(1), Fraction(3, 4), Fraction(1, 2), Fraction(1, 4))
WEIGHTS = (1, 2, 3)
TARGET, FEASIBILITY = Fraction(3), Fraction(1)
"""What a team starts from."""

FIXED = phrase("Answers are taken already: weights, targets and descriptions are fixed. Make another round for others.")
GROUPS = ("S", "P", "I", "A")
TEXTS = ("subject", "body", "scope", "controller", "purpose", "retention", "rights")


@dataclass(frozen=True, slots=True)
class About:
    """What a round says of itself: lines, then texts, and the last day on which answers are hoped for."""

    subject: str
    body: str
    scope: str
    controller: str
    purpose: str
    retention: str
    rights: str
    until: date | None = None


@dataclass(frozen=True, slots=True)
class Choice:
    """What a team chose for an indicator."""

    weight: int
    target: Fraction
    feasibility: Fraction


def of_organisation(session: Session, organisations: set[UUID]) -> list[Round]:
    """Rounds of these organisations, the newest first."""
    found = select(Round).where(Round.organisation_id.in_(organisations)).order_by(Round.made_at.desc(), Round.id)
    return list(session.scalars(found))


def make(session: Session, actor: Actor, organisation: UUID, about: About, now: datetime) -> Round:
    """A draft with the weights of the instrument. Raises Refused with the field, TooMany."""
    told = checked(about)
    held = of_organisation(session, {organisation})
    if len(held) >= MOST:
        raise TooMany(phrase("Your organisation has %(n)s rounds. Delete one that is not needed any more.", n=MOST))
    choices = {
        one.code: {"weight": one.weight, "target": str(TARGET), "feasibility": str(FEASIBILITY)}
        for one in instrument().indicators
    }
    row = Round(
        organisation_id=organisation,
        **_columns(told),
        version=instrument().version,
        choices=choices,
        pair=[],
        made_by=actor.id,
        made_at=now,
        why="",
    )
    session.add(row)
    session.flush()
    record(session, "assessment.made", actor, row, now)
    return row


def describe(held: Round, about: About) -> None:
    """Change what a draft says of itself. Raises Refused, Conflict once it is open."""
    _still_draft(held)
    for name, value in _columns(checked(about)).items():
        setattr(held, name, value)


def choose(held: Round, choices: Mapping[str, Choice]) -> None:
    """Change weights, targets and feasibility of a draft. Raises Refused for others than offered, Conflict."""
    _still_draft(held)
    for code, one in choices.items():
        if code not in held.choices:
            raise Refused(phrase("There is no indicator %(code)s.", code=code[:10]), field=code)
        if one.weight not in WEIGHTS or one.target not in TARGETS or one.feasibility not in FEASIBILITIES:
            raise Refused(
                phrase("%(code)s: choose weight, target and feasibility from the lists.", code=code), field=code
            )
    chosen = {
        code: {"weight": one.weight, "target": str(one.target), "feasibility": str(one.feasibility)}
        for code, one in choices.items()
    }
    held.choices = {**held.choices, **chosen}


def choices(held: Round) -> dict[str, Choice]:
    """What was chosen, by indicator."""
    return {
        code: Choice(one["weight"], Fraction(one["target"]), Fraction(one["feasibility"]))
        for code, one in held.choices.items()
    }


def asked(held: Round) -> tuple[Asked, ...]:
    """The indicators as they are scored."""
    chosen = choices(held)
    return tuple(
        Asked(
            one.code,
            tuple(one.groups),
            chosen[one.code].weight,
            chosen[one.code].feasibility,
            chosen[one.code].target,
            one.courses,
        )
        for one in instrument().indicators
    )


def open_round(session: Session, held: Round, actor: Actor, now: datetime) -> None:
    """Fix all choices and take answers from now on. Raises Conflict where that happened before."""
    _still_draft(held)
    held.opened_at = now
    record(session, "assessment.opened", actor, held, now, choices=held.choices, version=held.version)


def merge(session: Session, held: Round, pair: tuple[str, ...], actor: Actor, now: datetime) -> None:
    """Count two groups as one, or none. Raises Refused for no such pair, Conflict once results were seen."""
    if held.closed_at is not None:
        raise Conflict(phrase("Results were seen: groups can't be merged any more."))
    if pair and (len(set(pair)) != len("ab") or not set(pair) <= set(GROUPS)):
        raise Refused(phrase("Choose two different groups, or none."), field="pair")
    held.pair = [one for one in GROUPS if one in pair]
    record(session, "assessment.merged", actor, held, now, pair=held.pair)


def delete(session: Session, held: Round, instance: Path, actor: Actor, now: datetime) -> None:
    """Delete a round with everything in it, contact details and their key first."""
    contacts.forget(session, held, instance)
    record(session, "assessment.deleted", actor, held, now)
    session.delete(held)


def record(session: Session, act: str, actor: Actor, held: Round, now: datetime, **details: Any) -> None:
    """Write an act into the chain; nothing of it is personal."""
    subject = f"assessment:{held.id}"
    audit.record(session, act=act, actor=actor.id, subject=subject, details=details, now=now)


def checked(about: About) -> About:
    """A description as it is kept. Raises Refused with the field."""
    told = {name: getattr(about, name).replace("\r\n", "\n").strip() for name in TEXTS}
    for name, said in NEEDED.items():
        if not told[name]:
            raise Refused(said, field=name)
    for name, text in told.items():
        most = SHORT if name in {"subject", "body"} else LONG
        if len(text) > most:
            told_of = phrase("%(n)s characters are too many here; at most %(most)s are kept.", n=len(text), most=most)
            raise Refused(told_of, field=name)
    return About(**told, until=about.until)


NEEDED = {
    "subject": phrase("Say what is assessed, such as a country, an agency or a region."),
    "body": phrase("Say who assesses."),
    "controller": phrase("Say who answers for the data, and how to reach them: respondents have a right to know."),
    "purpose": phrase("Say what the answers are for."),
    "retention": phrase("Say how long answers are kept."),
    "rights": phrase("Say what respondents can ask for."),
}


def _columns(about: About) -> dict[str, Any]:
    return {**{one.name: getattr(about, one.name) for one in fields(About)}, "subject_key": fold(about.subject)}


def _still_draft(held: Round) -> None:
    if not held.draft:
        raise Conflict(FIXED)
