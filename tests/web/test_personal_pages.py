"""Every page that names people is opened after somebody was erased: all of them still answer, none names the person."""

import re
from collections import deque
from html import unescape
from urllib.parse import urldefrag

from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select
from werkzeug.exceptions import HTTPException

from tests.unit.labs import conftest as at_work
from tests.unit.personal import conftest as furnished
from tests.unit.personal.conftest import LOGIN, NAME, NUMBER, TYPED, Held
from tests.web.conftest import SignInAs
from training.labs.models import Attempt, Finding
from training.labs.service import attempts
from training.marking.service import scope
from training.marking.service.scope import Sources

answered, desk_of, held, kept = at_work.answered, at_work.desk_of, furnished.held, furnished.kept  # fixtures
WORDS = (NAME, LOGIN, NUMBER, *TYPED.values())
NOBODYS = (
    "courses",
    "offline",
    "authoring",
    "moving",
    "labs.plugin",
    "search",
    "hosting_roster.arrive",
    "labs.open_lab",
)
"""Pages that name nobody, and a code that leads nowhere once its session is closed."""
NEEDED = {
    *("hosting_board.board", "hosting.people", "hosting_attendance.attendance", "hosting_attendance.person"),
    *("credentials.of_session", "credentials.person", "credentials.shown", "hosting_roster.roster", "hosting.session"),
    *("labs.result", "marking.figures", "marking.signs_seen", "marking.appeals", "marking.finding", "marking.regrade"),
    *("accounts.people", "organisations.mine", "personal.organisation"),
}


def endpoint_of(app: Flask, path: str) -> str:
    try:
        endpoint, _values = app.url_map.bind("localhost").match(path.split("?", maxsplit=1)[0])
    except HTTPException:
        return ""
    return str(endpoint)


def walk(app: Flask, client: FlaskClient, seeds: list[str], opened: set[str]) -> list[str]:
    """Follow links to a page of each route, which is noted; what answers with a fault, or names the person."""
    waiting, wrong = deque([*seeds, "/"]), []
    while waiting:
        path = waiting.popleft()
        endpoint = endpoint_of(app, path)
        if not endpoint or endpoint in opened or endpoint.startswith(NOBODYS):
            continue
        opened.add(endpoint)
        answer = client.get(path, buffered=True)
        named = [word for word in WORDS if word.encode() in answer.data]
        if answer.status_code >= 400 or named:
            wrong.append(f"{path} ({endpoint}): {answer.status_code} {named}")
        if answer.mimetype == "text/html":
            links = re.findall(r'href="([^"]+)"', answer.text)
            waiting += [urldefrag(unescape(one))[0] for one in links if one.startswith("/")]
    return wrong


def test_every_page_still_opens_and_none_names_the_erased(app: Flask, held: Held, sign_in: SignInAs) -> None:
    with held.store.reading() as session:
        finding = session.scalars(select(Finding)).one()
        attempt = session.get_one(Attempt, held.attempt)
        seeds = [f"/marking/findings/{finding.id}", f"/marking/regrade/{held.people.home}/{attempt.release_id}"]
    held.erase()
    opened = set[str]()
    pages: dict[str, list[str]] = {**held.pages, "administrator": []}
    wrong = []
    for who in ("administrator", "host", "instructor"):
        by_role = set[str]()
        start = [*pages.get(who, []), *(seeds if who == "instructor" else []), *pages[""]]
        wrong += [f"{who}: {one}" for one in walk(app, sign_in(who), start, by_role)]
        opened |= by_role
    assert not wrong, "\n".join(wrong)
    assert NEEDED - opened == set()


def test_what_is_erased_is_never_judged_anew(held: Held) -> None:
    """By the rules in force it has the verdict that stood: there is nothing left that could be read."""
    held.erase()
    instance = held.settings.instance
    with held.store.reading() as session:
        finding = session.scalars(select(Finding)).one()
        case = attempts.case(session, instance, session.get_one(Attempt, held.attempt))
        found = scope.judged_now(session, case, finding, Sources(instance, held.rooms.engine.result))
        assert found
        assert found.credit == finding.current.credit == 1.0
        assert found.understood == ""
