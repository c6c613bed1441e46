"""Where a claim of a report is weakest: what a cross-examiner would begin with. Pure.

It is worked out from the author's own report and the plugins' cards, and from nothing that anybody decided: it can't
tell a right claim from a wrong one. Claims come with the weakest first: the weights of their weaknesses are added, and
of equal ones the lower number stands first. Within a claim the heavier weakness stands first.
"""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import NamedTuple

from training.analysis.cards import Card, Cards
from training.reporting.checks import CLOCK, RUN, ZONE
from training.reporting.document import Cited, Document, Found
from training.reporting.references import named, paragraphs
from training.sentence import phrase

WEIGHTS = {
    "uncited": 100,  # nothing is named for it
    "unfinished": 80,  # what is named can't be shown, or comes of a run that did not finish
    "overstated": 60,  # the words are stronger than what is named
    "defeated": 50,  # its plugin can be deceived, and the case holds a source that would see it
    "one-structure": 40,  # several places, all of one structure
    "one-source": 40,  # one place
    "no-alternative": 30,
    "clock": 25,  # a time without zone, or a clock whose offset nobody states
    "unchecked": 20,  # its plugin can be deceived, and nobody asked the one that would see it
    "not-repeated": 10,
}
"""The weaknesses in the order in which a cross-examiner would take them."""

FLOOR = 60  # characters of a text by which it is known again
QUOTED = 240  # characters of a claim, or of a row, that are read out
CELLS = 5  # cells of a row that are read out
STRONG = re.compile(
    r"\b(?:proves?|proven|undoubtedly|certainly|definitely|conclusively|beyond (?:any |reasonable )?doubt|"
    r"without (?:any |a )?doubt|must have|prouven?t?|indubitablement|certainement|sans (?:aucun )?doute|assurément)\b|"
    r"بلا شك|دون شك|قطعًا|قطعا|يثبت|تثبت|بالتأكيد",
    re.IGNORECASE,
)
DATED = re.compile(r"\b\d{4}-\d\d-\d\d[T ]\d\d:\d\d", re.ASCII)
OFFSET = re.compile(
    r"\b(?:offset|ahead|behind|reference clock|drift|décalage|en avance|en retard|horloge de référence)\b|"
    r"فارق|متقدم|متأخر|الساعة المرجعية|انحراف",
    re.IGNORECASE,
)
REPEATED = re.compile(
    r"\b(?:repeat(?:ed|s)?|again|independently|second examiner|répét\w*|de nouveau|refait\w*|second expert)\b|"
    r"كرّر|كرر|أُعيد|أعاد|إعادة|أعدت|خبير ثان",
    re.IGNORECASE,
)
SPOKEN = ("front", "findings", "interpretation", "opinion", "alternatives")
"""Parts in which a paragraph that names a finding speaks for it."""
ON_METHOD = ("method", "material", "footprint", "interpretation", "limits", "undone")


@dataclass(frozen=True, slots=True)
class Weakness:
    """A weak point of a claim: why it is one, and the question that it is asked with. `cited` is the place quoted."""

    code: str
    reason: str
    question: str
    cited: int | None = None

    @property
    def weight(self) -> int:
        """How much it counts."""
        return WEIGHTS[self.code]


@dataclass(frozen=True, slots=True)
class Claim:
    """A finding of the report with its weaknesses, the heaviest first."""

    found: Found
    weaknesses: tuple[Weakness, ...]

    @property
    def weight(self) -> int:
        """How weakly it is supported."""
        return sum(one.weight for one in self.weaknesses)

    def weakness(self, code: str) -> Weakness | None:
        """The weakness of this name, where the claim has it."""
        return next((one for one in self.weaknesses if one.code == code), None)


class _About(NamedTuple):
    """A claim with what is looked at: its places, and every text that speaks for it."""

    document: Document
    cards: Cards
    found: Found
    places: tuple[Cited, ...]
    texts: tuple[str, ...]

    @property
    def first(self) -> Cited:
        """The place that is quoted."""
        return self.places[0]


def of(document: Document, cards: Cards) -> tuple[Claim, ...]:
    """The claims of a report, the weakest first; those without a weakness stand last."""
    claims = [_claim(document, cards, one) for one in document.findings]
    return tuple(sorted(claims, key=lambda one: (-one.weight, one.found.number)))


def _claim(document: Document, cards: Cards, found: Found) -> Claim:
    places = tuple(place for number in found.citations if (place := document.cited(number)))
    about = _About(document, cards, found, places, tuple(_texts(document, found)))
    weak = [one for rule in RULES for one in rule(about)]
    order = list(WEIGHTS)
    return Claim(found, tuple(sorted(weak, key=lambda one: order.index(one.code))))


def _texts(document: Document, found: Found) -> Iterator[str]:
    yield from (text for text in (found.claim, found.alternatives) if text)
    for part in SPOKEN:
        yield from (one for one in paragraphs(document.parts.get(part, "")) if found.number in named(one, "F"))


