"""The blueprint to which the modules of this folder add their pages."""

from flask import Blueprint

bp = Blueprint("authoring", "training.authoring", template_folder="templates")
PLACE = "/authoring/<any(course,lab):kind>/<name>"
"""Where a working copy has its pages."""
