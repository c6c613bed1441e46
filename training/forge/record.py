"""The acquisition record: what the responder wrote down, as numbered lines that a finding can cite."""

import textwrap
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

from training.forge.materials import Filler, Image, MaterialMistakes
from training.forge.scenario import Scenario, WindowsScenario
from training.forge.truth import Truth
from training.forge.windows_truth import WindowsTruth

TOOL = (
    "the range's machine monitor (QEMU: stop, pmemsave); it stands for a hardware capture, "
    "nothing ran inside the machine for it"
)
FORMATS = {"raw": "raw physical memory", "lime": "LiME format, version 1"}
WRITTEN = (
    "this exhibit was written for training; no Windows machine was captured. The record shows what a responder would "
    "have noted."
)
CLOCK = "clock"
"""The name of the typed line by which the responder read the machine's clock, where the scenario has such a line; of a
Windows machine that of the moment when it was read.
"""

WIDTH = 104


def write(scenario: Scenario, truth: Truth, image: Image) -> str:
    """The record of an exhibit; its lines have at most 110 characters, numbers included.

    Raises:
        MaterialMistakes: every expression in the record's own lines that has no value.
    """
    filler = Filler(truth, image)
    extra = [filler.fill(each, f"record, field lines[{n}]") for n, each in enumerate(scenario.record.lines)]
    if filler.mistakes:
        raise MaterialMistakes(filler.mistakes)
    record, frozen = scenario.record, truth.frozen
    paragraphs = [
        "ACQUISITION RECORD",
        f"Case {record.case}, exhibit {record.exhibit}. {record.firm}.",
        f"Machine: {truth.host}, address {scenario.machine.own_address}.",
        f"Consent: {record.consent}",
        *(f"{name}: {what}." for name, what in record.people.items()),
        *record.notes,
        *_clocks(scenario, truth),
        "Accounts of the machine: " + ", ".join(f"{each.uid} = {each.name}" for each in scenario.accounts) + ".",
        *_typed(scenario, truth),
        f"Memory frozen at {_clock(frozen)} UTC by the machine's clock",
        f"({_clock(frozen - timedelta(seconds=truth.clock_offset))} UTC by the reference clock).",
        f"Tool: {record.tool or TOOL}.",
        f"Image file: {image.name}, {image.size} bytes, {FORMATS[image.format]}.",
        f"SHA-256 of the image: {image.sha256}",
        *extra,
        f"Training range: {record.stage_hand}",
    ]
    return _numbered(paragraphs)


def write_windows(scenario: WindowsScenario, truth: WindowsTruth, image: Image) -> str:
    """The record of an exhibit that was written; raises what `write` does."""
    filler = Filler(truth, image)
    extra = [filler.fill(each, f"record, field lines[{n}]") for n, each in enumerate(scenario.record.lines)]
    if filler.mistakes:
        raise MaterialMistakes(filler.mistakes)
    record, frozen = scenario.record, truth.frozen
    users = truth.windows.users
    paragraphs = [
        "ACQUISITION RECORD",
        f"Case {record.case}, exhibit {record.exhibit}. {record.firm}.",
        f"Machine: {truth.host}, address {scenario.machine.own_address}.",
        f"Consent: {record.consent}",
        *(f"{name}: {what}." for name, what in record.people.items()),
        *record.notes,
        *_clock_pair(truth),
        _apart(truth.clock_offset),
        _zone(record.zone),
        *([f"People with a profile: {', '.join(f'{name} ({sid})' for sid, name in users.items())}."] if users else []),
        f"Memory taken at {_clock(frozen)} UTC by the machine's clock",
        f"({_clock(frozen - timedelta(seconds=truth.clock_offset))} UTC by the reference clock).",
        *([f"Tool: {record.tool}."] if record.tool else []),
        f"Image file: {image.name}, {image.size} bytes, {FORMATS[image.format]}.",
        f"SHA-256 of the image: {image.sha256}",
        *extra,
        f"Training range: {WRITTEN}",
    ]
    return _numbered(paragraphs)


def _numbered(paragraphs: list[str]) -> str:
    """Paragraphs as numbered lines of at most 110 characters."""
    lines = [
        line
        for paragraph in paragraphs
        for line in textwrap.wrap(paragraph, WIDTH, break_long_words=False, break_on_hyphens=False)
    ]
    return "".join(f"{number:3}  {line}\n" for number, line in enumerate(lines, start=1))


def _clock_pair(truth: WindowsTruth) -> Iterator[str]:
    """What both clocks showed when the responder read the machine's, on a machine that was written."""
    if CLOCK in truth.events:
        moment = datetime.fromtimestamp(truth.events[CLOCK], UTC)
        yield f"Clock reading, machine:   {_clock(moment)} UTC"
        yield f"Clock reading, reference: {_clock(moment - timedelta(seconds=truth.clock_offset))} UTC"


def _apart(offset: int) -> str:
    apart = f"{abs(offset)} second{'' if abs(offset) == 1 else 's'} {'ahead of' if offset > 0 else 'behind'}"
    return f"The machine's clock was {apart if offset else 'equal to'} the reference clock."


def _zone(zone: str) -> str:
    return f"The office keeps {zone}. Times in this record are UTC, by the machine's clock unless said otherwise."


def _clocks(scenario: Scenario, truth: Truth) -> Iterator[str]:
    offset = truth.clock_offset
    if read := truth.commands.get(CLOCK):
        moment = datetime.fromtimestamp(read.seconds, UTC)
        yield f"Clock reading, machine:   {_clock(moment)} UTC"
        yield f"Clock reading, reference: {_clock(moment - timedelta(seconds=offset))} UTC"
    yield _apart(offset)
    yield _zone(scenario.record.zone)


def _typed(scenario: Scenario, truth: Truth) -> Iterator[str]:
    """What the responder typed: the lines of the shell in which the clock was read."""
    responder = next((step.shell for step in scenario.play if step.as_ == CLOCK and step.type), None)
    for each in truth.shell(responder).typed if responder else ():
        yield f"Command typed at {_clock(datetime.fromtimestamp(each.seconds, UTC))}: {each.text}"


def _clock(moment: datetime) -> str:
    return f"{moment:%Y-%m-%d %H:%M:%S}"
