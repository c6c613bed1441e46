"""What arrives from the forms of a team: values out, limits checked."""

from collections.abc import Mapping
from datetime import date
from fractions import Fraction
from uuid import UUID

from training.assessment.service.rounds import GROUPS, TEXTS, About, Choice
from training.errors import Refused
from training.sentence import phrase

KEPT = 40_000  # characters of a field that are looked at
DIGITS = 4


def about(form: Mapping[str, str]) -> About:
    """What a round says of itself."""
    given = {name: form.get(name, "")[:KEPT] for name in TEXTS}
    return About(**given, until=_until(form.get("until", "").strip()))


def _until(text: str) -> date | None:
    try:
        return date.fromisoformat(text) if text else None
    except ValueError:
        said = phrase("'%(text)s' was not read as a day. Write year-month-day, such as 2026-07-30.", text=text[:40])
        raise Refused(said, field="until") from None


def choices(form: Mapping[str, str], codes: Mapping[str, object]) -> dict[str, Choice]:
    """Weights, targets and feasibility, of all indicators that the form names."""
    return {code: _choice(form, code) for code in codes if f"weight-{code}" in form}


def _choice(form: Mapping[str, str], code: str) -> Choice:
    try:
        weight = int(form.get(f"weight-{code}", "")[:DIGITS])
        target, feasible = (Fraction(form.get(f"{name}-{code}", "")[:DIGITS]) for name in ("target", "feasibility"))
    except (ValueError, ZeroDivisionError):
        said = phrase("%(code)s: choose weight, target and feasibility from the lists.", code=code)
        raise Refused(said, field=code) from None
    return Choice(weight, target, feasible)


def organisation(form: Mapping[str, str], otherwise: UUID | None) -> UUID:
    """The organisation that a round is made in."""
    try:
        return UUID(form["organisation"]) if form.get("organisation") else _some(otherwise)
    except ValueError:
        raise Refused(phrase("Choose the organisation from the list."), field="organisation") from None


def _some(found: UUID | None) -> UUID:
    if found is None:
        raise Refused(phrase("Choose the organisation from the list."), field="organisation")
    return found


def number(form: Mapping[str, str], name: str) -> int:
    """A whole number. Raises Refused."""
    text = form.get(name, "").strip()
    if not (text.isascii() and text.isdigit() and len(text) <= DIGITS):
        said = phrase("'%(text)s' is not a whole number from 0. Write figures only.", text=text[:40])
        raise Refused(said, field=name)
    return int(text)


def group(form: Mapping[str, str]) -> str:
    """A group of respondents. Raises Refused."""
    found = form.get("group", "")
    if found not in GROUPS:
        raise Refused(phrase("Choose a group."), field="group")
    return found


def pair(form: Mapping[str, str]) -> tuple[str, ...]:
    """Two groups that are to be counted as one, or none."""
    return tuple(filter(None, form.get("pair", "")[:DIGITS].split("+")))


def document(form: Mapping[str, str]) -> list[str]:
    """Codes of indicators, as they were typed: with commas or spaces between them."""
    return form.get("codes", "")[:KEPT].replace(",", " ").split()[:60]


def ident(form: Mapping[str, str], name: str) -> UUID:
    """The id of something in a list. Raises Refused."""
    try:
        return UUID(form.get(name, ""))
    except ValueError:
        raise Refused(phrase("Something was not chosen. Choose it from the list.")) from None
