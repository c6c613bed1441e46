"""Filed reports: for their author, and for instructors of the organisation. They never change."""

from typing import Any
from uuid import UUID

from flask import render_template, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy.orm import Session

from training.accounts import service as accounts
from training.errors import NotThere
from training.labs.models import Attempt
from training.labs.service import attempts
from training.labs.service.attempts import Case
from training.reporting import policy, repeat
from training.reporting.models import ReportFiled
from training.reporting.service import drill, filing
from training.reporting.views.blueprint import PLACE, bp
from training.reporting.views.sending import sent
from training.sentence import phrase
from training.web.guard import guarded, load
from training.web.rooms import clock, rooms, store

RESULT = "/results/<uuid:attempt_id>/report"
FORMS = "<any('pdf', 'json', 'sh'):form>"


@bp.get(f"{PLACE}/<int:number>", endpoint="filed")
@guarded(policy.may_write)
def filed_own(attempt_id: UUID, number: int) -> ResponseReturnValue:
    """A filed report, for its author."""
    return _page(attempt_id, number)


@bp.get(f"{PLACE}/<int:number>/{FORMS}", endpoint="filed_file")
@guarded(policy.may_write)
def file_own(attempt_id: UUID, number: int, form: str) -> ResponseReturnValue:
    """The same as PDF, as JSON byte for byte as its digest is of, or the script that repeats it."""
    return _file(attempt_id, number, form)


@bp.get(f"{RESULT}s", endpoint="filed_in")
@guarded(policy.may_read)
def filed_in(attempt_id: UUID) -> ResponseReturnValue:
    """What was filed in an attempt of the instructor's organisation."""
    with store().reading() as session:
        case, name = of_another(session, attempt_id)
        reports, shared = filing.listed(session, case.attempt), drill.is_shared(session, case.attempt)
    return render_template("reporting/filed_in.html", case=case, name=name, reports=reports, shared=shared)


@bp.get(f"{RESULT}/<int:number>", endpoint="filed_of")
@guarded(policy.may_read)
def filed_of_another(attempt_id: UUID, number: int) -> ResponseReturnValue:
    """A filed report, for an instructor."""
    return _page(attempt_id, number, instructor=True)


@bp.get(f"{RESULT}/<int:number>/{FORMS}", endpoint="filed_file_of")
@guarded(policy.may_read)
def file_of_another(attempt_id: UUID, number: int, form: str) -> ResponseReturnValue:
    """Its files, for an instructor."""
    return _file(attempt_id, number, form)


def of_another(session: Session, attempt_id: UUID) -> tuple[Case, str]:
    """An attempt with what it works on and its person's name, if the policy of the running view allows it."""
    attempt = load(session, Attempt, attempt_id)
    name = accounts.names(session, {attempt.person_id}).get(attempt.person_id, "")
    return attempts.case(session, rooms().settings.instance, attempt), name


def _page(attempt_id: UUID, number: int, *, instructor: bool = False) -> ResponseReturnValue:
    with store().reading() as session:
        case, name = of_another(session, attempt_id)
        filed = filing.get(session, case.attempt, number)
        document = filing.shown(filed)
    of = "_of" if instructor else ""
    up = url_for("reporting.filed_in" if instructor else "reporting.report", attempt_id=attempt_id)
    practised = not instructor and case.told(clock())
    here: dict[str, Any] = {"case": case, "filed": filed, "document": document, "name": name, "instructor": instructor}
    here |= {"file": f"reporting.filed_file{of}", "figure": f"reporting.filed_figure{of}", "up": up}
    here |= {"court": url_for(f"reporting.filed_court{of}", attempt_id=attempt_id, number=number)}
    here |= {"drill": url_for("reporting.drill", attempt_id=attempt_id) if practised else ""}
    return render_template("reporting/sheet.html", **here)


def _file(attempt_id: UUID, number: int, form: str) -> ResponseReturnValue:
    with store().reading() as session:
        attempt = load(session, Attempt, attempt_id)
        filed = filing.get(session, attempt, number)
        return _made(filed, form)


def _made(filed: ReportFiled, form: str) -> ResponseReturnValue:
    document = filing.shown(filed)
    name = f"report-{document.attempt[:8]}-{filed.number}"
    if form == "pdf":
        from training.reporting import paper  # noqa: PLC0415 - what draws is large, and seldom needed

        return sent(paper.pdf(document, filed.sha256), "application/pdf", f"{name}.pdf")
    if form == "json":
        return sent(filed.document, "application/json", f"{name}.json")
    if document.on_papers:
        raise NotThere(phrase("This exercise is worked on papers: there are no runs to repeat."))
    return sent(repeat.script(document), "text/x-shellscript; charset=utf-8", f"{name}-repeat.sh")
