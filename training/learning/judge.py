"""From an answer to a score and to words: pure functions of the question, its key and what was sent.

Answers are read and credited by the answer types of `training.grading`, as findings in labs are. Quizzes are practice:
a wrong option gets its own sentence, the explanation comes when the answer is right or after `PATIENCE` answers.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from training.content.markdown import inline
from training.courses.manuscript.format import Judgement, Key
from training.courses.manuscript.questions import TYPED, Question
from training.errors import Refused
from training.grading.matching import WHOLE
from training.grading.values.base import Misfit, Spec, Unreadable, Value
from training.grading.values.reading import kind_of, read
from training.sentence import joined, phrase

PATIENCE = 3  # answers after which the explanation is shown in any case
LONGEST_TEXT = 200  # characters of a typed answer
PAIR = "="  # between an item and its option, in an answer that matches
UNCOUNTED = phrase("Nothing was counted.")


@dataclass(frozen=True, slots=True)
class Feedback:
    """What is said about an answer.

    `kind` is ok, part or bad; `sentences` are safe HTML; `notes` say how a typed answer was read; source and mark are
    those of the explanation, '' where it isn't due yet.
    """

    kind: str
    sentences: tuple[str, ...]
    source: str
    mark: str
    notes: tuple[str, ...] = ()


def understand(question: Question, text: str) -> Value:
    """A typed answer as it is understood. Raises Refused with how it was read and what is expected."""
    refused: Unreadable | None = None
    for spec in _specs(question):
        try:
            return read(text, spec)
        except Unreadable as unreadable:
            refused = refused or unreadable
    why = refused.why if refused else ""
    expected = phrase("Expected: %(form)s.", form=refused.expected) if refused else ""
    example = phrase("For example: %(example)s", example=refused.example) if refused and refused.example else ""
    raise Refused(joined(why, expected, example, UNCOUNTED), field="text")


def fits(question: Question, value: Sequence[str]) -> bool:
    """Whether an answer, perhaps given to an older release, is still an answer to this question."""
    if question.type in TYPED:
        return len(value) == 1 and _typed(question, value[0]) is not None
    ids = [name for name, _ in question.options]
    match question.type:
        case "order":
            return sorted(value) == sorted(ids)
        case "choice":
            return len(value) == 1 and value[0] in ids
        case "statement":
            return len(value) == len(("truth", "reason")) and value[0] in {"true", "false"} and value[1] in ids
        case "matching":
            pairs = [pair.partition(PAIR) for pair in value]
            items = [item for item, _ in question.items]
            return sorted(item for item, _, _ in pairs) == sorted(items) and all(one in ids for _, _, one in pairs)
    return len(value) > 0 and set(value) <= set(ids)


def score(question: Question, key: Key, value: Sequence[str]) -> float:
    """The share of the answer that is right, 0 to 1, for an answer that fits.

    `value` holds ids of options in order, pairs such as a=c, truth and reason, or one typed text.
    """
    given, wanted = _read(question, value), _read(question, answer_of(key))
    if given is None or wanted is None:
        return 0.0
    spec = next(one for one in _specs(question, key.tolerance) if one.type == given.type)
    kind = kind_of(spec)
    accepted = [text.canon for typed in key.accept if (text := _read(question, [typed]))]
    if any(kind.same(given.canon, canon, spec) for canon in accepted):
        return 1.0
    reached = kind.correctness(given.canon, wanted.canon, spec, {}) if given.type == wanted.type else 0.0
    return 1.0 if reached >= WHOLE else reached


def answer_of(key: Key) -> list[str]:
    """The right answer in the form in which answers are kept."""
    match key.answer:
        case Judgement():
            return ["true" if key.answer.truth else "false", key.answer.reason]
        case tuple():
            return list(key.answer)
        case Mapping():
            return [f"{item}{PAIR}{option}" for item, option in key.answer.items()]
    return [str(key.answer)]


def feedback(question: Question, key: Key, value: Sequence[str], answers: int) -> Feedback:
    """What to say about the latest of `answers` answers. The explanation is in it only when it is due."""
    reached = score(question, key, value)
    sentences = [inline(key.feedback[name]) for name in _wrong(question, key, value) if name in key.feedback]
    explained = reached == 1 or answers >= PATIENCE
    if explained:
        sentences.append(inline(key.explanation))
    kind = "ok" if reached == 1 else "part" if reached > 0 else "bad"
    read_as = _typed(question, value[0]) if question.type in TYPED else None
    notes = read_as.notes if read_as else ()
    return Feedback(kind, tuple(sentences), key.source if explained else "", key.mark if explained else "", notes)


def _wrong(question: Question, key: Key, value: Sequence[str]) -> Iterable[str]:
    """Names of what was chosen, of which feedback may say what is wrong: options, the reason, items of wrong pairs."""
    if question.type == "matching" and isinstance(key.answer, Mapping):
        pairs = [pair.partition(PAIR) for pair in value]
        return [item for item, _, option in pairs if key.answer.get(item) != option]
    return value[1:] if question.type == "statement" else value


def _specs(question: Question, tolerance: float = 0) -> tuple[Spec, ...]:
    """How an answer is read: as the first of these that can read it. Ids stand for the texts of options."""
    options, items = ({name: name for name, _ in texts} for texts in (question.options, question.items))
    fields: dict[str, tuple[dict[str, object], ...]] = {
        "choice": ({"type": "choice", "options": options},),
        "multiple": ({"type": "choices", "options": options},),
        "order": ({"type": "sequence", "steps": options},),
        "matching": ({"type": "matching", "items": items, "options": options},),
        "statement": ({"type": "statement", "reasons": options},),
        "number": ({"type": "number", "tolerance": tolerance},),
        "time": ({"type": "timestamp", "tolerance": tolerance},),
        "address": ({"type": "ip"}, {"type": "endpoint"}),
        "short": ({"type": "text"},),
    }
    return tuple(Spec.model_validate(one) for one in fields[question.type])


def _read(question: Question, value: Sequence[str]) -> Value | None:
    """An answer, or a key in the form of one, as a canonical value; None where it does not fit the question."""
    if not fits(question, value):
        return None
    if question.type in TYPED:
        return _typed(question, value[0])
    spec = _specs(question)[0]
    try:
        return Value(spec.type, kind_of(spec).of_data(value[0] if spec.type == "choice" else list(value), spec), "")
    except Misfit:
        return None


def _typed(question: Question, text: str) -> Value | None:
    try:
        return understand(question, text)
    except Refused:
        return None
