"""Conduct: rows, files and the machine's own account in the terms of grading."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest

from tests.machines_place import AHEAD
from tests.unit.machines.service.conftest import Scene
from training.grading.conduct import ACCOUNT
from training.grading.conduct.happened import Cause
from training.grading.conduct.verdict import Code, ConductVerdict, Where
from training.machines import conduct
from training.machines.guest.ending import SENTENCES
from training.machines.happened import DISPLACED
from training.machines.models import Acquisition, Response
from training.machines.service import acquiring, noting, responses

DIGEST = "a3" * 32
CLOCKS = {"guest_clock": "2026-03-11 09:13:30", "reference_clock": "2026-03-11 09:14:30", "offset": "-60"}


def machine_time(scene: Scene, ago: float = 0) -> float:
    """What the machine's clock shows, or showed so many seconds ago."""
    return scene.clock().timestamp() + AHEAD - ago


def worked(scene: Scene, lines: Mapping[str, int] | None = None, **form: str) -> UUID:
    """A response with a form of the scene, a decision, media, lines, an image from inside, and a form of custody."""
    response = scene.begin()
    scene.do(
        response,
        lambda session, it: noting.scene(
            session, it, {"screen": "on", "people": "one", **CLOCKS, **form}, scene.clock()
        ),
    )
    scene.clock.forward(seconds=20)

    def decide(session: Any, it: Any) -> object:
        fork = noting.fork_of(responses.situation(responses.lab_of(session, scene.here, it)), "link")
        return noting.decide(session, it, fork, "cut", "The share is being emptied now.", scene.clock())

    scene.do(response, decide)
    for number in (1, 2):
        scene.do(response, lambda session, it, number=number: noting.carry(session, it, number, "plug", scene.clock()))
    for line, code in (lines or {"/mnt/kit/bin/ps > /mnt/evid/ps": 0}).items():
        scene.clock.forward(seconds=20)
        scene.machines.answers[line] = (b"", code)
        scene.type(response, line)
    scene.clock.forward(seconds=20)
    taking = "/mnt/kit/bin/acquire /mnt/evid/m.lime"
    scene.machines.answers[taking] = (f"acquired /mnt/evid/m.lime 4096 {DIGEST}\r\n".encode(), 0)
    scene.type(response, taking)
    return response


def on_paper(scene: Scene, response: UUID, **given: str) -> None:
    """A line of the form of custody."""
    line = {"item": "image", "serial": "x", **given}
    scene.do(response, lambda session, it: noting.custody(session, it, line, scene.clock()))


def told(
    scene: Scene, response: UUID, *lines: Mapping[str, object], events: tuple[Mapping[str, object], ...] = ()
) -> None:
    """The machine's account, taken with the image."""
    with scene.store.writing() as session:
        (image,) = acquiring.of(session, response)
        image.truth = True
        folder = acquiring.folder_of(scene.here, image)
        folder.mkdir(exist_ok=True)
        for kind, found in (("footprint", lines), ("events", events)):
            (folder / f"{kind}.jsonl").write_text(
                "".join(
                    f"{json.dumps(one)}\n" for one in ({"kind": "arrival", "seconds": 1.5}, *found, {"kind": "end"})
                )
            )


def judged(scene: Scene, response: UUID) -> ConductVerdict:
    with scene.store.reading() as session:
        return conduct.verdict_of(session, scene.here, scene.response(response))


def codes(verdict: ConductVerdict) -> set[Code]:
    return {one.code for one in verdict.mistakes}


def test_a_sound_record_is_read_by_the_reference_clock(scene: Scene) -> None:
    response = worked(scene)
    on_paper(scene, response, sha256=DIGEST)
    told(scene, response)
    verdict = judged(scene, response)
    steps = {one.id: one for one in verdict.order.steps}
    assert [name for name, one in steps.items() if one.place] == [
        "authority", "scene", "clock", "decision", "look", "memory", "hash", "verify",
    ]  # fmt: skip
    begun = scene.entries(response)[-1].at + timedelta(seconds=AHEAD + 60)
    assert steps["memory"].at == begun
    assert codes(verdict) == set()
    assert verdict.measured


