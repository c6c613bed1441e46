"""What arrives from the forms of regrades, overrides and appeals: values out, limits checked."""

import json
import re
from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

from pydantic import ValidationError

from training.errors import Refused
from training.grading.amend import AMENDMENTS, Accept, Amendment, Rules, Void, Worth
from training.grading.judge import understand
from training.grading.question import Question
from training.grading.values.base import Unreadable
from training.labs.spot import Fields
from training.marking.models.appeals import Kind, Outcome
from training.marking.service.appeals import Decision
from training.marking.service.preview import Draft
from training.marking.service.regrade import Seal
from training.sentence import phrase

MOST = 60
"""Amendments of a release."""
LONGEST = 60_000
"""Characters of the amendments that a form carries along."""
MOST_TICKED = 1_000
LONGEST_VALUE, LONGEST_SAID = 2_000, 1_000
"""Characters of a value and of what is said of it, see `grading.amend`."""
MOST_TRIES = 20
TRIED = re.compile(r"[;,\s\N{ARABIC COMMA}]+")


def draft(form: Fields) -> Draft:
    """The amendments that the form carries along, and the findings judged by hand that are ticked."""
    text = form.get("draft", "[]")
    if len(text) > LONGEST:
        raise Refused(phrase("These are more amendments than one regrade takes. Leave some out."))
    try:
        amendments = AMENDMENTS.validate_json(text)
        ticked = frozenset(UUID(one) for one in form.getlist("ticked")[:MOST_TICKED])
    except ValueError:
        raise Refused(phrase("The form is incomplete. Open the page of the regrade again.")) from None
    return Draft(amendments, ticked)


def carried(draft: Draft) -> str:
    """The amendments as a form carries them along."""
    return json.dumps(draft.content, ensure_ascii=False, separators=(",", ":"))


def seal(form: Fields) -> Seal:
    """The seal of the preview that the page showed."""
    try:
        return Seal.model_validate_json(form.get("seal", ""))
    except ValidationError:
        raise Refused(phrase("There is no preview with this request. Show the preview first, then apply it.")) from None


def step(form: Fields, before: Draft, questions: Sequence[Question], releases: Sequence[str]) -> Draft:
    """The draft after the button that was pressed: one amendment more, one less, or as it was.

    Rules of another release come first, since what stands before them would count no more.

    Raises:
        Refused: something is missing or does not fit; the message and its field say what.
    """
    act, _, place = form.get("do", "").partition(":")
    if act == "drop":
        kept = [one for number, one in enumerate(before.amendments) if str(number) != place]
        return Draft(tuple(kept), before.ticked)
    if act not in MAKERS:
        return before
    if len(before.amendments) >= MOST:
        raise Refused(phrase("A release takes %(n)s amendments. Leave one out first.", n=MOST))
    made = MAKERS[act](form, {one.id: one for one in questions}, releases)
    others = tuple(one for one in before.amendments if not _replaced(one, made))
    return Draft((made, *others) if isinstance(made, Rules) else (*others, made), before.ticked)


def unsent(form: Fields, *, refused: bool) -> dict[str, str]:
    """What is typed for amendments that were not made of it, so that nothing typed is lost."""
    act = form.get("do", "").partition(":")[0]
    made = act in MAKERS and not refused
    typed = {name: value for name, value in form.items() if not made or not name.startswith(f"{act}_")}
    kept = {name: value for name, value in typed.items() if name.partition("_")[0] in MAKERS and value}
    return {} if set(kept) <= {"accept_credit"} else kept


def _replaced(old: Amendment, new: Amendment) -> bool:
    """Whether an amendment takes the place of an older one: one of each kind for a question, any number of values."""
    if isinstance(new, Rules):
        return isinstance(old, Rules)
    if isinstance(old, Rules) or (type(old), old.question) != (type(new), new.question):
        return False
    return not isinstance(old, Accept) or not isinstance(new, Accept) or old.value == new.value


def _question(form: Fields, field: str, questions: Mapping[str, Question]) -> Question:
    found = questions.get(form.get(field, ""))
    if found is None:
        raise Refused(phrase("Choose a question of this lab."), field=field)
    return found


