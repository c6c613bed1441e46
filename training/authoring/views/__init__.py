"""Pages of the editor, in one blueprint to which each module adds its part."""

from training.authoring.views import copies, files, labs, notes, releases, revisions, trial
from training.authoring.views.blueprint import bp

__all__ = ["bp", "copies", "files", "labs", "notes", "releases", "revisions", "trial"]
