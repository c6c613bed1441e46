"""The sixteen competencies as data: their kind, the target of each role, what shows each level.

From the curriculum, sections 1.1 and 1.2. The numbers of days are its choice and no finding of a study.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from fractions import Fraction

from training.sentence import phrase


class Kind(StrEnum):
    """How fast a competency fades."""

    PROCEDURE = "procedure"
    JUDGEMENT = "judgement"


@dataclass(frozen=True, slots=True)
class Limits:
    """Days after which a record is no longer current, and no longer fading. The last day belongs to the better state.

    Raises ValueError where they are not in order.
    """

    current: int
    lapse: int

    def __post_init__(self) -> None:
        if not 0 < self.current <= self.lapse:
            msg = (
                f"{self.current} and {self.lapse} days: a record is current for a day or more, then fading, then lapsed"
            )
            raise ValueError(msg)

    def within(self, widest: "Limits") -> "Limits":
        """These limits, none of them longer than the widest: a host may only set shorter ones."""
        return Limits(min(self.current, widest.current), min(self.lapse, widest.lapse))


LIMITS = {Kind.PROCEDURE: Limits(180, 365), Kind.JUDGEMENT: Limits(365, 730)}
ROLES = ("first-responder", "investigator", "examiner", "prosecutor", "judge")
LEVELS = (1, 2, 3, 4)
QUIZ, LAB = Fraction(4, 5), Fraction(3, 5)
"""Share of the points from which questions, and a lab, are enough. Compared exactly, without rounding."""
CASEWORK = 180
"""Days after a test within which use at work moves the date."""
MONTHS = 24
"""Within which two labs at level 3 stand for level 4."""
FEWEST = 2
"""Questions behind level 1: one alone can't give it."""
PART = 3
"""Questions of a lab that make a part of it, or all of a lab that has fewer."""

COURSES = {
    "1": "cybercrime-law",
    "2": "first-response",
    "3": "memory-analysis",
    "4": "cooperation",
    "5": "courtroom",
}
"""The catalogue's courses by the number with which their modules' ids begin."""


def course_of(module: str) -> str:
    """The course of the catalogue that a module such as m3-1 belongs to; empty where none has its number."""
    return COURSES.get(module[1:].partition("-")[0], "")


_L = {
    "L1": "know-your-exhibit",
    "L2": "finance-workstation",
    "L3": "who-is-it-talking-to",
    "L4": "program-without-a-file",
    "L5": "injected-memory",
    "L6": "deleted-and-preloaded",
    "L7": "web-server-under-attack",
    "L8": "identity-collector",
    "L9": "lying-kernel",
    "L10": "one-case",
    "W1": "processes-and-parentage",
    "W2": "command-lines",
    "W3": "traffic-at-night",
    "W4": "injected-and-hollowed",
    "W5": "stays-after-restart",
    "W6": "stored-credentials",
    "R1": "first-response",
    "R2": "quiet-triage",
    "R3": "open-container",
}
EXHIBITS = frozenset(_L.values())
"""The labs of the catalogue that are worked on an exhibit or a running machine, installed or not."""


@dataclass(frozen=True, slots=True)
class Competency:
    """One competency.

    Attributes:
        number: 1 to 16; `id` is K and the number.
        title: what it is, a Sentence.
        targets: level asked of each role, in the order of ROLES; 0 where none is.
        quiz: modules whose questions show level 1, as far as their objectives feed the competency.
        practice: labs and exercises that show level 2.
        examination: those that show level 3, in examination mode. Where the curriculum names an assessed piece of the
            same kind as an exercise, that exercise stands for it, on a file that the person has not had.
        any_lab: every lab on an exhibit shows level 3, where the exhibit was verified before the first finding.
        lead: what level 4 adds, a Sentence.
        reviews: reviewed pieces that it takes, where it is shown by reviewing.
    """

    number: int
    title: str
    kind: Kind
    targets: tuple[int, int, int, int, int]
    quiz: tuple[str, ...]
    practice: tuple[str, ...]
    examination: tuple[str, ...]
    lead: str
    reviews: int = 1
    any_lab: bool = False

    @property
    def id(self) -> str:
        """Its code, such as K3."""
        return f"K{self.number}"

    @property
    def limits(self) -> Limits:
        """After how many days it fades and lapses."""
        return LIMITS[self.kind]

    @property
    def labs(self) -> tuple[str, ...]:
        """All labs and exercises that are linked with it by name."""
        return tuple(dict.fromkeys((*self.practice, *self.examination)))

    def target(self, role: str) -> int:
        """The level asked of a role; 0 for none, and for a role that is not known."""
        return self.targets[ROLES.index(role)] if role in ROLES else 0

    def examines(self, lab: str, *, verified: bool) -> bool:
        """Whether an examination in this lab can show level 3."""
        return lab in self.examination or (self.any_lab and verified and lab in EXHIBITS)

    def linked(self, lab: str) -> bool:
        """Whether a lab has to do with it."""
        return lab in self.labs or (self.any_lab and lab in EXHIBITS)


