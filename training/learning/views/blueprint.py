"""The blueprint to which the modules of this folder add their pages."""

from flask import Blueprint

bp = Blueprint("learning", "training.learning", template_folder="templates")
