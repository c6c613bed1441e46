"""The blueprint to which the modules of this folder add their pages."""

from flask import Blueprint

bp = Blueprint("marking", "training.marking", template_folder="templates")
