"""A round and its result as JSON: what is exact is a fraction written as text, with what is displayed beside it."""

from collections.abc import Mapping
from fractions import Fraction
from typing import Any

from training.assessment.scoring.cells import Cell
from training.assessment.scoring.dimensions import Dimension
from training.assessment.scoring.exact import fraction, shown
from training.assessment.scoring.given import Answers, Asked, Given, Rules, level, natural
from training.assessment.scoring.indicators import Indicator
from training.assessment.scoring.result import Result

Document = dict[str, Any]


def read(document: Mapping[str, Any]) -> Given:
    """A round out of its document. Raises ValueError with everything that is wrong, KeyError for what is missing."""
    rules = document["rules"]
    given = Given(
        Rules(
            rules["min_cell"],
            fraction(rules["min_coverage"]),
            fraction(rules["min_share_of_indicators"]),
            {grade: fraction(weight) for grade, weight in rules["evidence_weights"].items()},
        ),
        tuple(map(_asked, document["indicators"])),
        tuple(Answers(one["who"], one["group"], dict(one["levels"])) for one in document["answers"]),
    )
    if wrong := _mistakes(given):
        raise ValueError("; ".join(wrong))
    return given


def _asked(one: Mapping[str, Any]) -> Asked:
    target, feasibility = fraction(str(one["target"])), fraction(one["feasibility"])
    return Asked(one["code"], tuple(one["groups"]), one["weight"], feasibility, target, tuple(one["courses"]))


def _mistakes(given: Given) -> list[str]:
    codes = [one.code for one in given.indicators]
    wrong = [f"indicator {code} is there twice" for code in dict.fromkeys(codes) if codes.count(code) > 1]
    for one in given.answers:
        for code, answer in one.levels.items():
            try:
                level(answer)
                natural(code)
            except ValueError as bad:
                wrong.append(f"respondent {one.who}, {code[:20]}: {bad}")
    return wrong


def written(given: Given) -> Document:
    """A round as its document."""
    rules = given.rules
    return {
        "rules": {
            "min_cell": rules.min_cell,
            "min_coverage": str(rules.min_coverage),
            "min_share_of_indicators": str(rules.min_share),
            "evidence_weights": {grade: str(weight) for grade, weight in rules.weights.items()},
        },
        "indicators": [
            {
                "code": one.code,
                "groups": list(one.groups),
                "weight": one.weight,
                "feasibility": str(one.feasibility),
                "target": _plain(one.target),
                "courses": list(one.courses),
            }
            for one in given.indicators
        ],
        "answers": [{"who": one.who, "group": one.group, "levels": dict(one.levels)} for one in given.answers],
    }


def _plain(value: Fraction) -> int | str:
    return value.numerator if value.denominator == 1 else str(value)


def result(found: Result) -> Document:
    """What was worked out."""
    return {
        "cells": [_cell(cell) for one in found.indicators for cell in one.cells],
        "indicators": [_indicator(one) for one in found.indicators],
        "dimensions": [_dimension(one) for one in found.dimensions],
        "ranking": [one.given.code for one in found.ranking],
        "courses": [
            {"course": one.number, "points": str(one.points), "shown_points": shown(one.points)}
            for one in found.courses
        ],
    }


def _cell(cell: Cell) -> Document:
    there: Document = {"indicator": cell.indicator, "group": cell.group, "asked": cell.asked}
    if cell.shown is None:
        return {**there, "suppressed": True}
    one = cell.shown
    exact = {"median": one.median, "q1": one.q1, "q3": one.q3, "iqr": one.iqr, "evidence": one.evidence}
    figures = {name: str(value) for name, value in exact.items()}
    return {**there, "n": one.n, "suppressed": False, **figures, "flags": list(one.flags)}


def _indicator(one: Indicator) -> Document:
    counted = {"asked": one.asked, "used": one.used, "coverage": str(one.coverage), "published": one.scored is not None}
    there: Document = {"indicator": one.given.code, **counted}
    if one.scored is None:
        return there
    scored = one.scored
    return {
        **there,
        "score": str(scored.score),
        "shown_score": shown(scored.score),
        "level": scored.level,
        "evidence": str(scored.evidence),
        "confidence": scored.confidence,
        "split": scored.split,
        "gap": str(one.gap),
        "gap_x_weight": str(one.weighty),
        "priority": str(one.priority),
        "shown_priority": shown(one.priority),
    }


def _dimension(one: Dimension) -> Document:
    there: Document = {
        "dimension": one.code,
        "indicators": len(one.indicators),
        "published_indicators": len(one.published),
        "coverage": str(one.coverage),
        "published": one.level is not None,
    }
    if one.level is None:
        return there
    at = one.level
    exact = {"score": str(at.score), "shown_score": shown(at.score), "target": str(at.target)}
    return {**there, **exact, "gap": str(at.gap), "shown_gap": shown(at.gap)}
