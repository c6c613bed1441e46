"""A report as it stands now, put together from an attempt: read only, and made anew whenever somebody looks.

Findings are read by column, so that what grading said of them never comes into the process of making a report.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from training.accounts import service as accounts
from training.analysis import cards as plugin_cards
from training.analysis.models import Run
from training.analysis.render import ABSENCES
from training.analysis.results import Mark
from training.errors import DomainError
from training.evidence import service as evidence
from training.labs.models import Citation, Finding
from training.labs.service import history, materials, notebook, runs
from training.labs.service.attempts import Case
from training.labs.service.notebook import OpenResult, Place
from training.labs.service.runs import Asked as AskedRun
from training.reporting import references
from training.reporting.document import (
    Account,
    Asked,
    Cell,
    Cited,
    Document,
    Found,
    Handed,
    Image,
    Made,
    Touch,
    cut,
    rows_digest,
)
from training.reporting.models import ReportChoice, ReportPart
from training.reporting.service import figures

MOST_OTHERS = 120
"""Runs that nothing rests on and that are listed; the number of the rest is told."""
REASON = 200  # characters of why such a run is not complete
HASHED_ROWS = 60_000
"""Rows of a result up to which its digest is worked out when a report is filed: a second or two."""
FREE = "written"
"""Questions of free text are answered in the trainee's own words already, and are no findings of a report."""


@dataclass(frozen=True, slots=True)
class Try:
    """A finding as it was submitted, without anything that was said of it."""

    id: UUID
    question: str
    try_no: int
    value: str
    confidence: str | None
    citations: tuple[str, ...]
    reasoning: str
    at: datetime


@dataclass(frozen=True, slots=True)
class Writing:
    """What an author wrote so far: rows by part and by question, and the tries by question, the newest last."""

    parts: Mapping[str, ReportPart]
    choices: Mapping[str, ReportChoice]
    tries: Mapping[str, Sequence[Try]]

    def chosen(self, question: str) -> Try | None:
        """The try that the report stands on; None where the author leaves the question out, or there is none."""
        choice, tries = self.choices.get(question), self.tries.get(question, ())
        if not tries or (choice is not None and not choice.kept):
            return None
        named = choice.finding_id if choice else None
        return next((one for one in tries if one.id == named), tries[-1])

    @property
    def texts(self) -> Iterable[str]:
        """Everything that was typed."""
        yield from (one.text for one in self.parts.values())
        for choice in self.choices.values():
            if choice.kept:
                yield from (choice.claim, choice.alternatives)


def writing(session: Session, case: Case) -> Writing:
    """What the author wrote, and what can be chosen."""
    attempt = case.attempt.id
    parts = session.scalars(select(ReportPart).filter_by(attempt_id=attempt))
    choices = session.scalars(select(ReportChoice).filter_by(attempt_id=attempt))
    columns = (Finding.id, Finding.question, Finding.try_no, Finding.value, Finding.confidence, Finding.citations)
    found = select(*columns, Finding.reasoning, Finding.at).where(Finding.attempt_id == attempt)
    tries: dict[str, list[Try]] = {}
    for id_, name, try_no, value, confidence, cited, why, at in session.execute(found.order_by(Finding.try_no)):
        tries.setdefault(name, []).append(Try(id_, name, try_no, value, confidence, tuple(cited), why, at))
    return Writing({one.part: one for one in parts}, {one.question: one for one in choices}, tries)


def draft(
    session: Session,
    case: Case,
    open_result: OpenResult,
    language: str,
    now: datetime,
    *,
    digests: bool = False,
    drawn: bool = False,
) -> Document:
    """The report as it stands now. With `digests` all rows of cited runs are read, which takes a moment; with `drawn`
    its figures are in it, and the runs that they come from among those that it rests on.

    Raises Damaged when the record that came with the exhibit is not what was registered.
    """
    typed, listed = writing(session, case), runs.listed(session, case.attempt)[::-1]
    every = notebook.every(session, case.attempt)
    findings = tuple(_findings(case, typed, {str(one.id): one.number for one in every}))
    wanted = {number for one in findings for number in one.citations}
    wanted |= {number for text in typed.texts for number in references.named(text, "C")}
    used = [one for one in every if one.number in wanted]
    places, columns = notebook.places(session, used, open_result, materials.of(case)), _columns(session, used)
    pictures = figures.drawn(session, case, listed[::-1], open_result) if drawn else ()
    shown = {number for one in pictures for number in one.runs}
    cited_runs = {one.run_id for one in used} | {one.run.id for one in listed if one.number in shown}
    others = [one for one in listed if one.run.id not in cited_runs]
    kept = sorted(others, key=lambda one: (one.run.state.value == "complete", -one.number))[:MOST_OTHERS]
    names = accounts.names(session, {case.attempt.person_id})
    home = accounts.organisations(session, {case.attempt.organisation_id})
    answered = {one.number for one in findings}
    return Document(
        at=now,
        language=language,
        author=names.get(case.attempt.person_id, ""),
        organisation=home[0].name if home else "",
        attempt=str(case.attempt.id),
        lab=case.lab.id,
        title=case.lab.title,
        release=case.release.sha256,
        opened_at=case.attempt.opened_at,
        closed_at=case.attempt.closed_at,
        on_papers=case.lab.file.on_papers,
        exhibit=_image(session, case),
        custody=tuple(_custody(session, case)),
        handed=tuple(_handed(case)),
        accounts=tuple(Account(uid=one.uid, name=one.name, who=one.who) for one in case.lab.file.accounts),
        runs=tuple(_made(one, open_result, digests=digests) for one in listed if one.run.id in cited_runs),
        others=tuple(_asked(one) for one in sorted(kept, key=lambda one: one.number)),
        more_runs=len(others) - len(kept),
        findings=findings,
        unanswered=tuple(
            (number, one.short or one.text)
            for number, one in enumerate(case.lab.questions, 1)
            if one.type != FREE and number not in answered
        ),
        citations=tuple(_cited(one, columns) for one in places),
        parts={name: one.text for name, one in typed.parts.items() if one.text},
        figures=pictures,
    )


