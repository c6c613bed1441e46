"""A session that goes to a laptop without a network and comes back."""

from pathlib import Path
from uuid import UUID

from sqlalchemy import select

from tests.conftest import People
from training.hosting.carry import rows
from training.hosting.carry.identities import Answers
from training.hosting.models import TeachingSession

from .conftest import Place

OTHERS = Answers(other={"trainee": "amina", "instructor": "boris"})


def test_a_session_arrives_whole_at_an_installation_that_was_only_just_set_up(
    home: Place, laptop: Place, people: People, teaching: UUID, tmp_path: Path
) -> None:
    sent = home.send(teaching, tmp_path / "week.engram")

    asked = laptop.look(sent).questions
    assert {one.login for one in asked} == {"trainee", "instructor"}  # the first start made accounts of these names

    seen = laptop.look(sent, OTHERS)
    assert (seen.questions, seen.lacking, seen.clashes) == ((), (), ())
    assert {one.here for one in seen.people} == {"amina", "colleague", "boris"}

    laptop.take(sent, OTHERS)

    with home.store.reading() as one, laptop.store.reading() as other:
        there, here = rows.read(one, teaching), rows.read(other, teaching)
        title = other.scalars(select(TeachingSession.title)).one()
    assert title == "Autumn week"
    assert {name: len(one) for name, one in here.items()} == {name: len(one) for name, one in there.items()}
