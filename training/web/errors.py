"""From an error to a page that says what happened and what to do, and keeps what was typed."""

import uuid
from urllib.parse import urlsplit

import structlog
from flask import Flask, current_app, render_template, request
from flask.typing import ResponseReturnValue
from flask_babel import gettext
from flask_babel import lazy_gettext as _
from werkzeug.exceptions import HTTPException, SecurityError

from training.errors import Conflict, Damaged, DomainError, NotThere, Refused, TooMany
from training.sentence import phrase
from training.store import is_busy, is_full
from training.web.advice import ADVICE, OTHER
from training.web.bounds import TooManyFields
from training.web.language import spoken

STATUS: dict[type[DomainError], int] = {Refused: 422, NotThere: 404, Conflict: 409, TooMany: 429, Damaged: 503}
TOO_LARGE, FAULT = 413, 500
RETRY_AFTER = "5"
"""Seconds after which what met a busy database may be sent again."""
KEPT = 200_000  # characters of a form that are shown again
SECRET = ("password", "code", "token")  # parts of field names whose values are never shown again
INTERNAL = {  # what the program puts into a form, or what says nothing outside of it
    *("request_key", "step", "place", "option", "cited", "citation", "hint", "cell"),
    *("run", "question", "sort", "desc", "column", "page"),
    *("back", "next", "before", "after", "which", "disabled", "username"),
    *("base", "number", "folder", "pack"),
    *("do", "draft", "seal", "seen", "ticked", "finding", "organisation", "release", "piece", "marker"),
    *("person", "sitting", "examination", "mark", "doubts", "sure", "seed", "half", "kind", "rest"),
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
    "claim": _("Claim"),
    "alternatives": _("Alternatives"),
}

log = structlog.get_logger("engram.web")


def init(app: Flask) -> None:
    """Register one handler for each kind of error."""
    app.register_error_handler(DomainError, _domain)
    app.register_error_handler(HTTPException, _http)
    app.register_error_handler(SecurityError, _unknown_host)
    app.register_error_handler(Exception, _fault)


def _typed() -> list[tuple[str, str]]:
    """What the reader typed, with the label of each field; what only the program put into the form is left out."""
    given = [(name, value[:KEPT]) for name, value in request.form.items(multi=True) if value.strip()]
    return [(label(name), value) for name, value in given if by_hand(name)]


def label(name: str) -> str:
    """A field in words; its name for want of them."""
    return str(FIELDS.get(name, name))


def by_hand(name: str) -> bool:
    """Whether a field is one that people type into, and no secret."""
    return not (name in INTERNAL or name.startswith("place-") or any(part in name for part in SECRET))


def _back() -> str | None:
    """The page of this site that the form came from, as its path."""
    try:  # what is wrong with a request may be its host, or the address that it says it came from
        came = urlsplit(request.referrer or "")
        ways = current_app.create_url_adapter(request)
        if came.netloc != request.host or ways is None:
            return None
        ways.match(came.path, method="GET")  # a page that answered a form can't be opened again by its address
    except (HTTPException, ValueError):
        return None
    return came.path if came.path != request.path or request.method == "POST" else None


def page(status: int, message: str, *, number: str | None = None, show: bool = True) -> tuple[str, int]:
    """The page of an error, with what was typed unless that is not for the reader to see."""
    show = show and request.method == "POST" and status != TOO_LARGE  # can't be read again
    typed = _typed() if show else []
    given = {"status": status, "message": message, "number": number, "typed": typed, "back": _back()}
    # A fault may lie in what the menu and the notices ask for: its page asks for nothing.
    base = "web/bare.html" if status >= FAULT else "web/page.html"
    return render_template("web/error.html", base=base, advice=ADVICE.get(status, OTHER), **given), status


def _domain(error: Exception) -> ResponseReturnValue:
    assert isinstance(error, DomainError)  # noqa: S101 - registered for nothing else
    return page(STATUS.get(type(error), 422), error.message)


def _http(error: Exception) -> ResponseReturnValue:
    assert isinstance(error, HTTPException)  # noqa: S101 - registered for nothing else
    if error.response is not None:
        return error.response
    code = error.code or 500
    words = _too_large(error) if code == TOO_LARGE else WORDS.get(code) or gettext("The request can't be answered.")
    answer, status = page(code, str(words))
    headers = [(name, value) for name, value in error.get_headers() if name != "Content-Type"]
    return answer, status, headers


def _unknown_host(_error: Exception) -> ResponseReturnValue:
    """Words alone: under a name that is not the server's no address can be made, and so no page with links."""
    words = gettext("The server does not answer under this name. Open it by the address that its host gave you.")
    return words + "\n", 400, {"Content-Type": "text/plain; charset=utf-8"}


def _too_large(error: HTTPException) -> str:
    """How much a page takes. The text that it did not take can't be shown again."""
    if isinstance(error, TooManyFields):
        return str(spoken(phrase("This form has too many fields: at most %(most)s are read.", most=error.most)))
    whole, text = request.max_content_length or 0, request.max_form_memory_size or 0
    most = whole if (request.content_length or 0) > whole else text  # the whole was small enough: its text was not
    if most < 2**20:
        said = phrase("What was sent is too large: this page takes at most %(most)s KiB.", most=most // 2**10)
    else:
        said = phrase("What was sent is too large: this page takes at most %(most)s MiB.", most=most / 2**20)
    return str(spoken(said))


def _fault(error: Exception) -> ResponseReturnValue:
    if is_full(error):
        log.error("disk full", route=request.endpoint)
        return page(507, str(FULL))
    if is_busy(error):
        log.error("database busy", route=request.endpoint)
        return *page(503, str(BUSY)), {"Retry-After": RETRY_AFTER}
    number = uuid.uuid4().hex[:12]
    log.error("fault", number=number, route=request.endpoint, exc_info=error)
    return page(500, gettext("Something went wrong on the server."), number=number)


BUSY = _(
    "The database of the server is busy, so nothing of this was kept. Wait a few seconds and send it once more; what "
    "was kept before is still there."
)
FULL = _(
    "There is no room left on the disk of the server, so nothing of this was kept. Tell whoever runs the server. When "
    "there is room again, send it once more; what was kept before is still there."
)
WORDS = {
    400: _("The request could not be understood."),
    403: _("This is not open to your role."),
    404: _("There is no such page, or it is not open to you."),
    405: _("This address does not take requests of that kind."),
    410: _("What stood at this address was taken away."),
    429: _("Too many requests came from here within a minute."),
    503: _("The server can't answer this just now."),
}