def _custody(session: Session, case: Case) -> Iterable[Touch]:
    for one in evidence.custody(session, case.exhibit.sha256):
        yield Touch(at=one.at, act=one.act, text=one.text)


def _handed(case: Case) -> Iterable[Handed]:
    for one in materials.others(case).values():
        yield Handed(name=one.name, title=one.title, origin=one.origin, lines=len(one.lines))


def _columns(session: Session, citations: Sequence[Citation]) -> Mapping[UUID, Mapping[str, str]]:
    """Types of the columns of cited runs, by run and name."""
    wanted = {one.run_id for one in citations if one.run_id}
    found = session.execute(select(Run.id, Run.columns).where(Run.id.in_(wanted)))
    return {run: {one["name"]: one["type"] for one in columns or ()} for run, columns in found}


def _findings(case: Case, typed: Writing, numbers: Mapping[str, int]) -> Iterable[Found]:
    for number, question in enumerate(case.lab.questions, 1):
        one = typed.chosen(question.id)
        if one is None or question.type == FREE:
            continue
        choice = typed.choices.get(question.id)
        yield Found(
            number=number,
            question=question.id,
            asks=question.text,
            try_no=one.try_no,
            value=one.value,
            confidence=one.confidence,
            reasoning=one.reasoning,
            citations=tuple(sorted(numbers[cited] for cited in one.citations if cited in numbers)),
            at=one.at,
            claim=choice.claim if choice else "",
            alternatives=choice.alternatives if choice else "",
        )


def _image(session: Session, case: Case) -> Image:
    one = case.exhibit
    return Image(
        name=one.name,
        title=one.title,
        os=one.os,
        size=one.size,
        sha256=one.sha256,
        symbols=one.symbols_sha256,
        record=one.record_sha256,
        banner=one.banner,
        captured_at=one.captured_at,
        verified_at=history.verified_at(session, case.attempt),
        written=one.written,
    )


def _made(asked: AskedRun, open_result: OpenResult, *, digests: bool) -> Made:
    run, card = asked.run, plugin_cards.load().cards.get(asked.run.plugin)
    secret = bool(card and card.secret)
    return Made(
        number=asked.number,
        command=run.text,
        plugin=run.plugin,
        cls=card.cls if card else run.plugin,
        own=card.own if card else False,
        options=dict(run.options),
        version=run.plugin_version,
        volatility=run.volatility,
        island=run.island,
        symbols=run.symbols,
        key=run.key,
        rows=run.rows,
        seconds=run.seconds,
        made_at=run.ended_at,
        sha256=_digest(run, open_result) if digests and not secret and run.rows <= HASHED_ROWS else "",
        masked=secret,
    )


def _digest(run: Run, open_result: OpenResult) -> str:
    """The digest of all rows; nothing where they can't be read, which the citations of the run say, too."""
    try:
        with open_result(run) as result:
            return rows_digest(result.tree())
    except DomainError:
        return ""


def _asked(asked: AskedRun) -> Asked:
    run = asked.run
    return Asked(
        number=asked.number,
        command=run.text[:REASON],
        plugin=run.plugin,
        state=run.state.value,
        reason=(run.reason or "")[:REASON],
        rows=run.rows,
    )


def _cited(place: Place, columns: Mapping[UUID, Mapping[str, str]]) -> Cited:
    one = place.citation
    types = columns.get(one.run_id, {}) if one.run_id else {}
    return Cited(
        number=one.number,
        run=place.run_number,
        plugin=place.plugin,
        row=one.row,
        column=one.column,
        cells=tuple(_cell(name, place.cells[name], shown, types.get(name, "str")) for name, shown in place.shown),
        material=one.material or "",
        line=one.line,
        text="" if one.run_id else place.text,
        note=one.note,
        structure=one.material or _structure(place.plugin),
        fault=place.fault or "",
    )


def _structure(plugin: str) -> str:
    """What a plugin reads: two of one family don't corroborate each other."""
    card = plugin_cards.load().cards.get(plugin)
    return card.family if card else plugin


def _cell(name: str, value: Any, shown: str, kind: str) -> Cell:
    if isinstance(value, Mark):
        return Cell(name=name, value=str(value), masked=True)
    absent = shown if value is None and shown in ABSENCES else None
    return Cell(name=name, type=kind, absent=absent, **cut(value))
