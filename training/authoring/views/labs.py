"""Answer keys of a lab, proved by running it: asked for here, made by the executor, read off on this page."""

from flask import redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from training.authoring import checking, listing, policy, proofs
from training.authoring.views.blueprint import bp
from training.authoring.views.here import copy_of, me, owned
from training.content import service as content
from training.content.source import ContentError
from training.errors import Conflict, Refused
from training.labs import reader
from training.sentence import phrase
from training.web.errors import STATUS
from training.web.guard import guarded, permit
from training.web.rooms import clock, rooms, store


@bp.get("/authoring/lab/<name>/proof")
@guarded(policy.may_read_keys)
def proof(name: str) -> ResponseReturnValue:
    """The last proof on each exhibit, with the digest of the files that it was made of."""
    permit(owned(copy_of("lab", name)))
    return _page(name)


@bp.post("/authoring/lab/<name>/proof")
@guarded(policy.may_read_keys)
def prove(name: str) -> ResponseReturnValue:
    """Ask for a proof on one exhibit; the page then waits for it."""
    copy = copy_of("lab", name)
    permit(owned(copy))
    settings, packs = rooms().settings, _packs(name)[0]
    pack = request.form.get("pack", "")
    if pack not in packs:
        return _page(name, Refused(phrase("Choose an exhibit of the lab."), field="pack")), 422
    try:
        with store().writing() as session:
            asked = proofs.ask(session, settings, copy, pack, me(), clock())
    except Conflict as bad:
        return _page(name, bad), STATUS[type(bad)]
    rooms().executor.submit(proofs.make, store(), settings, asked.id, rooms().clock)
    return redirect(url_for("authoring.proof", name=name), 303)


def _packs(name: str) -> tuple[tuple[str, ...], str, list[str]]:
    """The exhibits of the lab as it is edited, the digest of its files, and what keeps it from being proved."""
    copy, settings = copy_of("lab", name), rooms().settings
    with store().reading() as session:
        listing.one(session, settings, copy)
        files = proofs.files_of(session, settings, copy)
    with checking.laid_out(settings, copy, files) as folder:
        sha256 = content.digest_of(folder)
        try:
            file = reader.draft(folder)
        except ContentError as bad:
            return (), sha256, [str(one) for one in bad.mistakes]
    return file.sets, sha256, []


def _page(name: str, bad: Refused | Conflict | None = None) -> str:
    packs, sha256, faults = _packs(name)
    with store().reading() as session:
        last = proofs.latest(session, name)
    running = any(one.state == "running" and not proofs.lost(one, clock()) for one in last.values())
    given = {"faults": faults, "running": running, "bad": bad, "lost": proofs.lost, "now": clock()}
    return render_template(
        "authoring/proof.html", copy=copy_of("lab", name), packs=packs, sha256=sha256, last=last, **given
    )
