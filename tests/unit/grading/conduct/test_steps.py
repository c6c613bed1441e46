"""What just counts as a step that was done, and what just doesn't."""

from __future__ import annotations

from dataclasses import replace

import pytest

from tests.unit.grading.conduct.sound import IMAGE, RECORD, at, judged, suspects_own, typed
from training.grading.conduct.record import Form, Record


def undone(record: Record) -> list[str]:
    """The steps that a response lacks."""
    return [one.id for one in judged(record).order.steps if not one.place]


@pytest.mark.parametrize(
    ("lines", "lacking"),
    [(("ps aux", "netstat -n"), ["look"]), (("ps aux", "/mnt/kit/bin/ps"), []), (("ps aux; /mnt/kit/bin/ps",), [])],
)
def test_a_look_by_the_machines_own_programs_alone_is_none(lines: tuple[str, ...], lacking: list[str]) -> None:
    assert undone(suspects_own(*lines)) == lacking


@pytest.mark.parametrize(("code", "lacking"), [(0, []), (1, ["copy"]), (None, [])])
def test_a_copy_that_failed_is_none(code: int | None, lacking: list[str]) -> None:
    copied = replace(RECORD.entries[6], exit=code)
    assert undone(replace(RECORD, entries=(*RECORD.entries[:6], copied))) == lacking


@pytest.mark.parametrize(("seconds", "ended"), [(239.9, 293), (240, 241), (240.1, 241.1)])
def test_a_digest_counts_from_the_moment_at_which_the_image_was_begun(seconds: float, ended: float) -> None:
    record = typed("/mnt/kit/bin/sha256sum /mnt/evid/mem.lime", seconds=seconds)
    record = replace(record, acquisitions=(replace(IMAGE, hashes=()),))
    assert {one.id: one.at for one in judged(record).order.steps}["hash"] == at(ended)


@pytest.mark.parametrize(
    ("fields", "lacking"), [({}, ["scene"]), ({"other": "x"}, ["scene"]), ({"screen": " ", "people": "two"}, [])]
)
def test_a_scene_form_that_says_nothing_of_what_is_asked_is_none(fields: dict[str, str], lacking: list[str]) -> None:
    assert undone(replace(RECORD, scenes=(Form(at(60), fields),))) == lacking


def test_steps_of_one_instant_stand_in_an_order_that_meets_their_needs() -> None:
    at_once = replace(
        RECORD,
        authority=at(90),
        scenes=(replace(RECORD.scenes[0], at=at(90)),),
        clocks=(replace(RECORD.clocks[0], at=at(90)),),
        hand_over=replace(RECORD.hand_over, at=at(510)) if RECORD.hand_over else None,
    )
    order = judged(at_once).order
    assert (order.share, order.first) == (1, "")
    assert [one.id for one in sorted(order.steps, key=lambda one: one.place or 0)] == [one.id for one in order.steps]


def test_a_digest_taken_before_the_image_was_begun_is_not_its_digest() -> None:
    record = typed("/mnt/kit/bin/sha256sum /mnt/evid/older.lime", seconds=200)
    record = replace(record, acquisitions=(replace(IMAGE, hashes=()),))
    (step,) = [one for one in judged(record).order.steps if one.id == "hash"]
    assert step.at == at(293), "when the command after the image had ended"
