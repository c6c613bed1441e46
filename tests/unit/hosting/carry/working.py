"""A session with work in it, and what is done with a bundle of it in which something was changed."""

import copy
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import insert

from tests.conftest import People
from tests.hosting_place import make_teaching
from training.audit import seals
from training.errors import Refused
from training.hosting.board.models import Board
from training.hosting.carry import bundle, rows
from training.hosting.carry.applying import Done, apply
from training.hosting.carry.identities import Found
from training.hosting.carry.merging import Merged, merge
from training.hosting.carry.tables import BY_NAME
from training.store import new_id

from .conftest import Place
from .test_bundle import made

SHA = {letter: letter * 64 for letter in "abcdef"}
Tables = dict[str, dict[str, dict[str, Any]]]
NEW, OTHER, MORE = (str(new_id()) for _ in range(3))


@dataclass
class World:
    """A session at home with two trainees and a lab that one of them works on; another session beside it."""

    place: Place
    people: People
    of: UUID
    beside: UUID
    ids: dict[str, str]
    sent: bundle.Bundle

    @property
    def time(self) -> str:
        return str(rows.encoded(self.place.clock()))

    def apply(
        self,
        change: Callable[[Tables], None] = lambda _theirs: None,
        found: Found | None = None,
        merged: Merged | None = None,
        gone: frozenset[str] = frozenset(),
    ) -> tuple[Done, Tables]:
        """What is done with a bundle in which something was changed since it had what is here, and what is here then.

        Nothing of it is kept.
        """
        with self.place.store.writing() as session:
            ours = rows.read(session, self.of)
            theirs: Tables = copy.deepcopy(ours)  # type: ignore[arg-type]
            change(theirs)
            done = apply(session, self.sent, ours, theirs, merged or merge(ours, theirs, ours), found or Found(), gone)
            after: Tables = rows.read(session, self.of)  # type: ignore[assignment]
            session.rollback()
        return done, after

    def refused(self, change: Callable[[Tables], None], found: Found | None = None) -> str:
        with pytest.raises(Refused) as bad:
            self.apply(change, found)
        return str(bad.value)


def add(theirs: Tables, name: str, like: dict[str, Any] | None = None, /, **values: Any) -> dict[str, Any]:
    """One more row in a bundle."""
    empty = {one.name: None for one in rows.table(name).columns if one.name not in BY_NAME[name].hidden}
    row = {**empty, **(like or {}), **values}
    theirs[name][rows.key(name, row)] = row
    return row


@pytest.fixture
def world(home: Place, people: People, tmp_path: Path) -> World:
    now = home.now()
    ids = {name: str(new_id()) for name in ("release", "assignment", "attempt", "run", "finding", "message")}
    lab = {"kind": "lab", "name": "a-lab", "sha256": SHA["a"], "number": 1, "current": True, "published_at": now}
    exhibit = {
        "sha256": SHA["e"],
        "name": "an-image",
        "title": "An image",
        "os": "linux",
        "size": 1,
        "banner": "",
        "symbols_sha256": SHA["b"],
        "record_sha256": SHA["c"],
        "truth_sha256": SHA["d"],
        "origin": "made",
        "captured_at": now,
        "registered_at": now,
    }
    run = {
        "key": "k1",
        "try_no": 1,
        "exhibit": SHA["e"],
        "symbols": SHA["b"],
        "plugin": "linux.pslist",
        "plugin_version": "1",
        "options": {},
        "volatility": "2",
        "island": 1,
        "state": "failed",
        "rows": 0,
        "reason": "It failed.",
        "queued_at": now,
        "ended_at": now,
    }
    finding = {
        "question": "q1",
        "try_no": 1,
        "step": 4,
        "value": "1",
        "citations": [],
        "request_key": "one",
        "understood": "",
        "verdict": {},
        "judged": True,
        "credit": 0.0,
        "points": 0.0,
        "share": 1.0,
        "reasoning": "",
        "at": now,
    }
    message = {"number": 1, "text": "Hello", "by": people["instructor"], "at": now, "request_key": "one"}
    with home.store.writing() as session:
        of, beside = (
            make_teaching(session, people, now, title=title, trainees=("trainee", "colleague")).id
            for title in ("Autumn week", "Another week")
        )
        session.add_all(Board(session_id=one, version=3) for one in (of, beside))
        session.flush()
        assignment = {
            "organisation_id": people.home,
            "circle": of,
            "lab": "a-lab",
            "title": "A lab",
            "mode": "practice",
            "opens_at": now,
            "timeline": [],
            "after": "closed",
            "hints": True,
            "pass_percent": 60,
            "made_by": people["instructor"],
            "made_at": now,
        }
        attempt = {
            "person_id": people["trainee"],
            "organisation_id": people.home,
            "release_id": UUID(ids["release"]),
            "exhibit": SHA["e"],
            "assignment_id": UUID(ids["assignment"]),
            "opened_at": now,
            "closed_at": None,
        }
        finding["attempt_id"] = run_of = UUID(ids["attempt"])
        hint = {"attempt_id": run_of, "question": "q1", "number": 1, "step": 6, "price": 0.5, "at": now}
        asked = {"attempt_id": run_of, "number": 1, "run_id": UUID(ids["run"]), "asked_at": now}
        given: tuple[tuple[str, list[dict[str, Any]]], ...] = (
            ("release", [{**lab, "id": UUID(ids["release"])}]),
            ("exhibit", [exhibit]),
            ("run", [{**run, "id": UUID(ids["run"])}]),
            ("assignment", [{**assignment, "id": UUID(ids["assignment"])}]),
            ("attempt", [{**attempt, "id": run_of}]),
            ("attempt_run", [asked]),
            ("hint_taken", [hint]),
            ("finding", [{**finding, "id": UUID(ids["finding"])}]),
            ("session_message", [{**message, "id": UUID(ids["message"]), "session_id": of}]),
            ("session_message", [{**message, "id": new_id(), "session_id": beside, "number": 9}]),
        )
        for name, values in given:
            session.execute(insert(rows.table(name)), values)
            keys = [one.name for one in rows.table(name).primary_key]
            for row in values:
                seals.note_row(session, name, [row[key] for key in keys])
    return World(home, people, of, beside, ids, bundle.read(made(home, of, tmp_path / "b")))


def only(table: dict[str, dict[str, Any]]) -> dict[str, Any]:
    (row,) = table.values()
    return row
