"""What the audit chain remembers of the rows that decide a result: attempts, places cited, findings, judgements."""

from typing import cast

from sqlalchemy import Table, select

from training.audit.seals import seal_rows
from training.labs.models.attempt import Attempt
from training.labs.models.finding import Citation, Finding, HintTaken
from training.labs.models.judgement import GradingVersion, Judgement

_whose = select(Attempt.person_id).where(Attempt.id == Finding.attempt_id).scalar_subquery()
_of_judged = (
    select(Attempt.person_id)
    .join(Finding, Finding.attempt_id == Attempt.id)
    .where(Finding.id == Judgement.finding_id)
    .scalar_subquery()
)

seal_rows(
    cast("Table", Attempt.__table__),
    "person_id organisation_id release_id exhibit assignment_id opened_at closed_at",
)
seal_rows(cast("Table", Citation.__table__), "attempt_id number run_id row column material line made_at dropped_at")
seal_rows(cast("Table", HintTaken.__table__), "step price at")
seal_rows(
    cast("Table", Finding.__table__),
    "attempt_id question try_no step value confidence citations understood verdict judged credit points share"
    " reasoning at",
    person=_whose,
)
seal_rows(
    cast("Table", Judgement.__table__),
    "finding_id seq origin version_id verdict judged credit reason by at",
    person=_of_judged,
)
seal_rows(
    cast("Table", GradingVersion.__table__),
    "release_id organisation_id number amendments keys rules grader made_by made_at",
)
