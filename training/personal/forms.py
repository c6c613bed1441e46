"""What people type on the pages of personal data."""

from collections.abc import Mapping

from training.errors import Refused
from training.personal.registry import Term
from training.personal.service.asking import LONGEST, Wish
from training.personal.service.rules import KINDS, MOST
from training.sentence import phrase

DIGITS = 3


def wish(form: Mapping[str, str], days: int) -> Wish:
    """What is asked for. Raises Refused without the tick that says that it is meant."""
    if form.get("sure") != "yes":
        raise Refused(phrase("Tick the box to say that you know what is lost."), field="sure")
    keeps = form.get("certificates") == "keep"
    return Wish(form.get("reason", "")[: LONGEST + 1], keeps_certificates=keeps, days=days)


def rules(form: Mapping[str, str]) -> dict[Term, int | None]:
    """Months by what they are about; none where the field is empty. Raises Refused for what is no number."""
    found: dict[Term, int | None] = {}
    for term, kind in KINDS.items():
        typed = form.get(term.value, "").strip()
        if not typed:
            found[term] = None
        elif typed.isdecimal() and typed.isascii() and len(typed) <= DIGITS:
            found[term] = int(typed)
        else:
            message = phrase("Give between %(least)s and %(most)s months.", least=str(kind.least), most=str(MOST))
            raise Refused(message, field=term.value)
    return found


def decision(form: Mapping[str, str], usual: int) -> tuple[str, tuple[int, str]]:
    """What shall happen to what a rule found, for how many days, and why."""
    act, days = form.get("act", ""), form.get("days", "")
    count = int(days) if act == "postpone" and days.isdecimal() and len(days) <= DIGITS else usual
    return act, (count, form.get("reason", "")[:1000])