def said(found: Found) -> str:
    """A claim as it is read out: its sentence, else its bare value."""
    return start(found.claim, QUOTED) if found.claim else phrase("The value is %(value)s", value=start(found.value))


def start(text: str, most: int = FLOOR) -> str:
    """A text on one line, cut where it is long."""
    line = " ".join(text.split())
    return line if len(line) <= most else f"{line[: most - 1]}…"


def place(cited: Cited) -> str:
    """A cited place as it is called in a question."""
    number = f"C{cited.number}"
    if cited.run:
        given = {"cited": number, "plugin": cited.plugin, "run": str(cited.run), "row": str(cited.row)}
        return phrase("%(cited)s (%(plugin)s, run %(run)s, row %(row)s)", **given)
    return phrase("%(cited)s (%(material)s, line %(n)s)", cited=number, material=cited.material, n=str(cited.line))


def row(cited: Cited, found: Found) -> str:
    """What stands at a cited place, in few words: the cited column, else cells that the claim is about, then others."""
    if not cited.cells:
        return start(cited.text, QUOTED)
    told = [one for one in cited.cells if cited.column in {"", one.name} and one.value not in {None, ""}]
    about = [one for one in told if len(one.text) > 1 and one.text in f"{found.value} {found.claim}"]
    chosen = [*about, *(one for one in told if one not in about)][:CELLS]
    return start(", ".join(f"{one.name} {start(one.text)}" for one in told if one in chosen), QUOTED)


def _uncited(about: _About) -> Iterator[Weakness]:
    if about.found.citations:
        return
    reason = phrase("No place is named for it: the court has your word alone.")
    ask = phrase("You write: '%(claim)s'. Which row of which run shows that? Read it to the court.", claim=_said(about))
    yield Weakness("uncited", reason, ask)


def _unfinished(about: _About) -> Iterator[Weakness]:
    gone = next((one for one in about.places if one.fault), None)
    if gone is not None:
        reason = phrase("%(place)s can't be shown any more.", place=place(gone))
        ask = phrase(
            "For '%(claim)s' you name %(place)s. It can't be shown. How is the court to look at it?",
            claim=_said(about),
            place=place(gone),
        )
        yield Weakness("unfinished", reason, ask, gone.number)
        return
    unfinished = {one.number: one for one in about.document.others if one.state != "complete"}
    for text in about.texts:
        number = next((n for match in RUN.finditer(text) if (n := int(match[1] or match[2])) in unfinished), None)
        if number is not None:
            given = {"run": str(number), "command": unfinished[number].command}
            reason = phrase("It relies on run %(run)s (%(command)s), which did not finish.", **given)
            ask = phrase(
                "For '%(claim)s' you rely on run %(run)s, %(command)s. It did not finish. What may stand in the rows "
                "that it never gave?",
                claim=_said(about),
                **given,
            )
            yield Weakness("unfinished", reason, ask)
            return


def _overstated(about: _About) -> Iterator[Weakness]:
    if not about.places:
        return
    sources, sure = len(about.document.structures(about.found)), about.found.confidence
    strong = next(((match[0], text) for text in about.texts if (match := STRONG.search(text))), None)
    if strong is not None and (sources == 1 or sure in {"probable", "possible"}):
        given = {"word": strong[0], "start": start(strong[1])}
        reason = phrase("'%(word)s' in '%(start)s' is stronger than what is named for it.", **given)
        ask = phrase(
            "You write '%(word)s' in '%(start)s'. What you name is %(place)s, which reads '%(row)s'. Does that row "
            "carry the word, or do you?",
            place=place(about.first),
            row=row(about.first, about.found),
            **given,
        )
        yield Weakness("overstated", reason, ask, about.first.number)
    elif sure == "certain" and sources == 1:
        reason = phrase("It is called certain, and rests on one source.")
        ask = phrase(
            "You call '%(claim)s' certain. You name %(place)s, which reads '%(row)s'. Would you be as certain if that "
            "one structure had been changed?",
            claim=_said(about),
            place=place(about.first),
            row=row(about.first, about.found),
        )
        yield Weakness("overstated", reason, ask, about.first.number)


def _defeated(about: _About) -> Iterator[Weakness]:
    """The plugin of a place can be deceived: by what the case holds a source for, or by what nobody looked into."""
    here = {one.plugin for one in about.places}
    elsewhere = {one.plugin: one for one in about.document.citations if one.run and one.plugin not in here}
    asked = {one.plugin for one in about.document.others if one.state == "complete"}
    unasked: tuple[Cited, Card, str] | None = None
    for one in about.places:
        card = about.cards.get(one.plugin) if one.plugin in about.cards else None
        others = [name for name, _ in card.check_with] if card else []
        if card is None or not others or here & set(others):
            continue
        held = next((name for name in others if name in elsewhere or name in asked), None)
        if held is not None:
            yield _held(about, one, card, elsewhere.get(held), held)
            return
        unasked = unasked or (one, card, others[0])
    if unasked is not None:
        one, card, other = unasked
        reason = phrase("What defeats %(plugin)s: %(text)s", plugin=card.name, text=card.defeated_by)
        ask = phrase(
            "%(place)s reads '%(row)s'. %(plugin)s can be deceived, and you did not ask %(other)s. How do you know "
            "that it was not deceived here?",
            place=place(one),
            row=row(one, about.found),
            plugin=card.name,
            other=other,
        )
        yield Weakness("unchecked", reason, ask, one.number)


