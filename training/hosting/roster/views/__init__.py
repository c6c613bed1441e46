"""Pages of rosters, join codes and slips, in one blueprint to which each module adds its part."""

from training.hosting.roster.views import codes, joining, lists, roster, slips
from training.hosting.roster.views.blueprint import bp

__all__ = ["bp", "codes", "joining", "lists", "roster", "slips"]
