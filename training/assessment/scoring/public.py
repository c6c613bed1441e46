"""What may leave the house: medians and flags, the distance between quartiles only of cells with many answers, never a
distribution, never how many of a group answered what.
"""

from training.assessment.scoring.cells import Cell
from training.assessment.scoring.dimensions import Dimension
from training.assessment.scoring.document import Document
from training.assessment.scoring.exact import shown
from training.assessment.scoring.indicators import Indicator
from training.assessment.scoring.result import Result

MANY = 10
"""Answers of a cell from which the distance between its quartiles may be published."""


def public(found: Result) -> Document:
    """The result without what could lead back to respondents."""
    return {
        "cells": [_cell(cell) for one in found.indicators for cell in one.cells],
        "indicators": [_indicator(one) for one in found.indicators],
        "dimensions": [_dimension(one) for one in found.dimensions],
        "ranking": [one.given.code for one in found.ranking],
        "courses": [{"course": one.number, "shown_points": shown(one.points)} for one in found.courses],
    }


def _cell(cell: Cell) -> Document:
    there: Document = {"indicator": cell.indicator, "group": cell.group}
    if cell.shown is None:
        return {**there, "suppressed": True}
    one = cell.shown
    spread = {"iqr": str(one.iqr)} if one.n >= MANY else {}
    return {**there, "suppressed": False, "median": str(one.median), **spread, "flags": list(one.flags)}


def _indicator(one: Indicator) -> Document:
    there: Document = {"indicator": one.given.code, "published": one.scored is not None}
    if one.scored is None:
        return there
    at = one.scored
    figures = {"shown_score": shown(at.score), "level": at.level, "confidence": at.confidence, "split": at.split}
    return {**there, **figures, "shown_gap": shown(one.gap), "shown_priority": shown(one.priority)}


def _dimension(one: Dimension) -> Document:
    there: Document = {
        "dimension": one.code,
        "indicators": len(one.indicators),
        "published_indicators": len(one.published),
        "published": one.level is not None,
    }
    if one.level is None:
        return there
    at = one.level
    figures = {"shown_score": shown(at.score), "shown_target": shown(at.target), "shown_gap": shown(at.gap)}
    return {**there, **figures, "confidence": at.confidence}
