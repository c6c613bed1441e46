"""Erasing somebody whose machine runs: it is ended, and nothing that was typed is written afterwards."""

from pathlib import Path
from uuid import UUID

import pytest

from tests.unit.machines.service.conftest import Scene
from training.machines.models import Response
from training.machines.service import keeping, responses
from training.personal.service import asking, sweep
from training.personal.service.asking import Wish

MARK = "XERASEMARK"


def erase(scene: Scene, name: str = "trainee") -> None:
    with scene.store.writing() as session:
        person = scene.people[name]
        erasure = asking.ask(session, person, person, Wish(days=0), scene.clock()).id
    asking.carry_out(scene.store, scene.settings, erasure, scene.clock(), at_once=True, here=scene.here)


def holding_it(scene: Scene) -> list[str]:
    """Files of the installation in which the mark stands."""
    files = [path for path in scene.settings.instance.rglob("*") if path.is_file()]
    return [str(path.relative_to(scene.settings.instance)) for path in files if MARK.encode() in path.read_bytes()]


def test_the_machine_is_ended_and_its_files_go(scene: Scene) -> None:
    response, other = scene.begin(), scene.begin("colleague")
    scene.type(response, f"echo {MARK}")
    assert holding_it(scene)
    guest = scene.guest(response)
    assert guest.running
    erase(scene)
    assert not (guest.folder / "alive").exists()
    assert not guest.folder.exists()
    if scene.store.is_sqlite:
        assert holding_it(scene) == []
    row = scene.response(response)
    assert (row.state, row.why) == ("ended", "The data of the person were erased.")
    assert scene.response(other).running
    assert scene.guest(other).running


def test_whoever_comes_later_writes_nothing_of_it(scene: Scene) -> None:
    response = scene.begin()
    scene.type(response, f"echo {MARK}")
    erase(scene)
    scene.clock.forward(minutes=1)
    keeping.go_round(scene.store, scene.settings, scene.here, scene.clock)
    responses.let_go(scene.here, response)  # of a request that was under way
    if scene.store.is_sqlite:
        assert holding_it(scene) == []


@pytest.mark.parametrize("place", ["responses/{}/console", "machines/{}/console.out"])
def test_each_pass_looks_for_files_of_people_who_were_erased(scene: Scene, place: str) -> None:
    response = scene.begin()
    erase(scene)
    left = scene.settings.instance / place.format(response)
    left.parent.mkdir(parents=True, exist_ok=True)
    left.write_text(f"{MARK}console")
    scene.clock.forward(days=3)  # the erasure itself is done with
    done = sweep.once(scene.store, scene.settings, scene.clock(), scene.here)
    assert done.cleared == 1
    assert not left.exists()
    assert sweep.once(scene.store, scene.settings, scene.clock(), scene.here).cleared == 0


def test_what_was_handed_over_and_waits_is_not_finished(scene: Scene) -> None:
    response = scene.begin()
    erase(scene)
    with scene.store.writing() as session:
        row = session.get_one(Response, response)
        row.state, row.seal = "handed", "0" * 64
    keeping.go_round(scene.store, scene.settings, scene.here, scene.clock)
    assert scene.response(response).attempt_id is None
    assert not records(scene.settings.instance, response).exists()


def records(instance: Path, response: UUID) -> Path:
    return instance / "responses" / str(response)
