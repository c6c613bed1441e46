"""In which order records come, whatever the order in which they were written: by their time, then by their id."""

from datetime import date, timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest
from sqlalchemy.orm import Session

from tests.conftest import People
from tests.unit.credentials.conftest import AT, SESSION
from training.credentials import resits, results, service
from training.credentials.models import Certificate, Confirmation, CriticalError, Resit, Result, Revocation
from training.hosting.models import TeachingSession
from training.store import Store

TEACHING = TeachingSession(id=SESSION)
WRITTEN = ((3, 1), (1, 1), (2, 0))
"""Id and hour of each, in the order of writing: 2, 1 and 3 is the order in which they were made."""


def write(session: Session, model: Any, of: str, *, written: Any = WRITTEN, **same: Any) -> None:
    for number, hour in written:
        values = {name: one(number) if callable(one) else one for name, one in same.items()}
        session.add(model(id=UUID(int=number), **{of: AT + timedelta(hours=hour)}, **values))
        session.flush()


def numbers(rows: Any) -> list[int]:
    return [one.id.int for one in rows]


@pytest.fixture
def mine(people: People) -> dict[str, Any]:
    return {"session_id": SESSION, "person_id": people["trainee"]}


def test_results_errors_resits_and_confirmations_come_in_the_order_of_their_making(
    store: Store, people: People, mine: dict[str, Any]
) -> None:
    by = people["instructor"]
    with store.writing() as session:
        same = {**mine, "by": by, "examination": "A", "sitting": 1}
        write(session, Result, "at", **same, pieces=lambda n: [str(n)], score=0, critical=[], sat_on=date(2024, 11, 6))
        assert numbers(results.newest(session, TEACHING).values()) == [3]
        words = {"happened": "-", "place": "-", "appeal": "", "note": ""}
        write(session, CriticalError, "at", **same, error=str, **words)
        assert numbers(results.errors(session, TEACHING)[people["trainee"]]) == [2, 1, 3]
        write(
            session, Resit, "granted_at", **mine, examination=lambda n: f"A{n}", sitting=2, opens_at=AT,
            ends_at=AT + timedelta(days=1), variant="", works=[], reason="-", granted_by=by, withdrawn_why="",
        )  # fmt: skip
        assert numbers(resits.of_person(session, TEACHING, people["trainee"])) == [2, 1, 3]
        assert numbers(resits.to_come(session, TEACHING, people["trainee"], AT)) == [2, 1, 3]
        who = {1: "instructor", 2: "host", 3: "administrator"}
        write(session, Confirmation, "at", session_id=SESSION, results_sha256="a" * 64, by=lambda n: people[who[n]])
        assert list(service.confirmed_by(session, SESSION, "a" * 64)) == [people[who[n]] for n in (2, 1, 3)]


def certificates(
    session: Session, people: People, mine: dict[str, Any], *, written: Any = WRITTEN, listed: int = 1
) -> None:
    texts = dict.fromkeys(("facts", "signed", "credential", "token"), "")
    digests = {name: lambda n: f"{n:064}" for name in ("facts_sha256", "pdf_sha256")}
    write(
        session, Certificate, "issued_at", written=written, **mine, **texts, **digests, kind="attendance",
        language="en", pdf=b"", listed=listed, index=lambda n: n, code=lambda n: f"C{n}", number=lambda n: n,
        issuer=lambda n: f"did:key:z{n % 2}", organisation_id=people.home,
    )  # fmt: skip


def test_certificates_of_a_session_come_in_the_order_of_issue(
    store: Store, people: People, mine: dict[str, Any]
) -> None:
    with store.writing() as session:
        certificates(session, people, mine)
        assert numbers(service.of_session(session, SESSION)) == [2, 1, 3]
        every = [UUID(int=number) for number in (3, 2, 1)]
        assert numbers([service.by_any(session, every, [])]) == [1], "of several that a file names the first issued"
        assert service.of_session(session, uuid4()) == []


def test_certificates_of_a_person_come_newest_first(store: Store, people: People, mine: dict[str, Any]) -> None:
    with store.writing() as session:
        certificates(session, people, mine, written=((1, 1), (3, 1), (2, 0)))
        assert numbers(service.of_person(session, people["trainee"])) == [3, 1, 2]


def test_the_last_list_takes_the_next_certificate_until_it_is_full(
    store: Store, people: People, mine: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(service, "FULL", 2)
    with store.writing() as session:
        assert service._free_place(session)[0] == 1
        for number, listed, following in ((1, 1, 1), (2, 1, 2), (3, 2, 2), (4, 3, 3)):
            certificates(session, people, mine, written=((number, 0),), listed=listed)
            assert service._free_place(session)[0] == following


def test_a_revocation_belongs_to_one_certificate(store: Store, people: People, mine: dict[str, Any]) -> None:
    """Another one of the same session and person holds on, and takes the place of a third."""
    with store.writing() as session:
        certificates(session, people, mine)
        session.add(Revocation(certificate_id=UUID(int=1), at=AT, by=None, reason="-"))
        session.flush()
        session.expire_all()
        found = {one.id.int: one.revocation is None for one in service.of_session(session, SESSION)}
        assert found == {1: False, 2: True, 3: True}
