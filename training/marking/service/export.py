"""Results as files, one line for each question of each attempt, and the way back: a file compared with what is here.

Every figure stands twice: as the pages write it, and exactly, as the shortest decimal number that gives the same
floating-point number back. CSV is UTF-8 with a byte order mark; texts that a spreadsheet would take for formulas begin
with an apostrophe. Comparing writes nothing.
"""

import csv
import io
import json
import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, fields
from datetime import datetime
from pathlib import Path
from uuid import UUID

from sqlalchemy.orm import Session

from training.accounts import service as accounts
from training.analysis.results.export import MARK, harmless
from training.audit import service as audit
from training.content.models import Release
from training.grading.credit import written
from training.labs.models import Attempt
from training.labs.service import attempts, findings, results
from training.labs.service.attempts import Case
from training.labs.service.findings import Progress
from training.labs.service.results import Line as Sheet
from training.marking.service import judgements, pool

FORM = "engram results 1"
TOTAL = "*total"
"""What stands for the question in the line of an attempt's total. No question can have this name."""
NAMES = {"attempt", "trainee", "begun", "closed", "lab", "release", "assignment"}
"""Columns that say what a line is about. They are not compared."""


@dataclass(frozen=True, slots=True)
class Line:
    """One question of one attempt, or its total.

    Attributes:
        lab, release: name of the lab and number of its release.
        attempt: id of the attempt.
        trainee: name as on the sheet; empty where the person was erased.
        begun, closed: in UTC; empty while the attempt is open.
        assignment, mode: title of the assignment that the attempt followed, and examination or practice.
        question: id of the question; '*total' in the line of the attempt's total.
        state: solved, void, partly, marker, missed, working, open; of a total passed, failed, open.
        points: as the pages write them.
        points_exact, worth: points earned, and what a right answer is worth at first.
        tries, hints: how many.
        credit: best credit so far, 0 to 1.
        judged: yes or no, for the last finding; empty where there is none.
        correctness, support, corroboration: parts of the last verdict; empty where there is none, where people decided,
            and where the question is void: that is a credit without parts.
        late_share: the part that counted when the last finding was received; of a total the smallest below 1.
        decided: who judged what stands of the last finding: grading, regrade, mark, override, appeal.
    """

    lab: str
    release: int
    attempt: str
    trainee: str
    begun: str
    closed: str
    assignment: str
    mode: str
    question: str
    state: str
    points: str
    points_exact: float
    worth: float
    tries: int
    hints: int
    credit: float
    judged: str = ""
    correctness: float | None = None
    support: float | None = None
    corroboration: float | None = None
    late_share: float | None = None
    decided: str = ""


COLUMNS = tuple(field.name for field in fields(Line))
COMPARED = tuple(name for name in COLUMNS if name not in {*NAMES, "question"})


def lines(session: Session, instance: Path, release: Release, organisation: UUID, now: datetime) -> list[Line]:
    """The results of an organisation on a release, as its sheet shows them: the newest attempt first."""
    made = pool.made_at(session, [release.id], organisation)[::-1]
    return of_attempts(session, instance, made, now)


def of_attempts(session: Session, instance: Path, made: Sequence[Attempt], now: datetime) -> list[Line]:
    """The results of some attempts, in their order: each question of the lab, then the total."""
    cases = attempts.cases(session, instance, made)
    progress = findings.progress_of(session, cases)
    names = accounts.names(session, {one.person_id for one in made})
    numbers = results.release_numbers(session)
    found: list[Line] = []
    for case in cases:
        sheet = Sheet(case.attempt, progress[case.attempt.id], case.terms)
        about = _about(case, numbers[case.release.id], names.get(case.attempt.person_id, ""))
        found += [_line(about, name, one) for name, one in sheet.progress.items()]
        found.append(_total(about, sheet, over=case.over(now)))
    return found


def _about(case: Case, number: int, name: str) -> dict[str, object]:
    attempt, assignment = case.attempt, case.terms.assignment
    return {
        "lab": case.lab.id,
        "release": number,
        "attempt": str(attempt.id),
        "trainee": name,
        "begun": attempt.opened_at.isoformat(),
        "closed": attempt.closed_at.isoformat() if attempt.closed_at else "",
        "assignment": assignment.title if assignment else "",
        "mode": "examination" if case.terms.examination else "practice",
    }


