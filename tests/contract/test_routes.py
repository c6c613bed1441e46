"""Every route as every role, anonymous, and as a member of another organisation: one table, and nothing outside it."""

import re
import uuid
from collections.abc import Callable, Iterator, Mapping
from datetime import timedelta
from pathlib import Path
from typing import Any, cast

import pytest
from flask import Flask
from flask.testing import FlaskClient

from tests.assessment_place import answered, host_of, token_for
from tests.conftest import SEALED, Clock, People
from tests.contract.routes import TABLE
from tests.contract.routes.who import ALL
from tests.contract.writes import Watch, watched
from tests.hosting_place import make_teaching
from tests.machines_place import past_response
from tests.unit.credentials.conftest import facts_of
from training.accounts import service as accounts
from training.accounts.actor import Role
from training.accounts.models import Organisation
from training.analysis.models import Run
from training.analysis.results import Result
from training.assessment.service import closing
from training.authoring import notes
from training.authoring import service as authoring
from training.authoring.service import Copy
from training.credentials import service as credentials
from training.credentials.making import Award, Site
from training.hosting.feedback.models import Survey
from training.hosting.roster.service import imports as lists
from training.hosting.service import looks, timetable
from training.labs.service import assignments, attempts
from training.learning.models import Refresher
from training.learning.service import statements
from training.reading.models import MarginNote
from training.reporting.service import filing
from training.reporting.service import writing as written_report
from training.settings import Settings
from training.store import Store

SEEING = ("administrator",)
"""Whose walk shows the queries of most pages: enough for the second database."""
BOTH, ONE = pytest.mark.database, pytest.mark.any_database
CLOSED = "closed"
"""Somebody who held every role of staff and whose account was closed while signed in."""
EVERYBODY = (*ALL, CLOSED)
COUNTED = frozenset(
    {"accounts.second_factor", "hosting_roster.arrive", "hosting_roster.enter", "hosting_roster.walk_in"}
)
"""Where an answer that refuses keeps something on purpose: tries of a code, and the secret that an enrolment offers."""
ENDING = frozenset({"accounts.sign_out", "accounts.end_sign_ins", "accounts.change_password"})
"""What may end the sign-in."""


def no_result(run: Run) -> Result:
    """Nothing was run."""
    raise AssertionError(run)


