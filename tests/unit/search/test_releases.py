"""Who works with an older release of a course finds the passages of that one, and everybody else those on offer."""

import pytest
from sqlalchemy import text

from tests.conftest import introduce
from tests.unit.search.conftest import Harbour
from training.accounts.service import by_login
from training.content import service as content
from training.learning.models import Enrolment
from training.search import releases, service
from training.store import new_id

pytestmark = pytest.mark.database

SECTION = ("module", "harbour", "m1-1", "s1")


def renamed(harbour: Harbour) -> None:
    harbour.change("01-quay/index.md", "Write down the authority", "Write down the harbourmaster")
    harbour.publish()


def test_a_learner_is_led_to_text_of_the_release_in_use(harbour: Harbour) -> None:
    pinned = harbour.enrol()
    renamed(harbour)
    assert harbour.found("authority quay", reader=pinned) == [SECTION]
    assert harbour.found("harbourmaster", reader=pinned) == []
    assert harbour.found("authority") == []
    assert harbour.found("harbourmaster") == [SECTION]


def test_whoever_has_not_begun_is_led_to_nobody_elses_release(harbour: Harbour) -> None:
    pinned = harbour.enrol()
    renamed(harbour)
    with harbour.store.reading() as session:
        other = by_login(session, "colleague").id
    for reader, number in ((pinned, 1), (other, 2)):
        with harbour.store.reading() as session:
            assert list(releases.opened(session, ("course",), reader)) == [f"course/harbour/{number}"]
    assert harbour.found("harbourmaster", reader=other) == [SECTION]


def test_each_finds_a_passage_once(harbour: Harbour) -> None:
    pinned = harbour.enrol()
    renamed(harbour)
    for reader in (pinned, None):
        found = harbour.found("quay", reader=reader)
        assert len(found) == len(set(found)) > 1


def test_who_moves_on_finds_the_newer_text_and_the_older_one_leaves_the_index(harbour: Harbour) -> None:
    pinned = harbour.enrol()
    renamed(harbour)
    assert harbour.found("authority quay", reader=pinned)
    with harbour.store.writing() as session:
        row = session.query(Enrolment).filter_by(person_id=pinned).one()
        row.release_id = content.get(session, "course", "harbour").id
    assert harbour.found("harbourmaster", reader=pinned) == [SECTION]
    with harbour.store.reading() as session:
        held = session.execute(text("SELECT count(*) FROM search_index WHERE source = 'course/harbour/1'"))
        assert held.scalar_one() == 0


def test_a_new_release_does_not_have_the_older_one_read_again(harbour: Harbour) -> None:
    harbour.enrol()
    service.keep(harbour.store, harbour.settings)
    renamed(harbour)
    assert service.keep(harbour.store, harbour.settings) == 1


def test_a_course_that_is_no_longer_offered_is_not_found_by_those_who_began_it(harbour: Harbour) -> None:
    pinned = harbour.enrol()
    renamed(harbour)
    with harbour.store.writing() as session:
        content.get(session, "course", "harbour").current = False
    assert harbour.found("authority quay", reader=pinned) == []


def test_who_is_held_to_a_release_finds_that_one_before_anything_is_begun(harbour: Harbour) -> None:
    first = harbour.publish()
    with harbour.store.writing() as session:
        held = introduce(session, harbour.clock())["colleague"]
        content.hold_to(session, new_id(), [held], [first], harbour.clock())
    renamed(harbour)
    assert harbour.found("authority quay", reader=held) == [SECTION]
    assert harbour.found("harbourmaster", reader=held) == []
    assert harbour.found("harbourmaster") == [SECTION]
