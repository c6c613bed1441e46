"""Addresses of pages as other devices reach them: for links that are printed, put on a wall or handed on."""

from typing import Any

from flask import request, url_for

from training.credentials import reach
from training.web.rooms import rooms


def outside(endpoint: str, **values: Any) -> str:
    """The whole address of a page, under the one by which others reach this site, whatever this reader's browser uses.

    Whoever sits at the server reads it under localhost, which would lead everybody else to their own machine.
    """
    return reach.best(reach.sites(rooms().settings, request.host_url)).rstrip("/") + url_for(endpoint, **values)
