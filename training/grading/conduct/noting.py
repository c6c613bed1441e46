"""The notes of a response: whether what belongs into them stands there, and whether the record bears them out.

The record is kept by the platform, so nobody has to copy commands. What the person adds is asked for: fields of forms,
serial numbers, a remark at the steps that matter. The share is complete x true, where true is 1 / (1 + contradictions):
a note that is wrong costs more than one that is missing, since all others are read with it in mind.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import datetime, timedelta

from training.grading.conduct import claims
from training.grading.conduct.case import Case, clock_time
from training.grading.conduct.deeds import What
from training.grading.conduct.plan import TEXTS, USUAL, StepName
from training.grading.conduct.record import About, Remark
from training.grading.conduct.verdict import Code, Duty, Mistake, NotesSaid, Part, Place, Where
from training.sentence import Sentence, phrase

TOLERANCE = 60.0
"""Seconds by which a note may differ from the record."""
_BEFORE = timedelta(minutes=5)
_AFTER = timedelta(minutes=5)
"""How long after a step a remark without a binding still counts as one on it."""
_HAND_OVER, _CUSTODY = "hand-over", "custody"


def judge(case: Case, did: Mapping[StepName, datetime], contradictions: int) -> NotesSaid:
    """The notes of a response."""
    duties = tuple(_duties(case, did))
    complete = sum(one.met for one in duties) / len(duties) if duties else 1.0
    true = 1.0 / (1 + contradictions)
    return NotesSaid(share=complete * true, complete=complete, true=true, duties=duties)


def contradictions(case: Case) -> Iterator[Mistake]:
    """What the notes say against the record: at most one for each remark and each field of a form."""
    for remark in case.record.remarks:
        says = _against(case, remark)
        if says is not None:
            place = Place(kind=Where.REMARK, name=str(remark.number), at=remark.at)
            yield Mistake(code=Code.NOTE, place=place, says=says, part=Part.NOTES)
    papers = [(_CUSTODY, one) for one in case.record.custody]
    papers += [(_HAND_OVER, case.record.hand_over)] if case.record.hand_over else []
    for what, form in papers:
        for name, text in form.fields.items():
            says = _wrong_digest(case, text) or _wrong_entry(case, text) or _never_typed(case, text)
            if says is not None:
                place = Place(kind=Where.FORM, name=f"{what}: {name}", at=form.at)
                yield Mistake(code=Code.NOTE, place=place, says=says, part=Part.NOTES)


def _duties(case: Case, did: Mapping[StepName, datetime]) -> Iterator[Duty]:
    plan, record = case.plan, case.record
    scene = max(record.scenes, key=lambda one: one.at, default=None)
    for asked, form in (*((one, scene) for one in plan.scene), *((one, record.hand_over) for one in plan.hand_over)):
        yield Duty(text=USUAL.get(asked, asked.text), met=form is not None and form.fills(asked.id))
    if record.plugged:
        serials = all(one.serial.strip() for one in record.plugged)
        yield Duty(text=phrase("The serial number of each medium that was plugged in"), met=serials)
    for step in plan.remarks:
        met = step in did and any(_is_on(case, step, did[step], one) for one in record.remarks)
        yield Duty(text=phrase("A remark on this step: %(step)s", step=TEXTS[step]), met=met)
    broken = [About(Where.ACQUISITION, str(one.number)) for one in record.acquisitions if not one.done]
    broken += [
        About(Where.ENTRY, str(one.entry.number)) for one in case.typed if one.of(What.ACQUIRE) and one.entry.failed
    ]
    if broken:
        bound = {one.about for one in record.remarks if one.text.strip()}
        yield Duty(text=phrase("Why an acquisition was broken off"), met=bound.issuperset(broken))


_KINDS = {StepName.LOOK: What.LOOK, StepName.MEMORY: What.ACQUIRE, StepName.COPY: What.COPY, StepName.HASH: What.HASH}
_FORMS = {
    StepName.SCENE: "scene", StepName.CLOCK: "clock", StepName.DECISION: "decision", StepName.HAND_OVER: _HAND_OVER
}  # fmt: skip


def _is_on(case: Case, step: StepName, at: datetime, remark: Remark) -> bool:
    """Whether a remark is one on a step: bound to it, or bound to nothing and written soon after it."""
    if not remark.text.strip():
        return False
    if remark.about is None:
        return at <= remark.at <= at + _AFTER
    if remark.about.kind is Where.ACQUISITION:
        return step in {StepName.MEMORY, StepName.HASH, StepName.VERIFY}
    if remark.about.kind is Where.FORM:
        return remark.about.name == _FORMS.get(step)
    kind = _KINDS.get(step)
    return any(str(one.entry.number) == remark.about.name and kind and one.of(kind) for one in case.typed)


def _against(case: Case, remark: Remark) -> Sentence | None:
    """What a remark says against the record; None where nothing."""
    if remark.about is not None and remark.about.kind in {Where.ENTRY, Where.ACQUISITION}:
        stretch = _stretch(case, remark.about)
        if stretch is None:
            return phrase("Your note is about something that the record does not have.")
        if (says := _wrong_time(case, remark, *stretch)) is not None:
            return says
    if remark.about is not None and remark.about.kind is Where.ACQUISITION:
        wrong = _wrong_digest(case, remark.text)
        if wrong is not None:
            return wrong
    return _wrong_entry(case, remark.text) or _never_typed(case, remark.text)


def _stretch(case: Case, about: About) -> tuple[datetime, datetime] | None:
    """From when to when something was that a remark is about."""
    for one in case.record.entries if about.kind is Where.ENTRY else ():
        if str(one.number) == about.name:
            return one.at, one.end
    for acquired in case.record.acquisitions if about.kind is Where.ACQUISITION else ():
        if str(acquired.number) == about.name:
            ends = [one.at for one in acquired.hashes] + ([acquired.ended] if acquired.ended else [])
            return acquired.begun, max(ends, default=acquired.begun)
    return None


def _wrong_time(case: Case, remark: Remark, begin: datetime, end: datetime) -> Sentence | None:
    """A time that lies within the response and fits nothing: neither the reference clock nor the machine's own."""
    offset = timedelta(seconds=case.bounds.clock_offset)
    minute = timedelta(seconds=TOLERANCE)
    found = [
        one
        for one in claims.times(remark.text, remark.at)
        if case.record.arrived - _BEFORE <= one.end and one.start <= max(remark.at, end) + minute
    ]
    stretches = ((begin, end), (begin + offset, end + offset), (remark.at, remark.at))
    if not found or any(one.near(*stretch, TOLERANCE) for one in found for stretch in stretches):
        return None
    if set(claims.entries(remark.text)) & {one.number for one in case.record.entries}:
        return None  # it compares with another entry, whose time it may give
    wrong = min(found, key=lambda one: abs(one.start - begin))
    return phrase("Your note says %(noted)s, the record %(kept)s.", noted=wrong.written, kept=clock_time(begin))


def _wrong_digest(case: Case, text: str) -> Sentence | None:
    record = case.record
    known = {one.value.lower() for acquired in record.acquisitions for one in acquired.hashes}
    known |= {one.sha256.lower() for one in record.entries} | {one.lower() for one in record.digests}
    strange = next((one for one in claims.digests(text) if one not in known), None)
    if strange is None:
        return None
    return phrase("Your note gives the digest %(digest)s…, which is none of the record's.", digest=strange[:12])


def _wrong_entry(case: Case, text: str) -> Sentence | None:
    known = {one.number for one in case.record.entries}
    strange = next((one for one in claims.entries(text) if one not in known), None)
    if strange is None:
        return None
    return phrase("Your note names entry %(number)s, which the record does not have.", number=str(strange))


def _never_typed(case: Case, text: str) -> Sentence | None:
    if any(not one.whole for one in case.typed):
        return None  # what could not be read may have been it
    typed = {name for one in case.typed for name in one.programs}
    strange = next((one for one in claims.commands(text) if one not in typed), None)
    if strange is None:
        return None
    return phrase("Your note says that %(command)s was run; the record has no such command.", command=strange)
