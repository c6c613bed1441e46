"""Points in time, always compared in UTC."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta, timezone
from fractions import Fraction

from training.grading.values import tolerance
from training.grading.values.base import AnswerType, Canon, Misfit, Scalar, Spec, answer_type, plain_digits, quoted
from training.sentence import phrase

_FORM = re.compile(
    r"(?P<date>[0-9]{4}-[0-9]{2}-[0-9]{2})(?:[ ]*T[ ]*|[ ]+)(?P<time>[0-9]{2}:[0-9]{2}:[0-9]{2})"
    r"(?:[.,](?P<part>[0-9]{1,9}))?[ ]*(?P<zone>.*)",
    re.IGNORECASE,
)
_OFFSET = re.compile(r"(?:UTC|GMT)?[ ]?(?P<sign>[+-])(?P<hours>[0-9]{1,2}):?(?P<minutes>[0-9]{2})?", re.IGNORECASE)
_NO_SECONDS = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}[ T]+[0-9]{1,2}:[0-9]{2}(?![0-9:])", re.IGNORECASE)
_ISO = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}(?:\.[0-9]+)?(?:Z|[+-][0-9]{2}:[0-9]{2})")
_FURTHEST = timedelta(hours=14)
_MICROSECOND_DIGITS = 6
_READ_AS_UTC = phrase("No zone was given: read as UTC.")
_WITH_OFFSET = phrase("date and time with seconds, then Z or an offset such as +01:00")


def of_iso(text: str) -> datetime | None:
    """The time that a plugin or the truth wrote (`2026-03-10T12:10:44+00:00`), in UTC; None for any other text."""
    if not _ISO.fullmatch(text):
        return None
    head, _, zone = text.partition(".")
    if zone:  # at most microseconds: Python reads no more digits
        digits = re.match(r"[0-9]+", zone)
        size = digits.end() if digits else 0
        text = f"{head}.{zone[: min(size, _MICROSECOND_DIGITS)]:0<6}{zone[size:]}"
    try:
        return datetime.fromisoformat(text).astimezone(UTC)
    except (ValueError, OverflowError):
        return None


def iso(moment: datetime) -> str:
    """A time as canonical text: UTC with `Z`, a fraction only where there is one."""
    text = moment.astimezone(UTC).replace(tzinfo=None).isoformat()
    return (text.rstrip("0") if "." in text else text) + "Z"


@answer_type
class Timestamp(AnswerType):
    """A point in time: date, time with seconds, and a zone. Without a zone it is read as UTC, with a visible note."""

    name = "timestamp"
    expected = phrase("date and time with seconds in UTC, or with an offset")
    example = "2026-01-31 09:14:33Z"
    separator = r"[\n;]+"
    may = frozenset({"tolerance", "band"})

    def read(self, text: str, spec: Spec) -> tuple[Canon, tuple[str, ...]]:  # noqa: ARG002 - one form for all
        """Date, time with seconds, zone; canonical is UTC."""
        plain, notes = plain_digits(text)
        plain = " ".join(plain.replace("\N{MINUS SIGN}", "-").split())
        found = _FORM.fullmatch(plain)
        if not found:
            if _NO_SECONDS.match(plain):
                raise self.refuse(phrase("The seconds are missing in %(typed)s.", typed=quoted(plain)))
            raise self.refuse(phrase("%(typed)s is not a date and time in the expected form.", typed=quoted(plain)))
        zone, more = self._zone(found["zone"])
        part = f"{found['part'] or '0':0<6}"[:_MICROSECOND_DIGITS]
        try:
            local = datetime.fromisoformat(f"{found['date']}T{found['time']}.{part}").replace(tzinfo=zone)
            moment = local.astimezone(UTC)
        except (ValueError, OverflowError):
            raise self.refuse(phrase("There is no such date or time as %(typed)s.", typed=quoted(plain))) from None
        canon = iso(moment)
        if zone.utcoffset(None):
            more = (*more, phrase("Read as %(time)s in UTC.", time=canon.replace("T", " ")))
        return canon, (*notes, *more)

    def _zone(self, text: str) -> tuple[timezone, tuple[str, ...]]:
        if not text:
            return UTC, (_READ_AS_UTC,)
        if text.upper() in {"Z", "UTC", "GMT"}:
            return UTC, ()
        found = _OFFSET.fullmatch(text)
        if not found:
            raise self.refuse(
                phrase(
                    "The zone was not understood in %(typed)s: names of zones are not unique, write the offset.",
                    typed=quoted(text),
                ),
                _WITH_OFFSET,
            )
        offset = timedelta(hours=int(found["hours"]), minutes=int(found["minutes"] or 0))
        if offset > _FURTHEST:
            raise self.refuse(phrase("No zone is more than 14 hours from UTC."))
        return timezone(-offset if found["sign"] == "-" else offset), ()

    def of_data(self, data: object, spec: Spec) -> Canon:  # noqa: ARG002 - one form for all
        """A time, or an ISO text with a zone."""
        moment = of_iso(data) if isinstance(data, str) else data
        if not isinstance(moment, datetime) or moment.tzinfo is None:
            raise Misfit("a timestamp is a time with a zone")
        return iso(moment)

    def data(self, canon: Canon, spec: Spec) -> object:  # noqa: ARG002 - one form for all
        """A time."""
        return of_iso(str(canon))

    def write(self, canon: Canon, spec: Spec) -> str:  # noqa: ARG002 - one form for all
        """With a space between date and time."""
        return str(canon).replace("T", " ")

    def same(self, one: Canon, other: Canon, spec: Spec) -> bool:
        """Within the tolerance."""
        off = _apart(one, other)
        return off is not None and tolerance.of(spec.tolerance).holds(off, Fraction(0))

    def correctness(self, value: Canon, key: Canon, spec: Spec, weights: Mapping[Scalar, float]) -> float:  # noqa: ARG002
        """1 within the tolerance, else the credit of the first band that holds."""
        off = _apart(value, key)
        return 0.0 if off is None else tolerance.credit(off, Fraction(0), spec.tolerance, spec.band)


def _apart(one: Canon, other: Canon) -> Fraction | None:
    """Seconds from the second time to the first; None where one of them is no time."""
    first, second = of_iso(str(one)), of_iso(str(other))
    if first is None or second is None:
        return None
    return Fraction((first - second) // timedelta(microseconds=1), 1_000_000)
