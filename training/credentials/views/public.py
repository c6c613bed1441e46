"""Pages that need no sign-in: what a code says, whether a file is the one that was issued, what was revoked."""

from typing import Any

from flask import Response, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy.orm import Session

from training.credentials import codes, policy, service
from training.credentials import compare as comparing
from training.credentials.models import Certificate
from training.credentials.paper.lines import day, rows, runs_left
from training.credentials.views.blueprint import bp, file, guesses_limited, site, speak
from training.credentials.words import WORDS
from training.errors import DomainError, Refused
from training.sentence import phrase
from training.web.errors import STATUS
from training.web.guard import guarded, permit
from training.web.language import reading_language
from training.web.rooms import clock, store

EMBEDDED = ("application/vc", "application/ld+json", "application/json")


@bp.get("/certificates/<code>")
@guesses_limited
@guarded(policy.anyone)
def shown(code: str) -> ResponseReturnValue:
    """Every fact that is printed on a certificate, and whether it holds."""
    permit(None)
    try:
        with store().reading() as session:
            if found := service.get_by_code(session, code):
                return _page(session, found)
    except Refused as bad:
        return _unknown(code, bad)
    return _unknown(code)


@bp.get("/certificates/check")
@guesses_limited
@guarded(policy.anyone)
def check() -> ResponseReturnValue:
    """Where a code is typed and a file compared."""
    permit(None)
    typed = request.args.get("code", "")
    if not typed:
        return _check()
    try:
        return redirect(url_for(".shown", code=codes.spelled(codes.read(typed))), 303)
    except Refused as bad:
        return _check(bad, typed=typed), 422


@bp.post("/certificates/check")
@guarded(policy.anyone)
def compare() -> ResponseReturnValue:
    """Whether a file is one that was issued, byte for byte. It is never opened as a document."""
    permit(None)
    sent = request.files.get("file")
    try:
        data = sent.stream.read(comparing.LARGEST + 1) if sent else b""
        if not data:
            raise Refused(phrase("Choose a file first."), field="file")
        with store().reading() as session:
            return _check(found=comparing.compare(session, data))
    except DomainError as bad:
        return _check(bad), STATUS.get(type(bad), 422)


@bp.get("/certificates/status/<int:listed>")
@guarded(policy.anyone)
def status(listed: int) -> ResponseReturnValue:
    """A list of what was revoked: a signed JWT, or JSON with its proof for who asks for that."""
    permit(None)
    embedded = request.accept_mimetypes.best_match(("application/vc+jwt", *EMBEDDED)) in EMBEDDED
    with store().reading() as session:
        said = service.status_list(session, site(), listed, clock(), embedded=embedded)
    answer = Response(said, content_type="application/vc" if embedded else "application/vc+jwt")
    answer.vary.add("Accept")
    return answer


@bp.get("/certificates/verifier")
@guarded(policy.anyone)
def verifier() -> ResponseReturnValue:
    """The file that checks printed certificates without a network."""
    permit(None)
    now = clock()
    with store().reading() as session:
        made = service.verifier(session, site(), reading_language(), now)
    return file(made, f"engram-verifier-{now:%Y-%m-%d}.html", "application/octet-stream")


def _page(session: Session, found: Certificate) -> str:
    language = speak(found.language)
    here = service.shown(session, found)
    given = {
        "here": here,
        "words": WORDS[language],
        "title": WORDS[language].title(found.kind),
        "rows": rows(here.printed, language),
        "day": lambda value: day(value, language),
        "spelled": codes.spelled,
        "way": lambda line: "rtl" if runs_left(line) else "ltr",
    }
    return render_template("credentials/shown.html", **given)


def _unknown(code: str, bad: Refused | None = None) -> tuple[str, int]:
    return render_template("credentials/unknown.html", typed=code[:80], bad=bad), 404


def _check(bad: DomainError | None = None, found: comparing.Compared | None = None, typed: str = "") -> str:
    given: dict[str, Any] = {"bad": bad, "found": found, "typed": typed[:80], "most": comparing.LARGEST // 2**20}
    given |= {"spelled": codes.spelled, "day": lambda value: day(value, reading_language())}
    return render_template("credentials/check.html", **given)
