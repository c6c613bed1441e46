"""Two sessions of one person: what is recorded in one of them counts and is changed nowhere else."""

import json
import re
import secrets
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import pytest

from tests.conftest import Clock, People
from tests.hosting_place import instructor, make_teaching, somebody
from tests.unit.credentials.conftest import facts_of
from tests.unit.credentials.test_critical import AGAINST, GOOD, LATE
from training.accounts.actor import Actor, Role
from training.audit.models import Event
from training.courses.moving import signing
from training.credentials import badges, critical, grid, proofs, resits, results, service, short
from training.credentials.critical import Wish
from training.credentials.making import Award, Site
from training.credentials.models import Certificate, Resit
from training.credentials.offline import file as offline
from training.credentials.overview import overview
from training.credentials.results import Wish as Found
from training.errors import NotThere, Refused
from training.hosting.models import TeachingSession
from training.store import Store

Pair = tuple[UUID, UUID]


@pytest.fixture
def pair(store: Store, people: People, clock: Clock) -> Pair:
    """Two sessions with the same trainees; in the second one the trainee has results and a critical error."""
    with store.writing() as session:
        made = [make_teaching(session, people, clock(), trainees=("trainee", "colleague")) for _ in range(2)]
        for one in made:
            one.opened_at = clock()
        keys = made[0].id, made[1].id
    clock.now = LATE
    with store.writing() as session:
        second = session.get_one(TeachingSession, keys[1])
        for name, count in (("A", 3), ("B", 2)):
            wish = Found(name, 1, ("80",) * count, "2026-11-27")
            results.record(session, instructor(people), second, people["trainee"], wish, clock())
        critical.record(session, instructor(people), second, people["trainee"], Wish(**GOOD), clock())
    return keys


def test_results_and_errors_are_those_of_their_session(store: Store, people: People, pair: Pair) -> None:
    with store.reading() as session:
        first, second = (session.get_one(TeachingSession, key) for key in pair)
        who, other = people["trainee"], people["colleague"]
        assert [len(results.newest(session, one)) for one in (first, second)] == [0, 2]
        assert [len(results.errors(session, one)) for one in (first, second)] == [0, 1]
        assert [len(results.standing(session, second, one)) for one in (who, other)] == [2, 0]
        assert results.errors(session, second, other) == {}
        assert [one.id for one in critical.sessions_of(session, who)] == [second.id]
        assert critical.sessions_of(session, other) == []


def test_an_error_is_found_and_waits_in_its_own_session_alone(
    store: Store, people: People, clock: Clock, pair: Pair
) -> None:
    with store.writing() as session:
        first, second = (session.get_one(TeachingSession, key) for key in pair)
        (error,) = results.errors(session, second)[people["trainee"]]
        critical.appeal(session, somebody(people, "trainee", Role.TRAINEE), second, error, AGAINST, clock())
        session.flush()
        assert [critical.waiting(session, one) for one in (first, second)] == [0, 1]
        assert critical.get(session, second, error.id) is error
        with pytest.raises(NotThere):
            critical.get(session, first, error.id)


def granted(people: People, clock: Clock, session_id: UUID, **changed: Any) -> Resit:
    row: dict[str, Any] = {"session_id": session_id, "person_id": people["trainee"], "granted_by": people["instructor"]}
    row |= {
        "granted_at": clock(),
        "ends_at": clock() + timedelta(minutes=9),
        "withdrawn_why": "",
        "examination": "A",
        "sitting": 2,
        "variant": "B",
        "works": [],
    }
    return Resit(**{**row, "reason": "Ill on the day.", "opens_at": clock(), **changed})


def test_a_resit_is_found_in_its_own_session_alone(store: Store, people: People, clock: Clock, pair: Pair) -> None:
    with store.writing() as session:
        first, second = (session.get_one(TeachingSession, key) for key in pair)
        session.add(made := granted(people, clock, second.id))
        session.flush()
        assert resits.get(session, second, made.id) is made
        with pytest.raises(NotThere):
            resits.get(session, first, made.id)
        assert [len(resits.of_person(session, one, people["trainee"])) for one in (first, second)] == [0, 1]
        assert resits.of_person(session, second, people["colleague"]) == []
        found = [results.resit(session, one, people["trainee"], "A", 2) for one in (first, second)]
        assert found == [None, made]
        assert results.resit(session, second, people["colleague"], "A", 2) is None
        assert results.resit(session, second, people["trainee"], "B", 2) is None


