"""From an answer to a score and to words: pure functions of the question, its key and what was sent.

Quizzes are practice: a wrong option gets its own sentence, the explanation comes when the answer is right or after
`PATIENCE` answers.
"""

import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction

from training.content.markdown import inline
from training.courses.format import Key
from training.courses.questions import Question
from training.errors import Refused
from training.sentence import phrase

PATIENCE = 3  # answers after which the explanation is shown in any case
LONGEST_NUMBER, LONGEST_TEXT = 40, 200
HEXADECIMAL = re.compile(r"^0[xX][0-9a-fA-F]{1,32}$")
DECIMAL = re.compile(r"^[-+]?[0-9]{1,30}(?:\.[0-9]{1,30})?$")
SPACES = {" ", "\u00a0", "\u202f", "\u2009", "_"}  # that group digits


@dataclass(frozen=True, slots=True)
class Feedback:
    """What is said about an answer: `kind` ok, part or bad, a title, sentences as safe HTML, the source or ''."""

    kind: str
    sentences: tuple[str, ...]
    source: str
    mark: str


def number(text: str) -> Decimal:
    """A number as typed: digits of any script, grouped by spaces or not, a point for decimals, 0x for hexadecimal.

    Raises Refused with how the text was read and what is expected.
    """
    value = _number(text)
    if value is None:
        message = phrase(
            "'%(read)s' was not read as a number. Write digits, with a point for decimals, for example 20480 or "
            "0x5000. Nothing was counted.",
            read=text.strip()[:LONGEST_NUMBER] or phrase("nothing"),
        )
        raise Refused(message, field="text")
    return value


def _number(text: str) -> Decimal | None:
    cleaned = "".join(_digit(character) for character in text.strip() if character not in SPACES)
    if HEXADECIMAL.match(cleaned):
        return Decimal(int(cleaned, 16))
    return Decimal(cleaned) if DECIMAL.match(cleaned) else None


def _digit(character: str) -> str:
    value = unicodedata.decimal(character, None)
    return character if value is None else str(value)


def fits(question: Question, value: Sequence[str]) -> bool:
    """Whether an answer, perhaps given to an older release, is still an answer to this question."""
    ids = [name for name, _ in question.options]
    match question.type:
        case "number":
            return len(value) == 1 and _number(value[0]) is not None
        case "short":
            return len(value) == 1
        case "order":
            return sorted(value) == sorted(ids)
        case "choice":
            return len(value) == 1 and value[0] in ids
    return len(value) > 0 and set(value) <= set(ids)


def score(question: Question, key: Key, value: Sequence[str]) -> float:
    """The share of the answer that is right, 0 to 1. `value` holds ids of options in order, or one typed text.

    Several choices: each right one counts, each wrong one takes one right one away. An order: the share of lines that
    stand in their place.
    """
    match question.type:
        case "number":
            return float(abs(number(value[0]) - Decimal(str(key.answer))) <= Decimal(str(key.tolerance)))
        case "short":
            return float(_folded(value[0]) in {_folded(text) for text in (str(key.answer), *key.accept)})
        case "choice":
            return float(list(value) == [key.answer])
    right = key.answer if isinstance(key.answer, tuple) else ()
    if question.type == "order":
        hits = sum(given == wanted for given, wanted in zip(value, right, strict=True))
    else:
        hits = len(set(value) & set(right)) - len(set(value) - set(right))
    return float(Fraction(max(0, hits), len(right)))


def _folded(text: str) -> str:
    return " ".join(unicodedata.normalize("NFKC", text).casefold().split()).strip(".")


def feedback(question: Question, key: Key, value: Sequence[str], answers: int) -> Feedback:
    """What to say about the latest of `answers` answers. The explanation is in it only when it is due."""
    reached = score(question, key, value)
    sentences = [inline(key.feedback[name]) for name in value if name in key.feedback]
    explained = reached == 1 or answers >= PATIENCE
    if explained:
        sentences.append(inline(key.explanation))
    kind = "ok" if reached == 1 else "part" if reached > 0 else "bad"
    return Feedback(kind, tuple(sentences), key.source if explained else "", key.mark if explained else "")