def note(
    session: Session, release: Release, organisation: UUID, taken: tuple[str, int], by: UUID, now: datetime
) -> None:
    """Record that somebody takes the results of an organisation away, in so many lines of a form."""
    form, count = taken
    details = {"release": release.sha256, "organisation": str(organisation), "form": form, "lines": count}
    audit.record(session, act="results.exported", actor=by, subject=f"release:{release.id}", details=details, now=now)


def state_of(progress: Progress) -> str:
    """Where a question stands, in the word of the sheet; void where full credit says nothing of right and wrong."""
    if progress.void:
        return "void"
    if progress.solved:
        return "solved"
    if progress.standing.points > 0:
        return "partly"
    if progress.waiting:
        return "marker"
    if progress.last is None:
        return "open"
    return "missed" if progress.standing.tries_left == 0 else "working"


def _line(about: Mapping[str, object], name: str, one: Progress) -> Line:
    verdict: dict[str, object] = {}
    if one.last is not None:
        current = one.last.current
        verdict = {"judged": "yes" if current.judged else "no", "late_share": one.last.share}
        verdict["decided"] = judgements.origin_of(one.last)
        parts = current.judged and not judgements.held(one.last) and not current.verdict.get("void")
        for part in ("correctness", "support", "corroboration") if parts else ():
            verdict[part] = current.verdict.get(part)
    figures = {
        "question": name,
        "state": state_of(one),
        "points": written(one.standing.points),
        "points_exact": one.standing.points,
        "worth": one.question.points[0],
        "tries": len(one.findings),
        "hints": len(one.hints),
        "credit": one.standing.best,
    }
    return Line(**{**about, **figures, **verdict})  # type: ignore[arg-type]  # each has its field's type


def _total(about: Mapping[str, object], sheet: Sheet, *, over: bool) -> Line:
    figures = {
        "question": TOTAL,
        "state": "passed" if sheet.passed else "failed" if over and not sheet.undecided else "open",
        "points": written(sheet.score),
        "points_exact": sheet.score,
        "worth": sheet.total,
        "tries": sum(len(one.findings) for one in sheet.progress.values()),
        "hints": sum(len(one.hints) for one in sheet.progress.values()),
        "credit": sheet.score / sheet.total if sheet.total else 0.0,
        "late_share": sheet.late,
    }
    return Line(**{**about, **figures})  # type: ignore[arg-type]  # each has its field's type


def as_csv(found: Sequence[Line]) -> Iterator[str]:
    """The lines as CSV after RFC 4180, attempt by attempt."""
    yield MARK + _csv([list(COLUMNS)])
    for line in found:
        yield _csv([[cell(getattr(line, name)) for name in COLUMNS]])


def as_json(found: Sequence[Line]) -> Iterator[str]:
    """The lines as one JSON document: `{"form": …, "lines": [{column: value}, …]}`; a missing value is null."""
    yield f'{{"form": {json.dumps(FORM)}, "lines": ['
    for number, line in enumerate(found):
        values = {name: getattr(line, name) for name in COLUMNS}
        yield (",\n" if number else "\n") + json.dumps(values, ensure_ascii=False)
    yield "\n]}\n"


FORMATS = {"csv": as_csv, "json": as_json}
"""By the ending of the file's name."""


def exact(value: float) -> str:
    """A figure in full: the shortest decimal number that reads back as the same; whole ones without a point."""
    return str(int(value)) if math.isfinite(value) and value == int(value) else repr(value)


def cell(value: object) -> str:
    """A value as a cell of CSV: empty where it is missing, figures in full, texts without formulas."""
    if value is None:
        return ""
    if isinstance(value, float):
        return exact(value)
    return str(value) if isinstance(value, int) else harmless(str(value))


def _csv(rows: list[list[str]]) -> str:
    made = io.StringIO()
    csv.writer(made, lineterminator="\r\n").writerows(rows)
    return made.getvalue()
