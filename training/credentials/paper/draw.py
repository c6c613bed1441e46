"""The certificate: a first page with all facts and both square codes, then what it rests on."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime
from functools import lru_cache, partial
from uuid import UUID

from training.credentials.codes import spelled
from training.credentials.facts import Printed
from training.credentials.paper.lines import day, rows
from training.credentials.paper.sheet import BOTTOM, HEIGHT, INSIDE, SIDE, SOFT, TOP, Sheet
from training.credentials.square import Square, square
from training.credentials.words import WORDS, Words

LABEL = 46.0  # millimetres of the column of labels
SIGN, CODES = 196.0, 220.0  # millimetres from the top
PAGE_CODE, OFFLINE_CODE = 26.0, 56.0  # millimetres of a side
LARGE = (25.0, 21.0, 17.0, 13.5)  # points of a name, the first that needs at most two lines


def pdf(printed: Printed, signed: str) -> bytes:
    """The paper as PDF. `signed` is the text of the square code for checks without a network.

    Raises Refused where this machine has no font for it, and for a logo that is no picture.
    """
    facts = printed.facts
    with _sheet([(printed, signed)], printed.id, printed.issued) as sheet:
        sheet.set_title(f"{WORDS[facts.language].title(facts.kind)}: {facts.holder}")
        sheet.set_author(facts.host.name)
        sheet.set_subject(spelled(printed.code))
        sheet.set_keywords(f"urn:uuid:{printed.id}")
        return bytes(sheet.output())


def together(papers: Sequence[tuple[Printed, str]], document: UUID, at: datetime) -> bytes:
    """Papers of one language one after the other, for the printer. This file is none of those that were issued."""
    with _sheet(papers, document, at) as sheet:
        sheet.set_title(papers[0][0].facts.title)
        return bytes(sheet.output())


@contextmanager
def _sheet(papers: Sequence[tuple[Printed, str]], document: UUID, at: datetime) -> Iterator[Sheet]:
    """A sheet on which these stand."""
    letters = "".join(_letters(printed) for printed, _ in papers)
    sheet = Sheet(papers[0][0].facts.language, letters, document, at)
    try:
        for printed, signed in papers:
            _onto(sheet, printed, signed)
        yield sheet
    finally:
        sheet.give_back()


def _onto(sheet: Sheet, printed: Printed, signed: str) -> None:
    words, begun = WORDS[printed.facts.language], sheet.pages_count
    _first(sheet, printed, words, signed)
    _annex(sheet, printed, words)
    sheet.number(spelled(printed.code), words.sheet, begun)


def _letters(printed: Printed) -> str:
    """All letters that will be drawn."""
    facts, words = printed.facts, WORDS[printed.facts.language]
    given = [
        facts.holder,
        *words,
        *(line for label, lines in rows(printed, facts.language) for line in (label, *lines)),
    ]
    given += [text for one in facts.competencies for text in (one.name, one.evidence)]
    given += [one.name for one in facts.releases] + [printed.page, *facts.changes]
    return "".join(given)


def _first(sheet: Sheet, printed: Printed, words: Words, signed: str) -> None:
    sheet.add_page()
    y = _opening(sheet, printed, words)
    sheet.rule(y)
    y += 2.5
    room = SIGN - 4 - y
    size = next((one for one in (10.0, 9.0, 8.0, 7.0) if _facts(sheet, printed, y, one, dry=True) - y <= room), 6.5)
    sheet.rule(_facts(sheet, printed, y, size, dry=False))
    _signatures(sheet, words)
    _codes(sheet, printed, words, signed)


def _opening(sheet: Sheet, printed: Printed, words: Words) -> float:
    facts = printed.facts
    sheet.put(facts.host.name, SIDE, TOP, INSIDE * 0.62, 9)
    sheet.put(spelled(printed.code), SIDE + INSIDE * 0.62, TOP, INSIDE * 0.38, 9, end=True, latin=True)
    bottom = TOP + sheet.put(facts.host.name, SIDE, TOP, INSIDE * 0.62, 9, dry=True) + 1.5
    sheet.rule(bottom, 0.5)
    sheet.rule(bottom + 1, 0.2)
    y = bottom + 6
    if facts.host.logo:
        sheet.logo(facts.host.logo, SIDE, y, 60, 20)
        y += 24
    y += sheet.put(words.title(facts.kind), SIDE, y, INSIDE, 22, bold=True) + 4
    y += sheet.put(words.certifies, SIDE, y, INSIDE, 10.5, colour=SOFT) + 1.5
    name = partial(sheet.put, facts.holder, SIDE, y, INSIDE, bold=True)
    large = next((one for one in LARGE if name(size=one, dry=True) <= 2 * one * 0.46 + 0.1), LARGE[-1])
    y += name(size=large) + 1.5
    return y + sheet.put(words.sentence(facts.kind), SIDE, y, INSIDE, 10.5, colour=SOFT) + 4


def _facts(sheet: Sheet, printed: Printed, y: float, size: float, *, dry: bool) -> float:
    for label, lines in rows(printed, printed.facts.language):
        heights = [sheet.put(label, SIDE, y, LABEL - 3, size, colour=SOFT, dry=dry)]
        below = y
        for line in filter(None, lines):
            below += sheet.put(line, SIDE + LABEL, below, INSIDE - LABEL, size, dry=dry)
        y = max(y + heights[0], below) + 1.2
    return y + 1


def _signatures(sheet: Sheet, words: Words) -> None:
    half = (INSIDE - 12) / 2
    for start, who in ((SIDE, words.sign_host), (SIDE + half + 12, words.sign_lead)):
        sheet.rule(SIGN + 9, 0.2, start, half)
        sheet.put(who, start, SIGN + 10, half, 8)
        sheet.put(words.place_date, start, SIGN + 14, half, 8, colour=SOFT)


def _codes(sheet: Sheet, printed: Printed, words: Words, signed: str) -> None:
    """The page's address on the starting side with what names the document, the signed facts on the other."""
    sheet.code(_code(signed), SIDE + INSIDE - OFFLINE_CODE, CODES, OFFLINE_CODE)
    sheet.code(_code(printed.page), SIDE, CODES, PAGE_CODE)
    wide = INSIDE - OFFLINE_CODE - 4
    beside, room = SIDE + PAGE_CODE + 2, wide - PAGE_CODE - 2
    sheet.put(words.page_code, beside, CODES + 2.5, room, 7.5, colour=SOFT)
    sheet.put(words.offline_code, beside, CODES + PAGE_CODE - 7, room, 7.5, colour=SOFT, end=True)
    y = CODES + PAGE_CODE + 1
    named = ((words.code, spelled(printed.code)), (words.document, str(printed.id)), (words.key, printed.issuer))
    y += sheet.put(printed.page, SIDE + 2, y, wide, 6.5, latin=True) + 1
    for label, value in named:
        y += sheet.put(label, SIDE + 2, y, wide, 7, colour=SOFT)
        y += sheet.put(value, SIDE + 2, y, wide, 7.5 if label == words.code else 6.5, latin=True) + 0.6


