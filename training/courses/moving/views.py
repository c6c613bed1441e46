"""Pages that take packs and questions in, and give courses out."""

from functools import partial
from typing import Any
from uuid import UUID

from flask import Blueprint, Response, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_login import current_user
from sqlalchemy.orm import Session

from training.accounts import service as accounts
from training.audit import service as audit
from training.authoring import listing, outline, service
from training.authoring.service import Copy
from training.authoring.views.here import copy_of, me, owned
from training.content import service as content
from training.content.models import Release
from training.content.source import ContentError
from training.courses.moving import arrival, exporting, incoming, pack, placing, signing
from training.courses.moving.arrival import Taker
from training.courses.moving.exporting import Exported
from training.courses.moving.policy import may_move, may_read_keys
from training.errors import DomainError, NotThere, Refused
from training.sentence import phrase
from training.web.errors import STATUS
from training.web.guard import guarded, permit
from training.web.rooms import actor, clock, rooms, store

bp = Blueprint("moving", __name__, template_folder="templates")
LARGEST = 5 * 2**20
"""Bytes of a file that a page takes. Larger packs come in on the command line."""
AROUND = 2**18
LARGER = {"moving.send_pack", "moving.send_questions"}
PLACE = "/authoring/moving/courses/<name>/<any(gift, moodle, cartridge, pack):form>"


@bp.url_value_preprocessor
def _larger(endpoint: str | None, _values: dict[str, Any] | None) -> None:
    """Packs may be larger than the forms of other pages, once the policy was asked who sends them."""
    if endpoint in LARGER and current_user.is_authenticated and may_move(current_user.actor, None):
        request.max_content_length = LARGEST + AROUND


@bp.get("/authoring/moving")
@guarded(may_move)
def index() -> ResponseReturnValue:
    """What can be sent in and taken out, and whose packs are trusted."""
    permit(None)
    return _index()


@bp.post("/authoring/moving/packs")
@guarded(may_move)
def send_pack() -> ResponseReturnValue:
    """Look at a pack and keep it for the second step. Nothing is changed by it."""
    permit(None)
    try:
        found = incoming.keep(rooms().settings.instance, _here(), _sent()[1])
    except Refused as bad:
        return _index(bad, "pack"), STATUS[type(bad)]
    return redirect(url_for("moving.arrived", sha256=found.sha256), 303)


@bp.get("/authoring/moving/packs/<sha256>")
@guarded(may_move)
def arrived(sha256: str) -> ResponseReturnValue:
    """What a pack would change here, what is wrong in it, and whose key signed it."""
    permit(None)
    return _arrived(sha256)


@bp.post("/authoring/moving/packs/<sha256>")
@guarded(may_move)
def decide(sha256: str) -> ResponseReturnValue:
    """Trust the key of a pack, take the pack as it was seen, or leave it."""
    permit(None)
    acts = {"trust": _trust, "take": _take, "leave": _leave}
    try:
        return acts.get(request.form.get("do", ""), _unclear)(sha256)
    except DomainError as bad:
        return _arrived(sha256, bad), STATUS.get(type(bad), 422)


@bp.post("/authoring/moving/keys")
@guarded(may_move)
def distrust() -> ResponseReturnValue:
    """Take no more packs under a key."""
    permit(None)
    instance, name = rooms().settings.instance, request.form.get("fingerprint", "")
    with store().writing() as session:
        signing.distrust(session, instance, name, me(), clock(), organisation=_trusting(session, name))
    return redirect(url_for("moving.index"), 303)


@bp.post("/authoring/moving/questions")
@guarded(may_move)
def send_questions() -> ResponseReturnValue:
    """Bring questions to a module of a working copy, as new files for an author to look at."""
    permit(None)
    name, _, folder = request.form.get("module", "").partition("/")
    try:
        origin, data = _sent()
        copy = _mine(name)
        brought = exporting.questions(data, origin)
        with store().writing() as session:
            made = _place(session, copy, folder, brought.items, origin)
    except (DomainError, ContentError) as bad:
        return _index(bad, "questions"), STATUS.get(type(bad), 422)
    report = placing.report(brought.items, brought.losses)
    return render_template("moving/questions.html", name=name, made=sorted(made), items=brought.items, report=report)


@bp.get(PLACE)
@guarded(may_read_keys)
def export(name: str, form: str) -> ResponseReturnValue:
    """What a format can't carry of a course, before it is taken."""
    permit(owned(copy_of("course", name)))
    with store().reading() as session:
        release = content.get(session, "course", copy_of("course", name).name)
        made = _made(session, release, form)
    return render_template("moving/export.html", release=release, form=form, made=made)


@bp.get(f"{PLACE}/file")
@guarded(may_read_keys)
def file(name: str, form: str) -> ResponseReturnValue:
    """The offered release as a file. Taking it is recorded, since it holds keys."""
    permit(owned(copy_of("course", name)))
    with store().reading() as session:
        release = content.get(session, "course", copy_of("course", name).name)
        made = _made(session, release, form)
    details = {"form": form, "sha256": release.sha256}
    with store().writing() as session:
        audit.record(session, act="course.exported", actor=me(), subject=f"course:{name}", details=details, now=clock())
    answer = Response(made.data, content_type="application/octet-stream")
    answer.headers.set("Content-Disposition", "attachment", filename=made.name)
    return answer


