"""Where an author writes a report, looks at it, goes through the check list and files it."""

from typing import Any
from uuid import UUID

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext
from sqlalchemy.orm import Session

from training.analysis import cards as plugin_cards
from training.errors import Conflict, DomainError, Refused, TooMany
from training.labs.models import Attempt
from training.labs.service import attempts, materials, notebook
from training.labs.service.attempts import Case
from training.labs.service.notebook import Place
from training.reporting import checks, forms, offers, policy
from training.reporting.document import Document
from training.reporting.models import ReportChoice, ReportPart
from training.reporting.parts import LONGEST, PARTS, Part
from training.reporting.service import filing, projection, writing
from training.reporting.service.writing import LONGEST_ALTERNATIVES, LONGEST_CLAIM
from training.reporting.views.blueprint import PLACE, bp
from training.reporting.views.sending import sent
from training.web.guard import guarded, load
from training.web.language import reading_language, spoken
from training.web.rooms import clock, rooms, store

HELD = 60
"""Places of the notebook that stand beside a part."""
STATUS: dict[type[DomainError], int] = {Conflict: 409, TooMany: 429}


@bp.get(PLACE)
@guarded(policy.may_write)
def report(attempt_id: UUID) -> ResponseReturnValue:
    """One part of the report with its form, beside the outline with the state of all."""
    return _page(attempt_id, request.args.get("part", "") or PARTS[0].name)


@bp.post(PLACE)
@guarded(policy.may_write)
def write(attempt_id: UUID) -> ResponseReturnValue:
    """Keep a part, or what is said of a finding. What is refused stands in the form again.

    With `take` a line that is offered is added to the part. A page that keeps texts by itself gets no page back.
    """
    name, at = request.form.get("part", ""), ""
    kept: ReportPart | ReportChoice | None
    try:
        with store().writing() as session:
            case = case_of(session, attempt_id, lock=True)
            part = writing.part_of(name)
            if "question" in request.form:
                wish = forms.wish(request.form)
                kept = writing.choose(session, case, wish, clock())
                at = f"q-{wish.question}"
            else:
                text = _taken(session, case, part)
                kept = writing.write(session, case, part.name, text, forms.version(request.form), clock())
                at = "offers" if "take" in request.form else ""
            seen = kept.version if kept else 0
    except (Conflict, Refused) as bad:
        return _page(attempt_id, name, bad)
    if request.headers.get("X-Engram") == "keep":
        return {"seen": seen}
    flash(gettext("Kept."), "ok")
    return redirect(url_for(".report", attempt_id=attempt_id, part=name, _anchor=at or None), 303)


@bp.get(f"{PLACE}/preview")
@guarded(policy.may_write)
def preview(attempt_id: UUID) -> ResponseReturnValue:
    """The report as it would be filed now, for reading and printing."""
    with store().reading() as session:
        case = case_of(session, attempt_id)
        document = draft_of(session, case, drawn=True)
    here: dict[str, Any] = {
        "case": case,
        "document": document,
        "filed": None,
        "figure": "reporting.figure",
        "up": _up(attempt_id),
    }
    here |= {"court": url_for(".court", attempt_id=attempt_id), "drill": ""}
    if case.told(clock()):
        here["drill"] = url_for(".drill", attempt_id=attempt_id)
    return render_template("reporting/sheet.html", **here)


@bp.get(f"{PLACE}.pdf")
@guarded(policy.may_write)
def draft_pdf(attempt_id: UUID) -> ResponseReturnValue:
    """The same as PDF, marked as a draft."""
    with store().reading() as session:
        document = draft_of(session, case_of(session, attempt_id), drawn=True)
    from training.reporting import paper  # noqa: PLC0415 - what draws is large, and seldom needed

    return sent(paper.pdf(document, ""), "application/pdf", f"report-{document.attempt[:8]}-draft.pdf")


@bp.get(f"{PLACE}/checks", endpoint="checks")
@guarded(policy.may_write)
def check_list(attempt_id: UUID) -> ResponseReturnValue:
    """What the second reader would ask, and the button that files the report."""
    return _checks(attempt_id)


