"""What a grading version is made of: keys, rules, and the program that judges.

Two versions with the same identity judge every finding with the same figures. Wording (what is asked, said and
explained) is no part of it; the release of the lab pins that.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from training.grading.question import Question
from training.grading.sealed import SealedKey

GRADER = "6"
"""Raised by hand whenever `judge` says something else of the same finding."""

_WORDS = frozenset({"text", "short", "expects", "after", "by"})
_WORDS_OF_PARTS = frozenset({"say", "next", "text", "there"})


@dataclass(frozen=True, slots=True)
class Version:
    """The identity of a grading version.

    Attributes:
        keys: SHA-256 over all sealed keys, hexadecimal.
        rules: SHA-256 over all that decides figures in the questions, hexadecimal.
        grader: of the program, see `GRADER`.
    """

    keys: str
    rules: str
    grader: str


def identity(questions: Iterable[Question], keys: Mapping[str, SealedKey]) -> Version:
    """The identity of a grading version; the order of the keys does not matter, that of the questions does.

    Args:
        questions: of the lab, in order, as amended.
        keys: sealed key of each question that has one, as amended; by the question's id, or, for several exhibits at
            once, by names that tell them apart.
    """
    sealed = {id_: _figures(key) for id_, key in keys.items()}
    return Version(_digest(sealed), _digest([_rules(question) for question in questions]), GRADER)


def _figures(key: SealedKey) -> dict[str, object]:
    """A key without words: that a question is void counts, the reason does not."""
    return {**key.model_dump(mode="json", exclude_defaults=True, exclude={"void"}), "void": bool(key.void)}


def _rules(question: Question) -> dict[str, object]:
    """A question without its words. Defaults are left out, so that a new field changes no old version."""
    rules: dict[str, object] = question.model_dump(mode="json", exclude_defaults=True, exclude=set(_WORDS))
    for name, parts in rules.items():
        if isinstance(parts, list):
            rules[name] = [_without_words(part) for part in parts]
        elif name == "lost":
            rules[name] = _without_words(parts)
    if question.rubric:
        rules["rubric"] = [[one.id, one.weight, len(one.levels)] for one in question.rubric]
    return rules


def _without_words(part: object) -> object:
    if not isinstance(part, dict):
        return part
    return {name: value for name, value in part.items() if name not in _WORDS_OF_PARTS}


def _digest(data: object) -> str:
    return hashlib.sha256(json.dumps(data, sort_keys=True, ensure_ascii=True).encode()).hexdigest()
