"""The blueprint of certificates, and what its pages share."""

from dataclasses import replace
from typing import Any

from flask import Blueprint, Response, g, request
from flask_babel import refresh

from training.accounts.sign_in import failed, limiter, per_address
from training.credentials import reach
from training.credentials.compare import LARGEST
from training.credentials.making import Site
from training.errors import Refused
from training.sentence import LANGUAGES, phrase
from training.web.rooms import rooms

bp = Blueprint("credentials", __name__, template_folder="../templates")
AROUND = 2**16
LARGER = {"credentials.compare"}
guesses_limited = limiter.limit(per_address, deduct_when=failed)
"""Who asks for codes that don't exist has to wait, as at the door."""
asks_limited = limiter.limit(per_address, exempt_when=lambda: request.endpoint not in LARGER)
"""Files are counted whatever comes of them, and as limits of a blueprint are: before anything of a form is read."""
asks_limited(bp)


@bp.url_value_preprocessor
def _larger(endpoint: str | None, _values: dict[str, Any] | None) -> None:
    """The file of a certificate and its form may be a little larger than the forms of other pages."""
    if endpoint in LARGER:
        request.max_content_length = LARGEST + AROUND


def site() -> Site:
    """This installation, under its public address or, without one, that of this request."""
    settings = rooms().settings
    return Site(settings.instance, settings.address or request.url_root.rstrip("/"))


def issuable() -> str:
    """Whether certificates can be issued: "yes", "demonstration" (once somebody says that it is one), or "no"."""
    settings = rooms().settings
    if reach.lasting(settings):
        return "yes"
    return "demonstration" if reach.alone(settings) else "no"


def issuing() -> Site:
    """This installation as certificates name it. Raises Refused where its address would lead their readers nowhere.

    What is issued keeps the address for good. One that leads each reader to itself is taken only where nobody else
    reaches this installation at all, and whoever issues says that this is a demonstration.
    """
    state = issuable()
    if state == "no":
        raise Refused(
            phrase(
                "Certificates keep the address of this site for good, and it is not set: set address "
                "(docs/settings.md) and start the server again."
            ),
            field="address",
        )
    if state == "demonstration" and request.form.get("demonstration") != "yes":
        raise Refused(
            phrase(
                "Only this computer reaches the address that would be printed. Say that this is a demonstration, or "
                "set address (docs/settings.md) and start the server again."
            ),
            field="demonstration",
        )
    return replace(site(), demonstration=state == "demonstration")


def sites() -> list[str]:
    """Addresses by which other devices may reach this site, the likeliest first."""
    return reach.sites(rooms().settings, request.host_url)


def speak(language: str) -> str:
    """Answer in the language that the reader chose for this page, else in this one; says which."""
    wanted = request.args.get("lang", "")
    g.language = wanted if wanted in LANGUAGES else language
    g.pop("catalogue", None)
    refresh()
    return str(g.language)


def file(data: bytes, name: str, kind: str) -> Response:
    """A file to be kept, never shown in the page."""
    answer = Response(data, content_type=kind)
    answer.headers.set("Content-Disposition", "attachment", filename=name)
    return answer
