from datetime import UTC, datetime, timedelta, timezone
from hashlib import sha256
from uuid import UUID

import pytest
from sqlalchemy import select, text

from training.audit import service
from training.audit.models import Salt
from training.audit.service import START, record
from training.store import Store, new_id

pytestmark = pytest.mark.own_database
NOW = datetime(2026, 3, 10, 12, 0, 0, 123456, tzinfo=UTC)
SEALS = '"seals":{"run:1":"ab","run:2":""},'


def fill(store: Store, count: int = 5) -> None:
    with store.writing() as session:
        for number in range(count):
            details = {"number": number, "text": "naïve ٤٢"}
            record(session, act="test.done", actor=new_id(), subject=f"thing:{number}", details=details, now=NOW)


def alter(store: Store, statement: str) -> None:
    """Change the log as somebody with the database file would: without the triggers."""
    with store.writing() as session:
        if store.is_sqlite:
            session.execute(text("DROP TRIGGER event_no_update"))
            session.execute(text("DROP TRIGGER event_no_delete"))
        else:
            session.execute(text("ALTER TABLE event DISABLE TRIGGER ALL"))
        session.execute(text(statement))


def test_a_chain_is_whole_and_starts_from_zeros(store: Store) -> None:
    with store.reading() as session:
        assert service.check(session) == service.Check(0, START, None)
    fill(store)
    with store.reading() as session:
        found = service.check(session)
    assert (found.events, found.fault) == (5, None)
    assert len(found.head) == 64


@pytest.mark.database
@pytest.mark.parametrize(
    ("statement", "fault"),
    [
        ("UPDATE event SET act = 'test.undone' WHERE seq = 3", "event 3 (test.undone) was altered"),
        ("UPDATE event SET details = '{\"number\": 9}' WHERE seq = 2", "event 2 (test.done) was altered"),
        ("UPDATE event SET actor = NULL WHERE seq = 5", "event 5 (test.done) was altered"),
        ("UPDATE event SET subject = 'thing:9' WHERE seq = 4", "event 4 (test.done) was altered"),
        ('UPDATE event SET seals = \'{"person:1": "0"}\' WHERE seq = 4', "event 4 (test.done) was altered"),
        ("UPDATE event SET at = '2026-03-10 11:00:00' WHERE seq = 4", "event 4 (test.done) was altered"),
        (
            "UPDATE event SET id = (SELECT actor FROM event WHERE seq = 1) WHERE seq = 4",
            "event 4 (test.done) was altered",
        ),
        (
            "UPDATE event SET actor = (SELECT id FROM event WHERE seq = 1) WHERE seq = 4",
            "event 4 (test.done) was altered",
        ),
        ("DELETE FROM event WHERE seq = 2", "event 2 is missing"),
        ("UPDATE event SET seq = seq + 100 WHERE seq = 1", "event 1 is missing"),
    ],
)
def test_an_altered_removed_or_moved_event_is_found(store: Store, statement: str, fault: str) -> None:
    """With how many events are whole before it, and the digest of the last of them."""
    fill(store)
    with store.reading() as session:
        heads = [START, *session.scalars(select(service.EVENT.c.digest).order_by(service.EVENT.c.seq))]
    alter(store, statement)
    broken = int(fault.split()[1])
    more = f"; the next one present is {broken + 1}" if "missing" in fault else " after it was recorded"
    with store.reading() as session:
        assert service.check(session) == service.Check(broken - 1, heads[broken - 1], fault + more)


@pytest.mark.usefixtures("in_tokyo")
@pytest.mark.parametrize(
    ("actor", "written"),
    [(UUID("00000000-0000-7000-8000-000000000002"), '"00000000-0000-7000-8000-000000000002"'), (None, "null")],
)
@pytest.mark.parametrize(
    ("seals", "said"),
    [(None, ""), ({}, '"seals":{},'), ({"run:2": "", "run:1": "ab"}, SEALS)],
    ids=["none", "no", "two"],
)
def test_the_digest_is_that_of_the_documented_form(
    actor: UUID | None, written: str, seals: dict[str, str] | None, said: str
) -> None:
    """Chains that were recorded before must go on being whole: this form is not for anybody to change."""
    event = {
        "seq": 7,
        "id": UUID("00000000-0000-7000-8000-000000000001"),
        "at": datetime(2026, 3, 10, 14, 0, 0, 5, tzinfo=timezone(timedelta(hours=2))),
        "actor": actor,
        "act": "test.done",
        "subject": "thing:7",
        "details": {"text": "naïve ٤٢", "number": 7},
        "previous": START,
        "seals": seals,
    }
    form = (
        '{"act":"test.done","actor":' + written + ',"at":"2026-03-10T12:00:00.000005+00:00","details":{"number":7,'
        '"text":"naïve ٤٢"},"id":"00000000-0000-7000-8000-000000000001","previous":"'
        + "0" * 64
        + '",'
        + said
        + '"seq":7,'
        '"subject":"thing:7"}'
    )
    assert service.digest(event) == sha256(form.encode()).hexdigest()


def test_a_chain_of_several_pages_is_walked_to_its_end(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    fill(store)
    monkeypatch.setattr(service, "PAGE", service.PAGE.limit(2))
    with store.reading() as session:
        assert service.check(session) == service.Check(5, session.execute(service.LAST).one().digest, None)


def test_a_commitment_is_salted_with_256_random_bits(store: Store) -> None:
    with store.writing() as session:
        person = new_id()
        first, second = (service.commit_to(session, person, "Amara Diallo") for _ in range(2))
    assert first != second
    with store.reading() as session:
        for commitment in (first, second):
            salt = session.get_one(Salt, UUID(commitment.partition(":")[0]))
            assert (salt.person, len(bytes.fromhex(salt.value))) == (person, 32)
            assert commitment == f"{salt.id}:{sha256(f'{salt.value}:Amara Diallo'.encode()).hexdigest()}"


def test_an_event_that_points_elsewhere_is_found(store: Store) -> None:
    fill(store)
    alter(store, "UPDATE event SET previous = digest WHERE seq = 3")
    with store.reading() as session:
        second = session.scalar(select(service.EVENT.c.digest).where(service.EVENT.c.seq == 2))
        assert service.check(session) == service.Check(2, second or "", "event 3 does not follow the one before it")


def test_a_commitment_shows_a_match_until_the_salt_is_erased(store: Store) -> None:
    person = new_id()
    with store.writing() as session:
        commitment = service.commit_to(session, person, "Amara Diallo")
        of_another = service.commit_to(session, new_id(), "Amara Diallo")
        record(
            session, act="person.made", actor=None, subject=f"person:{person}", details={"name": commitment}, now=NOW
        )
    assert "Amara" not in commitment
    with store.reading() as session:
        assert service.matches(session, commitment, "Amara Diallo") is True
        assert service.matches(session, commitment, "Amara Dialo") is False
    with store.writing() as session:
        assert service.forget(session, person) == 1
    with store.reading() as session:
        assert service.matches(session, commitment, "Amara Diallo") is None
        assert service.matches(session, of_another, "Amara Diallo") is True
        assert service.check(session).fault is None


def test_an_act_that_is_undone_leaves_no_event(store: Store) -> None:
    with pytest.raises(ZeroDivisionError), store.writing() as session:
        record(session, act="test.done", actor=None, subject="thing:1", details={}, now=NOW)
        raise ZeroDivisionError
    with store.reading() as session:
        assert service.check(session).events == 0
