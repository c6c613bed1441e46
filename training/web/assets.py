"""The stylesheet and scripts, addressed by content so that a browser keeps them for good."""

import hashlib
import mimetypes
import re
from collections.abc import Collection
from io import BytesIO
from pathlib import Path

from flask import Flask, abort, send_file, url_for
from flask.typing import ResponseReturnValue

FOLDER = Path(__file__).parent / "static"
YEAR = 365 * 24 * 3600
FOR_PEOPLE = {
    ".css": (re.compile(rb"/\*.*?\*/|\n\s*|(?<=\}) +", re.DOTALL), b""),
    ".js": (re.compile(rb"(?m)^[ \t]*//.*\n|^[ \t]+|^\n"), b""),
}
"""What only people need: comments, line ends and spaces between rules of a stylesheet; of a script lines of comment,
and what lines are moved in by. No text in a script goes over several lines, so that nothing of what it says is touched:
a test looks at that.
"""
SHEET = "engram.css"
HEADING = re.compile(rb"^/\* (?:\d+ )?-{10,} ([a-z ]+?)(?: -+)? \*/$", re.MULTILINE)
EVERYWHERE = ("tokens", "base", "shell", "text", "controls", "status", "data", "narrow", "print")
SHEETS = {
    "reading.css": (*EVERYWHERE, "figures", "textbook", "courses", "reading and search"),
    "bench.css": (*EVERYWHERE, "workbench", "labs"),
    "report.css": (*EVERYWHERE, "figures", "report", "seeing", "reports"),
    "live.css": (*EVERYWHERE, "workbench", "machines"),
    "seeing.css": (*EVERYWHERE, "figures", "labs", "seeing"),
    "results.css": (*EVERYWHERE, "board", "labs"),
    "board.css": (*EVERYWHERE, "figures", "board"),
    "attendance.css": (*EVERYWHERE, "figures", "board", "sessions and their sheets"),
    "signing.css": (*EVERYWHERE, "figures", "report", "reading and search", "sessions and their sheets"),
}
"""Stylesheets for pages whose first view has little room, by the sections of the whole one that they need. Such a page
names its sheet in the block `sheet`; whatever else it shows is meant by no rule that was left out.
"""

SCRIPTS = {"workbench.js": ("parts", "acts", "runs", "table", "command")}
"""Scripts that are sent as one, by the files of the folder with their name: they are written, and read, one by one."""


def content_of(file: Path) -> bytes:
    """What is sent of a file: a stylesheet or a script without what only people need."""
    content = file.read_bytes()
    found, instead = FOR_PEOPLE.get(file.suffix, (re.compile(rb"(?!)"), b""))
    return found.sub(instead, content)


def sheet(whole: bytes, wanted: Collection[str]) -> bytes:
    """A stylesheet of some sections, in the order of the whole one. Raises KeyError for a section that isn't there."""
    head, *parts = HEADING.split(whole)
    sections = {name.decode(): text for name, text in zip(parts[::2], parts[1::2], strict=True)}
    missing = set(wanted) - sections.keys()
    if missing or len(sections) != len(parts) // 2:
        raise KeyError(f"{SHEET} lacks a section that pages need, or has one twice: {missing}")
    found, instead = FOR_PEOPLE[".css"]
    return found.sub(instead, head + b"".join(text for name, text in sections.items() if name in wanted))


def init(app: Flask) -> None:
    """Serve `/static/<digest>/<name>`; a digest that isn't the file's own is not there."""
    contents = {file.relative_to(FOLDER).as_posix(): content_of(file) for file in FOLDER.rglob("*") if file.is_file()}
    contents |= {name: sheet((FOLDER / SHEET).read_bytes(), wanted) for name, wanted in SHEETS.items()}
    for name, files in SCRIPTS.items():
        contents[name] = b"".join(content_of(FOLDER / Path(name).stem / f"{one}.js") for one in files)
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
