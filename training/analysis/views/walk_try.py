"""Going the way alone: what a learner works out at a step, and what a wrong number tells of how it was worked out.

Nothing is kept and nothing counts.
"""

from collections.abc import Iterator
from dataclasses import dataclass

from training.analysis.views.walk import FLAGS, Walk
from training.sentence import phrase

LONGEST = 20  # characters of a number


@dataclass(frozen=True, slots=True)
class Answer:
    """What is said of a number."""

    right: bool
    said: str


@dataclass(frozen=True, slots=True)
class Going:
    """How far a learner is. `step` counts from 1, 0 where the whole way is looked at; `known` levels are shown, and the
    end as well where it is the `whole` way.
    """

    step: int
    typed: str
    answer: Answer | None
    known: int
    whole: bool


def of(walk: Walk, step: int, typed: str) -> Going:
    """Where a learner is who asks for a step, with what is said of a number typed there."""
    levels, last = len(walk.levels), steps(walk)
    if not 0 < step <= last:
        return Going(0, "", None, levels, whole=True)
    typed = typed.strip()[:LONGEST]
    answer = judge(walk, step, typed) if typed else None
    right = answer is not None and answer.right
    return Going(step, typed, answer, min(step if right else step - 1, levels), whole=right and step == last)


def steps(walk: Walk) -> int:
    """How many numbers there are to work out: an entry address for each level, and the physical address."""
    return len(walk.levels) + (walk.end.physical is not None)


def wanted(walk: Walk, step: int) -> int:
    """The number of a step, which counts from 1."""
    return walk.levels[step - 1].at if step <= len(walk.levels) else walk.end.physical or 0


def number(typed: str) -> int | None:
    """A number as it is typed: hexadecimal, with 0x before it or without."""
    text = typed.strip().lower().removeprefix("0x")
    if not text or len(text) > LONGEST or not text.isascii() or not text.isalnum():
        return None
    try:
        return int(text, 16)
    except ValueError:
        return None


def judge(walk: Walk, step: int, typed: str) -> Answer:
    """What to say of a typed number: right, or what probably went wrong."""
    guess = number(typed)
    if guess is None:
        return Answer(False, phrase("Type a hexadecimal number, such as 0x1f3000."))
    if guess == wanted(walk, step):
        return Answer(True, phrase("Right."))
    mistakes = _of_level(walk, step) if step <= len(walk.levels) else _of_end(walk)
    said = next((why for number, why in mistakes if number == guess), phrase("Not yet. Go through the lines again."))
    return Answer(False, said)


def _of_level(walk: Walk, step: int) -> Iterator[tuple[int, str]]:
    """Wrong addresses of an entry, each with what leads to it."""
    level = walk.levels[step - 1]
    yield level.table, phrase("That is where the table begins. The index is missing.")
    yield level.table + level.index, phrase("Each entry has %(n)s bytes: multiply the index by it.", n=walk.width)
    yield level.index * walk.width, phrase("That is the distance from the start of the table. Add where it begins.")
    for other in walk.levels:
        yield level.table + other.index * walk.width, phrase("These are the bits for %(level)s.", level=other.name)
    if step > 1:
        above = walk.levels[step - 2]
        yield (
            (above.entry or 0) + level.index * walk.width,
            phrase("The flags of the entry are still in it. Take them off before you add."),
        )
        yield (
            above.table + level.index * walk.width,
            phrase("You stayed in the table of the level before. Its entry leads on."),
        )


def _of_end(walk: Walk) -> Iterator[tuple[int, str]]:
    """Wrong physical addresses."""
    last, page = walk.levels[-1], walk.end.page or 0
    yield page, phrase("That is where the page begins. The lowest %(n)s bits of the address go on into it.", n=last.low)
    entry = last.entry or 0
    for raw in (entry | walk.end.offset, entry + walk.end.offset, entry):
        yield raw, phrase("The flags of the entry are still in it. Take them off before you add.")
    yield (entry & ~FLAGS) + walk.address % 0x1000, phrase("The page is large: more than 12 bits go on into it.")
    yield walk.end.offset, phrase("That is the distance from the start of the page. Add where it begins.")
