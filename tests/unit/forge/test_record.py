"""The acquisition record."""

from typing import Any

import pytest

from tests.unit.forge.told import collected, plan
from training.forge import record
from training.forge.materials import Image, MaterialMistakes
from training.forge.truth import Truth

TOLD = collected()
IMAGE = Image("image.raw", 134_217_728, "cd" * 32)


def written(truth: Truth = TOLD, image: Image = IMAGE, **other: Any) -> str:
    scenario = plan(record=plan().record.model_dump(mode="json", exclude_none=True) | other)
    return record.write(scenario, truth, image)


def test_the_record_says_who_what_when_and_how() -> None:
    assert written(notes=["A note."]).splitlines() == [
        "  1  ACQUISITION RECORD",
        "  2  Case 17, exhibit E1. A firm.",
        "  3  Machine: ws, address 192.0.2.17.",
        "  4  Consent: The owner's.",
        "  5  Ada: owner.",
        "  6  A note.",
        "  7  Clock reading, machine:   2026-03-10 12:07:10 UTC",
        "  8  Clock reading, reference: 2026-03-10 12:04:56 UTC",
        "  9  The machine's clock was 134 seconds ahead of the reference clock.",
        " 10  The office keeps UTC+01:00. Times in this record are UTC, by the machine's clock unless said otherwise.",
        " 11  Accounts of the machine: 0 = root, 1001 = mira, 34 = backup.",
        " 12  Command typed at 2026-03-10 12:07:10: date",
        " 13  Memory frozen at 2026-03-10 12:07:30 UTC by the machine's clock",
        " 14  (2026-03-10 12:05:16 UTC by the reference clock).",
        " 15  Tool: the range's machine monitor (QEMU: stop, pmemsave); it stands for a hardware capture, nothing ran",
        " 16  inside the machine for it.",
        " 17  Image file: image.raw, 134217728 bytes, raw physical memory.",
        f" 18  SHA-256 of the image: {'cd' * 32}",
        " 19  Training range: range-peer is no evidence.",
    ]


@pytest.mark.parametrize(
    ("offset", "said"),
    [
        (-90, "was 90 seconds behind the reference clock."),
        (1, "was 1 second ahead of the reference clock."),
        (0, "was equal to the reference clock."),
    ],
)
def test_the_clock_is_said_in_words(offset: int, said: str) -> None:
    assert f"The machine's clock {said}\n" in written(TOLD.model_copy(update={"clock_offset": offset}))


def test_a_record_without_a_clock_reading_has_none() -> None:
    steps = [step.model_dump(mode="json", exclude_none=True) for step in plan().play]
    play = [{name: value for name, value in step.items() if value != "clock"} for step in steps]
    text = record.write(plan(play=play), TOLD.model_copy(update={"commands": {}}), IMAGE)
    assert "Clock reading" not in text
    assert "Command typed" not in text


def test_tool_and_format_are_those_of_the_acquisition() -> None:
    text = written(image=Image("memory.lime", 134_221_824, "cd" * 32, "lime"), tool="LiME 1.9 from a stick")
    assert "Tool: LiME 1.9 from a stick.\n" in text
    assert "Image file: memory.lime, 134221824 bytes, LiME format, version 1.\n" in text


def test_further_lines_are_filled_and_wrapped() -> None:
    long = (
        "Hash of a: {= the(truth.files[present].sha256)} of {= image.name}, worked out on the responder's own machine"
    )
    text = written(lines=[long, "Frozen {= truth.frozen}."])
    assert f"Hash of a: {'ab' * 32} of image.raw," in text
    assert "  Frozen 2026-03-10T12:07:30Z.\n" in text
    lines = text.splitlines()
    assert max(map(len, lines)) <= 110
    assert [int(line[:3]) for line in lines] == list(range(1, len(lines) + 1))


def test_mistakes_in_further_lines_come_all_at_once_with_their_place() -> None:
    with pytest.raises(MaterialMistakes) as caught:
        written(lines=["{= truth.hots}", "fine", "at {= truth.processes}"])
    assert caught.value.mistakes == [
        "record, field lines[0], line 1, column 9: {= truth.hots}: no column is named 'hots'; nearest: host, mounts",
        "record, field lines[2], line 1, column 4: {= truth.processes}: a row can't be printed",
    ]
