"""Pages of attendance, in one blueprint to which each module adds its part."""

from training.hosting.attendance.views import files, here, paper, staff
from training.hosting.attendance.views.blueprint import bp

__all__ = ["bp", "files", "here", "paper", "staff"]
