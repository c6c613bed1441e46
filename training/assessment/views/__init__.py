"""Pages of assessments, in one blueprint to which each module adds its part."""

from training.assessment.views import answering, correcting, files, inviting, noting, results, rounds
from training.assessment.views.blueprint import bp

__all__ = ["answering", "bp", "correcting", "files", "inviting", "noting", "results", "rounds"]
