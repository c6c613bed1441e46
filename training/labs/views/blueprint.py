"""The blueprint to which the modules of this folder add their pages."""

from flask import Blueprint

from training.grading.credit import written
from training.grading.feedback import without_hint
from training.labs.wording import worded

bp = Blueprint("labs", "training.labs", template_folder="templates")
bp.add_app_template_filter(written, "points")
bp.add_app_template_filter(without_hint)
bp.add_app_template_filter(worded)
