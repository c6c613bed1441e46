"""Pages of learning, in one blueprint to which each module adds its part."""

from training.learning.views import competencies, courses, people, refresher
from training.learning.views.blueprint import bp

__all__ = ["bp", "competencies", "courses", "people", "refresher"]
