"""Who and what of a bundle is here under another id, and of whom a host must say it."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import insert

from tests.conftest import Clock, People
from training.errors import Refused
from training.hosting.carry import rows
from training.hosting.carry.identities import Answers, Found, Question, find
from training.store import Store, new_id

A, B, C, D = (str(new_id()) for _ in range(4))
Tables = Mapping[str, list[dict[str, Any]]]


def state(**tables: list[dict[str, Any]]) -> rows.State:
    """Rows of a side, of which only those columns are given that tell who is who."""
    given = {name: {rows.key(name, row): row for row in found} for name, found in tables.items()}
    return rows.checked({}) | given


def person(id_: str, login: str) -> dict[str, Any]:
    return {"id": id_, "login": login, "name": login.title()}


def member(person_id: object, number: str) -> dict[str, Any]:
    return {"session_id": "s", "person_id": str(person_id), "number": number}


@pytest.fixture
def asked(store: Store, people: People) -> "Asked":
    return Asked(store, people)


class Asked:
    """The database of home, and what it says of a bundle."""

    def __init__(self, store: Store, people: People) -> None:
        self.store, self.people = store, people

    def find(
        self,
        theirs: rows.State,
        ours: rows.State | None = None,
        said: Mapping[str, str] | None = None,
        answers: Answers | None = Answers(),  # noqa: B008 - it never changes
    ) -> Found:
        with self.store.reading() as session:
            return find(session, theirs, ours or state(), said or {}, self.people.home, answers)

    def id(self, name: str) -> str:
        return str(self.people[name])


def test_a_person_is_the_same_by_the_account_else_by_what_was_said_before_else_by_the_number(asked: Asked) -> None:
    trainee, colleague, host = (asked.id(one) for one in ("trainee", "colleague", "host"))
    ours = state(session_member=[member(trainee, "001"), member(colleague, "002"), member(host, "")])
    theirs = state(
        person=[person(trainee, "renamed"), person(A, "one"), person(B, "two"), person(C, "three"), person(D, "four")],
        session_member=[member(trainee, "001"), member(A, "001"), member(B, "002"), member(C, ""), member(D, "004")],
    )
    said = {A: host, B: str(new_id()), trainee: host}  # of B it is said that it is somebody who is not here
    found = asked.find(theirs, ours, said)
    names = {A: host, B: colleague}
    assert found == Found(names=names, people=names, logins={C: "three", D: "four"}, new={C, D}, questions=[])
    assert asked.find(theirs, ours, said, None) == Found(names=names, people=names)


def test_nobody_is_taken_for_another_by_name_or_login(asked: Asked) -> None:
    theirs = state(person=[person(A, "Trainee"), person(B, "newcomer"), person(C, "colleague")])
    questions = [Question("Trainee", "Trainee", "Trainee"), Question("colleague", "Colleague", "Colleague")]
    logins = {A: "Trainee", B: "newcomer", C: "colleague"}
    assert asked.find(theirs) == Found(logins=logins, new={A, B, C}, questions=questions)
    answers = Answers(same={"Trainee": "COLLEAGUE"}, other={"Trainee": "unasked", "colleague": " carla ", "x": "y"})
    names = {A: asked.id("colleague")}
    found = asked.find(theirs, answers=answers)
    assert found == Found(names=names, people=names, logins={B: "newcomer", C: "carla"}, new={B, C})
    taken = asked.find(state(person=[person(B, "newcomer")]), answers=Answers(other={"newcomer": "HOST"}))
    assert taken == Found(logins={B: "HOST"}, new={B}, questions=[Question("newcomer", "Newcomer", "Host")])


@pytest.mark.parametrize("login", ["stranger", "nobody", "other_instructor", "x" * 81, ""])
def test_only_somebody_with_a_role_in_the_organisation_of_the_session_is_said_to_be_the_same(
    asked: Asked, login: str
) -> None:
    theirs = state(person=[person(A, "newcomer")])
    with pytest.raises(Refused) as bad:
        asked.find(theirs, answers=Answers(same={"newcomer": login}))
    assert str(bad.value) == f"There is no account called {login[:80]} in this organisation."


@pytest.mark.parametrize("login", ["a b", "", "x" * 200, "a\u202eb"])
def test_a_sign_in_name_that_could_be_mistaken_is_given_to_nobody(asked: Asked, login: str) -> None:
    for there, answers in ((login, Answers()), ("newcomer", Answers(other={"newcomer": login}))):
        with pytest.raises(Refused, match="Choose a sign-in name"):
            asked.find(state(person=[person(A, there)]), answers=answers)


def test_an_organisation_is_the_same_by_its_id_or_by_its_name(asked: Asked) -> None:
    home, elsewhere = str(asked.people.home), str(asked.people.elsewhere)
    theirs = state(
        organisation=[
            {"id": home, "name_key": "university of norvala"},
            {"id": A, "name_key": "academy of port selby"},
            {"id": B, "name_key": "university of norvala"},
            {"id": C, "name_key": "somewhere else"},
        ]
    )
    assert asked.find(theirs) == Found(names={A: home, B: elsewhere}, people={A: home, B: elsewhere})


def release(name: str, sha256: str, number: int, now: datetime) -> dict[str, Any]:
    given = {"kind": "lab", "name": name, "sha256": sha256, "number": number}
    return {"id": new_id(), "published_at": now, "current": False, "published_by": None, "note": "", **given}


def run(key: str, try_no: int, now: datetime, *, removed: bool = False) -> dict[str, Any]:
    return {
        "id": new_id(),
        "key": key,
        "try_no": try_no,
        "exhibit": "e",
        "symbols": "s",
        "plugin": "linux.pslist",
        "plugin_version": "1",
        "options": {},
        "volatility": "2",
        "island": 1,
        "state": "failed",
        "reason": "It failed.",
        "rows": 0,
        "queued_at": now,
        "ended_at": now,
        "removed_at": now if removed else None,
    }


def test_releases_and_runs_are_the_same_by_what_they_are_where_one_alone_is(asked: Asked, clock: Clock) -> None:
    now = clock()
    releases = [release("one", "a" * 64, 1, now), release("one", "b" * 64, 2, now), release("two", "a" * 64, 1, now)]
    runs = [run("k1", 1, now), run("k1", 2, now, removed=True), run("k2", 1, now), run("k2", 2, now)]
    with asked.store.writing() as session:
        session.execute(insert(rows.table("release")), releases)
        session.execute(insert(rows.table("run")), runs)
    theirs = state(
        release=[
            {"id": A, "kind": "lab", "name": "one", "sha256": "b" * 64},
            {"id": B, "kind": "course", "name": "one", "sha256": "a" * 64},
            {"id": str(releases[2]["id"]), "kind": "lab", "name": "one", "sha256": "a" * 64},  # known by its id
        ],
        run=[
            {"id": C, "key": "k1", "state": "failed", "removed_at": None},
            {"id": D, "key": "k2", "state": "failed", "removed_at": None},  # two of here are like it
            {"id": B, "key": "k1", "state": "complete", "removed_at": None},
        ],
    )
    names = {A: str(releases[1]["id"]), C: str(runs[0]["id"])}
    assert asked.find(theirs) == Found(names=names)
    assert asked.find(theirs, answers=None) == Found(names=names)


def test_what_names_people_is_compared_under_the_names_of_here(asked: Asked, clock: Clock) -> None:
    trainee, now = asked.people["trainee"], clock()
    enrolment = {"id": new_id(), "person_id": trainee, "course": "memory-analysis"}
    with asked.store.writing() as session:
        made = release("memory-analysis", "a" * 64, 1, now) | {"kind": "course"}
        session.execute(insert(rows.table("release")), [made])
        values = {**enrolment, "release_id": made["id"]}
        times = {one.name: now for one in rows.table("enrolment").columns if one.name.endswith("_at")}
        session.execute(insert(rows.table("enrolment")), [{**times, **values}])
    ours = state(session_member=[member(trainee, "001")])
    theirs = state(
        person=[person(A, "somebody")],
        session_member=[member(A, "001")],
        enrolment=[{"id": B, "person_id": A, "course": "memory-analysis"}, {"id": C, "person_id": A, "course": "x"}],
    )
    found = asked.find(theirs, ours)
    assert found == Found(names={A: str(trainee), B: str(enrolment["id"])}, people={A: str(trainee)})
    assert found.people[A] == str(UUID(found.names[A]))


def test_more_than_one_statement_asks_for_are_found_all_the_same(asked: Asked) -> None:
    """Statements ask for a few hundred values at a time."""
    many = [str(new_id()) for _ in range(rows.BATCH - 1)]
    ids = sorted([*many, asked.id("trainee"), asked.id("host")])
    later = [str(UUID(int=2**128 - one)) for one in range(1, rows.BATCH + 2)]
    with asked.store.reading() as session:
        found = rows.of_keys(session, "person", [*ids, *later])
        none = rows.of_keys(session, "person", [])
    assert {key: row["login"] for key, row in found.items()} == {
        asked.id("trainee"): "trainee",
        asked.id("host"): "host",
    }
    assert none == {}
    assert "password_hash" not in found[asked.id("host")]