def _here() -> UUID:
    """The organisation on whose behalf the reader moves content: the one that the reader works in now."""
    home = actor().home
    if home is None:
        raise NotThere(phrase("nobody is signed in"))
    return home


def _trusting(session: Session, name: str) -> UUID | None:
    """Where a key is trusted that the reader speaks of: None for the whole installation, by whoever runs that."""
    key = signing.trusted(rooms().settings.instance, _here()).get(name)
    whole = key is not None and key.organisation is None and _here() == accounts.founding(session)
    return None if whole else _here()


def _taker() -> Taker:
    return Taker(_here(), partial(may_read_keys, actor()))


def _mine(name: str) -> Copy:
    """A course whose keys the reader may write; others are not there."""
    copy = copy_of("course", name)
    if not may_read_keys(actor(), owned(copy)):
        raise NotThere(phrase("There is no such course or lab."))
    return copy


def _made(session: Session, release: Release, form: str) -> Exported:
    settings = rooms().settings
    if form != "pack":
        return exporting.export(session, settings, release, form)
    data = pack.make(session, settings.instance, [release], clock())
    return Exported(exporting.named(release, form), data, 0, ())


def _sent() -> tuple[str, bytes]:
    """The file of the form: what it is called, and its bytes."""
    sent = request.files.get("file")
    data = sent.stream.read(LARGEST + 1) if sent else b""
    if not sent or not data:
        raise Refused(phrase("Choose a file first."), field="file")
    if len(data) > LARGEST:
        raise Refused(phrase("The file has more than %(most)s bytes. Take it on the command line.", most=LARGEST))
    return (sent.filename or "questions").rpartition("/")[2].rpartition("\\")[2][:80], data


def _trust(sha256: str) -> ResponseReturnValue:
    instance, whose = rooms().settings.instance, request.form.get("whose", "")
    found = incoming.get(instance, _here(), sha256)
    with store().writing() as session:
        signing.trust(session, instance, found.fingerprint, whose, me(), clock(), organisation=_here())
    return redirect(url_for("moving.arrived", sha256=sha256), 303)


def _take(sha256: str) -> ResponseReturnValue:
    settings = rooms().settings
    found = incoming.get(settings.instance, _here(), sha256)
    arrival.take(store(), settings, found, request.form.get("seen", ""), me(), clock(), _taker())
    incoming.forget(settings.instance, _here(), sha256)
    return redirect(url_for("authoring.releases", name=found.manifest.courses[0].name), 303)


def _leave(sha256: str) -> ResponseReturnValue:
    incoming.forget(rooms().settings.instance, _here(), sha256)
    return redirect(url_for("moving.index"), 303)


def _unclear(_sha256: str) -> ResponseReturnValue:
    raise Refused(phrase("This form is not whole. Open the page again and send it once more."))


def _place(session: Session, copy: Copy, folder: str, items: Any, origin: str) -> dict[str, bytes]:
    service.entries(session, copy)
    made = placing.files(service.contents(session, copy), folder, items, origin)
    for path, data in made.items():
        service.add(session, copy, path, data, me(), clock(), f"Questions from {origin}")
    return made


def _arrived(sha256: str, bad: DomainError | None = None) -> str:
    settings = rooms().settings
    found = incoming.get(settings.instance, _here(), sha256)
    with store().reading() as session:
        held = arrival.look(session, settings, found, _taker())
    known = signing.trusted(settings.instance, _here()).get(found.fingerprint)
    own = found.fingerprint == signing.fingerprint(signing.public_key(settings.instance))
    return render_template("moving/pack.html", held=held, known=known, own=own, bad=bad)


def _index(bad: DomainError | None = None, form: str = "") -> str:
    settings = rooms().settings
    keys = signing.trusted(settings.instance, _here())
    with store().reading() as session:
        every = listing.every(session, settings, partial(may_read_keys, actor()))
        rows = [row for row in every if row.copy.kind == "course"]
        runs = _here() == accounts.founding(session)
        modules = [(row, outline.folders(service.contents(session, row.copy))) for row in rows if row.edited]
        names = _names(session, {one.by for one in keys.values()})
    given = {
        "waiting": incoming.waiting(settings.instance, _here()),
        "runs": runs,
        "rows": rows,
        "modules": modules,
        "keys": keys,
        "names": names,
        "bad": bad,
        "form": form,
    }
    own = signing.fingerprint(signing.public_key(settings.instance))
    return render_template("moving/index.html", own=own, most=LARGEST // 2**20, **given)


def _names(session: Session, ids: set[UUID | None]) -> dict[UUID, str]:
    return accounts.names(session, {one for one in ids if one}, within={where for where, _role in actor().roles})
