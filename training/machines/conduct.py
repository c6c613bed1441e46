"""The conduct of a response: its record and the machine's own account in the terms of grading, and what a page shows.

Grading knows one clock, the range's reference clock. A row of the record is `range_offset` seconds behind it, and what
the machine wrote down is `clock_offset` seconds ahead.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING

from sqlalchemy.orm import Session

from training.grading.conduct import ACCOUNT, ConductVerdict, judge, timeline
from training.grading.conduct import record as judged
from training.grading.conduct.case import Case
from training.grading.conduct.plan import Bounds, Conduct
from training.grading.conduct.timeline import Moment
from training.grading.conduct.verdict import Mistake, Where
from training.labs.livefile import Live
from training.labs.service import reasons
from training.machines import happened
from training.machines.happened import Clocks
from training.machines.models import Acquisition, Decision, Entry, Form, Medium, Remark, Response
from training.machines.ranges import Range
from training.machines.service import acquiring, console, noting, responses

if TYPE_CHECKING:
    from training.forge.scenario import Scenario

_PLACE = re.compile(r"\{([a-z][a-z0-9_]*)\}")
_DIGEST = re.compile(r"(?<![0-9a-fA-F])[0-9a-fA-F]{64}(?![0-9a-fA-F])", re.ASCII)
_LONGEST = 86_400.0
"""Seconds that an entry is taken to run: they are told by a clock that the person at the console may set."""


@dataclass(frozen=True, slots=True)
class Shown:
    """What a page shows of the conduct of a response.

    Attributes:
        verdict: what grading says.
        moments: the timeline.
    """

    verdict: ConductVerdict
    moments: tuple[Moment, ...]

    @property
    def groups(self) -> list[list[Mistake]]:
        """The mistakes, those together of which the same is said; in order of their first."""
        found: dict[tuple[str, str], list[Mistake]] = {}
        for one in self.verdict.mistakes:
            found.setdefault((one.code, one.says), []).append(one)
        return list(found.values())


def of(session: Session, here: Range, response: Response) -> Shown | None:
    """The conduct of a response that has ended; None while it goes on: the steps would tell what to do."""
    if response.running:
        return None
    it = given(session, here, response)
    marks = reasons.marks(session, response.attempt_id, [one.id for one in it.plan.forks])
    verdict = judge(it.plan, it.bounds, it.record, it.happened, marks)
    moments = timeline.of(it.plan, it.bounds, it.record, it.happened, verdict)
    return Shown(verdict, moments)


def verdict_of(session: Session, here: Range, response: Response) -> ConductVerdict:
    """What grading says of a response before a marker has read anything of it."""
    it = given(session, here, response)
    return judge(it.plan, it.bounds, it.record, it.happened)


def to_be_read(session: Session, response: Response, scene: Live, verdict: ConductVerdict) -> dict[str, str]:
    """What a marker has to read of a response, by the name of the mark: reasons with what was chosen, in the order of
    time; where the machine's own account is missing, the lines that were typed.
    """
    options = {fork.id: {one.id: one.text for one in fork.options} for fork in scene.forks}
    said: dict[str, list[str]] = {one.id: [] for one in verdict.decisions.forks if one.waits}
    for one in noting.rows(session, Decision, response):
        if one.fork in said:
            chosen = options[one.fork].get(one.choice, one.choice)
            said[one.fork].append(f"{chosen.rstrip('.')}: {one.reason}")
    if not verdict.measured:
        said[ACCOUNT] = [_typed(one) for one in console.entries(session, response.id) if one.kind == "command"]
    return {name: "\n".join(lines) for name, lines in said.items()}


def _typed(one: Entry) -> str:
    ended = "" if one.exit is None else f"  (exit {one.exit})"
    return f"{one.number}  {one.line}{ended}"


def given(session: Session, here: Range, response: Response) -> Case:
    """A response in the terms of grading."""
    scenario = here.plan(response.id)
    clocks = Clocks(timedelta(seconds=response.range_offset), float(scenario.machine.clock_offset))
    plan = _filled(responses.situation(responses.lab_of(session, here, response)).plan, scenario)
    bounds = Bounds(
        clock_offset=clocks.clock_offset,
        outsiders=frozenset(map(str, scenario.live.outsiders)) if scenario.live else frozenset(),
        home="/root",
    )
    told = happened.of(session, here, response, plan, clocks)
    return Case(plan, bounds, _record(session, response, clocks), told)


def _filled(plan: Conduct, scenario: "Scenario") -> Conduct:
    """The lab's conduct with what the variant drew in the place of names in braces."""
    drawn = {name: str(value) for name, value in scenario.drawn.items()}

    def fill(text: str) -> str:
        return _PLACE.sub(lambda found: drawn.get(found[1], found[0]), text)

    return plan.model_copy(
        update={
            "denied": tuple(map(fill, plan.denied)),
            "unavoidable": tuple(map(fill, plan.unavoidable)),
            "items": tuple(
                one.model_copy(update={"text": fill(one.text), "saved": tuple(map(fill, one.saved))})
                for one in plan.items
            ),
            "happenings": tuple(one.model_copy(update={"text": fill(one.text)}) for one in plan.happenings),
        }
    )


