"""Measured values: numbers with a tolerance, durations. Canonical forms are decimal texts, so that nothing rounds."""

from __future__ import annotations

import re
from collections.abc import Mapping
from decimal import Context, Decimal
from fractions import Fraction

from training.grading.values import tolerance
from training.grading.values.base import (
    AnswerType,
    Canon,
    Misfit,
    Scalar,
    Spec,
    Unreadable,
    answer_type,
    from_hexadecimal,
    plain_digits,
    quoted,
    readable,
)
from training.sentence import phrase

_NUMBER = re.compile(
    r"(?P<figure>[+-]?[0-9]{1,400}(?:\.[0-9]{1,400})?)(?:[eE](?P<power>[+-]?[0-9]{1,2}))?"
    r"[ ]*(?P<unit>[^\s\d.,+-].{0,40})?"
)
_HEXADECIMAL = re.compile(r"0[xX]([0-9a-fA-F]{1,15})")
_GROUPED = re.compile(r"(?<=[0-9])[ _'\u00a0\u2009\u202f](?=[0-9]{3}(?![0-9]))")
_ONE_COMMA = re.compile(r"(?<=[0-9]),(?=[0-9])")
_UNITS = {"bytes": 1, "kib": 2**10, "mib": 2**20, "gib": 2**30, "pages": 2**12}
_SPELLINGS = {"b": "bytes", "byte": "bytes", "page": "pages"}
_TWO_MEANINGS = frozenset({"k", "m", "g", "kb", "mb", "gb"})
_EXACT = Context(prec=1_000)
"""More digits than a typed number can have in any unit, so that none is rounded away before digits are counted."""
_MOST_DIGITS = 15
"""Digits that a number with a fraction may have: as many as survive a binary number and come back unchanged."""
_HIGHEST = Decimal(10) ** 18
_MOST_POWER = 18
_UNIT_WORDS = {"bytes": phrase("bytes"), "pages": phrase("pages")}
_WITHOUT_SEPARATORS = phrase("a number without separators of thousands, with a point before decimals")
_COMMA_READ = phrase("The comma was read as a decimal point.")
_SECONDS_READ = phrase("No unit was given: read as seconds.")


def decimal_text(number: Decimal) -> str:
    """A decimal number as canonical text: no exponent, no zeros at its ends, no negative zero."""
    text = format(number, "f")
    text = text.rstrip("0").rstrip(".") if "." in text else text
    return "0" if text in {"-0", ""} else text


def _unit(spec: Spec) -> str:
    """The author's unit in a sentence."""
    return _UNIT_WORDS.get(spec.unit or "", spec.unit or "")


def of_number(data: object) -> Decimal | None:
    """A number of the key language or of a cell, floats at 15 digits; None for anything else."""
    if isinstance(data, bool) or not isinstance(data, int | float):
        return None
    number = Decimal(data) if isinstance(data, int) else Decimal(f"{data:.{_MOST_DIGITS}g}")
    return number if number.is_finite() else None


class _Measured(AnswerType):
    """What numbers and durations share: tolerance, bands, the way into the key language."""

    may = frozenset({"tolerance", "band"})

    def data(self, canon: Canon, spec: Spec) -> object:  # noqa: ARG002 - one form for all
        number = Decimal(str(canon))
        return int(number) if number == number.to_integral_value() else float(number)

    def same(self, one: Canon, other: Canon, spec: Spec) -> bool:
        return tolerance.of(spec.tolerance).holds(Fraction(str(one)), Fraction(str(other)))

    def correctness(self, value: Canon, key: Canon, spec: Spec, weights: Mapping[Scalar, float]) -> float:  # noqa: ARG002
        return tolerance.credit(Fraction(str(value)), Fraction(str(key)), spec.tolerance, spec.band)


