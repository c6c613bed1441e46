"""Flags, confidence and changes in words."""

from fractions import Fraction

from training.assessment.scoring.exact import shown
from training.assessment.scoring.indicators import Indicator
from training.assessment.scoring.result import Result
from training.sentence import joined, phrase

FLAGS = {
    "split": phrase("Groups see it differently: their medians are two levels apart or more."),
    "wide": phrase("Answers within a group are far apart."),
    "claim": phrase("A high level rests on weak evidence: ask for the documents."),
}
CONFIDENCE = {"strong": phrase("strong"), "fair": phrase("fair"), "weak": phrase("weak")}
FEASIBILITY = {
    Fraction(1): phrase("within 12 months, with present law and money"),
    Fraction(3, 4): phrase("needs money, or 12 to 24 months"),
    Fraction(1, 2): phrase("needs a new law, or more than 24 months"),
    Fraction(1, 4): phrase("outside the assessing body's reach"),
}
CAUTIONS = (
    phrase(
        "Self-report is weak evidence: what people say of themselves and what they can do are only loosely "
        "related. Hence the grades, the flags and several groups."
    ),
    phrase(
        "This is not a ranking of countries. Samples, languages and respondents differ, and nothing here compares "
        "countries."
    ),
    phrase("Medians on a scale of five hide much. Read the flags and the text."),
    phrase(
        "Weak evidence for a high level, or groups that see things differently, are a question and not an "
        "accusation. An institution may be right and unable to show a secret document; then the grade stays low "
        "and the report says why."
    ),
    phrase("Low scores can come from honesty, high ones from fear. Anonymity matters more than any formula."),
    phrase(
        "Indicators say nothing about whether powers are used lawfully. Skill must not grow without the safeguards of "
        "D1.6, D2.4, D6.4 and D6.5."
    ),
    phrase(
        "Weights, targets, feasibility and thresholds are choices. They were fixed before collection and are "
        "printed here, with the ranking that equal weights would give."
    ),
    phrase("Training answers a gap in knowledge or skill. It does not answer a missing law, post, budget or will."),
)
SAFEGUARDS_WEAK = phrase(
    "Warning: the plan raises investigation (D4) while safeguards on powers (D2.4) are below level 2. Skill would grow "
    "without safeguards."
)
SAFEGUARDS_UNKNOWN = phrase(
    "The plan raises investigation (D4), and it is not known how far safeguards on powers (D2.4) reach: too few "
    "answers were given. Find out first."
)
SAFEGUARDS = "D2.4"
LEAST = 2
CLEAR = Fraction(1, 2)
"""A change from which it is called one."""


def flags(found: Indicator) -> str:
    """The flags of an indicator as sentences; empty for none."""
    return joined(*(FLAGS[one] for one in found.flags))


def safeguards(result: Result) -> str:
    """The warning that belongs to a plan which raises D4; empty where none does."""
    raised = any(one.given.dimension == "D4" and one.given.courses for one in result.ranking)
    held = result.indicator(SAFEGUARDS)
    if not raised or held is None:
        return ""
    if held.scored is None:
        return SAFEGUARDS_UNKNOWN
    return SAFEGUARDS_WEAK if held.scored.score < LEAST else ""


def change(before: tuple[Fraction, str] | None, now: tuple[Fraction, str] | None, *, same_version: bool) -> str:
    """What happened between two scores with their confidences, in words; empty where one of them is missing."""
    if before is None or now is None:
        return ""
    if not same_version:
        return phrase("not comparable: other indicators")
    difference = now[0] - before[0]
    if abs(difference) < CLEAR or "weak" in (before[1], now[1]):
        return phrase("no clear change")
    if difference > 0:
        return phrase("higher by %(n)s", n=shown(difference))
    return phrase("lower by %(n)s", n=shown(-difference))
