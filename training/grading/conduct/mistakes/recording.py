"""Mistakes on paper: a hash of one side alone, no clock pair or one with the wrong sign."""

from __future__ import annotations

from collections.abc import Iterator

from training.grading.conduct import ordering
from training.grading.conduct.case import Case
from training.grading.conduct.record import Acquisition, Side
from training.grading.conduct.verdict import Code, Mistake, Part, Place, Where
from training.sentence import Sentence, phrase

_HOUR, _QUARTER = 3_600, 900
_NO_HASH = phrase("No digest was taken of this image. Nothing shows that it is still what it was.")
_ONE_SIDE = phrase("The digest is known on one side only. What happened on the way stays open.")
_DIFFER = phrase("The digests of both sides differ. Only another copy, or another image, can close that.")
_NO_PAIR = phrase("No clock pair was written down. No time of the machine can be told by another clock.")
_SIGN = phrase("The sign of the clock offset is turned round. Ahead of the reference clock is plus.")
_ZONE = phrase(
    "The clock offset holds whole hours or quarters that are no error of the clock: a zone was taken for it."
)
_WRONG = phrase(
    "The clock offset is not what the two clocks showed. Read both at one instant, and take one from the other."
)


def one_sided(case: Case) -> Iterator[Mistake]:
    """C-HASH: of all images none was compared on both sides. The step 'verify' is its price."""
    images = [one for one in case.record.acquisitions if one.done]
    if images and all(one.compared is None for one in images):
        last = images[-1]
        where = Place(kind=Where.ACQUISITION, name=str(last.number), at=last.begun)
        yield Mistake(code=Code.HASH, place=where, says=_hash(last), part=Part.ORDER)


def clock(case: Case) -> Iterator[Mistake]:
    """C-TIME: no clock pair, or no right one. The step 'clock' is its price."""
    pairs = case.record.clocks
    if any(ordering.right(case, one) for one in pairs):
        return
    last = pairs[-1] if pairs else None
    where = Place(kind=Where.FORM, name="clock", at=last.at if last else None)
    yield Mistake(code=Code.TIME, place=where, says=_offset(case, last.offset if last else None), part=Part.ORDER)


def _hash(image: Acquisition) -> Sentence:
    known = [image.hash(side) for side in Side]
    if all(known):
        return _DIFFER
    return _ONE_SIDE if any(known) else _NO_HASH


def _offset(case: Case, stated: float | None) -> Sentence:
    if stated is None:
        return _NO_PAIR
    true, tolerance = case.bounds.clock_offset, case.plan.clock_tolerance
    if abs(stated + true) <= tolerance:
        return _SIGN
    away = abs(stated - true)
    quarters = round(away / _QUARTER)
    if quarters and away <= 14 * _HOUR and abs(away - quarters * _QUARTER) <= tolerance:
        return _ZONE
    return _WRONG
