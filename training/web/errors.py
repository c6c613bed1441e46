"""From an error to a page that says what happened and what to do, and keeps what was typed."""

import uuid
from urllib.parse import urlsplit

import structlog
from flask import Flask, current_app, render_template, request
from flask.typing import ResponseReturnValue
from flask_babel import gettext
from flask_babel import lazy_gettext as _
from flask_wtf.csrf import CSRFError
from werkzeug.exceptions import HTTPException

from training.errors import Conflict, Damaged, DomainError, NotThere, Refused, TooMany

STATUS: dict[type[DomainError], int] = {Refused: 422, NotThere: 404, Conflict: 409, TooMany: 429, Damaged: 503}
KEPT = 200_000  # characters of a form that are shown again
SECRET = ("password", "code", "token")  # parts of field names whose values are never shown again
INTERNAL = {  # what the program puts into a form, or what says nothing outside of it
    *("request_key", "step", "place", "option", "cited", "citation", "hint", "cell"),
    *("run", "question", "sort", "desc", "column", "page"),
    *("back", "next", "before", "after", "which", "disabled", "username"),
    *("base", "number", "folder", "pack"),
    *("do", "draft", "seal", "seen", "ticked", "finding", "organisation", "release", "piece", "marker"),
}
FIELDS = {  # typed fields in words; others are shown by their name
    "login": _("Sign-in name"),
    "name": _("Name"),
    "role": _("Role"),
    "language": _("Language"),
    "theme": _("Appearance"),
    "title": _("Title"),
    "message": _("What changed"),
    "text": _("Your answer"),
    "answer": _("Your answer"),
    "value": _("Your answer"),
    "command": _("Command line"),
    "plugin": _("Plugin"),
    "pid": _("Process ID"),
    "note": _("Note"),
    "reason": _("Reason"),
    "reasoning": _("Reasoning"),
    "comment": _("Comment for the trainee"),
    "credit": _("Credit"),
    "confidence": _("Confidence"),
}

log = structlog.get_logger("engram.web")


def init(app: Flask) -> None:
    """Register one handler for each kind of error."""
    app.register_error_handler(DomainError, _domain)
    app.register_error_handler(CSRFError, _stale_form)
    app.register_error_handler(HTTPException, _http)
    app.register_error_handler(Exception, _fault)


def _typed() -> list[tuple[str, str]]:
    """What the reader typed, with the label of each field; what only the program put into the form is left out."""
    given = [(name, value[:KEPT]) for name, value in request.form.items(multi=True) if value.strip()]
    return [(str(FIELDS.get(name, name)), value) for name, value in given if not _hidden(name)]


def _hidden(name: str) -> bool:
    return name in INTERNAL or name.startswith("place-") or any(part in name for part in SECRET)


def _back() -> str | None:
    """The page of this site that the form came from, as its path."""
    came = urlsplit(request.referrer or "")
    ways = current_app.create_url_adapter(request)
    if came.netloc != request.host or ways is None:
        return None
    try:
        ways.match(came.path, method="GET")  # a page that answered a form can't be opened again by its address
    except HTTPException:
        return None
    return came.path if came.path != request.path or request.method == "POST" else None


def _page(status: int, message: str, *, number: str | None = None) -> tuple[str, int]:
    typed = _typed() if request.method == "POST" and status != 413 else []  # noqa: PLR2004 - too large to read again
    given = {"status": status, "message": message, "number": number, "typed": typed, "back": _back()}
    return render_template("web/error.html", **given), status


def _domain(error: Exception) -> ResponseReturnValue:
    assert isinstance(error, DomainError)  # noqa: S101 - registered for nothing else
    return _page(STATUS.get(type(error), 422), error.message)


def _stale_form(_error: Exception) -> ResponseReturnValue:
    return _page(
        400,
        gettext(
            "This form was not sent from this site, or the sign-in that it belongs to has ended. Open the "
            "page again and send the form once more; what you typed is below."
        ),
    )


def _http(error: Exception) -> ResponseReturnValue:
    assert isinstance(error, HTTPException)  # noqa: S101 - registered for nothing else
    if error.response is not None:
        return error.response
    code = error.code or 500
    words = WORDS.get(code) or gettext("The request can't be answered.")
    page, status = _page(code, str(words))
    headers = [(name, value) for name, value in error.get_headers() if name != "Content-Type"]
    return page, status, headers


def _fault(error: Exception) -> ResponseReturnValue:
    number = uuid.uuid4().hex[:12]
    log.error("fault", number=number, route=request.endpoint, exc_info=error)
    words = gettext("Something went wrong on the server. Nothing that you saw confirmed is lost.")
    return _page(500, words, number=number)


WORDS = {
    400: _("The request could not be understood."),
    403: _("This is not open to your role."),
    404: _("There is no such page, or it is not open to you."),
    405: _("This address does not take requests of that kind."),
    413: _("What was sent is larger than this page takes. Shorten it and send it again."),
    429: _("Too many requests from here. Wait a minute and try again."),
}
