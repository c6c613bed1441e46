"""Pages for instructors, in one blueprint to which each module adds its part."""

from training.marking.views import appeals, export, index, overrides, pieces, regrade, rounds, signs, statistics
from training.marking.views.blueprint import bp

__all__ = ["appeals", "bp", "export", "index", "overrides", "pieces", "regrade", "rounds", "signs", "statistics"]
