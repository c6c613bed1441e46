"""What one reader gets of a module: the questions drawn from pools, and options in an order of the reader's own.

Both follow from SHA-256 over the person, the release and the question or pool: another for each person, the same for
one person as long as the release stays, on every server and after every restart.
"""

import hashlib
from collections.abc import Iterable
from dataclasses import replace
from uuid import UUID

from training.courses.manuscript.course import Course, Module, Part
from training.courses.manuscript.questions import Question

SHUFFLED = {"choice", "multiple", "matching", "statement"}
"""Types whose options mean the same in any order; the lines of an order stay as its author mixed them."""


def for_person(course: Course, person: UUID, release: str) -> Course:
    """The course with the modules as this person gets them. `release` is the SHA-256 of its frozen copy."""
    return replace(course, modules=tuple(module_for(module, person, release) for module in course.modules))


def module_for(module: Module, person: UUID, release: str) -> Module:
    """The module with the questions drawn for this person, numbered from 1, and their options in this person's order.

    Languages of one release give one draw, and one order: they hold the same ids.
    """
    drawn = _drawn(module, person, release)
    parts: list[Part] = []
    number = 0
    for part in module.parts:
        if part.question is None:
            parts.append(part)
        elif part.question.id in drawn:
            number += 1
            parts.append(replace(part, question=_ordered(replace(part.question, number=number), person, release)))
    return replace(module, parts=tuple(parts))


def _drawn(module: Module, person: UUID, release: str) -> set[str]:
    """Ids of the questions that a person gets: all without a pool, of each pool as many as the front matter says."""
    found: set[str] = set()
    pools = module.file.pools
    for question in module.questions:
        if question.pool not in pools:
            found.add(question.id)
    for name, most in pools.items():
        inside = [question.id for question in module.questions if question.pool == name]
        found.update(_sorted(inside, str(person), release, module.id, name)[:most])
    return found


def _ordered(question: Question, person: UUID, release: str) -> Question:
    if question.type not in SHUFFLED:
        return question
    texts = dict(question.options)
    order = _sorted(texts, str(person), question.id, release)
    return replace(question, options=tuple((name, texts[name]) for name in order))


def _sorted(names: Iterable[str], *seed: str) -> list[str]:
    return sorted(names, key=lambda name: hashlib.sha256("\0".join((*seed, name)).encode()).digest())