def test_a_resit_is_to_come_for_its_person_until_it_is_over_or_has_a_result(
    store: Store, people: People, clock: Clock, pair: Pair
) -> None:
    with store.writing() as session:
        first, second = (session.get_one(TeachingSession, key) for key in pair)
        back = {"withdrawn_at": clock(), "withdrawn_by": people["instructor"], "withdrawn_why": "Not needed."}
        made = granted(people, clock, second.id)
        session.add_all([made, granted(people, clock, second.id, examination="B", **back)])
        session.flush()

        def found(teaching: TeachingSession, name: str = "trainee", minutes: float = 0) -> list[Resit]:
            return resits.to_come(session, teaching, people[name], clock() + timedelta(minutes=minutes))

        assert [found(second), found(first), found(second, "colleague")] == [[made], [], []]
        assert [found(second, minutes=8.9), found(second, minutes=9)] == [[made], []]
        wish = Found("A", 2, ("90",) * 3, "2026-11-27")
        results.record(session, instructor(people), second, people["trainee"], wish, clock())
        session.flush()
        assert found(second) == []


def test_a_resit_that_was_taken_back_is_none(store: Store, people: People, clock: Clock, pair: Pair) -> None:
    with store.writing() as session:
        second = session.get_one(TeachingSession, pair[1])
        back = {"withdrawn_at": clock(), "withdrawn_by": people["instructor"], "withdrawn_why": "Not needed."}
        session.add(granted(people, clock, second.id, **back))
        session.flush()
        assert results.resit(session, second, people["trainee"], "A", 2) is None
        wish = Found("A", 2, ("90",) * 3, "2026-11-27")
        with pytest.raises(Refused, match="Nobody granted"):
            results.record(session, instructor(people), second, people["trainee"], wish, clock())


@pytest.mark.parametrize("day", ["2026-11-26", "2026-11-28"])
def test_a_resit_is_recorded_for_the_day_that_it_was_granted_for(
    store: Store, people: People, clock: Clock, pair: Pair, day: str
) -> None:
    with store.writing() as session:
        second = session.get_one(TeachingSession, pair[1])
        session.add(granted(people, clock, second.id))  # for nine minutes of Friday
        session.flush()
        clock.forward(days=2)
        wish = Found("A", 2, ("90",) * 3, day)
        with pytest.raises(Refused, match="was granted for 2026-11-27"):
            results.record(session, instructor(people), second, people["trainee"], wish, clock())


def test_a_day_of_an_examination_lies_within_the_session_and_not_ahead(
    store: Store, people: People, clock: Clock, pair: Pair
) -> None:
    with store.reading() as session:
        teaching = session.get_one(TeachingSession, pair[0])
        assert results.day_of(teaching, "2026-11-23", clock()).isoformat() == "2026-11-23"
        assert results.day_of(teaching, "2026-11-27", clock()).isoformat() == "2026-11-27"  # still today in Paris
        for wrong in ("2026-11-22", "2026-11-28", "27.11.2026", ""):
            with pytest.raises(Refused):
                results.day_of(teaching, wrong, clock())


def test_a_resit_is_closed_while_its_first_sitting_lacks_a_piece(
    store: Store, people: People, clock: Clock, pair: Pair
) -> None:
    by = instructor(people)
    with store.writing() as session:
        first = session.get_one(TeachingSession, pair[0])
        session.add(granted(people, clock, first.id))
        results.record(session, by, first, people["trainee"], Found("A", 1, ("80", "", "70"), "2026-11-27"), clock())
        session.flush()
        (row,) = grid.sheet(session, by, first, "A", 2, clock()).rows
        assert row.closed == results.BEFORE
        clock.forward(seconds=1)
        results.record(session, by, first, people["trainee"], Found("A", 1, ("80", "0", "70"), "2026-11-27"), clock())
        session.flush()
        (row,) = grid.sheet(session, by, first, "A", 2, clock()).rows
        assert row.closed == ""


def test_results_are_settled_by_two_people_or_a_certificate_in_their_own_session(
    store: Store,
    people: People,
    clock: Clock,
    pair: Pair,
    site: Site,
    award: Callable[..., Award],
    actor_of: Callable[..., Actor],
) -> None:
    with store.writing() as session:
        first, second = actor_of(session, "instructor"), actor_of(session, "host")
        service.confirm(session, pair[0], "a" * 64, first, clock())
        service.confirm(session, pair[0], "b" * 64, second, clock())
        assert not service.settled(session, pair[0]), "of two tables, each by one"
        service.confirm(session, pair[0], "a" * 64, second, clock())
        assert [service.settled(session, key) for key in pair] == [True, False]
        given = award("trainee")
        moved = Award(given.person_id, pair[1], given.organisation_id, given.facts)
        made = service.issue(session, site, moved, first, clock())
        assert service.settled(session, pair[1])
        assert [len(service.of_session(session, key)) for key in pair] == [0, 1]
        assert service.of_person(session, people["colleague"]) == []
        assert made.number == 1