@bp.post(f"{PLACE}/checks")
@guarded(policy.may_write)
def file(attempt_id: UUID) -> ResponseReturnValue:
    """Freeze the report as it stands."""
    try:
        with store().writing() as session:
            case = case_of(session, attempt_id, lock=True)
            filed = filing.file(session, case, rooms().shown, reading_language(), clock())
            number = filed.number
    except (Conflict, Refused, TooMany) as bad:
        return _checks(attempt_id, bad)
    flash(gettext("Filed. It never changes again; a corrected one is filed as the next number."), "ok")
    return redirect(url_for(".filed", attempt_id=attempt_id, number=number), 303)


def case_of(session: Session, attempt_id: UUID, *, lock: bool = False) -> Case:
    """The attempt of an address with what it works on, if the policy of the running view lets the reader have it."""
    attempt = load(session, Attempt, attempt_id, lock=lock)
    return attempts.case(session, rooms().settings.instance, attempt)


def draft_of(session: Session, case: Case, *, drawn: bool = False) -> Document:
    """The report as it stands; with `drawn` with its figures."""
    return projection.draft(session, case, rooms().shown, reading_language(), clock(), drawn=drawn)


def _up(attempt_id: UUID) -> str:
    return url_for(".report", attempt_id=attempt_id)


def _taken(session: Session, case: Case, part: Part) -> str:
    """The text of the form, with the offered line that was taken; a line that is not offered any more is not taken."""
    text, key = request.form.get("text", ""), request.form.get("take", "")
    if not key:
        return text
    offered = offers.of(draft_of(session, case), plugin_cards.load())
    line = next((one for one in offered if one.key == key and one.part == part.name), None)
    return "\n\n".join(one for one in (text.rstrip(), str(spoken(line.text)) if line else "") if one)


def _held(session: Session, case: Case) -> list[Place]:
    """The newest places of the notebook, by number, for whoever writes and needs to know which C3 is."""
    made = [one for one in notebook.every(session, case.attempt) if one.dropped_at is None][-HELD:]
    return notebook.places(session, made, rooms().shown, materials.of(case))


def _page(attempt_id: UUID, name: str, bad: DomainError | None = None) -> ResponseReturnValue:
    with store().reading() as session:
        case = case_of(session, attempt_id)
        part = writing.part_of(name)
        document, typed = draft_of(session, case), projection.writing(session, case)
        reports = filing.listed(session, case.attempt)
        held = _held(session, case)
    found = checks.of(document)
    kept = typed.parts.get(part.name)
    offered = [one for one in offers.of(document, plugin_cards.load()) if one.part == part.name]
    text = kept.text if kept else ""
    here: dict[str, Any] = {"case": case, "document": document, "part": part, "parts": PARTS, "typed": typed}
    here |= {"found": [one for one in found if one.part == part.name], "lines": len(found), "reports": reports}
    here |= {"many": {one.name: sum(line.part == one.name for line in found) for one in PARTS}}
    here |= {"held": held, "text": text, "seen": kept.version if kept else 0, "bad": bad, "free": projection.FREE}
    here |= {"offers": [one for one in offered if str(spoken(one.text)) not in text]}
    here |= {"practised": case.told(clock())}
    here |= {"most": LONGEST, "most_claim": LONGEST_CLAIM, "most_rivals": LONGEST_ALTERNATIVES}
    return render_template("reporting/report.html", **here), STATUS.get(type(bad), 422) if bad else 200


def _checks(attempt_id: UUID, bad: DomainError | None = None) -> ResponseReturnValue:
    with store().reading() as session:
        case = case_of(session, attempt_id)
        document, reports = draft_of(session, case), filing.listed(session, case.attempt)
    here = {"case": case, "document": document, "found": checks.of(document), "reports": reports, "bad": bad}
    here |= {"parts": {one.name: one for one in PARTS}, "practised": case.told(clock())}
    return render_template("reporting/checks.html", **here), STATUS.get(type(bad), 422) if bad else 200
