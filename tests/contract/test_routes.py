"""Every route as every role, anonymous, and as a member of another organisation: one table, and nothing outside it."""

import re
import uuid
from collections.abc import Callable, Mapping
from typing import Any, cast

import pytest
from flask import Flask
from flask.testing import FlaskClient

from tests.conftest import ROLES, Clock, People
from training.accounts import service as accounts
from training.accounts.actor import Role
from training.accounts.models import Organisation
from training.authoring import service as authoring
from training.authoring.service import Copy
from training.labs.service import assignments, attempts
from training.learning.models import Refresher
from training.learning.service import statements
from training.reading.models import MarginNote
from training.settings import Settings
from training.store import Store

ALL = (*ROLES, "anonymous")
SIGNED_IN = tuple(ROLES)
STAFF = ("instructor", "host", "administrator")
OPEN: dict[str, int] = dict.fromkeys(ALL, 200)

# Who gets in, by endpoint and method; all others are sent to the door (anonymous, 302) or find nothing there (404).
# The number is the answer to a request without any form field from somebody who gets in.
TABLE: dict[tuple[str, str], tuple[tuple[str, ...], int]] = {
    ("static", "GET"): (ALL, 200),
    ("web.health", "GET"): (ALL, 200),
    ("web.licences", "GET"): (ALL, 200),
    ("web.favicon", "GET"): (ALL, 204),
    ("web.appearance", "POST"): (ALL, 303),
    ("web.home", "GET"): (SIGNED_IN, 200),
    ("accounts.sign_in", "GET"): (ALL, 200),
    ("accounts.sign_in", "POST"): (ALL, 422),
    ("accounts.sign_out", "POST"): (ALL, 303),
    ("accounts.second_factor", "GET"): (SIGNED_IN, 200),
    ("accounts.second_factor", "POST"): (SIGNED_IN, 422),
    ("accounts.account", "GET"): (SIGNED_IN, 200),
    ("accounts.account", "POST"): (SIGNED_IN, 422),
    ("accounts.change_password", "POST"): (SIGNED_IN, 422),
    ("accounts.drop_factor", "POST"): (SIGNED_IN, 422),
    ("accounts.end_sign_ins", "POST"): (SIGNED_IN, 303),
    ("accounts.invitation", "GET"): (ALL, 200),
    ("accounts.invitation", "POST"): (ALL, 422),
    ("accounts.join", "POST"): (SIGNED_IN, 303),
    ("accounts.people", "GET"): ((*STAFF, "other_instructor"), 200),
    ("accounts.invite", "POST"): (STAFF, 422),
    ("accounts.reset_password", "POST"): (STAFF, 200),
    ("accounts.disable", "POST"): (STAFF, 303),
    ("courses.index", "GET"): (SIGNED_IN, 200),
    ("courses.course", "GET"): (SIGNED_IN, 200),
    ("courses.words", "GET"): (SIGNED_IN, 200),
    ("courses.module", "GET"): (SIGNED_IN, 200),
    ("offline.printed", "GET"): (SIGNED_IN, 200),
    ("offline.page", "GET"): (SIGNED_IN, 200),
    ("offline.epub", "GET"): (SIGNED_IN, 200),
    ("search.index", "GET"): (SIGNED_IN, 200),
    ("reading.at", "GET"): (SIGNED_IN, 303),
    ("reading.on", "GET"): (SIGNED_IN, 303),
    ("reading.keep", "POST"): (SIGNED_IN, 422),
    ("reading.new", "GET"): (SIGNED_IN, 200),
    ("reading.write", "POST"): (SIGNED_IN, 422),
    ("reading.mine", "GET"): (SIGNED_IN, 200),
    ("reading.exported", "GET"): (SIGNED_IN, 200),
    ("reading.note", "GET"): (("trainee",), 200),
    ("reading.change", "POST"): (("trainee",), 422),
    ("reading.delete", "POST"): (("trainee",), 303),
    ("learning.answer", "POST"): (SIGNED_IN, 422),
    ("learning.read", "POST"): (SIGNED_IN, 303),
    ("learning.move", "POST"): (SIGNED_IN, 303),
    ("learning.competencies", "GET"): (SIGNED_IN, 200),
    ("learning.choose_role", "POST"): (SIGNED_IN, 422),
    ("learning.competencies_file", "GET"): (SIGNED_IN, 200),
    ("learning.verification", "GET"): (SIGNED_IN, 200),
    ("learning.verify", "POST"): (SIGNED_IN, 422),
    ("learning.record", "GET"): (("instructor",), 200),
    ("learning.record_file", "GET"): (("instructor",), 200),
    ("learning.confirm", "POST"): (("instructor",), 422),
    ("learning.withdraw", "POST"): (("instructor",), 303),
    ("learning.refresher", "GET"): (SIGNED_IN, 200),
    ("learning.answer_returning", "POST"): (SIGNED_IN, 422),
    ("learning.begin_refresher", "POST"): (SIGNED_IN, 409),  # nothing was shown yet
    ("learning.ten_questions", "GET"): (("trainee",), 200),
    ("learning.answer_refresher", "POST"): (("trainee",), 404),  # it has no such question
    ("labs.index", "GET"): (SIGNED_IN, 200),
    ("labs.open_lab", "GET"): (SIGNED_IN, 200),
    ("labs.begin", "POST"): (SIGNED_IN, 303),
    ("labs.keys", "GET"): (("instructor", "other_instructor"), 200),
    ("labs.material", "GET"): (("trainee",), 200),
    ("labs.cite_material", "POST"): (("trainee",), 422),
    ("labs.verify", "POST"): (("trainee",), 303),
    ("labs.step_back_to_record", "GET"): (("trainee",), 303),
    ("labs.replay", "GET"): (("trainee",), 200),
    ("labs.replay_of", "GET"): (("instructor",), 200),
    ("labs.walkthrough", "GET"): (("trainee",), 409),  # the attempt is open
    ("labs.walkthrough_of", "GET"): (("instructor",), 200),
    ("labs.workbench", "GET"): (("trainee",), 200),
    ("labs.step_back", "GET"): (("trainee",), 303),
    ("labs.run", "POST"): (("trainee",), 422),
    ("labs.run_state", "GET"): (("trainee",), 404),
    ("labs.cite", "POST"): (("trainee",), 422),
    ("labs.uncite", "POST"): (("trainee",), 422),
    ("labs.note", "POST"): (("trainee",), 422),
    ("labs.draft", "POST"): (("trainee",), 204),
    ("labs.check", "POST"): (("trainee",), 200),
    ("labs.submit", "POST"): (("trainee",), 422),
    ("labs.hint", "POST"): (("trainee",), 422),
    ("labs.shown", "GET"): (("trainee",), 200),
    ("labs.step_back_to_run", "GET"): (("trainee",), 303),
    ("labs.again", "POST"): (("trainee",), 404),
    ("labs.end", "POST"): (("trainee",), 404),
    ("labs.row", "GET"): (("trainee",), 404),
    ("labs.cell", "GET"): (("trainee",), 404),
    ("labs.history", "GET"): (("trainee",), 200),
    ("labs.export", "GET"): (("trainee",), 404),
    ("labs.files", "GET"): (("instructor",), 404),
    ("labs.file", "GET"): (("instructor",), 404),
    ("labs.compare", "GET"): (("trainee",), 200),
    ("labs.process", "GET"): (("trainee",), 200),
    ("labs.baseline", "GET"): (("trainee",), 404),
    ("labs.baseline_missing", "POST"): (("trainee",), 404),
    ("labs.exhibits", "GET"): ((*STAFF, "other_instructor"), 200),
    ("labs.exhibits_missing", "POST"): ((*STAFF, "other_instructor"), 303),
    ("labs.close", "POST"): (("trainee",), 303),
    ("labs.compare_missing", "POST"): (("trainee",), 409),  # closed just before: nothing is run for it
    ("labs.process_missing", "POST"): (("trainee",), 409),
    ("labs.plugins", "GET"): (SIGNED_IN, 200),
    ("labs.plugin", "GET"): (SIGNED_IN, 200),
    ("labs.completion", "GET"): (SIGNED_IN, 200),
    ("labs.results", "GET"): (("instructor", "other_instructor"), 200),
    ("labs.result", "GET"): (("instructor",), 200),
    ("labs.assignments", "GET"): (("instructor", "other_instructor"), 200),
    ("labs.new_assignment", "GET"): (("instructor", "other_instructor"), 200),
    ("labs.make_assignment", "POST"): (("instructor", "other_instructor"), 422),
    ("labs.assignment", "GET"): (("instructor",), 200),
    ("labs.change_assignment", "POST"): (("instructor",), 422),
    ("labs.give_time", "POST"): (("instructor",), 422),
    ("labs.release_assignment", "POST"): (("instructor",), 422),  # practice has nothing to release
    ("labs.withdraw_assignment", "POST"): (("instructor",), 422),  # the box to tick is empty
    ("marking.index", "GET"): (("instructor", "other_instructor"), 200),
    ("marking.regrades", "GET"): (("instructor", "other_instructor"), 200),
    ("marking.regrade", "GET"): (("instructor",), 200),
    ("marking.regrade_step", "POST"): (("instructor",), 200),
    ("marking.apply_regrade", "POST"): (("instructor",), 422),
    ("marking.versions", "GET"): (("instructor",), 200),
    ("marking.version", "GET"): (("instructor",), 404),  # as published: there is no version yet
    ("marking.finding", "GET"): (("instructor",), 404),  # nothing was submitted
    ("marking.override", "POST"): (("instructor",), 404),
    ("marking.withdraw", "POST"): (("instructor",), 404),
    ("marking.appeals", "GET"): (("instructor", "other_instructor"), 200),
    ("marking.decision", "GET"): (("instructor",), 404),  # nobody has appealed
    ("marking.decide", "POST"): (("instructor",), 404),
    ("marking.attempt_appeals", "GET"): (("trainee",), 200),
    ("marking.appeal", "POST"): (("trainee",), 422),
    ("marking.rounds", "GET"): (("instructor", "other_instructor"), 200),
    ("marking.open_round", "POST"): (("instructor", "other_instructor"), 422),
    ("marking.round", "GET"): (("instructor",), 404),  # no round is open
    ("marking.add_example", "POST"): (("instructor",), 404),
    ("marking.name_third", "POST"): (("instructor",), 404),
    ("marking.hand_over", "POST"): (("instructor",), 404),
    ("marking.agreement", "GET"): (("instructor",), 404),
    ("marking.release_round", "POST"): (("instructor",), 404),
    ("marking.withdraw_round", "POST"): (("instructor",), 404),
    ("marking.take_charge", "POST"): (("instructor",), 404),
    ("marking.piece", "GET"): (("instructor",), 404),
    ("marking.mark", "POST"): (("instructor",), 404),
    ("marking.settle", "POST"): (("instructor",), 404),
    ("marking.example", "GET"): (("instructor",), 404),
    ("marking.mark_example", "POST"): (("instructor",), 404),
    ("marking.statistics", "GET"): (("instructor", "other_instructor"), 200),
    ("marking.figures", "GET"): (("instructor",), 200),
    ("marking.signs", "GET"): (("instructor", "other_instructor"), 200),
    ("marking.signs_seen", "GET"): (("instructor",), 200),
    ("marking.sign", "GET"): (("instructor",), 404),  # nothing is listed
    ("marking.decide_sign", "POST"): (("instructor",), 404),
    ("marking.own_signs", "GET"): (("trainee",), 200),
    ("marking.results_file", "GET"): (("instructor",), 200),
    ("marking.comparison", "GET"): (("instructor", "other_instructor"), 200),
    ("marking.compare", "POST"): (("instructor", "other_instructor"), 422),
    ("moving.index", "GET"): (("instructor", "other_instructor"), 200),
    ("moving.send_pack", "POST"): (("instructor", "other_instructor"), 422),
    ("moving.arrived", "GET"): (("instructor", "other_instructor"), 404),  # no such pack waits
    ("moving.decide", "POST"): (("instructor", "other_instructor"), 404),
    ("moving.distrust", "POST"): (("instructor", "other_instructor"), 422),
    ("moving.send_questions", "POST"): (("instructor", "other_instructor"), 422),
    ("moving.export", "GET"): (("instructor", "other_instructor"), 200),
    ("moving.file", "GET"): (("instructor", "other_instructor"), 200),
    ("authoring.index", "GET"): (("instructor", "other_instructor"), 200),
    ("authoring.make_course", "POST"): (("instructor", "other_instructor"), 422),
    ("authoring.make_lab", "POST"): (("instructor", "other_instructor"), 422),
    ("authoring.overview", "GET"): (("instructor", "other_instructor"), 200),
    ("authoring.begin", "POST"): (("instructor", "other_instructor"), 303),
    ("authoring.decide_shipped", "POST"): (("instructor", "other_instructor"), 303),
    ("authoring.add_module", "POST"): (("instructor", "other_instructor"), 422),
    ("authoring.add_translation", "POST"): (("instructor", "other_instructor"), 422),
    ("authoring.add_figure", "POST"): (("instructor", "other_instructor"), 422),
    ("authoring.edit", "GET"): (("instructor", "other_instructor"), 200),
    ("authoring.save", "POST"): (("instructor", "other_instructor"), 422),
    ("authoring.autosave", "POST"): (("instructor", "other_instructor"), 422),
    ("authoring.live_preview", "POST"): (("instructor", "other_instructor"), 422),
    ("authoring.history", "GET"): (("instructor", "other_instructor"), 200),
    ("authoring.change", "POST"): (("instructor", "other_instructor"), 422),
    ("authoring.trial", "GET"): (("instructor", "other_instructor"), 200),
    ("authoring.try_answer", "POST"): (("instructor", "other_instructor"), 200),
    ("authoring.releases", "GET"): (("instructor", "other_instructor"), 200),
    ("authoring.publish", "POST"): (("instructor", "other_instructor"), 303),  # what is offered already
    ("authoring.roll_back", "POST"): (("instructor", "other_instructor"), 422),
    ("authoring.compare", "GET"): (("instructor", "other_instructor"), 404),  # no release is named
    ("authoring.learner_changes", "GET"): (SIGNED_IN, 200),
    ("authoring.proof", "GET"): (("instructor", "other_instructor"), 200),
    ("authoring.prove", "POST"): (("instructor", "other_instructor"), 422),
    ("authoring.notes", "GET"): (("instructor", "host", "other_instructor"), 303),
    ("authoring.notes_of", "GET"): (("instructor", "host"), 200),
    ("authoring.note", "GET"): (("instructor", "host"), 404),  # no course asks for this one
    ("authoring.write_note", "POST"): (("instructor", "host"), 404),
}


