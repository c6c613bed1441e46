"""YARA rules of a user: text that is compiled once to see that it is sound, then handed to the plugin as a private
file.
"""

import os
from pathlib import Path

import yara

NAME = "rules.yar"


class BadRules(Exception):
    """The rules can't be used; the message says in which line and why."""


def write(text: str, work: Path) -> str:
    """Write rules into the run's folder; returns the file's URI. Raises BadRules."""
    try:
        # Without includes: the plugin compiles the file with them, and they would read any file that we may read.
        yara.compile(source=text, includes=False)
    except (yara.SyntaxError, yara.Error, UnicodeError) as error:
        raise BadRules(f"the YARA rules can't be used: {error}") from None
    path = work / NAME
    with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
        file.write(text)
    return path.as_uri()
