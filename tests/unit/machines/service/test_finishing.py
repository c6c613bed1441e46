"""After the hand-over: the machine goes, one attempt opens on the image, and its marker finds what is to be read."""

from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import select

from tests.labs_place import make_assignment
from tests.unit.machines.service.conftest import Scene
from tests.unit.machines.service.test_record import note, outside, ready, seal
from training.errors import Conflict, Refused
from training.evidence.models import Exhibit, OwnExhibit
from training.labs.models import Attempt
from training.labs.service import reasons
from training.machines.models import Acquisition, Response
from training.machines.service import acquiring, handing, keeping, noting, responses

SHA256 = "5" * 64


def registered(scene: Scene, response: UUID, number: int = 1) -> None:
    """The image of an acquisition as an own exhibit, as registering it leaves it."""
    with scene.store.writing() as session:
        it = session.get_one(Response, response)
        now, empty = scene.clock(), "2" * 64
        session.add(
            Exhibit(
                sha256=SHA256, name="own-a", title="Own", os="linux", size=4096, symbols_sha256=empty,
                record_sha256=empty, truth_sha256=empty, banner="", origin="", captured_at=now, registered_at=now,
            )
        )  # fmt: skip
        session.flush()
        session.add(
            OwnExhibit(
                sha256=SHA256, person_id=it.person_id, organisation_id=it.organisation_id, release_id=it.release_id,
                assignment_id=it.assignment_id, response_id=it.id, number=number, variant="a", way="outside",
                base="debian-6.12.118-cloud", truth=False, materials=[], conduct=None, dropped_at=None,
            )
        )  # fmt: skip
        session.get_one(Acquisition, (response, number)).exhibit = SHA256
    (scene.settings.instance / "exhibits" / SHA256).mkdir(parents=True)


def finish(scene: Scene, response: UUID) -> UUID | None:
    return handing.finish(scene.store, scene.settings, scene.here, response, scene.clock)


def attempts(scene: Scene) -> list[Attempt]:
    with scene.store.reading() as session:
        return list(session.scalars(select(Attempt)))


def test_nothing_is_finished_that_was_not_handed_over(scene: Scene) -> None:
    response = ready(scene)
    assert finish(scene, response) is None
    with scene.store.writing() as session:
        session.get_one(Response, response).image = 1  # chosen, and not handed over
    assert finish(scene, response) is None
    assert scene.guest(response).running
    assert attempts(scene) == []


@pytest.mark.parametrize("by_the_round", [True, False])
def test_one_attempt_opens_on_what_was_handed_over(scene: Scene, *, by_the_round: bool) -> None:
    response = ready(scene)
    note(scene, response, noting.carry, 2, "plug")
    seal(scene, response)
    registered(scene, response)
    first = finish(scene, response) if not by_the_round else None
    keeping.go_round(scene.store, scene.settings, scene.here, scene.clock)
    (made,) = attempts(scene)
    assert {finish(scene, response), scene.response(response).attempt_id} | {first or made.id} == {made.id}
    assert (made.person_id, made.exhibit, made.closed_at) == (scene.people["trainee"], SHA256, None)
    assert not scene.here.machine(response).exists()
    record = scene.here.record(response)
    assert (record / "console").is_file()
    assert not [*record.glob("medium-*.img"), *record.glob("image-*/image.raw")], "no medium and no image is left"
    with scene.store.reading() as session:
        own = session.get_one(OwnExhibit, SHA256)
        assert own.conduct
        assert [one["name"] for one in own.materials] == ["console", "form"]
        assert [one.value for one in reasons.of(session, made.id)]


def test_an_image_that_can_not_be_received_says_why_and_is_tried_again(scene: Scene) -> None:
    response = ready(scene)
    seal(scene, response)
    assert finish(scene, response) is None, "these bytes are no memory of the machine's kernel"
    with scene.store.reading() as session:
        (one,) = acquiring.of(session, response)
    assert "no whole image" in one.fault
    assert (one.exhibit, scene.response(response).state) == ("", "handed")
    assert acquiring.image_of(scene.here, one).exists(), "it is kept for the next try"
    assert attempts(scene) == []


@pytest.mark.parametrize("missing", ["ended_at", "confirmed_at"])
def test_only_a_whole_image_of_a_confirmed_response_is_handed_over(scene: Scene, missing: str) -> None:
    response = ready(scene)
    outside(scene, response)
    with scene.store.writing() as session:
        thing: Any = session.get_one(Acquisition, (response, 2))
        if missing == "confirmed_at":
            thing = session.get_one(Response, response)
        setattr(thing, missing, None)
    with pytest.raises(Refused if missing == "ended_at" else Conflict):
        seal(scene, response, 2)
    assert scene.response(response).state == "live"


@pytest.mark.parametrize(
    ("mode", "released", "told"),
    [("practice", False, True), ("examination", False, False), ("examination", True, True)],
)
def test_how_the_work_was_judged_is_told_with_the_results(
    scene: Scene, mode: str, *, released: bool, told: bool
) -> None:
    response = ready(scene)
    with scene.store.writing() as session:
        now, it = scene.clock(), session.get_one(Response, response)
        by, when = scene.people["instructor"], now if released else None
        set_as = make_assignment(it.organisation_id, scene.lab, by, now, mode=mode, minutes=90, released_at=when)
        session.add(set_as)
        session.flush()
        it.assignment_id = set_as.id
    seal(scene, response)
    with scene.store.reading() as session:
        assert handing.told(session, scene.here, session.get_one(Response, response), scene.clock()) is told
    if mode == "examination":
        registered(scene, response)
        assert finish(scene, response)
        with scene.store.reading() as session:
            it = session.get_one(Response, response)
            assert it.attempt_id
            assert handing.told(session, scene.here, it, scene.clock()) is told


def test_a_machine_that_never_started_is_let_go(scene: Scene) -> None:
    response = scene.begin(arrive=False)
    with scene.store.writing() as session:
        session.get_one(Response, response).state = "starting"
    keeping.go_round(scene.store, scene.settings, scene.here, scene.clock)
    assert scene.response(response).ended_at is None, "it may still come"
    scene.clock.now += keeping.STARTING
    keeping.go_round(scene.store, scene.settings, scene.here, scene.clock)
    assert scene.response(response).ended_at is None
    scene.clock.forward(seconds=1)
    keeping.go_round(scene.store, scene.settings, scene.here, scene.clock)
    found = scene.response(response)
    assert (found.state, found.why) == ("ended", "The machine was never started.")
    assert not scene.here.machine(response).exists()


@pytest.mark.parametrize("failing", [0, 1])
def test_what_fails_with_one_machine_stops_no_other(scene: Scene, failing: int) -> None:
    both = [scene.begin(), scene.begin("colleague")]
    with scene.store.writing() as session:
        for each in both:
            responses.happen(session, responses.get(session, each), "skip", "", scene.clock(), wish="skip")
        acquiring.outside(session, responses.get(session, both[failing]), scene.clock())
    (scene.here.machine(both[failing]) / "console.out").unlink()
    keeping.go_round(scene.store, scene.settings, scene.here, scene.clock)
    assert scene.machines.orders[str(both[1 - failing])][-1] == "skip"
    with scene.store.reading() as session:
        assert "no machine" in acquiring.of(session, both[failing])[0].fault
