"""Pages of the dossier: what it holds and what is open, seal it, check one that is sent in, merge several."""

from hashlib import sha256
from uuid import UUID

from flask import Blueprint, Response, render_template, request
from flask.typing import ResponseReturnValue

from training.accounts import service as accounts
from training.accounts.actor import Role
from training.courses.moving import signing
from training.errors import DomainError, Refused
from training.hosting.dossier import apart, examining, service, standing
from training.hosting.dossier.examining import Looked
from training.hosting.dossier.policy import may_seal
from training.hosting.models import TeachingSession
from training.hosting.views import blueprint as pages
from training.sentence import Sentence, phrase
from training.web.errors import STATUS
from training.web.guard import guarded, load
from training.web.rooms import actor, clock, rooms, store

bp = Blueprint("hosting_dossier", __name__, template_folder="templates")
PLACE = f"{pages.PLACE}/dossier"
pages.take_files(bp, "hosting_dossier.check", "hosting_dossier.merge", most=examining.LARGEST)


@bp.get(PLACE)
@guarded(may_seal)
def dossier(session_id: UUID) -> ResponseReturnValue:
    """What a dossier is, what is still open, the seals so far, and what can be done."""
    return _page(session_id)


@bp.post(f"{PLACE}/seal")
@guarded(may_seal)
def seal(session_id: UUID) -> ResponseReturnValue:
    """Seal the session as it stands, write it down, and hand the file out."""
    with store().reading() as session:
        load(session, TeachingSession, session_id)
    try:
        data = _sealed(session_id)
    except DomainError as bad:
        return _page(session_id, bad, "seal"), STATUS.get(type(bad), 422)
    return _file(data, f"dossier-{str(session_id)[:8]}-{clock():%Y-%m-%d}.zip", "application/zip")


@bp.get(f"{PLACE}/verify.py")
@guarded(may_seal)
def verifier(session_id: UUID) -> ResponseReturnValue:
    """The verifier alone, from the program and not from a dossier."""
    with store().reading() as session:
        load(session, TeachingSession, session_id)
    return _file(apart.source().encode(), "verify.py", "application/octet-stream")


@bp.post(f"{PLACE}/check")
@guarded(may_seal)
def check(session_id: UUID) -> ResponseReturnValue:
    """Whether a dossier that is sent in holds, whose key sealed it, and whether it is of this session."""
    with store().reading() as session:
        load(session, TeachingSession, session_id)
    try:
        (data, *_) = _sent("dossier")
        with examining.alone():
            found = examining.look(data)
    except DomainError as bad:
        return _page(session_id, bad, "dossier"), STATUS.get(type(bad), 422)
    return _page(session_id, found=found)


@bp.post(f"{PLACE}/merge")
@guarded(may_seal)
def merge(session_id: UUID) -> ResponseReturnValue:
    """One file of several dossiers of this session, each with its seal."""
    with store().reading() as session:
        load(session, TeachingSession, session_id)
    try:
        sent = _sent("dossiers")
        with examining.alone():
            data = examining.merged(sent, session_id)
    except DomainError as bad:
        return _page(session_id, bad, "dossiers"), STATUS.get(type(bad), 422)
    return _file(data, f"merged-{str(session_id)[:8]}-{sha256(data).hexdigest()[:8]}.zip", "application/zip")


def _sealed(session_id: UUID) -> bytes:
    now = clock()
    with examining.alone(), store().reading() as session:
        teaching = load(session, TeachingSession, session_id)
        data = service.seal(session, teaching, rooms().settings.instance, now)
    with store().writing() as session:
        service.note_sealed(session, actor(), load(session, TeachingSession, session_id), data, now)
    return data


def _sent(field: str) -> list[bytes]:
    """The files of a form, at most as many as are merged at once and one. Raises Refused where there is none."""
    found: list[bytes] = []
    for one in request.files.getlist(field):
        with one.stream:  # a file of its own where it is large
            if one.filename and len(found) <= examining.MOST:
                found.append(one.stream.read())
    if not found:
        raise Refused(phrase("Choose a file first."), field=field)
    return found


def _file(data: bytes, name: str, kind: str) -> Response:
    answer = Response(data, content_type=kind)
    answer.headers.set("Content-Disposition", "attachment", filename=name)
    return answer


def _page(session_id: UUID, bad: DomainError | None = None, where: str = "", found: Looked | None = None) -> str:
    instance = rooms().settings.instance
    with store().reading() as session:
        teaching = load(session, TeachingSession, session_id)
        seals = standing.seals(session, teaching)
        open_ = standing.still_open(session, teaching)
        names = accounts.names(session, {one.by for one in seals if one.by})
    known = service.known(instance, teaching.organisation_id)
    here = {
        "teaching": teaching,
        "seals": seals,
        "open": open_,
        "names": names,
        "marks": actor().holds(Role.INSTRUCTOR, teaching.organisation_id),
        "own": signing.fingerprint(signing.public_key(instance)),
        "bad": bad,
        "faults": bad.message.splitlines() if bad and not isinstance(bad.message, Sentence) else (),
        "where": where,
        "found": found,
        "known": standing.same(seals, found.sha256) if found else None,
        "trusted": signing.trusted(instance, teaching.organisation_id),
        "strange": any(one.key not in known for one in (found.parts if found else ())),
        "limits": examining,
    }
    return render_template("hosting_dossier/dossier.html", **here)
