"""The blueprint to which the modules of this folder add their pages."""

from flask import Blueprint

from training.marking.wording import level_text

bp = Blueprint("marking", "training.marking", template_folder="templates")
bp.add_app_template_filter(level_text)
