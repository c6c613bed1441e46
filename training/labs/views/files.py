"""What can be taken away: rows as CSV or JSON lines, and files that runs wrote out of the image."""

from uuid import UUID

from flask import Response, render_template, send_file, stream_with_context, url_for
from flask.typing import ResponseReturnValue

from training.analysis.results import FORMATS
from training.errors import NotThere
from training.labs import export as exports
from training.labs import policy
from training.labs.models import Attempt
from training.labs.service import dumps, runs
from training.labs.service.attempts import Case
from training.labs.views.blueprint import bp
from training.labs.views.here import case_of, spot_of
from training.sentence import phrase
from training.web.guard import guarded, load
from training.web.rooms import actor, clock, rooms, store


@bp.get("/attempts/<uuid:attempt_id>/runs/<int(max=999999999):number>/export.<any(csv,jsonl):form>")
@guarded(policy.may_work)
def export(attempt_id: UUID, number: int, form: str) -> ResponseReturnValue:
    """The rows of a run as a file: all of them, or those that the filters of the address leave."""
    with store().reading() as session:
        case = case_of(session, load(session, Attempt, attempt_id))
        run = runs.numbered(session, case.attempt, number).run
    spot, result = spot_of(), rooms().shown(run)
    result.count(spot.query)  # what is wrong with a filter is said before the first byte
    answer = Response(stream_with_context(FORMATS[form](result, spot.query)), content_type=exports.TYPES[form])
    answer.call_on_close(result.close)
    name = exports.name_of(run, case.exhibit.name, number, form, filtered=spot.filtered)
    answer.headers.set("Content-Disposition", "attachment", filename=name)
    answer.headers.update(exports.provenance(run, filtered=spot.filtered))
    return answer


@bp.get("/attempts/<uuid:attempt_id>/runs/<int(max=999999999):number>/files")
@guarded(policy.may_take_files)
def files(attempt_id: UUID, number: int) -> ResponseReturnValue:
    """The files that a run wrote."""
    with store().reading() as session:
        case = _open_to(case_of(session, load(session, Attempt, attempt_id)))
        asked = runs.numbered(session, case.attempt, number)
    found = dumps.of(asked.run, rooms().shown)
    page = "labs.workbench" if case.attempt.person_id == actor().id else "labs.result"
    here = {"up": url_for(page, attempt_id=attempt_id), "password": dumps.PASSWORD}
    return render_template("labs/files.html", case=case, asked=asked, files=found, **here)


@bp.get("/attempts/<uuid:attempt_id>/runs/<int(max=999999999):number>/files/<sha256>")
@guarded(policy.may_take_files)
def file(attempt_id: UUID, number: int, sha256: str) -> ResponseReturnValue:
    """One of them, as an archive under a password. Whoever takes it is recorded first."""
    with store().writing() as session:
        case = _open_to(case_of(session, load(session, Attempt, attempt_id)))
        run = runs.numbered(session, case.attempt, number).run
        found = dumps.one(run, sha256, rooms().shown)
        path = rooms().engine.dumped(found.sha256)
        dumps.note(session, case.attempt, run, found, actor().id, clock())
    made = dumps.archive(path, found.sha256)
    return send_file(made, "application/zip", as_attachment=True, download_name=f"{found.sha256}.zip")


def _open_to(case: Case) -> Case:
    """The case, if the reader may see files of its runs: instructors always, the trainee where the lab allows it."""
    if case.attempt.person_id == actor().id and not case.lab.file.dumps:
        raise NotThere(phrase("This lab works with rows alone: its runs give no files."))
    return case
