"""The stylesheet and scripts, addressed by content so that a browser keeps them for good."""

import hashlib
from pathlib import Path

from flask import Flask, abort, send_from_directory, url_for
from flask.typing import ResponseReturnValue

FOLDER = Path(__file__).parent / "static"
YEAR = 365 * 24 * 3600


def init(app: Flask) -> None:
    """Serve `/static/<digest>/<name>`; a digest that isn't the file's own is not there."""
    digests = {
        file.relative_to(FOLDER).as_posix(): hashlib.sha256(file.read_bytes()).hexdigest()[:12]
        for file in FOLDER.rglob("*")
        if file.is_file()
    }

    @app.get("/static/<digest>/<path:name>", endpoint="static")
    def static(digest: str, name: str) -> ResponseReturnValue:
        if digests.get(name) != digest:
            abort(404)
        answer = send_from_directory(FOLDER, name, max_age=YEAR)
        answer.cache_control.public, answer.cache_control.immutable = True, True
        return answer

    app.jinja_env.globals["asset"] = lambda name: url_for("static", digest=digests[name], name=name)
