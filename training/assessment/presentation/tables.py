"""The table beside the radar as CSV: the accessible form, and the one that is exported."""

import csv
import io
from collections.abc import Iterable, Sequence
from fractions import Fraction

from training.analysis.results.export import harmless
from training.assessment.scoring.dimensions import Dimension
from training.assessment.scoring.exact import shown

MARK = "\ufeff"
"""Tells spreadsheets that the file is UTF-8."""


def as_csv(rows: Iterable[Sequence[str]]) -> str:
    """Rows as CSV; no text is taken for a formula."""
    made = io.StringIO()
    csv.writer(made, lineterminator="\r\n").writerows([[harmless(cell) for cell in row] for row in rows])
    return MARK + made.getvalue()


def figures(found: Dimension | None) -> tuple[str, ...]:
    """Score, target, gap, coverage and count of published indicators, as displayed; empty where there is none."""
    if found is None:
        return ("", "", "", "", "")
    count = f"{len(found.published)}/{len(found.indicators)}"
    level = found.level
    numbers: tuple[Fraction | None, ...] = (level.score, level.target, level.gap) if level else (None, None, None)
    return (*(shown(one) if one is not None else "" for one in numbers), shown(found.coverage), count)
