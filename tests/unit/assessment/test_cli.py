"""`python app.py assessment clear`: what a timer runs."""

import pytest
from click.testing import CliRunner
from sqlalchemy import func, select, update

from tests.assessment_place import answered, host_of
from tests.conftest import Clock, People
from training.assessment.cli import assessment
from training.assessment.models import Answer, Round
from training.assessment.service import closing
from training.settings import Settings
from training.store import Store


@pytest.fixture
def old(store: Store, people: People, clock: Clock) -> None:
    """A round that closed more than two years before today."""
    host = host_of(people.home, people["host"])
    with store.writing() as session:
        held = answered(session, host, clock())
        closing.close(session, held, host, clock())
        session.execute(update(Round).values(closed_at=clock.now.replace(year=2020)))


def left(store: Store) -> int:
    with store.reading() as session:
        return session.scalar(select(func.count()).select_from(Answer)) or 0


@pytest.mark.usefixtures("old")
def test_what_is_due_is_said_first_and_then_deleted_once(store: Store, settings: Settings) -> None:
    run = CliRunner().invoke
    before = left(store)
    assert before > 50
    said = run(assessment, ["clear", "--look"], obj=settings)
    assert said.output.startswith("Due: round ")
    assert left(store) == before
    assert run(assessment, ["clear"], obj=settings).output.startswith("Cleared: round ")
    assert left(store) == 0
    assert run(assessment, ["clear"], obj=settings).output == "assessment clear: 0 rounds cleared\n"
