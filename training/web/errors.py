"""From an error to a page that says what happened and what to do, and keeps what was typed."""

import uuid

import structlog
from flask import Flask, render_template, request
from flask.typing import ResponseReturnValue
from flask_wtf.csrf import CSRFError
from werkzeug.exceptions import HTTPException

from training.errors import Conflict, Damaged, DomainError, NotThere, Refused, TooMany

STATUS: dict[type[DomainError], int] = {Refused: 422, NotThere: 404, Conflict: 409, TooMany: 429, Damaged: 503}
KEPT = 20_000  # characters of a form that are shown again
SECRET = ("password", "code", "token")  # parts of field names whose values are never shown again

log = structlog.get_logger("engram.web")


def init(app: Flask) -> None:
    """Register one handler for each kind of error."""
    app.register_error_handler(DomainError, _domain)
    app.register_error_handler(CSRFError, _stale_form)
    app.register_error_handler(HTTPException, _http)
    app.register_error_handler(Exception, _fault)


def _typed() -> list[tuple[str, str]]:
    shown = [(name, value[:KEPT]) for name, value in request.form.items(multi=True) if value.strip()]
    return [(name, value) for name, value in shown if not any(part in name for part in SECRET)]


def _page(status: int, message: str, *, field: str | None = None, number: str | None = None) -> tuple[str, int]:
    typed = _typed() if request.method == "POST" and status != 413 else []  # noqa: PLR2004 - too large to read again
    given = {"status": status, "message": message, "field": field, "number": number, "typed": typed}
    return render_template("web/error.html", **given), status


def _domain(error: Exception) -> ResponseReturnValue:
    assert isinstance(error, DomainError)  # noqa: S101 - registered for nothing else
    return _page(STATUS.get(type(error), 422), error.message, field=error.field)


def _stale_form(_error: Exception) -> ResponseReturnValue:
    return _page(
        400,
        "This form was not sent from this site, or the sign-in that it belongs to has ended. Open the "
        "page again and send the form once more; what you typed is below.",
    )


def _http(error: Exception) -> ResponseReturnValue:
    assert isinstance(error, HTTPException)  # noqa: S101 - registered for nothing else
    if error.response is not None:
        return error.response
    code = error.code or 500
    page, status = _page(code, WORDS.get(code, error.description or "The request can't be answered."))
    headers = [(name, value) for name, value in error.get_headers() if name != "Content-Type"]
    return page, status, headers


def _fault(error: Exception) -> ResponseReturnValue:
    number = uuid.uuid4().hex[:12]
    log.error("fault", number=number, route=request.endpoint, exc_info=error)
    return _page(500, "Something went wrong on the server. Nothing that you saw confirmed is lost.", number=number)


WORDS = {
    400: "The request could not be understood.",
    403: "This is not open to your role.",
    404: "There is no such page, or it is not open to you.",
    405: "This address does not take requests of that kind.",
    413: "What was sent is larger than this page takes. Shorten it and send it again.",
    429: "Too many requests from here. Wait a minute and try again.",
}
