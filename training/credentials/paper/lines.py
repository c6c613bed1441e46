"""What a certificate says, line by line: the paper and the public page both show it, and the page draws nothing."""

import unicodedata
from datetime import date
from zoneinfo import ZoneInfo

from babel.dates import format_date

from training.credentials.facts import Facts, Printed
from training.credentials.words import DASH, WORDS


def runs_left(text: str) -> bool:
    """Whether a paragraph runs from right to left: with no letter of such a script, an address stays in its order."""
    return any(unicodedata.bidirectional(one) in {"R", "AL"} for one in text)


def day(value: date, language: str) -> str:
    """A day in words of a language."""
    return format_date(value, "long", locale="en_GB" if language == "en" else language)


def days(facts: Facts, language: str) -> str:
    """The days of a session, and the zone in which they are days."""
    first, last = day(facts.starts, language), day(facts.ends, language)
    said = first if facts.starts == facts.ends else f"{first} {DASH} {last}"
    return f"{said} ({WORDS[language].zone.format(facts.zone)})"


def rows(printed: Printed, language: str) -> list[tuple[str, tuple[str, ...]]]:
    """The facts of the first page, each with its label: what the paper and the public page both show."""
    facts, words = printed.facts, WORDS[language]
    issued = printed.issued.astimezone(ZoneInfo(facts.zone)).date()
    remarks = (words.demonstration if facts.demonstration else "", words.early if facts.early else "")
    said = [
        (words.remark, tuple(filter(None, remarks))),
        (words.session, (facts.title,)),
        (words.dates, (days(facts, language),)),
        (words.place, (facts.place,)),
        (words.host, (facts.host.name, *facts.host.address)),
        (words.hours, (words.figure(facts.hours),)),
        (words.presence, (words.half_days.format(facts.attended, facts.half_days),)),
        (words.examinations, tuple(f"{one.name} {DASH} {one.result}" for one in facts.examinations)),
        (
            words.competencies,
            (", ".join(f"{one.id} ({words.level} {one.level})" for one in facts.competencies) or words.none,),
        ),
        (words.instructors, facts.instructors),
        (words.issued, (day(issued, language),)),
    ]
    return [(label, lines) for label, lines in said if any(lines)]
