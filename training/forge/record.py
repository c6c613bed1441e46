"""The acquisition record: what the responder wrote down, as numbered lines that a finding can cite."""

import textwrap
from datetime import UTC, datetime, timedelta

from training.forge.scenario import Scenario
from training.forge.truth import Truth

TOOL = (
    "the range's machine monitor (QEMU: stop, pmemsave); it stands for a hardware capture, "
    "nothing ran inside the machine for it"
)


def write(scenario: Scenario, truth: Truth, sha256: str, image: str) -> str:
    """The record of an exhibit whose image has this SHA-256 and file name; lines have at most 110 characters."""
    record, offset = scenario.record, timedelta(seconds=truth.clock_offset)
    read_at = datetime.fromtimestamp(truth.commands["clock"].seconds, UTC)
    responder = next(step.shell for step in scenario.play if step.as_ == "clock") or ""
    direction = "ahead of" if truth.clock_offset >= 0 else "behind"
    paragraphs = [
        "ACQUISITION RECORD",
        f"Case {record.case}, exhibit {record.exhibit}. {record.firm}.",
        f"Machine: workstation {truth.host}, address {scenario.drawn.own_address}.",
        f"Consent: {record.consent}",
        *(f"{name}: {what}." for name, what in record.people.items()),
        *record.notes,
        f"Clock reading, machine:   {_clock(read_at)} UTC",
        f"Clock reading, reference: {_clock(read_at - offset)} UTC",
        f"The machine's clock was {abs(truth.clock_offset)} seconds {direction} the reference clock.",
        f"The office keeps {record.zone}. Times in this record are UTC, by the machine's clock unless said otherwise.",
        "Accounts of the machine: " + ", ".join(f"{each.uid} = {each.name}" for each in scenario.accounts) + ".",
        *(
            f"Command typed at {_clock(datetime.fromtimestamp(each.seconds, UTC))}: {each.text}"
            for each in truth.shell(responder).typed
        ),
        f"Memory frozen at {_clock(truth.frozen)} UTC by the machine's clock",
        f"({_clock(truth.frozen - offset)} UTC by the reference clock).",
        f"Tool: {TOOL}.",
        f"Image file: {image}, {scenario.machine.memory << 20} bytes, raw physical memory.",
        f"SHA-256 of the image: {sha256}",
        f"Training range: {record.stage_hand}",
    ]
    lines = [
        line
        for paragraph in paragraphs
        for line in textwrap.wrap(paragraph, 104, break_long_words=False, break_on_hyphens=False)
    ]
    return "".join(f"{number:3}  {line}\n" for number, line in enumerate(lines, start=1))


def _clock(moment: datetime) -> str:
    return f"{moment:%Y-%m-%d %H:%M:%S}"
