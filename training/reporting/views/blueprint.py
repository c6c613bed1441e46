"""The blueprint to which the modules of this folder add their pages."""

from flask import Blueprint

from training.reporting.references import paragraphs, pieces
from training.reporting.repeat import command

bp = Blueprint("reporting", "training.reporting", template_folder="templates")
bp.add_app_template_filter(paragraphs, "report_paragraphs")
bp.add_app_template_filter(pieces, "report_pieces")
bp.add_app_template_filter(command, "report_command")
PLACE = "/attempts/<uuid:attempt_id>/report"
