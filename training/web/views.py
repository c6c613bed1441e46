"""The home page, and the few pages that belong to no other room."""

from urllib.parse import urlsplit

from flask import Blueprint, redirect, render_template, request
from flask.typing import ResponseReturnValue

from training.accounts import service as accounts
from training.hosting.board.service import disk
from training.sentence import LANGUAGES
from training.web import home as page
from training.web import policy
from training.web.guard import guarded, permit
from training.web.language import THEMES
from training.web.rooms import actor, rooms, store

bp = Blueprint("web", __name__, template_folder="templates")

YEAR = 365 * 24 * 3600


@bp.get("/")
@guarded(policy.has_a_home)
def home() -> ResponseReturnValue:
    """What to do next, first; then what waits, what counts now, labs in work and courses; beside it what is new."""
    permit(None)
    with store().reading() as session:
        here = page.gathered(session)
    return render_template("web/home.html", **here)


@bp.post("/appearance")
@guarded(policy.anyone)
def appearance() -> ResponseReturnValue:
    """Keep the chosen theme or language: in a cookie, and with the account of whoever is signed in."""
    permit(None)
    back = request.form.get("back", "/")
    safe = back if back.startswith("/") and not back.startswith(("//", "/\\")) and not urlsplit(back).netloc else "/"
    answer, chosen = redirect(safe, 303), dict[str, str]()
    secure = rooms().settings.https
    for name, known in (("theme", THEMES), ("language", tuple(LANGUAGES))):
        if (value := request.form.get(name)) in known:
            answer.set_cookie(name, str(value), max_age=YEAR, httponly=True, samesite="Lax", secure=secure)
            chosen[name] = str(value)
    if who := actor().id:  # what the account says wins over the cookie, so it must learn of the choice
        with store().writing() as session:
            accounts.prefer(session, who, **chosen)
    return answer


@bp.get("/licences")
@guarded(policy.anyone)
def licences() -> ResponseReturnValue:
    """Under which licences the parts stand, with the notice that the Volatility licence asks for."""
    permit(None)
    return render_template("web/licences.html")


@bp.get("/health")
@guarded(policy.anyone)
def health() -> ResponseReturnValue:
    """Whether this process answers, its database can be read and its disk has room to write, not whether runs are
    worked off: for a monitor, which reads 503 as a fault.
    """
    permit(None)
    with store().reading() as session:
        session.connection().exec_driver_sql("SELECT 1")
    if (left := disk.look(rooms().settings.instance)).word == "full":
        return {"status": "disk full", "free_mib": left.free}, 503
    return {"status": "ok"}


@bp.get("/favicon.ico")
@guarded(policy.anyone)
def favicon() -> ResponseReturnValue:
    """The mark stands in each page; browsers that ask here are sent nothing."""
    permit(None)
    return "", 204