@pytest.fixture
def places(
    app: Flask, published: str, people: People, store: Store, settings: Settings, clock: Clock
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
    with app.test_request_context():
        digest, name = cast("Callable[[str], str]", app.jinja_env.globals["asset"])("engram.css").rsplit("/", 2)[1:]
    return {
        "attempt_id": attempt.id,
        "finding_id": uuid.uuid4(),
        "appeal_id": uuid.uuid4(),
        "round_id": uuid.uuid4(),
        "piece_id": uuid.uuid4(),
        "example_id": uuid.uuid4(),
        "assignment_id": assignment.id,
        "release_id": attempt.release_id,
        "person_id": people["colleague"],
        "organisation_id": people.home,
        "token": token,
        "digest": digest,
        "module": "m3-1",
        "question": "m3-1-q1",
        "number": 1,
        "act": {"labs.step_back": "runs", "labs.step_back_to_run": "end"},
        "name": {
            **{f"labs.{page}": "finance-workstation" for page in ("open_lab", "begin")},
            **{f"labs.{page}": "processes" for page in ("compare", "compare_missing")},
            **{f"labs.{page}": "flows" for page in ("material", "cite_material")},
            "labs.keys": "finance-workstation",
            **{f"courses.{page}": "memory-analysis" for page in ("course", "module")},
            **{rule: "memory-analysis" for rule, _ in TABLE if rule.startswith(("offline.", "moving.", "reading."))},
            **{f"learning.{act}": "memory-analysis" for act in ("answer", "read", "move", "answer_returning")},
            **{rule: "memory-analysis" for rule, _ in TABLE if rule.startswith("authoring.")},
            **{f"authoring.{page}": "finance-workstation" for page in ("proof", "prove")},
            "labs.plugin": "linux.pslist",
            "static": name,
        },
        "kind": "course",
        "path": "01-foundations/index.md",
        "folder": "01-foundations",
        "section": 1,
        "note_id": note.id,
        "row": 0,
        "column": "PID",
        "form": {
            **dict.fromkeys(("labs.export", "marking.results_file"), "csv"),
            **dict.fromkeys(("moving.export", "moving.file"), "gift"),
        },
        "pid": 1,
        "competency": "K3",
        "statement_id": statement.id,
        "refresher_id": refresher.id,
        "sha256": "0" * 64,
        "key": "0" * 64,
        "system": "linux",
    }


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


@pytest.mark.parametrize("who", ALL)
def test_every_route_answers_each_role_as_the_table_says(
    who: str, app: Flask, places: Mapping[str, Any], sign_in: Callable[[str], FlaskClient]
) -> None:
    app.config["WTF_CSRF_ENABLED"] = False
    wrong = []
    for (endpoint, method), (allowed, happy) in TABLE.items():
        answer = sign_in(who).open(address(app, endpoint, places), method=method, buffered=True)
        expected = happy if who in allowed else 302 if who == "anonymous" else 404
        if answer.status_code != expected:
            wrong.append(f"{who} {method} {endpoint}: {answer.status_code}, expected {expected}")
        if answer.status_code == 302 and not answer.location.startswith("/sign-in"):
            wrong.append(f"{who} {method} {endpoint}: sent to {answer.location}")
    assert wrong == []


def test_what_belongs_to_another_organisation_is_not_there(
    app: Flask, places: Mapping[str, Any], clients: Mapping[str, FlaskClient]
) -> None:
    app.config["WTF_CSRF_ENABLED"] = False
    for endpoint, method in TABLE:
        if "attempt_id" not in next(r for r in app.url_map.iter_rules() if r.endpoint == endpoint).arguments:
            continue
        for who in ("stranger", "other_instructor"):
            real = clients[who].open(address(app, endpoint, places), method=method, buffered=True)
            none = clients[who].open(
                address(app, endpoint, {**places, "attempt_id": uuid.uuid4()}), method=method, buffered=True
            )
            assert (real.status_code, none.status_code) == (404, 404), endpoint
            hide = re.compile(r'csrf_token" value="[^"]*"|nonce="[^"]*"|/attempts/[0-9a-f-]+|/results/[0-9a-f-]+')
            assert hide.sub("", real.text) == hide.sub("", none.text), endpoint


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
