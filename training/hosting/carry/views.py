"""Pages that carry a session away and bring it back."""

from collections.abc import Callable
from typing import IO
from uuid import UUID

from flask import Blueprint, Response, redirect, render_template, request, send_file, url_for
from flask.typing import ResponseReturnValue

from training.accounts import service as accounts
from training.courses.moving import signing
from training.errors import DomainError, Refused
from training.hosting.carry import drafts, history, presence, sending, taking, waiting
from training.hosting.carry.identities import Answers
from training.hosting.carry.policy import may_carry
from training.hosting.carry.sealing import FOLDER
from training.hosting.models import TeachingSession
from training.hosting.views import blueprint as pages
from training.sentence import phrase
from training.web.errors import STATUS
from training.web.guard import guarded, load
from training.web.rooms import actor, clock, rooms, store

bp = Blueprint("hosting_carry", __name__, template_folder="templates")
PLACE = "/sessions/<uuid:session_id>/carry"
Act = Callable[[UUID, str], ResponseReturnValue]
pages.take_files(bp, "hosting_carry.send_bundle", "hosting_carry.export", most=waiting.LARGEST)


@bp.get(PLACE)
@guarded(may_carry)
def carry(session_id: UUID) -> ResponseReturnValue:
    """Take a session along, say what is here already, and bring a session back."""
    return _page(session_id)


@bp.get(f"{PLACE}/manifest")
@guarded(may_carry)
def manifest(session_id: UUID) -> ResponseReturnValue:
    """What this installation has, as a file for whoever sends a session to it."""
    with store().reading() as session:
        load(session, TeachingSession, session_id)
        data = presence.signed(session, rooms().settings)
    answer = Response(data, content_type="application/json")
    answer.headers.set("Content-Disposition", "attachment", filename="manifest.json")
    return answer


@bp.post(f"{PLACE}/export")
@guarded(may_carry)
def export(session_id: UUID) -> ResponseReturnValue:
    """The session as a bundle. It is written down that it was taken along."""
    with store().reading() as session:
        load(session, TeachingSession, session_id)
    try:
        return _bundle(session_id)
    except DomainError as bad:
        return _page(session_id, bad), STATUS.get(type(bad), 422)


@bp.post(f"{PLACE}/bundle")
@guarded(may_carry)
def send_bundle(session_id: UUID) -> ResponseReturnValue:
    """Look at a bundle and keep it for the second step. Nothing is changed by it."""
    with store().reading() as session:
        load(session, TeachingSession, session_id)
    try:
        found = waiting.keep(rooms().settings.instance, session_id, _sent())
    except Refused as bad:
        return _page(session_id, bad), 422
    return redirect(url_for(".arrived", session_id=session_id, sha256=found.name), 303)


@bp.get(f"{PLACE}/<sha256>")
@guarded(may_carry)
def arrived(session_id: UUID, sha256: str) -> ResponseReturnValue:
    """What a bundle would change here, whose key signed it, and people of whom somebody must say who they are."""
    return _arrived(session_id, sha256)


@bp.post(f"{PLACE}/<sha256>")
@guarded(may_carry)
def decide(session_id: UUID, sha256: str) -> ResponseReturnValue:
    """Trust the key of a bundle, take the bundle as it was seen, or leave it."""
    with store().reading() as session:
        load(session, TeachingSession, session_id)
    acts: dict[str, Act] = {"trust": _trust, "look": _arrived, "take": _take, "leave": _leave}
    try:
        return acts.get(request.form.get("do", ""), _unclear)(session_id, sha256)
    except DomainError as bad:
        return _arrived(session_id, sha256, bad)


def _sent() -> IO[bytes]:
    sent = request.files.get("bundle")
    if not sent or not sent.filename:
        raise Refused(phrase("Choose a file first."), field="bundle")
    return sent.stream


def _bundle(session_id: UUID) -> ResponseReturnValue:
    sent = request.files.get("manifest")
    have = presence.read(sent.stream.read(presence.LARGEST + 1)) if sent and sent.filename else None
    with drafts.folder(rooms().settings.instance / FOLDER) as folder:
        into = folder / "session.engram"
        sending.send(store(), rooms().settings, session_id, into, have, actor().id, clock())
        file = into.open("rb")  # goes on being read after its name is gone
    return send_file(file, "application/zip", as_attachment=True, download_name=f"session-{str(session_id)[:8]}.engram")


def _trust(session_id: UUID, name: str) -> ResponseReturnValue:
    instance, whose = rooms().settings.instance, request.form.get("whose", "")
    found = waiting.get(instance, session_id, name)
    with store().writing() as session:
        place = session.get_one(TeachingSession, session_id).organisation_id
        signing.trust(session, instance, found.fingerprint, whose, actor().id, clock(), organisation=place)
    return redirect(url_for(".arrived", session_id=session_id, sha256=name), 303)


def _take(session_id: UUID, name: str) -> ResponseReturnValue:
    settings = rooms().settings
    found = waiting.get(settings.instance, session_id, name)
    seen = request.form.get("seen", "")
    taking.take(store(), settings, found, seen, actor().id, clock(), _answers(), session_id)
    waiting.forget(settings.instance, session_id, name)
    return redirect(url_for(".carry", session_id=session_id), 303)


def _leave(session_id: UUID, name: str) -> ResponseReturnValue:
    waiting.forget(rooms().settings.instance, session_id, name)
    return redirect(url_for(".carry", session_id=session_id), 303)


def _unclear(_session_id: UUID, _name: str) -> ResponseReturnValue:
    raise Refused(phrase("This form is not whole. Open the page again and send it once more."))


def _answers() -> Answers:
    """What was said of people, by their login there: that it is somebody of here, or a new login."""
    told = [(key.partition("-"), value.strip()) for key, value in request.form.items() if value.strip()]
    same = {key[2]: value for key, value in told if key[0] == "same"}
    return Answers(same, {key[2]: value for key, value in told if key[0] == "other" and key[2] not in same})


def _arrived(session_id: UUID, name: str, bad: DomainError | None = None) -> tuple[str, int]:
    settings, status = rooms().settings, STATUS.get(type(bad), 422) if bad else 200
    with store().reading() as session:
        teaching = load(session, TeachingSession, session_id)
    found = waiting.get(settings.instance, session_id, name)
    answers = _answers()
    try:
        held = waiting.look(store(), settings, session_id, name, answers)
    except DomainError as fault:
        if not waiting.is_there(settings.instance, session_id, name):
            return _page(session_id, fault), STATUS.get(type(fault), 422)
        held, bad = taking.Look(found, taking.is_trusted(store(), settings, found, session_id)), bad or fault
    here = {"teaching": teaching, "held": held, "answers": answers, "bad": bad}
    return render_template("hosting_carry/bundle.html", **here), status


def _page(session_id: UUID, bad: DomainError | None = None) -> str:
    with store().reading() as session:
        teaching = load(session, TeachingSession, session_id)
        trips = history.trips(session, session_id)
        names = accounts.names(session, {one.by for one in trips if one.by})
    own = signing.fingerprint(signing.public_key(rooms().settings.instance))
    here = {"teaching": teaching, "trips": trips, "names": names, "own": own, "sent": history.SENT, "bad": bad}
    return render_template("hosting_carry/carry.html", most=waiting.LARGEST // 2**20, **here)
