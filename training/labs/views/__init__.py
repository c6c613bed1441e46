"""Pages of labs, in one blueprint to which each module adds its part.

Every act is a form that leads back to the same spot of the workbench, so that nothing needs a script.
"""

from training.labs.views import (
    acts,
    assignments,
    beside,
    cards,
    compare,
    diff,
    explaining,
    files,
    keys,
    labs,
    materials,
    memory,
    replay,
    results,
    runs,
    seeing,
    values,
    walkthrough,
    workbench,
)
from training.labs.views.blueprint import bp

__all__ = [
    "acts",
    "assignments",
    "beside",
    "bp",
    "cards",
    "compare",
    "diff",
    "explaining",
    "files",
    "keys",
    "labs",
    "materials",
    "memory",
    "replay",
    "results",
    "runs",
    "seeing",
    "values",
    "walkthrough",
    "workbench",
]
