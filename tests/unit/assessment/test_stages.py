"""What can be done with a round at each stage of its life, and what is refused then; who can be told apart later."""

import uuid
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import replace
from datetime import datetime, timedelta

import pytest
from sqlalchemy.orm import Session

from tests.assessment_place import ABOUT, SEED, host_of, make_round, respond
from tests.conftest import Clock, People
from training.accounts.actor import Actor
from training.assessment.models import Code, Respondent, Round
from training.assessment.service import answering, closing, contacts, links, retention, rounds
from training.assessment.service.contacts import Details
from training.errors import Conflict, Refused
from training.settings import Settings
from training.store import Store

DRAFT = {"describe", "choose", "open", "merge"}
TAKES = {"slips", "for a group", "begin", "answer", "take back"}
STAGES = {
    "draft": DRAFT,
    "open": TAKES | {"merge", "close"},
    "closed": {"reopen"},
    "reopened": TAKES | {"drop", "correct"},
    "dropped": {"reopen"},
    "cleared": set[str](),
}


@pytest.fixture
def host(people: People) -> Actor:
    return host_of(people.home, people["host"])


def test_each_stage_allows_its_own_acts_alone(store: Store, settings: Settings, host: Actor, clock: Clock) -> None:
    with store.writing() as session:
        held = make_round(session, host, clock())
        found = {"draft": _allowed(session, held, host, clock)}
        rounds.open_round(session, held, host, clock())
        for n in range(6):
            respond(session, held, f"r{n}", "S", {"D4.1": "3d"})
        found["open"] = _allowed(session, held, host, clock)
        closing.close(session, held, host, clock())
        found["closed"] = _allowed(session, held, host, clock)
        closing.reopen(session, held, "A typing error", host, clock())
        found["reopened"] = _allowed(session, held, host, clock)
        closing.drop(session, held, host, clock())
        found["dropped"] = _allowed(session, held, host, clock)
        clock.now += timedelta(days=800)
        retention.clear(session, settings.instance, clock())
        found["cleared"] = _allowed(session, held, host, clock)
    assert found == STAGES


def _allowed(session: Session, held: Round, host: Actor, clock: Clock) -> set[str]:
    """The acts that are not refused. Each is taken back again."""
    now = clock()
    group = Code(token_hash=b"c" * 32, round_id=held.id, group="S", most=5, used=0)
    one = Respondent(round_id=held.id, number=99_999, group="S", token_hash=b"r" * 32)
    acts: Mapping[str, Callable[[], object]] = {
        "describe": lambda: rounds.describe(held, replace(ABOUT, body="Another")),
        "choose": lambda: rounds.choose(held, {"D4.1": rounds.choices(held)["D4.1"]}),
        "open": lambda: rounds.open_round(session, held, host, now),
        "merge": lambda: rounds.merge(session, held, ("S", "P"), host, now),
        "close": lambda: closing.close(session, held, host, now),
        "reopen": lambda: closing.reopen(session, held, "Another error", host, now),
        "drop": lambda: closing.drop(session, held, host, now),
        "correct": lambda: closing.correct(session, held, host, now),
        "slips": lambda: links.slips(session, held, "S", 1, SEED, host, now),
        "for a group": lambda: links.for_group(session, held, "S", 5, SEED, host, now),
        "begin": lambda: links.begin(session, links.Entry(held, None, group), SEED),
        "answer": lambda: answering.keep(session, held, one, {"S20": {"text": "Said"}}),
        "take back": lambda: answering.forget(session, held, one),
    }
    found = set()
    for name, act in acts.items():
        session.flush()
        taken_back = session.begin_nested()
        session.add_all([group, one])
        session.flush()
        with suppress(Conflict):
            act()
            found.add(name)
        taken_back.rollback()
        group = Code(token_hash=b"c" * 32, round_id=held.id, group="S", most=5, used=0)
        one = Respondent(round_id=held.id, number=99_999, group="S", token_hash=b"r" * 32)
    return found


def _closed_round(session: Session, host: Actor, now: datetime) -> Round:
    """A round that one person has answered."""
    held = make_round(session, host, now)
    rounds.open_round(session, held, host, now)
    respond(session, held, "r", "S", {"D4.1": "3d"})
    closing.close(session, held, host, now)
    return held


def test_a_reason_for_a_correction_is_as_long_as_a_text_may_be(store: Store, host: Actor, clock: Clock) -> None:
    with store.writing() as session:
        held = _closed_round(session, host, clock())
        for wrong in ("", "  \n", "x" * (rounds.LONG + 1)):
            with pytest.raises(Refused) as refused:
                closing.reopen(session, held, wrong, host, clock())
            assert refused.value.field == "why"
        closing.reopen(session, held, "x" * rounds.LONG, host, clock())


def test_contact_details_are_as_long_as_a_field_and_kept_once(
    store: Store, settings: Settings, host: Actor, clock: Clock
) -> None:
    with store.writing() as session:
        held = make_round(session, host, clock())
        rounds.open_round(session, held, host, clock())
        for n in range(2):
            respond(session, held, f"r{n}", "S", {"D4.1": "3d"})
        long = "x" * (contacts.LONGEST + 1)
        for wrong in (Details("Awa", "  "), Details(long, "here"), Details("Awa", long)):
            with pytest.raises(Refused) as refused:
                contacts.keep(session, held, settings.instance, uuid.uuid4(), wrong)
            assert refused.value.field == "reach"
        key = uuid.uuid4()
        for told in (Details(long[1:], long[1:]), Details("Another", "elsewhere")):
            contacts.keep(session, held, settings.instance, key, told)
            session.flush()
        assert contacts.read(session, held, settings.instance) == [Details(long[1:], long[1:])]


def test_the_limit_of_24_months_is_the_same_instant_two_years_ago(clock: Clock) -> None:
    assert retention.limit(clock()) == clock().replace(year=2024)
    assert retention.limit(clock.now.replace(year=2028, month=2, day=29)) == clock.now.replace(2026, 2, 28)


def test_a_round_is_cleared_from_its_last_instant_on(
    store: Store, settings: Settings, host: Actor, clock: Clock
) -> None:
    with store.writing() as session:
        held = _closed_round(session, host, clock())
        end = clock().replace(year=2028)
        assert retention.clear(session, settings.instance, end - timedelta(seconds=1)) == []
        assert retention.clear(session, settings.instance, end) == [held]
        assert retention.clear(session, settings.instance, end) == [], "once"
