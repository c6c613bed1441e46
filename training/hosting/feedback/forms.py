"""What arrives from the forms of feedback: only what the questions offer, in the lengths that are kept."""

import re
from collections.abc import Sequence
from datetime import date
from typing import Any

from werkzeug.datastructures import MultiDict

from training.errors import Refused
from training.hosting.feedback.questions import LONGEST, MOST, Question
from training.hosting.service.record import Faulty
from training.sentence import phrase

NUMBER = re.compile(r"[0-9]{1,3}", re.ASCII)
Fields = MultiDict[str, str]


def answers(form: Fields, asked: Sequence[Question]) -> dict[str, Any]:
    """What was answered, without what was left empty. Raises Faulty with every field that can't be read."""
    faults: dict[str, str] = {}
    found = {one.name: _read(form, one, faults) for one in asked}
    if faults:
        raise Faulty(faults)
    return {name: value for name, value in found.items() if value not in ("", [])}


def _read(form: Fields, one: Question, faults: dict[str, str]) -> str | list[str]:
    typed = form.get(one.name, "").strip()
    if one.kind == "many":
        return [key for key in one.options if key in form.getlist(one.name)]
    if one.kind in {"scale", "yes"}:
        return typed if typed in one.options else ""
    if one.kind == "number":
        if typed and not NUMBER.fullmatch(typed):
            faults[one.name] = phrase("A whole number from %(least)s to %(most)s.", least=0, most=MOST)
        return typed
    if len(typed) > LONGEST:
        faults[one.name] = phrase("At most %(most)s characters.", most=LONGEST)
    return typed.replace("\0", "")


def day(form: Fields) -> date:
    """The day that was typed. Raises Refused."""
    try:
        return date.fromisoformat(form.get("day", "").strip())
    except ValueError:
        raise Refused(phrase("Give the day such as 2026-11-06."), field="day") from None
