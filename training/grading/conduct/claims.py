"""What a note claims that the record can be held against: times, digests, numbers of entries, commands.

Only what is surely a claim about the response itself is taken: a time that lies within it and is not yet to come; a
command behind a verb of doing, in a sentence without a negation. All else may speak of the case, of a log, of a plan.
"""

from __future__ import annotations

import posixpath
import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, timezone

from training.grading.conduct import programs

LONGEST = 20_000
"""Characters of a note that are read."""
_MOST = 200
_TIME = re.compile(
    r"(?<![\d:.\-])([01]?\d|2[0-3])[:h]([0-5]\d)(?:[:.]([0-5]\d))?(?![\d:])(?: {0,2}(Z|UTC|GMT|[+-]\d\d:?\d\d))?"
)
_DIGEST = re.compile(r"(?<![0-9A-Fa-f])[0-9A-Fa-f]{64}(?![0-9A-Fa-f])")
_ENTRY = re.compile(r"(?:\bentry|\bentrée|المدخل) {1,3}(?:no\.? {0,2}|n° ?|# ?)?(\d{1,6})(?!\d)", re.IGNORECASE)
_DID = re.compile(
    r"(?<!\w)(?:ran|typed|used|executed|entered|started|called|lancé|tapé|exécuté|utilisé|شغلت|نفذت|كتبت|استخدمت)"
    r" {1,3}(?:the command |the |la commande |الأمر )?[`'\"«“]? ?([A-Za-z0-9_./+-]{1,100})",
    re.IGNORECASE,
)
_NOT = re.compile(
    r"(?<!\w)(?:not|no|never|nothing|without|instead|nor|ne|pas|jamais|sans|لم|لا|دون)(?!\w)|n['\u2019]t\b",
    re.IGNORECASE,
)
_SENTENCE = re.compile(r"[.!?;\n](?=\s)|\n")
_LOOKS = programs.names(
    "ps top netstat ss lsof lsmod dmesg uptime w who last id uname hostname ifconfig ip arp route df free vmstat env"
    " fdisk lsblk crontab journalctl systemctl compare sockets"
)
_KNOWN = (
    _LOOKS
    | programs.HASHERS
    | programs.COPIERS
    | programs.ALWAYS_DEEP
    | programs.NETWORK
    | programs.ENDERS
    | programs.ACQUIRERS
    | programs.SCANNERS
    | programs.DOWN
)


@dataclass(frozen=True, slots=True)
class TimeClaim:
    """A time as it was written, and from when to when that is: a time without seconds is a whole minute."""

    written: str
    start: datetime
    end: datetime

    def near(self, begin: datetime, end: datetime, seconds: float) -> bool:
        """Whether it lies within so many seconds of a stretch of time."""
        slack = timedelta(seconds=seconds)
        return begin - slack <= self.end and self.start <= end + slack


def western(text: str) -> str:
    """A text, clipped, with the digits of all scripts as 0 to 9."""
    return "".join(str(unicodedata.digit(one)) if one.isdecimal() else one for one in text[:LONGEST])


def times(text: str, about: datetime) -> Iterator[TimeClaim]:
    """The times of a text, each on the day that brings it nearest to `about`. Without a zone they are UTC."""
    for count, found in enumerate(_TIME.finditer(western(text))):
        if count >= _MOST:
            return
        hour, minute, second, zone = found.groups()
        base = about.astimezone(_zone(zone))
        at = base.replace(hour=int(hour), minute=int(minute), second=int(second or 0), microsecond=0)
        days = (at + timedelta(days=day) for day in (-1, 0, 1))
        start = min(days, key=lambda one: abs(one - about))
        yield TimeClaim(found.group(0).strip(), start, start + timedelta(seconds=0 if second else 59))


def _zone(text: str | None) -> timezone:
    if not text or text[0] not in "+-":
        return UTC
    digits = text[1:].replace(":", "")
    away = timedelta(hours=int(digits[:2]), minutes=int(digits[2:]))
    return timezone(away if text[0] == "+" else -away) if away < timedelta(hours=24) else UTC


def digests(text: str) -> tuple[str, ...]:
    """The SHA-256 values of a text, in small letters."""
    return tuple(one.lower() for one in _DIGEST.findall(western(text))[:_MOST])


def entries(text: str) -> tuple[int, ...]:
    """The numbers of the entries that a text names."""
    return tuple(int(one) for one in _ENTRY.findall(western(text))[:_MOST])


def commands(text: str) -> tuple[str, ...]:
    """Names of the programs that a text says were run."""
    found: dict[str, None] = {}
    for sentence in _SENTENCE.split(western(text))[:_MOST]:
        if _NOT.search(sentence):
            continue
        for one in _DID.findall(sentence):
            name = posixpath.basename(one.rstrip(".,"))
            if name in _KNOWN:
                found[name] = None
    return tuple(found)
