"""Functions of the key language over texts, numbers, times and endpoints."""

from __future__ import annotations

from base64 import b64decode
from contextlib import suppress
from datetime import UTC, datetime, timedelta

from training.grading.keys.calls import Scene, function, list_of, text_of, whole_of
from training.grading.keys.data import Data, kind
from training.grading.values.network import endpoint as canonical_endpoint
from training.grading.values.times import iso

_LONGEST_NUMBER = 40
_ZONE_MINUTES = frozenset({0, 30, 45})
"""Minutes past the hour by which zones differ from UTC."""


@function("cut", 'cut("kworker", 4) = "kwor"', 2)
def _cut(scene: Scene, given: list[Data]) -> Data:
    """`cut(text, n)`: the first n characters, as a name field cuts a name."""
    return text_of(scene, given[0])[: max(0, whole_of(scene, given[1]))]


@function("basename", 'basename("/usr/bin/tar") = "tar"', 1)
def _basename(scene: Scene, given: list[Data]) -> Data:
    """What follows the last slash of a path; of a Windows path the last backslash."""
    path = text_of(scene, given[0])
    return path.rpartition(_divider(path))[2]


def _divider(path: str) -> str:
    """What parts the names of a path: a Windows path begins with a backslash, or with a drive."""
    return "\\" if path.startswith("\\") or path[1:3] == ":\\" else "/"


@function("lower", 'lower("NTDLL.DLL") = "ntdll.dll"', 1)
def _lower(scene: Scene, given: list[Data]) -> Data:
    """The text in small letters, as Windows compares names."""
    return text_of(scene, given[0]).lower()


@function("folder", 'folder("/usr/bin/tar") = "/usr/bin"', 1)
def _folder(scene: Scene, given: list[Data]) -> Data:
    """What stands before the last slash of a path, of a Windows path the last backslash; '/' for a path in the root."""
    path = text_of(scene, given[0])
    return path.rpartition(_divider(path))[0] or _divider(path)


@function("decoded", 'decoded("aABpAA==") = "hi"', 1)
def _decoded(scene: Scene, given: list[Data]) -> Data:
    """The text that a Base64 of UTF-16, little end first, spells, as PowerShell takes an encoded command."""
    text = text_of(scene, given[0])
    try:
        return b64decode(text, validate=True).decode("utf-16-le")
    except ValueError:  # of either coding
        raise scene.problem("no Base64 of UTF-16") from None


@function("spelled", 'spelled("48 69") = "Hi"', 1)
def _spelled(scene: Scene, given: list[Data]) -> Data:
    """The characters of bytes that are printed in hexadecimal, one character for each byte."""
    text = text_of(scene, given[0])
    try:
        return bytes.fromhex(text).decode("latin-1")
    except ValueError:
        raise scene.problem("no bytes in hexadecimal") from None


@function("strip_end", 'strip_end("a.tgz", ".tgz") = "a"', 2)
def _strip_end(scene: Scene, given: list[Data]) -> Data:
    """`strip_end(text, end)`: the text without that end, where it has it."""
    return text_of(scene, given[0]).removesuffix(text_of(scene, given[1]))


@function("text", 'text(7) = "7"', 1)
def _to_text(scene: Scene, given: list[Data]) -> Data:
    """A number or a time as text."""
    value = given[0]
    if isinstance(value, datetime):
        return iso(value)
    if isinstance(value, int | float | str) and not isinstance(value, bool):
        return _bounded(scene, value)
    raise scene.problem(f"a number, a time or a text is expected, not {kind(value)}")


def _bounded(scene: Scene, value: float | str) -> str:
    """Text of a number, within the digits that Python writes."""
    try:
        return str(value)
    except ValueError:
        raise scene.problem("the number has too many digits") from None


