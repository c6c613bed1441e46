"""The answer to a page that asks again and has all there is, given before the work of a request begins.

Sixty pages of trainees ask every five seconds, and nearly always nothing is new. What is done around a request costs
more than the two statements by which it is answered. So these come first, and ask what a view asks, by its functions:
is the address ours, is the sign-in alive, may the person follow the session, has the page this version. Only a clear
yes to each ends here. Everything else goes on, and is answered, refused or turned away as ever; so does a request that
leaves something to be written, such as that the person was seen.
"""

from typing import TYPE_CHECKING, cast

from flask import Flask, Request
from flask.blueprints import BlueprintSetupState
from sqlalchemy.exc import SQLAlchemyError
from werkzeug.exceptions import HTTPException

from training.accounts import service as accounts
from training.accounts import sign_in
from training.hosting.board import policy
from training.hosting.board.service import counter
from training.hosting.board.views.blueprint import bp, tag
from training.web.headers import everywhere
from training.web.language import chosen
from training.web.rooms import Rooms

if TYPE_CHECKING:
    from collections.abc import Iterable

    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment

ENDPOINT = f"{bp.name}.notices"


class Early:
    """An application that answers such a page, and leaves all else to the one behind it."""

    def __init__(self, app: Flask, behind: "WSGIApplication") -> None:
        self._app, self._behind = app, behind

    @property
    def _rooms(self) -> Rooms:
        return cast("Rooms", self._app.extensions["rooms"])

    def __call__(self, environ: "WSGIEnvironment", start_response: "StartResponse") -> "Iterable[bytes]":
        """Answer a request."""
        again = environ["REQUEST_METHOD"] == "GET" and "HTTP_IF_NONE_MATCH" in environ
        version = self._unchanged(environ) if again and environ["PATH_INFO"].endswith("/notices") else None
        if version is None:
            return self._behind(environ, start_response)
        heads = {"ETag": f'W/"{version}"', "Cache-Control": "no-store", "Vary": "Cookie"}
        start_response("304 NOT MODIFIED", [*heads.items(), *everywhere(https=self._rooms.settings.https).items()])
        return ()

    def _unchanged(self, environ: "WSGIEnvironment") -> str | None:
        """The version that the page has, where that is the one that there is."""
        request = self._app.request_class(environ)
        try:
            version = self._version(request)
        except (HTTPException, SQLAlchemyError):
            return None  # it is found again behind, where there is a page for it
        return version if version is not None and request.if_none_match.contains_weak(version) else None

    def _version(self, request: Request) -> str | None:
        """The version for whoever sends a request for what it may follow; None where anything is to be done first."""
        ways = self._app.create_url_adapter(request)  # which refuses names of hosts that aren't ours
        endpoint, given = ways.match() if ways else ("", {})
        if endpoint != ENDPOINT:
            return None
        cookie, settings = self._app.session_interface.open_session(self._app, request), self._rooms.settings
        now = self._rooms.clock()
        with self._rooms.store.looking() as connection:
            known = sign_in.at_rest(connection, cookie or {}, settings, now)
            standing = counter.standing(connection, given["session_id"], known.person.id, now) if known else None
        if known is None or standing is None or not policy.may_follow(accounts.actor_of(known.person), standing):
            return None
        return tag(standing.mark, chosen(request, known.person.language, settings.language))


@bp.record_once
def _put_first(state: BlueprintSetupState) -> None:
    app = cast("Flask", state.app)
    app.wsgi_app = Early(app, app.wsgi_app)  # type: ignore[method-assign]  # as Flask's manual has it
