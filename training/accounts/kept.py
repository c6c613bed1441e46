"""What somebody typed into a form whose sign-in had ended: sealed into the pages of the door, stored nowhere.

Each form's token says, sealed, who was signed in when the page was made. So a form that comes too late has proven two
things before anybody looks at its fields: that this server made it, and for whom. Nobody else is shown what it holds,
and nothing is sent by itself: the same person reads it and presses a button, with a new token and all checks ahead.
"""

import hmac
import secrets
from base64 import urlsafe_b64encode
from collections.abc import MutableMapping
from dataclasses import dataclass, replace
from typing import Any
from urllib.parse import urlsplit
from uuid import UUID

from flask import current_app, request
from itsdangerous import BadData, SignatureExpired, URLSafeTimedSerializer

from training.web.rooms import rooms

FIELD = "kept"
CSRF = "csrf_token"
AT_THE_DOOR = {"accounts.sign_in", "accounts.second_factor", "accounts.sign_out", "web.appearance"}
"""What is no work that could be lost."""
LIFE = 3600
"""Seconds for which what was sealed can be sent again; after them it can only be read."""
CARRIED = 512 * 2**10
"""Bytes of a body from a browser whose sign-in has ended, and of a sign-in page that carries what it sent."""
RESERVE = 16 * 1024
"""Bytes of a form that the other fields of the door may need."""


@dataclass(frozen=True, slots=True)
class Kept:
    """A form that came too late: where it went, whose it was, its fields in their order.

    `partial` says that files or passwords were left out, `late` that it is too old to be sent again.
    """

    address: str
    author: str
    fields: tuple[tuple[str, str], ...]
    partial: bool = False
    late: bool = False

    def of(self, person: UUID | None) -> bool:
        """Whether this person typed it."""
        return person is not None and hmac.compare_digest(self.author, _mark(person))


def mark_forms(cookie: MutableMapping[str, Any], person: UUID) -> None:
    """See to it that the forms of this sign-in say whose they are; the cookie keeps what their token is compared to."""
    if CSRF not in cookie:
        cookie[CSRF] = f"{secrets.token_urlsafe(16)}.{_mark(person)}"


def taken() -> Kept | None:
    """The form of this request, if a person sent it off from a page that this server made for somebody signed in.

    None for what scripts send: they look at the answer themselves, and keep the text where it was typed.
    """
    by_hand = request.method == "POST" and "text/html" in request.headers.get("Accept", "")
    if not by_hand or request.endpoint is None or request.endpoint in AT_THE_DOOR or not _from_here():
        return None
    given = list(request.form.items(multi=True))
    fields = tuple((name, value) for name, value in given if name != CSRF and not _secret(name))
    author = _author(request.form.get(CSRF, ""))
    if not author or not any(value.strip() for _name, value in fields):
        return None
    partial = any(_secret(name) for name, _value in given) or any(file.filename for file in request.files.values())
    return Kept(request.full_path.removesuffix("?"), author, fields, partial)


def seal(kept: Kept) -> str:
    """The text that stands in a page of the door; empty when it would be more than a form may hold."""
    text = str(_sealer().dumps([kept.address, kept.author, kept.fields, kept.partial]))
    return text if len(text) <= CARRIED - RESERVE else ""


def opened(sealed: str | None) -> Kept | None:
    """What was sealed here; None for anything else."""
    try:
        return _read(_sealer().loads(sealed or "", max_age=LIFE))
    except SignatureExpired as old:
        return replace(_read(_sealer().load_payload(old.payload or b"")), late=True)
    except BadData:
        return None


def _read(parts: Any) -> Kept:
    address, author, fields, partial = parts
    return Kept(address, author, tuple((name, value) for name, value in fields), partial)


def _sealer() -> URLSafeTimedSerializer:
    return URLSafeTimedSerializer(current_app.secret_key or "", salt="typed before the sign-in ended")


def _author(token: str) -> str:
    """Whose form it is, by its token, even one of a sign-in that has ended; empty for nobody's."""
    try:
        raw = URLSafeTimedSerializer(current_app.secret_key or "", salt="wtf-csrf-token").loads(token)
    except BadData:
        return ""
    return str(raw).partition(".")[2]


def _mark(person: UUID) -> str:
    """A name of a person that only this server can make or tell."""
    key = str(current_app.secret_key).encode()
    digest = hmac.digest(key, b"whose form this is: " + person.bytes, "sha256")
    return urlsafe_b64encode(digest[:12]).decode()


def _secret(name: str) -> bool:
    return "password" in name or name == "code"


def _from_here() -> bool:
    """Whether the browser says that a page of this site sent the form; one that says nothing is judged by the token."""
    origin = request.headers.get("Origin")
    if origin is None:
        return True
    parts = urlsplit(origin)
    return parts.netloc == request.host and (parts.scheme == "https" or not rooms().settings.https)
