"""From a request to the person who sends it: Flask-Login over the table of sign-ins, and the limit for each address.

The cookie carries the token and nothing else about a person. Flask-Login's own session entries and its remember cookie
are not used: a sign-in ends when its row says so. Until the second step is taken a sign-in gives no actor, so that
every guarded page stays closed even if the redirect below were missing.
"""

import math
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, cast
from urllib.parse import urlsplit

from flask import Flask, Request, Response, after_this_request, current_app, g, redirect, request, session, url_for
from flask.typing import ResponseReturnValue
from flask_babel import refresh
from flask_limiter import Limiter
from flask_login import LoginManager, current_user
from sqlalchemy import Connection

from training.accounts import first, kept, service
from training.accounts.actor import Actor
from training.settings import Settings
from training.store import if_there_is_room
from training.web.rooms import clock, rooms, store

TOKEN = "token"  # noqa: S105 - the name of the entry, not its value
STATIC = "static"
OPEN = {"accounts.second_factor", "accounts.sign_out", "web.appearance", STATIC}
"""What can be reached between the first step and the second."""


@dataclass(frozen=True, slots=True)
class SignedIn:
    """A person as Flask-Login wants one."""

    actor: Actor
    is_authenticated: bool = True
    is_active: bool = True
    is_anonymous: bool = False

    def get_id(self) -> str:
        """The person's id as text."""
        return str(self.actor.id)


def address() -> str:
    """Where the request came from. Forwarded headers count only where the server was told to trust a proxy."""
    return request.remote_addr or "unknown"


def per_address() -> str:
    """The limit of failed tries from one address, in Flask-Limiter's terms: the part of it that this process counts."""
    settings = rooms().settings
    return f"{math.ceil(settings.failures_per_minute / settings.processes)} per minute"


def failed(answer: Response) -> bool:
    """Whether an answer counts against its address."""
    return answer.status_code >= 400  # noqa: PLR2004 - where errors begin in HTTP


limiter = Limiter(address, strategy="moving-window")


def init(app: Flask) -> None:
    """Recognise the sender of each request, and give up a sign-in that is idle or too old."""
    # Flask-Login looks for a cookie of this name first and then asks nobody else.
    app.config["REMEMBER_COOKIE_NAME"] = "engram-never-set"
    app.config.setdefault("RATELIMIT_STORAGE_URI", "memory://")
    limiter.init_app(app)
    manager = LoginManager(app)
    manager.session_protection = None
    manager.request_loader(_load)
    app.before_request(_recognise)


def _load(_request: Request) -> SignedIn | None:
    g.sign_in, g.step = _find(), None
    if g.sign_in is None:
        return None
    g.step = service.step_of(g.sign_in, required=rooms().settings.second_factor)
    return None if g.step else SignedIn(service.actor_of(g.sign_in.person))


def here() -> service.Known | None:
    """The sign-in of this request, with its person, whether or not its second step is taken."""
    return cast("service.Known | None", g.get("sign_in"))


def lifetime() -> dict[str, timedelta]:
    """How long sign-ins live, as `service.running` takes it."""
    return _lifetime(rooms().settings)


def _lifetime(settings: Settings) -> dict[str, timedelta]:
    return {"idle": timedelta(minutes=settings.idle_minutes), "life": timedelta(hours=settings.sign_in_hours)}


def at_rest(
    connection: Connection, cookie: Mapping[str, object], settings: Settings, now: datetime
) -> service.Known | None:
    """The sign-in of a cookie for which nothing is to be done: it is alive and complete, its forms are marked, and that
    it was seen is written down. None for any other, and for none.
    """
    token = cookie.get(TOKEN)
    if not isinstance(token, str) or kept.CSRF not in cookie:
        return None
    found = service.current(connection, token, now, **_lifetime(settings))
    if found is None or service.untouched(found, now):
        return None
    return None if service.step_of(found, required=settings.second_factor) else found


def caller() -> service.Caller:
    """Where this request comes from, as signing in takes it."""
    return service.Caller(address(), _device(), rooms().settings.failures_per_minute)


def key() -> str:
    """The key of the installation, which signs cookies and seals secrets of second factors."""
    return str(current_app.secret_key)


def _device() -> service.Device:
    return service.Device(key(), request.cookies.get(_device_cookie(), ""))


def _device_cookie() -> str:
    return "__Host-engram-device" if rooms().settings.https else "engram-device"


def _remember_browser(token: str) -> None:
    """Know this browser from now on for the person behind a token, once the sign-in is complete."""
    settings, now = rooms().settings, clock()
    with store().reading() as unit:
        known = service.current(unit.connection(), token, now, **_lifetime(settings))
        if known is None or service.step_of(known, required=settings.second_factor):
            return
        first.used(settings.instance, known.person.login)
        cookie = _device().known_for(known.person_id, service.sealed_of(unit, known.person_id), now)

    @after_this_request
    def _keep(answer: Response) -> Response:
        most = timedelta(days=service.DEVICE_DAYS)
        rules: dict[str, Any] = {"httponly": True, "samesite": "Lax", "secure": settings.https, "max_age": most}
        answer.set_cookie(_device_cookie(), cookie, **rules)
        return answer


def enter(token: str, target: str | None = None) -> ResponseReturnValue:
    """Give the browser a new token in a new cookie, end the sign-in that it held before, and go on to `target`."""
    before = here()
    if before is not None:
        with store().writing() as unit:
            service.end(unit, before.token_hash, person_id=before.person_id, now=clock())
    session.clear()
    session[TOKEN] = token
    _remember_browser(token)
    return redirect(local(target), 303)


def leave() -> ResponseReturnValue:
    """End the sign-in of this browser and empty its cookie."""
    before = here()
    if before is not None:
        with store().writing() as unit:
            service.end(unit, before.token_hash, person_id=before.person_id, now=clock())
    session.clear()
    return redirect(url_for("accounts.sign_in"), 303)


def local(target: str | None) -> str:
    """The target when it is a path of this site, else the home page."""
    # Browsers read a backslash as a slash, and drop tabs and line breaks.
    if not target or not target.startswith("/") or not target.isprintable() or "\\" in target:
        return "/"
    parts = urlsplit(target)
    return target if not target.startswith("//") and not parts.scheme and not parts.netloc else "/"


def _find() -> service.Known | None:
    token = session.get(TOKEN)
    if not isinstance(token, str):
        return None
    now = clock()
    with store().looking() as connection:
        found = service.current(connection, token, now, **lifetime())
    if found is not None and service.untouched(found, now):
        with if_there_is_room(), store().writing() as unit:  # else a full disk would shut everybody out of reading
            service.touch(unit, found.token_hash, now)
    return found


def recognise() -> None:
    """Who sends this request, by its cookie as it is now."""
    for name in ("_login_user", "actor", "csrf_token", "catalogue"):  # what was worked out for the cookie before
        g.pop(name, None)
    if current_user.is_authenticated:
        g.actor = current_user.actor
    if (sign_in := here()) is not None:
        g.language, g.theme = sign_in.person.language, sign_in.person.theme
        kept.mark_forms(session, sign_in.person_id)
    refresh()


def _recognise() -> ResponseReturnValue | None:
    if request.endpoint == STATIC:
        return None
    recognise()
    return turned_away() if g.get("step") and request.endpoint not in OPEN else None


def turned_away() -> ResponseReturnValue:
    """The answer to whoever needs a sign-in, or its second step, for what was asked for."""
    return cast("ResponseReturnValue", current_app.login_manager.unauthorized())  # type: ignore[attr-defined]