@pytest.fixture
def places(
    app: Flask, published: str, people: People, store: Store, settings: Settings, clock: Clock, tmp_path: Path
) -> Mapping[str, Any]:
    """What stands in addresses: things of the trainee in the home organisation."""
    with store.writing() as session:
        trainee = accounts.find(session, people["trainee"])
        assert trainee
        attempt = attempts.begin(session, settings.instance, accounts.actor_of(trainee), "finance-workstation", clock())
        host = accounts.find(session, people["host"])
        organisation = session.get(Organisation, people.home)
        assert host
        assert organisation
        token = accounts.invite(session, organisation, Role.TRAINEE, actor=accounts.actor_of(host), now=clock())
        instructor = accounts.find(session, people["instructor"])
        assert instructor
        wish = assignments.Wish("finance-workstation", "First lab", "practice", clock())
        assignment = assignments.make(session, accounts.actor_of(instructor), people.home, wish, clock())
        case = attempts.case(session, settings.instance, attempt)
        written_report.write(session, case, "question", "Which program ran?", 0, clock())
        filing.file(session, case, no_result, "en", clock())
        colleague = accounts.find(session, people["colleague"])
        assert colleague
        use = statements.Wish("casework", "acquisition", clock().date(), "K3")
        by = accounts.actor_of(instructor)
        statement = statements.make(session, by, colleague, use, "key", clock().date(), clock())
        refresher = Refresher(person_id=people["trainee"], competency="K3", questions=[], begun_at=clock())
        session.add(refresher)
    with store.writing() as session:
        copy = Copy("course", "memory-analysis")
        authoring.take(session, copy, settings.courses / copy.name, people["instructor"], clock())
    with store.writing() as session:
        where = {"person_id": people["trainee"], "course": "memory-analysis", "module": "m3-1", "section": 1}
        said = {"mark": "0" * 8, "language": "en", "quote": "A text.", "text": "A note.", "version": 1}
        note = MarginNote(**where, **said, request_key="0" * 32, at=clock(), changed_at=clock())
        session.add(note)
    with store.writing() as session:
        teaching = make_teaching(session, people, clock(), trainees=("trainee", "colleague"))
        part = timetable.parts(session, teaching)[0]
        people_list = lists.keep(session, by, teaching, b"Name\nAwa Diop\n", "", clock())
        opens = {"opens_at": clock() + timedelta(days=1), "closes_at": clock() + timedelta(days=8)}
        session.add(Survey(session_id=teaching.id, kind="form", asked=2, made_at=clock(), **opens))
        award = Award(people["trainee"], teaching.id, people.home, facts_of())
        site = Site(settings.instance, "https://training.example")
        certificate = credentials.issue(session, site, award, accounts.actor_of(instructor), clock())
    with store.writing() as session:
        hosting = host_of(people.home, people["host"])
        assessed = answered(session, hosting, clock())
        closing.close(session, assessed, hosting, clock())
    response = past_response(settings, store, people["trainee"], people.home, tmp_path, clock())
    with app.test_request_context():
        digest, name = cast("Callable[[str], str]", app.jinja_env.globals["asset"])("engram.css").rsplit("/", 2)[1:]
    return {
        "attempt_id": attempt.id,
        "finding_id": uuid.uuid4(),
        "appeal_id": uuid.uuid4(),
        "round_id": {
            **{rule: uuid.uuid4() for rule, _ in TABLE if rule.startswith("marking.")},
            **{rule: assessed.id for rule, _ in TABLE if rule.startswith("assessment.")},
        },
        "indicator_code": "D4.3",
        "piece_id": uuid.uuid4(),
        "example_id": uuid.uuid4(),
        "assignment_id": assignment.id,
        "release_id": attempt.release_id,
        "person_id": people["colleague"],
        "organisation_id": people.home,
        "token": {
            **dict.fromkeys(("accounts.invitation", "accounts.join"), token),
            **{rule: token_for("S1") for rule, _ in TABLE if rule.startswith("assessment.")},
        },
        "digest": digest,
        "module": "m3-1",
        "question": "m3-1-q1",
        "number": 1,
        "act": {"labs.step_back": "runs", "labs.step_back_to_run": "end"},
        "name": {
            **{f"labs.{page}": "finance-workstation" for page in ("open_lab", "begin")},
            **{f"labs.{page}": "processes" for page in ("compare", "compare_missing")},
            **{f"labs.{page}": "tree" for page in ("see", "see_missing")},
            "labs.read_memory": "walk",
            **{f"reporting.{page}": "tree" for page in ("figure", "filed_figure", "filed_figure_of")},
            **{f"labs.{page}": "flows" for page in ("material", "cite_material")},
            "labs.keys": "finance-workstation",
            **dict.fromkeys(("machines.begin", "machines.prepared", "machines.prepare"), "finance-workstation"),
            **{f"courses.{page}": "memory-analysis" for page in ("course", "module")},
            **{rule: "memory-analysis" for rule, _ in TABLE if rule.startswith(("offline.", "moving.", "reading."))},
            **{f"learning.{act}": "memory-analysis" for act in ("answer", "read", "move", "answer_returning")},
            **{rule: "memory-analysis" for rule, _ in TABLE if rule.startswith("authoring.")},
            **{f"authoring.{page}": "finance-workstation" for page in ("proof", "prove")},
            "labs.plugin": "linux.pslist",
            "static": name,
        },
        "kind": {rule: "form" if rule.startswith("hosting_feedback.") else "course" for rule, _ in TABLE},
        "course": "cooperation",
        "path": "01-foundations/index.md",
        "folder": "01-foundations",
        "section": 1,
        "note_id": note.id,
        "row": 0,
        "column": "PID",
        "form": {
            **dict.fromkeys(("labs.export", "marking.results_file"), "csv"),
            **dict.fromkeys(("moving.export", "moving.file"), "gift"),
            "credentials.taken": "pdf",
            **dict.fromkeys(("reporting.filed_file", "reporting.filed_file_of"), "json"),
        },
        "pid": 1,
        "response_id": response,
        "fork": "link",
        "competency": "K3",
        "statement_id": statement.id,
        "refresher_id": refresher.id,
        "session_id": teaching.id,
        "import_id": people_list.id,
        "typed": "no-such-0000",
        "certificate_id": certificate.id,
        "code": certificate.code,
        "listed": certificate.listed,
        "part_id": part.id,
        "examination": "A",
        "sitting": 1,
        "critical_id": uuid.uuid4(),
        "resit_id": uuid.uuid4(),
        "due_id": uuid.uuid4(),
        "sha256": "0" * 64,
        "key": "0" * 64,
        "system": "linux",
    }


def arguments_of(app: Flask, endpoint: str) -> set[str]:
    """What stands in the address of an endpoint."""
    return set(next(rule for rule in app.url_map.iter_rules() if rule.endpoint == endpoint).arguments)


