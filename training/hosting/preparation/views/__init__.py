"""Pages of preparation, in one blueprint to which each module adds its part."""

from training.hosting.preparation.views import preparation, prints
from training.hosting.preparation.views.blueprint import bp

__all__ = ["bp", "preparation", "prints"]