@function("number", 'number("0x10") = 16', 1)
def _number(scene: Scene, given: list[Data]) -> Data:
    """A whole number from its text: decimal, or hexadecimal with 0x."""
    value = given[0]
    if isinstance(value, int) and not isinstance(value, bool):
        return value
    text = text_of(scene, value).strip()
    base = 16 if text[:2].lower() == "0x" else 10
    if len(text) <= _LONGEST_NUMBER and text.isascii() and "_" not in text:
        with suppress(ValueError):
            return int(text, base)
    raise scene.problem(f"'{text[:40]}' is no whole number")


@function("time", 'time(5) = time("1970-01-01T00:00:05Z")', 1)
def _time(scene: Scene, given: list[Data]) -> Data:
    """A time from seconds since 1970-01-01 UTC, or from an ISO text with a zone."""
    value = given[0]
    if isinstance(value, datetime):
        return value
    if isinstance(value, int | float) and not isinstance(value, bool):
        try:
            return datetime(1970, 1, 1, tzinfo=UTC) + timedelta(seconds=value)
        except OverflowError:
            raise scene.problem("there is no such time") from None
    raise scene.problem(f"seconds, or an ISO time with a zone, are expected, not {kind(value)}")


@function("hours", "hours(time(0)) has time(3600)", 1)
def _hours(scene: Scene, given: list[Data]) -> Data:
    """Times that a mistaken zone makes of a time: off by whole hours up to 14, or by hours with :30 or :45."""
    moment = given[0]
    if not isinstance(moment, datetime):
        raise scene.problem(f"a time is expected, not {kind(moment)}")
    shifts = [minutes for minutes in range(1, 14 * 60 + 1) if minutes % 60 in _ZONE_MINUTES]
    try:
        return [moment + timedelta(minutes=sign * shift) for shift in shifts for sign in (1, -1)]
    except OverflowError:
        raise scene.problem("there is no such time") from None


@function("endpoint", 'endpoint("192.0.2.1", "80") = "192.0.2.1:80"', 2)
def _endpoint(scene: Scene, given: list[Data]) -> Data:
    """`endpoint(address, port)` as one value; the port may be a number or its text."""
    address, port = text_of(scene, given[0]), whole_of(scene, _number(scene, [given[1]]))
    try:
        return canonical_endpoint(address, port)
    except ValueError as error:
        raise scene.problem(f"no endpoint: {error}") from error


@function("after", 'after("SHA-256: ab", ": ") = "ab"', 2)
def _after(scene: Scene, given: list[Data]) -> Data:
    """`after(text, mark)`: what stands behind the first mark; a text without it has no value."""
    _, found, rest = _parted(scene, given)
    if not found:
        raise scene.problem("the text does not hold the mark")
    return rest


@function("upto", 'upto("192.0.2.1/24", "/") = "192.0.2.1"', 2)
def _upto(scene: Scene, given: list[Data]) -> Data:
    """`upto(text, mark)`: what stands before the first mark; the whole text where it has none."""
    return _parted(scene, given)[0]


def _parted(scene: Scene, given: list[Data]) -> tuple[str, str, str]:
    text, mark = text_of(scene, given[0]), text_of(scene, given[1])
    if not mark:
        raise scene.problem("the mark is empty")
    return text.partition(mark)


@function("sum", "sum(list(1, 2, null)) = 3", 1)
def _sum(scene: Scene, given: list[Data]) -> Data:
    """The sum of whole numbers; nulls don't count."""
    return sum(whole_of(scene, one) for one in list_of(scene, given[0]) if one is not None)


@function("quotient", "quotient(8191, 4096) = 2", 2)
def _quotient(scene: Scene, given: list[Data]) -> Data:
    """`quotient(a, b)`: a by b, rounded to the nearest whole number, halves away from zero."""
    dividend, divisor = whole_of(scene, given[0]), whole_of(scene, given[1])
    if not divisor:
        raise scene.problem("nothing can be divided by 0")
    sign = 1 if dividend * divisor >= 0 else -1
    return sign * ((2 * abs(dividend) + abs(divisor)) // (2 * abs(divisor)))
