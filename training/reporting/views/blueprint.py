"""The blueprint to which the modules of this folder add their pages."""

from flask import Blueprint

from training.reporting.figures import LEGENDS
from training.reporting.references import paragraphs, pieces
from training.reporting.repeat import way
from training.reporting.wording import custody

bp = Blueprint("reporting", "training.reporting", template_folder="templates")
bp.add_app_template_filter(paragraphs, "report_paragraphs")
bp.add_app_template_filter(pieces, "report_pieces")
bp.add_app_template_filter(way, "report_way")
bp.add_app_template_filter(custody, "report_custody")
bp.add_app_template_filter(LEGENDS.__getitem__, "report_legend")
PLACE = "/attempts/<uuid:attempt_id>/report"
