"""Mistakes of those who change: files written, processes ended, the machine sent down, the link cut, things lost."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta

from training.grading.conduct import deciding
from training.grading.conduct.case import Case, clock_time, place
from training.grading.conduct.deeds import What
from training.grading.conduct.happened import Cause
from training.grading.conduct.plan import Fork, Item
from training.grading.conduct.typed import Typed
from training.grading.conduct.verdict import Code, Mistake, Part, Place, Where
from training.sentence import phrase

_SOON = timedelta(minutes=1)
PROCESS_ENDED, SENT_DOWN, LOST = 0.5, 1.0, 0.3
"""What such a mistake takes from the share of care."""
_WRITE = phrase("This was written on the machine's own file systems. What is free there is evidence as well.")
_KILL = phrase("A process of the machine was ended. What was in its memory is gone.")
_SHUT = phrase("The machine was sent down or to sleep before the hand-over. All that lived in memory alone is gone.")
_LINK = phrase(
    "The link was changed before a decision with a reason stood in the record. Either can be right, with a reason."
)
_LEFT = phrase("Nothing was decided about the link. To leave it is a decision as well, and needs its reason.")


def written(case: Case) -> Iterator[Mistake]:
    """C-WRITE: files outside the evidence medium, by the machine's account; by the text where there is none."""
    found = [case.place_of(one) for one in case.changed()]
    found += [place(one) for one in case.typed if case.writes(one)]
    for where in {one.name: one for one in found}.values():
        yield Mistake(code=Code.WRITE, place=where, says=_WRITE, part=Part.FOOTPRINT)


def killed(case: Case) -> Iterator[Mistake]:
    """C-KILL: a process of before the arrival ended by the responder's hand."""
    found: dict[str, Place] = {}
    for gone in case.happened.ended:
        entry = case.entry_at(gone.at)
        asked = entry is not None and bool(entry.of(What.END))
        if asked or gone.cause is Cause.RESPONDER:
            where = place(entry) if entry else Place(kind=Where.EVENT, name=f"PID {gone.pid}", at=gone.at)
            found[where.name] = where
    own = {name for one in case.happened.started for name in (f"{one.pid}", f"-{one.pid}", one.comm)}
    for one in case.typed:
        whom = {name for deed in one.of(What.END) for name in deed.names} - own
        if whom and one.entry.exit == 0 and not case.happened.measures(one.entry.at):
            found[str(one.entry.number)] = place(one)
    for where in found.values():
        yield Mistake(code=Code.KILL, place=where, says=_KILL, part=Part.CARE, cost=PROCESS_ENDED)


def sent_down(case: Case) -> Iterator[Mistake]:
    """C-SHUT: by what the host saw. After the hand-over nothing is lost any more."""
    handed = case.record.handed
    for one in case.happened.powers:
        entry = _asked_down(case, one.at)
        if (entry or one.cause is Cause.RESPONDER) and (handed is None or one.at < handed):
            where = place(entry) if entry else Place(kind=Where.EVENT, name=one.kind, at=one.at)
            yield Mistake(code=Code.SHUT, place=where, says=_SHUT, part=Part.CARE, cost=SENT_DOWN)


def link(case: Case) -> Iterator[Mistake]:
    """C-LINK: the link changed, or left as it was, without a decision. The decisions' part is its price."""
    for fork in case.plan.forks:
        if fork.act == "link":
            yield from _link(case, fork)


def late(case: Case) -> Iterator[Mistake]:
    """C-LATE: something was lost while time passed, and neither an image nor a copy had been made of it.

    What was lost because something answered the responder is no delay: its cause is charged where it was.
    """
    image = case.record.image
    for event in case.happened.events:
        lost = [one for one in case.plan.items if one.id in event.loses]
        if event.cause is not Cause.TIME or event.at < case.record.arrived or (image and image.begun <= event.at):
            continue
        for item in lost:
            if not any(_saves(case, one, item, event.at) for one in case.typed):
                says = phrase(
                    "At %(time)s this was lost: %(what)s. Neither an image nor a copy had been made of it.",
                    time=clock_time(event.at),
                    what=item.text,
                )
                where = Place(kind=Where.EVENT, name=event.name, at=event.at)
                yield Mistake(code=Code.LATE, place=where, says=says, part=Part.CARE, cost=LOST)


def _asked_down(case: Case, at: datetime) -> Typed | None:
    """The last entry of the minute before a moment that sends the machine down."""
    asked = [
        one
        for one in case.typed
        if one.of(What.SHUTDOWN) and not one.entry.failed and timedelta(0) <= at - one.entry.at <= _SOON
    ]
    return max(asked, key=lambda one: one.entry.at, default=None)


def _link(case: Case, fork: Fork) -> Iterator[Mistake]:
    first = deciding.decided(case, fork)
    early = [at for at in deciding.link_changes(case) if first is None or at < first.at]
    if early:
        entry = case.entry_at(early[0])
        where = place(entry) if entry else Place(kind=Where.EVENT, name="link", at=early[0])
        yield Mistake(code=Code.LINK, place=where, says=_LINK, part=Part.DECISIONS)
    elif first is None:
        where = Place(kind=Where.FORM, name=f"decision: {fork.id}")
        yield Mistake(code=Code.LINK, place=where, says=_LEFT, part=Part.DECISIONS)


def _saves(case: Case, one: Typed, item: Item, before: datetime) -> bool:
    """Whether an entry had put an item onto the evidence medium before a moment."""
    if one.entry.failed or one.entry.end > before or case.bounds.evidence not in one.entry.line:
        return False
    return any(part in one.entry.line for part in item.saved)
