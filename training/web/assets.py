"""The stylesheet and scripts, addressed by content so that a browser keeps them for good."""

import hashlib
import mimetypes
import re
from io import BytesIO
from pathlib import Path

from flask import Flask, abort, send_file, url_for
from flask.typing import ResponseReturnValue

FOLDER = Path(__file__).parent / "static"
YEAR = 365 * 24 * 3600
FOR_PEOPLE = re.compile(rb"/\*.*?\*/|\n\s*", re.DOTALL)


def content_of(file: Path) -> bytes:
    """What is sent of a file: a stylesheet without its comments and line ends, which only people need."""
    content = file.read_bytes()
    return FOR_PEOPLE.sub(b"", content) if file.suffix == ".css" else content


def init(app: Flask) -> None:
    """Serve `/static/<digest>/<name>`; a digest that isn't the file's own is not there."""
    contents = {file.relative_to(FOLDER).as_posix(): content_of(file) for file in FOLDER.rglob("*") if file.is_file()}
    digests = {name: hashlib.sha256(content).hexdigest()[:12] for name, content in contents.items()}

    @app.get("/static/<digest>/<path:name>", endpoint="static")
    def static(digest: str, name: str) -> ResponseReturnValue:
        if digests.get(name) != digest:
            abort(404)
        kind = mimetypes.guess_type(name)[0]
        answer = send_file(BytesIO(contents[name]), kind, max_age=YEAR, etag=digest)
        answer.cache_control.public, answer.cache_control.immutable = True, True
        return answer

    app.jinja_env.globals["asset"] = lambda name: url_for("static", digest=digests[name], name=name)
