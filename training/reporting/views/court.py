"""The court view of a report: one claim on a page, for its author, and of a filed one for instructors."""

from typing import Any
from uuid import UUID

from flask import render_template, request, url_for
from flask.typing import ResponseReturnValue

from training.analysis import cards as plugin_cards
from training.courses.manuscript import glossary
from training.labs.service.attempts import Case
from training.reporting import court, policy
from training.reporting.document import Document
from training.reporting.service import filing
from training.reporting.views.blueprint import PLACE, bp
from training.reporting.views.filed import RESULT, of_another
from training.reporting.views.report import case_of, draft_of
from training.web.guard import guarded
from training.web.language import reading_language
from training.web.rooms import rooms, store

DIGITS = 4  # of the number of a finding


@bp.get(f"{PLACE}/court", endpoint="court")
@guarded(policy.may_write)
def court_view(attempt_id: UUID) -> ResponseReturnValue:
    """The claims of the report as it stands."""
    with store().reading() as session:
        case = case_of(session, attempt_id)
        document = draft_of(session, case)
    return _page(case, document, "reporting.court", url_for(".report", attempt_id=attempt_id))


@bp.get(f"{PLACE}/<int:number>/court", endpoint="filed_court")
@guarded(policy.may_write)
def court_view_of_filed(attempt_id: UUID, number: int) -> ResponseReturnValue:
    """The claims of a filed report, for its author."""
    with store().reading() as session:
        case = case_of(session, attempt_id)
        document = filing.shown(filing.get(session, case.attempt, number))
    return _page(case, document, "reporting.filed_court", url_for(".filed", attempt_id=attempt_id, number=number))


@bp.get(f"{RESULT}/<int:number>/court", endpoint="filed_court_of")
@guarded(policy.may_read)
def court_view_of_another(attempt_id: UUID, number: int) -> ResponseReturnValue:
    """The same for an instructor."""
    with store().reading() as session:
        case, _ = of_another(session, attempt_id)
        document = filing.shown(filing.get(session, case.attempt, number))
    up = url_for(".filed_of", attempt_id=attempt_id, number=number)
    return _page(case, document, "reporting.filed_court_of", up)


def _page(case: Case, document: Document, here: str, up: str) -> ResponseReturnValue:
    """One claim, the first where the address names none; with `all` every one, each on a sheet of its own."""
    settings = rooms().settings
    terms = glossary.known(glossary.offered(settings.courses, settings.instance))
    cards, language = plugin_cards.load(), reading_language()
    numbers = [one.number for one in document.findings]
    wanted = request.args.get("claim", "")
    shown = int(wanted) if wanted.isascii() and wanted.isdigit() and len(wanted) <= DIGITS else 0
    first = shown if shown in numbers else next(iter(numbers), 0)
    chosen = [one for one in document.findings if "all" in request.args or one.number == first]
    pages = [court.page(document, one, cards, terms, language) for one in chosen]
    given: dict[str, Any] = {"attempt_id": case.attempt.id, **({"number": document.number} if document.number else {})}
    context: dict[str, Any] = {"case": case, "document": document, "pages": pages, "numbers": numbers, "up": up}
    return render_template("reporting/court.html", **context, here=url_for(here, **given))
