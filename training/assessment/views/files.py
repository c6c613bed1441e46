"""Results as files: everything as JSON, what may be published, the table, the report on paper."""

import json
from typing import Any
from uuid import UUID

from flask import Response, g, request
from flask.typing import ResponseReturnValue
from flask_babel import gettext, refresh

from training.assessment import policy
from training.assessment.instrument.reader import instrument
from training.assessment.presentation import words
from training.assessment.presentation.tables import as_csv, figures
from training.assessment.scoring.document import Document, result
from training.assessment.scoring.public import public
from training.assessment.service.report import Report
from training.assessment.views.blueprint import bp, said
from training.assessment.views.results import reported
from training.sentence import LANGUAGES
from training.web.guard import guarded
from training.web.language import spoken

FORM = "engram-assessment-1"


@bp.get("/assessments/<uuid:round_id>/results.json")
@guarded(policy.may_see)
def whole_file(round_id: UUID) -> ResponseReturnValue:
    """All numbers, as fractions and as displayed. Answers of respondents are not in it."""
    found = reported(round_id)
    return _json(found, {"result": result(found.result), "more": _more(found)}, "results")


@bp.get("/assessments/<uuid:round_id>/public.json")
@guarded(policy.may_see)
def public_file(round_id: UUID) -> ResponseReturnValue:
    """What may be published."""
    found = reported(round_id)
    return _json(found, {"result": public(found.result)}, "public")


@bp.get("/assessments/<uuid:round_id>/table.csv")
@guarded(policy.may_see)
def table_file(round_id: UUID) -> ResponseReturnValue:
    """The table beside the radar."""
    found = reported(round_id)
    return _file(as_csv(_table(found)), "text/csv; charset=utf-8", f"assessment-{found.now.held.id}.csv")


@bp.get("/assessments/<uuid:round_id>/report.pdf")
@guarded(policy.may_see)
def report_file(round_id: UUID) -> ResponseReturnValue:
    """The report, in the language of the reader or in the one that is asked for."""
    found = reported(round_id)
    language = request.args.get("language", "")
    if language in LANGUAGES:
        g.language = language
        g.pop("catalogue", None)
        refresh()
    from training.assessment.paper.report import pdf  # noqa: PLC0415 - what draws is large, and seldom needed

    return _file(pdf(found, said()), "application/pdf", f"assessment-{found.now.held.id}.pdf")


def _more(found: Report) -> Document:
    """What the result says beyond the seven steps: confidence of dimensions, the ranking with equal weights."""
    levels = {one.code: one.level.confidence for one in found.result.dimensions if one.level}
    return {
        "confidence": levels,
        "equal_weights_ranking": [one.given.code for one in found.result.alike],
        "flags": {one.given.code: list(one.flags) for one in found.result.indicators if one.scored and one.flags},
        "invitations": found.now.outcome.invited,
    }


def _json(found: Report, content: dict[str, Any], name: str) -> Response:
    held, outcome = found.now.held, found.now.outcome
    head = {
        "form": FORM,
        "kind": name,
        "subject": held.subject,
        "assessed_by": held.body,
        "indicators": held.version,
        "edition": outcome.edition,
        "opened": held.opened_at.date().isoformat() if held.opened_at else None,
        "closed": held.closed_at.date().isoformat() if held.closed_at else None,
        "merged": held.pair,
    }
    text = json.dumps({**head, **content}, ensure_ascii=False, indent=1)
    return _file(text, "application/json", f"assessment-{name}-{held.id}.json")


def _table(found: Report) -> list[list[str]]:
    head = [gettext("Dimension"), gettext("Name"), gettext("Score"), gettext("Target"), gettext("Gap")]
    head += [gettext("Coverage"), gettext("Indicators published"), gettext("Confidence"), gettext("Flags")]
    there = {one.code: one for one in found.result.dimensions}
    rows = [[gettext("What was assessed"), found.now.held.subject], head]
    for code in instrument().dimensions:
        one = there.get(code)
        confidence = words.CONFIDENCE[one.level.confidence] if one and one.level else gettext("not published")
        flags = list(dict.fromkeys(flag for each in one.published for flag in each.flags)) if one else []
        told = " ".join(str(spoken(words.FLAGS[flag])) for flag in flags)
        rows.append([code, said()[code], *figures(one), str(spoken(confidence)), told])
    return rows


def _file(content: str | bytes, kind: str, name: str) -> Response:
    answer = Response(content, content_type=kind)
    answer.headers.set("Content-Disposition", "attachment", filename=name)
    return answer
