"""The blueprint to which the modules of this folder add their pages, and what their templates ask for."""

from flask import Blueprint

from training.assessment.instrument import reader
from training.assessment.instrument.reader import Texts
from training.assessment.scoring.exact import shown
from training.web.language import reading_language

bp = Blueprint("assessment", "training.assessment", template_folder="templates")


def said() -> Texts:
    """The texts of the instrument in the language of the reader."""
    return reader.texts(reading_language())


bp.add_app_template_filter(shown, "two_places")
