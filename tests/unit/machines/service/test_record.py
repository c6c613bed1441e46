"""What is noted beside the console, what is decided and carried, and the record that is sealed and handed over."""

import shutil
import stat
from collections.abc import Callable
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import text as sql

from tests.unit.machines.service.conftest import Scene
from training.accounts.actor import Role
from training.accounts.models import Person
from training.audit import service as audit
from training.audit.models import Event
from training.errors import Conflict, NotThere, Refused
from training.machines.models import Acquisition, Decision, Entry, Form, Happening, Remark, Response
from training.machines.service import acquiring, forgetting, guiding, handing, keeping, noting, responses, sealing
from training.machines.service.noting import Pair
from training.personal.service import asking

PAIR = {"guest_clock": "2026-03-10 12:00:12", "reference_clock": "2026-03-10T12:00:00Z", "offset": "+12"}


def rows(scene: Scene, kind: type[Any], response: UUID) -> list[Any]:
    with scene.store.reading() as session:
        return noting.rows(session, kind, session.get_one(Response, response))


def note(scene: Scene, response: UUID, act: Callable[..., Any], *given: Any) -> Any:
    return scene.do(response, lambda session, it: act(session, it, *given, scene.clock()))


def outside(scene: Scene, response: UUID) -> Acquisition:
    note(scene, response, acquiring.outside)
    acquiring.take(scene.store, scene.here, response, scene.clock)
    last: Acquisition = rows(scene, Acquisition, response)[-1]
    return last


def fork(scene: Scene, response: UUID, name: str) -> Any:
    with scene.store.reading() as session:
        lab = responses.lab_of(session, scene.here, session.get_one(Response, response))
    return noting.fork_of(responses.situation(lab), name)


def ready(scene: Scene) -> UUID:
    """A response that can be handed over."""
    response = scene.begin()
    scene.type(response, "ps -ef")
    note(scene, response, noting.scene, PAIR)
    note(scene, response, noting.decide, fork(scene, response, "link"), "cut", "It can be wiped.")
    note(scene, response, noting.remark, "one is missing", 1)
    outside(scene, response)
    return response


def seal(scene: Scene, response: UUID, image: int = 1) -> None:
    with scene.store.writing() as session:
        handing.seal(session, scene.here, responses.get(session, response), image, "All of it.", scene.clock())


@pytest.mark.parametrize(
    ("written", "said"), [("+12", "agrees"), ("12,4", "agrees"), ("-12", "turned"), ("3", "neither")]
)
def test_a_clock_pair_tells_how_far_the_machine_is_ahead(written: str, said: str) -> None:
    pair = noting.clock_pair({**PAIR, "offset": written})
    assert pair == Pair(12, float(written.replace(",", ".")))
    assert (pair.agrees, pair.turned) == (said == "agrees", said == "turned")


def test_a_machine_that_is_behind_has_a_minus() -> None:
    given = {"guest_clock": "2026-03-10 11:58:00", "reference_clock": "2026-03-10 12:00:00", "offset": "-120"}
    pair = noting.clock_pair(given)
    assert pair
    assert (pair.measured, pair.agrees) == (-120, True)


def test_a_better_form_is_a_further_row_and_none_is_ever_changed(scene: Scene) -> None:
    response = scene.begin()
    note(scene, response, noting.scene, {"screen": "on"})
    note(scene, response, noting.scene, {"screen": "locked", **PAIR})
    found = rows(scene, Form, response)
    assert [(one.content["screen"], one.clock_offset) for one in found] == [("on", None), ("locked", 12.0)]
    for table in ("response_form", "response_remark", "response_decision"):
        note(scene, response, noting.remark, "x", None)
        note(scene, response, noting.decide, fork(scene, response, "help"), "call", "y")
        with pytest.raises(Exception, match="append-only"), scene.store.writing() as session:
            session.execute(sql(f"UPDATE {table} SET number = 77"))  # noqa: S608 - a name of ours


def test_a_remark_belongs_to_a_line_that_is_there(scene: Scene) -> None:
    response = scene.begin()
    with pytest.raises(NotThere):
        note(scene, response, noting.remark, "to nothing", 7)
    scene.type(response, "ps")
    note(scene, response, noting.remark, "to the first", 1)
    assert [(one.entry, one.text) for one in rows(scene, Remark, response)] == [(1, "to the first")]


def test_a_decision_is_carried_out_once_and_says_what_the_range_answered(scene: Scene) -> None:
    response = scene.begin()
    note(scene, response, noting.decide, fork(scene, response, "link"), "cut", "It can be wiped.")
    keeping.go_round(scene.store, scene.settings, scene.here, scene.clock)
    assert scene.machines.orders[str(response)] == ["live", "link cut"]
    (made,) = rows(scene, Decision, response)
    assert (made.choice, made.reason) == ("cut", "It can be wiped.")
    assert rows(scene, Happening, response)[-1].answer == "ok"