@answer_type
class Number(_Measured):
    """A number with a tolerance: nominal, relative or geometric; bands beyond it earn a part.

    A decimal comma is read with a note; a comma that may separate thousands is refused. Sizes (bytes, KiB, MiB, GiB,
    pages of 4,096 bytes) are read only where the author gives `unit`; KB is refused, since it has two meanings.
    """

    name = "number"
    expected = phrase("a number, with a point before decimals")
    example = "12.5"
    separator = r"[\n;]+"
    may = frozenset({"tolerance", "band", "unit"})
    constant = True

    def read(self, text: str, spec: Spec) -> tuple[Canon, tuple[str, ...]]:
        """The number, in the unit of the question."""
        plain, notes = plain_digits(text)
        plain = plain.replace("\N{MINUS SIGN}", "-").replace("\N{ARABIC DECIMAL SEPARATOR}", ".")
        plain = _GROUPED.sub("", plain.replace("\N{ARABIC THOUSANDS SEPARATOR}", ""))
        if hexadecimal := _HEXADECIMAL.fullmatch(plain):
            number = Decimal(int(hexadecimal[1], 16))
            more: tuple[str, ...] = (from_hexadecimal(int(number), plain),)
            unit = ""
        else:
            plain, more = self._with_point(plain)
            found = _NUMBER.fullmatch(plain)
            if not found:
                raise self.refuse(phrase("%(typed)s is not a number.", typed=quoted(plain)))
            if abs(int(found["power"] or 0)) > _MOST_POWER:
                raise self.refuse(phrase("%(typed)s is out of range.", typed=quoted(plain)))
            number = Decimal(found["figure"]).scaleb(int(found["power"] or 0), _EXACT)
            unit = (found["unit"] or "").strip()
        number, said = self._in_unit(number, unit, spec)
        return self._bounded(number, plain), (*notes, *more, *said)

    def _with_point(self, text: str) -> tuple[str, tuple[str, ...]]:
        commas = text.count(",")
        if not commas:
            return text, ()
        tail = re.match(r"[0-9]*", text.partition(",")[2])
        if commas > 1 or "." in text or (tail and len(tail[0]) == len("000")):
            raise self.refuse(
                phrase("The comma in %(typed)s may separate thousands or decimals.", typed=quoted(text)),
                _WITHOUT_SEPARATORS,
            )
        return _ONE_COMMA.sub(".", text), (_COMMA_READ,)

    def _in_unit(self, number: Decimal, typed: str, spec: Spec) -> tuple[Decimal, tuple[str, ...]]:
        """The number in the author's unit. Raises `Unreadable` for a unit that is unknown, or that nobody asked for."""
        if spec.unit is None:
            if typed:
                raise self.refuse(
                    phrase(
                        "%(typed)s after the number was not understood: the answer has no unit.", typed=quoted(typed)
                    )
                )
            return number, ()
        if not typed:
            return number, (phrase("No unit was given: read as %(unit)s.", unit=_unit(spec)),)
        folded = typed.casefold()
        folded = _SPELLINGS.get(folded, folded)
        if folded in _TWO_MEANINGS:
            raise self.refuse(
                phrase(
                    "%(typed)s means 1,000 or 1,024: write KiB, MiB, GiB (powers of 1,024) or bytes.",
                    typed=quoted(typed),
                )
            )
        if folded not in _UNITS:
            raise self.refuse(
                phrase("The unit %(typed)s is none of: bytes, KiB, MiB, GiB, pages.", typed=quoted(typed))
            )
        own = spec.unit.casefold()
        if folded == own:
            return number, ()
        converted = _EXACT.divide(_EXACT.multiply(number, Decimal(_UNITS[folded])), Decimal(_UNITS[own]))
        said = phrase("Read as %(number)s %(unit)s.", number=decimal_text(converted), unit=_unit(spec))
        return converted, (said,)

    def _bounded(self, number: Decimal, typed: str) -> str:
        if abs(number) > _HIGHEST:
            raise self.refuse(phrase("%(typed)s is out of range.", typed=quoted(typed)))
        canon = decimal_text(number)
        if "." in canon and len(canon.lstrip("-0.").replace(".", "")) > _MOST_DIGITS:
            raise self.refuse(
                phrase("%(typed)s has more than %(most)s digits.", typed=quoted(typed), most=_MOST_DIGITS)
            )
        return canon

    def of_data(self, data: object, spec: Spec) -> Canon:
        """A number, or a text that reads as one."""
        try:
            if isinstance(data, str):
                return self.read(readable(data), spec)[0]
            if (number := of_number(data)) is not None:
                return self._bounded(number, "the number")
        except Unreadable as unreadable:
            raise Misfit(unreadable.why) from unreadable
        raise Misfit("a number is expected")

    def write(self, canon: Canon, spec: Spec) -> str:
        """With the author's unit, where there is one."""
        return f"{canon} {spec.unit}" if spec.unit else str(canon)


_SECONDS = {"w": 604_800, "d": 86_400, "h": 3_600, "m": 60, "s": 1}
_PART = re.compile(r"(?P<figure>[0-9]{1,15}(?:[.,][0-9]{1,9})?)\s*(?P<unit>[a-zµμ]{1,12})[\s,]*", re.IGNORECASE)
_UNIT_NAMES = {
    **dict.fromkeys(("w", "week", "weeks"), 604_800_000_000),
    **dict.fromkeys(("d", "day", "days"), 86_400_000_000),
    **dict.fromkeys(("h", "hr", "hrs", "hour", "hours"), 3_600_000_000),
    **dict.fromkeys(("m", "min", "mins", "minute", "minutes"), 60_000_000),
    **dict.fromkeys(("s", "sec", "secs", "second", "seconds"), 1_000_000),
    **dict.fromkeys(("ms", "msec", "millisecond", "milliseconds"), 1_000),
    **dict.fromkeys(("us", "µs", "μs", "microsecond", "microseconds"), 1),
}
_CLOCK = re.compile(
    r"(?:(?P<days>[0-9]{1,6})\s*(?:d|days?),?\s+)?(?P<h>[0-9]{1,6}):(?P<m>[0-5][0-9]):(?P<s>[0-5][0-9](?:[.,][0-9]{1,9})?)",
    re.IGNORECASE,
)
_SHORT_CLOCK = re.compile(r"[0-9]{1,6}:[0-9]{2}(?:[.,][0-9]{1,9})?")
_ISO = re.compile(
    r"P(?:(?P<w>[0-9.,]{1,20})W)?(?:(?P<d>[0-9.,]{1,20})D)?"
    r"(?:T(?:(?P<h>[0-9.,]{1,20})H)?(?:(?P<m>[0-9.,]{1,20})M)?(?:(?P<s>[0-9.,]{1,20})S)?)?",
    re.IGNORECASE,
)
_FIGURE = re.compile(r"[0-9]{1,15}(?:\.[0-9]{1,9})?")
_LONGEST_DURATION = Decimal(10) ** 9
_MICROSECOND = Decimal("0.000001")


