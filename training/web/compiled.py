"""Compiled templates, kept from one process to the next as Python keeps its compiled modules, and beside them.

Compiling all of them takes three seconds of processor, which each process of a server would spend on the pages that it
shows first. Jinja knows by a digest of its source whether a template has changed.
"""

import sys
from contextlib import suppress
from importlib.metadata import version
from pathlib import Path

from flask import Flask
from jinja2 import FileSystemBytecodeCache
from jinja2.bccache import Bucket

FOLDER = Path(__file__).parent / "__pycache__"


class Kept(FileSystemBytecodeCache):
    """What can't be written, on a full disk for instance, is compiled again by the next process."""

    def dump_bytecode(self, bucket: Bucket) -> None:
        """Write a compiled template."""
        with suppress(OSError):
            super().dump_bytecode(bucket)


def init(app: Flask, parent: Path = FOLDER) -> None:
    """Keep what is compiled, where Python is allowed to keep its own and whoever runs the program may write it.

    The folder has the versions that decide what a template is compiled to in its name, and the extensions in use.
    """
    if sys.dont_write_bytecode:
        return
    used = sorted(name.rpartition(".")[2] for name in app.jinja_env.extensions)
    folder = parent / "-".join(["templates", version("jinja2"), version("flask"), *used])
    with suppress(OSError):
        folder.mkdir(parents=True, exist_ok=True)
        app.jinja_env.bytecode_cache = Kept(str(folder))