def _record(session: Session, response: Response, clocks: Clocks) -> judged.Record:
    forms = noting.rows(session, Form, response)
    scenes = [one for one in forms if one.kind == "scene"]
    custody = [one for one in forms if one.kind == "custody"]
    handed = next((one for one in forms if one.kind == "handover"), None)
    commands = [one for one in console.entries(session, response.id) if one.kind == "command"]
    at = clocks.of_row
    return judged.Record(
        arrived=at(response.confirmed_at or response.begun_at),
        entries=tuple(_entry(one, clocks) for one in commands),
        remarks=tuple(_remark(one, clocks) for one in noting.rows(session, Remark, response)),
        authority=at(response.confirmed_at) if response.confirmed_at else None,
        scenes=tuple(judged.Form(at(one.at), _texts(one)) for one in scenes),
        clocks=tuple(_pairs(scenes, clocks)),
        decisions=tuple(
            judged.Decision(one.fork, one.choice, one.reason, at(one.at))
            for one in noting.rows(session, Decision, response)
        ),
        plugged=tuple(_plugged(noting.media(session, response), custody, clocks)),
        acquisitions=tuple(_acquired(acquiring.of(session, response.id), [*custody, handed], clocks)),
        custody=tuple(judged.Form(at(one.at), _texts(one)) for one in custody),
        hand_over=judged.Form(at(handed.at), {"note": str(handed.content.get("note", ""))}) if handed else None,
        ended=at(response.ended_at) if response.state == "handed" and response.ended_at else None,
    )


def _entry(one: Entry, clocks: Clocks) -> judged.Entry:
    seconds = None if one.seconds is None else min(max(one.seconds, 0.0), _LONGEST)
    return judged.Entry(one.number, one.line, clocks.of_row(one.at), seconds, one.exit, one.sha256 or "")


def _remark(one: Remark, clocks: Clocks) -> judged.Remark:
    about = judged.About(Where.ENTRY, str(one.entry)) if one.entry is not None else None
    return judged.Remark(one.number, one.text, clocks.of_row(one.at), about)


def _texts(form: Form) -> dict[str, str]:
    return {name: str(value) for name, value in form.content.items()}


def _pairs(scenes: list[Form], clocks: Clocks) -> Iterator[judged.ClockPair]:
    """The clock pairs of the scene forms, with the offset as the person wrote it."""
    for form in scenes:
        pair = noting.clock_pair(_texts(form))
        if pair is not None:
            yield judged.ClockPair(clocks.of_row(form.at), pair.written)


def _plugged(media: list[Medium], custody: list[Form], clocks: Clocks) -> Iterator[judged.Plugged]:
    """Media that were plugged in; the serial number of one counts as noted where a custody form has it."""
    noted = {str(one.content.get("serial", "")).strip().casefold() for one in custody}
    for one in media:
        if one.plugged_at is not None:
            serial = one.serial if one.serial.casefold() in noted else ""
            yield judged.Plugged(one.kind, serial, clocks.of_row(one.plugged_at))


def _acquired(images: list[Acquisition], papers: list[Form | None], clocks: Clocks) -> Iterator[judged.Acquisition]:
    """The acquisitions with their hashes: the machine's side as it was told there, ours as the person wrote it down."""
    written = [
        (digest.lower(), one.at)
        for one in papers
        if one is not None
        for value in _texts(one).values()
        for digest in _DIGEST.findall(value)
    ]
    known = {one.sha256 for one in images}
    for one in images:
        ended = clocks.of_row(one.ended_at) if one.ended_at else None
        mine = [(digest, at) for digest, at in written if digest == one.sha256]
        if not mine and one is images[-1]:
            mine = [(digest, at) for digest, at in written if digest not in known]
        hashes = [judged.Hash(judged.Side.SOURCE, one.sha256, ended)] if one.sha256 and ended else []
        hashes += [judged.Hash(judged.Side.COLLECTOR, digest, clocks.of_row(at)) for digest, at in mine[:1]]
        way, begun = judged.Way(one.way), clocks.of_row(one.began_at)
        yield judged.Acquisition(one.number, way, begun, ended, not one.fault, tuple(hashes))