def test_a_list_marks_what_was_revoked_on_it_and_no_place_is_given_twice(
    store: Store,
    clock: Clock,
    site: Site,
    award: Callable[..., Award],
    actor_of: Callable[..., Actor],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """With four places to a list, the second certificate has three left; once two are given a new list is begun."""
    monkeypatch.setattr(service, "FULL", 2)
    drawn = iter((1, 1, 2, 3))
    monkeypatch.setattr(secrets, "randbelow", lambda _most: next(drawn))
    with store.writing() as session:
        by = actor_of(session, "host")
        for name in ("trainee", "colleague", "instructor"):
            service.issue(session, site, award(name), by, clock())
            clock.forward(seconds=1)
        made = session.query(Certificate).order_by(Certificate.issued_at).all()
        assert [(one.listed, one.index) for one in made] == [(1, 1), (1, 2), (2, 3)]
        service.revoke(session, made[2], by, "Not theirs.", clock())
        session.flush()
        expected = badges.status_list(site.address, 1, site.name, [], clock())
        assert proofs.token(expected, site.name, site.sign) == service.status_list(
            session, site, 1, clock(), embedded=False
        )
        with pytest.raises(NotThere):
            service.status_list(session, site, 3, clock(), embedded=False)


def test_a_confirmation_names_who_gave_it(store: Store, clock: Clock, actor_of: Callable[..., Actor]) -> None:
    key = uuid4()
    with store.writing() as session:
        by = actor_of(session, "host")
        service.confirm(session, key, "a" * 64, by, clock())
        session.flush()
        event = session.query(Event).filter_by(act="results.confirmed").one()
        assert (event.actor, event.subject, event.details) == (by.id, f"session:{key}", {"results": "a" * 64})


def test_certificates_are_counted_and_hold_by_person_and_session(
    store: Store, clock: Clock, site: Site, award: Callable[..., Award], actor_of: Callable[..., Actor], pair: Pair
) -> None:
    """Who has one of a session gets one of the next as well, and both are the first."""
    with store.writing() as session:
        by = actor_of(session, "host")
        for key in pair:
            for name in ("trainee", "colleague"):
                given = award(name)
                moved = Award(given.person_id, key, given.organisation_id, given.facts)
                assert service.issue(session, site, moved, by, clock()).number == 1
        first, second = (service.of_session(session, key)[0] for key in pair)
        new = service.replace(session, site, first, facts_of(holder="Amara Sow"), "Name", by, clock())
        assert (new.number, new.session_id, new.person_id) == (2, pair[0], first.person_id)
        assert [service.shown(session, one).state for one in (first, second)] == ["replaced", "valid"]


def test_the_verifier_trusts_earlier_keys_of_the_installation_after_its_own_and_signs_its_list(
    store: Store,
    clock: Clock,
    site: Site,
    award: Callable[..., Award],
    actor_of: Callable[..., Actor],
    tmp_path: Path,
) -> None:
    earlier = Site(tmp_path / "earlier", site.address)
    with store.writing() as session:
        by = actor_of(session, "host")
        old = service.issue(session, earlier, award("trainee"), by, clock())
        service.issue(session, site, award("colleague"), by, clock())
        service.revoke(session, old, by, "Not theirs.", clock())
        session.flush()
        page = service.verifier(session, site, "en", clock()).decode()
    found = re.search(r"<script[^>]*application/json[^>]*>(.*?)</script>", page, re.DOTALL)
    assert found
    data = json.loads(found[1])
    assert [(one["did"], one["key"]) for one in data["keys"]] == [(one.name, one.key.hex()) for one in (site, earlier)]
    text = data["list"]["text"]
    assert signing.holds(site.key, bytes.fromhex(data["list"]["signature"]), offline.CONTEXT + text.encode())
    assert json.loads(text)["codes"] == [offline.known_as(old.code)]


def test_the_square_code_says_what_the_paper_says(
    store: Store, clock: Clock, site: Site, award: Callable[..., Award], actor_of: Callable[..., Actor]
) -> None:
    with store.writing() as session:
        made = service.issue(session, site, award("trainee"), actor_of(session, "host"), clock())
        assert short.read(made.signed).said == short.Short(
            made.code,
            "achievement",
            "en",
            "Amara Diallo",
            "University of Norvala",
            "Live data forensics",
            "Room 204",
            "2024-11-02",
            "2024-11-06",
            f"{clock():%Y-%m-%d}",
            "33.5",
            10,
            10,
            (("A", "passed"),),
            (("K3", 3, "2024-11-05"),),
        )


def test_what_two_confirm_is_another_table_once_a_day_a_score_or_an_error_is(
    store: Store, people: People, clock: Clock, pair: Pair
) -> None:
    """None of it changes who gets which certificate: the confirmations are asked for again all the same."""
    by = instructor(people)
    with store.writing() as session:
        second = session.get_one(TeachingSession, pair[1])
        seen = [overview(session, second).digest]
        for pieces, day in ((("80", "80"), "2026-11-26"), (("80", "81"), "2026-11-26")):
            clock.forward(seconds=1)
            results.record(session, by, second, people["trainee"], Found("B", 1, pieces, day), clock())
            seen.append(overview(session, second).digest)
        (error,) = results.errors(session, second)[people["trainee"]]
        critical.decide(session, by, second, error, critical.WITHDRAWN, "It was on record after all.", clock())
        session.flush()
        seen.append(overview(session, second).digest)
        assert len({*seen}) == 4