def address(app: Flask, endpoint: str, places: Mapping[str, Any]) -> str:
    rule = next(rule for rule in app.url_map.iter_rules() if rule.endpoint == endpoint)
    found = {name: places.get(name) for name in rule.arguments}
    values = {name: value[endpoint] if isinstance(value, Mapping) else value for name, value in found.items()}
    with app.test_request_context():
        return app.url_for(endpoint, **values)


def routes(app: Flask) -> set[tuple[str, str]]:
    return {
        (rule.endpoint, method)
        for rule in app.url_map.iter_rules()
        for method in (rule.methods or set()) - {"HEAD", "OPTIONS"}
    }


def test_the_table_names_every_route_and_no_other(app: Flask) -> None:
    assert routes(app) == set(TABLE)


def test_every_view_names_its_policy(app: Flask) -> None:
    silent = [name for name, view in app.view_functions.items() if not hasattr(view, "policy") and name != "static"]
    assert silent == []


@pytest.fixture
def watch(settings: Settings) -> Iterator[Watch]:
    with watched(settings.instance) as watch:
        yield watch


@pytest.fixture
def enter(
    sign_in: Callable[[str], FlaskClient], app: Flask, store: Store, people: People, clock: Clock
) -> Callable[[str], FlaskClient]:
    """A new client of anybody: a role, nobody, or somebody whose account was closed after the sign-in."""
    tokens = dict[str, str]()

    def make(who: str) -> FlaskClient:
        if who != CLOSED:
            return sign_in(who)
        if who not in tokens:
            with store.writing() as session:
                person = accounts.make_person(
                    session,
                    login=who,
                    name="Closed",
                    sealed=SEALED,
                    home=people.home,
                    role=Role.INSTRUCTOR,
                    now=clock(),
                )
                for role in (Role.HOST, Role.ADMINISTRATOR):
                    accounts.give_role(session, person, people.home, role, actor=None, now=clock())
                tokens[who] = accounts.start(session, person.id, now=clock())
                accounts.disable(session, person, actor=None, now=clock())
        client = app.test_client()
        with client.session_transaction() as cookie:
            cookie["token"] = tokens[who]
        return client

    return make


@pytest.mark.parametrize("who", [pytest.param(each, marks=BOTH if each in SEEING else ONE) for each in EVERYBODY])
def test_every_route_answers_each_role_as_the_table_says_and_a_refusal_writes_nothing(
    who: str,
    app: Flask,
    places: Mapping[str, Any],
    settings: Settings,
    enter: Callable[[str], FlaskClient],
    request: pytest.FixtureRequest,
) -> None:
    app.config["WTF_CSRF_ENABLED"] = False
    watch = request.getfixturevalue("watch") if settings.database.startswith("sqlite") else None
    stays_out = who in {"anonymous", CLOSED}
    wrong, client, before = list[str](), None, None
    for (endpoint, method), (allowed, happy) in TABLE.items():
        if client is None:
            client, before = enter(who), None
        before = before or (watch and watch.state())
        answer = client.open(address(app, endpoint, places), method=method, buffered=True)
        may = ("anonymous" if stays_out else who) in allowed
        expected = happy if may else 302 if stays_out else 404
        if answer.status_code != expected:
            wrong.append(f"{who} {method} {endpoint}: {answer.status_code}, expected {expected}")
        if answer.status_code == 302 and not answer.location.startswith("/sign-in"):
            wrong.append(f"{who} {method} {endpoint}: sent to {answer.location}")
        refused = answer.status_code >= 400 or answer.status_code == 302
        after = watch.state() if watch and refused else None
        if after != before and refused and endpoint not in COUNTED:
            wrong.append(f"{who} {method} {endpoint}: {answer.status_code}, and something was written")
        before = after  # none where something may have been written: it is read anew
        if "Set-Cookie" in answer.headers or endpoint in ENDING:
            client = None
    assert not wrong, "\n".join(wrong)


@ONE
def test_what_belongs_to_another_organisation_is_not_there(
    app: Flask, places: Mapping[str, Any], clients: Mapping[str, FlaskClient]
) -> None:
    app.config["WTF_CSRF_ENABLED"] = False
    for endpoint, method in TABLE:
        arguments = next(r for r in app.url_map.iter_rules() if r.endpoint == endpoint).arguments
        of_home = next((name for name in ("attempt_id", "session_id") if name in arguments), "")
        if not of_home:
            continue
        for who in ("stranger", "other_instructor"):
            real = clients[who].open(address(app, endpoint, places), method=method, buffered=True)
            none = clients[who].open(
                address(app, endpoint, {**places, of_home: uuid.uuid4()}), method=method, buffered=True
            )
            assert (real.status_code, none.status_code) == (404, 404), endpoint
            hide = re.compile(
                r'csrf_token" value="[^"]*"|nonce="[^"]*"|/(?:attempts|sessions)/[0-9a-f-]+|/results/[0-9a-f-]+'
            )
            assert hide.sub("", real.text) == hide.sub("", none.text), endpoint


