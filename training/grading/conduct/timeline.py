"""What happened when: entries, acts and the machine's own events in one list, with what each of them cost.

It is told when the work is over. Times are those of the reference clock.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from training.grading.conduct.case import Case
from training.grading.conduct.happened import Act, Cause, Event, Happened
from training.grading.conduct.plan import Bounds, Conduct
from training.grading.conduct.record import Decision, Record, Way
from training.grading.conduct.verdict import ConductVerdict, Mistake, Where
from training.sentence import Sentence, counted, joined, phrase


class Who(StrEnum):
    """Who or what caused something."""

    RESPONDER = "responder"
    SITUATION = "situation"
    INSTRUCTOR = "instructor"


@dataclass(frozen=True, slots=True)
class Moment:
    """One line of the timeline.

    Attributes:
        at: when.
        who: who or what caused it.
        what: what happened, in words; of an entry it is empty.
        typed: the line of an entry, as it was typed; never translated.
        entry: number of the entry, 0 for what is none.
        traces: what it left on the machine, in words; may be empty.
        lost: what was lost by it, in words of the author; empty where nothing was.
        mistakes: the named mistakes of it.
    """

    at: datetime
    who: Who
    what: str = ""
    typed: str = ""
    entry: int = 0
    traces: str = ""
    lost: tuple[str, ...] = ()
    mistakes: tuple[Mistake, ...] = ()


_CAUSES = {
    Cause.TIME: Who.SITUATION,
    Cause.ANSWER: Who.SITUATION,
    Cause.RESPONDER: Who.RESPONDER,
    Cause.INSTRUCTOR: Who.INSTRUCTOR,
}
_READ = phrase("The authority and its limits were read.")
_SCENE = phrase("The scene form was saved.")
_HANDED = phrase("The evidence was handed over.")
_ENDED = phrase("The work was ended.")
_CUSTODY = phrase("A custody form was saved.")
_NOTE = phrase("A note was written.")
_INSIDE = phrase("Memory was acquired from inside.")
_OUTSIDE = phrase("Memory was acquired from outside.")
_BROKEN = phrase("An acquisition was broken off.")
_POWERS = {
    "shutdown": phrase("The machine went down."),
    "reset": phrase("The machine was started again."),
    "suspend": phrase("The machine was put to sleep."),
}
_LINKS = {
    "cut": phrase("The network link was cut."),
    "filter": phrase("The network link was filtered."),
    "leave": phrase("The network link was left as it was."),
}
_ANSWERED = phrase("It answered something that was done.")


def of(
    plan: Conduct, bounds: Bounds, record: Record, happened: Happened, verdict: ConductVerdict
) -> tuple[Moment, ...]:
    """The timeline of a response that was judged, in order of time; the arguments are those of `judging.judge`."""
    case = Case(plan, bounds, record, happened)
    mistakes: dict[tuple[Where, str], list[Mistake]] = defaultdict(list)
    for one in verdict.mistakes:
        mistakes[one.place.kind, one.place.name].append(one)
    moments = [*_entries(case, mistakes), *_events(case, mistakes), *_acts(case, mistakes), *_host(case, mistakes)]
    return tuple(sorted(moments, key=lambda one: (one.at, one.entry)))


_Mistakes = dict[tuple[Where, str], list[Mistake]]


def _entries(case: Case, mistakes: _Mistakes) -> Iterator[Moment]:
    traces = _traces(case)
    for one in case.record.entries:
        yield Moment(
            at=one.at,
            who=Who.RESPONDER,
            typed=one.line,
            entry=one.number,
            traces=traces.get(one.number, ""),
            mistakes=tuple(mistakes.get((Where.ENTRY, str(one.number)), ())),
        )


def _traces(case: Case) -> dict[int, Sentence]:
    """What each entry left on the machine, in words."""
    counts: dict[int, Counter[str]] = defaultdict(Counter)
    for started in case.happened.started:
        if (entry := case.entry_at(started.at)) is not None:
            counts[entry.entry.number]["started"] += 1
    for touched in case.happened.touched:
        if case.outside(touched.path) and (entry := case.entry_at(touched.at)) is not None:
            counts[entry.entry.number]["read" if touched.act is Act.READ else "changed"] += 1
    for contact in case.happened.contacts:
        if (entry := case.entry_at(contact.at)) is not None:
            counts[entry.entry.number]["sockets"] += 1
    return {number: _counted(one) for number, one in counts.items()}


def _counted(one: Counter[str]) -> Sentence:
    return joined(
        *(
            said
            for name, said in (
                ("started", counted("%(num)s process started.", "%(num)s processes started.", one["started"])),
                ("read", counted("%(num)s file read.", "%(num)s files read.", one["read"])),
                ("changed", counted("%(num)s file changed.", "%(num)s files changed.", one["changed"])),
                ("sockets", counted("%(num)s socket opened.", "%(num)s sockets opened.", one["sockets"])),
            )
            if one[name]
        )
    )


def _events(case: Case, mistakes: _Mistakes) -> Iterator[Moment]:
    items = {one.id: one.text for one in case.plan.items}
    for one in case.happened.events:
        yield Moment(
            at=one.at,
            who=_CAUSES[one.cause],
            what=_told(one),
            lost=tuple(items[name] for name in one.loses if name in items and not _kept(case, one)),
            mistakes=tuple(mistakes.get((Where.EVENT, one.name), ())),
        )


def _told(one: Event) -> str:
    said = one.text or phrase("On the machine: %(event)s", event=one.name)
    return joined(said, _ANSWERED) if one.cause is Cause.ANSWER else said


def _kept(case: Case, event: Event) -> bool:
    """Whether memory had been acquired before an event, so that what it removed is in the image."""
    image = case.record.image
    return image is not None and image.begun <= event.at


def _acts(case: Case, mistakes: _Mistakes) -> Iterator[Moment]:
    """What the responder did beside the console."""
    record = case.record
    simple = [
        *((at, said) for at, said in ((record.authority, _READ), (record.ended, _ENDED)) if at is not None),
        *((one.at, _SCENE) for one in record.scenes),
        *((one.at, phrase("A medium was plugged in: %(name)s", name=one.name)) for one in record.plugged),
        *((one.at, phrase("It was decided: %(choice)s", choice=_choice(case, one))) for one in record.decisions),
    ]
    for at, said in simple:
        yield Moment(at, Who.RESPONDER, said)
    for pair in record.clocks:
        said = phrase("Both clocks were read: the machine's is %(seconds)s s ahead.", seconds=f"{pair.offset:+g}")
        yield Moment(pair.at, Who.RESPONDER, said, mistakes=_at(mistakes, Where.FORM, "clock", pair.at))
    for one in record.acquisitions:
        said = (_INSIDE if one.way is Way.INSIDE else _OUTSIDE) if one.done else _BROKEN
        found = tuple(mistakes.get((Where.ACQUISITION, str(one.number)), ()))
        yield Moment(one.begun, Who.RESPONDER, said, mistakes=found)
    for remark in record.remarks:
        if found := tuple(mistakes.get((Where.REMARK, str(remark.number)), ())):
            yield Moment(remark.at, Who.RESPONDER, _NOTE, mistakes=found)
    papers = [("custody", _CUSTODY, one) for one in record.custody]
    papers += [("hand-over", _HANDED, record.hand_over)] if record.hand_over is not None else []
    for paper, said, form in papers:
        found = tuple(one for name in form.fields for one in _at(mistakes, Where.FORM, f"{paper}: {name}", form.at))
        yield Moment(form.at, Who.RESPONDER, said, mistakes=found)


def _choice(case: Case, decision: Decision) -> str:
    """What was chosen, in the words of the lab."""
    fork = next((one for one in case.plan.forks if one.id == decision.fork), None)
    return fork.options.get(decision.choice, decision.choice) if fork else decision.choice


def _at(mistakes: _Mistakes, kind: Where, name: str, at: datetime) -> tuple[Mistake, ...]:
    return tuple(one for one in mistakes.get((kind, name), ()) if one.place.at == at)


def _host(case: Case, mistakes: _Mistakes) -> Iterator[Moment]:
    """What the host saw: the link and the power."""
    for change in case.happened.links:
        said = _LINKS.get(change.state) or phrase("The network link was changed.")
        yield Moment(change.at, _CAUSES[change.cause], said, mistakes=_at(mistakes, Where.EVENT, "link", change.at))
    for power in case.happened.powers:
        said = _POWERS.get(power.kind) or _POWERS["shutdown"]
        yield Moment(power.at, _CAUSES[power.cause], said, mistakes=_at(mistakes, Where.EVENT, power.kind, power.at))
