"""Files that a browser saves."""

from flask import Response


def sent(content: bytes | str, kind: str, name: str) -> Response:
    """An answer that a browser keeps as a file of this name."""
    answer = Response(content, content_type=kind)
    answer.headers.set("Content-Disposition", "attachment", filename=name)
    return answer
