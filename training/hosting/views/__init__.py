"""Pages of sessions, in one blueprint to which each module adds its part."""

from training.hosting.views import lists, looks, one, people, rules, timetable
from training.hosting.views.blueprint import bp

__all__ = ["bp", "lists", "looks", "one", "people", "rules", "timetable"]
