"""Our own assemblies over results: what several plugins say of the same things, of one process, of two exhibits.

Pure functions over opened results: no database, no Volatility. They show where sources disagree and say what else could
explain it; the judgement is the reader's.
"""

from training.analysis.views.about import Group, about_pid
from training.analysis.views.catalogue import VIEWS, view, views_of
from training.analysis.views.crossing import Entry, Pattern, Sight, Source, State, Table, View, cross
from training.analysis.views.difference import Change, Difference, difference
from training.analysis.views.material import Material

__all__ = [
    "VIEWS", "Change", "Difference", "Entry", "Group", "Material", "Pattern", "Sight", "Source", "State", "Table",
    "View", "about_pid", "cross", "difference", "view", "views_of",
]  # fmt: skip