@ONE
def test_no_page_tells_another_organisation_of_our_people_results_and_texts(
    app: Flask,
    places: Mapping[str, Any],
    people: People,
    store: Store,
    clock: Clock,
    sign_in: Callable[[str], FlaskClient],
) -> None:
    ours = {"trainee": "Awa Quayside", "colleague": "Ben Breakwater", "instructor": "Cleo Lighthouse"}
    with store.writing() as session:
        for name, called in ours.items():
            accounts.rename(session, people[name], called, now=clock())
        host, stranger = (accounts.find(session, people[name]) for name in ("host", "other_instructor"))
        assert host
        assert stranger
        for role in (Role.HOST, Role.ADMINISTRATOR):
            accounts.give_role(session, stranger, people.elsewhere, role, actor=None, now=clock())
        law = {"jurisdiction": "Selbyland", "article": "1", "dated": "2026", "checked_by": "J", "text": "Ask the dean."}
        notes.write(session, people.home, "contact-point", law, host.id, clock())
        look = looks.Look("Selby shown", ("en",), "1 Quay")
        looks.change(session, accounts.actor_of(host), people.home, look, clock())
    told = (*ours.values(), "Autumn week", "First lab", "A note.", "Selbyland", "Ask the dean", "Selby shown", "1 Quay")
    public = {rule for rule, _ in TABLE if "code" in arguments_of(app, rule)}  # whoever has its code sees a certificate
    seen, answers, wrong = sign_in("other_instructor"), 0, list[str]()
    for endpoint in sorted({rule for rule, method in TABLE if method == "GET"} - public):
        page = seen.get(address(app, endpoint, places), buffered=True)
        answers += page.status_code == 200
        wrong += [f"{endpoint}: {one}" for one in told if one.encode() in page.data]
    assert wrong == []
    assert answers > 40
    assert b"Awa Quayside" in sign_in("instructor").get("/people").data


@ONE
@pytest.mark.parametrize("who", ["trainee", "instructor", "anonymous"])
def test_no_route_takes_a_form_without_its_token(
    who: str, app: Flask, places: Mapping[str, Any], sign_in: Callable[[str], FlaskClient]
) -> None:
    posts = [endpoint for endpoint, method in TABLE if method == "POST"]
    taken = [
        endpoint
        for endpoint in posts
        if sign_in(who).post(address(app, endpoint, places), data={"csrf_token": "forged"}).status_code != 400
    ]
    assert len(posts) > 20
    assert taken == []


@ONE
def test_every_answer_carries_the_headers(
    app: Flask, places: Mapping[str, Any], clients: Mapping[str, FlaskClient]
) -> None:
    for endpoint, method in TABLE:
        answer = clients["trainee"].open(address(app, endpoint, places), method=method, buffered=True)
        policy = answer.headers["Content-Security-Policy"]
        assert "default-src 'none'" in policy, endpoint
        assert "unsafe" not in policy, endpoint
        assert "frame-ancestors 'none'" in policy, endpoint
        assert answer.headers["X-Content-Type-Options"] == "nosniff", endpoint
        assert answer.headers["Referrer-Policy"] == "same-origin", endpoint
        if endpoint == "static":
            assert "immutable" in answer.headers["Cache-Control"]
        elif endpoint == "labs.completion":
            assert answer.headers["Cache-Control"] == "private, max-age=3600"
        elif endpoint != "labs.run_state":
            assert "no-store" in answer.headers["Cache-Control"], endpoint


def test_wrong_methods_and_addresses_end_in_a_page(app: Flask, clients: Mapping[str, FlaskClient]) -> None:
    assert clients["trainee"].get("/nothing/here").status_code == 404
    assert clients["trainee"].delete("/labs").status_code == 405
    assert clients["trainee"].get("/static/000000000000/engram.css").status_code == 404
    assert clients["trainee"].get("/static/../../app.py").status_code == 404
    assert clients["trainee"].get("/attempts/not-a-uuid").status_code == 404
    assert "Allow" in clients["trainee"].delete("/labs").headers
