"""Whether a second calculation of a round may be shown beside the first.

Two results that differ by one respondent say what this one answered. So a corrected round may differ by no respondent
of a group, or by at least as many as make a cell; and the same holds for every single cell, since five new respondents
of whom one answered an indicator would say what that one answered.
"""

from collections import Counter
from collections.abc import Iterable

from training.assessment.scoring.given import NOT_APPLICABLE, Answers

Levels = tuple[tuple[str, str], ...]


def too_few(before: Iterable[Answers], after: Iterable[Answers], least: int) -> tuple[str, ...]:
    """Groups in which some respondents differ, but fewer than `least`, in all or in one indicator; none: it may be
    shown. Respondents are known by `who`; one whose answers changed differs, as does one who came or went.
    """
    then, now = {one.who: one for one in before}, {one.who: one for one in after}
    groups: Counter[str] = Counter()
    cells: Counter[tuple[str, str]] = Counter()
    for who in then.keys() | now.keys():
        old, new = then.get(who), now.get(who)
        for group in {one.group for one in (old, new) if one}:
            codes = _differ(old if old and old.group == group else None, new if new and new.group == group else None)
            groups[group] += bool(codes)
            cells.update((group, code) for code in codes)
    few = {group for group, n in groups.items() if 0 < n < least}
    return tuple(sorted(few | {group for (group, _), n in cells.items() if 0 < n < least}))


def _differ(old: Answers | None, new: Answers | None) -> frozenset[str]:
    """Indicators in which two sets of answers count differently. Not asked and not applicable count alike."""
    mine, theirs = (_counting(one) for one in (old, new))
    return frozenset(code for code in mine.keys() | theirs.keys() if mine.get(code) != theirs.get(code))


def _counting(one: Answers | None) -> dict[str, str]:
    return {code: answer for code, answer in one.levels.items() if answer != NOT_APPLICABLE} if one else {}
