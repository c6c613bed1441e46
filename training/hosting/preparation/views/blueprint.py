"""The blueprint to which the modules of this folder add their pages."""

from flask import Blueprint

from training.hosting.views import blueprint as hosting

bp = Blueprint("hosting_preparation", "training.hosting.preparation", template_folder="templates")
PLACE = f"{hosting.PLACE}/preparation"
