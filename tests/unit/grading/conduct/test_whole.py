"""Responses judged whole: all that a verdict and its timeline say, beside what stands in `whole.txt`.

Where it shall say something else, `python -m tests.unit.grading.conduct.test_whole` writes that file anew.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import datetime
from pathlib import Path

import pytest

from tests.unit.grading.conduct.sound import (
    BOUNDS,
    DIGEST,
    HAPPENED,
    IMAGE,
    PLAN,
    RECORD,
    START,
    at,
    entry,
    judged,
    silent,
    typed,
    with_traces,
)
from training.grading.conduct import timeline
from training.grading.conduct.happened import (
    Act,
    Cause,
    Contact,
    Ended,
    Event,
    Happened,
    LinkChange,
    Power,
    Started,
    Touched,
)
from training.grading.conduct.plan import Bounds, Conduct, ConductStep, Fork, StepName
from training.grading.conduct.record import About, ClockPair, Decision, Form, Hash, Plugged, Record, Remark, Side, Way
from training.grading.conduct.verdict import ConductVerdict, Mistake, Where
from training.grading.rubric import Criterion

KEPT = Path(__file__).with_name("whole.txt")


@dataclass(frozen=True)
class Situation:
    """A response, and by what it is judged."""

    record: Record = RECORD
    happened: Happened = HAPPENED
    plan: Conduct = PLAN
    bounds: Bounds = BOUNDS
    marks: dict[str, float] = field(default_factory=dict)

    def lines(self) -> list[str]:
        verdict = judged(self.record, self.happened, self.plan, self.bounds, **self.marks)
        moments = timeline.of(self.plan, self.bounds, self.record, self.happened, verdict)
        return [*said(verdict), *(shown(one) for one in moments)]


def said(verdict: ConductVerdict) -> Iterator[str]:
    """All that a verdict says, in lines."""
    yield f"share {share(verdict.share)} care {share(verdict.care)} measured {verdict.measured} v{verdict.version}"
    yield "parts " + ", ".join(f"{one.part} {share(one.share)} x {one.weight:.4f}" for one in verdict.parts)
    yield f"order {share(verdict.order.share)} first: {verdict.order.first or '-'}"
    for step in verdict.order.steps:
        after = "; ".join(step.after) or "-"
        yield f"step {step.id} [{step.text}] {step.place} {when(step.at)} kept {step.kept} after: {after}"
    trace = verdict.footprint
    yield f"footprint {share(trace.share)} form {share(trace.form)} mark {share(trace.mark)}"
    for one in trace.dimensions:
        yield f"trace {one.id} [{one.text}] {one.yours} of {one.skilled}, {one.allowed} allowed: {share(one.share)}"
    notes = verdict.notes
    yield f"notes {share(notes.share)} complete {share(notes.complete)} true {share(notes.true)}"
    yield from (f"duty {duty.met} [{duty.text}]" for duty in notes.duties)
    yield f"decisions {share(verdict.decisions.share)}"
    for fork in verdict.decisions.forks:
        halves = f"form {share(fork.form)} mark {share(fork.mark)} waits {fork.waits}"
        yield f"fork {fork.id} [{fork.text}] [{fork.choice}] {when(fork.at)} {share(fork.share)} {halves}: {fork.says}"
    yield from (f"mistake {fault(one)} {one.part} {one.cost}: {one.says}" for one in verdict.mistakes)
    yield from (f"waiting {one}" for one in verdict.waiting)
    yield f"unread {list(verdict.unread)} provisional {verdict.provisional}"


def shown(one: timeline.Moment) -> str:
    faults = ", ".join(map(fault, one.mistakes)) or "-"
    what = one.what or f"{one.entry} $ {one.typed}"
    return f"moment {when(one.at)} {one.who}: {what} [{one.traces}] lost {list(one.lost)} mistakes {faults}"


def fault(one: Mistake) -> str:
    return f"{one.code} {one.place.kind} {one.place.name} {when(one.place.at)}"


def when(at: datetime | None) -> str:
    return "-" if at is None else f"+{(at - START).total_seconds():g}"


def share(one: float | None) -> str:
    return "-" if one is None else f"{one:.4f}"


RUBRIC = (Criterion(id="risk", text="Is the risk named?", levels=("no", "yes")),)
LINK = PLAN.forks[0]
FORKS = PLAN.model_copy(
    update={
        "forks": (
            LINK.model_copy(update={"rubric": RUBRIC}),
            Fork(id="way", text="From where?", options={"in": "inside", "out": "outside"}, before=StepName.MEMORY),
            Fork(id="halt", text="And then?", options={"off": "off", "on": "on"}, before=StepName.END, rubric=RUBRIC),
        )
    }
)
STEPS = Conduct(
    steps=(
        ConductStep(step=StepName.AUTHORITY),
        ConductStep(step=StepName.MEMORY, unmet="Read the authority first."),
        ConductStep(step=StepName.COPY, needs=(StepName.AUTHORITY,)),
        ConductStep(step=StepName.END),
    ),
    scene=(),
    remarked=(StepName.END,),
)
MESSY = replace(
    RECORD,
    entries=(
        entry(1, "ps aux", 20, 2),
        entry(2, "find / -name x", 30, 90),
        entry(3, "cd /mnt/payroll; ls", 125, 1, 1),
        entry(4, "kill 312", 130, 1),
        entry(5, "echo 'open", 140, 0, None),
        entry(6, "ps > /root/ps.txt", 150),
        entry(7, "dig evil.example", 155, 3),
        entry(8, "/mnt/kit/bin/acquire /mnt/evid/a", 160, 5, 1),
        entry(9, "ip link set eth0 down", 170),
        entry(10, "cp -a /dev/shm /mnt/evid/shm", 250, 9),
        entry(11, "poweroff", 470),
    ),
    remarks=(
        Remark(1, "At 10:40 I looked.", at(40), About(Where.ENTRY, "2")),
        Remark(2, f"Digest {'b4' * 32}.", at(290), About(Where.ACQUISITION, "1")),
        Remark(3, "I ran netstat.", at(300)),
        Remark(4, "See entry 44.", at(310)),
        Remark(5, "What failed.", at(311), About(Where.ENTRY, "77")),
    ),
    authority=at(100),
    scenes=(Form(at(110), {"screen": "on"}), Form(at(105), {"people": "nobody"})),
    clocks=(ClockPair(at(115), -132.0), ClockPair(at(260), 135.0), ClockPair(at(265), 128.9)),
    decisions=(
        Decision("link", "cut", "It may talk to somebody.", at(180)),
        Decision("link", "leave", "short", at(95)),
        Decision("other", "leave", "a reason that is long", at(96)),
        Decision("link", "other", "a reason that is long", at(97)),
    ),
    plugged=(Plugged("kit", "KIT-0A", at(110)), Plugged("evidence", " ", at(115))),
    acquisitions=(
        replace(IMAGE, begun=at(200), ended=at(220), whole=False, hashes=()),
        replace(
            IMAGE,
            number=2,
            way=Way.OUTSIDE,
            begun=at(230),
            ended=at(240),
            hashes=(Hash(Side.SOURCE, DIGEST, at(245)), Hash(Side.COLLECTOR, DIGEST.upper(), at(242))),
        ),
    ),
    custody=(Form(at(350), {"item": f"{'c5' * 32} by entry 3", "from": "I typed lsof."}),),
    hand_over=Form(at(480), {"note": " ", "more": "entry 12"}),
    ended=at(490),
)
DISASTER = Happened(
    frozen=at(450),
    started=(
        Started(600, 90, at(20.5), at(21), "ps"),
        Started(601, 90, at(31), at(100), "find"),
        Started(602, 90, at(131), at(132), "kill"),
        Started(603, 90, at(600), at(601), "late"),
    ),
    touched=(
        Touched(601, "/etc/a", Act.READ, at(32)),
        Touched(601, "/etc/b", Act.READ, at(33)),
        Touched(601, "/proc/1/maps", Act.READ, at(33)),
        Touched(601, "/mnt/payroll/x", Act.READ, at(34)),
        Touched(603, "/root/ps.txt", Act.CREATED, at(150.5)),
        Touched(603, "/root/ps.txt", Act.WRITTEN, at(150.6)),
        Touched(603, "/root/old", Act.REMOVED, at(240)),
        Touched(603, "/root/.bash_history", Act.WRITTEN, at(240)),
        Touched(603, "/mnt/evid/x", Act.CREATED, at(241)),
    ),
    contacts=(Contact(604, "198.51.100.7", 53, at(155.5)), Contact(604, "203.0.113.9", 443, at(156))),
    more_started=3,
    more_touched=2,
    more_contacts=1,
    displaced=9_000,
    ended=(Ended(312, at(130.5), "beacon"), Ended(400, at(300), "cron"), Ended(401, at(301), "x", Cause.RESPONDER)),
    events=(
        Event("cleared", at(190), loses=("archive", "nothing")),
        Event("switch", at(195), "The beacon left.", Cause.ANSWER),
        Event("visit", at(400), "Somebody came.", Cause.INSTRUCTOR),
        Event("mine", at(401), "It was touched.", Cause.RESPONDER),
    ),
    links=(LinkChange(at(171), "cut"), LinkChange(at(172), "leave", Cause.TIME), LinkChange(at(173), "other")),
    powers=(Power(at(472), "shutdown"), Power(at(473), "reset", Cause.RESPONDER), Power(at(474), "x"),
            Power(at(475), "suspend", Cause.INSTRUCTOR)),
)  # fmt: skip
SITUATIONS = {
    "a sound response": Situation(),
    "nothing was done": Situation(Record(arrived=START), Happened()),
    "nothing was done and nothing measured": Situation(Record(arrived=START), Happened(measured=False)),
    "without the machine's account": Situation(happened=silent()),
    "without the machine's account, read by a marker": Situation(happened=silent(), marks={"(account)": 0.25}),
    "a wide read without an account": Situation(typed("find / -name x; echo 'a"), silent()),
    "a command that failed wrote nothing": Situation(typed("touch /root/x", code=1), silent()),
    "a file without an account": Situation(typed("touch /root/x /root/.bash_history /root/y"), silent()),
    "three forks": Situation(plan=FORKS),
    "three forks decided": Situation(
        replace(
            RECORD,
            decisions=(
                *RECORD.decisions,
                Decision("way", "out", "It is safer than inside.", at(240)),
                Decision("way", "in", "It is quicker than outside.", at(241)),
                Decision("halt", "on", "Others need it still.", at(511)),
            ),
        ),
        plan=FORKS,
    ),
    "three forks read by a marker": Situation(
        replace(RECORD, decisions=(*RECORD.decisions, Decision("halt", "on", "Others need it still.", at(505)))),
        plan=FORKS,
        marks={"link": 0.5, "way": 1.0, "halt": 7.0, "other": 0.0},
    ),
    "a lab of four steps": Situation(plan=STEPS),
    "a lab of four steps in a wrong order": Situation(
        replace(RECORD, authority=at(250), ended=at(245)), plan=STEPS, bounds=replace(BOUNDS, denied=())
    ),
    "a mess": Situation(MESSY, DISASTER),
    "a mess without an account": Situation(MESSY, replace(DISASTER, measured=False, started=(), touched=(), ended=())),
    "a mess in a lab of three forks": Situation(MESSY, DISASTER, FORKS, marks={"link": -1.0}),
    "a choice without a reason": Situation(
        replace(RECORD, decisions=(Decision("link", "leave", "short", at(90)),)),
    ),
    "a fork of something else where the link was cut": Situation(
        happened=replace(HAPPENED, links=(LinkChange(at(80), "cut"),)),
        plan=PLAN.model_copy(update={"forks": (LINK.model_copy(update={"act": None}),)}),
    ),
    "a turned sign, an image without a digest, and two lost as it began": Situation(
        replace(
            RECORD,
            clocks=(ClockPair(at(70), -132.0),),
            acquisitions=(replace(IMAGE, hashes=()),),
            decisions=(),
            entries=(entry(9, "[[ -f x ]]", 500), *RECORD.entries, entry(8, "echo 'a", 490)),
        ),
        with_traces(
            started=(Started(700, 90, at(150.5), at(150.6), "x"), Started(701, 90, at(150.7), at(150.8), "y")),
            touched=(
                Touched(700, "/etc/a", Act.READ, at(150.5)),
                Touched(700, "/etc/b", Act.READ, at(150.6)),
                Touched(700, "/etc/c", Act.WRITTEN, at(150.6)),
                Touched(700, "/etc/d", Act.REMOVED, at(150.7)),
            ),
            contacts=(Contact(700, "192.0.2.9", 80, at(150.5)), Contact(701, "192.0.2.10", 80, at(150.6))),
            events=(
                Event("first", at(239.9), "The archive went.", loses=("archive",)),
                Event("second", at(240), "It went again.", loses=("archive",)),
            ),
        ),
    ),
    "traces of nobody": Situation(
        happened=with_traces(
            started=(Started(700, 90, at(1), at(2), "x"),),
            touched=(Touched(700, "/root/x", Act.CREATED, at(220)), Touched(700, "/root/y", Act.CREATED, at(129.5))),
            contacts=(Contact(700, "192.0.2.9", 80, at(221)),),
        )
    ),
}


def sections(text: str) -> dict[str, list[str]]:
    return {
        name: lines.splitlines() for name, _, lines in (one.partition("\n") for one in text.split("# ") if one.strip())
    }


@pytest.mark.parametrize("name", SITUATIONS)
def test_a_response_is_judged_whole(name: str) -> None:
    assert SITUATIONS[name].lines() == [one for one in sections(KEPT.read_text("utf-8"))[name] if one]


def test_each_response_that_is_kept_is_judged() -> None:
    assert list(sections(KEPT.read_text("utf-8"))) == list(SITUATIONS)


if __name__ == "__main__":
    KEPT.write_text("\n".join("\n".join((f"# {name}", *one.lines(), "")) for name, one in SITUATIONS.items()), "utf-8")