def _held(about: _About, one: Cited, card: Card, other: Cited | None, name: str) -> Weakness:
    where = place(other) if other is not None else phrase("your run of %(plugin)s", plugin=name)
    given = {"plugin": card.name, "text": card.defeated_by, "other": where}
    reason = phrase("%(other)s would see what defeats %(plugin)s, and is not named for it. %(text)s", **given)
    ask = phrase(
        "For '%(claim)s' you name %(place)s, which reads '%(row)s'. %(plugin)s can be deceived. You had %(other)s, "
        "which would see it. Why is the court not told what it says of this claim?",
        claim=_said(about),
        place=place(one),
        row=row(one, about.found),
        plugin=card.name,
        other=where,
    )
    return Weakness("defeated", reason, ask, one.number)


def _sources(about: _About) -> Iterator[Weakness]:
    structures = about.document.structures(about.found)
    if len(structures) != 1:
        return
    given = {"claim": _said(about), "place": place(about.first), "row": row(about.first, about.found)}
    if len(about.places) == 1:
        reason = phrase("One place is named for it, %(place)s.", place=place(about.first))
        ask = phrase(
            "'%(claim)s': you name %(place)s alone, which reads '%(row)s'. What would you expect to see elsewhere if "
            "that row were wrong, and did you look?",
            **given,
        )
        yield Weakness("one-source", reason, ask, about.first.number)
        return
    counted = {"n": str(len(about.places)), "structure": structures[0]}
    reason = phrase("All %(n)s places are of one structure: %(structure)s.", **counted)
    ask = phrase(
        "For '%(claim)s' you name %(n)s places, %(place)s among them. All of them read one structure: %(structure)s. "
        "Is that not one witness who is heard %(n)s times?",
        claim=given["claim"],
        place=given["place"],
        **counted,
    )
    yield Weakness("one-structure", reason, ask, about.first.number)


def _alternatives(about: _About) -> Iterator[Weakness]:
    general = named(about.document.parts.get("alternatives", ""), "F")
    if about.found.alternatives or about.found.number in general or not about.places:
        return
    reason = phrase("The report considers no other explanation for it.")
    ask = phrase(
        "You write: '%(claim)s'. %(place)s reads '%(row)s'. What harmless event leaves the same row, and where did you "
        "look for it?",
        claim=_said(about),
        place=place(about.first),
        row=row(about.first, about.found),
    )
    yield Weakness("no-alternative", reason, ask, about.first.number)


def _clock(about: _About) -> Iterator[Weakness]:
    for text in about.texts:
        if any(not match["z"] for match in CLOCK.finditer(text)) and not ZONE.search(text):
            reason = phrase("'%(start)s' has a time without its clock or zone.", start=start(text))
            ask = phrase("'%(start)s': by whose clock is that, and what time is it in UTC?", start=start(text))
            yield Weakness("clock", reason, ask)
            return
    dated = next((one for one in about.places if _dated(one)), None)
    told = (about.document.parts.get(name, "") for name in ON_METHOD)
    timed = dated or DATED.search(about.found.value) or any(CLOCK.search(text) for text in about.texts)
    if timed and not any(OFFSET.search(text) for text in (*about.texts, *told)):
        reason = phrase("It gives a time, and nothing says how far the machine's clock was from a reference clock.")
        ask = phrase(
            "'%(claim)s' gives a time of the machine's own clock. How far was that clock from the right time, and how "
            "do you know that for that moment?",
            claim=_said(about),
        )
        yield Weakness("clock", reason, ask, dated.number if dated else None)


def _dated(cited: Cited) -> bool:
    return any(one.type == "datetime" and one.name == cited.column for one in cited.cells)


def _repeated(about: _About) -> Iterator[Weakness]:
    run = next((one for one in about.places if one.run), None)
    if run is None or any(REPEATED.search(about.document.parts.get(name, "")) for name in ON_METHOD):
        return
    reason = phrase("Nothing says that anybody repeated run %(run)s.", run=str(run.run))
    ask = phrase(
        "Who besides you has seen %(place)s read '%(row)s', from which copy of the exhibit, and with which program?",
        place=place(run),
        row=row(run, about.found),
    )
    yield Weakness("not-repeated", reason, ask, run.number)


def _said(about: _About) -> str:
    return said(about.found)


RULES: tuple[Callable[[_About], Iterator[Weakness]], ...] = (
    _uncited, _unfinished, _overstated, _defeated, _sources, _alternatives, _clock, _repeated,
)  # fmt: skip
