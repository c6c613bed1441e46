"""What is typed and not submitted, so that nothing typed is lost."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from zlib import crc32

from sqlalchemy.orm import Session

from training.errors import Conflict
from training.grading.question import Question
from training.labs.models import Draft
from training.labs.service import notebook
from training.labs.service.attempts import Case, still_open
from training.labs.service.findings.claims import Claimed, citations, within_limits
from training.labs.service.progress import at_hand, progress, progress_of_all
from training.sentence import phrase


def keep_draft(session: Session, case: Case, question: Question, claimed: Claimed, now: datetime) -> Draft:
    """Keep what is typed for a question; the last text counts."""
    still_open(case, now)
    within_limits(question, claimed)
    ids = [str(one.id) for one in citations(session, case, claimed)]
    draft = session.get(Draft, (case.attempt.id, question.id))
    if draft is None:
        draft = Draft(attempt_id=case.attempt.id, question=question.id)
        session.add(draft)
    draft.value, draft.confidence, draft.citations, draft.updated_at = claimed.value, claimed.confidence, ids, now
    draft.reasoning = claimed.reasoning
    return draft


@dataclass(frozen=True, slots=True)
class AtHand:
    """The question that is worked on, on a page that has no form for it.

    Attributes:
        number: as pages count, from 1.
        question: what is asked.
        takes: whether it takes a finding still: else nothing is ticked for it.
        ticked: numbers of the citations that its form has ticked.
        typed: what stands in its field.
    """

    number: int
    question: Question
    takes: bool
    ticked: frozenset[int] = frozenset()
    typed: str = ""


def hand(session: Session, case: Case, named: str, now: datetime) -> AtHand:
    """The question that is named, else the one that a workbench opens with."""
    asked = progress_of_all(session, case, now)
    name = named if named in asked else at_hand(asked)
    at, number = asked[name], list(asked).index(name) + 1
    if at.settled or not at.tries_left:
        return AtHand(number, at.question, takes=False)
    there = held(session, case, at.question)
    return AtHand(number, at.question, takes=True, ticked=frozenset(there.cited), typed=there.value)


def tick(session: Session, case: Case, named: str, citations: Sequence[int], now: datetime) -> AtHand:
    """Tick citations for the question at hand, where that takes a finding still."""
    at = hand(session, case, named, now)
    if at.takes:
        typed = held(session, case, at.question)
        cited = tuple(dict.fromkeys((*typed.cited, *citations)))
        keep_draft(session, case, at.question, replace(typed, cited=cited), now)
    return at


def fill(session: Session, case: Case, named: str, text: str, now: datetime, *, instead: str = "") -> AtHand:
    """Put a text into the field of the question at hand; what stands there afterwards is in `typed`. Another value that
    stands there is not overwritten, unless `instead` is its mark. Raises Conflict, Refused.
    """
    still_open(case, now)
    at = hand(session, case, named, now)
    if not at.takes:
        raise Conflict(phrase("This question takes no finding any more. Nothing was changed."))
    if at.typed.strip() and at.typed != text and mark_of(at.typed) != instead:
        return at
    keep_draft(session, case, at.question, replace(held(session, case, at.question), value=text), now)
    return replace(at, typed=text)


def mark_of(text: str) -> str:
    """A short mark of a text that stands in a field."""
    plain = text.replace("\r\n", "\n").encode()
    return f"{crc32(plain):08x}"


def held(session: Session, case: Case, question: Question) -> Claimed:
    """What the form of a question holds on a page opened anew: the draft, else the last finding unless it is right."""
    now = progress(session, case, question)
    source = now.draft or (None if now.settled else now.last)
    if source is None:
        return Claimed("")
    kept = notebook.every(session, case.attempt)
    cited = tuple(one.number for one in kept if one.dropped_at is None and str(one.id) in source.citations)
    return Claimed(source.value, source.confidence, cited, reasoning=source.reasoning if now.draft else "")