def test_what_a_killed_server_left_undone_is_done_by_the_next(scene: Scene) -> None:
    response = scene.begin()
    with scene.store.writing() as session:  # written down, and the server is killed
        it = responses.get(session, response)
        noting.carry(session, it, 2, "plug", scene.clock())
        noting.decide(session, it, fork(scene, response, "link"), "leave", "It tells more.", scene.clock())
    keeping.go_round(scene.store, scene.settings, scene.here, scene.clock)
    assert scene.machines.orders[str(response)] == ["live", "link leave"]
    with scene.store.reading() as session:
        assert [one.plugged for one in noting.media(session, session.get_one(Response, response))] == [
            False,
            True,
            False,
        ]


def test_a_range_that_is_silent_is_asked_once(scene: Scene) -> None:
    response = scene.begin()
    scene.machines.silent = True
    note(scene, response, noting.decide, fork(scene, response, "link"), "cut", "It can be wiped.")
    assert rows(scene, Happening, response)[-1].answer == "silent"
    scene.machines.silent = False
    keeping.go_round(scene.store, scene.settings, scene.here, scene.clock)
    assert scene.machines.orders[str(response)] == ["live"]
    one = outside(scene, response)
    assert one.sha256 == one.received


def test_the_first_evidence_medium_fails_where_the_lab_says_so(scene: Scene) -> None:
    response = scene.begin()
    for number in (1, 2):
        note(scene, response, noting.carry, number, "plug")
    plugged = scene.guest(response)._media()
    assert [one[2:] for one in plugged.values()] == [[True, False], [False, True]]
    assert (scene.here.record(response) / "medium-2.img").stat().st_size == 192 << 20


def test_an_image_without_truth_says_so(scene: Scene) -> None:
    response = scene.begin()
    scene.machines.silent = True
    one = outside(scene, response)
    truth, why = acquiring.truth_of(scene.here, one)
    assert (one.truth, truth) == (False, None)
    assert "said nothing in time" in why


def test_an_acquirer_inside_makes_an_acquisition_and_a_lie_makes_none_that_is_received(scene: Scene) -> None:
    response = scene.begin()
    note(scene, response, noting.carry, 3, "plug")
    scene.machines.answers["acquire /mnt/evid/m.lime"] = (
        b"acquire: 16 of 127 MiB\nacquired /mnt/evid/m.lime 133685312 " + b"ab" * 32 + b"\n",
        0,
    )
    scene.type(response, "acquire /mnt/evid/m.lime")
    scene.settle(response)
    (one,) = rows(scene, Acquisition, response)
    assert (one.way, one.file, one.size, one.sha256, one.medium, one.entry) == (
        *("inside", "/mnt/evid/m.lime", 133685312, "ab" * 32),
        *(3, 1),
    )
    assert one.truth is False  # this machine's account is no account
    with pytest.raises(Conflict, match="still in the machine"):
        acquiring.receive(scene.store, scene.here, response, 1)
    note(scene, response, noting.carry, 3, "unplug")
    with pytest.raises(NotThere, match=r"No evidence medium has a file m\.lime"):
        acquiring.receive(scene.store, scene.here, response, 1)
    assert "No evidence medium" in rows(scene, Acquisition, response)[0].fault


def test_what_is_needed_is_said_before_a_hand_over(scene: Scene) -> None:
    response = scene.begin()
    with pytest.raises(Conflict, match="Before the hand-over there has to be: What becomes of the link"):
        seal(scene, response)
    note(scene, response, noting.decide, fork(scene, response, "link"), "cut", "It can be wiped.")
    with pytest.raises(Conflict, match="Memory acquired"):
        seal(scene, response)
    outside(scene, response)
    with pytest.raises(Refused, match="Choose the image"):
        seal(scene, response, 2)
    seal(scene, response)
    with pytest.raises(Conflict, match="let go"):
        seal(scene, response)


def test_a_sealed_record_is_as_it_was_or_says_that_it_is_not(scene: Scene) -> None:
    response = ready(scene)
    seal(scene, response)
    with scene.store.reading() as session:
        it = session.get_one(Response, response)
        assert sealing.sound(session, it)
        event = session.query(Event).filter_by(act="response.handed_over").one()
        assert event.details["seal"] == it.seal
        assert audit.check(session).fault is None
    for statement in (
        "UPDATE response_entry SET line = 'ls'",
        "UPDATE response_entry SET exit = 5",
        "UPDATE response_acquisition SET sha256 = 'x'",
        "DELETE FROM response_remark",
        "UPDATE response_event SET answer = 'no'",
        "UPDATE response_medium SET serial = 'EV-0000' WHERE number = 2",
    ):
        with pytest.raises(ZeroDivisionError), scene.store.writing() as session:
            session.execute(sql(statement))
            assert not sealing.sound(session, session.get_one(Response, response)), statement
            raise ZeroDivisionError  # it is taken back
    with scene.store.reading() as session:
        assert sealing.sound(session, session.get_one(Response, response))


