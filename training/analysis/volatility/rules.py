"""YARA rules of a user: text that is compiled once to see that it is sound, then handed to the plugin as a private
file.
"""

import os
from functools import partial
from pathlib import Path

import yara

NAME = "rules.yar"
_compile = yara.compile


def no_includes() -> None:
    """From now on no rule of this process can read another file, whoever compiles it; Volatility would let it."""
    yara.compile = partial(_compile, includes=False)


class BadRules(Exception):
    """The rules can't be used; the message says in which line and why."""


def write(text: str, work: Path) -> str:
    """Write rules into the run's folder; returns the file's URI. Raises BadRules."""
    try:
        _compile(source=text, includes=False)
    except (yara.SyntaxError, yara.Error, UnicodeError) as error:
        raise BadRules(f"the YARA rules can't be used: {error}") from None
    path = work / NAME
    with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
        file.write(text)
    return path.as_uri()