def _accept(form: Fields, questions: Mapping[str, Question], _releases: Sequence[str]) -> Accept:
    question = _question(form, "accept_question", questions)
    value = _text(form, "accept_value", LONGEST_VALUE)
    try:
        understand(question, value)
    except Unreadable as bad:
        raise Refused(phrase("This value can't be read: %(why)s", why=bad.why), field="accept_value") from bad
    credit = number(form.get("accept_credit", "") or "1", "accept_credit")
    if credit == 0:
        raise Refused(phrase("A value that is accepted earns more than 0."), field="accept_credit")
    return Accept(question=question.id, value=value, credit=credit, say=_text(form, "accept_say", LONGEST_SAID))


def _void(form: Fields, questions: Mapping[str, Question], _releases: Sequence[str]) -> Void:
    question, reason = _question(form, "void_question", questions), _text(form, "void_reason", LONGEST_SAID)
    if not reason:
        raise Refused(phrase("Say why the question is void: the people concerned read it."), field="void_reason")
    return Void(question=question.id, reason=reason)


def _worth(form: Fields, questions: Mapping[str, Question], _releases: Sequence[str]) -> Worth:
    question = _question(form, "worth_question", questions)
    texts = [one for one in TRIED.split(form.get("worth_points", "")) if one]
    if not 0 < len(texts) <= MOST_TRIES:
        message = phrase("Give what a question is worth at each of 1 to %(n)s tries, such as 10 7 5.", n=MOST_TRIES)
        raise Refused(message, field="worth_points")
    points = tuple(number(one, "worth_points", 1_000) for one in texts)
    if list(points) != sorted(points, reverse=True):
        raise Refused(phrase("The points of later tries never rise."), field="worth_points")
    return Worth(question=question.id, points=points)


def _rules(form: Fields, _questions: Mapping[str, Question], releases: Sequence[str]) -> Rules:
    release = form.get("rules_release", "")
    if release not in releases:
        raise Refused(phrase("Choose another release of this lab."), field="rules_release")
    return Rules(release=release)


MAKERS: dict[str, Any] = {"accept": _accept, "void": _void, "worth": _worth, "rules": _rules}


def _text(form: Fields, field: str, most: int) -> str:
    """A typed text. Raises Refused where it is longer than an amendment keeps."""
    text = form.get(field, "").strip()
    if len(text) > most:
        message = phrase("The text has %(n)s characters; at most %(most)s are kept.", n=len(text), most=most)
        raise Refused(message, field=field)
    return text


def number(text: str, field: str, most: float = 1.0) -> float:
    """A number from 0 to `most` as people write it: any decimal digits, with a point or a comma.

    Raises:
        Refused: it is none. Only the field of a credit can arrive empty.
    """
    if not text.strip():
        raise Refused(phrase("Give a credit from 0 to 1."), field=field)
    try:
        found = float(text.strip().replace(",", ".").replace("\N{ARABIC DECIMAL SEPARATOR}", "."))
    except ValueError:
        found = -1.0
    if not 0 <= found <= most:
        said = phrase("'%(text)s' is not a number from 0 to %(most)s.", text=text.strip()[:40], most=f"{most:g}")
        raise Refused(said, field=field)
    return found


def seen(form: Fields) -> int:
    """The number of the judgement that the page showed as the newest."""
    text = form.get("seen", "")
    if not text.isascii() or not text.isdigit() or len(text) > 6:  # noqa: PLR2004 - beyond any number of judgements
        raise Refused(phrase("The form is incomplete. Open the page of the finding again."), field="seen")
    return int(text)


def identity(text: str) -> UUID:
    """An id in a form."""
    try:
        return UUID(text)
    except ValueError:
        raise Refused(phrase("Choose the finding that the appeal is about."), field="finding") from None


def kind(form: Fields) -> Kind:
    """What an appeal asks for."""
    try:
        return Kind(form.get("kind", ""))
    except ValueError:
        raise Refused(
            phrase("Choose whether the credit is wrong, or the feedback is not clear."), field="kind"
        ) from None


def decision(form: Fields) -> Decision:
    """What an instructor decides about an appeal."""
    try:
        outcome = Outcome(form.get("outcome", ""))
    except ValueError:
        raise Refused(phrase("Choose what becomes of the appeal."), field="outcome") from None
    credit = number(form.get("credit", ""), "credit") if outcome is Outcome.UPHELD else None
    return Decision(outcome, form.get("note", ""), credit)
