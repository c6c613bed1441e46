"""What is typed and not submitted, so that nothing typed is lost."""

from datetime import datetime

from sqlalchemy.orm import Session

from training.grading.question import Question
from training.labs.models import Draft
from training.labs.service import notebook
from training.labs.service.attempts import Case, still_open
from training.labs.service.findings.claims import Claimed, citations, within_limits
from training.labs.service.progress import progress


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


def held(session: Session, case: Case, question: Question) -> Claimed:
    """What the form of a question holds on a page opened anew: the draft, else the last finding unless it is right."""
    now = progress(session, case, question)
    source = now.draft or (None if now.settled else now.last)
    if source is None:
        return Claimed("")
    kept = notebook.every(session, case.attempt)
    cited = tuple(one.number for one in kept if one.dropped_at is None and str(one.id) in source.citations)
    return Claimed(source.value, source.confidence, cited, reasoning=source.reasoning if now.draft else "")
