"""The list of the second reader: what stands in the way of a report being understood, repeated and believed. Pure.

Each line says where, and what to do. None blocks: the author answers for the report. No line says anything of whether a
finding is right, as nothing here knows it.
"""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from training.reporting.document import Document, Found
from training.reporting.parts import BY_NAME, PARTS
from training.reporting.references import named, paragraphs
from training.sentence import listed, phrase

SHOWN = 60
"""Characters of a paragraph by which it is known again."""
CLOCK = re.compile(r"\b(?:[01]?\d|2[0-3]):[0-5]\d(?::[0-5]\d)?(?P<z>Z)?\b", re.ASCII)
ZONE = re.compile(r"\bUTC\b|\bGMT\b|clock|horloge|ساعة|[+\u2212-]\d\d:?\d\d\b", re.IGNORECASE)
ACCOUNT = re.compile(r"\baccounts?\b|\bcomptes?\b|حساب", re.IGNORECASE)
FOR_COURT = re.compile(
    r"\b(?:guilty|innocent|stole|with intent|intentionally|coupables?|a volé|intention)\b|مذنب|سرق", re.IGNORECASE
)
OPINION = re.compile(
    r"\b(?:probably|likely|presumably|apparently|obviously|clearly|therefore|hacked|malicious|suspicious|"
    r"probablement|vraisemblablement|manifestement|donc|piraté|malveillante?s?|suspecte?s?)\b|ربما|على الأرجح|"
    r"خبيث|مشبوه",
    re.IGNORECASE,
)
PERCENT = re.compile(r"\d[\d.,]*\s?[%٪]")
RUN = re.compile(r"\b(?:run|exécution)\s+(\d{1,4})\b|تشغيل\s+(\d{1,4})\b", re.IGNORECASE)
NEEDED = ("front", "question", "material", "footprint", "interpretation", "opinion", "limits", "undone", "declaration")
ROW = "findings"
"""The part in which claims are changed."""


@dataclass(frozen=True, slots=True)
class Check:
    """A line of the list. `part` is where it is mended, `of` the question whose claim it is about, if any."""

    code: str
    part: str
    said: str
    todo: str
    of: str = ""


@dataclass(frozen=True, slots=True)
class _Text:
    """A paragraph, or the claim or alternatives of a finding."""

    part: str
    text: str
    tied: bool
    of: str = ""

    @property
    def start(self) -> str:
        """By which it is known again."""
        line = " ".join(self.text.split())
        return line if len(line) <= SHOWN else f"{line[: SHOWN - 1]}…"


def of(document: Document) -> tuple[Check, ...]:
    """All lines, in the order of the report's parts."""
    found = [line for check in CHECKS for line in check(document)]
    order = [one.name for one in PARTS]
    return tuple(sorted(found, key=lambda line: order.index(line.part)))


def _texts(document: Document) -> Iterator[_Text]:
    for part in PARTS:
        for text in paragraphs(document.parts.get(part.name, "")):
            yield _Text(part.name, text, part.tied)
    for one in document.findings:
        if one.claim:
            yield _Text(ROW, one.claim, tied=False, of=one.question)
        if one.alternatives:
            yield _Text(ROW, one.alternatives, tied=False, of=one.question)


def _findings(document: Document) -> Iterator[Check]:
    if not document.findings:
        said = phrase("The report has no finding.")
        yield Check("no-finding", ROW, said, phrase("Submit one on the workbench, or choose one that you left out."))
    for one in document.findings:
        yield from _finding(document, one)


def _finding(document: Document, one: Found) -> Iterator[Check]:
    name, structures = f"F{one.number}", document.structures(one)
    if not one.claim:
        said = phrase("%(finding)s has a value and no sentence.", finding=name)
        yield Check("claim", ROW, said, phrase("Say in one sentence what the rows show."), one.question)
    if not one.citations:
        said = phrase("%(finding)s rests on nothing: no row is cited.", finding=name)
        todo = phrase("Cite what proves it and submit it again, or leave it out.")
        yield Check("uncited", ROW, said, todo, one.question)
    elif len(structures) == 1:
        known = {"finding": name, "structure": structures[0]}
        if one.confidence == "certain":
            said = phrase("%(finding)s is called certain and rests on one source: %(structure)s.", **known)
            todo = phrase("Find a second, independent source, or be less sure.")
            yield Check("certain-on-one", ROW, said, todo, one.question)
        else:
            said = phrase("%(finding)s rests on one source: %(structure)s.", **known)
            todo = phrase("Find a second, independent source, or say so under the limits.")
            yield Check("one-source", ROW, said, todo, one.question)
    if not one.alternatives and one.number not in named(document.parts.get("alternatives", ""), "F"):
        said = phrase("%(finding)s has no alternative.", finding=name)
        todo = phrase("Say what else could have left these rows, and whether you looked for it.")
        yield Check("no-alternative", "alternatives", said, todo, one.question)