def test_nothing_is_added_after_the_hand_over(scene: Scene) -> None:
    response = ready(scene)
    seal(scene, response)
    for act in (
        lambda session, it: noting.remark(session, it, "late", None, scene.clock()),
        lambda session, it: noting.scene(session, it, PAIR, scene.clock()),
        lambda session, it: noting.custody(session, it, {"item": "i", "serial": "s"}, scene.clock()),
        lambda session, it: noting.carry(session, it, 1, "plug", scene.clock()),
        lambda session, it: acquiring.outside(session, it, scene.clock()),
        lambda session, it: guiding.hint(session, scene.actor("instructor", Role.INSTRUCTOR), it, "h", scene.clock()),
    ):
        with pytest.raises(Conflict):
            scene.do(response, act)
    with pytest.raises(Conflict):
        scene.type(response, "ls")


def test_an_image_that_was_acquired_is_not_lost_with_the_machine(scene: Scene) -> None:
    response = ready(scene)
    scene.guest(response).stop()
    scene.settle(response)
    found = scene.response(response)
    assert (found.state, found.gone_at) == ("live", scene.clock())
    assert "switched off from inside" in found.why
    with pytest.raises(Conflict, match="can be handed over"):
        scene.type(response, "ls")
    keeping.go_round(scene.store, scene.settings, scene.here, scene.clock)
    note(scene, response, noting.custody, {"item": "The image", "serial": "EV-1"})
    seal(scene, response)
    assert scene.response(response).state == "handed"


def test_a_machine_that_nobody_hands_over_is_let_go_after_a_day(scene: Scene) -> None:
    response = ready(scene)
    scene.guest(response).stop()
    scene.settle(response)
    scene.clock.forward(hours=25)
    keeping.go_round(scene.store, scene.settings, scene.here, scene.clock)
    assert scene.response(response).state == "ended"
    assert list(scene.here.record(response).glob("image-*/image.raw")) == []


def test_two_people_get_different_variants_and_a_third_one_that_was_had_least(scene: Scene) -> None:
    first, second = (scene.response(scene.begin(name)).variant for name in ("trainee", "colleague"))
    assert {first, second} == {"a", "b"}
    response = scene.begin()
    with scene.store.writing() as session:
        guiding.stop(session, scene.actor(), responses.get(session, response), scene.clock())
    again = scene.response(scene.begin()).variant
    assert again != first


def test_a_start_that_was_interrupted_goes_on(scene: Scene) -> None:
    with scene.store.writing() as session:
        made = responses.begin(session, scene.here, scene.actor(), "first-look", scene.clock())
    scene.here.guests.start(
        scene.here.snapshot("first-look", made.variant), scene.here.machine(made.id), scene.here.limits, ""
    )  # and the server is killed before it writes that down
    responses.start(scene.store, scene.here, made.id, scene.clock)
    assert scene.response(made.id).state == "live"
    assert scene.response(made.id).guest_offset == pytest.approx(-5400)


def test_files_go_with_the_lines_or_the_person_that_were_erased(scene: Scene) -> None:
    response, other = ready(scene), scene.begin("colleague")
    seal(scene, response)
    with scene.store.reading() as session:
        assert forgetting.erased(session, scene.here) == []
    with scene.store.writing() as session:
        session.get_one(Entry, (response, 1)).line = ""
        session.get_one(Person, scene.people["colleague"]).erased_at = scene.clock()
    with scene.store.reading() as session:
        assert forgetting.erased(session, scene.here) == sorted([response, other])
    assert asking.clear_machines(scene.store, scene.here) == 2
    assert not (scene.here.instance / "responses" / str(response)).exists()
    assert not (scene.here.instance / "responses" / str(other)).exists()


def test_a_machine_of_another_installation_is_left_alone(scene: Scene) -> None:
    response = scene.begin()
    shutil.rmtree(scene.here.machine(response))  # its rows came with a session that was carried
    shutil.rmtree(scene.here.instance / "responses" / str(response))
    keeping.go_round(scene.store, scene.settings, scene.here, scene.clock)
    assert scene.response(response).state == "live"


def test_what_stays_of_a_response_is_open_to_the_account_of_the_server_alone(scene: Scene) -> None:
    response = scene.begin()
    assert stat.S_IMODE(scene.here.record(response).stat().st_mode) == 0o700
