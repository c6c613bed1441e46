"""The certificates of whoever asks, and their files."""

from collections.abc import Callable
from uuid import UUID

from flask import render_template
from flask.typing import ResponseReturnValue

from training.credentials import codes, critical, images, policy, service
from training.credentials.models import Certificate
from training.credentials.views.blueprint import bp, file
from training.credentials.words import WORDS
from training.errors import NotThere
from training.sentence import phrase
from training.web.guard import guarded, load, permit
from training.web.rooms import actor, store

FILES: dict[str, tuple[str, Callable[[Certificate], bytes]]] = {
    "pdf": ("application/pdf", lambda one: one.pdf),
    "png": ("image/png", lambda one: images.png(one.kind, one.token)),
    "svg": ("image/svg+xml", lambda one: images.svg(one.kind, WORDS[one.language].title(one.kind), one.credential)),
    "json": ("application/vc", lambda one: one.credential.encode()),
    "jwt": ("application/vc+jwt", lambda one: one.token.encode()),
}


@bp.get("/certificates")
@guarded(policy.signed_in)
def mine() -> ResponseReturnValue:
    """The certificates of the reader, and the sessions in which something of their examinations is recorded."""
    who = permit(actor())
    assert who.id is not None  # noqa: S101 - the policy lets people in
    with store().reading() as session:
        found = [service.shown(session, one) for one in service.of_person(session, who.id)]
        sat = [one for one in critical.sessions_of(session, who.id) if policy.may_read_own(who, one)]
    return render_template("credentials/mine.html", found=found, sat=sat, words=WORDS, spelled=codes.spelled)


@bp.get(f"/certificates/<uuid:certificate_id>/file.<any({', '.join(FILES)}):form>")
@guarded(policy.may_have)
def taken(certificate_id: UUID, form: str) -> ResponseReturnValue:
    """The paper as it was issued, or the badge."""
    kind, made = FILES[form]
    with store().reading() as session:
        found = load(session, Certificate, certificate_id)
        if not found.pdf:
            raise NotThere(phrase("The paper of this certificate was erased with the data of its holder."))
        data = made(found)
    return file(data, f"certificate-{codes.spelled(found.code)}.{form}", kind)