def _labs(*codes: str) -> tuple[str, ...]:
    return tuple(_L.get(code, code) for code in codes)


_P, _J = Kind.PROCEDURE, Kind.JUDGEMENT
_MARKING = phrase("A second lab, and marking with acceptable agreement")
ALL = (
    Competency(
        *(1, phrase("Lawful authority and proportion"), _J, (3, 3, 2, 4, 4), ("m1-5", "m2-2")),
        *(_labs("R1", "the-order"), _labs("R3", "the-order")),
        phrase("Review of two orders or scene decisions"),
        reviews=2,
    ),
    Competency(
        *(2, phrase("Scene and triage"), _P, (3, 2, 3, 1, 1), ("m2-1", "m2-2", "m2-3")),
        *(_labs("R1", "R2"), _labs("R2", "R3")),
        phrase("Observed instruction of a team"),
    ),
    Competency(
        *(3, phrase("Acquisition of volatile data"), _P, (3, 2, 4, 1, 1), ("m2-4",)),
        *(_labs("R1"), _labs("R1", "R3")),
        phrase("Validation of a tool on two systems"),
    ),
    Competency(
        *(4, phrase("Custody and records"), _P, (3, 3, 4, 2, 2), ("m2-5", "m5-1")),
        *(_labs("R1", "L1"), _labs("R1", "R3")),
        phrase("Review of five custody files"),
        reviews=5,
    ),
    Competency(
        *(5, phrase("Verifying exhibit and tool"), _P, (1, 2, 4, 1, 1), ("m3-1",)),
        *(_labs("L1", "W1"), ()),
        phrase("Validation note on a tool change"),
        any_lab=True,
    ),
    Competency(
        *(6, phrase("Processes and history"), _P, (1, 2, 4, 1, 1), ("m3-2",)),
        *(_labs("L2", "W1", "W2"), _labs("L2", "L10", "W1", "W2")),
        _MARKING,
    ),
    Competency(
        *(7, phrase("Network evidence"), _P, (1, 2, 4, 1, 1), ("m3-3",)),
        *(_labs("L3", "W3"), _labs("L3", "L7", "L10", "W3")),
        _MARKING,
    ),
    Competency(
        *(8, phrase("Hidden and injected code"), _P, (1, 1, 3, 1, 1), ("m3-4",)),
        *(_labs("L4", "L5", "L6", "W4"), _labs("L5", "L6", "L10", "W4")),
        _MARKING,
    ),
    Competency(
        *(9, phrase("Trust in the kernel's answers"), _P, (0, 1, 3, 1, 1), ("m3-5",)),
        *(_labs("L9"), _labs("L9")),
        phrase("A second variant, and marking with acceptable agreement"),
    ),
    Competency(
        *(10, phrase("Timeline, corroboration, limits"), _P, (1, 2, 4, 2, 2), ("m3-6",)),
        *(_labs("L7", "W5", "W6"), _labs("L10")),
        _MARKING,
    ),
    Competency(
        *(11, phrase("Offences and elements"), _J, (2, 3, 1, 4, 4), ("m1-1", "m1-2", "m1-3", "m1-4")),
        *(_labs("elements-and-facts", "L8"), _labs("elements-and-facts")),
        phrase("Review of two files"),
        reviews=2,
    ),
    Competency(
        *(12, phrase("Preservation and cooperation across borders"), _J, (2, 3, 1, 4, 2), ("m4-1", "m4-2")),
        *(_labs("preserve-tonight"), _labs("preserve-tonight")),
        phrase("Review of two requests"),
        reviews=2,
    ),
    Competency(
        *(13, phrase("Provider data and partnerships"), _J, (1, 3, 1, 3, 2), ("m4-3", "m4-4")),
        *(_labs("which-data-from-whom", "L8"), _labs("which-data-from-whom")),
        phrase("An agreement or a checklist introduced at work"),
    ),
    Competency(
        *(14, phrase("Report: writing it, reading it critically"), _P, (2, 3, 4, 2, 2), ("m5-2",)),
        *(_labs("one-finding"), _labs("L10", "flawed-report")),
        phrase("Marking with acceptable agreement"),
    ),
    Competency(
        *(15, phrase("Testimony: giving it, testing it"), _J, (2, 3, 3, 3, 3), ("m5-3",)),
        *(_labs("moot"), _labs("moot")),
        phrase("Leading a moot"),
    ),
    Competency(
        *(16, phrase("Admissibility and weight"), _J, (1, 2, 2, 4, 4), ("m5-1", "m1-2")),
        *(_labs("let-in-or-keep-out"), _labs("let-in-or-keep-out")),
        phrase("Review of two rulings or submissions"),
        reviews=2,
    ),
)
BY_ID: Mapping[str, Competency] = {one.id: one for one in ALL}
MODULES = frozenset(module for one in ALL for module in one.quiz)
"""All modules whose questions show a level 1."""


def trained_by(lab: str) -> tuple[Competency, ...]:
    """The competencies that name a lab or an exercise, in their order."""
    return tuple(one for one in ALL if lab in one.labs)