def test_a_marker_gets_reasons_of_a_rubric_and_lines_where_no_account_is(scene: Scene) -> None:
    response = worked(scene)

    def asked(verdict: ConductVerdict) -> dict[str, str]:
        with scene.store.reading() as session:
            row = session.get_one(Response, response)
            situation = responses.situation(responses.lab_of(session, scene.here, row))
            return conduct.to_be_read(session, row, situation, verdict)

    unmeasured = judged(scene, response)
    lines = "1  /mnt/kit/bin/ps > /mnt/evid/ps  (exit 0)\n2  /mnt/kit/bin/acquire /mnt/evid/m.lime  (exit 0)"
    assert asked(unmeasured) == {ACCOUNT: lines}
    told(scene, response)
    measured = judged(scene, response)
    assert asked(measured) == {}
    forks = tuple(one.model_copy(update={"waits": one.id == "link"}) for one in measured.decisions.forks)
    waits = measured.model_copy(update={"decisions": measured.decisions.model_copy(update={"forks": forks})})
    assert asked(waits) == {"link": "It is cut: The share is being emptied now."}


def test_the_account_is_read_by_the_machines_clock(scene: Scene) -> None:
    response = worked(scene, {"ps > /root/ps; dig x": 0})
    now = machine_time(scene, 20)
    told(
        scene,
        response,
        {"kind": "started", "pid": 700, "ppid": 9, "uid": 0, "comm": "ps", "exe": "/bin/ps", "begin": now, "end": now},
        {"kind": "file", "way": "created", "pid": 700, "times": 1, "path": "/root/ps", "first": now, "last": now},
        {"kind": "file", "way": "opened", "pid": 700, "times": 1, "path": "/lib/libc.so", "first": now, "last": now},
        {"kind": "socket", "pid": 701, "protocol": "udp", "remote": "192.0.2.53", "remote_port": 53, "first": now},
        {"kind": "lost", "of": "files", "count": 3},
    )
    verdict = judged(scene, response)
    placed = {one.code: one.place.name for one in verdict.mistakes}
    assert placed[Code.WRITE] == placed[Code.RES] == "1"
    yours = {one.id: one.yours for one in verdict.footprint.dimensions}
    assert (yours["processes"], yours["read"], yours["written"], yours["sockets"]) == (1, 4, 1, 1)


@pytest.mark.parametrize(
    "line",
    [
        {"kind": "started", "pid": -4, "begin": 1.0},
        {"kind": "started", "pid": 4},
        {"kind": "started", "pid": 4, "begin": float("inf")},
        {"kind": "started", "pid": 4, "begin": 1e30},
        {"kind": "file", "way": "created", "path": ["/x"], "first": 1.0},
        {"pid": 4},
        {"kind": "x" * 99},
    ],
)
def test_an_account_that_can_not_be_read_counts_as_missing(scene: Scene, line: dict[str, object]) -> None:
    response = worked(scene)
    told(scene, response, line)
    verdict = judged(scene, response)
    assert not verdict.measured
    assert verdict.provisional


def test_an_account_that_breaks_off_or_is_no_json_counts_as_missing(scene: Scene) -> None:
    response = worked(scene)
    told(scene, response)
    with scene.store.reading() as session:
        folder = acquiring.folder_of(scene.here, acquiring.of(session, response)[0])
    (folder / "footprint.jsonl").write_text('{"kind": "arrival", "seconds": 1}\n')
    assert not judged(scene, response).measured
    (folder / "footprint.jsonl").write_text('{"kind": "end"}\n')  # the machine noticed nothing
    assert not judged(scene, response).measured
    for broken in ("{\n", "[" * 200_000, '{"kind": "end"}\n' * 20_001, '"kind"\n', "\xff\x00\n"):
        (folder / "footprint.jsonl").write_text(broken, "latin-1")
        assert not judged(scene, response).measured