@answer_type
class Duration(_Measured):
    """How long something took: `1h 2m 3s`, `01:02:03`, ISO 8601 (`PT1H2M3S`), or seconds. Compared in seconds."""

    name = "duration"
    expected = phrase("a duration such as 1h 2m 3s, 01:02:03, or seconds")
    example = "1h 12m 40s"
    separator = r"[\n;]+"

    def read(self, text: str, spec: Spec) -> tuple[Canon, tuple[str, ...]]:  # noqa: ARG002 - one form for all
        """Any of the forms; a bare number is seconds, with a note."""
        plain, notes = plain_digits(text)
        plain = " ".join(plain.replace("\N{ARABIC DECIMAL SEPARATOR}", ".").split())
        if _FIGURE.fullmatch(plain):
            seconds = Decimal(plain)
            notes = (*notes, _SECONDS_READ)
        elif _SHORT_CLOCK.fullmatch(plain):
            raise self.refuse(
                phrase(
                    "%(typed)s may be hours and minutes or minutes and seconds: write all three.", typed=quoted(plain)
                )
            )
        elif found := _CLOCK.fullmatch(plain):
            seconds = self._sum({"d": found["days"], "h": found["h"], "m": found["m"], "s": found["s"]})
        elif (found := _ISO.fullmatch(plain)) and any(found.groupdict().values()) and plain[-1] not in "tT":
            seconds = self._sum(found.groupdict())
        else:
            seconds = self._named(plain)
        if seconds > _LONGEST_DURATION:
            raise self.refuse(phrase("%(typed)s is out of range.", typed=quoted(plain)))
        return decimal_text(seconds.quantize(_MICROSECOND)), notes

    def _sum(self, parts: Mapping[str, str | None]) -> Decimal:
        total = Decimal(0)
        for unit, figure in parts.items():
            if figure is None:
                continue
            if not _FIGURE.fullmatch(figure.replace(",", ".")):
                raise self.refuse(phrase("%(typed)s is not a number.", typed=quoted(figure)))
            total = _EXACT.add(total, _EXACT.multiply(Decimal(figure.replace(",", ".")), Decimal(_SECONDS[unit])))
        return total

    def _named(self, text: str) -> Decimal:
        at, total = 0, Decimal(0)
        used: set[int] = set()
        while at < len(text):
            found = _PART.match(text, at)
            size = _UNIT_NAMES.get(found["unit"].casefold()) if found else None
            if found is None or size is None or size in used:
                raise self.refuse(phrase("%(typed)s is not a duration in an expected form.", typed=quoted(text)))
            used.add(size)
            total = _EXACT.add(total, _EXACT.multiply(Decimal(found["figure"].replace(",", ".")), Decimal(size)))
            at = found.end()
        return total.scaleb(-6, _EXACT)

    def of_data(self, data: object, spec: Spec) -> Canon:
        """Seconds, or a text in one of the forms."""
        try:
            if isinstance(data, str):
                return self.read(readable(data), spec)[0]
            number = of_number(data)
        except Unreadable as unreadable:
            raise Misfit(unreadable.why) from unreadable
        if number is None or not 0 <= number <= _LONGEST_DURATION:
            raise Misfit("a duration is a number of seconds, not negative")
        return decimal_text(number.quantize(_MICROSECOND))

    def write(self, canon: Canon, spec: Spec) -> str:  # noqa: ARG002 - one form for all
        """In days, hours, minutes and seconds."""
        seconds = Decimal(str(canon))
        whole = int(seconds)
        parts = [(whole // 86_400, "d"), (whole // 3_600 % 24, "h"), (whole // 60 % 60, "m")]
        words = [f"{figure}{unit}" for figure, unit in parts if figure]
        rest = seconds - whole + whole % 60
        return " ".join([*words, f"{decimal_text(rest)}s"] if rest or not words else words)
