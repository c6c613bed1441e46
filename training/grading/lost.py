"""Things that are gone from an image by the time it was taken: then the right answer is that they are lost.

Only a question with `lost` knows this, and only an exhibit that a trainee acquired can lack what the scenario planted.
The finding `lost` pays the question's share where a cited line says so, and nothing where the thing is still there.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from training.grading.citations import Citation, Claim, support
from training.grading.proof import LOST
from training.grading.question import Question
from training.grading.sealed import SealedKey
from training.grading.values.base import Spec, Value
from training.sentence import phrase

WORDS = frozenset({LOST, "perdu", "perdue", "مفقود"})
"""What may be typed for it, in the languages of the interface."""

SPEC = Spec(type="string")
RIGHT = phrase("It is lost, as you say: this image does not hold it any more.")
THERE = phrase("It is not lost: this image holds it.")
LOOK = phrase("No row at one place does not mean that it is gone. Look for what would hold it.")
GONE = phrase("This image does not hold what is asked for.")
ASK = phrase("Ask whether it was still there when the image was taken, and what your record says of it.")
SHOW = phrase("Cite the line of your record that says so.")
MISTAKE = "M-ABSENT"


def said(question: Question, text: str) -> bool:
    """Whether a typed text says that the thing is lost; only a question that knows of loss asks."""
    return question.lost is not None and text.strip().casefold() in WORDS


def value() -> Value:
    """The finding as it was understood."""
    return Value("string", LOST, LOST, ())


def claim(given: Mapping[str, object]) -> Claim:
    """What citations are held against: that the thing is lost."""
    return Claim(SPEC, LOST, (LOST,), {**given, "key": LOST})


def shown(question: Question, key: SealedKey, cited: Sequence[Citation]) -> float:
    """How well the cited places say that it is lost, 0 to 1."""
    sources = question.lost.proof if question.lost else ()
    return support(sources, 1, cited, claim(key.given))


def paying(share: float) -> str:
    """What a loss pays, in a sentence."""
    return phrase(
        "What was lost before it was taken pays %(percent)s percent of the question.", percent=f"{share:.0%}"[:-1]
    )