def test_without_an_account_the_lines_say_what_was_written(scene: Scene) -> None:
    response = worked(scene, {"ps > /root/ps": 0})
    verdict = judged(scene, response)
    assert (Code.WRITE in codes(verdict), verdict.measured) == (True, False)


def test_pages_that_were_compared_are_counted(scene: Scene) -> None:
    response = worked(scene)
    told(scene, response)
    with scene.store.reading() as session:
        (acquiring.folder_of(scene.here, acquiring.of(session, response)[0]) / DISPLACED).write_text("1234")
        given = conduct.given(session, scene.here, scene.response(response))
    assert given.happened.displaced == 1234


def test_the_written_offset_decides_and_its_sign(scene: Scene) -> None:
    turned = worked(scene, offset="60")
    (one,) = [one for one in judged(scene, turned).mistakes if one.code is Code.TIME]
    assert "sign" in one.says


def test_a_digest_on_paper_that_differs(scene: Scene) -> None:
    response = worked(scene)
    on_paper(scene, response, sha256="b" * 64)
    verdict = judged(scene, response)
    (one,) = [one for one in verdict.mistakes if one.code is Code.HASH]
    assert (one.place.kind, "differ" in one.says) == (Where.ACQUISITION, True)
    assert Code.NOTE not in codes(verdict)


def test_serial_numbers_are_noted_where_a_form_has_them(scene: Scene) -> None:
    response = worked(scene)
    with scene.store.reading() as session:
        serials = [one.serial for one in noting.media(session, scene.response(response)) if one.plugged]
    assert len(serials) == 2
    for serial in serials:
        on_paper(scene, response, item="medium", serial=serial.lower())
    with scene.store.reading() as session:
        plugged = conduct.given(session, scene.here, scene.response(response)).record.plugged
    assert [one.serial for one in plugged] == serials


def test_the_link_that_a_decision_cut_and_the_events_of_the_scenario(scene: Scene) -> None:
    response = worked(scene)
    now = machine_time(scene, 5)
    told(
        scene, response, events=({"kind": "event", "name": "cleared", "seconds": now}, {"kind": "failed", "seconds": 1})
    )
    with scene.store.reading() as session:
        happened = conduct.given(session, scene.here, scene.response(response)).happened
    assert [(one.state, one.cause) for one in happened.links] == [("cut", Cause.RESPONDER)]
    (event,) = happened.events
    assert event.at == scene.clock() + timedelta(seconds=AHEAD + 60 - 5)


def test_a_machine_that_was_switched_off_from_inside(scene: Scene) -> None:
    response = worked(scene, {"poweroff": 0})
    scene.guest(response).stop()
    with scene.store.writing() as session:
        responses.end(session, responses.get(session, response), SENTENCES["powered off"], scene.clock())
    verdict = judged(scene, response)
    (one,) = [one for one in verdict.mistakes if one.code is Code.SHUT]
    assert one.place.name == "1"


def test_a_page_is_shown_when_the_work_is_over_and_not_before(scene: Scene) -> None:
    response = worked(scene)
    with scene.store.reading() as session:
        assert conduct.of(session, scene.here, scene.response(response)) is None
    with scene.store.writing() as session:
        responses.end(session, responses.get(session, response), "Stopped.", scene.clock())
    with scene.store.reading() as session:
        shown = conduct.of(session, scene.here, scene.response(response))
    assert shown is not None
    assert [one.typed for one in shown.moments if one.entry] == [one.line for one in scene.entries(response)]
    assert [one.at for one in shown.moments] == sorted(one.at for one in shown.moments)


def test_an_image_that_could_not_be_received_is_none(scene: Scene) -> None:
    response = worked(scene)
    with scene.store.writing() as session:
        session.get_one(Acquisition, (response, 1)).fault = "The digests differ."
    steps = {one.id: one.place for one in judged(scene, response).order.steps}
    assert steps["memory"] is None
