"""What just counts as a step that was done, and what just doesn't."""

from __future__ import annotations

from dataclasses import replace

import pytest

from tests.unit.grading.conduct.sound import IMAGE, RECORD, at, judged, suspects_own, typed
from training.grading.conduct.record import Record


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


def test_a_digest_taken_before_the_image_was_begun_is_not_its_digest() -> None:
    record = typed("/mnt/kit/bin/sha256sum /mnt/evid/older.lime", seconds=200)
    record = replace(record, acquisitions=(replace(IMAGE, hashes=()),))
    (step,) = [one for one in judged(record).order.steps if one.id == "hash"]
    assert step.at == at(293), "when the command after the image had ended"
