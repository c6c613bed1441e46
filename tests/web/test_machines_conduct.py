"""The page part on conduct: verdict and timeline, with what came from a machine escaped."""

from datetime import timedelta
from pathlib import Path
from uuid import UUID

import pytest
from flask import Flask, render_template

from tests.conftest import Clock, People
from tests.machines_place import Machines, past_response, range_of
from tests.web.conftest import html_errors
from training.machines import conduct
from training.machines.models import Decision, Entry, Remark, Response
from training.settings import Settings
from training.store import Store

LINE = "find / -name '<script>\u202e' > /root/x; kill 312"


@pytest.fixture
def response(settings: Settings, store: Store, people: People, clock: Clock, tmp_path: Path) -> UUID:
    made = past_response(settings, store, people["trainee"], people.home, tmp_path, clock())
    here = range_of(settings, Machines(clock))
    plan = here.snapshot("first-look", "a") / "plan.json"
    (here.record(made) / "plan.json").write_bytes(plan.read_bytes())
    return made


def shown(app: Flask, settings: Settings, store: Store, clock: Clock, response: UUID) -> str:
    """The part as a page has it."""
    with store.reading() as session, app.test_request_context(f"/responses/{response}/record"):
        row = session.get_one(Response, response)
        found = conduct.of(session, range_of(settings, Machines(clock)), row)
        return render_template("machines/conduct.html", conduct=found, response=row)


def typed(store: Store, response: UUID, clock: Clock, count: int, line: str = LINE) -> None:
    with store.writing() as session:
        for number in range(2, 2 + count):
            at = clock() + timedelta(seconds=number)
            made = {"line": line, "kind": "command", "at": at, "start": 0, "stop": 0, "exit": 0, "seconds": 0.1}
            session.add(Entry(response_id=response, number=number, sha256="0" * 64, request_key=f"{number:08}", **made))
        note = {"text": "I ran netstat, see entry 999.", "at": clock() + timedelta(seconds=90)}
        session.add(Remark(response_id=response, number=1, entry=2, **note))
        reason = {"choice": "cut", "reason": "<b>it was being emptied</b>", "at": clock() + timedelta(seconds=1)}
        session.add(Decision(response_id=response, number=1, fork="link", **reason))


def test_verdict_and_timeline_are_shown_and_evidence_is_escaped(
    app: Flask, settings: Settings, store: Store, clock: Clock, response: UUID
) -> None:
    typed(store, response, clock, 1)
    text = shown(app, settings, store, clock, response)
    assert html_errors(f"<!doctype html><html lang=en><title>x</title><body>{text}") == []
    for code in ("C-ORDER", "C-WRITE", "C-KILL", "C-NOTE", "C-TIME"):
        assert code in text
    assert "&lt;script&gt;" in text
    assert "U+202E" in text
    assert "<b>it was" not in text
    assert "percent of what sound conduct is worth" in text
    assert "It is cut." in text
    assert "account is missing" in text
    assert "Parts of the timeline" not in text


def test_the_same_mistake_is_told_once_with_all_its_places(
    app: Flask, settings: Settings, store: Store, clock: Clock, response: UUID
) -> None:
    typed(store, response, clock, 90)
    text = shown(app, settings, store, clock, response)
    assert text.count("A process of the machine was ended.") == 1
    assert "and 50 more" in text
    assert len(text.encode()) < 80 << 10


def test_a_long_timeline_is_read_in_parts(
    app: Flask, settings: Settings, store: Store, clock: Clock, response: UUID
) -> None:
    typed(store, response, clock, 300, "/mnt/kit/bin/ps")
    text = shown(app, settings, store, clock, response)
    assert "begin=100" in text
    assert "Later" in text
    assert len(text.encode()) < 70 << 10


def test_nothing_is_shown_while_the_work_goes_on(
    settings: Settings, store: Store, clock: Clock, response: UUID
) -> None:
    with store.writing() as session:
        row = session.get_one(Response, response)
        row.state, row.ended_at = "live", None
        session.flush()
        assert conduct.of(session, range_of(settings, Machines(clock)), row) is None