@lru_cache(80)
def _code(text: str) -> Square:
    """A square code; those of the last forty papers are kept for the file of them all, 0.2 MB each."""
    return square(text)


def _annex(sheet: Sheet, printed: Printed, words: Words) -> None:
    facts = printed.facts
    sheet.add_page()
    y = TOP + sheet.put(words.annex, SIDE, TOP, INSIDE, 14, bold=True) + 1
    y += sheet.put(f"{facts.holder}, {facts.title}", SIDE, y, INSIDE, 9, colour=SOFT) + 2
    y += sheet.put(words.criteria(facts.kind, facts.present), SIDE, y, INSIDE, 9) + 4
    if facts.changes:
        y = sheet.table((words.changes,), [(one,) for one in facts.changes], (INSIDE,), y, set()) + 6
    if facts.competencies:
        heads = (words.competency, words.level, words.shown, words.evidence)
        shown = [
            (f"{one.id} {one.name}", str(one.level), day(one.shown, facts.language), one.evidence)
            for one in facts.competencies
        ]
        y = sheet.table(heads, shown, (62, 14, 32, 62), y, set()) + 6
    if facts.releases:
        used = [(f"{one.name} ({words.used(one.kind)})", str(one.number), one.sha256) for one in facts.releases]
        y = sheet.table((words.releases, words.release, "SHA-256"), used, (58, 16, 96), y, {2}) + 6
    if y + 16 > HEIGHT - BOTTOM:
        sheet.add_page()
        y = TOP
    sheet.put(words.check, SIDE, y, INSIDE, 8.5)