def _empty(document: Document) -> Iterator[Check]:
    for name in NEEDED:
        if name == "footprint" and document.on_papers:
            continue
        if not document.parts.get(name):
            part = BY_NAME[name]
            yield Check("empty", name, phrase("The part '%(part)s' is empty.", part=part.title), part.asks)


def _references(document: Document) -> Iterator[Check]:
    for text in _texts(document):
        lost = [f"C{n}" for n in named(text.text, "C") if document.cited(n) is None]
        lost += [f"F{n}" for n in named(text.text, "F") if document.finding(n) is None]
        if lost:
            said = phrase(
                "'%(start)s' names %(lost)s, which the report does not have.", start=text.start, lost=listed(lost)
            )
            todo = phrase("Correct the number, or choose the finding for the report.")
            yield Check("unknown-reference", text.part, said, todo, text.of)
        if text.tied and not named(text.text, "C") and not named(text.text, "F"):
            said = phrase("'%(start)s' stands on nothing: it names no row and no finding.", start=text.start)
            yield Check("untied", text.part, said, phrase("Write the numbers that it rests on, such as C3 or F2."))


def _sources(document: Document) -> Iterator[Check]:
    for one in document.citations:
        if one.fault:
            said = phrase("C%(n)s can't be shown: %(fault)s", n=str(one.number), fault=one.fault)
            yield Check("no-row", "method", said, phrase("Ask for the run again and cite its row."))
    unfinished = {one.number: one for one in document.others if one.state != "complete"}
    for text in _texts(document):
        for match in RUN.finditer(text.text):
            number = int(match[1] or match[2])
            if number in unfinished and text.part not in {"method", "limits", "undone"}:
                said = phrase(
                    "'%(start)s' relies on run %(n)s, which is not complete.", start=text.start, n=str(number)
                )
                todo = phrase("Only complete runs prove something. Name this one under the limits.")
                yield Check("unfinished-run", text.part, said, todo, text.of)
    if document.exhibit.verified_at is None:
        said = phrase("The exhibit was never hashed in this attempt.")
        todo = phrase(
            "Type verify in the command line of the workbench while the attempt is open, or say in part 9 why not."
        )
        yield Check("hash", "material", said, todo)


def _times(document: Document) -> Iterator[Check]:
    for text in _texts(document):
        bare = [match for match in CLOCK.finditer(text.text) if not match["z"]]
        if bare and not ZONE.search(text.text):
            said = phrase("'%(start)s' has a time without its clock or zone.", start=text.start)
            todo = phrase("Write whose clock it is, and UTC or the zone.")
            yield Check("clock", text.part, said, todo, text.of)


def _persons(document: Document) -> Iterator[Check]:
    names = {account.name: _person(account.who) for account in document.accounts}
    for text in _texts(document):
        if text.part not in {"front", "findings", "interpretation", "opinion", "alternatives"}:
            continue
        if ACCOUNT.search(text.text):
            continue
        for account, words in names.items():
            if any(re.search(rf"\b{re.escape(word)}\b", text.text) for word in words):
                given = {"start": text.start, "account": account}
                said = phrase("'%(start)s' names a person. Rows name the account %(account)s.", **given)
                todo = phrase("Write 'account %(account)s', or say which row shows the person.", account=account)
                yield Check("person", text.part, said, todo, text.of)


def _person(who: str) -> list[str]:
    """First and last name, where an account belongs to somebody: 'Mira Castellan, bookkeeper'."""
    words = who.partition(",")[0].split()
    return words if len(words) in {2, 3} and all(one[:1].isupper() for one in words) else []


def _words(document: Document) -> Iterator[Check]:
    for text in _texts(document):
        if match := FOR_COURT.search(text.text):
            said = phrase("'%(word)s' in '%(start)s' is a conclusion for the court.", word=match[0], start=text.start)
            yield Check(
                "for-court",
                text.part,
                said,
                phrase("Say what the rows show, and leave the rest to the judge."),
                text.of,
            )
        if text.part == ROW and (match := OPINION.search(text.text)):
            said = phrase("'%(word)s' in '%(start)s' is no finding.", word=match[0], start=text.start)
            todo = phrase("One sentence, one level: move what it means to part 5, and what you think to part 6.")
            yield Check("opinion", text.part, said, todo, text.of)
        if text.part in {"opinion", "limits", "front"} and PERCENT.search(text.text):
            said = phrase("'%(start)s' gives a percentage.", start=text.start)
            todo = phrase("Give none without a study on cases like this one; say what was tested and what is left.")
            yield Check("precision", text.part, said, todo, text.of)


CHECKS: tuple[Callable[[Document], Iterator[Check]], ...] = (
    _findings, _empty, _references, _sources, _times, _persons, _words,
)  # fmt: skip
